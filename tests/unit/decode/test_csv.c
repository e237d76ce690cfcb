// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "recorder.h"

#define BYTES(s) (s), sizeof(s) - 1

struct good {
    const char *what, *bytes;
    size_t n;
    const char *encoding;
    char delimiter;
    const char *rows;
};

static const struct good good[] = {
    {"plain", BYTES("学校代码,人数\n3301020009,12.5\n"), "utf-8", ',',
     "1: A=学校代码 B=人数\n2: A=#3301020009 B=#12.5\n"},
    {"byte order mark",
     BYTES("\xef\xbb\xbf"
           "a,b\n1,2\n"),
     "utf-8-bom", ',', "1: A=a B=b\n2: A=#1 B=#2\n"},
    {"GB18030", BYTES("\xd1\xa7\xd0\xa3,\xc8\xcb\xca\xfd\n1,2\n"), "gb18030", ',',
     "1: A=学校 B=人数\n2: A=#1 B=#2\n"},
    {"GB18030 beyond the BMP", BYTES("\xd1\xa7\xd0\xa3\xd1\xa7\xd0\xa3\x95\x32\x82\x36,b\n"), "gb18030", ',',
     "1: A=学校学校𠀀 B=b\n"},
    {"UTF-16LE",
     BYTES("\xff\xfe"
           "f\x5b\t\0"
           "1\0\r\0\n\0"
           "b\0\t\0"
           "\x40\xd8\0\xdc"),
     "utf-16le", '\t', "1: A=学 B=#1\n2: A=b B=𠀀\n"},
    {"UTF-16BE",
     BYTES("\xfe\xff"
           "\x5b"
           "f\0,\0"
           "1"),
     "utf-16be", ',', "1: A=学 B=#1\n"},
    {"tabs", BYTES("a\tb,c\n1\t2\n"), "utf-8", '\t', "1: A=a B=b,c\n2: A=#1 B=#2\n"},
    {"semicolons with decimal commas", BYTES("a;b;c\n1,5;2,5;3\n2,5;1,5;4\n"), "utf-8", ';',
     "1: A=a B=b C=c\n2: A=1,5 B=2,5 C=#3\n3: A=2,5 B=1,5 C=#4\n"},
    {"quoted commas in a table with tabs", BYTES("a\tb\n\"1,2\t3,4\"\tc\n\"5,6\n7,8\n9,0\"\td\n"), "utf-8",
     '\t', "1: A=a B=b\n2: A=1,2\t3,4 B=c\n3: A=5,6\n7,8\n9,0 B=d\n"},
    {"sep line", BYTES("sep=;\r\na;b,c\r\n"), "utf-8", ';', "2: A=a B=b,c\n"},
    {"title above the table", BYTES("表,一\n\n单位;a;b;c\n1;2;3;4\n1;2;3;4\n"), "utf-8", ';',
     "1: A=表,一\n3: A=单位 B=a C=b D=c\n4: A=#1 B=#2 C=#3 D=#4\n5: A=#1 B=#2 C=#3 D=#4\n"},
    {"CRLF", BYTES("a,b\r\n1,2\r\n"), "utf-8", ',', "1: A=a B=b\n2: A=#1 B=#2\n"},
    {"CR", BYTES("a,b\r1,2\r"), "utf-8", ',', "1: A=a B=b\n2: A=#1 B=#2\n"},
    {"no line end at the end", BYTES("a,b\n1,2"), "utf-8", ',', "1: A=a B=b\n2: A=#1 B=#2\n"},
    {"quotes", BYTES("\"a,\"\"x\"\"\",\"b\"\n\"\",\"12\"\n"), "utf-8", ',', "1: A=a,\"x\" B=b\n2: B=#12\n"},
    {"line breaks in cells", BYTES("\"a\nb\",c\n\"x\r\ny\rz\",d\ne,f\n"), "utf-8", ',',
     "1: A=a\nb B=c\n3: A=x\r\ny\rz B=d\n6: A=e B=f\n"},
    {"quote inside a cell", BYTES("5\" pipe,b\"\nx,y\n"), "utf-8", ',', "1: A=5\" pipe B=b\"\n2: A=x B=y\n"},
    {"text behind the closing quote", BYTES("\"a\"b,c\n"), "utf-8", ',', "1: A=ab B=c\n"},
    {"codes with zeros stay text", BYTES("007,+1,-1\n"), "utf-8", ',', "1: A=007 B=+1 C=#-1\n"},
    {"ruined codes", BYTES("1.1E+17,3.3E+09\n"), "utf-8", ',', "1: A=#1.1E+17 B=#3.3E+09\n"},
    {"empty cells and lines", BYTES(",a,,\n\n,,,\n,,b,\n"), "utf-8", ',', "1: B=a\n4: C=b\n"},
    {"one column", BYTES("a\n1\n"), "utf-8", ',', "1: A=a\n2: A=#1\n"},
};

static void reads_what_people_hand_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        const struct good *g = &good[i];
        struct recording rec = {0};
        record_bytes(&rec, g->bytes, g->n, NULL);
        CLEANUP_FREE char *expected = str_printf("[]\n%s[end]\n", g->rows);
        if (rec.result || strcmp(buf_str(&rec.text), expected) != 0)
            fail_msg("%s: %d %s\n%s", g->what, rec.result, rec.err.msg, buf_str(&rec.text));
        assert_string_equal(rec.info.encoding, g->encoding);
        assert_int_equal(rec.info.delimiter, g->delimiter);
        assert_int_equal(rec.info.n_sheets, 1);
        assert_false(rec.info.decoded_oddly);
        recording_deinit(&rec);
    }
}

struct bad {
    const char *what, *bytes;
    size_t n;
    const char *code, *says;
};

static const struct bad bad[] = {
    {"nothing", BYTES(""), "empty", "The file is empty."},
    {"only a byte order mark", BYTES("\xef\xbb\xbf"), "empty", "The file is empty."},
    {"NUL", BYTES("a,b\nc\0d,e\n"), "not_a_table", "Line 2 has a NUL byte"},
    {"NUL in UTF-16",
     BYTES("\xff\xfe"
           "a\0\0\0"),
     "encoding", "position 4"},
    {"open quote", BYTES("a,b\nc,\"d\ne,f\n"), "quote",
     "Line 2: a quotation mark opens a cell that is never closed."},
    {"neither encoding", BYTES("a,b\n\xff\xff,c\n"), "encoding", "neither UTF-8 nor GB18030 (line 2)"},
    {"cut within a character", BYTES("a\n\xd1\xa7\xd0"), "encoding",
     "ends in the middle of a character (line 2)"},
    {"UTF-8 with a fault", BYTES("学校名称学校名称\nabc\n\xff,c\n"), "encoding",
     "Line 3 has bytes that are not UTF-8"},
    {"UTF-8 by its mark with a fault",
     BYTES("\xef\xbb\xbf"
           "a\n\xd1\xd1\n"),
     "encoding", "Line 2 has bytes that are not UTF-8"},
    {"overlong UTF-8",
     BYTES("\xef\xbb\xbf"
           "\xc0\xaf"),
     "encoding", "Line 1 has bytes"},
    {"surrogate in UTF-8",
     BYTES("\xef\xbb\xbf"
           "\xed\xa0\x80"),
     "encoding", "Line 1 has bytes"},
    {"PDF", BYTES("%PDF-1.7\n"), "not_a_table", "not a table but a PDF document"},
    {"web page", BYTES("\n <HTML><table>"), "not_a_table", "web page"},
    {"old xls", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "old_xls", "save it as .xlsx"},
    {"encrypted",
     BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
           "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"),
     "encrypted", "protected by a password"},
    {"rubbish", BYTES("\x01\xfe\x80\x81\xff\x00\x01\x02"), "not_a_table", "The file is not a table."},
};

static void refuses_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        const struct bad *b = &bad[i];
        struct recording rec = {0};
        record_bytes(&rec, b->bytes, b->n, NULL);
        if (rec.result != -EBADMSG || strcmp(rec.code, b->code) != 0 || !strstr(rec.err.msg, b->says))
            fail_msg("%s: %d %s: %s", b->what, rec.result, rec.code, rec.err.msg);
        recording_deinit(&rec);
    }
}

// The buffer's border falls on every byte of some character, quote or line end.
static void rows_do_not_depend_on_where_blocks_end(void **state)
{
    (void)state;
    static const char row[] = "学校,\"引\"\"号\n\r\n\",123.25,名\r\n";
    CLEANUP(buf_deinit) struct buf file = BUF_INIT;
    enum { ROWS = 40000 };
    for (int shift = 0; shift < 40; shift += 13) {
        buf_reset(&file);
        for (int i = 0; i < shift; i++)
            buf_addc(&file, 'x');
        buf_adds(&file, ",1,1,1\r\n");
        for (int i = 0; i < ROWS; i++)
            buf_add(&file, row, sizeof row - 1);
        struct recording rec = {0};
        record_bytes(&rec, file.data, file.len, NULL);
        assert_int_equal(rec.result, 0);
        assert_int_equal(rec.n_rows, ROWS + 1);
        assert_int_equal(rec.n_cells, 4 * (ROWS + 1) - (shift == 0));
        CLEANUP_FREE char *last =
            str_printf("%d: A=学校 B=引\"号\n\r\n C=#123.25 D=名\n[end]\n", 3 * (ROWS - 1) + 2);
        assert_string_equal(rec.text.data + rec.text.len - strlen(last), last);
        recording_deinit(&rec);
    }
}

static void gb18030_is_decoded_across_blocks(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf file = BUF_INIT;
    enum { ROWS = 60000 };
    for (int i = 0; i < ROWS; i++)
        buf_adds(&file, "\xd1\xa7\xd0\xa3,\x95\x32\x82\x36,7\n");
    struct recording rec = {0};
    record_bytes(&rec, file.data, file.len, NULL);
    assert_int_equal(rec.result, 0);
    assert_string_equal(rec.info.encoding, "gb18030");
    assert_int_equal(rec.n_rows, ROWS);
    static const char last[] = "60000: A=学校 B=𠀀 C=#7\n[end]\n";
    assert_string_equal(rec.text.data + rec.text.len - strlen(last), last);
    recording_deinit(&rec);
}

static void says_when_another_encoding_is_likely(void **state)
{
    (void)state;
    static const struct {
        const char *what, *bytes;
        bool oddly;
    } cases[] = {
        {"GB2312", "\xd1\xa7\xd0\xa3\xb4\xfa\xc2\xeb,\xb1\xb1\xbe\xa9\xa3\xa8\xca\xd0\xa3\xa9\n", false},
        {"Big5",
         "\xbe\xc7\xae\xd5\xa5\x4e\xbd\x58,\xa5\x5f\xa8\xca\xa5\xab\xbe\xc7\xa5\xcd\xa4\x48\xbc\xc6\n", true},
        {"Latin-1",
         "\xe9"
         "cole,\xe9l\xe8ves,\xfc"
         "ber,\xe4hnlich\n",
         true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct recording rec = {0};
        record_bytes(&rec, cases[i].bytes, strlen(cases[i].bytes), NULL);
        if (rec.result || rec.info.decoded_oddly != cases[i].oddly)
            fail_msg("%s: %d %s", cases[i].what, rec.result, rec.err.msg);
        recording_deinit(&rec);
    }
}

static void limits_hold(void **state)
{
    (void)state;
    struct decode_limits cells = decode_limits_default, columns = cells, text = cells, bytes = cells;
    cells.max_cells = 5;
    columns.max_columns = 2;
    text.max_string_bytes = 4;
    bytes.max_bytes_out = 3;
    const struct {
        const struct decode_limits *limits;
        const char *code, *says;
    } cases[] = {
        {&cells, "too_large", "more than 5 cells"},
        {&columns, "too_large", "Line 1 has more than 2 columns"},
        {&text, "quote", "Cell C2 is longer than 4 bytes"},
        {&bytes, "too_large", "larger than 0 MiB"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct recording rec = {0};
        record_bytes(&rec, BYTES("a,b,c\n1,2,学校\n"), cases[i].limits);
        if (rec.result != -EBADMSG || strcmp(rec.code, cases[i].code) != 0 ||
            !strstr(rec.err.msg, cases[i].says))
            fail_msg("%s: %d %s: %s", cases[i].says, rec.result, rec.code, rec.err.msg);
        recording_deinit(&rec);
    }
}

static void memory_is_bounded_by_an_open_quote(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf file = BUF_INIT;
    buf_adds(&file, "a,b\n\"");
    while (file.len < 40u << 20)
        buf_adds(&file, "0123456789,0123456789,0123456789,0123456789,0123456789,0123456789\n");
    struct recording rec = {0};
    record_bytes(&rec, file.data, file.len, NULL);
    assert_int_equal(rec.result, -EBADMSG);
    assert_string_equal(
        rec.err.msg,
        "Line 2 begins a row of more than 32 MiB: a closing quotation mark seems to be missing.");
    recording_deinit(&rec);
}

static void the_sink_can_skip_the_rest(void **state)
{
    (void)state;
    struct recording rec = {.stop_after_row = 2};
    record_bytes(&rec, BYTES("a\nb\nc\n"), NULL);
    assert_int_equal(rec.result, 0);
    assert_string_equal(buf_str(&rec.text), "[]\n1: A=a\n2: A=b\n[end]\n");
    recording_deinit(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_people_hand_in),
        cmocka_unit_test(refuses_with_a_sentence),
        cmocka_unit_test(rows_do_not_depend_on_where_blocks_end),
        cmocka_unit_test(gb18030_is_decoded_across_blocks),
        cmocka_unit_test(says_when_another_encoding_is_likely),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(memory_is_bounded_by_an_open_quote),
        cmocka_unit_test(the_sink_can_skip_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
