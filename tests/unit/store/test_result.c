// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "store/result.h"
#include "store/run.h"

static struct indicator area = {.id = (char *)"resource.area", .plugin = (char *)"resource"};
static struct indicator area_cv = {.id = (char *)"resource.area.cv", .plugin = (char *)"resource"};
static struct indicator size = {.id = (char *)"local.size", .plugin = (char *)"local"};
static struct indicator *indicators[] = {&area, &area_cv, &size};
static struct catalog catalog = {.indicators = indicators, .n_indicators = 3};
static struct plugin_info resource = {
    .name = (char *)"resource", .version = (char *)"1.0", .sha256 = (char *)"aa"};
static struct plugin_info local = {.name = (char *)"local", .version = (char *)"2.0", .sha256 = (char *)"bb"};

static struct result row(const char *indicator, const char *entity, enum stage stage, const char *period,
                         const char *county, double value)
{
    return (struct result){.period = (char *)period,
                           .county = (char *)county,
                           .indicator = (char *)indicator,
                           .entity = (char *)entity,
                           .stage = stage,
                           .verdict = VERDICT_FAIL,
                           .value = value,
                           .numerator = value * 10,
                           .denominator = 10,
                           .threshold = 7.5,
                           .gap = NAN,
                           .pupils = 10,
                           .estimated = true,
                           .flags = 4,
                           .missing = (char *)"a b",
                           .note = (char *)"说明",
                           .detail = (char *)"{}",
                           .run = 1,
                           .judged_at = 99};
}

static void put(struct fixture *f, struct result r)
{
    struct error err = {0};
    ok(result_put(f->store, &r, &err));
}

static int setup(void **state)
{
    (void)fixture_setup(state);
    struct fixture *f = *state;
    struct error err = {0};
    int64_t id;
    ok(store_begin(f->store, &err));
    ok(run_record(f->store, &(struct run_row){&resource, 10, 20, "ok", NULL, 1}, &id, &err));
    assert_int_equal(id, 1);
    ok(run_record(f->store, &(struct run_row){&local, 10, 20, "failed", "it crashed", 1}, &id, &err));
    assert_int_equal(id, 2);
    static const char *const years[] = {"2024-2025", "2023-2024", "2025-2026"};
    for (size_t i = 0; i < 3; i++) {
        put(f, row("resource.area", "s1", STAGE_PRIMARY, years[i], "330102", 5 + (double)i));
        put(f, row("resource.area", "330102", STAGE_PRIMARY, years[i], "330102", 6));
    }
    put(f, row("resource.area", "s1", STAGE_JUNIOR, "2025-2026", "330102", 9));
    put(f, row("resource.area", "s2", STAGE_PRIMARY, "2025-2026", "330103", 1));
    put(f, row("resource.area.cv", "330102", STAGE_PRIMARY, "2025-2026", "330102", 0.4));
    put(f, row("local.size", "s1", STAGE_NONE, "2025-2026", "330102", 2100));
    ok(store_commit(f->store, &err));
    return 0;
}

static void reads_back_what_was_written(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    CLEANUP(result_deinit) struct result r;
    ok(result_find(f->store, "resource.area", "s1", STAGE_PRIMARY, "2025-2026", &r, &err));
    struct result want = row("resource.area", "s1", STAGE_PRIMARY, "2025-2026", "330102", 7);
    assert_true(result_same(&r, &want));
    assert_string_equal(r.plugin, "resource");
    assert_int_equal(r.run, 1);
    assert_int_equal(r.judged_at, 99);
    assert_true(isnan(r.gap));
}

static void last_year_history_and_latest(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    CLEANUP(result_deinit) struct result before;
    ok(result_find_previous(f->store, "resource.area", "s1", STAGE_PRIMARY, "2025-2026", &before, &err));
    assert_string_equal(before.period, "2024-2025");
    assert_true(before.value == 5);
    struct result none;
    assert_int_equal(
        result_find_previous(f->store, "resource.area", "s1", STAGE_PRIMARY, "2023-2024", &none, &err),
        -ENOENT);
    assert_int_equal(
        result_find_previous(f->store, "resource.area", "s1", STAGE_PRIMARY, "last year", &none, &err),
        -EINVAL);
    assert_string_equal(err.msg, "“last year”不是有效的时段");

    CLEANUP(result_list_deinit) struct result_list history = {0};
    ok(result_history(f->store, "resource.area", "s1", STAGE_PRIMARY, &history, &err));
    assert_int_equal(history.n, 3);
    assert_string_equal(history.items[0].period, "2023-2024");
    assert_string_equal(history.items[2].period, "2025-2026");

    CLEANUP_FREE char *latest = NULL;
    ok(result_latest_period(f->store, NULL, "s1", &latest, &err));
    assert_string_equal(latest, "2025-2026");
    assert_int_equal(result_latest_period(f->store, "local.size", "s2", &latest, &err), -ENOENT);
    assert_string_equal(err.msg, "没有 s2 的结果");
}

static int count(const struct result *r, void *arg)
{
    (void)r;
    return ++*(int *)arg == 3 ? -ECANCELED : 0;
}

static void filters_narrow_each_by_each(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    static const struct {
        struct result_filter filter;
        size_t n;
    } cases[] = {
        {{.stage = -1, .verdict = -1}, 10},
        {{.period = "2025-2026", .stage = -1, .verdict = -1}, 6},
        {{.county = "330103", .stage = -1, .verdict = -1}, 1},
        {{.indicator = "resource.area", .stage = -1, .verdict = -1}, 8},
        {{.entity = "s1", .stage = STAGE_PRIMARY, .verdict = -1}, 3},
        {{.stage = STAGE_NONE, .verdict = -1}, 1},
        {{.stage = -1, .verdict = VERDICT_PASS}, 0},
        {{.stage = -1, .verdict = VERDICT_FAIL}, 10},
        {{.entity = "nobody", .stage = -1, .verdict = -1}, 0},
        {{.period = "2025-2026", .county = "330102", .stage = STAGE_PRIMARY, .verdict = -1}, 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(result_list_deinit) struct result_list l = {0};
        ok(result_select(f->store, &cases[i].filter, &l, &err));
        assert_int_equal(l.n, cases[i].n);
    }
    int calls = 0;
    assert_int_equal(result_each(f->store, &cases[0].filter, count, &calls, &err), -ECANCELED);
    assert_int_equal(calls, 3);
}

static void a_plugin_has_its_own_scope(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    CLEANUP(result_list_deinit) struct result_list l = {0};
    ok(result_load_scope(f->store, &(struct result_scope){&catalog, &resource, "2025-2026", "330102"}, &l,
                         &err));
    assert_int_equal(l.n, 4); // sorted by indicator, stage, entity
    assert_string_equal(l.items[0].entity, "330102");
    assert_string_equal(l.items[1].entity, "s1");
    assert_int_equal(l.items[2].stage, STAGE_JUNIOR);
    assert_string_equal(l.items[3].indicator, "resource.area.cv");
    struct result_list none = {0};
    ok(result_load_scope(f->store, &(struct result_scope){&catalog, &resource, "2025-2026", "330109"}, &none,
                         &err));
    assert_int_equal(none.n, 0);

    bool known;
    ok(result_county_known(f->store, &(struct result_scope){&catalog, &resource, "2025-2026", "330103"},
                           &known, &err));
    assert_true(known);
    ok(result_county_known(f->store, &(struct result_scope){&catalog, &local, "2025-2026", "330103"}, &known,
                           &err));
    assert_false(known);
    ok(result_county_known(f->store, &(struct result_scope){&catalog, &local, "2025-2026", "330102"}, &known,
                           &err));
    assert_true(known);
}

static void what_nobody_declares_belongs_to_whose_run_wrote_it(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    put(f, row("old.thing", "s1", STAGE_PRIMARY, "2025-2026", "330102", 1)); // run 1 is of plugin resource
    CLEANUP(result_list_deinit) struct result_list l = {0}, other = {0};
    ok(result_load_scope(f->store, &(struct result_scope){&catalog, &resource, "2025-2026", "330102"}, &l,
                         &err));
    assert_int_equal(l.n, 5);
    assert_string_equal(l.items[0].indicator, "old.thing");
    ok(result_load_scope(f->store, &(struct result_scope){&catalog, &local, "2025-2026", "330102"}, &other,
                         &err));
    assert_int_equal(other.n, 1);
}

static void replaced_and_deleted_by_key(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct result r = row("local.size", "s1", STAGE_NONE, "2025-2026", "330102", 2100);
    r.note = NULL;
    r.detail = NULL;
    r.gap = 0;
    put(f, r);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM result"), 10);
    CLEANUP(result_deinit) struct result back;
    ok(result_find(f->store, "local.size", "s1", STAGE_NONE, "2025-2026", &back, &err));
    assert_true(result_same(&back, &r) && !back.note && back.gap == 0);
    ok(result_delete(f->store, &r, &err));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM result"), 9);
}

static void sameness_is_to_the_bit(void **state)
{
    (void)state;
    struct result a = row("i", "e", STAGE_NONE, "2025", "c", 1), b = a;
    assert_true(result_same(&a, &b));
    b.value = nextafter(1, 2);
    assert_false(result_same(&a, &b));
    b = a;
    b.gap = 0; // was none
    assert_false(result_same(&a, &b));
    b = a;
    b.missing = NULL;
    assert_false(result_same(&a, &b));
    b = a;
    b.run = 7;
    b.judged_at = 1;
    assert_true(result_same(&a, &b));
}

// The queries that T2 makes for every scope must not grow with history.
static void scope_queries_seek(void **state)
{
    struct fixture *f = *state;
    static const char plan[] =
        "EXPLAIN QUERY PLAN SELECT e.text FROM result r CROSS JOIN code e ON e.id = r.entity WHERE 1"
        " AND r.period = (SELECT id FROM code WHERE text = 'x') AND r.county = (SELECT id FROM code WHERE text = 'x')"
        " AND r.indicator = (SELECT id FROM code WHERE text = 'x')";
    struct error err = {0};
    struct sql *q = sql_get(f->store, plan, &err);
    assert_non_null(q);
    bool seeks = false;
    while (sql_step(q, &err) == 1) {
        assert_null(strstr(sql_text(q, 3), "SCAN r"));
        seeks |= strstr(sql_text(q, 3),
                        "SEARCH r USING PRIMARY KEY (period=? AND county=? AND indicator=?)") != NULL;
    }
    assert_true(seeks);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(reads_back_what_was_written),
        T(last_year_history_and_latest),
        T(filters_narrow_each_by_each),
        T(a_plugin_has_its_own_scope),
        T(what_nobody_declares_belongs_to_whose_run_wrote_it),
        T(replaced_and_deleted_by_key),
        cmocka_unit_test(sameness_is_to_the_bit),
        T(scope_queries_seek),
    };
    i18n_init("zh_CN");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
