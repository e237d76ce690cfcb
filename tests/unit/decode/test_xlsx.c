// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/mem.h"
#include "recorder.h"
#include "workbook.h"

static void expect(int fd, const char *what, const char *expected)
{
    struct recording rec = {0};
    record(&rec, fd, NULL);
    (void)close(fd);
    if (rec.result || strcmp(buf_str(&rec.text), expected) != 0)
        fail_msg("%s: %d %s\n%s\nexpected\n%s", what, rec.result, rec.err.msg, buf_str(&rec.text), expected);
    assert_string_equal(rec.info.encoding, "xlsx");
    recording_deinit(&rec);
}

static void refused(int fd, const char *what, const struct decode_limits *limits, const char *code,
                    const char *says)
{
    struct recording rec = {0};
    record(&rec, fd, limits);
    (void)close(fd);
    if (rec.result != -EBADMSG || strcmp(rec.code, code) != 0 || !strstr(rec.err.msg, says))
        fail_msg("%s: %d %s: %s", what, rec.result, rec.code ? rec.code : "-", rec.err.msg);
    recording_deinit(&rec);
}

static void every_kind_of_cell_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *what, *row, *cells;
    } cases[] = {
        {"shared", "<c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c>", "A=学校 B=骨干 教师"},
        {"phonetic guide left out", "<c r='A1' t='s'><v>2</v></c>", "A=東京"},
        {"escapes", "<c r='A1' t='s'><v>4</v></c>", "A=甲\n乙_x0041_ & <"},
        {"empty shared", "<c r='A1' t='s'><v>3</v></c>", "A="},
        {"inline", "<c r='A1' t='inlineStr'><is><t>小学</t></is></c>", "A=小学"},
        {"inline rich",
         "<c r='A1' t='inlineStr'><is><r><rPr><sz val='9'/></rPr><t>初</t></r><r><t>中</t></r><rPh sb='0' eb='1'><t>x</t></rPh></is></c>",
         "A=初中"},
        {"formula text", "<c r='A1' t='str'><f>B1&amp;C1</f><v>甲乙</v></c>", "A=甲乙"},
        {"empty formula text", "<c r='A1' t='str'><v></v></c>", "A="},
        {"bool", "<c r='A1' t='b'><v>1</v></c><c r='B1' t='b'><v>0</v></c>", "A=?TRUE B=?FALSE"},
        {"error", "<c r='A1' t='e'><v>#DIV/0!</v></c>", "A=!#DIV/0!"},
        {"numbers",
         "<c r='A1'><v>0.95</v></c><c r='B1'><v>0.94999999999999996</v></c><c r='C1'><v>12.0</v></c><c r='D1' t='n'><v>-3</v></c>",
         "A=#0.95 B=#0.95 C=#12 D=#-3"},
        {"codes as numbers",
         "<c r='A1'><v>3301020009</v></c><c r='B1'><v>3.301020009E9</v></c><c r='C1'><v>330102198001011234</v></c>"
         "<c r='D1'><v>3.30102198001011E+17</v></c>",
         "A=#3301020009 B=#3301020009 C=#330102198001011234 D=#3.30102198001011E+17"},
        {"formula with value", "<c r='A1'><f>SUM(B1:B2)</f><v>7</v></c>", "A=#7"},
        {"formula without value",
         "<c r='A1'><f>SUM(B1:B2)</f></c><c r='B1'><f>X</f><v></v></c><c r='C1'><f>X</f><v/></c>",
         "A=~ B=~ C=~"},
        {"only formatted", "<c r='A1' s='1'/><c r='B1'><v>1</v></c><c r='C1' s='3'></c>", "B=#1"},
        {"dates",
         "<c r='A1' s='1'><v>46296</v></c><c r='B1' s='2'><v>0.34722222222222221</v></c><c r='C1' s='3'><v>46296.347222222219</v></c>"
         "<c r='D1' s='4'><v>46296</v></c><c r='E1' s='5'><v>46296</v></c>",
         "A=@2026-10-01 B=@08:20 C=@2026-10-01 08:20 D=@2026-10-01 E=#46296"},
        {"a date before 1900", "<c r='A1' s='1'><v>-5</v></c>", "A=#-5"},
        {"ISO dates",
         "<c r='A1' t='d'><v>2026-10-01T00:00:00</v></c><c r='B1' t='d'><v>2026-10-01T08:20:00</v></c>",
         "A=@2026-10-01 B=@2026-10-01 08:20:00"},
        {"cells without names", "<c><v>1</v></c><c r='D1'><v>2</v></c><c><v>3</v></c>", "A=#1 D=#2 E=#3"},
        {"cells out of order", "<c r='C1'><v>3</v></c><c r='A1' t='inlineStr'><is><t>a</t></is></c>",
         "A=a C=#3"},
        {"foreign elements", "<c r='A1'><extLst><v>9</v></extLst><v>1</v></c><x><c r='B1'><v>2</v></c></x>",
         "A=#1"},
        {"prefixed elements", "<x:c xmlns:x='a' r='A1'><x:v>1</x:v></x:c>", "A=#1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP_FREE char *row = str_printf("<row r='1'>%s</row>", cases[i].row);
        CLEANUP_FREE char *expected = str_printf("[表一]\n1: %s\n[end]\n", cases[i].cells);
        expect(workbook_of_rows(row, ""), cases[i].what, expected);
    }
}

static void rows_are_counted_as_people_count(void **state)
{
    (void)state;
    expect(
        workbook_of_rows(
            "<row><c><v>1</v></c></row><row r='5'><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>", ""),
        "rows without r", "[表一]\n1: A=#1\n5: A=#2\n7: A=#3\n[end]\n");
}

static void merged_cells_are_known_ahead(void **state)
{
    (void)state;
    expect(
        workbook_of_rows(
            "<row r='1'><c r='A1'><v>1</v></c></row>",
            "<mergeCells count='4'><mergeCell ref='A1:C1'/><mergeCell ref='AA2:AB10'/><mergeCell ref='D4'/><mergeCell ref='Z9:A1'/></mergeCells>"),
        "merges", "[表一 A1:C1 AA2:AB10]\n1: A=#1\n[end]\n");
}

static const char two_sheets_book[] =
    "<x:workbook xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main' xmlns:rel='http://purl.oclc.org/ooxml/officeDocument/relationships'>"
    "<x:workbookPr date1904='1'/><x:sheets><x:sheet name='乙' sheetId='2' rel:id='b'/><x:sheet name='图' sheetId='3' rel:id='c'/>"
    "<x:sheet name='甲' sheetId='1' state='veryHidden' rel:id='a'/></x:sheets></x:workbook>";
static const char two_sheets_rels[] =
    "<Relationships><Relationship Id='a' Type='http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet' Target='/xl/worksheets/first.xml'/>"
    "<Relationship Id='b' Type='http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet' Target='..\\XL\\worksheets\\Second.xml'/>"
    "<Relationship Id='c' Type='http://purl.oclc.org/ooxml/officeDocument/relationships/chartsheet' Target='chartsheets/sheet1.xml'/></Relationships>";

static void sheets_come_in_the_order_of_the_workbook(void **state)
{
    (void)state;
    struct part parts[] = {
        {"_rels/.rels",
         "<Relationships><Relationship Id='r' Type='http://x/officeDocument' Target='xl/book.xml'/></Relationships>"},
        {"xl/book.xml", two_sheets_book},
        {"xl/_rels/book.xml.rels", two_sheets_rels},
        {"xl/styles.xml", workbook_styles_xml},
        {"xl/worksheets/first.xml",
         "<worksheet><sheetData><row><c t='inlineStr'><is><t>x</t></is></c></row></sheetData></worksheet>"},
        {"xl\\worksheets\\second.xml",
         "<w:worksheet xmlns:w='a'><w:sheetData><w:row><w:c s='1'><w:v>44834</w:v></w:c></w:row></w:sheetData></w:worksheet>"},
        {0},
    };
    expect(workbook_zip(parts), "strict, 1904, targets",
           "[乙]\n1: A=@2026-10-01\n[end]\n[甲 hidden]\n1: A=x\n[end]\n");
}

static void damaged_workbooks_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *what, *rows, *says;
    } cases[] = {
        {"string that is not there", "<row><c t='s'><v>99</v></c></row>",
         "part \"xl/worksheets/sheet1.xml\""},
        {"no index of a string", "<row><c t='s'><v>x</v></c></row>", "damaged"},
        {"rows backwards", "<row r='5'/><row r='4'/>", "damaged"},
        {"row too far", "<row r='1048577'/>", "damaged"},
        {"column too far", "<row><c r='XFE1'><v>1</v></c></row>", "damaged"},
        {"no column", "<row><c r='11'><v>1</v></c></row>", "damaged"},
        {"broken XML", "<row><c></row>", "damaged"},
        {"entity", "<row><c t='str'><v>&boom;</v></c></row>", "damaged"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        refused(workbook_of_rows(cases[i].rows, ""), cases[i].what, NULL, "damaged", cases[i].says);
    struct part dtd[] = {
        {"xl/workbook.xml",
         "<!DOCTYPE w [<!ENTITY a 'b'>]><workbook><sheets><sheet name='&a;'/></sheets></workbook>"},
        {0}};
    refused(workbook_zip(dtd), "DTD", NULL, "damaged", "document type declaration");
    struct part no_sheet[] = {
        {"xl/workbook.xml", workbook_book_xml}, {"xl/_rels/workbook.xml.rels", workbook_rels_xml}, {0}};
    refused(workbook_zip(no_sheet), "missing sheet", NULL, "damaged",
            "The sheet \"表一\" is named in the workbook but not there.");
    struct part none[] = {{"xl/workbook.xml", "<workbook><sheets/></workbook>"}, {0}};
    refused(workbook_zip(none), "no sheet", NULL, "empty", "no sheet with cells");
}

static void other_archives_are_named(void **state)
{
    (void)state;
    struct part word[] = {{"word/document.xml", "<x/>"}, {0}}, binary[] = {{"xl/workbook.bin", "x"}, {0}},
                ods[] = {{"mimetype", "x"}, {"content.xml", "<x/>"}, {0}}, zip[] = {{"表.csv", "a,b"}, {0}};
    refused(workbook_zip(word), "Word", NULL, "not_a_table", "text document");
    refused(workbook_zip(binary), "xlsb", NULL, "not_a_table", ".xlsb");
    refused(workbook_zip(ods), "ODS", NULL, "not_a_table", "OpenDocument");
    refused(workbook_zip(zip), "zip", NULL, "not_a_table", "zip archive without a workbook");
}

static void cut_off_files_are_refused(void **state)
{
    (void)state;
    int fd = workbook_of_rows("<row><c><v>1</v></c></row>", "");
    off_t size = lseek(fd, 0, SEEK_END);
    assert_int_equal(ftruncate(fd, size - 30), 0);
    refused(fd, "cut off", NULL, "bad_zip", "damaged or was cut off");
    fd = workbook_of_rows("<row><c><v>1</v></c></row>", "");
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 60), 8);
    struct recording rec = {0};
    record(&rec, fd, NULL);
    assert_int_equal(rec.result, -EBADMSG);
    recording_deinit(&rec);
    (void)close(fd);
}

static void limits_hold(void **state)
{
    (void)state;
    struct decode_limits bytes = decode_limits_default, cells = bytes, text = bytes, depth = bytes,
                         strings = bytes, sheets = bytes;
    bytes.max_bytes_out = 500;
    cells.max_cells = 2;
    text.max_string_bytes = 5;
    depth.max_xml_depth = 4;
    strings.max_shared_string_bytes = 10;
    sheets.max_sheets = 0;
    static const char rows[] =
        "<row><c><v>1</v></c><c t='inlineStr'><is><t>小学</t></is></c><c><v>3</v></c></row>";
    refused(workbook_of_rows(rows, ""), "bytes", &bytes, "too_large", "larger than 0 MiB when unpacked");
    refused(workbook_of_rows(rows, ""), "cells", &cells, "too_large", "more than 2 cells");
    refused(workbook_of_rows(rows, ""), "text", &text, "too_large",
            "The text of cell B1 is longer than 5 bytes.");
    refused(workbook_of_rows(rows, ""), "depth", &depth, "damaged", "damaged");
    refused(workbook_of_rows(rows, ""), "strings", &strings, "too_large", "MiB of different texts");
    refused(workbook_of_rows(rows, ""), "sheets", &sheets, "too_large", "more than 0 sheets");
}

// A bomb: a small file that unpacks to far more than anybody has.
static void a_bomb_ends_at_the_limit(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf rows = BUF_INIT;
    buf_adds(&rows, "<row><c><v>1</v></c></row>");
    size_t start = rows.len;
    buf_reserve(&rows, 20u << 20);
    memset(rows.data + start, ' ', 20u << 20);
    rows.len += 20u << 20;
    rows.data[rows.len] = '\0';
    struct decode_limits limits = decode_limits_default;
    limits.max_bytes_out = 10u << 20;
    refused(workbook_of_rows(rows.data, ""), "bomb", &limits, "too_large",
            "larger than 10 MiB when unpacked");
}

static void big_sheets_are_streamed(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf rows = BUF_INIT;
    enum { ROWS = 100000 };
    for (int i = 1; i <= ROWS; i++)
        buf_addf(
            &rows,
            "<row r='%d'><c r='A%d'><v>%d</v></c><c r='B%d' t='s'><v>0</v></c><c r='C%d'><v>0.5</v></c></row>",
            i, i, i, i, i);
    int fd = workbook_of_rows(rows.data, "<mergeCells><mergeCell ref='A1:B1'/></mergeCells>");
    struct recording rec = {0};
    record(&rec, fd, NULL);
    (void)close(fd);
    assert_int_equal(rec.result, 0);
    assert_int_equal(rec.n_rows, ROWS);
    assert_int_equal(rec.n_cells, 3 * ROWS);
    assert_int_equal(strncmp(rec.text.data, "[表一 merges unknown]\n1: A=#1 B=学校 C=#0.5\n", 40), 0);
    recording_deinit(&rec);
}

static void reads_what_libxlsxwriter_writes(void **state)
{
    (void)state;
    char dir[] = "/tmp/junheng-xlsx-XXXXXX";
    assert_non_null(mkdtemp(dir));
    CLEANUP_FREE char *path = str_printf("%s/a.xlsx", dir);
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "学校资源"),
                  *hidden = workbook_add_worksheet(book, "说明");
    lxw_format *date = workbook_add_format(book);
    format_set_num_format(date, "yyyy-mm-dd");
    worksheet_hide(hidden);
    worksheet_merge_range(sheet, 0, 0, 0, 2, "标题", NULL);
    worksheet_write_string(sheet, 1, 0, "3301020009", NULL);
    worksheet_write_number(sheet, 1, 1, 0.95, NULL);
    worksheet_write_boolean(sheet, 1, 2, 1, NULL);
    lxw_datetime day = {.year = 2026, .month = 10, .day = 1};
    worksheet_write_datetime(sheet, 1, 3, &day, date);
    worksheet_write_formula_num(sheet, 1, 4, "=B2*2", NULL, 1.9);
    assert_int_equal(workbook_close(book), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)unlink(path);
    (void)rmdir(dir);
    expect(
        fd, "libxlsxwriter",
        "[学校资源 A1:C1]\n1: A=标题\n2: A=3301020009 B=#0.95 C=?TRUE D=@2026-10-01 E=#1.9\n[end]\n[说明 hidden]\n[end]\n");
}

// The real forms, where they are at hand.
static void reads_the_real_forms(void **state)
{
    (void)state;
    DIR *dir = opendir(TEST_SOURCE_DIR "/../shared/forms");
    if (!dir) {
        print_message("left out: the office's forms do not lie beside the sources\n");
        skip();
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        if (!strstr(e->d_name, ".xlsx"))
            continue;
        int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC);
        struct recording rec = {0};
        record(&rec, fd, NULL);
        (void)close(fd);
        if (rec.result || rec.n_rows < 10)
            fail_msg("%s: %d %s", e->d_name, rec.result, rec.err.msg);
        recording_deinit(&rec);
    }
    (void)closedir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_cell_is_read),
        cmocka_unit_test(rows_are_counted_as_people_count),
        cmocka_unit_test(merged_cells_are_known_ahead),
        cmocka_unit_test(sheets_come_in_the_order_of_the_workbook),
        cmocka_unit_test(damaged_workbooks_are_refused_with_a_sentence),
        cmocka_unit_test(other_archives_are_named),
        cmocka_unit_test(cut_off_files_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_bomb_ends_at_the_limit),
        cmocka_unit_test(big_sheets_are_streamed),
        cmocka_unit_test(reads_what_libxlsxwriter_writes),
        cmocka_unit_test(reads_the_real_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
