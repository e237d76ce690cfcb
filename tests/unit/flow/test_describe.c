// SPDX-License-Identifier: Apache-2.0
#include "flow_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "flow/describe.h"
#include "flow/run_output.h"

// A worker that is a shell script: how it ends is what is tested.
static int describe_by(struct flow_fixture *f, const char *script, int64_t timeout_ms, json_t **ret,
                       struct error *err)
{
    CLEANUP_FREE char *path = flow_path(f, "worker");
    CLEANUP_FREE char *text = str_printf("#!/bin/sh\n%s\n", script);
    flow_write(path, text);
    assert_int_equal(chmod(path, 0755), 0);
    return describe_plugin(path, "x.so", timeout_ms, ret, err);
}

static void a_description_comes_back_as_json(void **state)
{
    struct error err;
    json_t *j = NULL;
    assert_int_equal(describe_by(*state, "echo '{\"name\":\"a\"}'", 10000, &j, &err), 0);
    assert_string_equal(json_string_value(json_object_get(j, "name")), "a");
    json_decref(j);
}

static void a_failure_names_how_it_ended_and_what_it_said(void **state)
{
    static const struct {
        const char *script, *message;
    } cases[] = {
        {"echo first >&2; echo 'no symbol junheng_plugin' >&2; exit 65",
         "the plugin cannot be loaded (exit code 65): no symbol junheng_plugin"},
        {"kill -SEGV $$", "the plugin died of signal 11 (Segmentation fault) while describing itself"},
        {"sleep 60", "the plugin did not describe itself in time"},
        {"head -c 5000000 /dev/zero; sleep 60", "the plugin's description is larger than 4 MiB"},
        {"echo '[]'", "the plugin's description is not a JSON object: "},
    };
    i18n_init("en");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err;
        json_t *j = NULL;
        assert_true(describe_by(*state, cases[i].script, i == 2 ? 200 : 10000, &j, &err) < 0);
        assert_string_equal(err.msg, cases[i].message);
    }
}

static void measures_count_only_when_the_run_ended_well(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct {
            char type;
            const char *text;
        } frames[4];
        int r;
        size_t n;
    } cases[] = {
        {"whole",
         {{'M', "[{\"i\":\"a\"},{\"i\":\"b\"}]"}, {'M', "[{\"i\":\"c\"}]"}, {'Z', "{\"measures\":3}"}},
         0,
         3},
        {"nothing measured", {{'Z', "{\"measures\":0}"}}, 0, 0},
        {"no end", {{'M', "[{\"i\":\"a\"}]"}}, -EPROTO, 0},
        {"counted wrongly", {{'M', "[{\"i\":\"a\"}]"}, {'Z', "{\"measures\":2}"}}, -EPROTO, 0},
        {"not JSON", {{'M', "[{]"}, {'Z', "{\"measures\":0}"}}, -EPROTO, 0},
        {"went on", {{'Z', "{\"measures\":0}"}, {'M', "[]"}}, -EPROTO, 0},
        {"unknown frame", {{'Q', "x"}}, -EPROTO, 0},
        {"failed", {{'L', "a line"}, {'X', "{\"message\":\"no such column\"}"}}, -ECANCELED, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(buf_deinit) struct buf b = BUF_INIT;
        struct run_output o;
        struct error err;
        for (size_t k = 0; k < 4 && cases[i].frames[k].type; k++)
            frame_add(&b, (uint8_t)cases[i].frames[k].type, cases[i].frames[k].text,
                      strlen(cases[i].frames[k].text));
        int r = run_output_parse(&b, &o, &err);
        if (r != cases[i].r || json_array_size(o.measures) != cases[i].n)
            fail_msg("%s: %d", cases[i].what, r);
        if (r == -ECANCELED)
            assert_string_equal(err.msg, "no such column");
        run_output_deinit(&o);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_description_comes_back_as_json),
        T(a_failure_names_how_it_ended_and_what_it_said),
        T(measures_count_only_when_the_run_ended_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
