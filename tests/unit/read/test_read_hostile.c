// SPDX-License-Identifier: Apache-2.0
// Whatever stands in a file, the reader ends with WIRE_END and frames that parse.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "reading.h"
#include "read/wire.h"

static const char *const seeds[] = {
    "滨江区2025-2026学年学校资源统计表,,,,\n单位：人/平方米/万元,,,,\n学校代码,学校名称,小学,,教学仪器设备资产值\n,,学生人数,骨干教师数,\n"
    "甲,乙,1,2,3\n3301020009,江北小学,\"1,661\",8,12.34\n合计,,1661,8,\n…,…,,,\n3301020010,月湖学校,500,3,30万元\n注：数据截至9月1日,,,,\n"
    "填报人：张三,,审核人：李四 联系电话：0571-1,,填报日期,2025-10-13\n",
    "序号,类别,填报项目,单位,填报值,是否必填,备注说明\n1,,学校代码,,3301020009,是,\n2,,学校类型,,小学,是,\n3,,小学学生人数,人,500,是,\n"
    "4,,专任教师总人数,人,68,是,\n5,,教学仪器设备资产值（账面原值）,万元,12.34,是,\n",
    "表Ⅱ-2,,,,,,\n序号,学校名称,在校生数,每百名学生拥有高于规定学历教师数,生均教学及辅助用房面积（㎡）,生均体育运动场馆面积（㎡）,生均教学仪器设备值(元)\n"
    "L1,L2,L3,L4,L5,L6,L7\n1,江北小学,500,4.3,1,1,1\n2,月湖学校,300,4,1,1,1\n,…,,,,,\n1,南岸中学,5,5,5,5,5\n2,月湖学校,300,4,1,1,1\n",
};

static const char *const pieces[] = {",",
                                     "\n",
                                     "\"",
                                     "合计",
                                     "小学",
                                     "初中",
                                     "学校代码",
                                     "学年",
                                     "2025-2026",
                                     "填报项目",
                                     "填报值",
                                     "注：",
                                     "…",
                                     "1",
                                     "-",
                                     "1e308",
                                     "9e99999",
                                     "(",
                                     "（万元）",
                                     ")",
                                     "单位：",
                                     "甲",
                                     "L1",
                                     "填报人：",
                                     "\xff",
                                     "\xe5\xb0",
                                     "0x1F",
                                     "NaN",
                                     "inf",
                                     "%",
                                     "１２",
                                     "'",
                                     "\t",
                                     ";",
                                     "\r",
                                     "  ",
                                     "——",
                                     "3.3E+09",
                                     "1,2,3",
                                     "Ⅲ",
                                     "\xf0\xa0\x80\x80",
                                     "\"\"",
                                     "#",
                                     "2026-02-30"};

static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

// A seed with some pieces put in, taken out or doubled.
static void mutate(uint32_t *random, struct buf *out)
{
    const char *seed = seeds[next(random) % ARRAY_SIZE(seeds)];
    size_t len = strlen(seed);
    buf_reset(out);
    unsigned changes = next(random) % 12;
    size_t from = 0;
    for (unsigned i = 0; i < changes && from < len; i++) {
        size_t to = from + next(random) % (len - from);
        buf_add(out, seed + from, to - from);
        const char *piece = pieces[next(random) % ARRAY_SIZE(pieces)];
        switch (next(random) % 3) {
        case 0:
            buf_adds(out, piece);
            break;
        case 1:
            to += next(random) % 20;
            break;
        default:
            for (unsigned k = next(random) % 30; k > 0; k--)
                buf_adds(out, piece);
            to = to > 60 ? to - next(random) % 60 : to;
            break;
        }
        from = to < len ? to : len;
    }
    buf_add(out, seed + from, len - from);
}

static void broken_files_end_in_order(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct read_job job = reading_job("2025-2026.csv");
    struct buf text = BUF_INIT;
    uint32_t random = 20250901;
    for (int i = 0; i < 1500; i++) {
        struct reading r;
        reading_init(&r);
        mutate(&random, &text);
        assert_int_equal(reading_run(&r, c, &job, text.data, text.len), 0);
        json_t *ok = json_object_get(r.end, "rows_ok");
        if (strcmp(json_string_value(json_object_get(r.end, "state")), "ok") == 0)
            assert_int_equal(json_integer_value(ok), json_array_size(r.rows));
        reading_deinit(&r);
    }
    buf_deinit(&text);
    catalog_free(c);
}

static void a_wide_and_deep_sheet_is_left_soon(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct read_job job = reading_job("2025-2026.csv");
    struct reading r;
    struct buf text = BUF_INIT;
    reading_init(&r);
    for (int row = 0; row < 2000; row++) {
        for (int col = 0; col < 800; col++)
            buf_addf(&text, "%s%s", col ? "," : "", row % 7 == col % 7 ? "小学" : "1");
        buf_addc(&text, '\n');
    }
    assert_int_equal(reading_run(&r, c, &job, text.data, text.len), 0);
    assert_string_equal(json_string_value(json_object_get(r.end, "state")), "rejected");
    reading_deinit(&r);
    buf_deinit(&text);
    catalog_free(c);
}

static void many_tables_have_a_limit(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct read_job job = reading_job("2025-2026.csv");
    struct reading r;
    struct buf text = BUF_INIT;
    reading_init(&r);
    for (int i = 0; i < 700; i++)
        buf_addf(&text, "学校代码,学校名称,%s\n%d,甲,5\n",
                 i % 2 ? "小学学生人数,班级总数" : "初中学生人数,班级总数", 1000 + i);
    assert_int_equal(reading_run(&r, c, &job, text.data, text.len), 0);
    assert_int_equal(json_array_size(r.tables), 500);
    assert_string_equal(reading_message(&r, "too_many_tables"), "文件中的表太多，后面的未读取。");
    reading_deinit(&r);
    buf_deinit(&text);
    catalog_free(c);
}

static int fails_at_once(void *arg, const void *frames, size_t len)
{
    (void)frames;
    (void)len;
    ++*(int *)arg;
    return -EPIPE;
}

static void a_receiver_that_leaves_stops_the_reading(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct read_job job = reading_job("2025-2026.csv");
    struct error err;
    int calls = 0, fd = memfd_create("hostile", MFD_CLOEXEC);
    assert_int_equal(frame_write_all(fd, seeds[0], strlen(seeds[0])), 0);
    assert_int_equal(read_file(fd, c, &job, fails_at_once, &calls, &err), -EPIPE);
    assert_int_equal(calls, 1);
    close(fd);
    catalog_free(c);
}

// More frames than are held back: a contradiction then refuses the file as a whole.
static void a_late_contradiction_refuses_a_big_file(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct read_job job = reading_job("2025-2026.csv");
    struct reading r;
    struct buf text = BUF_INIT;
    char long_name[900];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    reading_init(&r);
    buf_adds(&text, "学校代码,学校名称,小学学生人数\n");
    for (int i = 0; i < 12000; i++)
        buf_addf(&text, "%d,%s,5\n", 100000 + i, long_name);
    buf_adds(&text, "100000,甲,6\n");
    assert_int_equal(reading_run(&r, c, &job, text.data, text.len), 0);
    assert_string_equal(json_string_value(json_object_get(r.end, "code")), "contradictions");
    assert_non_null(strstr(json_string_value(json_object_get(r.end, "message")), "全部未入库"));
    assert_non_null(reading_error(&r, "duplicate_differs", 0));
    reading_deinit(&r);
    buf_deinit(&text);
    catalog_free(c);
}

static void complaints_are_counted_beyond_their_limit(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct reading r;
    reading_init(&r);
    struct buf text = BUF_INIT;
    buf_adds(&text, "学校代码,学校名称,小学学生人数,专任教师总人数,县级及以上骨干教师数\n");
    for (int i = 0; i < 1500; i++)
        buf_addf(&text, "%d,甲,1,1,2\n", 1000 + i);
    struct read_job job = reading_job("2025.csv");
    assert_int_equal(reading_run(&r, c, &job, text.data, text.len), 0);
    assert_int_equal(json_integer_value(json_object_get(r.end, "rows_bad")), 1500);
    assert_non_null(reading_error(&r, "sum_exceeds", 1000));
    assert_null(reading_error(&r, "sum_exceeds", 1001));
    const char *last = json_string_value(json_object_get(reading_error(&r, "sum_exceeds", 1000), "message"));
    assert_string_equal(last, "另有 500 处同类问题（sum_exceeds），未逐条列出。");
    buf_deinit(&text);
    reading_deinit(&r);
    catalog_free(c);
}

static void many_rows_go_out_in_batches(void **state)
{
    (void)state;
    struct catalog *c = reading_catalog();
    struct reading r;
    reading_init(&r);
    struct buf text = BUF_INIT;
    buf_adds(&text, "学校代码,学校名称,小学学生人数,学年,备注\n");
    for (int i = 0; i < 20000; i++)
        buf_addf(&text, "%d,第%d小学,%d,2025-2026,%s\n", 100000 + i, i, i, i % 2 ? "" : "没有可说的");
    struct read_job job = reading_job("a.csv");
    assert_int_equal(reading_run(&r, c, &job, text.data, text.len), 0);
    assert_int_equal(json_integer_value(json_object_get(r.end, "rows_ok")), 20000);
    assert_int_equal(json_array_size(r.rows), 20000);
    assert_true(reading_number(&r, "119999", "pupils_primary") == 19999);
    assert_true(r.largest < 256 * 1024);
    assert_true(r.frames > 5 && r.frames < 100);
    buf_deinit(&text);
    reading_deinit(&r);
    catalog_free(c);
}

int main(void)
{
    i18n_init("zh_CN");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_files_end_in_order),
        cmocka_unit_test(a_wide_and_deep_sheet_is_left_soon),
        cmocka_unit_test(many_tables_have_a_limit),
        cmocka_unit_test(complaints_are_counted_beyond_their_limit),
        cmocka_unit_test(many_rows_go_out_in_batches),
        cmocka_unit_test(a_receiver_that_leaves_stops_the_reading),
        cmocka_unit_test(a_late_contradiction_refuses_a_big_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
