// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "judge/severity.h"

static void toned_down_for_small_units_and_estimates(void **state)
{
    (void)state;
    static const struct {
        enum indicator_kind kind;
        enum indicator_level level;
        enum verdict verdict;
        double pupils;
        bool estimated, provisional;
        const char *severity;
    } cases[] = {
        {INDICATOR_RULE, LEVEL_SCHOOL, VERDICT_FAIL, 1661, false, false, "red"},
        {INDICATOR_RULE, LEVEL_SCHOOL, VERDICT_FAIL, 100, false, false, "red"},
        {INDICATOR_RULE, LEVEL_SCHOOL, VERDICT_FAIL, 99, false, false, "yellow"},
        {INDICATOR_RULE, LEVEL_SCHOOL, VERDICT_FAIL, NAN, false, false, "red"},
        {INDICATOR_RULE, LEVEL_SCHOOL, VERDICT_FAIL, 1661, true, false, "yellow"},
        {INDICATOR_MEASURE, LEVEL_SCHOOL, VERDICT_FAIL, 1661, false, false, "orange"},
        {INDICATOR_MEASURE, LEVEL_SCHOOL, VERDICT_FLOOR, 1661, false, false, "yellow"},
        {INDICATOR_MEASURE, LEVEL_SCHOOL, VERDICT_NO_DATA, 1661, false, false, "blue"},
        {INDICATOR_CV, LEVEL_COUNTY, VERDICT_FAIL, 25678, false, false, "red"},
        {INDICATOR_CV, LEVEL_COUNTY, VERDICT_FAIL, 80, false, false, "red"},
        {INDICATOR_CV, LEVEL_COUNTY, VERDICT_FAIL, 25678, true, false, "yellow"},
        {INDICATOR_CV, LEVEL_COUNTY, VERDICT_FAIL, 25678, false, true, "blue"},
        {INDICATOR_RATE, LEVEL_COUNTY, VERDICT_FAIL, NAN, false, false, "orange"},
        {INDICATOR_RULE, LEVEL_SCHOOL, VERDICT_PASS, 1661, false, false, "blue"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct indicator ind = {.kind = cases[i].kind, .level = cases[i].level};
        enum severity s =
            severity_of(&ind, cases[i].verdict, cases[i].pupils, cases[i].estimated, cases[i].provisional);
        assert_string_equal(severity_id(s), cases[i].severity);
    }
}

static void names_read_back(void **state)
{
    (void)state;
    for (int s = 0; s < SEVERITY_COUNT; s++) {
        enum severity back;
        assert_true(severity_parse(severity_id((enum severity)s), &back));
        assert_int_equal(back, s);
    }
    enum severity none;
    assert_false(severity_parse("purple", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toned_down_for_small_units_and_estimates),
        cmocka_unit_test(names_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
