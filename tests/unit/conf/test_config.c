// SPDX-License-Identifier: Apache-2.0
// junheng.yaml: defaults, what every key becomes, and each complaint with its exact place.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/paths.h"
#include "conf/config.h"
#include "conf_fixture.h"

static struct config *load_text(const struct folder *f, const char *text)
{
    CLEANUP_FREE char *path = folder_write(f, "junheng.yaml", text);
    struct config *c = NULL;
    struct error err = {0};
    if (config_load(path, &c, &err) < 0)
        fail_msg("%s", err.msg);
    return c;
}

// As in design.md, to the letter.
static const char smallest[] = "state: ./state                 # database, spool, archive, quarantine\n"
                               "sources:\n"
                               "  - name: city\n"
                               "    path: ./drop/city          # made if missing\n"
                               "    counties: all              # or a list of codes; `schools:` likewise\n"
                               "channels:\n"
                               "  - name: office\n"
                               "    type: webhook              # smtp, journal, dingtalk, wecom, feishu\n"
                               "    url: http://127.0.0.1:9000/hook\n"
                               "alerts:\n"
                               "  - notify: [office]\n";

static void is_below(const struct folder *f, const char *path, const char *rest)
{
    CLEANUP_FREE char *expected = str_printf("%s/%s", f->path, rest);
    assert_string_equal(path, expected);
}

static void the_smallest_configuration_loads_with_defaults(void **state)
{
    const struct folder *f = *state;
    struct config *c = load_text(f, smallest);
    is_below(f, c->path, "junheng.yaml");
    is_below(f, c->state, "state");
    is_below(f, c->control_socket, "state/control.sock");
    is_below(f, c->sources[0].path, "drop/city");
    const struct source_config *s = config_source(c, "city");
    assert_true(s->all_counties);
    assert_null(s->counties);
    assert_null(s->schools);
    assert_null(s->datasets);
    assert_null(s->period);
    assert_string_equal(s->school_system, "六三制");
    assert_int_equal(s->settle_ms, 2000);
    const struct channel_config *ch = config_channel(c, "office");
    assert_int_equal(ch->type, CHANNEL_WEBHOOK);
    assert_int_equal(ch->timeout_ms, 30000);
    assert_int_equal(ch->retry_initial_ms, 10000);
    assert_int_equal(ch->retry_max_ms, 3600000);
    assert_int_equal(ch->max_attempts, 0);
    assert_string_equal(c->routes[0].notify[0], "office");
    assert_null(c->routes[0].counties);
    assert_null(c->routes[0].min_severity);
    assert_string_equal(c->language, "zh_CN");
    assert_string_equal(c->timezone, "Asia/Shanghai");
    assert_true(c->all_plugins);
    assert_int_equal(c->rescan_ms, 60000);
    assert_int_equal(c->read_timeout_ms, 120000);
    assert_int_equal(c->max_file_bytes, 2147483648);
    assert_int_equal(c->read_memory_bytes, 512 << 20);
    assert_int_equal(c->digest_above, 5);
    CLEANUP_FREE char *dir = paths_data("standards");
    CLEANUP_FREE char *national = str_printf("%s/national-2017.yaml", dir);
    assert_string_equal(c->standards[0], national);
    assert_null(c->standards[1]);
    config_free(c);
}

static void every_key_is_kept(void **state)
{
    const struct folder *f = *state;
    CLEANUP_FREE char *standard = folder_write(f, "city.yaml", "thresholds: []\n");
    struct config *c = load_text(
        f,
        "state: /var/lib/x/../jh\nlanguage: en\noffice: {name: 某市, phone: '12345'}\ntimezone: Asia/Shanghai\n"
        "sources:\n  - {name: 滨江, path: a, counties: [033010, 330108], schools: [3301020009], datasets: school,\n"
        "     period: 2025-2026, school_system: 五四制, precedence: -3, settle: 500ms}\n"
        "channels:\n  - {name: m, type: smtp, host: mail.x.cn, user: u, password_file: pw, from: a@x.cn, to: [b@x.cn],\n"
        "     tls: implicit, timeout: 5s, retry_initial: 1s, retry_max: 2m, max_attempts: 7, ca_file: /ca.pem}\n"
        "  - {name: w, type: webhook, url: 'https://x.cn/h?k=1', headers: {X-A: b, X-C: d}}\n  - {name: j, type: journal}\n"
        "alerts:\n  - {notify: m, counties: [330108], indicators: [resource], min_severity: orange}\n"
        "counties:\n  - {code: 033010, name: 滨江区}\ndue: {school_resource: 10-20, school: 2025-09-30}\n"
        "plugins: [resource, {name: local, options: {weight: 1.10, name: 甲}}]\nplugin_dir: plug\n"
        "standards: [national-2017, city.yaml]\nrescan: 5m\ndigest_above: 9\ncontrol_socket: c.sock\n"
        "limits: {max_file: 1MiB, read_timeout: 2s, run_timeout: 3s, read_memory: 64MiB, run_memory: 128MiB}\n");
    assert_string_equal(c->state, "/var/lib/jh");
    assert_string_equal(c->office_phone, "12345");
    const struct source_config *s = &c->sources[0];
    assert_string_equal(s->counties[0], "033010");
    assert_string_equal(s->schools[0], "3301020009");
    assert_string_equal(s->datasets[0], "school");
    assert_string_equal(s->school_system, "五四制");
    assert_int_equal(s->precedence, -3);
    assert_int_equal(s->settle_ms, 500);
    const struct channel_config *m = config_channel(c, "m"), *w = config_channel(c, "w");
    assert_int_equal(m->port, 465);
    assert_int_equal(m->tls, TLS_IMPLICIT);
    is_below(f, m->password_file, "pw");
    assert_string_equal(m->ca_file, "/ca.pem");
    assert_int_equal(m->retry_max_ms, 120000);
    assert_string_equal(w->headers[1], "X-C: d");
    assert_int_equal(config_channel(c, "j")->type, CHANNEL_JOURNAL);
    assert_string_equal(c->routes[0].min_severity, "orange");
    assert_string_equal(config_county_name(c, "033010"), "滨江区");
    assert_null(config_county_name(c, "330108"));
    assert_string_equal(c->due[0].dataset, "school_resource");
    assert_string_equal(c->due[1].date, "2025-09-30");
    assert_false(c->all_plugins);
    assert_string_equal(c->plugins[1].option_names[1], "name");
    assert_string_equal(c->plugins[1].option_values[0], "1.10");
    assert_string_equal(c->standards[1], standard);
    is_below(f, c->plugin_dir, "plug");
    is_below(f, c->control_socket, "c.sock");
    assert_int_equal(c->run_memory_bytes, 128 << 20);
    config_free(c);
}

static void the_files_that_are_installed_load_as_they_stand(void **state)
{
    (void)state;
    static const char *const files[] = {"junheng.yaml", "junheng-default.yaml"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        CLEANUP_FREE char *path = str_printf("%s/conf/%s", TEST_SOURCE_DIR, files[i]);
        struct config *c = NULL;
        struct error err = {0};
        if (config_load(path, &c, &err) < 0)
            fail_msg("%s", err.msg);
        config_free(c);
    }
}

#define S "state: s\nsources:\n  - {name: a, path: a, counties: all}\n" // three lines
struct complaint {
    const char *text, *message; // behind "FILE:"
};

static void complains(const struct folder *f, const struct complaint *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP_FREE char *path = folder_write(f, "junheng.yaml", cases[i].text);
        CLEANUP_FREE char *expected = str_printf("%s:%s", path, cases[i].message);
        struct config *c = NULL;
        struct error err = {0};
        assert_true(config_load(path, &c, &err) < 0);
        assert_null(c);
        assert_string_equal(err.msg, expected);
    }
}

static void complaints_about_the_top_level_are_exact(void **state)
{
    static const struct complaint cases[] = {
        {"sources: []\n", "1:1: \"state\" is missing here"},
        {"state: s\n", "1:1: \"sources\" is missing here"},
        {"- a\n", "1:1: expected keys such as state: and sources:, got a list"},
        {"state: s\nsources: []\n",
         "2:10: sources: expected a list of sources, each with name and path, got a list"},
        {S "stat: x\n", "4:1: stat: unknown key; did you mean \"state\"?"},
        {S "rescan: often\n", "4:9: rescan: expected a duration such as 4h, got \"often\""},
        {S "rescan: 10ms\n", "4:9: rescan: expected a duration of at least 1s, got \"10ms\""},
        {S "language: fr\n", "4:11: language: expected one of zh_CN, en, got \"fr\""},
        {S "timezone: Mars/Base\n",
         "4:11: timezone: expected a time zone such as Asia/Shanghai, got \"Mars/Base\""},
        {S "timezone: ../../etc/passwd\n",
         "4:11: timezone: expected a time zone such as Asia/Shanghai, got \"../../etc/passwd\""},
        {S "digest_above: 0\n", "4:15: digest_above: expected a whole number from 1 to 100000, got \"0\""},
        {S "limits: {read_memory: 1MiB}\n",
         "4:23: limits.read_memory: expected a size of at least 64MiB, the least a worker starts in, got \"1MiB\""},
        {S "limits: {max_file: big}\n", "4:20: limits.max_file: expected a size such as 512MiB, got \"big\""},
        {S "counties: [330102]\n", "4:12: counties: expected a block of keys, got \"330102\""},
        {S "counties:\n  - {code: 1, name: a}\n  - {code: 1, name: b}\n",
         "6:12: counties.code: the county 1 stands in the list twice"},
        {S "due: {school: 13-40}\n",
         "4:15: due.school: expected a date such as 10-20 or 2025-10-20, got \"13-40\""},
        {S "due: [school]\n",
         "4:6: due: expected datasets with their dates, such as school_resource: 10-20, got a list"},
        {S "plugins: all\n", "4:10: plugins: expected a list of plugins, got \"all\""},
        {S "plugins: [a, a]\n", "4:14: plugins: the plugin a stands in the list twice"},
        {S "plugins: [{options: {}}]\n", "4:11: plugins: \"name\" is missing here"},
    };
    complains(*state, cases, ARRAY_SIZE(cases));
}

static void complaints_about_sources_are_exact(void **state)
{
    static const struct complaint cases[] = {
        {"state: s\nsources:\n  - {path: a, counties: all}\n", "3:5: sources: \"name\" is missing here"},
        {"state: s\nsources:\n  - {name: a, path: a}\n",
         "3:5: sources: say for whom this source may speak: \"counties: all\", a list of county codes, or \"schools:\" with a "
         "list of school codes"},
        {"state: s\nsources:\n  - {name: a, path: a, schools: all}\n",
         "3:5: sources: say for whom this source may speak: \"counties: all\", a list of county codes, or \"schools:\" with a "
         "list of school codes"},
        {"state: s\nsources:\n  - {name: a/b, path: a, counties: all}\n",
         "3:12: sources.name: expected a name of letters, digits, - and _, at most 64 bytes, got \"a/b\""},
        {"state: s\nsources:\n  - {name: a, path: a, counties: [33, x y]}\n",
         "3:39: sources.counties: expected a code such as 330102, got \"x y\""},
        {"state: s\nsources:\n  - {name: a, path: a, counties: [33, 33]}\n",
         "3:39: sources.counties: \"33\" stands in the list twice"},
        {"state: s\nsources:\n  - {name: a, path: a, counties: []}\n",
         "3:34: sources.counties: expected a list of codes, got a list"},
        {"state: s\nsources:\n  - {name: a, path: a, counties: all, period: 2025/26}\n",
         "3:47: sources.period: expected a period such as 2025-2026, 2025-2026-1, 2026-10 or 2025, got \"2025/26\""},
        {"state: s\nsources:\n  - {name: a, path: a, counties: all, school_system: 六五制}\n",
         "3:54: sources.school_system: expected one of 六三制, 五四制, got \"六五制\""},
        {"state: s\nsources:\n  - {name: a, path: a, counties: all, settle: 2h}\n",
         "3:47: sources.settle: expected a duration of at most 1h, got \"2h\""},
        {S "  - {name: a, path: b, counties: all}\n",
         "4:12: sources.name: another source is called \"a\" already"},
        {S "  - {name: b, path: ./x/../a, counties: all}\n",
         "4:21: sources.path: the source \"a\" watches the same folder"},
        {S "  - {name: b, path: a/in, counties: all}\n",
         "4:21: sources.path: this folder and that of the source \"a\" lie one inside the other"},
        {"state: s\nsources:\n  - {name: a, path: a/in, counties: all}\n  - {name: b, path: a, counties: all}\n",
         "4:21: sources.path: this folder and that of the source \"a\" lie one inside the other"},
    };
    complains(*state, cases, ARRAY_SIZE(cases));
}

static void folders_of_the_daemon_are_no_sources(void **state)
{
    const struct folder *f = *state;
    CLEANUP_FREE char *inside =
        str_printf("3:21: sources.path: the state folder %s/drop/s lies inside this source; its own "
                   "files would be taken for data",
                   f->path);
    CLEANUP_FREE char *same =
        str_printf("3:21: sources.path: the state folder %s/s lies inside this source; its own "
                   "files would be taken for data",
                   f->path);
    CLEANUP_FREE char *own =
        str_printf("3:21: sources.path: this folder belongs to the daemon itself (%s/s/spool); choose "
                   "another",
                   f->path);
    const struct complaint cases[] = {
        {"state: drop/s\nsources:\n  - {name: a, path: drop, counties: all}\n", inside},
        {"state: s\nsources:\n  - {name: a, path: s, counties: all}\n", same},
        {"state: s\nsources:\n  - {name: a, path: s/spool/x, counties: all}\n", own},
    };
    complains(f, cases, ARRAY_SIZE(cases));
    // A drop folder beside the daemon's own, as it is installed, is fine.
    struct config *c = load_text(f, "state: s\nsources:\n  - {name: a, path: s/drop/city, counties: all}\n");
    config_free(c);
}

static void links_do_not_hide_that_two_folders_are_one(void **state)
{
    const struct folder *f = *state;
    CLEANUP_FREE char *real = str_printf("%s/a", f->path), *link = str_printf("%s/l", f->path);
    assert_int_equal(mkdir(real, 0700), 0);
    assert_int_equal(symlink(real, link), 0);
    static const struct complaint cases[] = {
        {S "  - {name: b, path: l, counties: all}\n",
         "4:21: sources.path: the source \"a\" watches the same folder"},
        {S "  - {name: b, path: l/deep/er, counties: all}\n",
         "4:21: sources.path: this folder and that of the source \"a\" lie one inside the other"},
    };
    complains(f, cases, ARRAY_SIZE(cases));
}

#define W "channels:\n  - {name: w, type: webhook, url: 'http://x/h'" // line 5, without the closing bracket
static void complaints_about_channels_are_exact(void **state)
{
    static const struct complaint cases[] = {
        {S "channels:\n  - {name: d, type: dingtalk}\n",
         "5:21: channels.type: expected webhook, smtp or journal, the channel types that this version knows, got "
         "\"dingtalk\""},
        {S "channels:\n  - {name: d}\n", "5:5: channels: \"type\" is missing here"},
        {S "channels:\n  - {name: d, type: webhook}\n",
         "5:5: channels: a channel of type webhook needs \"url\""},
        {S "channels:\n  - {name: d, type: smtp, host: h, from: a@b}\n",
         "5:5: channels: a channel of type smtp needs \"to\""},
        {S "channels:\n  - {name: d, type: journal, url: 'http://x'}\n",
         "5:30: channels.url: a channel of type journal has no such key"},
        {S W ", password: geheim}\n",
         "5:49: channels.password: no secrets in this file, which many may read; write the secret alone into a file that only "
         "junheng reads and name it with password_file"},
        {S W ", user: u}\n", "5:49: channels.user: user and password_file go together"},
        {S W ", headers: {Authorization: Bearer x}}\n",
         "5:74: channels.headers.Authorization: this header would keep a secret in this file; use user and password_file"},
        {S W ", headers: [X]}\n",
         "5:59: channels.headers: expected a header such as \"X-Office: 3301\", got \"X\""},
        {S W ", headers: {X-A: \"a\\r\\nB: c\"}}\n",
         "5:64: channels.headers.X-A: line breaks and control characters have no place here"},
        {S W "}\n  - {name: w, type: journal}\n",
         "6:12: channels.name: another channel is called \"w\" already"},
        {S W ", timeout: 1ms}\n", "5:58: channels.timeout: expected a duration of at least 1s, got \"1ms\""},
        {S W ", retry_max: 1s}\n",
         "5:60: channels.retry_max: retry_initial is at least 100ms and not above retry_max"},
        {S "channels:\n  - {name: d, type: webhook, url: 'ftp://x'}\n",
         "5:35: channels.url: expected an address such as https://example.org/hook, got \"ftp://x\""},
        {S "channels:\n  - {name: d, type: webhook, url: 'https://u:p@x/'}\n",
         "5:35: channels.url: no user or password in the address; use user and password_file"},
        {S "channels:\n  - {name: d, type: smtp, host: h, from: nobody, to: [a@b]}\n",
         "5:42: channels.from: expected a mail address such as office@example.org, got \"nobody\""},
        {S "channels:\n  - {name: d, type: smtp, host: h, from: a@b, to: [a@b, 'c@d, e@f']}\n",
         "5:57: channels.to: expected a mail address such as office@example.org, got \"c@d, e@f\""},
        {S
         "channels:\n  - {name: d, type: smtp, host: h, from: a@b, to: a@b, tls: none, user: u, password_file: p}\n",
         "5:61: channels.tls: the password would travel unencrypted; expected starttls or implicit"},
        {S "channels:\n  - {name: d, type: smtp, host: h, from: a@b, to: a@b, port: 70000}\n",
         "5:62: channels.port: expected a whole number from 1 to 65535, got \"70000\""},
    };
    complains(*state, cases, ARRAY_SIZE(cases));
}

static void a_password_may_stay_within_the_machine(void **state)
{
    struct config *c =
        load_text(*state, S "channels:\n  - {name: d, type: smtp, host: 127.0.0.1, from: a@b, to: a@b, tls: "
                            "none, user: u, password_file: p}\n");
    assert_int_equal(c->channels[0].port, 25);
    config_free(c);
}

static void complaints_about_alerts_are_exact(void **state)
{
    static const struct complaint cases[] = {
        {S W "}\nalerts:\n  - notify: [ww]\n",
         "7:14: alerts.notify: there is no channel \"ww\"; did you mean \"w\"?"},
        {S W "}\nalerts:\n  - notify: [mail]\n",
         "7:14: alerts.notify: there is no channel \"mail\" under channels:"},
        {S W "}\nalerts:\n  - notify: []\n",
         "7:13: alerts.notify: expected the names of channels, got a list"},
        {S W "}\nalerts:\n  - counties: all\n", "7:5: alerts: \"notify\" is missing here"},
        {S W "}\nalerts: {notify: w}\n",
         "6:9: alerts: expected a list such as - notify: [office], got a block of keys"},
        {S W "}\nalerts:\n  - {notify: w, min_severity: pink}\n",
         "7:31: alerts.min_severity: expected one of red, orange, yellow, blue, got \"pink\""},
        {S W "}\nalerts:\n  - {notify: w, repeat: 4h}\n",
         "7:17: alerts.repeat: unknown key; known here: notify, counties, indicators, min_severity"},
    };
    complains(*state, cases, ARRAY_SIZE(cases));
}

static void a_standard_that_is_not_there_is_named(void **state)
{
    const struct folder *f = *state;
    CLEANUP_FREE char *message = str_printf(
        "4:13: standards: cannot read the standard %s/none.yaml: No such file or directory", f->path);
    const struct complaint cases[] = {{S "standards: [./none.yaml]\n", message}};
    complains(f, cases, 1);
}

// A half-written file (an editor, a full disk) is refused with its name, or is a smaller whole; it never
// crashes.
static void every_cut_of_a_file_is_refused_or_read(void **state)
{
    const struct folder *f = *state;
    CLEANUP_FREE char *source = str_printf("%s/conf/junheng.yaml", TEST_SOURCE_DIR);
    char text[16384];
    FILE *in = fopen(source, "r");
    assert_non_null(in);
    size_t len = fread(text, 1, sizeof text - 1, in), refused = 0;
    fclose(in);
    assert_true(len > 4000);
    for (size_t cut = len; cut > 0; cut -= cut < 23 ? cut : 23) {
        text[cut] = '\0';
        CLEANUP_FREE char *path = folder_write(f, "junheng.yaml", text);
        struct config *c = NULL;
        struct error err = {0};
        if (config_load(path, &c, &err) < 0) {
            assert_ptr_equal(strstr(err.msg, path), err.msg);
            refused++;
        }
        config_free(c);
    }
    assert_true(refused > 50);
}

static void a_source_speaks_for_its_own_alone(void **state)
{
    (void)state;
    char *codes[] = {"330102", NULL}, *schools[] = {"3301020009", NULL};
    const struct {
        struct source_config source;
        const char *county, *school;
        bool may;
    } cases[] = {
        {{.all_counties = true}, "330102", "1", true},
        {{.all_counties = true}, NULL, NULL, true},
        {{.counties = codes}, "330102", "1", true},
        {{.counties = codes}, "330108", "1", false},
        {{.counties = codes}, "", "1", false},
        {{.schools = schools}, "330108", "3301020009", true},
        {{.schools = schools}, NULL, "3301020009", true},
        {{.schools = schools}, "330102", "2", false},
        {{.schools = schools}, "330102", NULL, false},
        {{.counties = codes, .schools = schools}, "330102", "3301020009", true},
        {{.counties = codes, .schools = schools}, "330108", "3301020009", false},
        {{.all_counties = true, .schools = schools}, "330108", "2", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(source_may_speak_for(&cases[i].source, cases[i].county, cases[i].school),
                         cases[i].may);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, folder_setup, folder_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_smallest_configuration_loads_with_defaults),
        WITH(every_key_is_kept),
        cmocka_unit_test(the_files_that_are_installed_load_as_they_stand),
        WITH(complaints_about_the_top_level_are_exact),
        WITH(complaints_about_sources_are_exact),
        WITH(folders_of_the_daemon_are_no_sources),
        WITH(links_do_not_hide_that_two_folders_are_one),
        WITH(complaints_about_channels_are_exact),
        WITH(a_password_may_stay_within_the_machine),
        WITH(complaints_about_alerts_are_exact),
        WITH(a_standard_that_is_not_there_is_named),
        WITH(every_cut_of_a_file_is_refused_or_read),
        cmocka_unit_test(a_source_speaks_for_its_own_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
