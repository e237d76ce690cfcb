// SPDX-License-Identifier: Apache-2.0
// T2 against a real database: what is written, and what is refused.
#include "evaluate_t2.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "junheng/plugin.h"
#include "store/sql.h"

static void first_run_writes_results_and_findings(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM result"),
                     5 + 5 + 1 + 1 + 1 + 1); // area, rule, both of the county, cv, mean
    assert_int_equal(f->result.results_changed, 14);
    assert_int_equal(f->result.alerts_opened, 1);
    assert_int_equal(f->result.alerts_resolved, 2);
    assert_int_equal(f->result.outbox_added, 3);
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY);
    assert_close(cv.value, 0.5152566298844765);
    assert_int_equal(cv.verdict, VERDICT_FAIL);
    assert_string_equal(cv.plugin, "resource");
    assert_int_equal(cv.judged_at, NOW);
    assert_true(recorder.last.first_load && !recorder.last.standard_changed && recorder.last.submission == 7);
    size_t i = found(AREA ".cv", COUNTY);
    assert_int_equal(recorder.findings[i].verdict, VERDICT_FAIL);
    assert_int_equal(recorder.findings[i].before, VERDICT_COUNT);
    assert_int_equal(recorder.n,
                     5 + 1); // the rule of five schools and the .cv; the county's own rows never alert
    assert_int_equal(
        number(f, "SELECT count(*) FROM run WHERE outcome = 'ok' AND plugin = 'resource' AND sha256 = 'aa'"
                  " AND started_at = 1759999999995 AND scopes = 1"),
        1);
}

static void unchanged_results_are_left_as_they_are(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, COUNTY);
    f->now += 1000;
    run(f);
    assert_int_equal(f->result.results_changed, 0);
    assert_int_equal(number(f, "SELECT count(*) FROM result WHERE run = 1"), 14);
    assert_false(recorder.last.first_load);
    assert_int_equal(recorder.findings[found(AREA ".cv", COUNTY)].before, VERDICT_FAIL);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
}

static void only_what_a_changed_school_touches_is_rewritten(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, COUNTY);
    json_object_set_new(json_array_get(f->measures, 1), "n", json_real(300)); // b
    run(f);
    // b and its rule (no longer a known failure), the county's rows of both, the .cv and the mean.
    assert_int_equal(f->result.results_changed, 6);
    assert_int_equal(number(f, "SELECT count(*) FROM result WHERE run = 2"), 6);
    CLEANUP(result_deinit) struct result b = stored(f, AREA, "b");
    assert_close(b.value, 300.0 / 37);
    assert_int_equal(b.verdict, VERDICT_PASS);
}

static void other_counties_and_years_are_not_touched(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    touch(f, YEAR, "330103");
    touch(f, "2024-2025", COUNTY);
    published_example(f);
    (void)measure_in(f, YEAR, "330103", AREA, "primary", "x", 100, 10);
    (void)measure_in(f, "2024-2025", COUNTY, AREA, "primary", "a", 100, 10);
    run(f);
    assert_int_equal(recorder.calls, 3);
    touch(f, YEAR, "330103");
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, "330103", AREA, "primary", "x", 10, 10);
    run(f);
    assert_int_equal(recorder.calls, 4);
    assert_int_equal(number(f, "SELECT count(DISTINCT county) FROM result WHERE run = 2"), 1);
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY);
    assert_close(cv.value, 0.5152566298844765);
}

static void first_load_is_of_the_county_not_of_the_year(void **state)
{
    struct fixture *f = *state;
    touch(f, "2024-2025", COUNTY);
    (void)measure_in(f, "2024-2025", COUNTY, AREA, "primary", "a", 100, 10);
    run(f);
    assert_true(recorder.last.first_load);
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    assert_false(recorder.last.first_load);
    assert_int_equal(recorder.findings[found(AREA ".cv", COUNTY)].before, VERDICT_COUNT);
}

static void a_school_that_is_gone_ends_its_alert(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, COUNTY);
    json_array_remove(f->measures, 4);
    run(f);
    struct result r;
    assert_int_equal(result_find(f->store, AREA, "e", STAGE_PRIMARY, YEAR, &r, &f->err), -ENOENT);
    assert_string_equal(f->err.msg, "没有 e 在 2025-2026 的指标 resource.sports_area 的结果");
    size_t i = found("resource.school_rule", "e");
    assert_int_equal(recorder.findings[i].verdict, VERDICT_EXEMPT);
    assert_int_equal(recorder.findings[i].before, VERDICT_NO_DATA);
    assert_true(isnan(recorder.findings[i].value));
    json_array_clear(f->measures); // and all of them
    touch(f, YEAR, COUNTY);
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM result"), 0);
    assert_int_equal(recorder.findings[found(AREA ".cv", COUNTY)].verdict, VERDICT_EXEMPT);
}

static void forget_indicator(struct fixture *f, const char *id)
{
    struct catalog *c = &f->plans.catalog;
    for (size_t i = 0; i < c->n_indicators; i++) {
        if (strcmp(c->indicators[i]->id, id) != 0)
            continue;
        struct indicator *gone = c->indicators[i];
        c->indicators[i] = c->indicators[--c->n_indicators];
        c->indicators[c->n_indicators] = gone; // freed with the rest
        return;
    }
}

static void a_school_that_moved_keeps_its_alert(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, "330103"); // the new county is computed first
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, "330103", AREA, "primary", "e", 402, 55);
    run(f);
    touch(f, YEAR, COUNTY);
    published_example(f);
    json_array_remove(f->measures, 4);
    run(f);
    for (size_t i = 0; i < recorder.n; i++)
        assert_string_not_equal(recorder.findings[i].entity, "e");
    CLEANUP(result_deinit) struct result e = stored(f, AREA, "e");
    assert_string_equal(e.county, "330103");
}

static void indicators_that_are_no_longer_declared_go(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    size_t all = f->plans.catalog.n_indicators;
    forget_indicator(f, AREA);
    forget_indicator(f, AREA ".cv");
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, COUNTY, seven[3], "primary", "a", 100, 10);
    touch(f, YEAR, COUNTY);
    run(f);
    f->plans.catalog.n_indicators = all;
    assert_int_equal(number(f, "SELECT count(*) FROM result r JOIN code c ON c.id = r.indicator"
                               " WHERE c.text LIKE 'resource.sports_area%'"),
                     0);
    assert_int_equal(number(f, "SELECT count(*) FROM result"),
                     6); // a and its rule, both of the county, .cv, mean
}

static void nonsense_is_refused_and_writes_nothing(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *key, *json, *message;
    } cases[] = {
        {"i", "\"resource.none\"", "插件 resource: 计算了未声明的指标“resource.none”"},
        {"i", "\"local.size\"", "插件 resource: 计算了属于插件 local 的指标“local.size”"},
        {"i", "\"resource.school_rule\"",
         "插件 resource: 指标“resource.school_rule”由核心程序推算，插件不得直接给出"},
        {"i", "\"resource.cv\"", "插件 resource: 指标“resource.cv”由核心程序推算，插件不得直接给出"},
        {"i", "null", "插件 resource: 计算了未声明的指标“”"},
        {"s", "\"senior\"", "插件 resource: 指标“resource.sports_area”没有学段“senior”"},
        {"s", "\"\"", "插件 resource: 指标“resource.sports_area”没有学段“”"},
        {"s", "\"x\"", "插件 resource: 指标“resource.sports_area”没有学段“x”"},
        {"c", "\"330109\"", "插件 resource: 给出了未要求计算的时段“2025-2026”、区县“330109”的数值"},
        {"p", "\"2024-2025\"", "插件 resource: 给出了未要求计算的时段“2024-2025”、区县“330102”的数值"},
        {"e", "\"\"", "插件 resource: 指标“resource.sports_area”的对象代码不可用：“”"},
        {"e", "\"b\"", "插件 resource: “b”的指标“resource.sports_area”在 2025-2026 中重复给出"},
        {"n", "null", "插件 resource: “a”的指标“resource.sports_area”不是数值"},
        {"d", "\"45\"", "插件 resource: “a”的指标“resource.sports_area”不是数值"},
        {"state", "null", "插件 resource: “a”的指标“resource.sports_area”状态值无效：-1"},
        {"state", "3", "插件 resource: “a”的指标“resource.sports_area”状态值无效：3"},
    };
    touch(f, YEAR, COUNTY);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        published_example(f);
        json_object_set_new(json_array_get(f->measures, 0), cases[i].key,
                            json_loads(cases[i].json, JSON_DECODE_ANY, NULL));
        assert_int_equal(evaluate(f, &f->plans.resource), -EPROTO);
        assert_string_equal(f->err.msg, cases[i].message);
    }
    json_array_append_new(f->measures, json_string("hello"));
    json_array_remove(f->measures, 0);
    assert_int_equal(evaluate(f, &f->plans.resource), -EPROTO);
    assert_string_equal(f->err.msg, "插件 resource: 送出的内容不是测量值");
    json_t *list = f->measures;
    f->measures = NULL;
    assert_int_equal(evaluate(f, &f->plans.resource), -EPROTO);
    assert_string_equal(f->err.msg, "插件 resource 没有送出测量值列表");
    f->measures = list;
    assert_int_equal(number(f, "SELECT (SELECT count(*) FROM result) + (SELECT count(*) FROM run)"), 0);
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    assert_int_equal(recorder.calls, 0);
}

static void a_failure_of_the_alerts_rolls_everything_back(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    recorder.fail = -ENOSPC;
    assert_int_equal(evaluate(f, &f->plans.resource), -ENOSPC);
    assert_string_equal(f->err.msg, "resource 2025-2026 330102: the outbox is full");
    assert_int_equal(number(f, "SELECT (SELECT count(*) FROM result) + (SELECT count(*) FROM run)"), 0);
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    recorder.fail = 0;
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM result"), 14);
}

static void a_change_during_the_run_stays_dirty(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    struct scope_list scopes = {0};
    assert_int_equal(scope_list_dirty(f->store, &f->plans.resource, &(struct scope_basis){.version = "v1"},
                                      100, &scopes, &f->err),
                     0);
    touch(f, YEAR, COUNTY); // while the plugin computes
    published_example(f);
    struct evaluation e = {&f->plans.catalog,
                           &f->config,
                           &f->plans.standards,
                           &f->plans.resource,
                           &scopes,
                           f->measures,
                           f->now,
                           f->now,
                           NULL};
    assert_int_equal(evaluate_apply(f->store, &e, &f->result, &f->err), 0);
    scope_list_deinit(&scopes);
    assert_int_equal(dirty(f, &f->plans.resource), 1);
}

static void five_thousand_schools_in_one_county(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    for (int i = 0; i < 5000; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "33010%05d", i);
        for (size_t k = 0; k < 7; k++)
            (void)measure_in(f, YEAR, COUNTY, seven[k], "primary", code, 1 + i * 7919 % 10007,
                             20 + i * 104729 % 3001);
    }
    struct timespec a, b;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    run(f);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("5,000 schools x 7: first %ld ms",
                  (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
    assert_int_equal(f->result.results_changed, 5000 * 8 + 8 + 7 + 1);
    assert_int_equal(recorder.n, 5000 + 7);
    touch(f, YEAR, COUNTY);
    json_object_set_new(json_array_get(f->measures, 0), "n", json_real(77777));
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    run(f);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("; one changed %ld ms\n", (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
    assert_in_range(f->result.results_changed, 3,
                    8); // the school, its county row, .cv, mean, perhaps its rule
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, t2_setup, t2_teardown)
    const struct CMUnitTest tests[] = {
        T(first_run_writes_results_and_findings),
        T(unchanged_results_are_left_as_they_are),
        T(only_what_a_changed_school_touches_is_rewritten),
        T(other_counties_and_years_are_not_touched),
        T(first_load_is_of_the_county_not_of_the_year),
        T(a_school_that_is_gone_ends_its_alert),
        T(a_school_that_moved_keeps_its_alert),
        T(indicators_that_are_no_longer_declared_go),
        T(nonsense_is_refused_and_writes_nothing),
        T(a_failure_of_the_alerts_rolls_everything_back),
        T(a_change_during_the_run_stays_dirty),
        T(five_thousand_schools_in_one_county),
    };
    i18n_init("zh_CN");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
