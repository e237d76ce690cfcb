// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "reading.h"

struct fixture {
    struct catalog *c;
    struct reading r;
};

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    f->c = reading_catalog();
    reading_init(&f->r);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    reading_deinit(&f->r);
    catalog_free(f->c);
    free(f);
    return 0;
}

static void read_text(struct fixture *f, const char *file, const char *text)
{
    reading_deinit(&f->r);
    reading_init(&f->r);
    assert_int_equal(reading_run_text(&f->r, f->c, file, text), 0);
}

static const char *end_text(const struct fixture *f, const char *key)
{
    const char *s = json_string_value(json_object_get(f->r.end, key));
    return s ? s : "";
}

static json_int_t end_number(const struct fixture *f, const char *key)
{
    return json_integer_value(json_object_get(f->r.end, key));
}

static json_int_t skipped(const struct fixture *f, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(f->r.end, "skipped"), key));
}

static const char *layout(const struct fixture *f, const char *column)
{
    json_t *t = json_array_get(f->r.tables, 0);
    const char *s = json_string_value(json_object_get(json_object_get(t, "layout"), column));
    return s ? s : "";
}

static const char *error_text(const struct fixture *f, const char *code, const char *key)
{
    const char *s = json_string_value(json_object_get(reading_error(&f->r, code, 0), key));
    return s ? s : "";
}

// All that may stand around a table, in one file.
static const char whole_sheet[] =
    "滨江区2025-2026学年学校资源统计表,,,,,,,,\n"
    "单位：人/平方米/万元,,,,,,,,\n"
    "学校代码,学校名称,学校类型,小学,,初中学生人数,专任教师总人数,教学及辅助用房总面积（㎡）,教学仪器设备资产值\n"
    ",,,学生人数,县级以上骨干教师数,,,,\n"
    "甲,乙,丙,1,2,3,4,5,6\n"
    "3301020009,江北小学,小学,\"1,661\",8,——,68,7474.5,12.34\n"
    "合计,,,1661,8,,68,,\n"
    "…,…,…,,,,,,\n"
    "学校代码,学校名称,学校类型,小学,,初中学生人数,专任教师总人数,教学及辅助用房总面积（㎡）,教学仪器设备资产值\n"
    ",,,学生人数,县级以上骨干教师数,,,,\n"
    "'3301020010 ,江南小学,完全小学,５００,3,/,40人,2000㎡,30万元\n"
    "其中：民办,,,0,,,,,\n"
    "注：数据截至9月1日,,,,,,,,\n"
    "填报人：张三,,审核人：李四 联系电话：0571-12345678,,填报日期,2025-10-13,,,\n";

static void finds_the_table_among_what_stands_around_it(void **state)
{
    struct fixture *f = *state;
    read_text(f, "a.csv", whole_sheet);
    assert_string_equal(end_text(f, "state"), "ok");
    assert_string_equal(end_text(f, "dataset"), "school_resource");
    assert_string_equal(end_text(f, "period"), "2025-2026");
    assert_int_equal(end_number(f, "rows_ok"), 2);
    assert_int_equal(end_number(f, "rows_bad"), 0);
    assert_int_equal(skipped(f, "title"), 2);
    assert_int_equal(skipped(f, "code_row"), 1);
    assert_int_equal(skipped(f, "total"), 2);
    assert_int_equal(skipped(f, "filler"), 1);
    assert_int_equal(skipped(f, "repeated_header"), 2);
    assert_int_equal(skipped(f, "note"), 2);
}

static void values_come_typed_and_in_stored_units(void **state)
{
    struct fixture *f = *state;
    read_text(f, "a.csv", whole_sheet);
    assert_true(reading_number(&f->r, "3301020009", "pupils_primary") == 1661);
    assert_true(reading_number(&f->r, "3301020009", "equipment_value") == 123400);
    assert_true(json_is_null(json_object_get(reading_row(&f->r, "3301020009"), "pupils_junior")));
    assert_true(reading_number(&f->r, "3301020010", "pupils_primary") == 500);
    assert_true(reading_number(&f->r, "3301020010", "teachers") == 40);
    assert_true(reading_number(&f->r, "3301020010", "teaching_area") == 2000);
    assert_true(reading_number(&f->r, "3301020010", "equipment_value") == 300000);
    assert_string_equal(reading_text(&f->r, "3301020010", "school_type"), "小学");
}

static void two_rows_of_header_name_stage_and_column(void **state)
{
    struct fixture *f = *state;
    read_text(f, "a.csv", whole_sheet);
    assert_string_equal(layout(f, "pupils_primary"), "D");
    assert_string_equal(layout(f, "backbone_teachers_primary"), "E");
    assert_string_equal(layout(f, "backbone_teachers"), "");
    assert_true(reading_number(&f->r, "3301020009", "backbone_teachers_primary") == 8);
}

static void the_footer_is_kept(void **state)
{
    struct fixture *f = *state;
    read_text(f, "a.csv", whole_sheet);
    json_t *footer = json_object_get(f->r.end, "footer");
    assert_string_equal(json_string_value(json_object_get(footer, "填报人")), "张三");
    assert_string_equal(json_string_value(json_object_get(footer, "审核人")), "李四");
    assert_string_equal(json_string_value(json_object_get(footer, "联系电话")), "0571-12345678");
    assert_string_equal(json_string_value(json_object_get(footer, "填报日期")), "2025-10-13");
}

// One faulty cell each, in a table that is otherwise in order.
static void each_fault_has_its_level_and_sentence(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *row, *level, *code, *cell, *message;
    } cases[] = {
        {"3301020009,江北小学,小学,100,86,,68,7474.5,12.34", "refuse", "sum_exceeds", "E2",
         "E2“县级及以上骨干教师数（小学）”＝86，大于“专任教师总人数”＝68。骨干教师应在专任教师之内。"},
        {"3.3E+09,江北小学,小学,100,6,,68,7474.5,12.34", "refuse", "digits_lost", "A2",
         "A2“学校代码”＝3.3E+09。编码被 Excel 改成了科学计数，原数已丢失。请把该列设为“文本”后重新填写 10 位代码。"},
        {",江北小学,小学,100,6,,68,7474.5,12.34", "refuse", "key_empty", "A2",
         "A2“学校代码”为空。没有这一项，该行无法入库。"},
        {"江北小学,江北小学,小学,100,6,,68,7474.5,12.34", "refuse", "not_a_code", "A2",
         "A2“学校代码”＝江北小学。应填代码，不是名称。"},
        {"3301020009,江北小学,小学,,6,,68,7474.5,12.34", "refuse", "nothing_filled", "D2",
         "“小学学生人数”、“初中学生人数”、“高中学生人数”均未填写，至少要填其中一项。"},
        {"3301020009,江北小学,小学,100,6,5,68,7474.5,12.34", "refuse", "sum_exceeds", "F2",
         "F2“初中学生人数”＝5，应不大于 0。学校类型为小学，却填有初中学生。"},
        {"3301020009,江北小学,小学,100,6,,约68,7474.5,12.34", "missing", "not_a_number", "G2",
         "G2“专任教师总人数”＝约68。应填数字。"},
        {"3301020009,江北小学,小学,100,6,,68.5,7474.5,12.34", "missing", "not_whole", "G2",
         "G2“专任教师总人数”＝68.5。应填整数。"},
        {"3301020009,江北小学,小学,100,6,,,7474.5,12.34", "missing", "empty", "G2",
         "G2“专任教师总人数”为空。未填前，需要它的指标记为“数据缺失”，不按 0 计。"},
        {"3301020009,江北小学,小学,100,6,,68,-1,12.34", "missing", "too_small", "H2",
         "H2“教学及辅助用房总面积”＝-1。应不小于 0。"},
        {"3301020009,江北小学,小学,100,6,,68,7474.5人,12.34", "missing", "unit_mismatch", "H2",
         "H2“教学及辅助用房总面积”＝7474.5人。单位不符，应为㎡。"},
        {"3301020009,江北小学,大学,100,6,,68,7474.5,12.34", "missing", "not_in_list", "C2",
         "C2“学校类型”＝大学。应填以下之一：小学、初中、九年一贯制学校、完全中学、十二年一贯制学校、教学点、特殊教育学校、职业学校、高级中学。"},
        {"3301020009,江北小学,小学,1661,6,,68,7474.5,\"5,250,382\"", "ask", "per_pupil_too_high", "I2",
         "I2“教学仪器设备资产值（账面原值）”＝5,250,382（表头单位万元，该校 1661 人，折合生均 3161 万元）。是否误填为元？"},
        {"3301020009,江北小学,小学,100,6,,68,7474.5,#DIV/0!", "missing", "not_a_number", "I2",
         "I2“教学仪器设备资产值（账面原值）”＝#DIV/0!。应填数字。"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = str_printf(
            "学校代码,学校名称,学校类型,小学学生人数,县级及以上骨干教师数（小学）,初中学生人数,专任教师总人数,"
            "教学及辅助用房总面积（㎡）,教学仪器设备资产值（万元）\n%s\n",
            cases[i].row);
        read_text(f, "学校资源_2025-2026.csv", text);
        if (strcmp(reading_message(&f->r, cases[i].code), cases[i].message) != 0)
            reading_print(&f->r);
        assert_string_equal(reading_message(&f->r, cases[i].code), cases[i].message);
        assert_string_equal(error_text(f, cases[i].code, "level"), cases[i].level);
        assert_string_equal(error_text(f, cases[i].code, "cell"), cases[i].cell);
        bool refused = strcmp(cases[i].level, "refuse") == 0;
        assert_int_equal(end_number(f, "rows_bad"), refused);
        assert_int_equal(json_array_size(f->r.rows), !refused);
        bool to_correct = strcmp(cases[i].level, "ask") != 0;
        assert_int_equal(json_array_size(f->r.bad_rows), to_correct ? 2 : 0); // with its header
        free(text);
    }
}

static void what_is_to_be_corrected_comes_back_with_its_header_unit_line_and_period(void **state)
{
    struct fixture *f = *state;
    read_text(
        f, "2025-2026.csv",
        "某区,,,,,\n单位：人,,,,,\n学校代码,学校名称,学校类型,小学学生人数,专任教师总人数,县级及以上骨干教师数\n"
        "3301020009,江北小学,小学,100,68,86\n3301020010,江南小学,小学,100,68,6\n3301020011,江东小学,小学,100,,6\n");
    // The file's name may be another when it comes back: the period stands in a column of its own.
    static const char *const want[] = {
        "{\"bad\":null,\"cells\":[\"单位：人\"],\"row\":2,\"table\":0}",
        "{\"bad\":null,\"cells\":[\"学校代码\",\"学校名称\",\"学校类型\",\"小学学生人数\",\"专任教师总人数\","
        "\"县级及以上骨干教师数\",\"学年\"],\"row\":3,\"table\":0}",
        "{\"bad\":[5],\"cells\":[\"3301020009\",\"江北小学\",\"小学\",\"100\",\"68\",\"86\",\"2025-2026\"],"
        "\"row\":4,\"table\":0}",
        "{\"bad\":[4],\"cells\":[\"3301020011\",\"江东小学\",\"小学\",\"100\",\"\",\"6\",\"2025-2026\"],"
        "\"row\":6,\"table\":0}",
    };
    assert_int_equal(json_array_size(f->r.bad_rows), ARRAY_SIZE(want));
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        char *text = json_dumps(json_array_get(f->r.bad_rows, i), JSON_COMPACT | JSON_SORT_KEYS);
        assert_string_equal(text, want[i]);
        free(text);
    }
    assert_string_equal(error_text(f, "sum_exceeds", "entity"), "3301020009");
    assert_string_equal(error_text(f, "sum_exceeds", "name"), "江北小学");
}

// What the daemon writes as 待更正: the cells of all these rows.
static void the_rows_to_be_corrected_read_back(void **state)
{
    struct fixture *f = *state;
    read_text(
        f, "2025-2026.csv",
        "单位：人、元,,,,\n学校代码,学校名称,小学,,教学仪器设备资产值\n,,学生人数,骨干教师数,\n,江北小学,100,3,2000\n");
    struct buf text = BUF_INIT;
    size_t i, k;
    json_t *row, *cell;
    json_array_foreach(f->r.bad_rows, i, row)
    {
        bool key = !json_is_null(json_object_get(row, "bad"));
        json_array_foreach(json_object_get(row, "cells"), k, cell)
        {
            buf_addf(&text, "%s%s", k ? "," : "", key && k == 0 ? "3301" : json_string_value(cell));
        }
        buf_addc(&text, '\n');
    }
    read_text(f, "S-20261124-0002_待更正.csv", buf_str(&text));
    buf_deinit(&text);
    assert_string_equal(end_text(f, "state"), "ok");
    assert_string_equal(end_text(f, "period"), "2025-2026");
    assert_true(reading_number(&f->r, "3301", "equipment_value") == 2000);
    assert_true(reading_number(&f->r, "3301", "backbone_teachers_primary") == 3);
}

static void a_senior_school_owes_its_senior_pupils(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025-2026.csv",
              "学校代码,学校名称,学校类型,小学学生人数,初中学生人数,高中学生人数\n"
              "3301020030,南岸中学,完全中学,,800,\n3301020031,江北小学,小学,100,,\n");
    assert_string_equal(
        reading_message(&f->r, "empty"),
        "F2“高中学生人数”为空。这类学校的场馆、设备要按各学段人数（含高中）拆分，未填前 4 项生均指标记为“数据缺失”，不按 0 计。");
    assert_null(reading_error(&f->r, "empty", 1));
    assert_int_equal(json_array_size(f->r.rows), 2);
}

static void columns_the_table_lacks_are_named_once(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025-2026.csv", "学校代码,学校名称,学校类型,小学学生人数\n1,甲,小学,100\n2,乙,小学,100\n");
    assert_non_null(strstr(reading_message(&f->r, "columns_absent"), "“专任教师总人数”（2 行应填）"));
    assert_null(reading_error(&f->r, "columns_absent", 1));
    assert_null(strstr(reading_message(&f->r, "columns_absent"), "初中"));
}

static void what_no_plugin_needs_yet_is_asked_for_in_passing(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025-2026.csv",
              "学校代码,学校名称,学校类型,初中学生人数,本届毕业学生人数\n3301020031,江北中学,初中,100,\n");
    assert_string_equal(error_text(f, "columns_later", "level"), "note");
    const char *later = reading_message(&f->r, "columns_later"),
               *missing = reading_message(&f->r, "columns_absent");
    assert_non_null(strstr(later, "“本届毕业学生人数”（1 行应填）"));
    assert_null(strstr(later, "专任教师总人数"));
    assert_null(strstr(missing, "毕业"));
    assert_non_null(strstr(missing, "专任教师总人数"));
    assert_int_equal(json_array_size(f->r.bad_rows), 0);
}

static void identical_rows_count_once_and_different_ones_not_at_all(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025-2026.csv",
              "学校代码,学校名称,小学学生人数\n3301,甲,1\n3302,乙,1\n3301,甲,2\n3303,丙,1\n3303,丙,1\n");
    assert_int_equal(end_number(f, "rows_ok"), 2);
    assert_int_equal(end_number(f, "rows_bad"), 2);
    assert_null(reading_row(&f->r, "3301"));
    assert_int_equal(json_integer_value(json_object_get(reading_error(&f->r, "duplicate_differs", 0), "row")),
                     2);
    assert_int_equal(json_integer_value(json_object_get(reading_error(&f->r, "duplicate_differs", 1), "row")),
                     4);
    assert_string_equal(reading_message(&f->r, "duplicate_differs"),
                        "该行与第 4 行是同一对象，但内容不同，两行都未入库。请只保留正确的一行。");
    assert_string_equal(reading_message(&f->r, "duplicate_identical"), "该行与第 5 行完全相同，只计一次。");
    assert_string_equal(error_text(f, "duplicate_identical", "level"), "note");
}

static void the_period_is_found_or_asked_for(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *file, *text, *source, *want;
    } cases[] = {
        {"a.csv", "学校代码,学校名称,小学学生人数\n1,甲,1\n", NULL, ""},
        {"a_2025.csv", "学校代码,学校名称,小学学生人数\n1,甲,1\n", NULL, "2025-2026"},
        {"2025学年.csv", "学校代码,学校名称,小学学生人数\n1,甲,1\n", NULL, "2025-2026"},
        {"a.csv", "学校代码,学校名称,小学学生人数\n1,甲,1\n", "2024-2025", "2024-2025"},
        {"a.csv", "某区2023—2024学年度,,\n学校代码,学校名称,小学学生人数\n1,甲,1\n", "2024-2025",
         "2023-2024"},
        {"a_2025.csv", "学校代码,学校名称,小学学生人数,学年\n1,甲,1,2022-2023学年\n", NULL, "2022-2023"},
        {"a_2025.csv", "学校代码,学校名称,小学学生人数,学年\n1,甲,1,\n", NULL, "2025-2026"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct read_job job = reading_job(cases[i].file);
        job.period = cases[i].source;
        reading_deinit(&f->r);
        reading_init(&f->r);
        assert_int_equal(reading_run(&f->r, f->c, &job, cases[i].text, strlen(cases[i].text)), 0);
        if (strcmp(end_text(f, "period"), cases[i].want) != 0)
            reading_print(&f->r);
        assert_string_equal(end_text(f, "period"), cases[i].want);
        assert_string_equal(end_text(f, "state"), *cases[i].want ? "ok" : "rejected");
    }
    read_text(f, "a.csv", "学校代码,学校名称,小学学生人数\n1,甲,1\n");
    assert_string_equal(
        end_text(f, "message"),
        "没有写明是哪个学年的数据：表中没有这一列，文件名里也没有。请在文件名中写明（如 2025-2026）后重新报送。");
}

static void a_period_that_cannot_be_read_refuses_its_row(void **state)
{
    struct fixture *f = *state;
    read_text(f, "a_2025.csv", "学校代码,学校名称,小学学生人数,学年\n1,甲,1,本学年\n2,乙,1,2024-2025\n");
    assert_string_equal(reading_message(&f->r, "period_unreadable"),
                        "D2“学年”＝本学年。应填学年，如 2025-2026。");
    assert_int_equal(end_number(f, "rows_ok"), 1);
    assert_string_equal(reading_message(&f->r, "period_disagrees"),
                        "表中各行写的是 2024-2025，文件名写的是 2025-2026，以表中为准。");
}

static void refusals_of_whole_files_say_why(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *file, *text, *code, *message;
    } cases[] = {
        {"a.csv", "姓名,籍贯\n张三,123\n", "not_recognised",
         "没有一个表头是认识的，看到的是：“姓名”、“籍贯”。"},
        {"2025.csv", "学校名称,小学学生人数,班级总数,专任教师总人数\n甲,1,2,3\n", "not_recognised",
         "该表最接近“学校资源”，但缺少“学校代码”。看到的表头：“学校名称”、“小学学生人数”、“班级总数”、“专任教师总人数”。"},
        {"2025.csv", "学校代码,学校名称,小学学生人数\n", "no_rows",
         "表中只有表头，没有数据行。请填写后重新报送。"},
        {"2025.csv", "学校代码,学校名称,小学学生人数,小学生数\n1,甲,1,2\n", "header_twice",
         "C1“小学学生人数”和D1“小学生数”都是“小学学生人数”，无法判断以哪一列为准，全表未入库。请删去一列或改名后重新报送。"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        read_text(f, cases[i].file, cases[i].text);
        assert_string_equal(end_text(f, "message"), cases[i].message);
        assert_string_equal(end_text(f, "code"), cases[i].code);
        assert_string_equal(end_text(f, "state"), "rejected");
        assert_int_equal(json_array_size(f->r.rows), 0);
    }
}

static void what_the_source_may_hand_in_decides(void **state)
{
    struct fixture *f = *state;
    static const char *const only_roster[] = {"school", NULL};
    static const char *const counties[] = {"330102", NULL};
    const char *text = "学校代码,学校名称,区县代码,小学学生人数\n1,甲,330102,1\n2,乙,330103,1\n";
    struct read_job job = reading_job("2025.csv");
    job.counties = counties;
    assert_int_equal(reading_run(&f->r, f->c, &job, text, strlen(text)), 0);
    assert_int_equal(end_number(f, "rows_ok"), 1);
    assert_string_equal(reading_message(&f->r, "not_your_county"),
                        "C3“区县代码”＝330103，不在来源 city 可报送的区县之内。");
    reading_deinit(&f->r);
    reading_init(&f->r);
    job = reading_job("2025.csv");
    job.datasets = only_roster;
    text = "学校代码,学校名称,小学学生人数,专任教师总人数,班级总数\n1,甲,1,1,1\n";
    assert_int_equal(reading_run(&f->r, f->c, &job, text, strlen(text)), 0);
    assert_string_equal(end_text(f, "message"), "该表为“学校资源”，不在来源 city 可报送的范围内。");
}

static void a_tie_is_broken_by_a_name_or_refused(void **state)
{
    struct fixture *f = *state;
    const char *text = "学校代码,学校名称,校长,小学学生人数\n3301,甲,张三,5\n";
    read_text(f, "2025-2026.csv", text);
    assert_string_equal(end_text(f, "code"), "tie");
    assert_non_null(strstr(end_text(f, "message"), "“学校名册”"));
    assert_non_null(strstr(end_text(f, "message"), "“学校资源”"));
    read_text(f, "名册2025-2026.csv", text);
    assert_string_equal(end_text(f, "dataset"), "school");
    read_text(f, "学校资源2025-2026.csv", text);
    assert_string_equal(end_text(f, "dataset"), "school_resource");
}

static void campuses_are_rows_of_their_own(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025.csv",
              "学校代码,校区,学校名称,小学学生人数\n3301,,甲,5\n3301,东校区,甲,6\n3301,西校区,甲,7\n");
    assert_int_equal(end_number(f, "rows_ok"), 3);
    assert_null(reading_error(&f->r, "duplicate_differs", 0));
}

static void a_second_block_has_its_own_header(void **state)
{
    struct fixture *f = *state;
    read_text(
        f, "2025.csv",
        "一、小学,,,\n学校代码,学校名称,小学学生人数,班级总数\n3301,甲,1,1\n,,,\n二、初中,,,\n学校名称,学校代码,班级总数,初中学生人数\n乙,3302,2,5\n");
    assert_int_equal(json_array_size(f->r.tables), 2);
    assert_int_equal(end_number(f, "rows_ok"), 2);
    assert_true(reading_number(&f->r, "3302", "pupils_junior") == 5);
    assert_true(reading_number(&f->r, "3302", "classes") == 2);
}

static void a_block_that_differs_in_one_header_is_another_table(void **state)
{
    struct fixture *f = *state;
    read_text(
        f, "2025.csv",
        "学校代码,学校名称,小学学生人数,班级总数\n3301,甲,1,1\n学校代码,学校名称,初中学生人数,班级总数\n3302,乙,5,2\n"
        ",,初中,\n学校代码,学校名称,学生人数,班级总数\n3303,丙,6,2\n");
    assert_int_equal(json_array_size(f->r.tables), 3);
    assert_true(reading_number(&f->r, "3302", "pupils_junior") == 5);
    assert_null(json_object_get(reading_row(&f->r, "3302"), "pupils_primary"));
    assert_true(reading_number(&f->r, "3303", "pupils_junior") == 6);
}

static char *to_gb18030(const char *text, size_t *ret_len)
{
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    size_t in = strlen(text), cap = 4 * in + 16, left = cap;
    char *out = mem_alloc(cap), *from = str_dup(text), *p = from, *q = out;
    assert_true(iconv(cd, &p, &in, &q, &left) != (size_t)-1);
    iconv_close(cd);
    free(from);
    *ret_len = cap - left;
    return out;
}

static void gb18030_reads_as_utf8_does(void **state)
{
    struct fixture *f = *state;
    size_t n;
    char *bytes = to_gb18030(whole_sheet, &n);
    struct read_job job = reading_job("a.csv");
    assert_int_equal(reading_run(&f->r, f->c, &job, bytes, n), 0);
    assert_string_equal(end_text(f, "encoding"), "gb18030");
    assert_int_equal(end_number(f, "rows_ok"), 2);
    assert_true(reading_number(&f->r, "3301020009", "equipment_value") == 123400);
    free(bytes);
}

static void unknown_bytes_hint_at_the_encoding(void **state)
{
    struct fixture *f = *state;
    size_t n;
    char *bytes = to_gb18030("瘗諡,熱絡,欄\n壹,貳,參\n", &n);
    struct read_job job = reading_job("a.csv");
    assert_int_equal(reading_run(&f->r, f->c, &job, bytes, n), 0);
    assert_non_null(strstr(end_text(f, "message"), "文件按 GB18030 编码读取，编码可能不对。"));
    free(bytes);
}

int main(void)
{
    i18n_init("zh_CN");
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(finds_the_table_among_what_stands_around_it),
        CASE(values_come_typed_and_in_stored_units),
        CASE(two_rows_of_header_name_stage_and_column),
        CASE(the_footer_is_kept),
        CASE(each_fault_has_its_level_and_sentence),
        CASE(what_is_to_be_corrected_comes_back_with_its_header_unit_line_and_period),
        CASE(the_rows_to_be_corrected_read_back),
        CASE(a_senior_school_owes_its_senior_pupils),
        CASE(columns_the_table_lacks_are_named_once),
        CASE(what_no_plugin_needs_yet_is_asked_for_in_passing),
        CASE(identical_rows_count_once_and_different_ones_not_at_all),
        CASE(the_period_is_found_or_asked_for),
        CASE(a_period_that_cannot_be_read_refuses_its_row),
        CASE(refusals_of_whole_files_say_why),
        CASE(what_the_source_may_hand_in_decides),
        CASE(a_tie_is_broken_by_a_name_or_refused),
        CASE(campuses_are_rows_of_their_own),
        CASE(a_second_block_has_its_own_header),
        CASE(a_block_that_differs_in_one_header_is_another_table),
        CASE(gb18030_reads_as_utf8_does),
        CASE(unknown_bytes_hint_at_the_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
