// SPDX-License-Identifier: Apache-2.0
// What a reader that has lost its mind may say: each is -EPROTO, says what was wrong, and leaves nothing
// behind.
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "base/frame.h"
#include "base/mem.h"
#include "read/wire.h"

#define GOOD_TABLE                                                                                                     \
    "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"wide\",\"period\":null,\"columns\":[\"school\"]," \
    "\"layout\":{},\"headers\":{}}"

static void expect(struct fixture *f, const char *what, struct said *w, const char *message)
{
    struct error err = {0};
    int r = fixture_hand_in(f, "city", w, NULL, &err);
    if (r != -EPROTO || !strstr(err.msg, message))
        fail_msg("%s: %d, \"%s\" instead of \"%s\"", what, r, err.msg, message);
    assert_int_equal(
        fixture_int(f, "SELECT (SELECT count(*) FROM d_kinds) + (SELECT count(*) FROM submission_table) + "
                       "(SELECT count(*) FROM submission_error) + (SELECT count(*) FROM scope)"),
        0);
}

static void frames_that_are_not_what_they_should_be(void **state)
{
    struct fixture *f = *state;
    static const struct {
        char type;
        const char *json, *message;
        bool after_table;
    } cases[] = {
        {'Q', "{}", "a frame of type 81", false},
        {WIRE_TABLE, "{", "the reader's table: ", false},
        {WIRE_TABLE, "[]", "is no object", false},
        {WIRE_TABLE, "{\"table\":0,\"table\":0}", "duplicate", false},
        {WIRE_TABLE, "{\"table\":1}", "its number is not the next one", false},
        {WIRE_TABLE, "{\"table\":-1}", "its number is not the next one", false},
        {WIRE_TABLE, GOOD_TABLE, "its number is not the next one", true},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"odd\",\"columns\":[],\"layout\":{},\"headers\":{}}",
         "are not what they should be", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":7,\"kind\":\"wide\",\"columns\":[],\"layout\":{},\"headers\":{}}",
         "are not what they should be", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"wide\",\"columns\":[],\"layout\":{\"a\":1},\"headers\":{}}",
         "are not what they should be", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"none\",\"sheet\":\"表\",\"kind\":\"wide\",\"columns\":[],\"layout\":{},\"headers\":{}}",
         "a dataset that there is not", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"wide\",\"columns\":[\"x\"],\"layout\":{},\"headers\":{}}",
         "a column that the dataset does not have", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"wide\",\"columns\":[\"text\",\"text\"],\"layout\":{},\"headers\":{}}",
         "a column stands twice", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"wide\",\"columns\":7,\"layout\":{},\"headers\":{}}",
         "no list of the dataset's columns", false},
        {WIRE_TABLE,
         "{\"table\":0,\"dataset\":\"kinds\",\"sheet\":\"表\",\"kind\":\"wide\",\"period\":\"2025\",\"columns\":[],\"layout\":{},\"headers\":{}}",
         "none of the dataset's kind", false},
        {WIRE_ERROR, "{\"level\":\"loud\",\"code\":\"x\",\"message\":\"m\"}", "the reader's complaint",
         false},
        {WIRE_ERROR, "{\"level\":\"ask\",\"message\":\"m\"}", "the reader's complaint", false},
        {WIRE_ERROR, "{\"level\":\"ask\",\"code\":\"x\",\"message\":\"m\",\"table\":0}",
         "the reader's complaint", false},
        {WIRE_ERROR, "{\"level\":\"ask\",\"code\":\"x\",\"message\":\"m\",\"row\":-2}",
         "the reader's complaint", true},
        {WIRE_BAD_ROW, "{\"table\":0,\"row\":1,\"cells\":[],\"bad\":[]}", "the reader's refused row", false},
        {WIRE_BAD_ROW, "{\"table\":0,\"row\":1,\"cells\":[1],\"bad\":[]}", "the reader's refused row", true},
        {WIRE_BAD_ROW, "{\"table\":0,\"row\":1,\"cells\":[],\"bad\":[\"a\"]}", "the reader's refused row",
         true},
        {WIRE_END, "{\"state\":\"fine\",\"rows_ok\":0,\"rows_bad\":0}", "state or counts are missing", false},
        {WIRE_END, "{\"state\":\"ok\",\"rows_ok\":-1,\"rows_bad\":0}", "state or counts are missing", false},
        {WIRE_END, "{\"state\":\"ok\",\"rows_ok\":3,\"rows_bad\":0}", "3 rows by its count, 0 came", true},
        {WIRE_END, "{\"state\":\"rejected\",\"rows_ok\":0,\"rows_bad\":0}", "code, message", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct said w = {0};
        if (cases[i].after_table)
            say(&w, WIRE_TABLE, GOOD_TABLE);
        say(&w, cases[i].type, cases[i].json);
        say_end(&w);
        expect(f, cases[i].json, &w, cases[i].message);
    }
}

static void nothing_comes_after_the_end(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    say_table(&w, "kinds", "wide", "school");
    say_end(&w);
    say_end(&w);
    expect(f, "two ends", &w, "went on after its end");
}

static void values_of_the_wrong_kind(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *column, *cells, *message;
    } cases[] = {
        {"integer", "2025-2026|'S|'text", "where an integer stands"},
        {"integer", "2025-2026|'S|1.5", "where an integer stands"},
        {"decimal", "2025-2026|'S|'1.5", "a text where a number stands"},
        {"bool", "2025-2026|'S|2", "a yes or no that is neither"},
        {"time", "2025-2026|'S|1441", "a time that is none"},
        {"date", "2025-2026|'S|'2025-13-01", "where a text or date stands"},
        {"date", "2025-2026|'S|'2025-2026", "where a text or date stands"},
        {"text", "2025-2026|'S|5", "where a text or date stands"},
        {"code", "2025-2026|'S|'大学", "a value that the code list does not have"},
        {"code", "2025-2026|'S|1", "a number where a code stands"},
        {"text", "2025-2026|5|'x", "a number where a code stands"},
        {"text", "2025|'S|'x", "none of the dataset's kind"},
        {"text", "|'S|'x", "does not begin with its period"},
        {"text", "never, never, never|'S|'x", "does not begin with its period"},
        {"text", "2025-2026|'S", "the frame ends within a row"},
        {"text", "2025-2026|'S|'x|'y", "bytes are left over"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct said w = {0};
        CLEANUP_FREE char *columns = str_printf("school %s", cases[i].column);
        say_table(&w, "kinds", "wide", columns);
        say_row(&w, 0, 2, cases[i].cells);
        say_end(&w);
        expect(f, cases[i].cells, &w, cases[i].message);
    }
}

#define HEAD "\0\0\1\0\0\0\2\0\0\0"
#define PERIOD                                                                                               \
    "\3\11\0\0\0"                                                                                            \
    "2025-2026"
#define BYTES(s) (s), sizeof(s) - 1

static void bytes_that_make_no_rows(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what, *bytes;
        size_t n;
        const char *message;
    } cases[] = {
        {"empty", BYTES(""), "has no head"},
        {"no rows' count", BYTES("\0\0\1"), "has no head"},
        {"table 7", BYTES("\7\0\0\0\0\0"), "before their table"},
        {"4 billion rows", BYTES("\0\0\377\377\377\377"), "ends within a row"},
        {"bytes after none", BYTES("\0\0\0\0\0\0x"), "left over"},
        {"unknown tag", BYTES(HEAD "\11"), "a cell of unknown kind"},
        {"short number", BYTES(HEAD PERIOD "\1\0\0"), "a number ends after the frame"},
        {"text beyond the frame",
         BYTES(HEAD "\3\377\377\377\177"
                    "2025"),
         "a text ends after the frame"},
        {"index without dictionary", BYTES(HEAD "\5\0\0\0\0"), "outside the dictionary"},
        {"index beyond it",
         BYTES(HEAD "\4\11\0\0\0"
                    "2025-2026"
                    "\5\1\0\0\0"),
         "outside the dictionary"},
        {"NUL",
         BYTES(HEAD PERIOD "\3\2\0\0\0"
                           "a\0"),
         "not UTF-8"},
        {"overlong",
         BYTES(HEAD PERIOD "\3\2\0\0\0"
                           "\300\200"),
         "not UTF-8"},
        {"surrogate",
         BYTES(HEAD PERIOD "\3\3\0\0\0"
                           "\355\240\200"),
         "not UTF-8"},
        {"beyond Unicode",
         BYTES(HEAD PERIOD "\3\4\0\0\0"
                           "\364\220\200\200"),
         "not UTF-8"},
        {"cut short",
         BYTES(HEAD PERIOD "\3\2\0\0\0"
                           "\347\224"),
         "not UTF-8"},
        {"bad dictionary",
         BYTES(HEAD PERIOD "\4\1\0\0\0"
                           "\377"),
         "not UTF-8"},
        {"infinity", BYTES(HEAD PERIOD "\2\0\0\0\0\0\0\360\177"), "not finite"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct said w = {0};
        say_table(&w, "kinds", "wide", "school");
        frame_add(&w.out, WIRE_ROWS, cases[i].bytes, cases[i].n);
        say_end(&w);
        expect(f, cases[i].what, &w, cases[i].message);
    }
}

static void a_text_over_the_limit(void **state)
{
    struct fixture *f = *state;
    struct said w = {0};
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    say_table(&w, "kinds", "wide", "text");
    buf_add(&b, BYTES(HEAD PERIOD "\3\1\0\2\0")); // 128 KiB and one
    for (int i = 0; i < 131073; i++)
        buf_addc(&b, 'x');
    frame_add(&w.out, WIRE_ROWS, b.data, b.len);
    say_end(&w);
    expect(f, "long text", &w, "a text is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_that_are_not_what_they_should_be, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_comes_after_the_end, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(values_of_the_wrong_kind, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(bytes_that_make_no_rows, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_text_over_the_limit, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
