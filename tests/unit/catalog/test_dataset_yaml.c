// SPDX-License-Identifier: Apache-2.0
// How a dataset is written, what is refused and where, and its copy through JSON.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/paths.h"
#include "catalog/catalog_json.h"
#include "catalog/dataset.h"
#include "catalog/dataset_yaml.h"
#include "catalog/texts.h"

#define HEAD "id: d\ntitle: 表\nperiod: school_year\ncolumns:\n"
#define KEY "  - {id: school, header: 学校代码, type: text, key: yes}\n"

static struct dataset *parse(const char *text)
{
    struct dataset *d = NULL;
    struct error err = {0};
    if (dataset_parse("d.yaml", text, strlen(text), &d, &err) < 0)
        fail_msg("%s", err.msg);
    return d;
}

static void stage_columns_are_made_from_one_line(void **state)
{
    (void)state;
    CLEANUP(dataset_free_at)
    struct dataset *d =
        parse(HEAD KEY
              "  - {id: classes, header: 班级总数, aliases: [班数], type: integer, unit: 个, by_stage: yes, "
              "stage_header: 班级数, stage_aliases: [班数], owed: always}\n"
              "  - {id: area, header: 面积, type: decimal, unit: 公顷, by_stage: only, owed: stage}\n");
    assert_int_equal(d->n_columns, 6);
    const struct column *c = dataset_column(d, "classes_primary");
    assert_string_equal(c->header, "班级数（小学）");
    assert_string_equal(c->aliases[0], "小学班级数");
    assert_string_equal(c->aliases[1], "班数（小学）");
    assert_string_equal(c->aliases[2], "小学班数");
    assert_int_equal(c->owed, OWED_NO);
    assert_string_equal(c->base, "classes");
    c = dataset_column(d, "area_junior");
    assert_null(c->base);
    assert_int_equal(c->owed, OWED_WHEN);
    assert_int_equal(c->owed_stage, STAGE_JUNIOR);
    assert_string_equal(c->stored_unit, "㎡");
    assert_int_equal(c->unit_shift, 4);
}

static void a_rule_is_read_as_it_is_written(void **state)
{
    (void)state;
    CLEANUP(dataset_free_at)
    struct dataset *d =
        parse(HEAD KEY "  - {id: a, header: 甲, type: integer}\n  - {id: b, header: 乙, type: integer}\n"
                       "checks:\n  - {id: k, rule: a + b >= a + 2.5 + 1, level: ask, only: wide}\n");
    const struct check *k = &d->checks[0];
    assert_int_equal(texts_count(k->left), 2);
    assert_int_equal(texts_count(k->right), 1);
    assert_int_equal(k->op, '>');
    assert_true(k->constant == 3.5);
    assert_string_equal(k->only, "wide");
}

static void complaints_name_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"id: d\ntitle: 表\nperiod: weekly\ncolumns: []\n",
         "d.yaml:3:9: period: expected one of year, school_year, term, month, day, got \"weekly\""},
        {"id: d\nperiod: year\ncolumns: []\n", "d.yaml:1:1: \"title\" is missing here"},
        {HEAD "  - {id: a, header: 甲, type: text}\n", "d.yaml:1:1: no column is marked as key"},
        {HEAD KEY "  - {id: a, header: 甲, type: number}\n",
         "d.yaml:6:30: columns.type: expected one of text, integer, decimal, percent, bool, code, date, time, got "
         "\"number\""},
        {HEAD KEY "  - {id: a, header: 甲, type: text, alias: [乙]}\n",
         "d.yaml:6:36: columns.alias: unknown key; did you mean \"aliases\"?"},
        {HEAD KEY "  - {id: Area, header: 甲, type: text}\n",
         "d.yaml:6:5: columns: id \"Area\": expected small letters, digits and _, a letter first, at most 48"},
        {HEAD KEY "  - {id: group, header: 甲, type: text}\n",
         "d.yaml:6:5: columns: id \"group\" is a word of SQL; choose another, such as group_name"},
        {HEAD KEY "  - {id: school, header: 甲, type: text}\n",
         "d.yaml:6:5: columns: the id \"school\" is used twice"},
        {HEAD KEY "  - {id: a, header: 学校 代码, type: text}\n",
         "d.yaml:6:5: columns: a claims the header \"学校代码\", which school has already"},
        {HEAD KEY "  - {id: a, header: 甲, type: code}\n",
         "d.yaml:6:5: columns: a: a column of type code needs its values"},
        {HEAD KEY "  - {id: a, header: 甲, type: code, values: {是: [对], 对: []}}\n",
         "d.yaml:6:5: columns: a: the value \"对\" stands there twice or is empty"},
        {HEAD KEY "  - {id: a, header: 甲, type: integer, min: 5, max: 1}\n",
         "d.yaml:6:5: columns: a: the smallest value is above the largest"},
        {HEAD KEY "  - {id: a, header: 甲, type: integer, key: yes}\n",
         "d.yaml:6:5: columns: a: a key column is a text, a code or a date"},
        {HEAD KEY "  - {id: a, header: 甲, type: text, owed: {b: x}}\n",
         "d.yaml:6:5: columns: the condition names \"b\", which is no column of d"},
        {HEAD KEY "  - {id: a, header: 甲, type: code, values: {x: }, owed: {a: y}}\n",
         "d.yaml:6:5: columns: the condition asks for a = \"y\", which is not a value of that column"},
        {HEAD KEY "  - {id: a, header: 甲, type: text, owed: sometimes}\n",
         "d.yaml:6:42: columns.owed: expected one of no, always, stage, got \"sometimes\""},
        {HEAD KEY "checks:\n  - {id: k, rule: a <= b, level: ask}\n",
         "d.yaml:7:5: checks: check k: \"a\" is no column of d"},
        {HEAD KEY "  - {id: a, header: 甲, type: integer}\nchecks:\n  - {id: k, rule: a <= 1, level: ask}\n"
                  "  - {id: k, rule: a <= 2, level: ask}\n",
         "d.yaml:9:5: checks: the id \"k\" is used twice"},
        {HEAD KEY "checks:\n  - {id: k, rule: school <= 1, level: ask}\n",
         "d.yaml:7:5: checks: check k: \"school\" is not a number"},
        {HEAD KEY "checks:\n  - {id: k, rule: school < 1, level: ask}\n",
         "d.yaml:7:19: checks.rule: expected a rule such as a + b <= c + 1, got \"school < 1\""},
        {HEAD KEY "checks:\n  - {id: k, rule: school + <= 1, level: ask}\n",
         "d.yaml:7:19: checks.rule: expected a rule such as a + b <= c + 1, got \"school + <= 1\""},
        {HEAD KEY "checks:\n  - {id: k, rule: a <= 1, level: warn}\n",
         "d.yaml:7:34: checks.level: expected one of refuse, ask, got \"warn\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dataset *d = NULL;
        struct error err = {0};
        assert_int_equal(dataset_parse("d.yaml", cases[i].text, strlen(cases[i].text), &d, &err), -EINVAL);
        assert_null(d);
        assert_string_equal(err.msg, cases[i].message);
    }
}

static void the_copy_through_json_is_exact(void **state)
{
    (void)state;
    CLEANUP_FREE char *dir = paths_data("datasets");
    struct catalog *c = NULL, *copy = NULL;
    struct error err = {0};
    assert_int_equal(catalog_load(dir, &c, &err), 0);
    json_t *j = catalog_to_json(c);
    // Through text, as it goes to the reader's process.
    CLEANUP_FREE char *text = json_dumps(j, JSON_COMPACT);
    json_t *again = json_loads(text, 0, NULL);
    assert_int_equal(catalog_from_json(again, &copy, &err), 0);
    json_t *twice = catalog_to_json(copy);
    assert_true(json_equal(j, twice));
    for (size_t i = 0; i < c->n_datasets; i++) {
        char a[17], b[17];
        catalog_dataset_version(c->datasets[i], a);
        catalog_dataset_version(copy->datasets[i], b);
        assert_string_equal(a, b);
    }
    json_decref(j);
    json_decref(again);
    json_decref(twice);
    catalog_free(c);
    catalog_free(copy);
}

static void a_broken_copy_is_refused_with_the_member(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{}", "this is not a catalogue"},
        {"[]", "this is not a catalogue"},
        {"{\"datasets\":1}", "catalogue: \"datasets\": expected an array"},
        {"{\"datasets\":[{\"id\":\"d\"}],\"indicators\":[],\"plugins\":[]}",
         "catalogue: \"title\": expected a text, got nothing"},
        {"{\"datasets\":[{\"id\":\"d\",\"title\":\"x\",\"period\":9}],\"indicators\":[],\"plugins\":[]}",
         "catalogue: \"period\": expected a whole number from 1 to 5"},
        {"{\"datasets\":[],\"indicators\":[{\"id\":5}],\"plugins\":[]}",
         "catalogue: \"id\": expected a text"},
        {"{\"datasets\":[],\"indicators\":[],\"plugins\":[7]}",
         "catalogue: \"name\": expected a text, got nothing"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *j = json_loads(cases[i].text, 0, NULL);
        struct catalog *c = NULL;
        struct error err = {0};
        assert_true(catalog_from_json(j, &c, &err) < 0);
        assert_null(c);
        assert_string_equal(err.msg, cases[i].message);
        json_decref(j);
    }
}

static void the_version_follows_what_decides(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool same;
    } cases[] = {
        {HEAD KEY "  - {id: a, header: 甲, type: integer, help: 说明}\n", true},
        {HEAD KEY "  - {id: a, header: 甲, type: integer, min: 0}\n", false},
        {HEAD KEY "  - {id: a, header: 甲, aliases: [乙], type: integer}\n", false},
        {HEAD KEY "  - {id: a, header: 甲, type: decimal}\n", false},
    };
    CLEANUP(dataset_free_at) struct dataset *d = parse(HEAD KEY "  - {id: a, header: 甲, type: integer}\n");
    char version[17], other[17];
    catalog_dataset_version(d, version);
    assert_int_equal(strspn(version, "0123456789abcdef"), 16);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(dataset_free_at) struct dataset *changed = parse(cases[i].text);
        catalog_dataset_version(changed, other);
        assert_int_equal(strcmp(version, other) == 0, cases[i].same);
    }
}

static void a_folder_of_datasets_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    char dir[] = "/tmp/junheng-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct catalog *c = NULL;
    struct error err = {0};
    assert_int_equal(catalog_load(dir, &c, &err), -ENOENT);
    CLEANUP_FREE char *message = str_printf("%s: no dataset (*.yaml) in this folder", dir);
    assert_string_equal(err.msg, message);
    static const char *const names[] = {"a.yaml", "b.yaml", ".hidden.yaml", "notes.txt"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        CLEANUP_FREE char *path = str_printf("%s/%s", dir, names[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(i < 2 ? HEAD KEY : "not: [read", f) >= 0);
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(catalog_load(dir, &c, &err), -EINVAL);
    CLEANUP_FREE char *twice =
        str_printf("%s/b.yaml:1:1: the dataset \"d\" is declared by another file already", dir);
    assert_string_equal(err.msg, twice);
    assert_null(c);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        CLEANUP_FREE char *path = str_printf("%s/%s", dir, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stage_columns_are_made_from_one_line),
        cmocka_unit_test(a_rule_is_read_as_it_is_written),
        cmocka_unit_test(complaints_name_line_and_column),
        cmocka_unit_test(the_copy_through_json_is_exact),
        cmocka_unit_test(a_broken_copy_is_refused_with_the_member),
        cmocka_unit_test(the_version_follows_what_decides),
        cmocka_unit_test(a_folder_of_datasets_is_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
