// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/standard.h"
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

static const struct scope_basis v1 = {.version = "v1"};

static struct plugin_setting settings[] = {{(char *)"weight.junior", NULL, 1}};
static const struct plugin_info weighing = {.name = (char *)"weighing",
                                            .sha256 = (char *)"dd",
                                            .inputs = inputs,
                                            .n_inputs = 2,
                                            .settings = settings,
                                            .n_settings = 1};
static const struct plugin_info weighing_trend = {.name = (char *)"weighing_trend",
                                                  .sha256 = (char *)"ee",
                                                  .inputs = looking_back,
                                                  .n_inputs = 1,
                                                  .settings = settings,
                                                  .n_settings = 1};

static void touch(struct fixture *f, const char *dataset, const char *period, const char *county,
                  int64_t now_ms)
{
    struct error err = {0};
    ok(scope_touch(f->store, dataset, period, county, now_ms, now_ms % 2 == 0, now_ms, &err));
}

// "2025-2026/330102 school_resource:1 school:2 sub5 backfill rejudge; …"; "settings" where they alone changed
static const char *dirty_under(struct fixture *f, const struct plugin_info *p,
                               const struct scope_basis *basis, size_t limit, bool mark)
{
    static char out[1024];
    struct error err = {0};
    struct scope_list list = {0};
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    ok(scope_list_dirty(f->store, p, basis, limit, &list, &err));
    for (size_t i = 0; i < list.n; i++) {
        struct scope_item *item = &list.items[i];
        buf_addf(&b, "%s%s/%s", i ? "; " : "", item->period, item->county);
        for (size_t g = 0; g < item->n_generations; g++)
            buf_addf(&b, " %s:%d", item->generations[g].dataset, (int)item->generations[g].generation);
        buf_addf(&b, " sub%d%s%s", (int)item->submission, item->backfill ? " backfill" : "",
                 item->rejudge_only     ? " rejudge"
                 : item->standards_only ? " settings"
                                        : "");
        if (mark)
            ok(scope_mark_done(f->store, p, basis->version, item, &err));
    }
    scope_list_deinit(&list);
    (void)snprintf(out, sizeof out, "%s", buf_str(&b));
    return out;
}

static const char *dirty(struct fixture *f, const struct plugin_info *p, const char *version, size_t limit,
                         bool mark)
{
    return dirty_under(f, p, &(struct scope_basis){.version = version}, limit, mark);
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
    ok(scope_list_dirty(f->store, &plugin, &v1, 10, &list, &err));
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

static const char *listed_by(struct fixture *f, const struct plugin_info *p, const char *standard, bool mark)
{
    struct error err = {0};
    CLEANUP_FREE char *path = str_printf("%s/standard.yaml", f->dir);
    const char *const files[] = {path, NULL};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(standard, file) >= 0 && fclose(file) == 0);
    struct standards *s = NULL;
    ok(standards_load(files, &s, &err));
    const struct scope_basis basis = {.version = standards_version(s), .standards = s};
    const char *list = dirty_under(f, p, &basis, 10, mark);
    standards_free(s);
    return list;
}

static void a_changed_setting_recomputes_its_periods_and_a_changed_threshold_rejudges(void **state)
{
    struct fixture *f = *state;
    touch(f, "school_resource", "2024-2025", "330102", 1);
    touch(f, "school_resource", "2025-2026", "330102", 3);
    touch(f, "school", "2025-2026", "330102", 3);
    (void)listed_by(f, &weighing, "settings:\n  - {name: weight.junior, value: 1.1}\n", true);
    assert_string_equal(listed_by(f, &weighing, "settings:\n  - {name: weight.junior, value: 1.1}\n", false),
                        "");
    assert_string_equal(listed_by(f, &weighing,
                                  "settings:\n  - {name: weight.junior, value: 1.1}\n"
                                  "  - {name: weight.junior, value: 1.3, from: 2025-09-01}\n",
                                  true),
                        "2024-2025/330102 school_resource:1 sub1 rejudge; "
                        "2025-2026/330102 school_resource:1 school:1 sub3 settings");
    assert_string_equal(listed_by(f, &weighing,
                                  "settings:\n  - {name: weight.junior, value: 1.1}\n"
                                  "  - {name: weight.junior, value: 1.3, from: 2025-09-01}\n"
                                  "  - {name: school_rule.pass_min, value: 5}\n"
                                  "thresholds:\n  - {indicator: a.b, value: 2}\n",
                                  true),
                        "2024-2025/330102 school_resource:1 sub1 rejudge; "
                        "2025-2026/330102 school_resource:1 school:1 sub3 rejudge");
    // New facts come first: who handed them in is told, whatever else changed.
    touch(f, "school", "2025-2026", "330102", 5);
    assert_string_equal(listed_by(f, &weighing, "settings:\n  - {name: weight.junior, value: 1.1}\n", false),
                        "2024-2025/330102 school_resource:1 sub1 rejudge; "
                        "2025-2026/330102 school_resource:1 school:2 sub5");
}

static void a_setting_of_a_year_concerns_the_year_that_looks_back_at_it_and_no_other(void **state)
{
    struct fixture *f = *state;
    for (int year = 2023; year < 2026; year++) {
        CLEANUP_FREE char *period = str_printf("%d-%d", year, year + 1);
        touch(f, "school_resource", period, "330102", 1);
    }
    (void)listed_by(f, &weighing_trend, "settings:\n  - {name: weight.junior, value: 1.1}\n", true);
    static const char last_year[] =
        "settings:\n  - {name: weight.junior, value: 1.1}\n"
        "  - {name: weight.junior, value: 2, from: 2023-09-01, until: 2024-08-31}\n";
    assert_string_equal(listed_by(f, &weighing_trend, last_year, true),
                        "2023-2024/330102 school_resource:1 sub1 settings; "
                        "2024-2025/330102 school_resource:1 sub1 settings; "
                        "2025-2026/330102 school_resource:1 sub1 rejudge");
    assert_string_equal(listed_by(f, &weighing_trend, last_year, true), "");
}

static void a_changed_option_recomputes_and_no_other_plugins(void **state)
{
    struct fixture *f = *state;
    char *names[] = {(char *)"new_school_in_cv", NULL}, *values[] = {(char *)"no", NULL};
    struct plugin_config options = {
        .name = (char *)"resource", .option_names = names, .option_values = values};
    struct config config = {.plugins = &options, .n_plugins = 1};
    const struct scope_basis basis = {.version = "v1", .config = &config};
    touch(f, "school_resource", "2025-2026", "330102", 1);
    (void)dirty(f, &plugin, "v1", 10, true);
    (void)dirty(f, &weighing, "v1", 10, true);
    assert_string_equal(dirty_under(f, &plugin, &basis, 10, true), "2025-2026/330102 school_resource:1 sub1");
    assert_string_equal(dirty_under(f, &plugin, &basis, 10, true), "");
    assert_string_equal(dirty_under(f, &weighing, &basis, 10, true), "");
    values[0] = (char *)"yes";
    assert_string_equal(dirty_under(f, &plugin, &basis, 10, true), "2025-2026/330102 school_resource:1 sub1");
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
    ok(scope_list_dirty(f->store, &plugin, &v1, 10, &list, &err));
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
    ok(scope_list_dirty(f->store, &plugin, &v1, 10, &list, &err));
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
        cmocka_unit_test_setup_teardown(
            a_changed_setting_recomputes_its_periods_and_a_changed_threshold_rejudges, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_setting_of_a_year_concerns_the_year_that_looks_back_at_it_and_no_other, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(a_changed_option_recomputes_and_no_other_plugins, fixture_setup,
                                        fixture_teardown),
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
