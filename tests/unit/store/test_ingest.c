// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "base/mem.h"
#include "read/wire.h"

#define RESOURCE "school name pupils_primary pupils_junior area"
#define ROSTER "county school name school_type status"

static struct ingest_result hand_in(struct fixture *f, const char *source, struct said *w)
{
    struct error err = {0};
    struct ingest_result result;
    ok(fixture_hand_in(f, source, w, &result, &err));
    return result;
}

// One table of school_resource with up to four rows of "school|name|primary|junior|area".
static struct ingest_result resource(struct fixture *f, const char *source, const char *const rows[4])
{
    struct said w = {0};
    say_table(&w, "school_resource", "wide", RESOURCE);
    for (unsigned i = 0; i < 4 && rows[i]; i++) {
        CLEANUP_FREE char *cells = str_printf("2025-2026|%s", rows[i]);
        say_row(&w, 0, i + 2, cells);
    }
    say_end(&w);
    return hand_in(f, source, &w);
}

static struct ingest_result roster(struct fixture *f, const char *source, const char *const rows[4])
{
    struct said w = {0};
    say_table(&w, "school", "wide", ROSTER);
    for (unsigned i = 0; i < 4 && rows[i]; i++) {
        CLEANUP_FREE char *cells = str_printf("2025-2026|%s", rows[i]);
        say_row(&w, 0, i + 2, cells);
    }
    say_end(&w);
    return hand_in(f, source, &w);
}

#define ROWS(...) ((const char *const[4]){__VA_ARGS__})

// "school county primary area sub; …" of what stands
static const char *standing(struct fixture *f)
{
    return fixture_text(
        f, "SELECT group_concat((SELECT text FROM code WHERE id = school) || ' ' || "
           "(SELECT text FROM code WHERE id = _county) || ' ' || coalesce(pupils_primary, '-') || ' ' || "
           "coalesce(pupils_junior, '-') || ' ' || coalesce(area, '-') || ' ' || _sub, '; ') FROM "
           "(SELECT * FROM d_school_resource ORDER BY (SELECT text FROM code WHERE id = school))");
}

static const char *scopes(struct fixture *f)
{
    return fixture_text(
        f,
        "SELECT group_concat(t, '; ') FROM (SELECT d.text || ' ' || p.text || ' ' || c.text || ' ' || generation || "
        "iif(backfill, ' backfill', '') AS t FROM scope s JOIN code d ON d.id = s.dataset JOIN code p ON p.id = "
        "s.period JOIN code c ON c.id = s.county ORDER BY t)");
}

static void every_type_comes_back_as_it_was_said(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "kinds", "wide", "school text integer decimal percent bool code date time");
    say_row(&w, 0, 2, "2025-2026|'3301020001|'文 字|42|1.005|0.95|1|'初中|'2025-09-01|500");
    say_row(&w, 0, 3, "2025-2026|'3301020002||||||||");
    say_row(&w, 0, 4, "2025-2026|'3301020003||-7|8|1|0|||0"); // an integer where a decimal may stand
    say_end(&w);
    struct ingest_result r = hand_in(f, "city", &w);
    assert_string_equal(r.state, "stored");
    assert_int_equal(r.rows_ok, 3);
    assert_string_equal(
        fixture_text(
            f,
            "SELECT text || '|' || integer || '|' || decimal || '|' || percent || '|' || bool || '|' || "
            "(SELECT text FROM code WHERE id = code) || '|' || date || '|' || time || '|' || _tab || '|' || _row "
            "FROM d_kinds WHERE school = (SELECT id FROM code WHERE text = '3301020001')"),
        "文 字|42|1.005|0.95|1|初中|2025-09-01|500|0|2");
    assert_int_equal(
        fixture_int(
            f,
            "SELECT count(*) FROM d_kinds WHERE coalesce(text, integer, decimal, percent, bool, code, date, time) IS NULL"),
        1);
    assert_string_equal(fixture_text(f, "SELECT typeof(decimal) || decimal FROM d_kinds WHERE integer = -7"),
                        "real8.0");
}

static void a_dictionary_means_the_same_as_its_texts(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    say_table(&w, "school_resource", "wide", "school name");
    // Two rows: period and school new, name new; then period by index, school new, name by index.
    buf_add(&b, "\0\0\2\0\0\0", 6);
    buf_add(&b,
            "\2\0\0\0\4\11\0\0\0"
            "2025-2026"
            "\4\1\0\0\0"
            "A"
            "\4\3\0\0\0"
            "甲",
            4 + 5 + 9 + 5 + 1 + 5 + 3);
    buf_add(&b,
            "\3\0\0\0\5\0\0\0\0"
            "\4\1\0\0\0"
            "B"
            "\5\2\0\0\0",
            4 + 5 + 5 + 1 + 5);
    frame_add(&w.out, WIRE_ROWS, b.data, b.len);
    w.rows = 2;
    say_end(&w);
    assert_int_equal(hand_in(f, "city", &w).rows_ok, 2);
    assert_string_equal(
        fixture_text(
            f,
            "SELECT group_concat((SELECT text FROM code WHERE id = school) || name || _row, ' ') FROM d_school_resource"),
        "A甲2 B甲3");
}

static void a_later_file_replaces_and_what_it_replaced_is_kept(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "city", ROWS("'3301020001|'甲|100||50.5", "'3301020002|'乙|200||60.5"));
    struct ingest_result r =
        resource(f, "city", ROWS("'3301020001|'甲|101||50.5", "'3301020002|'乙|200||60.5"));
    assert_int_equal(r.rows_ok, 2);
    assert_int_equal(r.rows_unchanged, 1);
    assert_int_equal(r.changed_scopes, 1);
    assert_string_equal(standing(f), "3301020001 330102 101 - 50.5 2; 3301020002 330102 200 - 60.5 1");
    assert_string_equal(
        fixture_text(
            f,
            "SELECT pupils_primary || ' ' || _sub || ' ' || replaced_by || ' ' || replaced_at || ' ' || count(*) FROM h_school_resource"),
        "100 1 2 2000 1");
    assert_string_equal(scopes(f), "school_resource 2025-2026 330102 2");
}

static void unchanged_rows_touch_nothing(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "city", ROWS("'3301020001|'甲|100||50.5", "'3301020002|'乙|||"));
    struct ingest_result r = resource(f, "city", ROWS("'3301020002|'乙|||", "'3301020001|'甲|100||50.5"));
    assert_int_equal(r.rows_unchanged, 2);
    assert_int_equal(r.changed_scopes, 0);
    assert_string_equal(scopes(f), "school_resource 2025-2026 330102 1");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM h_school_resource"), 0);
    assert_int_equal(fixture_int(f, "SELECT max(_sub) FROM d_school_resource"), 1);
}

static void a_then_b_then_a_is_a_real_change_back(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "city", ROWS("'3301020001|'甲|100||"));
    (void)resource(f, "city", ROWS("'3301020001|'甲|90||"));
    struct ingest_result r = resource(f, "city", ROWS("'3301020001|'甲|100||"));
    assert_int_equal(r.changed_scopes, 1);
    assert_string_equal(standing(f), "3301020001 330102 100 - - 3");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM h_school_resource"), 2);
}

static void between_sources_precedence_decides(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "city", ROWS("'3301020001|'甲|100||", "'3301020002|'乙|200||"));
    struct ingest_result r = resource(f, "east", ROWS("'3301020001|'甲|100||", "'3301020002|'乙|222||"));
    assert_int_equal(r.rows_ok, 1);
    assert_int_equal(r.rows_bad, 1);
    assert_string_equal(
        fixture_complaints(f),
        "refuse other_source 表0!3 3301020002: The source \"city\" has handed in other figures for this row, and \"east\" "
        "does not take precedence over it; what stood was kept. Settle which of the two is right.");
    r = resource(f, "top", ROWS("'3301020001|'甲|100||", "'3301020002|'乙|222||"));
    assert_int_equal(r.rows_bad, 0);
    assert_string_equal(standing(f), "3301020001 330102 100 - - 1; 3301020002 330102 222 - - 3");
    assert_string_equal(fixture_complaints(f),
                        "ask replaces_source ! : 1 rows replace other figures of the source \"city\", which "
                        "has less precedence. Settle which of the two is right.");
    assert_string_equal(resource(f, "city", ROWS("'3301020002|'乙|200||")).state, "rejected");
    f->config.n_sources = 3; // "top" is gone from the configuration: it has no say any more
    assert_string_equal(resource(f, "city", ROWS("'3301020002|'乙|200||")).state, "stored");
}

static void a_source_may_speak_only_for_its_own(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    static char *schools[] = {(char *)"3301020001", NULL}, *datasets[] = {(char *)"school", NULL};
    say_table(&w, "school_resource", "wide", "county " RESOURCE);
    say_row(&w, 0, 2, "2025-2026|'330103|'3301030001|'丙|100||");
    say_row(&w, 0, 3, "2025-2026||'3301020001|'甲|100||");
    say_end(&w);
    struct ingest_result r = hand_in(f, "east", &w);
    assert_int_equal(r.rows_ok, 1);
    assert_string_equal(
        fixture_complaints(f),
        "refuse not_authorised 表0!B2 3301030001: The source \"east\" may not speak for school 3301030001 (county 330103).");
    f->sources[1].schools = schools;
    r = resource(f, "east", ROWS("'3301020002|'乙|100||"));
    assert_string_equal(r.state, "rejected");
    assert_string_equal(fixture_text(f, "SELECT code || ': ' || message FROM submission WHERE id = 2"),
                        "no_row_stood: No row of the file could be stored; the reasons stand with the rows.");
    f->sources[0].datasets = datasets;
    r = resource(f, "city", ROWS("'3301020002|'乙|100||", "'3301020003|'丙|100||"));
    assert_int_equal(r.rows_bad, 2);
    assert_string_equal(
        fixture_complaints(f),
        "refuse not_authorised 表0! : The source \"city\" may not hand in \"school_resource\"; "
        "its rows were not stored.");
}

static void the_county_comes_from_column_roster_source_or_code(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    (void)roster(f, "city", ROWS("'330103|'S1|'一校|'小学|", "'330103|'S2|'二校|'小学|"));
    say_table(&w, "school_resource", "wide", "county " RESOURCE);
    say_row(&w, 0, 2, "2025-2026|'330102|'S1|'一校|1||"); // the column, though the roster says otherwise
    say_row(&w, 0, 3, "2025-2026||'S2|'二校|2||");        // the roster
    say_row(&w, 0, 4, "2025-2026||'3301020009||3||");     // six digits that are a configured county
    say_row(&w, 0, 5, "2025-2026||'2199990009||4||");     // six digits that are none
    say_end(&w);
    (void)hand_in(f, "city", &w);
    assert_string_equal(
        standing(f), "2199990009  4 - - 2; 3301020009 330102 3 - - 2; S1 330102 1 - - 2; S2 330103 2 - - 2");
    assert_string_equal(
        fixture_complaints(f),
        "ask county_differs 表0!A2 S1: The county is 330102 here and 330103 in the roster; it "
        "was counted in 330102."
        "\nask county_unknown ! : It is not known to which county 1 rows belong. They were stored, but count for no county until the county's code is filled in or the roster is handed in.");
    (void)resource(f, "east", ROWS("'X9||5||")); // the source's only county
    assert_string_equal(
        fixture_text(
            f,
            "SELECT c.text FROM d_school_resource d JOIN code c ON c.id = d._county WHERE pupils_primary = 5"),
        "330102");
    struct ingest_result r = resource(f, "west", ROWS("'X8||5||"));
    assert_int_equal(r.rows_bad, 1);
    assert_string_equal(
        fixture_complaints(f),
        "refuse county_unknown 表0!2 X8: It is not known to which county the row belongs, and the source \"west\" speaks for "
        "some only. Fill in the county's code, or hand in the roster first.");
}

static void a_roster_that_comes_later_gives_rows_their_county(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "city", ROWS("'S1|'一校|1||", "'S2|'二校|2||"));
    assert_string_equal(standing(f), "S1  1 - - 1; S2  2 - - 1");
    (void)roster(f, "city", ROWS("'330103|'S1|'一校|'小学|"));
    assert_string_equal(standing(f), "S1 330103 1 - - 1; S2  2 - - 1");
    assert_string_equal(
        scopes(f),
        "school 2025-2026 330103 1; school_resource 2025-2026  2; school_resource 2025-2026 330103 1");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM h_school_resource"), 0);
    (void)roster(f, "city", ROWS("'330102|'S1|'一校|'小学|")); // the roster is corrected
    assert_string_equal(standing(f), "S1 330102 1 - - 1; S2  2 - - 1");
}

static void a_name_that_differs_from_the_roster_is_asked_about(void **state)
{
    struct fixture *f = *state;
    (void)roster(f, "city", ROWS("'330102|'S1|'一校|'小学|"));
    struct ingest_result r = resource(f, "city", ROWS("'S1|'第一小学|1||"));
    assert_int_equal(r.rows_ok, 1);
    assert_string_equal(
        fixture_complaints(f),
        "ask name_differs 表0!B2 S1: \"第一小学\" is \"一校\" in the roster. Is the code right? "
        "It was stored under the code.");
}

static void names_without_code_are_matched_by_county_and_name(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    (void)roster(f, "city",
                 ROWS("'330102|'S1|'实验小学|'小学|", "'330103|'S2|'实验小学|'小学|",
                      "'330103|'S3|'双校|'小学|", "'330103|'S4|'双校|'小学|"));
    say_table(&w, "school_resource", "form_ii_2", "county name pupils_primary");
    say_row(&w, 0, 2, "2025-2026|'330103|'实验小学|7");
    say_row(&w, 0, 3, "2025-2026|'330103|'双校|8");
    say_row(&w, 0, 4, "2025-2026|'330103|'无名校|9");
    say_row(&w, 0, 5, "2025-2026||'实验小学|9");
    say_end(&w);
    assert_int_equal(hand_in(f, "city", &w).rows_ok, 1);
    assert_string_equal(standing(f), "S2 330103 7 - - 2");
    assert_string_equal(
        fixture_complaints(f),
        "refuse name_ambiguous 表0!B3 : The roster of county 330103 has several schools \"双校\"; add the code.\n"
        "refuse name_unknown 表0!B4 : The roster of county 330103 has no school \"无名校\". Write the name as in the roster, "
        "or add the code.\n"
        "refuse county_unknown 表0!B5 : The same school name stands in many counties: say the county of \"实验小学\", or "
        "add the code.");
}

static void without_a_roster_the_name_stands_until_one_comes(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "school_resource", "form_ii_2", "name pupils_primary");
    say_row(&w, 0, 2, "2025-2026|'实验小学|7");
    say_row(&w, 0, 3, "2025-2026|'河西小学|8");
    say_end(&w);
    assert_int_equal(hand_in(f, "east", &w).rows_ok, 2);
    assert_string_equal(standing(f), "name:实验小学 330102 7 - - 1; name:河西小学 330102 8 - - 1");
    assert_string_equal(fixture_complaints(f),
                        "note name_as_code 表0! : There is no roster yet that gives the schools' codes; they "
                        "were stored under their names.");
    (void)roster(f, "city", ROWS("'330102|'S1|'实验小学|'小学|"));
    assert_string_equal(standing(f), "S1 330102 7 - - 1; name:河西小学 330102 8 - - 1");
}

static void two_blocks_of_a_form_are_one_row_and_stay_so(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        struct said w = {0};
        say_table(&w, "school_resource", "form_ii_2", "school name pupils_primary");
        say_table(&w, "school_resource", "form_ii_2", "school name pupils_junior");
        say_row(&w, 0, 2, "2025-2026|'S1|'一贯校|7");
        say_row(&w, 1, 9, "2025-2026|'S1|'一贯校|5");
        say_end(&w);
        struct ingest_result r = hand_in(f, "east", &w);
        assert_int_equal(r.rows_ok, 2);
        assert_int_equal(r.changed_scopes, i == 0);
        assert_string_equal(standing(f), "S1 330102 7 5 - 1");
    }
}

static void rows_of_one_key_are_never_judged_by_their_order(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "east", ROWS("'S1|'甲|100||"));
    struct ingest_result r =
        resource(f, "east", ROWS("'S1|'甲|1||", "'S2|'乙|3||", "'S2|'乙|3||", "'S1|'甲|2||"));
    assert_int_equal(r.rows_ok, 2);
    assert_int_equal(r.rows_bad, 2);
    assert_string_equal(standing(f), "S1 330102 100 - - 1; S2 330102 3 - - 2");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM h_school_resource"), 0);
    assert_string_equal(
        fixture_complaints(f),
        "ask duplicate_row 表0!4 S2: The row repeats row 3 word for word; it was counted once.\n"
        "refuse duplicate_key 表0!5 S1: Row 2 of sheet \"表0\" has the same key and other figures; neither row was stored.\n"
        "refuse duplicate_key 表0!2 S1: Row 5 of sheet \"表0\" has the same key and other figures; neither row was stored.");
    r = resource(f, "east", ROWS("'S9|'新|1||", "'S9|'新|2||", "'S9|'新|1||"));
    assert_string_equal(r.state, "rejected");
    assert_int_equal(r.rows_bad, 3);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM d_school_resource"), 2);
}

static void a_row_needs_its_key(void **state)
{
    struct fixture *f = *state;
    char cells[400];
    struct said w = {0};
    say_table(&w, "school_resource", "wide", RESOURCE);
    say_row(&w, 0, 2, "2025-2026||'甲|1||");
    (void)snprintf(cells, sizeof cells, "2025-2026|'%0300d|'甲|1||", 7);
    say_row(&w, 0, 3, cells);
    say_end(&w);
    assert_int_equal(hand_in(f, "city", &w).rows_bad, 2);
    assert_string_equal(
        fixture_complaints(f),
        "refuse key_missing 表0!A2 : \"学校代码\" is empty; without it the row cannot be stored.\n"
        "refuse key_too_long 表0!A3 : \"学校代码\" is longer than a code or name can be; the row was not stored.");
    say_table(&w, "homework", "wide", "school class subject minutes");
    say_row(&w, 0, 2, "2025-10-13|'S1|'C1|'数学|30");
    say_end(&w);
    assert_int_equal(hand_in(f, "east", &w).rows_ok, 1);
    assert_int_equal(fixture_int(f, "SELECT no FROM d_homework"), 1); // the default of 作业序号
}

static void a_county_that_is_not_configured_is_asked_about(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "school_resource", "wide", "county " RESOURCE);
    say_row(&w, 0, 2, "2025-2026|'330120|'S1|'甲|1||");
    say_end(&w);
    assert_int_equal(hand_in(f, "city", &w).rows_ok, 1);
    assert_string_equal(fixture_complaints(f),
                        "ask county_not_configured ! : 1 rows of 2025-2026 are of county 330120, which the "
                        "configuration does not have. Is its code right?");
}

static void a_full_table_that_lacks_some_is_asked_about(void **state)
{
    struct fixture *f = *state;
    (void)resource(f, "east", ROWS("'S1|'甲|1||", "'S2|'乙|2||", "'S3|'丙|3||", "'S4|'丁|3||"));
    (void)resource(f, "east", ROWS("'S1|'甲|1||", "'S2|'乙|9||", "'S4|'丁|3||"));
    assert_string_equal(
        fixture_complaints(f),
        "ask absent ! : school_resource 2025-2026: 1 entries of the former table are not in this one: 丙 (S3). Are they "
        "void, or were they forgotten? Until this is settled they stand as before.");
    (void)resource(f, "east", ROWS("'S2|'乙|8||")); // a correction of one row is no full table
    assert_string_equal(fixture_complaints(f), "");
}

static void an_older_period_is_a_backfill(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "school_resource", "wide", RESOURCE);
    say_row(&w, 0, 2, "2024-2025|'3301020001||1||");
    say_row(&w, 0, 3, "2025-2026|'3301020001||1||");
    say_row(&w, 0, 4, "2024-2025|'3301030001||1||");
    say_end(&w);
    assert_int_equal(hand_in(f, "city", &w).changed_scopes, 3);
    assert_string_equal(scopes(f),
                        "school_resource 2024-2025 330102 1 backfill; school_resource 2024-2025 330103 1; "
                        "school_resource 2025-2026 330102 1");
    assert_string_equal(
        fixture_text(
            f,
            "SELECT dataset || ' ' || period || ' ' || coalesce(county, '-') || ' ' || rows_ok || state || "
            "reader_version || stored_at FROM submission"),
        "school_resource 2024-2025 - 3storedv11000");
}

static void a_file_given_up_by_the_reader_leaves_no_rows(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "school_resource", "wide", RESOURCE);
    say_row(&w, 0, 2, "2025-2026|'3301020001||1||");
    say(&w, WIRE_ERROR, "{\"table\":0,\"level\":\"refuse\",\"row\":3,\"code\":\"x\",\"message\":\"坏了\"}");
    say(&w, WIRE_END,
        "{\"state\":\"rejected\",\"code\":\"broken\",\"message\":\"文件损坏\",\"rows_ok\":1,\"rows_bad\":1}");
    struct ingest_result r = hand_in(f, "city", &w);
    assert_string_equal(r.state, "rejected");
    assert_int_equal(r.rows_ok, 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM d_school_resource"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM scope"), 0);
    assert_string_equal(fixture_text(f, "SELECT state || code || message FROM submission"),
                        "rejectedbroken文件损坏");
    assert_string_equal(fixture_complaints(f), "refuse x !3 : 坏了");
}

static void what_the_reader_complains_about_is_kept(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "school_resource", "wide", RESOURCE);
    say_row(&w, 0, 2, "2025-2026|'3301020001||1||");
    say(&w, WIRE_ERROR,
        "{\"table\":0,\"level\":\"missing\",\"sheet\":\"表\",\"row\":2,\"column\":\"面积\",\"column_id\":\"area\",\"cell\":\"F2\","
        "\"entity\":\"3301020001\",\"name\":null,\"code\":\"empty\",\"message\":\"面积为空\"}");
    say(&w, WIRE_BAD_ROW, "{\"table\":0,\"row\":1,\"cells\":[\"学校代码\",null],\"bad\":null}");
    say(&w, WIRE_BAD_ROW, "{\"table\":0,\"row\":3,\"cells\":[\"x\"],\"bad\":[0]}");
    say(&w, WIRE_END, "{\"state\":\"ok\",\"rows_ok\":1,\"rows_bad\":1,\"encoding\":\"gb18030\"}");
    assert_int_equal(hand_in(f, "city", &w).rows_bad, 1);
    assert_string_equal(fixture_complaints(f), "missing empty 表!F2 3301020001: 面积为空");
    assert_string_equal(fixture_text(f, "SELECT group_concat(row || cells || bad) FROM submission_bad_row"),
                        "1[\"学校代码\",null]null,3[\"x\"][0]");
    assert_non_null(strstr(fixture_text(f, "SELECT summary FROM submission"), "gb18030"));
    assert_string_equal(
        fixture_text(f, "SELECT dataset || kind || sheet || layout FROM submission_table"),
        "school_resourcewide表0{\"school\":\"A\",\"name\":\"B\",\"pupils_primary\":\"C\",\"pupils_junior\":\"D\",\"area\":\"E\"}");
}

static void a_reader_that_dies_leaves_nothing_and_its_codes_are_forgotten(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct said w = {0};
    int64_t codes = fixture_int(f, "SELECT count(*) FROM code"), id;
    say_table(&w, "school_resource", "wide", RESOURCE);
    say_row(&w, 0, 2, "2025-2026|'3301020001|'甲|1||");
    assert_int_equal(fixture_hand_in(f, "city", &w, NULL, &err), -EPROTO);
    assert_string_equal(err.msg, "the reader ended without saying so");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM d_school_resource"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM submission_table"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM code"), codes);
    assert_string_equal(fixture_text(f, "SELECT state FROM submission"), "received");
    ok(code_find(f->store, "3301020001", &id, &err));
    assert_int_equal(id, 0);
    assert_string_equal(resource(f, "city", ROWS("'3301020001|'甲|1||")).state, "stored");
    assert_string_equal(standing(f), "3301020001 330102 1 - - 2");
}

static void a_full_disk_leaves_nothing_half_written(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct said w = {0};
    char cells[200];
    say_table(&w, "kinds", "wide", "school text");
    for (unsigned i = 0; i < 4000; i++) {
        (void)snprintf(cells, sizeof cells, "2025-2026|'S%u|'%0150u", i, i);
        say_row(&w, 0, i + 2, cells);
    }
    say_end(&w);
    CLEANUP_FREE char *limit =
        str_printf("PRAGMA max_page_count = %lld", (long long)fixture_int(f, "PRAGMA page_count") + 20);
    ok(sql_exec(f->store, limit, &err));
    ok(store_begin(f->store, &err));
    ok(store_meta_set(f->store, "before", "1", &err));
    ok(sql_exec(
        f->store,
        "INSERT INTO submission(id, public_id, source, file, received_at, state) VALUES (1, 'S-1', 'city', 'f', 0, 'received')",
        &err));
    struct ingest *in;
    int r = 0;
    ok(ingest_begin(f->store, &f->catalog, &f->config, &f->sources[0], 1, "v1", 5, &in, &err));
    for (size_t at = 0; r == 0 && at < w.out.len;) {
        struct frame frame;
        assert_int_equal(frame_next((const uint8_t *)w.out.data + at, w.out.len - at, &frame), 1);
        r = ingest_frame(in, &frame, &err);
        at += FRAME_HEAD + frame.len;
    }
    assert_int_equal(r, -ENOSPC);
    assert_non_null(strstr(err.msg, "database or disk is full"));
    (void)ingest_free(in);
    store_rollback(f->store);
    assert_int_equal(
        fixture_int(f, "SELECT (SELECT count(*) FROM d_kinds) + (SELECT count(*) FROM submission)"), 0);
    ok(sql_exec(f->store, "PRAGMA max_page_count = 1000000", &err));
    assert_int_equal(fixture_hand_in(f, "city", &w, NULL, &err), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM d_kinds"), 4000);
    assert_string_equal(fixture_text(f, "SELECT text FROM code WHERE id = (SELECT min(school) FROM d_kinds)"),
                        "S0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_comes_back_as_it_was_said, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_dictionary_means_the_same_as_its_texts, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_later_file_replaces_and_what_it_replaced_is_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(unchanged_rows_touch_nothing, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_then_b_then_a_is_a_real_change_back, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(between_sources_precedence_decides, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_source_may_speak_only_for_its_own, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_county_comes_from_column_roster_source_or_code, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_roster_that_comes_later_gives_rows_their_county, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_name_that_differs_from_the_roster_is_asked_about, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(names_without_code_are_matched_by_county_and_name, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(without_a_roster_the_name_stands_until_one_comes, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(two_blocks_of_a_form_are_one_row_and_stay_so, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(rows_of_one_key_are_never_judged_by_their_order, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_row_needs_its_key, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_county_that_is_not_configured_is_asked_about, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_table_that_lacks_some_is_asked_about, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_older_period_is_a_backfill, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_file_given_up_by_the_reader_leaves_no_rows, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_the_reader_complains_about_is_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing_half_written, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_dies_leaves_nothing_and_its_codes_are_forgotten,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
