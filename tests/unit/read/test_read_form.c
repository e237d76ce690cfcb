// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/sheet.h"
#include "reading.h"
#include "workbook.h"

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

static const char *text_of(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static void read_text(struct fixture *f, const char *file, const char *text)
{
    reading_deinit(&f->r);
    reading_init(&f->r);
    assert_int_equal(reading_run_text(&f->r, f->c, file, text), 0);
}

static void read_book(struct fixture *f, const char *file, lxw_workbook *w, int fd)
{
    struct read_job job = reading_job(file);
    assert_int_equal(workbook_close(w), 0);
    reading_deinit(&f->r);
    reading_init(&f->r);
    assert_int_equal(reading_run_fd(&f->r, f->c, &job, fd), 0);
    close(fd);
}

#define FORM_HEAD "序号,类别,填报项目,单位,填报值,是否必填,备注说明\n"

static const char small_form[] = FORM_HEAD "1,基本信息,学校名称,,江北小学,是,\n"
                                           "2,基本信息,学校类型,小学/初中,小学,是,\n"
                                           "3,基本信息,学校代码,,3301020009,是,\n"
                                           "4,基本信息,建校时间,年,1998年,是,\n"
                                           "10,学生信息,小学学生人数,人,\"1,661\",是,\n"
                                           "11,学生信息,初中学生人数,人,——,是,\n"
                                           "26,教师,专任教师总人数,人,68,是,\n"
                                           "27,教师,持有教师资格证的专任教师人数,人,,是,\n"
                                           "28,教师,体育交流轮岗/兼职/走教教师人数,人,,否,\n"
                                           "51,教学设备,教学仪器设备资产值（账面原值）,万元,12.34,是,\n"
                                           "64,巩固率数据,本届毕业学生人数,人,,是,初中填写\n";

static void a_form_is_one_row(void **state)
{
    struct fixture *f = *state;
    read_text(f, "学校填报表_2025学年.csv", small_form);
    assert_string_equal(text_of(f->r.end, "state"), "ok");
    assert_string_equal(text_of(f->r.end, "period"), "2025-2026");
    assert_int_equal(json_array_size(f->r.rows), 1);
    assert_true(reading_number(&f->r, "3301020009", "pupils_primary") == 1661);
    assert_true(reading_number(&f->r, "3301020009", "equipment_value") == 123400);
    assert_true(reading_number(&f->r, "3301020009", "founded_year") == 1998);
    json_t *table = json_array_get(f->r.tables, 0);
    assert_string_equal(text_of(table, "kind"), "form");
    assert_string_equal(text_of(json_object_get(table, "layout"), "pupils_primary"), "E6");
    assert_string_equal(text_of(json_object_get(table, "headers"), "pupils_primary"), "小学学生人数");
}

static void what_must_be_filled_in_is_read_by_the_school_type(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025-2026.csv", small_form);
    // 是 on the form: missing. Junior items of a primary school and items of a relief: not.
    assert_string_equal(
        reading_message(&f->r, "empty"),
        "E9“持有教师资格证的专任教师人数”为空。未填前，需要它的指标记为“数据缺失”，不按 0 计。");
    assert_string_equal(text_of(reading_error(&f->r, "empty", 0), "cell"), "E9");
    assert_null(reading_error(&f->r, "empty", 1));
}

static void items_a_form_lacks_are_named(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025.csv",
              FORM_HEAD "1,,学校代码,,3301,是,\n2,,学校类型,,完全中学,是,\n3,,初中学生人数,人,5,是,\n");
    assert_non_null(strstr(reading_message(&f->r, "columns_absent"),
                           "填报表中没有以下应填的项目：“学校名称”、“高中学生人数”、“班级总数”"));
    assert_int_equal(json_array_size(f->r.rows), 1);
}

static void columns_of_a_form_may_stand_in_any_order(void **state)
{
    struct fixture *f = *state;
    read_text(
        f, "2025-2026.csv",
        "某校填报表,,\n填 报 值,填报项目,单位\n3301020009,学校代码,\n500,小学学生人数,人\n20000,教学仪器设备资产值,元\n");
    assert_true(reading_number(&f->r, "3301020009", "pupils_primary") == 500);
    assert_true(reading_number(&f->r, "3301020009", "equipment_value") == 20000);
}

static void faults_of_a_form_name_its_cells(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *rows, *code, *level, *message;
    } cases[] = {
        {"1,,学校代码,,3.3E+09,是,\n2,,小学学生人数,人,5,是,\n3,,专任教师总人数,人,5,是,\n", "digits_lost",
         "refuse",
         "E2“学校代码”＝3.3E+09。编码被 Excel 改成了科学计数，原数已丢失。请把该列设为“文本”后重新填写 10 位代码。"},
        {"1,,学校代码,,,是,\n2,,小学学生人数,人,5,是,\n3,,专任教师总人数,人,5,是,\n", "key_empty", "refuse",
         "E2“学校代码”为空。没有这一项，该行无法入库。"},
        {"1,,学校代码,,3301,是,\n2,,小学学生人数,人,5,是,\n3,,专任教师总人数,人,五,是,\n", "not_a_number",
         "missing", "E4“专任教师总人数”＝五。应填数字。"},
        {"1,,学校代码,,3301,是,\n2,,小学学生人数,人,5,是,\n3,,专任教师总人数,人,5,是,\n4,,县级及以上骨干教师数,人,6,是,\n",
         "sum_exceeds", "refuse",
         "E5“县级及以上骨干教师数”＝6，大于“专任教师总人数”＝5。骨干教师应在专任教师之内。"},
        {"1,,学校代码,,3301,是,\n2,,小学学生人数,人,5,是,\n3,,小学生数,人,6,是,\n", "header_twice", "refuse",
         "E3 和 E4 都填了“小学学生人数”，无法判断以哪一处为准，未入库。请只保留一处。"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = str_printf("%s%s", FORM_HEAD, cases[i].rows);
        read_text(f, "2025-2026.csv", text);
        if (strcmp(reading_message(&f->r, cases[i].code), cases[i].message) != 0)
            reading_print(&f->r);
        assert_string_equal(reading_message(&f->r, cases[i].code), cases[i].message);
        assert_string_equal(text_of(reading_error(&f->r, cases[i].code, 0), "level"), cases[i].level);
        assert_int_equal(json_array_size(f->r.rows), strcmp(cases[i].level, "refuse") != 0);
        free(text);
    }
}

static void an_empty_form_is_refused_kindly(void **state)
{
    struct fixture *f = *state;
    read_text(f, "2025.csv",
              FORM_HEAD "1,,学校代码,,,是,\n2,,小学学生人数,人,,是,\n3,,专任教师总人数,人, ,是,\n");
    assert_string_equal(text_of(f->r.end, "code"), "empty_form");
    assert_string_equal(text_of(f->r.end, "message"),
                        "“学校资源”填报表还是空白的，没有任何一项填了数值。请填写后重新报送。");
    assert_int_equal(json_array_size(f->r.tables), 0);
}

static void a_form_without_a_year_says_so(void **state)
{
    struct fixture *f = *state;
    read_text(f, "a.csv", small_form);
    assert_string_equal(text_of(f->r.end, "code"), "no_period");
    assert_string_equal(text_of(f->r.end, "message"),
                        "没有写明是哪个学年的数据。请在文件名中写明（如 2025-2026）后重新报送。");
}

static void other_sheets_are_left_out_and_named(void **state)
{
    struct fixture *f = *state;
    static const char *const form[] = {"序号|类别|填报项目|单位|填报值|是否必填|备注说明",
                                       "=1||学校代码||3301020009|是", "=2||学校名称||江北小学|是",
                                       "=3||小学学生人数|人|=500|是"};
    static const char *const notes[] = {"指标名称|计算公式|达标标准",
                                        "每百名学生拥有县级以上骨干教师数|(骨干教师数÷学生数)*100|≥1"};
    int fd;
    lxw_workbook *w = workbook_in_memory(&fd);
    workbook_rows(workbook_add_worksheet(w, "学校填报数据"), 0, form, ARRAY_SIZE(form));
    workbook_rows(workbook_add_worksheet(w, "指标计算说明"), 0, notes, ARRAY_SIZE(notes));
    lxw_worksheet *hidden = workbook_add_worksheet(w, "旧数据");
    workbook_rows(hidden, 0, form, ARRAY_SIZE(form));
    worksheet_hide(hidden);
    read_book(f, "2025-2026.xlsx", w, fd);
    json_t *sheets = json_object_get(f->r.end, "sheets");
    assert_int_equal(json_array_size(sheets), 3);
    assert_true(json_is_true(json_object_get(json_array_get(sheets, 0), "used")));
    assert_false(json_is_true(json_object_get(json_array_get(sheets, 1), "used")));
    assert_string_equal(text_of(json_array_get(sheets, 2), "why"), "隐藏的工作表，不读取。");
    assert_int_equal(json_array_size(f->r.rows), 1);
    assert_null(reading_error(&f->r, "sheet_left_out", 0));
}

#define II_2_HEAD                                                                                                                                                                                                         \
    "序 号,学校名称,举办者 类型,在校生数,年级数,班级数,每百名学生拥有高于规定学历教师数,每百名学生拥有县级及以上骨干教师数,\"每百名学生拥有体育、艺术 " \
    "(美术、音乐)专任教师数\",生均教学及辅助用 房面积（ ㎡）,生均体育运动场馆面积（㎡）,生均教学仪器设备值(元),每百名学生拥有网络多媒体 教室数,"            \
    "该校综合评估是否达标,\"备注（注 明有哪几项指标达标，哪几项指标达    到 85%）\"\n"                                                                                                    \
    "L1,L2,L3,L4,L5,L6,L7,L8,L9,L10,L11,L12,L13,L14,\n"

static void ratios_come_per_stage_and_school(void **state)
{
    struct fixture *f = *state;
    read_text(f, "表2-2_2025-2026.csv",
              "表Ⅱ-2  小学、初中资源配置基本情况（分学校）,,,,,,,,,,,,,,\n" II_2_HEAD
              "1,江北小学,7,500,6,12,4.3,1.2,1.0,4.6,7.6,2100,2.4,是,\n"
              "2,月湖学校,7,300,6,8,4.5,1.3,1.1,4.7,7.7,2200,2.5,是,\n"
              "3,小学 3,,,,,,,,,,,,,\n,…,,,,,,,,,,,,,\n"
              "1,南岸中学,10,800,3,16,5.5,1.4,1.2,5.9,10.3,2600,2.6,否,生均面积达到85%\n"
              "2,月湖学校,7,200,3,5,5.6,1.5,1.3,6.0,10.4,2700,2.7,是,\n,…,,,,,,,,,,,,,\n"
              "注： 1.小学学校总数＿＿所,,,,,,,,,,,,,,\n");
    assert_int_equal(json_array_size(f->r.rows), 3);
    assert_true(reading_number(&f->r, "江北小学", "pupils_primary") == 500);
    assert_true(reading_number(&f->r, "江北小学", "ratio_above_degree_teachers_primary") == 4.3);
    assert_true(reading_number(&f->r, "南岸中学", "pupils_junior") == 800);
    assert_true(reading_number(&f->r, "南岸中学", "ratio_equipment_value_junior") == 2600);
    assert_true(json_is_null(json_object_get(reading_row(&f->r, "南岸中学"), "pupils_primary")));
    assert_string_equal(reading_text(&f->r, "南岸中学", "sponsor"), "民办");
    assert_true(reading_number(&f->r, "月湖学校", "pupils_primary") == 300);
    assert_true(reading_number(&f->r, "月湖学校", "ratio_sports_area_junior") == 10.4);
    assert_true(reading_number(&f->r, "月湖学校", "classes_junior") == 5);
    assert_true(json_is_null(json_object_get(reading_row(&f->r, "月湖学校"), "school")));
    assert_string_equal(text_of(json_array_get(f->r.tables, 0), "kind"), "form_ii_2");
    assert_string_equal(text_of(reading_error(&f->r, "ratios_only", 0), "level"), "ask");
    assert_null(reading_error(&f->r, "columns_absent", 0));
    assert_string_equal(text_of(json_object_get(json_array_get(f->r.tables, 0), "layout"), "pupils_junior"),
                        "D");
}

static void the_stage_of_a_block_is_told_or_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *file, *before;
        bool primary, junior;
    } cases[] = {
        {"2025-2026.csv", "", false, false},
        {"2025-2026_小学.csv", "", true, false},
        {"2025-2026_初中.csv", "", false, true},
        {"2025-2026.csv", "初中,,,,,,,,,,,,,,\n", false, true},
        {"2025-2026.csv", "一、小学部,,,,,,,,,,,,,,\n", true, false},
        {"2025-2026_小学和初中.csv", "", false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = str_printf("%s%s1,江北学校,7,500,6,12,4.3,1.2,1.0,4.6,7.6,2100,2.4,是,\n", II_2_HEAD,
                                cases[i].before);
        read_text(f, cases[i].file, text);
        bool stored = cases[i].primary || cases[i].junior;
        assert_int_equal(json_array_size(f->r.rows), stored);
        if (stored)
            assert_true(reading_number(&f->r, "江北学校",
                                       cases[i].primary ? "pupils_primary" : "pupils_junior") == 500);
        else
            assert_non_null(
                strstr(reading_message(&f->r, "stage_unclear"), "请在各段之前单列一行写明“小学”或“初中”。"));
        free(text);
    }
}

static void rows_of_ratios_to_be_corrected_say_their_stage(void **state)
{
    struct fixture *f = *state;
    read_text(
        f, "表2-2_2025-2026.csv",
        II_2_HEAD
        "1,江北小学,7,很多,6,12,4.3,1.2,1.0,4.6,7.6,2100,2.4,是,\n1,南岸中学,7,几百,3,16,5.5,1.4,1.2,5.9,10.3,2600,2.6,否,\n");
    // Header, then each block under its stage, the period behind.
    static const char *const want[] = {"序 号 … 学年", "小学 … 小学", "1 … 2025-2026", "初中 … 初中",
                                       "1 … 2025-2026"};
    assert_int_equal(json_array_size(f->r.bad_rows), ARRAY_SIZE(want));
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        json_t *row = json_array_get(f->r.bad_rows, i), *cells = json_object_get(row, "cells");
        size_t n = json_array_size(cells);
        char *ends = str_printf("%s … %s", json_string_value(json_array_get(cells, 0)),
                                json_string_value(json_array_get(cells, n - 1)));
        assert_string_equal(ends, want[i]);
        assert_int_equal(json_is_null(json_object_get(row, "bad")), i % 2 == 1 || i == 0);
        free(ends);
    }
    assert_string_equal(text_of(reading_error(&f->r, "not_a_number", 0), "level"), "refuse");
    struct buf text = BUF_INIT;
    size_t i, k;
    json_t *row, *cell;
    json_array_foreach(f->r.bad_rows, i, row)
    {
        json_array_foreach(json_object_get(row, "cells"), k, cell)
        {
            bool corrected = strcmp(json_string_value(cell), "几百") == 0;
            buf_addf(&text, "%s\"%s\"", k ? "," : "", corrected ? "800" : json_string_value(cell));
        }
        buf_addc(&text, '\n');
    }
    read_text(f, "改好的.csv", buf_str(&text));
    buf_deinit(&text);
    assert_true(reading_number(&f->r, "南岸中学", "pupils_junior") == 800);
}

// The office's own forms, copied with figures filled in, where they lie beside the sources.
struct copy {
    lxw_workbook *w;
    lxw_worksheet *sheet;
    const char *const *figures; // item, value …
};

static int copy_begin(void *arg, const struct sheet_info *sheet, struct error *err)
{
    struct copy *c = arg;
    (void)err;
    c->sheet = workbook_add_worksheet(c->w, sheet->name);
    return 0;
}

static int copy_row(void *arg, const struct sheet_row *row, struct error *err)
{
    struct copy *c = arg;
    (void)err;
    for (size_t i = 0; i < row->n; i++) {
        worksheet_write_string(c->sheet, row->row - 1, (uint16_t)row->cells[i].col, row->cells[i].text, NULL);
        for (const char *const *v = c->figures; *v; v += 2) {
            if (row->cells[i].col == 2 && strcmp(row->cells[i].text, v[0]) == 0)
                worksheet_write_string(c->sheet, row->row - 1, 4, v[1], NULL);
        }
    }
    return 0;
}

static int copy_end(void *arg, struct error *err)
{
    (void)arg;
    (void)err;
    return 0;
}

static void the_office_form_is_read(void **state)
{
    struct fixture *f = *state;
    static const char *const figures[] = {"学校名称",
                                          "江北小学",
                                          "学校类型",
                                          "小学",
                                          "学校代码",
                                          "3301020009",
                                          "小学学生人数",
                                          "1661",
                                          "专任教师总人数",
                                          "68",
                                          "教学仪器设备资产值（账面原值）",
                                          "333.5",
                                          NULL};
    int form = open(TEST_SOURCE_DIR "/../shared/forms/school_form.xlsx", O_RDONLY | O_CLOEXEC), fd;
    if (form < 0) {
        print_message("left out: the office's forms do not lie beside the sources\n");
        skip();
        return;
    }
    struct copy c = {.figures = figures, .w = workbook_in_memory(&fd)};
    struct sheet_sink sink = {copy_begin, copy_row, copy_end, &c};
    struct file_info info;
    const char *code;
    struct error err;
    assert_int_equal(decode_file(form, &decode_limits_default, &sink, &info, &code, &err), 0);
    close(form);
    read_book(f, "学校填报表2025.xlsx", c.w, fd);
    assert_string_equal(text_of(f->r.end, "state"), "ok");
    assert_true(reading_number(&f->r, "3301020009", "equipment_value") == 3335000);
    assert_string_equal(text_of(json_object_get(json_array_get(f->r.tables, 0), "layout"), "pupils_primary"),
                        "E11");
    // Every item of the form is known, and no junior item is asked of a primary school.
    assert_null(reading_error(&f->r, "header_unknown", 0));
    size_t i;
    json_t *e;
    json_array_foreach(f->r.errors, i, e)
    {
        assert_null(strstr(text_of(e, "message"), "（初中）"));
        assert_string_equal(text_of(e, "level"), "missing");
    }
}

int main(void)
{
    i18n_init("zh_CN");
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_form_is_one_row),
        CASE(what_must_be_filled_in_is_read_by_the_school_type),
        CASE(items_a_form_lacks_are_named),
        CASE(columns_of_a_form_may_stand_in_any_order),
        CASE(faults_of_a_form_name_its_cells),
        CASE(an_empty_form_is_refused_kindly),
        CASE(a_form_without_a_year_says_so),
        CASE(other_sheets_are_left_out_and_named),
        CASE(ratios_come_per_stage_and_school),
        CASE(the_stage_of_a_block_is_told_or_refused),
        CASE(rows_of_ratios_to_be_corrected_say_their_stage),
        CASE(the_office_form_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
