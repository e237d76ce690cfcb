// SPDX-License-Identifier: Apache-2.0
// The YAML tree: positions, limits, what is refused, and typed values.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/yaml_value.h"

static struct yaml_doc *parse(const char *text)
{
    struct yaml_doc *doc = NULL;
    struct error err = {0};
    if (yaml_parse("f.yaml", text, strlen(text), &doc, &err) < 0)
        fail_msg("%s", err.msg);
    return doc;
}

static void refuses(const char *text, size_t len, const char *message)
{
    struct yaml_doc *doc = NULL;
    struct error err = {0};
    assert_int_equal(yaml_parse("f.yaml", text, len, &doc, &err) < 0, 1);
    assert_null(doc);
    assert_string_equal(err.msg, message);
}

static void every_value_knows_where_it_stands(void **state)
{
    (void)state;
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = parse("# note\na: 1\nlist:\n  - x\n  - {k: v}\n");
    const struct yaml *list = yaml_get(doc->root, "list");
    assert_int_equal(list->n_items, 2);
    assert_int_equal(list->items[0]->line, 4);
    assert_int_equal(list->items[0]->column, 5);
    const struct yaml *k = yaml_get(list->items[1], "k");
    assert_int_equal(k->key_column, 6);
    assert_int_equal(k->column, 9);
    assert_string_equal(k->text, "v");
}

static void codes_keep_the_text_that_was_written(void **state)
{
    (void)state;
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = parse("a: 033010\nb: '1e5'\nc: 0x1F\n");
    assert_string_equal(yaml_get(doc->root, "a")->text, "033010");
    assert_string_equal(yaml_get(doc->root, "b")->text, "1e5");
    assert_string_equal(yaml_get(doc->root, "c")->text, "0x1F");
}

static void says_where_a_file_is_not_yaml(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "f.yaml:1:1: the file is empty"},
        {"# only a note\n", "f.yaml:1:1: the file is empty"},
        {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: \"a\" stands here for the second time; the first is in line 1"},
        {"a:\n\tb: 1\n",
         "f.yaml:2:1: unexpected character: YAML is indented with spaces, never tabs, and texts that begin with a special "
         "sign stand in quotes"},
        {"a: [1, 2\nb: 3\n", "f.yaml:2:2: not valid YAML: did not find expected ',' or ']'"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document (---) begins here; one file holds one"},
        {"a: !!binary xx\n",
         "f.yaml:1:4: tags (!…) are not used here; write the value alone, in quotes if need be"},
        {"a: *b\n", "f.yaml:1:4: an alias without an anchor before it"},
        {"a: &x [1, *x]\n", "f.yaml:1:11: an alias may not stand inside its own anchor"},
        {"a: \"x\\0y\"\n", "f.yaml:1:4: a text may not contain a NUL byte"},
        {"[a, b]: 1\n", "f.yaml:1:1: expected a key"},
        {"a: b: c\n", "f.yaml:1:5: not valid YAML: mapping values are not allowed in this context"},
        {"a: \xc4\xe3\n",
         "f.yaml: byte 4: the file is not UTF-8 text; save it as UTF-8 (invalid leading UTF-8 octet)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        // The byte and its octet differ between versions of libyaml: only how it begins is promised there.
        if (strstr(cases[i].message, "f.yaml: byte")) {
            struct yaml_doc *doc = NULL;
            struct error err = {0};
            assert_true(yaml_parse("f.yaml", cases[i].text, strlen(cases[i].text), &doc, &err) < 0);
            assert_non_null(strstr(err.msg, "the file is not UTF-8 text; save it as UTF-8"));
            continue;
        }
        refuses(cases[i].text, strlen(cases[i].text), cases[i].message);
    }
}

static void aliases_are_copies_that_keep_their_place(void **state)
{
    (void)state;
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = parse("a: &x {k: [1, 2]}\nb: *x\n");
    const struct yaml *b = yaml_get(doc->root, "b");
    assert_string_equal(b->key, "b");
    assert_int_equal(b->key_line, 2);
    assert_int_equal(yaml_get(b, "k")->n_items, 2);
    assert_int_equal(yaml_get(b, "k")->line, 1);
}

static void a_billion_laughs_end_early(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    buf_adds(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        buf_addf(&b, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            buf_addf(&b, "%s*a%d", k ? ", " : "", i - 1);
        buf_adds(&b, "]\n");
    }
    struct yaml_doc *doc = NULL;
    struct error err = {0};
    assert_int_equal(yaml_parse("f.yaml", b.data, b.len, &doc, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "the file is too large: more than 100,000 values, aliases included"));
}

static void depth_and_size_are_bounded(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf deep = BUF_INIT;
    for (int i = 0; i < 40; i++)
        buf_addc(&deep, '[');
    for (int i = 0; i < 40; i++)
        buf_addc(&deep, ']');
    refuses(deep.data, deep.len, "f.yaml:1:33: nested more than 32 levels deep");
    CLEANUP_FREE char *big = mem_alloc((1 << 20) + 1);
    memset(big, '#', (1 << 20) + 1);
    refuses(big, (1 << 20) + 1, "f.yaml: larger than 1 MiB");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct yaml_doc *doc = NULL;
    struct error err = {0};
    assert_int_equal(yaml_load("/nowhere/x.yaml", &doc, &err), -ENOENT);
    assert_string_equal(err.msg, "/nowhere/x.yaml: No such file or directory");
    assert_int_equal(yaml_load("/", &doc, &err), -EINVAL);
    assert_string_equal(err.msg, "/: not a regular file");
}

struct target {
    char *text;
    char **texts;
    bool flag;
    int whole, choice;
    double number;
    int64_t wait_ms, bytes;
};

static const char *const colours[] = {"red", "green", NULL};
static const struct yaml_field fields[] = {
    {YAML_FIELD("text", YAML_TEXT, struct target, text)},
    {YAML_FIELD("texts", YAML_TEXTS, struct target, texts)},
    {YAML_FIELD("flag", YAML_BOOL, struct target, flag)},
    {YAML_FIELD("whole", YAML_INT, struct target, whole), .min = 1, .max = 10},
    {YAML_FIELD("number", YAML_NUMBER, struct target, number)},
    {YAML_FIELD("wait", YAML_DURATION, struct target, wait_ms)},
    {YAML_FIELD("size", YAML_SIZE, struct target, bytes)},
    {YAML_FIELD("colour", YAML_CHOICE, struct target, choice), .names = colours},
    {.key = "alerts"},
};

static int fill(const char *text, struct target *t, struct error *err)
{
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = parse(text);
    return yaml_fill(doc->root, fields, ARRAY_SIZE(fields), t, err);
}

static void fills_every_type(void **state)
{
    (void)state;
    struct target t = {0};
    struct error err = {0};
    assert_int_equal(
        fill("text: 滨江区\ntexts: [a, b]\nflag: 是\nwhole: 10\nnumber: -4.25\nwait: 1.5h\nsize: 512MiB\n"
             "colour: green\n",
             &t, &err),
        0);
    assert_string_equal(t.text, "滨江区");
    assert_string_equal(t.texts[1], "b");
    assert_null(t.texts[2]);
    assert_true(t.flag);
    assert_int_equal(t.whole, 10);
    assert_true(t.number == -4.25);
    assert_int_equal(t.wait_ms, 5400000);
    assert_int_equal(t.bytes, 512 << 20);
    assert_int_equal(t.choice, 1);
    free(t.text);
    texts_free(t.texts);
}

static void complaints_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"wait: often\n", "f.yaml:1:7: wait: expected a duration such as 4h, got \"often\""},
        {"wait: 4\n", "f.yaml:1:7: wait: expected a duration such as 4h, got \"4\""},
        {"wait: -4h\n", "f.yaml:1:7: wait: expected a duration such as 4h, got \"-4h\""},
        {"wait: 99999d\n", "f.yaml:1:7: wait: expected a duration such as 4h, got \"99999d\""},
        {"wait: [1]\n", "f.yaml:1:7: wait: expected a duration such as 4h, got a list"},
        {"size: 3XB\n", "f.yaml:1:7: size: expected a size such as 512MiB, got \"3XB\""},
        {"flag: maybe\n", "f.yaml:1:7: flag: expected true or false, got \"maybe\""},
        {"whole: 11\n", "f.yaml:1:8: whole: expected a whole number from 1 to 10, got \"11\""},
        {"whole: 2.0\n", "f.yaml:1:8: whole: expected a whole number from 1 to 10, got \"2.0\""},
        {"number: 1e300\n", "f.yaml:1:9: number: expected a number such as 4.2, got \"1e300\""},
        {"number: .inf\n", "f.yaml:1:9: number: expected a number such as 4.2, got \".inf\""},
        {"text:\n", "f.yaml:1:6: text: expected a text, got nothing"},
        {"text: {a: 1}\n", "f.yaml:1:7: text: expected a text, got a block of keys"},
        {"texts:\n  - a\n  - {b: c}\n", "f.yaml:3:5: texts: expected a text, got a block of keys"},
        {"colour: blue\n", "f.yaml:1:9: colour: expected one of red, green, got \"blue\""},
        {"colur: red\n", "f.yaml:1:1: colur: unknown key; did you mean \"colour\"?"},
        {"zzzzzzzz: 1\n",
         "f.yaml:1:1: zzzzzzzz: unknown key; known here: text, texts, flag, whole, number, wait, size, "
         "colour, alerts"},
        {"- a\n", "f.yaml:1:1: expected a block of keys, got a list"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct target t = {0};
        struct error err = {0};
        assert_int_equal(fill(cases[i].text, &t, &err), -EINVAL);
        assert_string_equal(err.msg, cases[i].message);
        free(t.text);
        texts_free(t.texts);
    }
}

static void the_path_of_keys_stands_before_a_complaint(void **state)
{
    (void)state;
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = parse("alerts:\n  - repeat: often\n");
    int64_t ms;
    struct error err = {0};
    const struct yaml *n = yaml_get(yaml_get(doc->root, "alerts")->items[0], "repeat");
    assert_int_equal(yaml_duration(n, &ms, &err), -EINVAL);
    assert_string_equal(err.msg, "f.yaml:2:13: alerts.repeat: expected a duration such as 4h, got \"often\"");
}

static void dates_are_days_that_exist(void **state)
{
    (void)state;
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = parse("a: 2024-02-29\nb: 2025-02-29\n");
    int date = 0;
    struct error err = {0};
    assert_int_equal(yaml_date(yaml_get(doc->root, "a"), &date, &err), 0);
    assert_int_equal(date, 20240229);
    assert_int_equal(yaml_date(yaml_get(doc->root, "b"), &date, &err), -EINVAL);
    assert_string_equal(err.msg, "f.yaml:2:4: b: expected a date such as 2017-04-19, got \"2025-02-29\"");
}

// Stands last: the language of the process stays changed.
static void complaints_are_in_chinese_for_the_daemon(void **state)
{
    (void)state;
    i18n_init("zh_CN");
    struct target t = {0};
    struct error err = {0};
    assert_int_equal(fill("wait: often\n", &t, &err), -EINVAL);
    assert_string_equal(err.msg, "f.yaml:1:7: wait: 应为时长，例如 4h，实际为“often”");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_knows_where_it_stands),
        cmocka_unit_test(codes_keep_the_text_that_was_written),
        cmocka_unit_test(says_where_a_file_is_not_yaml),
        cmocka_unit_test(aliases_are_copies_that_keep_their_place),
        cmocka_unit_test(a_billion_laughs_end_early),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(fills_every_type),
        cmocka_unit_test(complaints_are_exact),
        cmocka_unit_test(the_path_of_keys_stands_before_a_complaint),
        cmocka_unit_test(dates_are_days_that_exist),
        cmocka_unit_test(complaints_are_in_chinese_for_the_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
