// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/period.h"

static void parses_and_prints_each_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum period_kind kind;
        int date;
    } cases[] = {
        {"2025", PERIOD_YEAR, 20251231},        {"2025-2026", PERIOD_SCHOOL_YEAR, 20250901},
        {"2025-2026-1", PERIOD_TERM, 20260131}, {"2025-2026-2", PERIOD_TERM, 20260731},
        {"2026-02", PERIOD_MONTH, 20260228},    {"2024-02-29", PERIOD_DAY, 20240229},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct period p;
        char text[PERIOD_TEXT_MAX];
        assert_true(period_parse(cases[i].text, &p));
        assert_int_equal(p.kind, cases[i].kind);
        period_format(&p, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(period_reference_date(&p), cases[i].date);
    }
}

static void refuses_what_is_no_period(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "25",           "2025-2027", "2025-2024",   "2025-13",
                                      "2025-00", "2025-02-29",   "2025-1-1",  "2025-2026-3", "2025-2026 ",
                                      "学年",    "2025-2026-1-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct period p;
        assert_false(period_parse(bad[i], &p));
    }
}

static void shifts_across_years(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int n;
        const char *to;
    } cases[] = {{"2025-2026", -1, "2024-2025"},  {"2025-2026-1", -1, "2024-2025-2"},
                 {"2026-01", -1, "2025-12"},      {"2026-01-01", -1, "2025-12-31"},
                 {"2024-02-28", 2, "2024-03-01"}, {"2025", -3, "2022"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct period p;
        char text[PERIOD_TEXT_MAX];
        assert_true(period_parse(cases[i].from, &p));
        p = period_shift(&p, cases[i].n);
        period_format(&p, text);
        assert_string_equal(text, cases[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_prints_each_kind),
        cmocka_unit_test(refuses_what_is_no_period),
        cmocka_unit_test(shifts_across_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
