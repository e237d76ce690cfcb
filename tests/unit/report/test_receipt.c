// SPDX-License-Identifier: Apache-2.0
// Whole receipts and correction files, as a clerk gets them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "report/correction.h"
#include "report/receipt_text.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static char wide[] = "wide", sheet[] = "学校资源", dataset[] = "school_resource", year[] = "2025-2026";

static struct submission_table one_table = {.dataset = dataset, .period = year, .sheet = sheet, .kind = wide};
static struct receipt_table one_place = {
    .title = (char *)"学校资源", .header_first = 3, .header_last = 4, .rows = 42};

static struct receipt_data receipt_of(const char *state)
{
    return (struct receipt_data){
        .detail = {.sub = {.public_id = (char *)"S-20251013-0031",
                           .source = (char *)"binjiang",
                           .file = (char *)"330102_学校资源_2025-2026.xlsx",
                           .state = (char *)state,
                           .summary = (char *)"{\"encoding\":\"xlsx\"}"}},
        .submitter = (char *)"滨江区（binjiang）",
        .office_phone = (char *)"0571-12345678（工作日 9:00—17:00）",
        .received = "2025-10-13 09:41:07",
    };
}

static void recognise(struct receipt_data *r)
{
    r->detail.sub.dataset = dataset;
    r->detail.sub.period = year;
    r->detail.sub.county = (char *)"330102";
    r->county_name = (char *)"滨江区";
    r->dataset_title = (char *)"学校资源";
    r->detail.tables = &one_table;
    r->detail.n_tables = 1;
    r->tables = &one_place;
}

static void check(const struct receipt_data *r, const char *correction, const char *expected)
{
    struct buf out = BUF_INIT;
    receipt_text_write(r, correction, &out);
    assert_string_equal(buf_str(&out), expected);
    buf_deinit(&out);
}

static struct submission_error model_errors[] = {
    {.level = (char *)"refuse",
     .row = 9,
     .name = (char *)"江北小学",
     .entity = (char *)"3301020009",
     .cell = (char *)"T9",
     .message =
         (char
              *)"T9“县级及以上骨干教师数（小学）”＝86，大于“专任教师总人数”＝68。骨干教师应在专任教师之内。"},
    {.level = (char *)"refuse",
     .row = 17,
     .name = (char *)"月湖学校",
     .cell = (char *)"C17",
     .message = (char *)"C17“学校代码”＝3.3E+09。编码被 Excel 改成了科学计数，原数已丢失。"},
    {.level = (char *)"missing",
     .row = 30,
     .name = (char *)"南岸中学",
     .entity = (char *)"3301020030",
     .cell = (char *)"J30",
     .message = (char *)"J30“高中学生人数”为空。"},
    {.level = (char *)"ask",
     .row = 21,
     .name = (char *)"东溪小学",
     .message = (char *)"AF21“教学仪器设备资产值”＝5,250,382。是否误填为元？"},
    {.level = (char *)"note", .row = -1, .message = (char *)"以下各列不认识，未读取：AK4“备用”。"},
};

static void a_file_stored_in_part_is_told_as_in_the_model(void **state)
{
    (void)state;
    struct receipt_data r = receipt_of("stored");
    char *units[] = {(char *)"万元", (char *)"平方米"};
    struct receipt_absent absent[] = {{(char *)"3301020041", (char *)"西岭教学点"},
                                      {(char *)"3301020043", (char *)"育才学校"}};
    struct receipt_coverage coverage = {.county = (char *)"330102",
                                        .county_name = (char *)"滨江区",
                                        .owed = 45,
                                        .handed_in = 43,
                                        .absent = absent,
                                        .n_absent = 2};
    recognise(&r);
    r.detail.sub.rows_ok = 40;
    r.detail.sub.rows_bad = 2;
    r.detail.errors = model_errors;
    r.detail.n_errors = COUNT(model_errors);
    r.rows_missing = 1;
    r.units = units;
    r.n_units = 2;
    r.skipped_totals = 1;
    r.skipped_notes = 2;
    r.coverage = &coverage;
    r.n_coverage = 1;
    r.county_figures = true;
    r.due = (char *)"10 月 20 日";
    check(
        &r, "S-20251013-0031_待更正.xlsx",
        "义务教育监测数据报送回执\n"
        "文件：330102_学校资源_2025-2026.xlsx（工作表“学校资源”，表头第 3—4 行，数据 42 行）   收到：2025-10-13 09:41:07\n"
        "识别为：学校资源（学年 2025-2026，滨江区 330102）   受理号 S-20251013-0031   报送单位：滨江区（binjiang）\n"
        "结果：部分入库。已入库 40 行（其中 1 行缺数据），未入库 2 行，另有 1 处请核对。合计行 1 行、注释 2 行已自动略过。"
        "单位“万元”“平方米”已识别。\n"
        "\n一、必须更正（该行未入库，更正后只需重报这几行）\n"
        " 1. 第 9 行 江北小学（3301020009）T9“县级及以上骨干教师数（小学）”＝86，大于“专任教师总人数”＝68。骨干教师应在专任教师之内。\n"
        " 2. 第 17 行 月湖学校 C17“学校代码”＝3.3E+09。编码被 Excel 改成了科学计数，原数已丢失。\n"
        "\n二、缺数据（该行已入库，相关指标暂不计算）\n"
        " 1. 第 30 行 南岸中学（3301020030）J30“高中学生人数”为空。\n"
        "\n三、请核对（已入库，按所填计算）\n"
        " 1. 第 21 行 东溪小学 AF21“教学仪器设备资产值”＝5,250,382。是否误填为元？\n"
        "\n四、尚未报送：名册内应报 45 校，本次及以前共报 43 校（未入库的行按未报计）；未见：西岭教学点（3301020041）、育才学校（3301020043）。\n"
        "   因报送未齐，全县（市、区）差异系数暂不发布。截止日期 10 月 20 日。\n"
        "\n五、说明\n"
        " 1. 以下各列不认识，未读取：AK4“备用”。\n"
        "\n怎么办：打开同目录“S-20251013-0031_待更正.xlsx”（只含需要更正、补填的内容，红格为应改处），改好后放回报送文件夹即可，"
        "文件名不限；不必重报整表。\n"
        "重报同一学校以最后一次为准，原数据留存备查。疑问请拨 0571-12345678（工作日 9:00—17:00）。\n");
}

static void a_rejected_file_says_why_and_what_to_do(void **state)
{
    (void)state;
    struct receipt_data r = receipt_of("rejected");
    r.detail.sub.message = (char *)"文件中没有表格。";
    check(&r, NULL,
          "义务教育监测数据报送回执\n"
          "文件：330102_学校资源_2025-2026.xlsx   收到：2025-10-13 09:41:07\n"
          "受理号 S-20251013-0031   报送单位：滨江区（binjiang）\n"
          "结果：未入库。文件中没有表格。\n"
          "\n怎么办：请按上述原因更正后重新放入报送文件夹。需要空白模板的，请向督导室索取。\n"
          "疑问请拨 0571-12345678（工作日 9:00—17:00）。\n");
}

static void a_duplicate_needs_nothing(void **state)
{
    (void)state;
    struct receipt_data r = receipt_of("duplicate");
    r.detail.sub.message = (char *)"与 S-20251012-0003 的内容完全相同，数据没有变化。";
    r.office_phone = NULL;
    check(&r, NULL,
          "义务教育监测数据报送回执\n"
          "文件：330102_学校资源_2025-2026.xlsx   收到：2025-10-13 09:41:07\n"
          "受理号 S-20251013-0031   报送单位：滨江区（binjiang）\n"
          "结果：无需处理。与 S-20251012-0003 的内容完全相同，数据没有变化。\n\n");
}

static void a_file_set_aside_is_kept_and_the_office_told(void **state)
{
    (void)state;
    struct receipt_data r = receipt_of("quarantined");
    r.detail.sub.message = (char *)"读取该文件两次失败。";
    r.office_phone = NULL;
    check(&r, NULL,
          "义务教育监测数据报送回执\n"
          "文件：330102_学校资源_2025-2026.xlsx   收到：2025-10-13 09:41:07\n"
          "受理号 S-20251013-0031   报送单位：滨江区（binjiang）\n"
          "结果：已隔离，未入库。读取该文件两次失败。原文件已保存，并已告知督导室。\n\n");
}

static void several_tables_and_counties_are_told_apart_and_hostile_names_stay_on_their_line(void **state)
{
    (void)state;
    struct receipt_data r = receipt_of("stored");
    struct submission_table detail[] = {{.no = 0,
                                         .dataset = (char *)"school",
                                         .period = year,
                                         .sheet = (char *)"名册\n二、伪造",
                                         .kind = wide},
                                        {.no = 1, .dataset = dataset, .sheet = sheet, .kind = wide}};
    struct receipt_table tables[] = {
        {.title = (char *)"学校名册", .header_first = 1, .header_last = 1, .rows = 3},
        {.title = (char *)"学校资源", .header_first = 2, .header_last = 3, .rows = 2}};
    struct receipt_absent absent[] = {{(char *)"3301020041", (char *)"西岭教学点"}};
    struct receipt_coverage coverage[] = {
        {.county = (char *)"330102", .county_name = (char *)"滨江区", .owed = 5, .handed_in = 5},
        {.county = (char *)"330103",
         .county_name = (char *)"江北区",
         .owed = 3,
         .handed_in = 2,
         .absent = absent,
         .n_absent = 1}};
    struct submission_error error = {.level = (char *)"refuse",
                                     .sheet = sheet,
                                     .row = 7,
                                     .name = (char *)"某校\r\n三、已全部入库",
                                     .message = (char *)"A7“学校代码”为空。"};
    recognise(&r);
    r.detail.sub.file = (char *)"a\tb\x01.xlsx";
    r.detail.sub.county = NULL;
    r.detail.sub.rows_ok = 4;
    r.detail.sub.rows_bad = 1;
    r.detail.tables = detail;
    r.detail.n_tables = 2;
    r.tables = tables;
    r.detail.errors = &error;
    r.detail.n_errors = 1;
    r.coverage = coverage;
    r.n_coverage = 2;
    r.office_phone = NULL;
    check(&r, NULL,
          "义务教育监测数据报送回执\n"
          "文件：a b .xlsx   收到：2025-10-13 09:41:07\n"
          "识别为：学校资源（学年 2025-2026）等   受理号 S-20251013-0031   报送单位：滨江区（binjiang）\n"
          " 1) 工作表“名册 二、伪造”，表头第 1 行，数据 3 行：学校名册（学年 2025-2026）\n"
          " 2) 工作表“学校资源”，表头第 2—3 行，数据 2 行：学校资源\n"
          "结果：部分入库。已入库 4 行，未入库 1 行。\n"
          "\n一、必须更正（该行未入库，更正后只需重报这几行）\n"
          " 1. 工作表“学校资源” 第 7 行 某校  三、已全部入库 A7“学校代码”为空。\n"
          "\n二、尚未报送（按学校名册）：\n"
          "   江北区 330103：应报 3 校，本次及以前共报 2 校；未见：西岭教学点（3301020041）。\n"
          "\n重报同一学校以最后一次为准，原数据留存备查。\n");
}

static void a_corrected_csv_opens_in_excel_and_computes_nothing(void **state)
{
    (void)state;
    struct receipt_data r = receipt_of("stored");
    char *head[] = {(char *)"学校代码", (char *)"学校名称", (char *)"学年"},
         *row[] = {(char *)"0012", (char *)"=HYPERLINK(\"x\")", (char *)"-5"},
         *other[] = {(char *)"单位：人"};
    int bad[] = {1};
    struct submission_bad_row rows[] = {
        {.table_no = 0, .row = 1, .head = true, .cells = other, .n_cells = 1},
        {.table_no = 1, .row = 1, .head = true, .cells = head, .n_cells = 3},
        {.table_no = 1, .row = 2, .cells = row, .n_cells = 3, .bad = bad, .n_bad = 1}};
    struct buf out = BUF_INIT;
    struct error err = {0};
    r.detail.sub.summary = (char *)"{\"encoding\":\"gb18030\"}";
    r.detail.bad_rows = rows;
    r.detail.n_bad_rows = 1;
    assert_false(correction_wanted(&r)); // only a head
    r.detail.n_bad_rows = COUNT(rows);
    assert_true(correction_wanted(&r));
    assert_string_equal(correction_suffix(&r), ".csv");
    assert_int_equal(correction_make(&r, &out, &err), 0);
    assert_string_equal(buf_str(&out),
                        "\xef\xbb\xbf学校代码,学校名称,学年\r\n0012,\"'=HYPERLINK(\"\"x\"\")\",-5\r\n");
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_stored_in_part_is_told_as_in_the_model),
        cmocka_unit_test(a_rejected_file_says_why_and_what_to_do),
        cmocka_unit_test(a_duplicate_needs_nothing),
        cmocka_unit_test(a_file_set_aside_is_kept_and_the_office_told),
        cmocka_unit_test(several_tables_and_counties_are_told_apart_and_hostile_names_stay_on_their_line),
        cmocka_unit_test(a_corrected_csv_opens_in_excel_and_computes_nothing),
    };
    i18n_init("zh_CN");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
