// SPDX-License-Identifier: Apache-2.0
// junheng-run with plugins that misbehave: each costs its run and nothing else, and says so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "runner.h"
#include "sandbox/sandbox.h"

static struct world world;

static void add_result(const char *period, const char *county, const char *indicator, int verdict,
                       double value)
{
    char *sql = sqlite3_mprintf(
        "INSERT OR IGNORE INTO code(text) VALUES (%Q), (%Q), (%Q), ('3301020001'); "
        "INSERT INTO result(period, county, indicator, stage, entity, verdict, value, numerator, denominator, estimated, "
        "provisional, flags, state, run, judged_at) SELECT p.id, c.id, i.id, 1, e.id, %d, %f, 1, 1, %d, 0, 0, 0, 1, 1 "
        "FROM code p, code c, code i, code e WHERE p.text = %Q AND c.text = %Q AND i.text = %Q AND e.text = '3301020001'",
        period, county, indicator, verdict, value, verdict != 0, period, county, indicator);
    char *message = NULL;
    if (sqlite3_exec(world.db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_free(sql);
}

static int make_world(void **state)
{
    (void)state;
    world_init(&world);
    world_add(&world, "school_resource", "school=3301020001 pupils_primary=500");
    world_add(&world, "school_resource", "school=3301020002 pupils_primary=300");
    world_add(&world, "school_resource", "_county=330103 school=3301030001 pupils_primary=200");
    world_add(&world, "school_resource", "_period=2024-2025 school=3301020001 pupils_primary=480");
    world_add(&world, "school_resource", "_county= school=7 pupils_primary=10");
    world_add(&world, "school", "school=3301020001 school_type=小学");
    add_result("2023-2024", "330102", "local.x", 2, 4);
    add_result("2024-2025", "330102", "local.x", 2, 4.5);
    add_result("2025-2026", "330102", "local.x", 0, 5);
    add_result("2025-2026", "330103", "local.x", 0, 6);
    add_result("2025-2026", "330102", "local.y", 0, 7);
    return 0;
}

static int drop_world(void **state)
{
    (void)state;
    world_deinit(&world);
    return 0;
}

static void run_fixture(const char *name, const char *more, struct outcome *o)
{
    CLEANUP_FREE char *path = fixture_path(name);
    CLEANUP_FREE char *job = world_job(&world, more);
    run_job(path, job, o);
}

static void run_what(const char *name, const char *what, struct outcome *o)
{
    json_t *j = json_pack("{s:{s:s}, s:{s:i, s:i}}", "options", "what", what, "limits", "memory_bytes",
                          1 << 28, "cpu_s", 1);
    CLEANUP_FREE char *more = json_dumps(j, 0);
    json_decref(j);
    run_fixture(name, more, o);
}

static bool with_seccomp(void)
{
    struct sandbox_support have;
    sandbox_support(&have);
    return have.seccomp && !have.sanitizer;
}

static void contains(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static void ended_well(const struct outcome *o)
{
    if (o->failure)
        fail_msg("%s", o->failure);
    if (!WIFEXITED(o->status) || WEXITSTATUS(o->status) != 0)
        fail_msg("status %#x: %s", (unsigned)o->status, o->err);
    assert_int_equal(o->ended, json_array_size(o->measures));
}

static void a_good_plugin_measures_its_scopes(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_fixture("good", NULL, &o);
    ended_well(&o);
    assert_int_equal(o.ended, 2);
    const json_t *m = find_measure(&o, "x", "3301020002", "primary");
    CLEANUP_FREE char *text = json_dumps(m, JSON_SORT_KEYS | JSON_COMPACT);
    assert_string_equal(
        text, "{\"c\":\"330102\",\"d\":1,\"e\":\"3301020002\",\"flags\":0,\"i\":\"local.x\",\"missing\":null,"
              "\"n\":300,\"note\":null,\"p\":\"2025-2026\",\"pupils\":null,\"s\":\"primary\",\"state\":0}");
}

static void what_a_plugin_prints_goes_to_the_log(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_fixture("chatter", NULL, &o);
    ended_well(&o);
    assert_int_equal(o.ended, 1);
    contains(o.err, "rubbish 1");
    assert_string_equal(json_string_value(json_object_get(json_array_get(o.measures, 0), "note")),
                        "引号\" 反斜杠\\ 换行\n");
    CLEANUP(outcome_deinit) struct outcome d;
    CLEANUP_FREE char *path = fixture_path("chatter");
    run_describe(path, &d);
    json_t *j = json_loads(d.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(j, "name")), "fixture");
    assert_int_equal(strlen(json_string_value(json_object_get(j, "sha256"))), 64);
    json_decref(j);
    contains(d.err, "[9,9]");
}

static void nonsense_ends_the_run_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *what, *message;
    } cases[] = {
        {"nan", "a measure of `local.x` (entity 1) that is not a number; emit JH_NO_DATA"},
        {"infinity", "that is not a number"},
        {"unknown", "a measure of `local.unknown`, which the plugin does not declare"},
        {"rule", "`local.rule`, which is a rule"},
        {"stage", "for stage 2, which the indicator does not declare"},
        {"no-stage", "`local.plain` for stage 1"},
        {"scope", "period 2025-2026, county 999999, which this run was not asked for"},
        {"entity", "a measure without `entity`"},
        {"long", "`entity` is longer than 128 bytes"},
        {"state", "whose `state` or `flags` this junheng does not know"},
        {"size", "whose `size` is 8; set it to sizeof(struct jh_measure)"},
        {"utf8", "a text that is not UTF-8"},
        {"note", "longer than 2000 bytes"},
        {"null", "a measure that is NULL"},
        {"fail", "compute returned 3"},
        {"option", "option `nothing` was asked for"},
        {"column", "column 1 was read of 1: SELECT 1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        run_what("misbehave", cases[i].what, &o);
        contains(o.failure, cases[i].message);
        assert_true(WIFEXITED(o.status) && WEXITSTATUS(o.status) == EX_SOFTWARE);
        assert_int_equal(o.ended, -1);
    }
}

static void a_measure_without_a_denominator_is_no_data(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_what("misbehave", "zero", &o);
    ended_well(&o);
    const json_t *m = find_measure(&o, "x", "1", "primary");
    assert_int_equal(json_integer_value(json_object_get(m, "state")), 1);
    contains(json_string_value(json_object_get(m, "note")), "the denominator is not above 0");
}

static void rows_of_an_unknown_county_are_a_scope_of_their_own(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_fixture("good", "{\"scopes\": [{\"period\": \"2025-2026\", \"county\": \"\"}]}", &o);
    ended_well(&o);
    assert_int_equal(o.ended, 1);
    assert_non_null(find_measure(&o, "x", "7", "primary"));
}

static void offsets_add_periods_and_indicators_their_results(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_fixture("history", NULL, &o);
    ended_well(&o);
    assert_string_equal(
        o.log,
        "2024-2025 3301020001 480\n2025-2026 3301020001 500\n2025-2026 3301020002 300\n"
        "2024-2025 local.x 3301020001 primary fail 4.5 1\n2025-2026 local.x 3301020001 primary pass 5 0\n"
        "2024-2025 local.weight 1.5\n2025-2026 local.weight 1.5\n");
}

static void settings_are_those_of_the_job_for_their_period_else_as_declared(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_fixture("history",
                "{\"settings\": [{\"period\": \"2024-2025\", \"name\": \"local.weight\", \"value\": 2}]}",
                &o);
    ended_well(&o);
    contains(o.log, "\n2024-2025 local.weight 2\n2025-2026 local.weight 1.5\n");
}

static void settings_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *more, *message;
    } cases[] = {
        {"{\"settings\": {}}", "job: \"settings\" must be a list"},
        {"{\"settings\": [{\"period\": \"2025-2026\", \"name\": \"local.weight\"}]}",
         "job: setting 0 must have \"period\", \"name\" and a number \"value\""},
        {"{\"settings\": [{\"period\": \"2025-2026\", \"name\": \"local.height\", \"value\": 1}]}",
         "job: the plugin declares no setting \"local.height\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        run_fixture("history", cases[i].more, &o);
        contains(o.failure, cases[i].message);
        assert_int_equal(o.ended, -1);
    }
}

static void a_failing_compute_leaves_its_reason_in_the_log(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_what("misbehave", "fail", &o);
    assert_string_equal(o.log, "the reason\n");
}

static void many_measures_come_in_batches(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_what("misbehave", "many", &o);
    ended_well(&o);
    assert_int_equal(o.ended, 1201);
}

static void a_crash_an_endless_loop_and_hunger_end_in_death(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome crash;
    run_what("misbehave", "crash", &crash);
    assert_false(WIFEXITED(crash.status) && WEXITSTATUS(crash.status) == 0);
    assert_int_equal(crash.ended, -1);
    CLEANUP(outcome_deinit) struct outcome spin;
    run_what("misbehave", "spin", &spin);
    assert_true(WIFSIGNALED(spin.status));
    assert_int_equal(WTERMSIG(spin.status), SIGXCPU);
    CLEANUP(outcome_deinit) struct outcome ctor;
    run_fixture("ctor_crash", NULL, &ctor);
    assert_true(WIFSIGNALED(ctor.status));
    if (!with_seccomp())
        return; // AddressSanitizer and a memory limit exclude each other
    CLEANUP(outcome_deinit) struct outcome eat;
    run_what("misbehave", "eat", &eat);
    assert_true(WIFSIGNALED(eat.status));
    assert_int_equal(eat.ended, -1);
}

static void an_endless_statement_ends_with_its_text(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    // Two seconds: the kernel counts processor time in ticks, and on a busy machine counts too many.
    run_fixture(
        "sql",
        "{\"limits\": {\"cpu_s\": 2}, \"options\": {\"what\": \"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
        "i + 1 FROM n) SELECT max(i) FROM n\"}}",
        &o);
    contains(o.failure, "the time limit of 2 s was reached in: WITH RECURSIVE");
}

static void statements_see_the_declared_inputs_only(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *log, *failure;
    } cases[] = {
        {"SELECT sum(pupils_primary) FROM school_resource", "800\n", NULL},
        {"SELECT period || county FROM scopes", "2025-2026330102\n", NULL},
        {"SELECT count(*) FROM school_resource r JOIN scopes s ON s.county = r.county AND s.period = r.period",
         "2\n", NULL},
        {"WITH t AS MATERIALIZED (SELECT school FROM school_resource) SELECT max(school) FROM t",
         "3301020002\n", NULL},
        {"SELECT school FROM school_resource;  ", "3301020001\n3301020002\n", NULL},
        {"SELECT school_year FROM school_resource LIMIT 1", "2025-2026\n", NULL},
        {"SELECT school FROM school", NULL, "no such table: school"},
        {"SELECT * FROM d_school", NULL,
         "table d_school may not be used: a plugin reads its declared inputs, `scopes` and `settings`"},
        {"SELECT * FROM main.d_school_resource", NULL, "table d_school_resource may not be used"},
        {"SELECT file FROM submission", NULL, "table submission may not be used"},
        {"SELECT text FROM code", NULL, "table code may not be used"},
        {"SELECT sql FROM sqlite_schema", NULL, "may not be used"},
        {"SELECT sql FROM sqlite_temp_schema", NULL, "may not be used"},
        {"SELECT count(*) FROM settings", "0\n", NULL},
        {"SELECT count(*) FROM school_resource", "2\n", NULL},
        {"SELECT count(*) FROM d_school_resource", NULL, "table d_school_resource may not be used"},
        {"SELECT count(*) FROM code", NULL, "table code may not be used"},
        {"UPDATE settings SET value = 1", NULL, "a statement that is no SELECT may not be used"},
        {"INSERT INTO scopes VALUES ('a', 'b')", NULL, "a statement that is no SELECT may not be used"},
        {"DELETE FROM main.submission", NULL, "may not be used"},
        {"CREATE TEMP TABLE t(x)", NULL, "may not be used"},
        {"ATTACH ':memory:' AS x", NULL, "ATTACH may not be used"},
        {"PRAGMA journal_mode = DELETE", NULL, "PRAGMA journal_mode may not be used"},
        {"SELECT * FROM pragma_table_info('submission')", NULL, "may not be used"},
        {"SELECT load_extension('x')", NULL, "function load_extension may not be used"},
        {"COMMIT", NULL, "may not be used"},
        {"SELECT 1; SELECT 2", NULL, "a query is exactly one statement"},
        {"", NULL, "a query is exactly one statement"},
        {"SELEC 1", NULL, "syntax error: SELEC 1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        run_what("sql", cases[i].sql, &o);
        if (cases[i].failure)
            contains(o.failure, cases[i].failure);
        else
            ended_well(&o);
        if (cases[i].log)
            assert_string_equal(o.log, cases[i].log);
    }
}

static void a_plugin_reaches_nothing_outside(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool in_state; // the path is within the state folder
        bool may;
        bool makes; // something new
    } cases[] = {
        {"write ", true, false, true},
        {"append ", true, false, false},
        {"unlink ", true, false, false},
        {"mkdir ", true, false, true},
        {"read ", true, true, false},
        {"read /etc/passwd", false, false, false},
        {"write /tmp/junheng-was-here", false, false, false},
        {"read /proc/1/environ", false, false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        const char *file = cases[i].makes ? "/written" : "/junheng.db";
        CLEANUP_FREE char *what = str_printf("%s%s%s", cases[i].what, cases[i].in_state ? world.dir : "",
                                             cases[i].in_state ? file : "");
        run_what("reach", what, &o);
        if (strcmp(o.log, cases[i].may ? "done\n" : "Permission denied\n") != 0)
            fail_msg("%s: %s (status %#x)", what, o.log, (unsigned)o.status);
    }
    CLEANUP_FREE char *written = str_printf("%s/written", world.dir);
    assert_int_equal(access(written, F_OK), -1);
    assert_int_equal(access(world.db_path, F_OK), 0);
}

static void a_plugin_that_opens_sockets_or_processes_is_killed(void **state)
{
    (void)state;
    static const char *const what[] = {"socket", "fork", "exec", "kill"};
    if (!with_seccomp()) {
        print_message("left out: no system call filter here (AddressSanitizer or an old kernel)\n");
        skip();
    }
    for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        run_what("reach", what[i], &o);
        assert_true(WIFSIGNALED(o.status));
        assert_int_equal(WTERMSIG(o.status), SIGSYS);
        assert_int_equal(o.ended, -1);
    }
}

static void a_plugin_may_read_what_lies_beside_it(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    CLEANUP_FREE char *path = fixture_path("good");
    CLEANUP_FREE char *what = str_printf("read %s", path);
    run_what("reach", what, &o);
    assert_string_equal(o.log, "done\n");
}

static void constructors_run_inside_the_sandbox(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    CLEANUP_FREE char *path = fixture_path("ctor_writes");
    run_describe(path, &o);
    contains(o.err, "constructor: refused");
    assert_int_equal(access("/tmp/junheng-constructor-was-here", F_OK), -1);
}

static void a_job_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *more, *message;
    } cases[] = {
        {"{\"db\": \"junheng.db\"}", "job: \"db\" must be an absolute path"},
        {"{\"db\": \"/not/there.db\"}", "/not/there.db: unable to open database file"},
        {"{\"scopes\": []}", "job: \"scopes\" must be a list"},
        {"{\"scopes\": [{\"period\": \"2025-2026\"}]}", "scope 0 must have \"period\" and \"county\""},
        {"{\"limits\": {\"cpu_s\": -1}}", "limits.cpu_s must be an integer"},
        {"{\"datasets\": []}",
         "the plugin reads dataset `school_resource`, which this junheng does not know"},
        {"{\"datasets\": [{\"id\": \"school_resource\", \"columns\": [{\"id\": \"a b\"}]}]}",
         "a column whose id is no id"},
        {"{\"options\": {\"nothing\": \"1\"}}", "plugin fixture has no option `nothing`"},
        {"{\"options\": {\"what\": []}}", "option what: expected a text or a number"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        run_fixture("good", cases[i].more, &o);
        contains(o.failure, cases[i].message);
        assert_true(WIFEXITED(o.status) && WEXITSTATUS(o.status) != 0);
    }
    CLEANUP(outcome_deinit) struct outcome o;
    CLEANUP_FREE char *path = fixture_path("good");
    run_job(path, "{\"db\":}", &o);
    contains(o.failure, "job: ");
}

static void unknown_scopes_have_no_rows(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    run_fixture("good", "{\"scopes\": [{\"period\": \"2031-2032\", \"county\": \"'; DROP TABLE code; --\"}]}",
                &o);
    ended_well(&o);
    assert_int_equal(o.ended, 0);
}

// The writer moves pupils from one school to the other, so that any committed state adds up to the same.
static int write_until_told(int stop)
{
    sqlite3 *db;
    if (sqlite3_open(world.db_path, &db) != SQLITE_OK)
        return 1;
    (void)sqlite3_busy_timeout(db, 5000);
    (void)fcntl(stop, F_SETFL, O_NONBLOCK);
    char c;
    for (int i = 1; read(stop, &c, 1) != 0; i++) {
        CLEANUP_FREE char *sql = str_printf(
            "BEGIN IMMEDIATE; UPDATE d_school_resource SET pupils_primary = 500 - %d WHERE school = (SELECT id FROM code "
            "WHERE text = '3301020001') AND _period = (SELECT id FROM code WHERE text = '2025-2026'); UPDATE d_school_resource SET pupils_primary = "
            "300 + %d WHERE school = (SELECT id FROM code WHERE text = '3301020002'); COMMIT;%s",
            i % 300, i % 300, i % 50 ? "" : "PRAGMA wal_checkpoint(TRUNCATE)");
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
            fprintf(stderr, "writer: %s\n", sqlite3_errmsg(db));
            return 1;
        }
    }
    return sqlite3_close(db) != SQLITE_OK;
}

static void a_run_sees_one_committed_state_and_does_not_hold_up_the_writer(void **state)
{
    (void)state;
    int stop[2], status;
    assert_int_equal(pipe(stop), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        (void)close(stop[1]);
        _exit(write_until_told(stop[0]));
    }
    (void)close(stop[0]);
    for (int i = 0; i < 40; i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        run_what("sql", "SELECT CAST(sum(pupils_primary) AS INTEGER) FROM school_resource", &o);
        ended_well(&o);
        assert_string_equal(o.log, "800\n");
    }
    (void)close(stop[1]);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_plugin_measures_its_scopes),
        cmocka_unit_test(what_a_plugin_prints_goes_to_the_log),
        cmocka_unit_test(nonsense_ends_the_run_with_a_sentence),
        cmocka_unit_test(a_measure_without_a_denominator_is_no_data),
        cmocka_unit_test(rows_of_an_unknown_county_are_a_scope_of_their_own),
        cmocka_unit_test(offsets_add_periods_and_indicators_their_results),
        cmocka_unit_test(settings_are_those_of_the_job_for_their_period_else_as_declared),
        cmocka_unit_test(settings_that_make_no_sense_are_refused),
        cmocka_unit_test(a_failing_compute_leaves_its_reason_in_the_log),
        cmocka_unit_test(many_measures_come_in_batches),
        cmocka_unit_test(a_crash_an_endless_loop_and_hunger_end_in_death),
        cmocka_unit_test(an_endless_statement_ends_with_its_text),
        cmocka_unit_test(statements_see_the_declared_inputs_only),
        cmocka_unit_test(a_plugin_reaches_nothing_outside),
        cmocka_unit_test(a_plugin_that_opens_sockets_or_processes_is_killed),
        cmocka_unit_test(a_plugin_may_read_what_lies_beside_it),
        cmocka_unit_test(constructors_run_inside_the_sandbox),
        cmocka_unit_test(a_job_that_makes_no_sense_is_refused),
        cmocka_unit_test(unknown_scopes_have_no_rows),
        cmocka_unit_test(a_run_sees_one_committed_state_and_does_not_hold_up_the_writer),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
