// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/name_same.h"
#include "store/roster.h"

static void each_period_has_the_roster_of_its_school_year(void **state)
{
    (void)state;
    static const struct {
        const char *period, *year;
    } cases[] = {{"2025-2026", "2025-2026"},  {"2025-2026-2", "2025-2026"}, {"2025-09", "2025-2026"},
                 {"2026-08", "2025-2026"},    {"2025-08-31", "2024-2025"},  {"2025-09-01", "2025-2026"},
                 {"2026-02-28", "2025-2026"}, {"2025", "2025-2026"}};
    char out[PERIOD_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_true(roster_period(cases[i].period, out));
        assert_string_equal(out, cases[i].year);
    }
    assert_false(roster_period("", out));
    assert_false(roster_period("soon", out));
}

static void hand_in(struct fixture *f, const char *dataset, const char *columns, const char *const *rows)
{
    struct error err = {0};
    struct said w = {0};
    struct ingest_result result;
    say_table(&w, dataset, "wide", columns);
    for (unsigned i = 0; rows[i]; i++)
        say_row(&w, 0, i + 2, rows[i]);
    say_end(&w);
    ok(fixture_hand_in(f, "city", &w, &result, &err));
    assert_int_equal(result.rows_bad, 0);
}

static void a_roster(struct fixture *f)
{
    hand_in(f, "school", "county school name school_type counts_as_school status",
            (const char *const[]){
                "2025-2026|'330102|'S1|'甲|'小学|1|'在办", "2025-2026|'330102|'S2|'乙|'小学||",
                "2025-2026|'330102|'S3|'丙|'初中|1|'新建", "2025-2026|'330102|'S4|'特|'特殊教育学校|1|",
                "2025-2026|'330102|'S5|'职|'职业学校|1|", "2025-2026|'330102|'S6|'旧|'小学|1|'停办",
                "2025-2026|'330102|'S7|'并|'小学|1|'撤并", "2025-2026|'330102|'S8|'分|'小学|0|'在办",
                "2025-2026|'330103|'S9|'他|'小学|1|'在办", NULL});
}

// "known owed reported share: missing…"
static const char *coverage(struct fixture *f, const char *dataset, const char *period, const char *county)
{
    static char out[512];
    struct error err = {0};
    struct roster_coverage c;
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    ok(roster_coverage_load(f->store, dataset, period, county, &c, &err));
    buf_addf(&b, "%d %d %d ", c.known, (int)c.owed, (int)c.reported);
    if (isnan(c.pupils_share))
        buf_adds(&b, "?:");
    else
        buf_addf(&b, "%.3f:", c.pupils_share);
    for (size_t i = 0; i < c.n_missing; i++)
        buf_addf(&b, " %s%s", c.missing[i].code, c.missing[i].name);
    roster_coverage_deinit(&c);
    (void)snprintf(out, sizeof out, "%s", buf_str(&b));
    return out;
}

static void schools_that_run_and_count_owe_and_rows_that_stand_pay(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(coverage(f, "school_resource", "2025-2026", "330102"), "0 0 0 ?:");
    a_roster(f);
    assert_string_equal(coverage(f, "school_resource", "2025-2026", "330102"), "1 3 0 ?: S1甲 S2乙 S3丙");
    hand_in(f, "school_resource", "school pupils_primary pupils_junior",
            (const char *const[]){"2025-2026|'S1|90|", "2025-2026|'S4|50|", "2024-2025|'S2|50|10",
                                  "2024-2025|'S3||50", NULL});
    assert_string_equal(coverage(f, "school_resource", "2025-2026", "330102"), "1 3 1 0.450: S2乙 S3丙");
    hand_in(f, "school_resource", "school pupils_primary pupils_junior",
            (const char *const[]){"2025-2026|'S2|60|", "2025-2026|'S3||50", NULL});
    assert_string_equal(coverage(f, "school_resource", "2025-2026", "330102"), "1 3 3 1.000:");
    assert_string_equal(coverage(f, "school_resource", "2025-2026", "330103"), "1 1 0 ?: S9他");
    assert_string_equal(coverage(f, "school_resource", "2024-2025", "330102"), "0 0 0 ?:");
    assert_string_equal(coverage(f, "homework", "2025-10-13", "330102"), "1 3 0 ?: S1甲 S2乙 S3丙");
    assert_string_equal(coverage(f, "no_such_dataset", "2025-2026", "330102"), "0 0 0 ?:");
}

static void names_are_compared_as_people_do(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {{"第一小学", "第一小学", true},    {"第一小学", "第一 小学 ", true},
                 {"第一小学", "　第一小学", true},  {"一校（东区）", "一校(东区)", true},
                 {"第１小学Ａ", "第1小学A", true},  {"第一小学", "第二小学", false},
                 {"第一小学", "第一小学校", false}, {"", " ", true},
                 {"一校（", "一校)", false}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (name_same(cases[i].a, strlen(cases[i].a), cases[i].b, strlen(cases[i].b)) != cases[i].same)
            fail_msg("\"%s\" and \"%s\"", cases[i].a, cases[i].b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_compared_as_people_do),
        cmocka_unit_test(each_period_has_the_roster_of_its_school_year),
        cmocka_unit_test_setup_teardown(schools_that_run_and_count_owe_and_rows_that_stand_pay, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
