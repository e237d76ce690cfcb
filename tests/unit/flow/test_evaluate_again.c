// SPDX-License-Identifier: Apache-2.0
// T2 against a real database: judged again, marked provisional, left out.
#include "evaluate_t2.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "junheng/plugin.h"
#include "store/sql.h"

static void a_changed_standard_judges_stored_figures_again(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    json_object_set_new(json_array_get(f->measures, 0), "flags", json_integer(JH_ESTIMATED));
    json_object_set_new(json_array_get(f->measures, 1), "state", json_integer(JH_NO_DATA));
    json_object_set_new(json_array_get(f->measures, 1), "missing", json_string("sports_hall"));
    run(f);
    f->plans.standards = (struct standards){"v2", AREA, 6.2, 0, 0};
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    run(f);
    assert_true(recorder.last.standard_changed && recorder.last.submission == 0);
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a"), b = stored(f, AREA, "b");
    assert_int_equal(a.verdict, VERDICT_PASS); // 279 / 45 is 6.2 and a bit of rounding
    assert_close(a.threshold, 6.2);
    assert_true(a.estimated && a.gap == 0 && a.numerator == 279);
    assert_int_equal(b.verdict, VERDICT_NO_DATA);
    assert_string_equal(b.missing, "sports_hall");
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY);
    assert_true(cv.estimated);
    assert_int_equal(number(f, "SELECT count(*) FROM run WHERE outcome = 'rejudged'"), 1);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
}

static void a_changed_setting_computes_anew_and_is_a_changed_standard(void **state)
{
    struct fixture *f = *state;
    struct plugin_setting weight = {(char *)"local.weight", NULL, 1};
    f->plans.resource.settings = &weight;
    f->plans.resource.n_settings = 1;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    f->plans.standards = (struct standards){.version = "v2", .weight = 2};
    json_object_set_new(json_array_get(f->measures, 0), "n", json_integer(450)); // as computed by that weight
    run(f);
    assert_true(recorder.last.standard_changed && recorder.last.submission == 0);
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a");
    assert_true(a.numerator == 450);
    assert_int_equal(number(f, "SELECT count(*) FROM run WHERE outcome = 'ok'"), 2);
    f->plans.standards.version = "v3";
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM run WHERE outcome = 'rejudged'"), 1);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    f->plans.resource.n_settings = 0;
}

static void a_due_date_that_passes_is_no_changed_standard(void **state)
{
    struct fixture *f = *state;
    f->due = (struct due_config){(char *)"school_resource", (char *)"10-20"};
    f->config.due = &f->due;
    f->config.n_due = 1;
    CLEANUP_FREE char *before =
        evaluate_version(&f->config, &f->plans.standards, 1760975999000); // 10-20 23:59:59
    CLEANUP_FREE char *after = evaluate_version(&f->config, &f->plans.standards, 1760976000000);
    assert_string_not_equal(before, after);
    f->version = before;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    f->version = after;
    f->now = 1760976000000;
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    run(f);
    assert_false(recorder.last.standard_changed);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    f->plans.standards.version = "v2";
    CLEANUP_FREE char *changed = evaluate_version(&f->config, &f->plans.standards, 1760976000000);
    f->version = changed;
    run(f);
    assert_true(recorder.last.standard_changed);
}

// A row of a dataset, as T1 leaves it.
static void put_fact(struct fixture *f, const char *dataset, const char *school, double pupils)
{
    CLEANUP_FREE char *sql = str_printf(
        "INSERT INTO \"d_%s\"(_period, school, _county, _source, _sub, _tab, _row%s)"
        " SELECT p.id, s.id, c.id, 1, 1, 1, 1%s FROM code p, code s, code c"
        " WHERE p.text = '" YEAR "' AND s.text = :school AND c.text = '" COUNTY "'",
        dataset, isnan(pupils) ? "" : ", campus, pupils_primary", isnan(pupils) ? "" : ", 1, :pupils");
    assert_int_equal(store_begin(f->store, &f->err), 0);
    int64_t id;
    const char *const codes[] = {YEAR, COUNTY, school};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(code_of(f->store, codes[i], &id, &f->err), 0);
    struct sql *q = sql_get(f->store, sql, &f->err);
    if (!q)
        fail_msg("%s", f->err.msg);
    sql_bind_text(q, ":school", school);
    if (!isnan(pupils))
        sql_bind_real(q, ":pupils", pupils);
    if (sql_run(q, &f->err) < 0)
        fail_msg("%s", f->err.msg);
    assert_int_equal(store_commit(f->store, &f->err), 0);
}

static void provisional_until_the_roster_is_complete_or_the_day_is_over(void **state)
{
    struct fixture *f = *state;
    struct catalog *datasets;
    assert_int_equal(catalog_load(TEST_SOURCE_DIR "/conf/datasets", &datasets, &f->err), 0);
    assert_int_equal(store_sync_catalog(f->store, datasets, &f->err), 0);
    datasets = catalog_free(datasets);
    f->due = (struct due_config){(char *)"school_resource", (char *)"10-20"};
    f->config.due = &f->due;
    f->config.n_due = 1;
    static const char *const schools[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++) {
        put_fact(f, "school", schools[i], NAN);
        if (i < 4)
            put_fact(f, "school_resource", schools[i], 50);
    }
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY), a = stored(f, AREA, "a");
    assert_true(cv.provisional && !a.provisional);
    assert_int_equal(cv.verdict, VERDICT_FAIL);
    assert_true(recorder.findings[found(AREA ".cv", COUNTY)].provisional);
    assert_false(recorder.findings[found("resource.school_rule", "a")].provisional);
    assert_close(detail_number(&cv, "coverage/known"), 1);
    assert_close(detail_number(&cv, "coverage/owed"), 5);
    assert_close(detail_number(&cv, "coverage/reported"), 4);

    f->now = 1760976000000; // 10-21 00:00 in Shanghai
    touch(f, YEAR, COUNTY);
    run(f);
    assert_false(recorder.findings[found(AREA ".cv", COUNTY)].provisional);

    f->now = NOW; // before the day, but complete
    put_fact(f, "school_resource", "e", 50);
    touch(f, YEAR, COUNTY);
    run(f);
    result_deinit(&cv);
    cv = stored(f, AREA ".cv", COUNTY);
    assert_false(cv.provisional);
    assert_close(detail_number(&cv, "coverage/reported"), 5);
    assert_close(detail_number(&cv, "coverage/pupils_share"), 1);
}

static void a_school_with_the_countys_code_is_left_out_and_counted(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    (void)measure(f, COUNTY, 9, 9);
    run(f);
    assert_int_equal(f->result.measures_skipped, 1);
    CLEANUP(result_deinit) struct result county = stored(f, AREA, COUNTY);
    assert_close(county.value, 6.334437086092715);
}

static void unknown_county_keeps_its_schools(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, "");
    (void)measure_in(f, YEAR, "", AREA, "primary", "a", 100, 10);
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM result"), 2); // the school's figure and its rule
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a");
    assert_string_equal(a.county, "");
}

static void county_indicators_belong_to_the_county(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    (void)measure_in(f, YEAR, COUNTY, "local.budget", "", "a", 1, 2);
    assert_int_equal(evaluate(f, &f->plans.local), -EPROTO);
    assert_string_equal(f->err.msg,
                        "插件 local: 指标“local.budget”是县级指标，对象却是“a”而不是区县“330102”");
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, COUNTY, "local.budget", "", COUNTY, 1, 2);
    assert_int_equal(evaluate(f, &f->plans.local), 0);
    struct result r;
    assert_int_equal(result_find(f->store, "local.budget", COUNTY, STAGE_NONE, YEAR, &r, &f->err), 0);
    assert_close(r.value, 0.5);
    assert_int_equal(r.verdict, VERDICT_EXEMPT); // no threshold: published, not tested
    result_deinit(&r);
}

static void division_by_nothing_is_no_data(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    json_object_set_new(json_array_get(f->measures, 0), "d", json_integer(0));
    run(f);
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a");
    assert_int_equal(a.verdict, VERDICT_NO_DATA);
    assert_true(isnan(a.value) && isnan(a.numerator));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, t2_setup, t2_teardown)
    const struct CMUnitTest tests[] = {
        T(a_changed_standard_judges_stored_figures_again),
        T(a_changed_setting_computes_anew_and_is_a_changed_standard),
        T(a_due_date_that_passes_is_no_changed_standard),
        T(provisional_until_the_roster_is_complete_or_the_day_is_over),
        T(a_school_with_the_countys_code_is_left_out_and_counted),
        T(unknown_county_keeps_its_schools),
        T(county_indicators_belong_to_the_county),
        T(division_by_nothing_is_no_data),
    };
    i18n_init("zh_CN");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
