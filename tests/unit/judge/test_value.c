// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "judge/compare.h"
#include "judge/value.h"

static const struct indicator per_hundred = {.op = OP_AT_LEAST, .whole_gap = true, .scale = 100};
static const struct indicator per_pupil = {.op = OP_AT_LEAST, .scale = 1};

static struct threshold at_least(double value, double floor_ratio)
{
    return (struct threshold){.value = value, .op = OP_AT_LEAST, .floor_ratio = floor_ratio};
}

// Every school that is exactly on its threshold, for all sizes and all thresholds of the seven indicators.
static void exactly_on_the_threshold_passes(void **state)
{
    (void)state;
    static const double thresholds[] = {4.2, 5.3, 1, 0.9, 4.5, 5.8, 7.5, 10.2, 2000, 2500, 2.3, 2.4};
    size_t missed_by_plain_doubles = 0;
    for (size_t t = 0; t < sizeof thresholds / sizeof thresholds[0]; t++) {
        struct threshold limit = at_least(thresholds[t], 0.85);
        for (int pupils = 1; pupils < 4000; pupils++) {
            double numerator = (double)pupils * (thresholds[t] * 10) / 1000; // as summed up elsewhere
            struct judgement j = judge_value(&per_hundred, &limit, numerator, pupils);
            assert_int_equal(j.verdict, VERDICT_PASS);
            assert_true(j.gap == 0);
            missed_by_plain_doubles += j.value < thresholds[t];
            j = judge_value(&per_hundred, &limit, numerator * 0.85, pupils);
            assert_int_equal(j.verdict, VERDICT_FLOOR);
        }
    }
    assert_true(missed_by_plain_doubles > 0); // or the test tests nothing
}

static void judged_on_raw_values(void **state)
{
    (void)state;
    static const struct {
        double value;
        enum op op;
        double threshold;
        bool meets;
    } cases[] = {
        {0.5004, OP_AT_MOST, 0.5, false},
        {0.501787, OP_AT_MOST, 0.5, false},
        {0.5, OP_AT_MOST, 0.5, true},
        {0.1 + 0.2, OP_AT_MOST, 0.3, true},
        {0.1 + 0.2, OP_AT_LEAST, 0.3, true},
        {0.3, OP_AT_LEAST, 0.1 + 0.2, true},
        {4.196, OP_AT_LEAST, 4.2, false},
        {0.15, OP_BELOW, 0.15, false},
        {0.05 * 3, OP_BELOW, 0.15, false}, // 0.15000000000000002, and the same again as "equal"
        {0.1499, OP_BELOW, 0.15, true},
        {7.5 * (1 - 1e-10), OP_AT_LEAST, 7.5, false},
        {7.5 * (1 - 1e-12), OP_AT_LEAST, 7.5, true},
        {0, OP_AT_MOST, 0, true},
        {1e-300, OP_AT_MOST, 0, false},
        {-1, OP_AT_LEAST, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (judge_meets(cases[i].value, cases[i].op, cases[i].threshold) != cases[i].meets)
            fail_msg("case %zu: %.17g", i, cases[i].value);
    }
}

static void floor_is_85_percent_of_the_threshold(void **state)
{
    (void)state;
    struct threshold sports = at_least(7.5, 0.85);
    assert_int_equal(judge_value(&per_pupil, &sports, 6.375 * 1661, 1661).verdict, VERDICT_FLOOR);
    assert_int_equal(judge_value(&per_pupil, &sports, 6.374999 * 1661, 1661).verdict, VERDICT_FAIL);
    sports.floor_ratio = 0;
    assert_int_equal(judge_value(&per_pupil, &sports, 6.375 * 1661, 1661).verdict, VERDICT_FAIL);
    struct threshold at_most = {.value = 45, .op = OP_AT_MOST, .floor_ratio = 0.85};
    assert_int_equal(judge_value(&per_pupil, &at_most, 46, 1).verdict, VERDICT_FAIL);
}

// A1 of the model texts: 1661 pupils, 9300 ㎡, 11 teachers.
static void gap_is_what_is_missing_in_natural_units(void **state)
{
    (void)state;
    struct threshold sports = at_least(7.5, 0.85), arts = at_least(0.9, 0.85);
    struct judgement j = judge_value(&per_pupil, &sports, 9300, 1661);
    assert_float_equal(j.value, 5.599036724864539, 1e-12);
    assert_int_equal(j.verdict, VERDICT_FAIL);
    assert_float_equal(j.gap, 3157.5, 1e-9);
    j = judge_value(&per_hundred, &arts, 11, 1661);
    assert_float_equal(j.value, 0.6622516556291391, 1e-12);
    assert_int_equal(j.verdict, VERDICT_FAIL);
    assert_true(j.gap == 4); // 3.949 teachers
}

static void whole_units_are_rounded_up_once(void **state)
{
    (void)state;
    assert_true(judge_need(15.000000000000002, 11, true) == 4);
    assert_true(judge_need(15.0000001, 11, true) == 5);
    assert_true(judge_need(3 * 0.1, 0.3, true) == 0); // need 5.6e-17: nothing
    assert_true(judge_need(14.949, 10.4, true) == 5);
    assert_float_equal(judge_need(14.949, 10.4, false), 4.549, 1e-12);
    assert_true(judge_need(1, 2, false) == 0);
}

static void gap_over_a_limit_is_the_excess(void **state)
{
    (void)state;
    static const struct indicator pupils = {.op = OP_AT_MOST, .whole_gap = true, .scale = 1};
    struct threshold at_most = {.value = 45, .op = OP_AT_MOST}, below = {.value = 45, .op = OP_BELOW};
    assert_true(judge_value(&pupils, &at_most, 46, 1).gap == 1);
    assert_true(judge_value(&pupils, &at_most, 45, 1).gap == 0);
    assert_true(judge_value(&pupils, &below, 45, 1).gap == 1);
    assert_true(judge_value(&pupils, &below, 46, 1).gap == 2);
    assert_true(judge_value(&pupils, &below, 44, 1).gap == 0);
}

static void nothing_to_divide_by_is_no_data(void **state)
{
    (void)state;
    struct threshold sports = at_least(7.5, 0.85);
    struct judgement j = judge_value(&per_pupil, &sports, 9300, 0);
    assert_int_equal(j.verdict, VERDICT_NO_DATA);
    assert_true(isnan(j.value) && isnan(j.gap));
    j = judge_value(&per_pupil, &sports, NAN, 10);
    assert_int_equal(j.verdict, VERDICT_NO_DATA);
}

static void without_a_threshold_nothing_is_tested(void **state)
{
    (void)state;
    struct judgement j = judge_value(&per_pupil, NULL, 9300, 1661);
    assert_int_equal(j.verdict, VERDICT_EXEMPT);
    assert_float_equal(j.value, 5.599036724864539, 1e-12);
    assert_true(isnan(j.gap));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_on_the_threshold_passes),
        cmocka_unit_test(judged_on_raw_values),
        cmocka_unit_test(floor_is_85_percent_of_the_threshold),
        cmocka_unit_test(gap_is_what_is_missing_in_natural_units),
        cmocka_unit_test(whole_units_are_rounded_up_once),
        cmocka_unit_test(gap_over_a_limit_is_the_excess),
        cmocka_unit_test(nothing_to_divide_by_is_no_data),
        cmocka_unit_test(without_a_threshold_nothing_is_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
