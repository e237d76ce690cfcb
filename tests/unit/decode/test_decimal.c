// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "decode/decimal.h"
#include "decode/sheet.h"

static void tells_numbers_from_codes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool number;
        double value;
    } cases[] = {
        {"0", true, 0},
        {"12", true, 12},
        {"-0.5", true, -0.5},
        {"3301020009", true, 3301020009.0},
        {".5", true, 0.5},
        {"12.", true, 12},
        {"1.1E+17", true, 1.1e17},
        {"1e-3", true, 1e-3},
        {"0.1", true, 0.1},
        {"0.3000000000000000444", true, 0.1 + 0.2},
        {"330102198001011234", true, 330102198001011234.0},
        {"007", false, 0},
        {"00", false, 0},
        {"+1", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {".", false, 0},
        {"1e", false, 0},
        {"1e+", false, 0},
        {"12 ", false, 0},
        {"1,000", false, 0},
        {"95%", false, 0},
        {"1.2.3", false, 0},
        {"0x10", false, 0},
        {"inf", false, 0},
        {"nan", false, 0},
        {"1e999", false, 0},
        {"小", false, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        double v = -1;
        bool number = decimal_parse(cases[i].text, strlen(cases[i].text), &v);
        if (number != cases[i].number || (number && v != cases[i].value))
            fail_msg("%s: %d, %.17g", cases[i].text, number, v);
    }
}

static void numbers_become_the_shortest_decimal(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0, "0"},
        {0.95, "0.95"},
        {3301020009.0, "3301020009"},
        {1.1e17, "1.1E+17"},
        {-12.5, "-12.5"},
        {100, "100"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e14, "100000000000000"},
        {1e15, "1E+15"},
        {1e-7, "1E-07"},
        {0.00012, "0.00012"},
        {1.0 / 3, "0.3333333333333333"},
        {123456789012345.0, "123456789012345"},
        {3.30102198001011e17, "3.30102198001011E+17"},
        {5e-324, "4.94065645841247E-324"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[DECIMAL_TEXT_MAX];
        decimal_format(cases[i].v, text);
        assert_string_equal(text, cases[i].text);
        assert_true(strtod(text, NULL) == cases[i].v);
    }
}

static void knows_which_formats_show_dates(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        unsigned shows;
    } cases[] = {
        {"General", 0},
        {"0.00", 0},
        {"@", 0},
        {"#,##0.00_);[Red]\\(#,##0.00\\)", 0},
        {"0.00E+00", 0},
        {"0\"day\"", 0},
        {"[Red]0", 0},
        {"[$￥-804]#,##0.00", 0},
        {"G/通用格式\"人\"", 0},
        {"yyyy-mm-dd", DATE_FORMAT_DATE},
        {"yyyy\"年\"m\"月\"d\"日\"", DATE_FORMAT_DATE},
        {"[$-804]yyyy/m/d;@", DATE_FORMAT_DATE},
        {"m/d", DATE_FORMAT_DATE},
        {"mmm-yy", DATE_FORMAT_DATE},
        {"h:mm", DATE_FORMAT_TIME},
        {"h:mm:ss", DATE_FORMAT_TIME},
        {"mm:ss", DATE_FORMAT_TIME},
        {"h:mm AM/PM", DATE_FORMAT_TIME},
        {"[h]:mm", DATE_FORMAT_TIME | DATE_FORMAT_ELAPSED},
        {"yyyy-mm-dd hh:mm", DATE_FORMAT_DATE | DATE_FORMAT_TIME},
        {"h\"时\"mm\"分\"", DATE_FORMAT_TIME},
        {"yyyy-mm-dd hh:mm:ss.000", DATE_FORMAT_DATE | DATE_FORMAT_TIME},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (date_format_of_code(cases[i].code) != cases[i].shows)
            fail_msg("%s: %u", cases[i].code, date_format_of_code(cases[i].code));
    static const struct {
        unsigned id, shows;
    } builtin[] = {{0, 0},
                   {2, 0},
                   {13, 0},
                   {14, DATE_FORMAT_DATE},
                   {20, DATE_FORMAT_TIME},
                   {22, DATE_FORMAT_DATE | DATE_FORMAT_TIME},
                   {23, 0},
                   {31, DATE_FORMAT_DATE},
                   {32, DATE_FORMAT_TIME},
                   {37, 0},
                   {45, DATE_FORMAT_TIME},
                   {46, DATE_FORMAT_TIME | DATE_FORMAT_ELAPSED},
                   {49, 0},
                   {57, DATE_FORMAT_DATE},
                   {59, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(builtin); i++)
        assert_int_equal(date_format_builtin(builtin[i].id), builtin[i].shows);
}

static void serials_are_the_days_that_excel_shows(void **state)
{
    (void)state;
    enum { D = DATE_FORMAT_DATE, T = DATE_FORMAT_TIME, E = DATE_FORMAT_ELAPSED };
    static const struct {
        double serial;
        unsigned format;
        bool epoch_1904;
        const char *text; // NULL: none
    } cases[] = {
        {46296, D, false, "2026-10-01"},
        {46296, D | T, false, "2026-10-01"},
        {46296.34722222222, D | T, false, "2026-10-01 08:20"},
        {46296.75, D, false, "2026-10-01"},
        {0.34722222222222221, T, false, "08:20"},
        {46296.34722222222, T, false, "08:20"},
        {0.5, D | T, false, "12:00"},
        {1.5, T | E, false, "36:00"},
        {0.51, T, false, "12:14:24"},
        {1, D, false, "1900-01-01"},
        {59, D, false, "1900-02-28"},
        {61, D, false, "1900-03-01"},
        {0.999999999, D | T, false, "1900-01-01"},
        {44834, D, true, "2026-10-01"},
        {1, D, true, "1904-01-02"},
        {2958465, D, false, "9999-12-31"},
        {2958466, D, false, NULL},
        {-1, D, false, NULL},
        {45351, D, false, "2024-02-29"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[DECIMAL_TEXT_MAX] = "";
        bool ok = date_format_serial(cases[i].serial, cases[i].format, cases[i].epoch_1904, text);
        if (ok != (cases[i].text != NULL) || (ok && strcmp(text, cases[i].text) != 0))
            fail_msg("%.9f, %u: %s, expected %s", cases[i].serial, cases[i].format, text, cases[i].text);
    }
}

static void cells_are_named_as_in_excel(void **state)
{
    (void)state;
    static const struct {
        uint32_t row, col;
        const char *name;
    } cases[] = {{9, 19, "T9"}, {1, 0, "A1"},   {14, 30, "AE14"}, {1048576, 16383, "XFD1048576"},
                 {2, 25, "Z2"}, {2, 26, "AA2"}, {3, 701, "ZZ3"},  {3, 702, "AAA3"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char name[CELL_NAME_MAX];
        cell_name(cases[i].row, cases[i].col, name);
        assert_string_equal(name, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_numbers_from_codes),
        cmocka_unit_test(numbers_become_the_shortest_decimal),
        cmocka_unit_test(knows_which_formats_show_dates),
        cmocka_unit_test(serials_are_the_days_that_excel_shows),
        cmocka_unit_test(cells_are_named_as_in_excel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
