// SPDX-License-Identifier: Apache-2.0
// Which threshold holds: by layer, by day, by stage; and what is refused where.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/paths.h"
#include "conf/standard.h"
#include "conf_fixture.h"

#define FILES_MAX 4

// Each text is a file, later ones are higher layers.
static struct standards *load_texts(const struct folder *f, const char *const *texts)
{
    char *files[FILES_MAX + 1] = {NULL};
    for (size_t i = 0; texts[i]; i++) {
        CLEANUP_FREE char *name = str_printf("%zu.yaml", i);
        files[i] = folder_write(f, name, texts[i]);
    }
    struct standards *s = NULL;
    struct error err = {0};
    if (standards_load((const char *const *)files, &s, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; files[i]; i++)
        free(files[i]);
    return s;
}

static struct indicator area = {.id = "resource.teaching_area", .op = OP_AT_LEAST, .with_floor = true};

static double value_of(const struct standards *s, const struct indicator *ind, enum stage stage, int date)
{
    struct threshold t;
    return standards_threshold(s, ind, stage, date, &t) ? t.value : -1;
}

static void national_thresholds_are_those_of_the_document(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        double primary, junior;
        const char *clause;
    } rows[] = {
        {"resource.above_degree_teachers", 4.2, 5.3, "资源配置第（一）项"},
        {"resource.backbone_teachers", 1, 1, "资源配置第（二）项"},
        {"resource.pe_art_teachers", 0.9, 0.9, "资源配置第（三）项"},
        {"resource.teaching_area", 4.5, 5.8, "资源配置第（四）项"},
        {"resource.sports_area", 7.5, 10.2, "资源配置第（五）项"},
        {"resource.equipment_value", 2000, 2500, "资源配置第（六）项"},
        {"resource.multimedia_rooms", 2.3, 2.4, "资源配置第（七）项"},
        {"resource.sports_area.cv", 0.50, 0.45, "资源配置综合要求"},
        {"resource.multimedia_rooms.cv", 0.50, 0.45, "资源配置综合要求"},
    };
    CLEANUP_FREE char *dir = paths_data("standards");
    CLEANUP_FREE char *path = str_printf("%s/national-2017.yaml", dir);
    const char *const files[] = {path, NULL};
    struct standards *s = NULL;
    struct error err = {0};
    if (standards_load(files, &s, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool cv = strstr(rows[i].id, ".cv") != NULL;
        struct indicator ind = {
            .id = (char *)rows[i].id, .op = cv ? OP_AT_MOST : OP_AT_LEAST, .with_floor = !cv};
        struct threshold t;
        assert_true(standards_threshold(s, &ind, STAGE_JUNIOR, 20250901, &t));
        assert_true(t.value == rows[i].junior);
        assert_true(standards_threshold(s, &ind, STAGE_PRIMARY, 20250901, &t));
        assert_true(t.value == rows[i].primary);
        assert_true(t.floor_ratio == (cv ? 0 : 0.85));
        assert_int_equal(t.op, ind.op);
        assert_string_equal(t.document, "教督〔2017〕6号");
        assert_string_equal(t.clause, rows[i].clause);
        assert_string_equal(t.file, path);
        assert_true(t.line > 10);
    }
    struct indicator mean = {.id = "resource.cv", .op = OP_AT_MOST};
    struct threshold t;
    assert_false(standards_threshold(s, &mean, STAGE_PRIMARY, 20250901, &t)); // published, no test of its own
    assert_true(standards_number(s, "split_weight.junior", 20250901, 0) == 1.1);
    assert_true(standards_number(s, "split_weight.senior", 20250901, 0) == 1.32);
    assert_true(standards_number(s, "teaching_point.min_pupils", 20250901, 0) == 50);
    assert_true(standards_number(s, "no.such", 20250901, 7) == 7);
    standards_free(s);
}

static void a_city_overrides_one_number_and_keeps_the_rest(void **state)
{
    static const char *const texts[] = {
        "document: 国\nthresholds:\n"
        "  - {indicator: resource.teaching_area, primary: 4.5, junior: 5.8, floor: 0.9, clause: 四}\n",
        "document: 省\nthresholds:\n  - {indicator: resource.teaching_area, junior: 6}\n",
        "document: 市\nthresholds:\n  - {indicator: resource.teaching_area, primary: 5, clause: 乙}\n", NULL};
    struct standards *s = load_texts(*state, texts);
    struct threshold t;
    assert_true(standards_threshold(s, &area, STAGE_PRIMARY, 20250901, &t));
    assert_true(t.value == 5);
    assert_true(t.floor_ratio == 0.9);
    assert_string_equal(t.document, "市");
    assert_string_equal(t.clause, "乙");
    assert_non_null(strstr(t.file, "2.yaml"));
    assert_int_equal(t.line, 3);
    assert_true(standards_threshold(s, &area, STAGE_JUNIOR, 20250901, &t));
    assert_true(t.value == 6);
    assert_string_equal(t.document, "省");
    standards_free(s);
}

static void the_day_decides(void **state)
{
    static const char *const texts[] = {
        "document: 国\nissued: 2017-04-19\nthresholds:\n"
        "  - {indicator: resource.teaching_area, value: 4.5}\n"
        "  - {indicator: resource.teaching_area, value: 4, from: 2020-09-01, until: 2023-08-31}\n"
        "  - {indicator: resource.teaching_area, value: 6, from: 2026-09-01}\n",
        NULL};
    static const struct {
        int date;
        double value;
    } cases[] = {{20170418, -1},  {20170419, 4.5}, {20200831, 4.5}, {20200901, 4}, {20230831, 4},
                 {20230901, 4.5}, {20260831, 4.5}, {20260901, 6},   {20400101, 6}};
    struct standards *s = load_texts(*state, texts);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_true(value_of(s, &area, STAGE_PRIMARY, cases[i].date) == cases[i].value);
    standards_free(s);
}

static void an_expired_override_falls_back_to_the_layer_below(void **state)
{
    static const char *const texts[] = {
        "thresholds:\n  - {indicator: resource.teaching_area, value: 4.5}\n",
        "thresholds:\n  - {indicator: resource.teaching_area, value: 9, until: 2025-08-31}\n", NULL};
    struct standards *s = load_texts(*state, texts);
    assert_true(value_of(s, &area, STAGE_PRIMARY, 20250831) == 9);
    assert_true(value_of(s, &area, STAGE_PRIMARY, 20250901) == 4.5);
    standards_free(s);
}

static void the_nearer_entry_of_one_file_wins(void **state)
{
    static const char *const texts[] = {"thresholds:\n"
                                        "  - {indicator: resource.sports_area.cv, junior: 0.3}\n"
                                        "  - {indicator: resource.*.cv, value: 0.5, op: at_most}\n"
                                        "  - {indicator: resource.sports_area.cv, value: 0.4}\n",
                                        NULL};
    struct standards *s = load_texts(*state, texts);
    struct indicator sports = {.id = "resource.sports_area.cv", .op = OP_BELOW},
                     rooms = {.id = "resource.multimedia_rooms.cv", .op = OP_BELOW},
                     deep = {.id = "resource.a.b.cv"};
    struct threshold t;
    assert_true(value_of(s, &sports, STAGE_JUNIOR, 20250901) == 0.3);
    assert_true(value_of(s, &rooms, STAGE_JUNIOR, 20250901) == 0.5);
    assert_true(standards_threshold(s, &sports, STAGE_PRIMARY, 20250901, &t));
    assert_true(t.value == 0.4);
    assert_int_equal(t.op, OP_AT_MOST); // from the pattern below it
    assert_false(standards_threshold(s, &deep, STAGE_PRIMARY, 20250901, &t));
    standards_free(s);
}

static void without_a_standard_the_declared_default_holds(void **state)
{
    static const char *const texts[] = {"settings: []\n", NULL};
    struct indicator_threshold declared[] = {{STAGE_NONE, 3, "办法"}, {STAGE_JUNIOR, 4, NULL}};
    struct indicator ind = {
        .id = "local.x", .op = OP_BELOW, .with_floor = true, .thresholds = declared, .n_thresholds = 2};
    struct standards *s = load_texts(*state, texts);
    struct threshold t;
    assert_true(standards_threshold(s, &ind, STAGE_PRIMARY, 20250901, &t));
    assert_true(t.value == 3);
    assert_string_equal(t.document, "办法");
    assert_string_equal(t.clause, "");
    assert_int_equal(t.op, OP_BELOW);
    assert_true(t.floor_ratio == 0.85);
    assert_true(standards_threshold(s, &ind, STAGE_JUNIOR, 20250901, &t));
    assert_true(t.value == 4);
    assert_string_equal(t.document, "");
    standards_free(s);
}

static void settings_are_layered_and_dated(void **state)
{
    static const char *const texts[] = {
        "settings:\n  - {name: split_weight.junior, value: 1.1}\n",
        "settings:\n  - {name: split_weight.junior, value: 1.2, from: 2026-09-01}\n", NULL};
    struct standards *s = load_texts(*state, texts);
    assert_true(standards_number(s, "split_weight.junior", 20250901, 0) == 1.1);
    assert_true(standards_number(s, "split_weight.junior", 20260901, 0) == 1.2);
    assert_true(standards_number(s, "split_weight", 20260901, 5) == 5);
    standards_free(s);
}

static void the_version_follows_numbers_not_words(void **state)
{
    static const struct {
        const char *text;
        bool same;
    } cases[] = {
        {"# note\ntitle: y\ndocument: 乙\nthresholds:\n  - {indicator: a.b, value: 1.0, clause: 二}\n", true},
        {"thresholds:\n  - {indicator: a.b, value: 1.5}\n", false},
        {"thresholds:\n  - {indicator: a.b, primary: 1}\n", false},
        {"thresholds:\n  - {indicator: a.c, value: 1}\n", false},
        {"thresholds:\n  - {indicator: a.b, value: 1, op: below}\n", false},
        {"thresholds:\n  - {indicator: a.b, value: 1, floor: 0.8}\n", false},
        {"thresholds:\n  - {indicator: a.b, value: 1, until: 2030-01-01}\n", false},
        {"thresholds:\n  - {indicator: a.b, value: 1}\nsettings:\n  - {name: c, value: 1}\n", false},
    };
    const char *const base[] = {"title: x\ndocument: 甲\nthresholds:\n  - {indicator: a.b, value: 1}\n",
                                NULL};
    struct standards *s = load_texts(*state, base);
    assert_int_equal(strspn(standards_version(s), "0123456789abcdef"), 64);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *const texts[] = {cases[i].text, NULL};
        struct standards *other = load_texts(*state, texts);
        assert_int_equal(strcmp(standards_version(s), standards_version(other)) == 0, cases[i].same);
        standards_free(other);
    }
    standards_free(s);
}

static void complaints_are_exact(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"title: x\n", "1:1: neither thresholds: nor settings: stand here"},
        {"thresholds: 4\n", "1:13: thresholds: expected a list, got \"4\""},
        {"thresholds:\n  - {value: 1}\n", "2:5: thresholds: \"indicator\" is missing here"},
        {"thresholds:\n  - {indicator: a.b}\n",
         "2:5: thresholds: expected primary: and junior:, or value: for every stage"},
        {"thresholds:\n  - {indicator: a.b, value: 1, primary: 2}\n",
         "2:22: thresholds.value: either one value, or one for each stage (primary, junior, senior)"},
        {"thresholds:\n  - {indicator: a.b, value: 95%}\n",
         "2:29: thresholds.value: expected a number such as 4.2, got \"95%\""},
        {"thresholds:\n  - {indicator: Area, value: 1}\n",
         "2:17: thresholds.indicator: expected the id of an indicator such as resource.teaching_area, or a pattern such as "
         "resource.*.cv, got \"Area\""},
        {"thresholds:\n  - {indicator: a.b*, value: 1}\n",
         "2:17: thresholds.indicator: expected the id of an indicator such as resource.teaching_area, or a pattern such as "
         "resource.*.cv, got \"a.b*\""},
        {"thresholds:\n  - {indicator: a.b, value: 1, op: more}\n",
         "2:36: thresholds.op: expected one of at_least, at_most, below, got \"more\""},
        {"thresholds:\n  - {indicator: a.b, value: 1, floor: 85}\n",
         "2:39: thresholds.floor: expected a share above 0 and at most 1, such as 0.85, got \"85\""},
        {"thresholds:\n  - {indicator: a.b, value: 1, from: 2020-13-01}\n",
         "2:38: thresholds.from: expected a date such as 2017-04-19, got \"2020-13-01\""},
        {"thresholds:\n  - {indicator: a.b, value: 1, from: 2020-02-01, until: 2020-01-31}\n",
         "2:57: thresholds.until: ends before it begins"},
        {"thresholds:\n  - {indicator: a.b, vaule: 1}\n",
         "2:22: thresholds.vaule: unknown key; did you mean \"value\"?"},
        {"settings:\n  - {name: A b, value: 1}\n",
         "2:12: settings.name: expected the name of a setting such as split_weight.junior, got \"A b\""},
        {"settings:\n  - {name: a}\n", "2:5: settings: \"value\" is missing here"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP_FREE char *path = folder_write(*state, "s.yaml", cases[i].text);
        CLEANUP_FREE char *expected = str_printf("%s:%s", path, cases[i].message);
        const char *const files[] = {path, NULL};
        struct standards *s = NULL;
        struct error err = {0};
        assert_int_equal(standards_load(files, &s, &err), -EINVAL);
        assert_null(s);
        assert_string_equal(err.msg, expected);
    }
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, folder_setup, folder_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(national_thresholds_are_those_of_the_document),
        WITH(a_city_overrides_one_number_and_keeps_the_rest),
        WITH(the_day_decides),
        WITH(an_expired_override_falls_back_to_the_layer_below),
        WITH(the_nearer_entry_of_one_file_wins),
        WITH(without_a_standard_the_declared_default_holds),
        WITH(settings_are_layered_and_dated),
        WITH(the_version_follows_numbers_not_words),
        WITH(complaints_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
