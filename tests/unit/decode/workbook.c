// SPDX-License-Identifier: Apache-2.0
#include "workbook.h"

#include <string.h>
#include <sys/mman.h>
#include <zip.h>

#include "base/buf.h"
#include "base/mem.h"
#include "recorder.h"

const char workbook_book_xml[] =
    "<?xml version='1.0' encoding='UTF-8'?><workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' "
    "xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><workbookPr/>"
    "<sheets><sheet name='表一' sheetId='7' r:id='rId9'/></sheets></workbook>";

const char workbook_rels_xml[] =
    "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    "<Relationship Id='rId9' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/>"
    "<Relationship Id='rId1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles' Target='styles.xml'/>"
    "<Relationship Id='rId2' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings' Target='sharedStrings.xml'/>"
    "</Relationships>";

const char workbook_styles_xml[] =
    "<styleSheet><numFmts count='1'><numFmt numFmtId='176' formatCode='yyyy\"年\"m\"月\"d\"日\"'/></numFmts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='20'/><xf numFmtId='22'/><xf numFmtId='176'/><xf numFmtId='49'/></cellXfs></styleSheet>";

const char workbook_strings_xml[] =
    "<sst><si><t>学校</t></si><si><r><rPr><b/></rPr><t xml:space='preserve'>骨干 </t></r><r><t>教师</t></r></si>"
    "<si><t>東京</t><rPh sb='0' eb='2'><t>とうきょう</t></rPh><phoneticPr/></si><si/>"
    "<si><t>甲_x000A_乙_x005F_x0041_ &amp; &lt;</t></si></sst>";

int workbook_zip(const struct part *parts)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(out);
    zip_t *zip = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (; parts->name; parts++) {
        if (!parts->text)
            continue;
        zip_source_t *s = zip_source_buffer(zip, parts->text, strlen(parts->text), 0);
        assert_true(zip_file_add(zip, parts->name, s, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(out), 0);
    zip_stat_t st;
    assert_int_equal(zip_source_stat(out, &st), 0);
    CLEANUP_FREE char *bytes = mem_alloc(st.size);
    assert_int_equal(zip_source_read(out, bytes, st.size), st.size);
    (void)zip_source_close(out);
    zip_source_free(out);
    return memory_file(bytes, st.size);
}

int workbook_of_rows(const char *rows, const char *after_rows)
{
    CLEANUP_FREE char *sheet = str_printf(
        "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><dimension ref='A1'/>"
        "<sheetData>%s</sheetData>%s</worksheet>",
        rows, after_rows);
    struct part parts[] = {
        {"xl/workbook.xml", workbook_book_xml}, {"xl/_rels/workbook.xml.rels", workbook_rels_xml},
        {"xl/styles.xml", workbook_styles_xml}, {"xl/sharedStrings.xml", workbook_strings_xml},
        {"xl/worksheets/sheet1.xml", sheet},    {0},
    };
    return workbook_zip(parts);
}
