// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/show.h"
#include "cli/table.h"

static char *printed(const struct table *t, bool colour)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print(t, out, colour);
    (void)fclose(out);
    return text;
}

static struct table *two_rows(void)
{
    struct table *t = table_new();
    table_column(t, "学校", TABLE_LEFT);
    table_column(t, "值", TABLE_RIGHT);
    table_row(t);
    table_cell(t, "城南三小");
    table_cell(t, "5.60");
    table_colour(t, "31");
    table_row(t);
    table_cell(t, "A校");
    table_cell(t, NULL);
    return t;
}

static void chinese_takes_two_columns(void **state)
{
    (void)state;
    struct table *t = two_rows();
    char *text = printed(t, false);
    assert_string_equal(text, "学校        值\n"
                              "城南三小  5.60\n"
                              "A校          —\n");
    free(text);
    (void)table_free(t);
}

static void colour_only_where_it_is_on(void **state)
{
    (void)state;
    struct table *t = two_rows();
    char *plain = printed(t, false), *coloured = printed(t, true);
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(coloured, "\033[31m5.60\033[0m"));
    free(plain);
    free(coloured);
    (void)table_free(t);
}

static void control_characters_never_reach_the_terminal(void **state)
{
    (void)state;
    struct table *t = table_new();
    table_column(t, "f", TABLE_LEFT);
    table_row(t);
    table_cell(t, "a\033[2Jb\nc");
    char *text = printed(t, true);
    assert_null(strstr(text, "\033[2J"));
    assert_non_null(strstr(text, "a?[2Jb?c"));
    free(text);
    (void)table_free(t);
}

static void a_figure_never_contradicts_its_verdict(void **state)
{
    (void)state;
    static const struct {
        double value, threshold;
        enum op op;
        enum verdict verdict;
        int decimals;
        const char *shown;
    } cases[] = {
        {4.196, 4.2, OP_AT_LEAST, VERDICT_FLOOR, 2, "4.196"},
        {4.2, 4.2, OP_AT_LEAST, VERDICT_PASS, 2, "4.20"},
        {0.5004, 0.5, OP_AT_MOST, VERDICT_FAIL, 3, "0.5004"},
        {0.486, 0.5, OP_AT_MOST, VERDICT_PASS, 3, "0.486"},
        {4.19999999, 4.2, OP_AT_LEAST, VERDICT_FLOOR, 2, "4.19999999"},
        {5.6, 7.5, OP_AT_LEAST, VERDICT_FAIL, 2, "5.60"},
        {11.33355644, 7.5, OP_AT_LEAST, VERDICT_FAIL, 2,
         "11.33"}, // a county's mean, judged by its worst school
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct indicator ind = {.op = cases[i].op, .decimals = cases[i].decimals, .kind = INDICATOR_MEASURE};
        char out[NUMBER_TEXT_MAX];
        show_value(&ind, cases[i].value, cases[i].threshold, cases[i].verdict, out);
        assert_string_equal(out, cases[i].shown);
    }
    char out[NUMBER_TEXT_MAX];
    show_value(NULL, NAN, NAN, VERDICT_NO_DATA, out);
    assert_string_equal(out, "");
}

int main(void)
{
    (void)setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chinese_takes_two_columns),
        cmocka_unit_test(colour_only_where_it_is_on),
        cmocka_unit_test(control_characters_never_reach_the_terminal),
        cmocka_unit_test(a_figure_never_contradicts_its_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
