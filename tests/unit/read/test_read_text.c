// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "read/date_text.h"
#include "read/fold.h"
#include "read/number_text.h"
#include "read/period_text.h"
#include "read/row_kind.h"
#include "read/unit.h"

static struct buf folded;

static const char *fold(const char *text)
{
    fold_text(text, strlen(text), &folded);
    return buf_str(&folded);
}

static int clean(void **state)
{
    (void)state;
    buf_deinit(&folded);
    return 0;
}

static void one_spelling_of_a_header(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"完 全 中 学", "完全中学"},
        {"骨\n干 教师", "骨干教师"},
        {"近５年", "近5年"},
        {"体育交流轮岗/兼职/走教", "体育交流轮岗兼职走教"},
        {"体育交流轮岗、兼职、走教", "体育交流轮岗兼职走教"},
        {"县级及以上骨干教师数（小学）", "县级及以上骨干教师数小学"},
        {"每班26—30人", "每班2630人"},
        {"73㎡≤单间面积＜96㎡", "73平方米<=单间面积<96平方米"},
        {"……", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        (void)fold(cases[i].text);
        fold_key(&folded);
        assert_string_equal(buf_str(&folded), cases[i].key);
    }
}

static void units_are_split_from_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header, *rest, *unit;
    } cases[] = {
        {"面积（㎡）", "面积", "平方米"},
        {"面积(平方米)", "面积", "平方米"},
        {"资产值（账面原值）", "资产值(账面原值)", NULL},
        {"资产值（账面原值）（万元）", "资产值(账面原值)", "万元"},
        {"预算总额/万元", "预算总额", "万元"},
        {"面积（㎡）（小学）", "面积(小学)", "平方米"},
        {"经费（单位：万元）", "经费", "万元"},
        {"体育/音乐", "体育/音乐", NULL},
        {"（人）", "(人)", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        (void)fold(cases[i].header);
        const struct unit *u = unit_split(folded.data, &folded.len);
        assert_string_equal(folded.data, cases[i].rest);
        assert_int_equal(strlen(folded.data), folded.len);
        if (cases[i].unit)
            assert_string_equal(u->text, cases[i].unit);
        else
            assert_null(u);
    }
}

static void a_unit_line_is_read(void **state)
{
    (void)state;
    const struct unit *line[UNIT_LIST_MAX];
    assert_int_equal(unit_line(fold("单位：人/平方米/万元"), line), 3);
    assert_string_equal(line[1]->text, "平方米");
    assert_int_equal(unit_line(fold("（单位：人、间、元）"), line), 3);
    assert_int_equal(unit_line(fold("填报单位：滨江区教育局"), line), 0);
    assert_int_equal(unit_line(fold("学校名称"), line), 0);
}

static void units_convert_or_do_not(void **state)
{
    (void)state;
    int shift, factor;
    const struct unit *yuan = unit_find("元", strlen("元")), *wan = unit_find("万元", strlen("万元")),
                      *hour = unit_find("小时", strlen("小时")), *minute = unit_find("分钟", strlen("分钟"));
    assert_true(unit_conversion(wan, yuan, &shift, &factor));
    assert_int_equal(shift, 4);
    assert_true(unit_conversion(hour, minute, &shift, &factor));
    assert_int_equal(factor, 60);
    assert_false(unit_conversion(minute, hour, &shift, &factor));
    assert_false(unit_conversion(wan, minute, &shift, &factor));
}

static void decimals_convert_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int shift;
        double want;
    } cases[] = {
        {"12.34", 4, 123400},
        {"0.07", 4, 700},
        {"5,250,382", 0, 5250382},
        {"1.1", 4, 11000},
        {"4.35", 2, 435},
        {"-3", 0, -3},
        {"1e3", 0, 1000},
        {"0.1", 0, 0.1},
        {".5", 0, 0.5},
        {"1234567.891", 4, 12345678910},
        {"0", 4, 0},
        {"00012", 0, 12},
        {"123456789012345.5", 0, 123456789012345.5},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct number d;
        const char *end;
        double v;
        assert_true(number_parse(cases[i].text, &d, &end));
        assert_string_equal(end, "");
        assert_true(number_to_real(&d, cases[i].shift, 1, &v));
        assert_true(v == cases[i].want);
    }
}

static void commas_stand_where_they_belong(void **state)
{
    (void)state;
    static const char *const bad[] = {"1,23", "1234,567", "1,2345", "12,34.5", ",5",
                                      "-",    "",         "abc",    "1,234,56"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct number d;
        const char *end;
        assert_false(number_parse(bad[i], &d, &end) && !*end);
    }
}

static void integers_refuse_fractions_and_giants(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int shift;
        bool whole;
        int64_t want;
    } cases[] = {{"12.0", 0, true, 12}, {"12.5", 0, false, 0},  {"1.2", 1, true, 12},
                 {"1.23", 1, false, 0}, {"1e3", 0, true, 1000}, {"1e30", 0, false, 0},
                 {"0.000", 0, true, 0}, {"-7", 0, true, -7},    {"99999999999999999999", 0, false, 0},
                 {"1e-40", 0, false, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct number d;
        const char *end;
        int64_t v = 0;
        assert_true(number_parse(cases[i].text, &d, &end));
        assert_int_equal(number_to_int(&d, cases[i].shift, 1, &v), cases[i].whole);
        if (cases[i].whole)
            assert_int_equal(v, cases[i].want);
    }
}

static void fifteen_digits_are_what_excel_shows(void **state)
{
    (void)state;
    struct number d;
    const char *end;
    double v;
    assert_true(number_parse("12.340000000000002", &d, &end));
    number_round_15(&d);
    assert_true(number_to_real(&d, 4, 1, &v));
    assert_true(v == 123400);
}

static void dates_of_all_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int want;
    } cases[] = {{"2025-10-01", 20251001},
                 {"2025/10/1", 20251001},
                 {"2025.10.1", 20251001},
                 {"2025年10月1日", 20251001},
                 {"20251001", 20251001},
                 {"2025年10月1号", 20251001},
                 {"2025-10-01 08:20", 20251001},
                 {"2025-02-30", 0},
                 {"2025-13-01", 0},
                 {"1 October", 0},
                 {"2025", 0},
                 {"2025-10", 0},
                 {"", 0}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int date = 0;
        assert_int_equal(date_parse(fold(cases[i].text), &date), cases[i].want != 0);
        assert_int_equal(date, cases[i].want);
    }
    int date;
    assert_true(date_from_serial(45931, &date));
    assert_int_equal(date, 20251001);
    assert_true(date_from_serial(43890.75, &date));
    assert_int_equal(date, 20200229);
    assert_false(date_from_serial(1661, &date));
}

static void times_of_all_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int want;
    } cases[] = {{"8:20", 500},  {"08:20:00", 500}, {"8：20", 500}, {"8点20分", 500},
                 {"8时20", 500}, {"8点半", 510},    {"8点", 480},   {"24:00", -1},
                 {"8:60", -1},   {"8:5", -1},       {"820", -1},    {"", -1}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int minutes = -1;
        assert_int_equal(time_parse(fold(cases[i].text), &minutes), cases[i].want >= 0);
        assert_int_equal(minutes, cases[i].want);
    }
    int minutes;
    assert_true(time_from_serial(8.0 / 24 + 20.0 / 1440, &minutes));
    assert_int_equal(minutes, 500);
}

static void periods_in_the_spellings_of_clerks(void **state)
{
    (void)state;
    static const struct {
        enum period_kind kind;
        const char *text, *want;
    } cases[] = {
        {PERIOD_SCHOOL_YEAR, "2025-2026", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025-2026学年", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025—2026 学年度", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025/2026", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "２０２５－２０２６", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025年至2026年", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025学年", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025", "2025-2026"},
        {PERIOD_SCHOOL_YEAR, "2025-2027", ""},
        {PERIOD_SCHOOL_YEAR, "2025年", ""},
        {PERIOD_SCHOOL_YEAR, "本学年", ""},
        {PERIOD_YEAR, "2025年度", "2025"},
        {PERIOD_YEAR, "2025", "2025"},
        {PERIOD_YEAR, "2025-2026", ""},
        {PERIOD_TERM, "2025-2026学年第一学期", "2025-2026-1"},
        {PERIOD_TERM, "2025-2026下学期", "2025-2026-2"},
        {PERIOD_TERM, "2025-2026", ""},
        {PERIOD_MONTH, "2026年10月", "2026-10"},
        {PERIOD_MONTH, "202610", "2026-10"},
        {PERIOD_MONTH, "2026-13", ""},
        {PERIOD_DAY, "2026/10/1", "2026-10-01"},
        {PERIOD_DAY, "45931", "2025-10-01"},
        {PERIOD_DAY, "12345", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct period p;
        char text[PERIOD_TEXT_MAX] = "";
        if (period_text_parse(cases[i].kind, fold(cases[i].text), &p))
            period_format(&p, text);
        assert_string_equal(text, cases[i].want);
    }
}

static void periods_in_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool strict;
        const char *want;
    } cases[] = {
        {"330102_学校资源_2025-2026", false, "2025-2026"},
        {"学校资源2025", false, "2025-2026"},
        {"2025学年学校资源", false, "2025-2026"},
        {"学校资源", false, ""},
        {"3301020009", false, ""},
        {"学校资源_20251013", false, ""},
        {"学校资源2025-10-13", false, ""},
        {"2024与2025学校资源", false, ""},
        {"2025-2026学年学校资源（2024年修订）", false, "2025-2026"},
        {"表ii-22025-2026学年", true, "2025-2026"},
        {"滨江区2025—2026学年度学校资源统计表", true, "2025-2026"},
        {"根据教督〔2017〕6号", true, ""},
        {"2025年9月1日", true, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct period p;
        char text[PERIOD_TEXT_MAX] = "";
        if (period_text_find(PERIOD_SCHOOL_YEAR, fold(cases[i].name), cases[i].strict, &p))
            period_format(&p, text);
        assert_string_equal(text, cases[i].want);
    }
}

static struct sheet_row row_of(const char *const *texts, size_t n, struct cell *cells)
{
    struct sheet_row row = {.row = 1, .cells = cells};
    for (size_t i = 0; i < n; i++) {
        if (texts[i])
            cells[row.n++] = (struct cell){.col = (uint32_t)i,
                                           .type = *texts[i] ? CELL_TEXT : CELL_EMPTY,
                                           .text = texts[i],
                                           .len = strlen(texts[i])};
    }
    return row;
}

static void rows_around_the_data_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *texts[5];
        char kind; // c code row, t total, f filler, n note, u units, d data, - none
    } cases[] = {
        {{"甲", "乙", "1", "2", "3"}, 'c'},
        {{"L1", "L2", "L3"}, 'c'},
        {{"", "1", "2", "3", "4"}, 'c'},
        {{"1", "江北小学", "3"}, 'd'},
        {{"合计", "", "12"}, 't'},
        {{"滨江区合计", "12"}, 't'},
        {{"其中：民办", "3"}, 't'},
        {{"#", "3"}, 't'},
        {{"…", "…"}, 'f'},
        {{"4", "...", ""}, 'f'},
        {{"注：数据截至9月1日"}, 'n'},
        {{"说明:1.按学籍", "", ""}, 'n'},
        {{"（人）", "㎡", "万元"}, 'u'},
        {{"学校代码", "学校名称"}, '-'},
        {{"3301", "0.5%", "江北"}, 'd'},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cell cells[5];
        struct sheet_row row = row_of(cases[i].texts, 5, cells);
        char kind = row_is_code_row(&row, &folded)       ? 'c'
                    : row_is_total(&row, NULL, &folded)  ? 't'
                    : row_is_filler(&row, &folded)       ? 'f'
                    : row_is_units(&row, &folded)        ? 'u'
                    : row_is_note(&row, &folded)         ? 'n'
                    : row_looks_like_data(&row, &folded) ? 'd'
                                                         : '-';
        assert_int_equal(kind, cases[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_spelling_of_a_header, clean),
        cmocka_unit_test_teardown(units_are_split_from_headers, clean),
        cmocka_unit_test_teardown(a_unit_line_is_read, clean),
        cmocka_unit_test(units_convert_or_do_not),
        cmocka_unit_test(decimals_convert_exactly),
        cmocka_unit_test(commas_stand_where_they_belong),
        cmocka_unit_test(integers_refuse_fractions_and_giants),
        cmocka_unit_test(fifteen_digits_are_what_excel_shows),
        cmocka_unit_test_teardown(dates_of_all_spellings, clean),
        cmocka_unit_test_teardown(times_of_all_spellings, clean),
        cmocka_unit_test_teardown(periods_in_the_spellings_of_clerks, clean),
        cmocka_unit_test_teardown(periods_in_names, clean),
        cmocka_unit_test_teardown(rows_around_the_data_are_told_apart, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
