// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/scope.h"

static int look_back[] = {-1};
static struct plugin_input inputs[] = {{.dataset = (char *)"school_resource"}, {.dataset = (char *)"school"}};
static struct plugin_input looking_back[] = {
    {.dataset = (char *)"school_resource", .offsets = look_back, .n_offsets = 1}};
static const struct plugin_info plugin = {
    .name = (char *)"resource", .sha256 = (char *)"aa", .inputs = inputs, .n_inputs = 2};
static const struct plugin_info changed_plugin = {
    .name = (char *)"resource", .sha256 = (char *)"bb", .inputs = inputs, .n_inputs = 2};
static const struct plugin_info trend = {
    .name = (char *)"trend", .sha256 = (char *)"cc", .inputs = looking_back, .n_inputs = 1};

static void touch(struct fixture *f, const char *dataset, const char *period, const char *county,
                  int64_t now_ms)
{
    struct error err = {0};
    ok(scope_touch(f->store, dataset, period, county, now_ms, now_ms % 2 == 0, now_ms, &err));
}

// "2025-2026/330102 school_resource:1 school:2 sub5 backfill rejudge; …"
static const char *dirty(struct fixture *f, const struct plugin_info *p, const char *standard, size_t limit,
                         bool mark)
{
    static char out[1024];
    struct error err = {0};
    struct scope_list list = {0};
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    ok(scope_list_dirty(f->store, p, standard, limit, &list, &err));
    for (size_t i = 0; i < list.n; i++) {
        struct scope_item *item = &list.items[i];
        buf_addf(&b, "%s%s/%s", i ? "; " : "", item->period, item->county);
        for (size_t g = 0; g < item->n_generations; g++)
            buf_addf(&b, " %s:%d", item->generations[g].dataset, (int)item->generations[g].generation);
        buf_addf(&b, " sub%d%s%s", (int)item->submission, item->backfill ? " backfill" : "",
                 item->rejudge_only ? " rejudge" : "");
        if (mark)
            ok(scope_mark_done(f->store, p, standard, item, &err));
    }
    scope_list_deinit(&list);
    (void)snprintf(out, sizeof out, "%s", buf_str(&b));
    return out;
}

static void a_change_is_dirty_until_its_generation_is_done(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(dirty(f, &plugin, "v1", 10, false), "");
    touch(f, "school_resource", "2025-2026", "330102", 3);
    touch(f, "school", "2025-2026", "330102", 5);
    touch(f, "homework", "2025-10-01", "330102", 5); // not an input
    assert_string_equal(dirty(f, &plugin, "v1", 10, true),
                        "2025-2026/330102 school_resource:1 school:1 sub5");
    assert_string_equal(dirty(f, &plugin, "v1", 10, true), "");
    touch(f, "school_resource", "2025-2026", "330102", 8);
    assert_string_equal(dirty(f, &plugin, "v1", 10, false),
                        "2025-2026/330102 school_resource:2 school:1 sub8 backfill");
}

static void a_change_during_the_run_stays_dirty(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct scope_list list;
    touch(f, "school_resource", "2025-2026", "330102", 1);
    ok(scope_list_dirty(f->store, &plugin, "v1", 10, &list, &err));
    touch(f, "school_resource", "2025-2026", "330102", 3);
    ok(scope_mark_done(f->store, &plugin, "v1", &list.items[0], &err));
    scope_list_deinit(&list);
    assert_string_equal(dirty(f, &plugin, "v1", 10, false), "2025-2026/330102 school_resource:2 sub3");
}

static void changed_standards_only_rejudge_and_a_changed_plugin_recomputes(void **state)
{
    struct fixture *f = *state;
    touch(f, "school_resource", "2025-2026", "330102", 1);
    (void)dirty(f, &plugin, "v1", 10, true);
    assert_string_equal(dirty(f, &plugin, "v2", 10, false),
                        "2025-2026/330102 school_resource:1 sub1 rejudge");
    assert_string_equal(dirty(f, &changed_plugin, "v1", 10, false),
                        "2025-2026/330102 school_resource:1 sub1");
    touch(f, "school", "2025-2026", "330102", 3);
    assert_string_equal(dirty(f, &plugin, "v2", 10, true),
                        "2025-2026/330102 school_resource:1 school:1 sub3");
    assert_string_equal(dirty(f, &plugin, "v2", 10, true), "");
}

static void the_oldest_change_comes_first_and_the_limit_holds(void **state)
{
    struct fixture *f = *state;
    touch(f, "school_resource", "2025-2026", "330103", 7);
    touch(f, "school_resource", "2025-2026", "330102", 3);
    touch(f, "school_resource", "2024-2025", "330102", 5);
    assert_string_equal(dirty(f, &plugin, "v1", 2, true),
                        "2025-2026/330102 school_resource:1 sub3; 2024-2025/330102 school_resource:1 sub5");
    assert_string_equal(dirty(f, &plugin, "v1", 2, true), "2025-2026/330103 school_resource:1 sub7");
}

static void the_second_death_sets_the_pair_aside_until_lifted_or_changed(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct scope_list list;
    bool active = true;
    touch(f, "school_resource", "2025-2026", "330102", 1);
    touch(f, "school_resource", "2025-2026", "330103", 3);
    ok(scope_list_dirty(f->store, &plugin, "v1", 10, &list, &err));
    ok(scope_failed(f->store, &plugin, &list.items[0], "signal 11", 5, &active, &err));
    assert_false(active);
    ok(scope_failed(f->store, &plugin, &list.items[0], "signal 11", 6, &active, &err));
    assert_true(active);
    assert_string_equal(dirty(f, &plugin, "v1", 10, false), "2025-2026/330103 school_resource:1 sub3");
    assert_string_equal(dirty(f, &changed_plugin, "v1", 1, false), "2025-2026/330102 school_resource:1 sub1");
    ok(scope_failed(f->store, &changed_plugin, &list.items[0], "signal 9", 7, &active, &err));
    assert_false(active); // the changed plugin has its own count
    ok(scope_failed(f->store, &changed_plugin, &list.items[0], "signal 9", 8, &active, &err));
    assert_true(active);
    assert_string_equal(fixture_text(f, "SELECT scope || ' ' || reason || ' ' || failures FROM set_aside"),
                        "2025-2026/330102 signal 9 2");
    ok(scope_lift(f->store, "resource", &err));
    assert_string_equal(dirty(f, &changed_plugin, "v1", 1, false), "2025-2026/330102 school_resource:1 sub1");
    scope_list_deinit(&list);
}

static void a_run_that_comes_home_clears_the_deaths(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct scope_list list;
    bool active;
    touch(f, "school_resource", "2025-2026", "330102", 1);
    ok(scope_list_dirty(f->store, &plugin, "v1", 10, &list, &err));
    for (int i = 0; i < 2; i++) {
        ok(scope_failed(f->store, &plugin, &list.items[0], "timeout", 5, &active, &err));
        assert_false(active);
        ok(scope_mark_done(f->store, &plugin, "v1", &list.items[0], &err));
    }
    scope_list_deinit(&list);
}

static void a_plugin_that_looks_back_also_computes_the_year_after(void **state)
{
    struct fixture *f = *state;
    touch(f, "school_resource", "2025-2026", "330102", 3);
    touch(f, "school_resource", "2024-2025", "330102", 1);
    (void)dirty(f, &trend, "v1", 10, true);
    assert_string_equal(dirty(f, &trend, "v1", 10, true), "");
    touch(f, "school_resource", "2024-2025", "330102", 5);
    // Even with a limit of one both come together, else one of them would be forgotten.
    assert_string_equal(dirty(f, &trend, "v1", 1, true),
                        "2024-2025/330102 school_resource:2 sub5; 2025-2026/330102 school_resource:1 sub5");
    assert_string_equal(dirty(f, &trend, "v1", 1, true), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change_is_dirty_until_its_generation_is_done, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_change_during_the_run_stays_dirty, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changed_standards_only_rejudge_and_a_changed_plugin_recomputes,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_oldest_change_comes_first_and_the_limit_holds, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_second_death_sets_the_pair_aside_until_lifted_or_changed,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_run_that_comes_home_clears_the_deaths, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_plugin_that_looks_back_also_computes_the_year_after, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
