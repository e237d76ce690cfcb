// SPDX-License-Identifier: Apache-2.0
// Which numbers a plugin is given for which period, and when that differs from what it was given.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "conf/setting.h"
#include "conf_fixture.h"

#define NATIONAL                                                                                             \
    "settings:\n  - {name: weight.junior, value: 1.1}\n  - {name: school_rule.pass_min, value: 6}\n"

static int year_before[] = {-1};
static struct plugin_input this_year[] = {{.dataset = (char *)"school"}};
static struct plugin_input looking_back[] = {
    {.dataset = (char *)"school"}, {.dataset = (char *)"school", .offsets = year_before, .n_offsets = 1}};
static struct plugin_setting settings[] = {{(char *)"weight.junior", NULL, 1.05},
                                           {(char *)"weight.senior", NULL, 1.3}};
static const struct plugin_info plugin = {
    .inputs = this_year, .n_inputs = 1, .settings = settings, .n_settings = 2};
static const struct plugin_info trend = {
    .inputs = looking_back, .n_inputs = 2, .settings = settings, .n_settings = 2};
static const struct plugin_info without = {.inputs = this_year, .n_inputs = 1};

static struct standards *load(const struct folder *f, const char *national, const char *city)
{
    CLEANUP_FREE char *a = folder_write(f, "a.yaml", national);
    CLEANUP_FREE char *b = city ? folder_write(f, "b.yaml", city) : NULL;
    const char *const files[] = {a, b, NULL};
    struct standards *s = NULL;
    struct error err = {0};
    if (standards_load(files, &s, &err) < 0)
        fail_msg("%s", err.msg);
    return s;
}

static void a_run_is_given_what_holds_in_each_period_in_reach(void **state)
{
    struct standards *s =
        load(*state, NATIONAL, "settings:\n  - {name: weight.junior, value: 1.2, from: 2025-09-01}\n");
    static const char *const periods[] = {"2025-2026", "2025-2026", "2024-2025"};
    json_t *list = setting_list(s, &trend, periods, ARRAY_SIZE(periods));
    CLEANUP_FREE char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(6));
    assert_string_equal(text, "[{\"period\":\"2023-2024\",\"name\":\"weight.junior\",\"value\":1.1},"
                              "{\"period\":\"2023-2024\",\"name\":\"weight.senior\",\"value\":1.3},"
                              "{\"period\":\"2024-2025\",\"name\":\"weight.junior\",\"value\":1.1},"
                              "{\"period\":\"2024-2025\",\"name\":\"weight.senior\",\"value\":1.3},"
                              "{\"period\":\"2025-2026\",\"name\":\"weight.junior\",\"value\":1.2},"
                              "{\"period\":\"2025-2026\",\"name\":\"weight.senior\",\"value\":1.3}]");
    json_decref(list);
    standards_free(s);
}

static void without_standards_settings_are_as_declared(void **state)
{
    (void)state;
    assert_true(setting_value(NULL, &settings[0], "2025-2026") == 1.05);
    static const char *const periods[] = {"2025-2026"};
    json_t *none = setting_list(NULL, &without, periods, 1);
    assert_int_equal(json_array_size(none), 0);
    json_decref(none);
    char digest[SETTING_DIGEST_MAX];
    setting_digest(NULL, &without, "2025-2026", digest);
    assert_string_equal(digest, "");
}

static void the_digest_differs_where_a_setting_of_the_plugin_does_and_only_there(void **state)
{
    static const struct {
        const char *city;
        const struct plugin_info *plugin;
        const char *period;
        bool differs;
    } cases[] = {
        {"settings:\n  - {name: weight.junior, value: 1.2, from: 2025-09-01}\n", &plugin, "2025-2026", true},
        {"settings:\n  - {name: weight.junior, value: 1.2, from: 2025-09-01}\n", &plugin, "2024-2025", false},
        {"settings:\n  - {name: weight.junior, value: 1.2, from: 2025-09-01}\n", &plugin, "2026-2027", true},
        {"settings:\n  - {name: weight.junior, value: 1.2, from: 2025-09-01, until: 2026-08-31}\n", &plugin,
         "2026-2027", false},
        {"settings:\n  - {name: weight.junior, value: 1.2, from: 2025-09-01, until: 2026-08-31}\n", &trend,
         "2026-2027", true},
        {"settings:\n  - {name: weight.junior, value: 1.1}\n", &plugin, "2025-2026", false},
        {"settings:\n  - {name: weight.senior, value: 1.4}\n", &plugin, "2025-2026", true},
        {"settings:\n  - {name: school_rule.pass_min, value: 7}\n", &plugin, "2025-2026", false},
        {"thresholds:\n  - {indicator: a.b, value: 7}\n", &plugin, "2025-2026", false},
        {"settings:\n  - {name: weight.junior, value: 1.2}\n", &without, "2025-2026", false},
    };
    struct standards *before = load(*state, NATIONAL, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct standards *after = load(*state, NATIONAL, cases[i].city);
        char a[SETTING_DIGEST_MAX], b[SETTING_DIGEST_MAX];
        setting_digest(before, cases[i].plugin, cases[i].period, a);
        setting_digest(after, cases[i].plugin, cases[i].period, b);
        if ((strcmp(a, b) != 0) != cases[i].differs)
            fail_msg("case %zu: %s and %s", i, a, b);
        standards_free(after);
    }
    standards_free(before);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        WITH(a_run_is_given_what_holds_in_each_period_in_reach),
        cmocka_unit_test(without_standards_settings_are_as_declared),
        WITH(the_digest_differs_where_a_setting_of_the_plugin_does_and_only_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
