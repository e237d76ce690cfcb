// SPDX-License-Identifier: Apache-2.0
// From measures to results, without SQL. Numbers: evaluate_expected.py.
#include "evaluate_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "evaluate_expected.h"
#include "junheng/plugin.h"

#define COUNTY "330102"
#define LAST (ARRAY_SIZE(expected_schools) - 1)

static const struct coverage unknown = {.pupils_share = NAN};

struct fixture {
    struct plans plans;
    struct measure measures[128];
    size_t n;
    struct result_list rows;
};

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    plans_init(&f->plans);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    result_list_deinit(&f->rows);
    plans_deinit(&f->plans);
    free(f);
    return 0;
}

static struct measure *add(struct fixture *f, const char *indicator, enum stage stage, const char *entity,
                           double n, double d)
{
    assert_true(f->n < ARRAY_SIZE(f->measures));
    struct measure *m = &f->measures[f->n++];
    *m = (struct measure){.indicator = plans_indicator(&f->plans, indicator),
                          .entity = entity,
                          .stage = stage,
                          .state = JH_OK,
                          .numerator = n,
                          .denominator = d,
                          .pupils = d};
    return m;
}

static struct measure *add_without(struct fixture *f, const char *indicator, enum stage stage,
                                   const char *entity, unsigned why, double pupils)
{
    struct measure *m = add(f, indicator, stage, entity, NAN, NAN);
    m->state = why;
    m->pupils = pupils;
    if (why == JH_NO_DATA)
        m->missing = "pupils_senior teaching_area";
    else
        m->note = "教学点不足50人";
    return m;
}

static int compare(const void *a, const void *b)
{
    const struct measure *x = a, *y = b;
    int d = strcmp(x->indicator->id, y->indicator->id);
    return d ? d : (x->stage > y->stage) - (x->stage < y->stage);
}

static void judge(struct fixture *f, const struct plugin_info *plugin, const char *county,
                  const struct coverage *c)
{
    struct judging j = {.catalog = &f->plans.catalog,
                        .standards = &f->plans.standards,
                        .plugin = plugin,
                        .period = "2025-2026",
                        .county = county,
                        .date = 20250901,
                        .coverage = c};
    qsort(f->measures, f->n, sizeof f->measures[0], compare);
    result_list_deinit(&f->rows);
    judging_scope(&j, f->measures, f->n, &f->rows);
}

static void add_expected_county(struct fixture *f)
{
    for (size_t i = 0; i <= LAST; i++)
        for (size_t k = 0; k < 7; k++)
            add(f, seven[k], STAGE_JUNIOR, expected_schools[i].code, expected_schools[i].totals[k],
                expected_schools[i].pupils);
}

static void schools_of_a_county_as_computed_elsewhere(void **state)
{
    struct fixture *f = *state;
    add_expected_county(f);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    for (size_t i = 0; i <= LAST; i++) {
        for (size_t k = 0; k < 7; k++) {
            const struct result *r = row_of(&f->rows, seven[k], STAGE_JUNIOR, expected_schools[i].code);
            assert_close(r->value, expected_schools[i].values[k]);
            assert_close(r->gap, expected_schools[i].gaps[k]);
            assert_int_equal(r->verdict, expected_schools[i].verdicts[k]);
            assert_string_equal(r->period, "2025-2026");
            assert_string_equal(r->county, COUNTY);
            assert_false(r->provisional || r->estimated);
        }
        const struct result *rule =
            row_of(&f->rows, "resource.school_rule", STAGE_JUNIOR, expected_schools[i].code);
        assert_int_equal(rule->verdict, expected_schools[i].rule);
        assert_close(rule->pupils, expected_schools[i].pupils);
        assert_true(rule->denominator == 7 && rule->threshold == 6 && rule->value == rule->numerator);
    }
}

static void county_figures_as_computed_elsewhere(void **state)
{
    struct fixture *f = *state;
    add_expected_county(f);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    for (size_t k = 0; k < 7; k++) {
        const struct result *r = row_of(&f->rows, seven[k], STAGE_JUNIOR, COUNTY);
        assert_close(r->value, expected_county[k].value);
        assert_close(r->numerator, expected_county[k].numerator);
        assert_close(r->denominator, expected_pupils);
        assert_close(r->gap, expected_county[k].gap);
        assert_int_equal(r->verdict, expected_county[k].fail ? VERDICT_FAIL : VERDICT_FLOOR);
        assert_close(detail_number(r, "units"), 7);
        assert_close(detail_number(r, "pass"), expected_county[k].pass);
        assert_close(detail_number(r, "floor"), expected_county[k].floor);
        assert_close(detail_number(r, "fail"), expected_county[k].fail);
        assert_true(detail_number(r, "coverage/known") == 0); // no roster: said so
        CLEANUP_FREE char *id = str_printf("%s.cv", seven[k]);
        const struct result *cv = row_of(&f->rows, id, STAGE_JUNIOR, COUNTY);
        assert_close(cv->value, expected_county[k].cv);
        assert_close(cv->numerator, expected_county[k].s);
        assert_close(cv->denominator, expected_county[k].value);
        assert_close(cv->threshold, 0.45);
        assert_close(cv->pupils, expected_pupils);
        assert_int_equal(cv->verdict, expected_county[k].cv > 0.45 ? VERDICT_FAIL : VERDICT_PASS);
        assert_close(cv->gap, fmax(0, expected_county[k].cv - 0.45));
    }
    const struct result *mean = row_of(&f->rows, "resource.cv", STAGE_JUNIOR, COUNTY);
    assert_close(mean->value, expected_cv_mean);
    assert_int_equal(mean->verdict, VERDICT_EXEMPT);
    assert_string_equal(mean->note, "仅供公布，不作为判定依据；判定以各项指标的差异系数为准。");
    const struct result *rule = row_of(&f->rows, "resource.school_rule", STAGE_JUNIOR, COUNTY);
    assert_close(rule->value, expected_rule_passes);
    assert_close(rule->denominator, 7);
    assert_int_equal(rule->verdict, VERDICT_FAIL);
}

static void contributors_are_the_largest_first(void **state)
{
    struct fixture *f = *state;
    add_expected_county(f);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    const struct result *cv = row_of(&f->rows, "resource.sports_area.cv", STAGE_JUNIOR, COUNTY);
    double sum = 0, before = 1;
    bool found = false;
    for (int i = 0; i < 7; i++) {
        CLEANUP_FREE char *share = str_printf("contributors/%d/share", i);
        CLEANUP_FREE char *value = str_printf("contributors/%d/value", i);
        CLEANUP_FREE char *without = str_printf("contributors/%d/without", i);
        double s = detail_number(cv, share);
        assert_true(s <= before);
        before = s;
        sum += s;
        if (fabs(detail_number(cv, value) - 8.66999) < 1e-9) {
            found = true;
            assert_close(s, expected_county[4].share_of_last);
            assert_close(detail_number(cv, without), expected_county[4].without_last);
        }
    }
    assert_true(found);
    assert_close(sum, 1);
}

static void rule_that_fails_says_the_shortest_ways(void **state)
{
    struct fixture *f = *state;
    double totals[7] = {100, 20, 11, 9000, 9300, 4000000, 40};
    for (size_t k = 0; k < 7; k++)
        add(f, seven[k], STAGE_PRIMARY, "2101020031", totals[k], 1661);
    judge(f, &f->plans.resource, "210102", &unknown);
    const struct result *r = row_of(&f->rows, "resource.school_rule", STAGE_PRIMARY, "2101020031");
    assert_int_equal(r->verdict, VERDICT_FAIL);
    assert_true(r->value == 5);
    assert_true(isnan(r->gap));
    // Members in their order: teachers at the floor (13, that is 2 more) and 3157.5 ㎡; or 4 teachers and
    // 1288.9 ㎡.
    assert_close(detail_number(r, "steps/0/0/amount"), 2);
    assert_close(detail_number(r, "steps/0/0/target"), 13);
    assert_close(detail_number(r, "steps/0/1/amount"), 3157.5);
    assert_close(detail_number(r, "steps/1/0/amount"), 4);
    assert_close(detail_number(r, "steps/1/1/amount"), 1288.875);
}

static void six_pass_and_one_at_its_floor_is_a_pass_with_a_note(void **state)
{
    struct fixture *f = *state;
    double totals[7] = {100, 20, 15, 9000, 7.5 * 0.85 * 1661, 4000000, 40};
    for (size_t k = 0; k < 7; k++)
        add(f, seven[k], STAGE_PRIMARY, "2101020031", totals[k], 1661);
    judge(f, &f->plans.resource, "210102", &unknown);
    const struct result *r = row_of(&f->rows, "resource.school_rule", STAGE_PRIMARY, "2101020031");
    assert_int_equal(r->verdict, VERDICT_PASS);
    assert_string_equal(r->note, "“生均体育运动场馆面积”未达标，但达到标准的 85%。");
    assert_int_equal(row_of(&f->rows, "resource.sports_area", STAGE_PRIMARY, "2101020031")->verdict,
                     VERDICT_FLOOR);
}

static void a_standard_may_ask_for_all_seven(void **state)
{
    struct fixture *f = *state;
    add_expected_county(f);
    f->plans.standards.pass_min = 7;
    judge(f, &f->plans.resource, COUNTY, &unknown);
    const struct result *r =
        row_of(&f->rows, "resource.school_rule", STAGE_JUNIOR, "3301020006"); // one at its floor
    assert_int_equal(r->verdict, VERDICT_FAIL);
    assert_true(r->threshold == 7);
}

static void gaps_in_the_data_do_not_hide_a_failure(void **state)
{
    struct fixture *f = *state;
    add_without(f, seven[3], STAGE_JUNIOR, "3301020030", JH_NO_DATA, 500);
    add(f, seven[0], STAGE_JUNIOR, "3301020030", 53, 500); // passes
    add(f, seven[2], STAGE_JUNIOR, "3301020030", 1, 500);  // below its floor
    add_without(f, seven[3], STAGE_JUNIOR, "3301020031", JH_NO_DATA,
                500); // the other six were not measured at all
    judge(f, &f->plans.resource, COUNTY, &unknown);
    assert_int_equal(row_of(&f->rows, "resource.school_rule", STAGE_JUNIOR, "3301020030")->verdict,
                     VERDICT_FAIL);
    const struct result *r = row_of(&f->rows, "resource.school_rule", STAGE_JUNIOR, "3301020031");
    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    assert_string_equal(r->missing, "pupils_senior teaching_area");
    const struct result *school = row_of(&f->rows, seven[3], STAGE_JUNIOR, "3301020031");
    assert_int_equal(school->verdict, VERDICT_NO_DATA);
    assert_true(isnan(school->value) && isnan(school->numerator) && isnan(school->gap));
    assert_string_equal(school->missing, "pupils_senior teaching_area");
    const struct result *cv = row_of(&f->rows, "resource.teaching_area.cv", STAGE_JUNIOR, COUNTY);
    assert_int_equal(cv->verdict, VERDICT_NO_DATA);
    assert_string_equal(cv->note, "各校均缺少所需数据。");
    assert_string_equal(cv->missing, "pupils_senior teaching_area");
    assert_int_equal(row_of(&f->rows, "resource.cv", STAGE_JUNIOR, COUNTY)->verdict, VERDICT_NO_DATA);
    assert_int_equal(row_of(&f->rows, seven[3], STAGE_JUNIOR, COUNTY)->verdict, VERDICT_NO_DATA);
    assert_null(judging_row(&f->rows, seven[3], STAGE_PRIMARY, COUNTY));
}

static void missing_schools_are_named_beside_the_cv(void **state)
{
    struct fixture *f = *state;
    add(f, seven[4], STAGE_PRIMARY, "a", 279, 45);
    add(f, seven[4], STAGE_PRIMARY, "b", 137, 37);
    add_without(f, seven[4], STAGE_PRIMARY, "c", JH_NO_DATA, 18);
    add_without(f, seven[4], STAGE_PRIMARY, "d", JH_EXEMPT, 12);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    const struct result *cv = row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY);
    assert_close(detail_number(cv, "schools"), 2);
    assert_close(detail_number(cv, "missing/schools"), 1);
    assert_close(detail_number(cv, "missing/pupils"), 18);
    assert_close(detail_number(cv, "missing/share"), 0.18);
    assert_close(cv->pupils, 82);
    const struct result *county = row_of(&f->rows, seven[4], STAGE_PRIMARY, COUNTY);
    assert_close(detail_number(county, "exempt"), 1);
    assert_close(detail_number(county, "no_data"), 1);
    assert_int_equal(county->verdict, VERDICT_FAIL); // b has 3.7 ㎡
    const struct result *rule = row_of(&f->rows, "resource.school_rule", STAGE_PRIMARY, "d");
    assert_int_equal(rule->verdict, VERDICT_NO_DATA); // the other six are not known to be exempt
}

static void exempt_in_all_is_exempt_with_the_reason(void **state)
{
    struct fixture *f = *state;
    for (size_t k = 0; k < 7; k++)
        add_without(f, seven[k], STAGE_PRIMARY, "p", JH_EXEMPT, 12);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    const struct result *rule = row_of(&f->rows, "resource.school_rule", STAGE_PRIMARY, "p");
    assert_int_equal(rule->verdict, VERDICT_EXEMPT);
    assert_string_equal(rule->note, "教学点不足50人");
    assert_null(judging_row(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY)); // nobody to compare
    assert_int_equal(row_of(&f->rows, seven[4], STAGE_PRIMARY, COUNTY)->verdict, VERDICT_EXEMPT);
}

static void published_example_and_its_edges(void **state)
{
    struct fixture *f = *state;
    static const double p[] = {45, 37, 89, 76, 55}, x[] = {279, 137, 935, 160, 402};
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++)
        add(f, seven[4], STAGE_PRIMARY, names[i], x[i], p[i]);
    add(f, seven[4], STAGE_JUNIOR, "a", 100, 10);
    add(f, seven[3], STAGE_PRIMARY, "a", 0, 45);
    add(f, seven[3], STAGE_PRIMARY, "b", 0, 37);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    const struct result *cv = row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY);
    assert_close(cv->denominator, 6.334437086092715);
    assert_close(cv->numerator, 3.263860705195376);
    assert_close(cv->value, 0.5152566298844765);
    assert_int_equal(cv->verdict, VERDICT_FAIL);
    cv = row_of(&f->rows, "resource.sports_area.cv", STAGE_JUNIOR, COUNTY);
    assert_int_equal(cv->verdict, VERDICT_EXEMPT);
    assert_true(isnan(cv->value));
    assert_string_equal(cv->note, "只有一所学校，不计算差异系数。");
    cv = row_of(&f->rows, "resource.teaching_area.cv", STAGE_PRIMARY, COUNTY);
    assert_int_equal(cv->verdict, VERDICT_NO_DATA);
    assert_string_equal(cv->note, "全县（区）均值为 0，无法计算差异系数。");
}

static void estimates_mark_what_is_made_of_them(void **state)
{
    struct fixture *f = *state;
    add(f, seven[4], STAGE_PRIMARY, "a", 400, 45)->flags = JH_ESTIMATED;
    add(f, seven[4], STAGE_PRIMARY, "b", 400, 37);
    add(f, seven[3], STAGE_PRIMARY, "a", 400, 45);
    add(f, seven[3], STAGE_PRIMARY, "b", 400, 37);
    judge(f, &f->plans.resource, COUNTY, &unknown);
    assert_true(row_of(&f->rows, seven[4], STAGE_PRIMARY, "a")->estimated);
    assert_false(row_of(&f->rows, seven[4], STAGE_PRIMARY, "b")->estimated);
    assert_true(row_of(&f->rows, seven[4], STAGE_PRIMARY, COUNTY)->estimated);
    assert_true(row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY)->estimated);
    assert_false(row_of(&f->rows, "resource.teaching_area.cv", STAGE_PRIMARY, COUNTY)->estimated);
    assert_true(row_of(&f->rows, "resource.cv", STAGE_PRIMARY, COUNTY)->estimated);
}

static void provisional_until_all_have_handed_in(void **state)
{
    struct fixture *f = *state;
    add(f, seven[4], STAGE_PRIMARY, "a", 400, 45);
    add(f, seven[4], STAGE_PRIMARY, "b", 100, 37);
    struct coverage partial = {.known = true, .owed = 3, .reported = 2, .pupils_share = 0.9, .due = 20251020};
    judge(f, &f->plans.resource, COUNTY, &partial);
    const struct result *cv = row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY);
    assert_true(cv->provisional);
    assert_true(row_of(&f->rows, seven[4], STAGE_PRIMARY, COUNTY)->provisional);
    assert_true(row_of(&f->rows, "resource.cv", STAGE_PRIMARY, COUNTY)->provisional);
    assert_false(row_of(&f->rows, seven[4], STAGE_PRIMARY, "a")->provisional);
    assert_false(row_of(&f->rows, "resource.school_rule", STAGE_PRIMARY, "a")->provisional);
    assert_close(detail_number(cv, "coverage/owed"), 3);
    assert_close(detail_number(cv, "coverage/reported"), 2);
    assert_close(detail_number(cv, "coverage/pupils_share"), 0.9);
    assert_non_null(strstr(cv->detail, "\"due\":\"2025-10-20\""));

    partial.due_passed = true;
    judge(f, &f->plans.resource, COUNTY, &partial);
    assert_false(row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY)->provisional);
    partial.due_passed = false;
    partial.reported = 3;
    judge(f, &f->plans.resource, COUNTY, &partial);
    assert_false(row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY)->provisional);
}

static void new_schools_count_and_are_shown_apart(void **state)
{
    struct fixture *f = *state;
    add(f, seven[4], STAGE_PRIMARY, "a", 100, 10);
    add(f, seven[4], STAGE_PRIMARY, "b", 10, 10);
    add(f, seven[4], STAGE_PRIMARY, "c", 4000, 10)->flags = JH_NEW_SCHOOL;
    add(f, seven[4], STAGE_PRIMARY, "d", 9000, 10)->flags = JH_NOT_IN_CV;
    judge(f, &f->plans.resource, COUNTY, &unknown);
    const struct result *cv = row_of(&f->rows, "resource.sports_area.cv", STAGE_PRIMARY, COUNTY);
    assert_close(detail_number(cv, "schools"), 3);
    assert_close(cv->denominator, 137);
    assert_close(detail_number(cv, "without_new/schools"), 2);
    assert_close(detail_number(cv, "without_new/cv"), 4.5 / 5.5);
    assert_int_equal(row_of(&f->rows, seven[4], STAGE_PRIMARY, "c")->flags, JH_NEW_SCHOOL);
}

static void rates_count_judged_units(void **state)
{
    struct fixture *f = *state;
    add(f, "local.size", STAGE_NONE, "a", 1999, 1);
    add(f, "local.size", STAGE_NONE, "b", 2000, 1);
    add(f, "local.size", STAGE_NONE, "c", 2001, 1);
    add_without(f, "local.size", STAGE_NONE, "d", JH_NO_DATA, 10);
    judge(f, &f->plans.local, COUNTY, &unknown);
    assert_true(row_of(&f->rows, "local.size", STAGE_NONE, "c")->gap == 1);
    const struct result *rate = row_of(&f->rows, "local.size.rate", STAGE_NONE, COUNTY);
    assert_close(rate->value, 200.0 / 3);
    assert_true(rate->numerator == 2 && rate->denominator == 3 && rate->gap == 1 && isnan(rate->threshold));
    assert_int_equal(rate->verdict, VERDICT_FAIL); // without a threshold of its own only a full rate passes
    f->plans.standards = (struct standards){"v2", "local.size.rate", 60, 0, 0};
    judge(f, &f->plans.local, COUNTY, &unknown);
    rate = row_of(&f->rows, "local.size.rate", STAGE_NONE, COUNTY);
    assert_int_equal(rate->verdict, VERDICT_PASS);
    assert_true(rate->gap == 0 && rate->threshold == 60);
}

static void unknown_county_has_school_rows_only(void **state)
{
    struct fixture *f = *state;
    add_expected_county(f);
    judge(f, &f->plans.resource, "", &unknown);
    assert_int_equal(f->rows.n, 8 * (LAST + 1));
    assert_null(judging_row(&f->rows, seven[4], STAGE_JUNIOR, ""));
    assert_int_equal(
        row_of(&f->rows, "resource.school_rule", STAGE_JUNIOR, expected_schools[0].code)->verdict,
        expected_schools[0].rule);
}

static void due_dates_belong_to_their_period(void **state)
{
    (void)state;
    static const struct {
        const char *date, *period;
        int due;
    } cases[] = {
        {"10-20", "2025-2026", 20251020},      {"03-01", "2025-2026", 20260301},
        {"09-01", "2025-2026", 20250901},      {"10-20", "2025", 20251020},
        {"2025-10-20", "2025-2026", 20251020}, {"2025-10-20", "2026-2027", 0},
        {"10-20", "2026-10", 20261020},        {"soon", "2025-2026", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct due_config due = {(char *)"school_resource", (char *)cases[i].date};
        struct config conf = {.due = &due, .n_due = 1};
        struct period p;
        assert_true(period_parse(cases[i].period, &p));
        assert_int_equal(coverage_due(&conf, "school_resource", &p), cases[i].due);
        assert_int_equal(coverage_due(&conf, "school", &p), 0);
    }
    assert_int_equal(coverage_dues_passed("10-20", 20251020), coverage_dues_passed("10-20", 20250101));
    assert_int_not_equal(coverage_dues_passed("10-20", 20251020), coverage_dues_passed("10-20", 20251021));
    assert_int_equal(coverage_dues_passed("10-20", 20251021), coverage_dues_passed("10-20", 20261020));
    assert_int_equal(coverage_dues_passed("2025-10-20", 20251020), 0);
    assert_int_equal(coverage_dues_passed("2025-10-20", 20251021), 1);
}

static void today_is_that_of_the_configured_zone(void **state)
{
    (void)state;
    struct config conf = {.timezone = (char *)"Asia/Shanghai"};
    assert_int_equal(coverage_today(&conf, 1760975999000), 20251020); // 23:59:59
    assert_int_equal(coverage_today(&conf, 1760976000000), 20251021);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(schools_of_a_county_as_computed_elsewhere),
        T(county_figures_as_computed_elsewhere),
        T(contributors_are_the_largest_first),
        T(rule_that_fails_says_the_shortest_ways),
        T(six_pass_and_one_at_its_floor_is_a_pass_with_a_note),
        T(a_standard_may_ask_for_all_seven),
        T(gaps_in_the_data_do_not_hide_a_failure),
        T(missing_schools_are_named_beside_the_cv),
        T(exempt_in_all_is_exempt_with_the_reason),
        T(published_example_and_its_edges),
        T(estimates_mark_what_is_made_of_them),
        T(provisional_until_all_have_handed_in),
        T(new_schools_count_and_are_shown_apart),
        T(rates_count_judged_units),
        T(unknown_county_has_school_rows_only),
        T(due_dates_belong_to_their_period),
        T(today_is_that_of_the_configured_zone),
    };
    i18n_init("zh_CN");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
