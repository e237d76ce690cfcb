// SPDX-License-Identifier: Apache-2.0
// T2 against a real database; alerts are a recorder.
#include "evaluate_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "flow/evaluate.h"
#include "junheng/plugin.h"
#include "notify/alert.h"
#include "store/run.h"
#include "store/sql.h"

#define COUNTY "330102"
#define YEAR "2025-2026"
#define AREA "resource.sports_area"
#define NOW 1760000000000
#define FINDINGS_MAX 40000

struct recorder {
    struct {
        char indicator[64], entity[64];
        enum stage stage;
        enum verdict verdict, before;
        double value;
        bool provisional;
    } * findings;
    size_t n, calls;
    struct alert_context last;
    int fail;
};

// What alert_apply was told; the one seam of these tests.
static struct recorder recorder;

int alert_apply(struct store *s, const struct alert_context *ctx, const struct finding *findings, size_t n,
                struct alert_counts *ret, struct error *err)
{
    assert_true(sqlite3_get_autocommit(store_db(s)) == 0); // within T2
    recorder.calls++;
    recorder.last = *ctx;
    if (recorder.fail)
        return error_set(err, recorder.fail, "the outbox is full");
    for (size_t i = 0; i < n && recorder.n < FINDINGS_MAX; i++, recorder.n++) {
        const struct finding *f = &findings[i];
        assert_true(f->indicator->alerts);
        (void)snprintf(recorder.findings[recorder.n].indicator, 64, "%s", f->indicator->id);
        (void)snprintf(recorder.findings[recorder.n].entity, 64, "%s", f->entity);
        recorder.findings[recorder.n].stage = f->stage;
        recorder.findings[recorder.n].verdict = f->verdict;
        recorder.findings[recorder.n].before = f->verdict_before;
        recorder.findings[recorder.n].value = f->value;
        recorder.findings[recorder.n].provisional = f->provisional;
    }
    *ret = (struct alert_counts){.opened = 1, .resolved = 2, .queued = 3};
    return 0;
}

struct fixture {
    struct plans plans;
    struct config config;
    struct due_config due;
    char dir[64];
    struct store *store;
    json_t *measures;
    struct evaluation_result result;
    struct error err;
    int64_t now;
    const char *version;
};

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    plans_init(&f->plans);
    f->config = (struct config){.timezone = (char *)"Asia/Shanghai"};
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/junheng-evaluate-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    CLEANUP_FREE char *path = str_printf("%s/junheng.db", f->dir);
    assert_int_equal(store_open(&f->store, path, STORE_WRITE, &f->err), 0);
    f->measures = json_array();
    f->now = NOW;
    recorder = (struct recorder){.findings = mem_array(FINDINGS_MAX, sizeof *recorder.findings)};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    (void)store_close(f->store);
    DIR *dir = opendir(f->dir);
    for (struct dirent *e; dir && (e = readdir(dir));)
        (void)unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        (void)closedir(dir);
    (void)rmdir(f->dir);
    json_decref(f->measures);
    plans_deinit(&f->plans);
    free(recorder.findings);
    free(f);
    return 0;
}

static int64_t number(struct fixture *f, const char *sql)
{
    struct sql *q = sql_get(f->store, sql, &f->err);
    if (!q)
        fail_msg("%s", f->err.msg);
    int64_t v = -1;
    assert_int_equal(sql_one_int(q, -1, &v, &f->err), 0);
    return v;
}

static void touch(struct fixture *f, const char *period, const char *county)
{
    assert_int_equal(store_begin(f->store, &f->err), 0);
    assert_int_equal(scope_touch(f->store, "school_resource", period, county, 7, false, f->now, &f->err), 0);
    assert_int_equal(store_commit(f->store, &f->err), 0);
}

static json_t *measure_in(struct fixture *f, const char *period, const char *county, const char *indicator,
                          const char *stage, const char *entity, double n, double d)
{
    json_t *m = json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:i, s:i, s:f, s:n, s:n}", "i", indicator, "e",
                          entity, "s", stage, "p", period, "c", county, "n", n, "d", d, "state", JH_OK,
                          "flags", 0, "pupils", d, "missing", "note");
    json_array_append_new(f->measures, m);
    return m;
}

static json_t *measure(struct fixture *f, const char *entity, double n, double d)
{
    return measure_in(f, YEAR, COUNTY, AREA, "primary", entity, n, d);
}

static void published_example(struct fixture *f)
{
    json_array_clear(f->measures);
    (void)measure(f, "a", 279, 45);
    (void)measure(f, "b", 137, 37);
    (void)measure(f, "c", 935, 89);
    (void)measure(f, "d", 160, 76);
    (void)measure(f, "e", 402, 55);
}

// Lists what is dirty and applies the measures to it.
static int evaluate(struct fixture *f, const struct plugin_info *plugin)
{
    const char *version = f->version ? f->version : f->plans.standards.version;
    struct scope_list scopes = {0};
    assert_int_equal(scope_list_dirty(f->store, plugin, version, 100, &scopes, &f->err), 0);
    recorder.n = 0;
    struct evaluation e = {.catalog = &f->plans.catalog,
                           .config = &f->config,
                           .standards = &f->plans.standards,
                           .plugin = plugin,
                           .scopes = &scopes,
                           .started_ms = f->now - 5,
                           .now_ms = f->now,
                           .version = f->version};
    bool all_stored = scopes.n > 0;
    for (size_t i = 0; i < scopes.n; i++)
        all_stored = all_stored && scopes.items[i].rejudge_only;
    e.measures = all_stored ? NULL : f->measures;
    f->result = (struct evaluation_result){0};
    int r = evaluate_apply(f->store, &e, &f->result, &f->err);
    scope_list_deinit(&scopes);
    return r;
}

static void run(struct fixture *f)
{
    int r = evaluate(f, &f->plans.resource);
    if (r < 0)
        fail_msg("%s", f->err.msg);
}

static size_t dirty(struct fixture *f, const struct plugin_info *plugin)
{
    struct scope_list scopes = {0};
    const char *version = f->version ? f->version : f->plans.standards.version;
    assert_int_equal(scope_list_dirty(f->store, plugin, version, 100, &scopes, &f->err), 0);
    size_t n = scopes.n;
    scope_list_deinit(&scopes);
    return n;
}

static struct result stored(struct fixture *f, const char *indicator, const char *entity)
{
    struct result r;
    if (result_find(f->store, indicator, entity, STAGE_PRIMARY, YEAR, &r, &f->err) < 0)
        fail_msg("%s", f->err.msg);
    return r;
}

static size_t found(const char *indicator, const char *entity)
{
    for (size_t i = 0; i < recorder.n; i++)
        if (strcmp(recorder.findings[i].indicator, indicator) == 0 &&
            strcmp(recorder.findings[i].entity, entity) == 0)
            return i;
    fail_msg("no finding of %s for %s", indicator, entity);
    return 0;
}

static void first_run_writes_results_and_findings(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM result"),
                     5 + 5 + 1 + 1 + 1 + 1); // area, rule, both of the county, cv, mean
    assert_int_equal(f->result.results_changed, 14);
    assert_int_equal(f->result.alerts_opened, 1);
    assert_int_equal(f->result.alerts_resolved, 2);
    assert_int_equal(f->result.outbox_added, 3);
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY);
    assert_close(cv.value, 0.5152566298844765);
    assert_int_equal(cv.verdict, VERDICT_FAIL);
    assert_string_equal(cv.plugin, "resource");
    assert_int_equal(cv.judged_at, NOW);
    assert_true(recorder.last.first_load && !recorder.last.standard_changed && recorder.last.submission == 7);
    size_t i = found(AREA ".cv", COUNTY);
    assert_int_equal(recorder.findings[i].verdict, VERDICT_FAIL);
    assert_int_equal(recorder.findings[i].before, VERDICT_COUNT);
    assert_int_equal(recorder.n,
                     5 + 1); // the rule of five schools and the .cv; the county's own rows never alert
    assert_int_equal(
        number(f, "SELECT count(*) FROM run WHERE outcome = 'ok' AND plugin = 'resource' AND sha256 = 'aa'"
                  " AND started_at = 1759999999995 AND scopes = 1"),
        1);
}

static void unchanged_results_are_left_as_they_are(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, COUNTY);
    f->now += 1000;
    run(f);
    assert_int_equal(f->result.results_changed, 0);
    assert_int_equal(number(f, "SELECT count(*) FROM result WHERE run = 1"), 14);
    assert_false(recorder.last.first_load);
    assert_int_equal(recorder.findings[found(AREA ".cv", COUNTY)].before, VERDICT_FAIL);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
}

static void only_what_a_changed_school_touches_is_rewritten(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, COUNTY);
    json_object_set_new(json_array_get(f->measures, 1), "n", json_real(300)); // b
    run(f);
    // b and its rule (no longer a known failure), the county's rows of both, the .cv and the mean.
    assert_int_equal(f->result.results_changed, 6);
    assert_int_equal(number(f, "SELECT count(*) FROM result WHERE run = 2"), 6);
    CLEANUP(result_deinit) struct result b = stored(f, AREA, "b");
    assert_close(b.value, 300.0 / 37);
    assert_int_equal(b.verdict, VERDICT_PASS);
}

static void other_counties_and_years_are_not_touched(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    touch(f, YEAR, "330103");
    touch(f, "2024-2025", COUNTY);
    published_example(f);
    (void)measure_in(f, YEAR, "330103", AREA, "primary", "x", 100, 10);
    (void)measure_in(f, "2024-2025", COUNTY, AREA, "primary", "a", 100, 10);
    run(f);
    assert_int_equal(recorder.calls, 3);
    touch(f, YEAR, "330103");
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, "330103", AREA, "primary", "x", 10, 10);
    run(f);
    assert_int_equal(recorder.calls, 4);
    assert_int_equal(number(f, "SELECT count(DISTINCT county) FROM result WHERE run = 2"), 1);
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY);
    assert_close(cv.value, 0.5152566298844765);
}

static void first_load_is_of_the_county_not_of_the_year(void **state)
{
    struct fixture *f = *state;
    touch(f, "2024-2025", COUNTY);
    (void)measure_in(f, "2024-2025", COUNTY, AREA, "primary", "a", 100, 10);
    run(f);
    assert_true(recorder.last.first_load);
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    assert_false(recorder.last.first_load);
    assert_int_equal(recorder.findings[found(AREA ".cv", COUNTY)].before, VERDICT_COUNT);
}

static void a_school_that_is_gone_ends_its_alert(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, COUNTY);
    json_array_remove(f->measures, 4);
    run(f);
    struct result r;
    assert_int_equal(result_find(f->store, AREA, "e", STAGE_PRIMARY, YEAR, &r, &f->err), -ENOENT);
    assert_string_equal(f->err.msg, "没有 e 在 2025-2026 的指标 resource.sports_area 的结果");
    size_t i = found("resource.school_rule", "e");
    assert_int_equal(recorder.findings[i].verdict, VERDICT_EXEMPT);
    assert_int_equal(recorder.findings[i].before, VERDICT_NO_DATA);
    assert_true(isnan(recorder.findings[i].value));
    json_array_clear(f->measures); // and all of them
    touch(f, YEAR, COUNTY);
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM result"), 0);
    assert_int_equal(recorder.findings[found(AREA ".cv", COUNTY)].verdict, VERDICT_EXEMPT);
}

static void forget_indicator(struct fixture *f, const char *id)
{
    struct catalog *c = &f->plans.catalog;
    for (size_t i = 0; i < c->n_indicators; i++) {
        if (strcmp(c->indicators[i]->id, id) != 0)
            continue;
        struct indicator *gone = c->indicators[i];
        c->indicators[i] = c->indicators[--c->n_indicators];
        c->indicators[c->n_indicators] = gone; // freed with the rest
        return;
    }
}

static void a_school_that_moved_keeps_its_alert(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    touch(f, YEAR, "330103"); // the new county is computed first
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, "330103", AREA, "primary", "e", 402, 55);
    run(f);
    touch(f, YEAR, COUNTY);
    published_example(f);
    json_array_remove(f->measures, 4);
    run(f);
    for (size_t i = 0; i < recorder.n; i++)
        assert_string_not_equal(recorder.findings[i].entity, "e");
    CLEANUP(result_deinit) struct result e = stored(f, AREA, "e");
    assert_string_equal(e.county, "330103");
}

static void indicators_that_are_no_longer_declared_go(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    size_t all = f->plans.catalog.n_indicators;
    forget_indicator(f, AREA);
    forget_indicator(f, AREA ".cv");
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, COUNTY, seven[3], "primary", "a", 100, 10);
    touch(f, YEAR, COUNTY);
    run(f);
    f->plans.catalog.n_indicators = all;
    assert_int_equal(number(f, "SELECT count(*) FROM result r JOIN code c ON c.id = r.indicator"
                               " WHERE c.text LIKE 'resource.sports_area%'"),
                     0);
    assert_int_equal(number(f, "SELECT count(*) FROM result"),
                     6); // a and its rule, both of the county, .cv, mean
}

static void nonsense_is_refused_and_writes_nothing(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *key, *json, *message;
    } cases[] = {
        {"i", "\"resource.none\"", "插件 resource: 计算了未声明的指标“resource.none”"},
        {"i", "\"local.size\"", "插件 resource: 计算了属于插件 local 的指标“local.size”"},
        {"i", "\"resource.school_rule\"",
         "插件 resource: 指标“resource.school_rule”由核心程序推算，插件不得直接给出"},
        {"i", "\"resource.cv\"", "插件 resource: 指标“resource.cv”由核心程序推算，插件不得直接给出"},
        {"i", "null", "插件 resource: 计算了未声明的指标“”"},
        {"s", "\"senior\"", "插件 resource: 指标“resource.sports_area”没有学段“senior”"},
        {"s", "\"\"", "插件 resource: 指标“resource.sports_area”没有学段“”"},
        {"s", "\"x\"", "插件 resource: 指标“resource.sports_area”没有学段“x”"},
        {"c", "\"330109\"", "插件 resource: 给出了未要求计算的时段“2025-2026”、区县“330109”的数值"},
        {"p", "\"2024-2025\"", "插件 resource: 给出了未要求计算的时段“2024-2025”、区县“330102”的数值"},
        {"e", "\"\"", "插件 resource: 指标“resource.sports_area”的对象代码不可用：“”"},
        {"e", "\"b\"", "插件 resource: “b”的指标“resource.sports_area”在 2025-2026 中重复给出"},
        {"n", "null", "插件 resource: “a”的指标“resource.sports_area”不是数值"},
        {"d", "\"45\"", "插件 resource: “a”的指标“resource.sports_area”不是数值"},
        {"state", "null", "插件 resource: “a”的指标“resource.sports_area”状态值无效：-1"},
        {"state", "3", "插件 resource: “a”的指标“resource.sports_area”状态值无效：3"},
    };
    touch(f, YEAR, COUNTY);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        published_example(f);
        json_object_set_new(json_array_get(f->measures, 0), cases[i].key,
                            json_loads(cases[i].json, JSON_DECODE_ANY, NULL));
        assert_int_equal(evaluate(f, &f->plans.resource), -EPROTO);
        assert_string_equal(f->err.msg, cases[i].message);
    }
    json_array_append_new(f->measures, json_string("hello"));
    json_array_remove(f->measures, 0);
    assert_int_equal(evaluate(f, &f->plans.resource), -EPROTO);
    assert_string_equal(f->err.msg, "插件 resource: 送出的内容不是测量值");
    json_t *list = f->measures;
    f->measures = NULL;
    assert_int_equal(evaluate(f, &f->plans.resource), -EPROTO);
    assert_string_equal(f->err.msg, "插件 resource 没有送出测量值列表");
    f->measures = list;
    assert_int_equal(number(f, "SELECT (SELECT count(*) FROM result) + (SELECT count(*) FROM run)"), 0);
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    assert_int_equal(recorder.calls, 0);
}

static void a_failure_of_the_alerts_rolls_everything_back(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    recorder.fail = -ENOSPC;
    assert_int_equal(evaluate(f, &f->plans.resource), -ENOSPC);
    assert_string_equal(f->err.msg, "resource 2025-2026 330102: the outbox is full");
    assert_int_equal(number(f, "SELECT (SELECT count(*) FROM result) + (SELECT count(*) FROM run)"), 0);
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    recorder.fail = 0;
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM result"), 14);
}

static void a_change_during_the_run_stays_dirty(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    struct scope_list scopes = {0};
    assert_int_equal(scope_list_dirty(f->store, &f->plans.resource, "v1", 100, &scopes, &f->err), 0);
    touch(f, YEAR, COUNTY); // while the plugin computes
    published_example(f);
    struct evaluation e = {&f->plans.catalog,
                           &f->config,
                           &f->plans.standards,
                           &f->plans.resource,
                           &scopes,
                           f->measures,
                           f->now,
                           f->now,
                           NULL};
    assert_int_equal(evaluate_apply(f->store, &e, &f->result, &f->err), 0);
    scope_list_deinit(&scopes);
    assert_int_equal(dirty(f, &f->plans.resource), 1);
}

static void a_changed_standard_judges_stored_figures_again(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    json_object_set_new(json_array_get(f->measures, 0), "flags", json_integer(JH_ESTIMATED));
    json_object_set_new(json_array_get(f->measures, 1), "state", json_integer(JH_NO_DATA));
    json_object_set_new(json_array_get(f->measures, 1), "missing", json_string("sports_hall"));
    run(f);
    f->plans.standards = (struct standards){"v2", AREA, 6.2, 0};
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    run(f);
    assert_true(recorder.last.standard_changed && recorder.last.submission == 0);
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a"), b = stored(f, AREA, "b");
    assert_int_equal(a.verdict, VERDICT_PASS); // 279 / 45 is 6.2 and a bit of rounding
    assert_close(a.threshold, 6.2);
    assert_true(a.estimated && a.gap == 0 && a.numerator == 279);
    assert_int_equal(b.verdict, VERDICT_NO_DATA);
    assert_string_equal(b.missing, "sports_hall");
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY);
    assert_true(cv.estimated);
    assert_int_equal(number(f, "SELECT count(*) FROM run WHERE outcome = 'rejudged'"), 1);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
}

static void a_due_date_that_passes_is_no_changed_standard(void **state)
{
    struct fixture *f = *state;
    f->due = (struct due_config){(char *)"school_resource", (char *)"10-20"};
    f->config.due = &f->due;
    f->config.n_due = 1;
    CLEANUP_FREE char *before =
        evaluate_version(&f->config, &f->plans.standards, 1760975999000); // 10-20 23:59:59
    CLEANUP_FREE char *after = evaluate_version(&f->config, &f->plans.standards, 1760976000000);
    assert_string_not_equal(before, after);
    f->version = before;
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    f->version = after;
    f->now = 1760976000000;
    assert_int_equal(dirty(f, &f->plans.resource), 1);
    run(f);
    assert_false(recorder.last.standard_changed);
    assert_int_equal(dirty(f, &f->plans.resource), 0);
    f->plans.standards.version = "v2";
    CLEANUP_FREE char *changed = evaluate_version(&f->config, &f->plans.standards, 1760976000000);
    f->version = changed;
    run(f);
    assert_true(recorder.last.standard_changed);
}

// A row of a dataset, as T1 leaves it.
static void put_fact(struct fixture *f, const char *dataset, const char *school, double pupils)
{
    CLEANUP_FREE char *sql = str_printf(
        "INSERT INTO \"d_%s\"(_period, school, _county, _source, _sub, _tab, _row%s)"
        " SELECT p.id, s.id, c.id, 1, 1, 1, 1%s FROM code p, code s, code c"
        " WHERE p.text = '" YEAR "' AND s.text = :school AND c.text = '" COUNTY "'",
        dataset, isnan(pupils) ? "" : ", campus, pupils_primary", isnan(pupils) ? "" : ", 1, :pupils");
    assert_int_equal(store_begin(f->store, &f->err), 0);
    int64_t id;
    const char *const codes[] = {YEAR, COUNTY, school};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(code_of(f->store, codes[i], &id, &f->err), 0);
    struct sql *q = sql_get(f->store, sql, &f->err);
    if (!q)
        fail_msg("%s", f->err.msg);
    sql_bind_text(q, ":school", school);
    if (!isnan(pupils))
        sql_bind_real(q, ":pupils", pupils);
    if (sql_run(q, &f->err) < 0)
        fail_msg("%s", f->err.msg);
    assert_int_equal(store_commit(f->store, &f->err), 0);
}

static void provisional_until_the_roster_is_complete_or_the_day_is_over(void **state)
{
    struct fixture *f = *state;
    struct catalog *datasets;
    assert_int_equal(catalog_load(TEST_SOURCE_DIR "/conf/datasets", &datasets, &f->err), 0);
    assert_int_equal(store_sync_catalog(f->store, datasets, &f->err), 0);
    datasets = catalog_free(datasets);
    f->due = (struct due_config){(char *)"school_resource", (char *)"10-20"};
    f->config.due = &f->due;
    f->config.n_due = 1;
    static const char *const schools[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++) {
        put_fact(f, "school", schools[i], NAN);
        if (i < 4)
            put_fact(f, "school_resource", schools[i], 50);
    }
    touch(f, YEAR, COUNTY);
    published_example(f);
    run(f);
    CLEANUP(result_deinit) struct result cv = stored(f, AREA ".cv", COUNTY), a = stored(f, AREA, "a");
    assert_true(cv.provisional && !a.provisional);
    assert_int_equal(cv.verdict, VERDICT_FAIL);
    assert_true(recorder.findings[found(AREA ".cv", COUNTY)].provisional);
    assert_false(recorder.findings[found("resource.school_rule", "a")].provisional);
    assert_close(detail_number(&cv, "coverage/known"), 1);
    assert_close(detail_number(&cv, "coverage/owed"), 5);
    assert_close(detail_number(&cv, "coverage/reported"), 4);

    f->now = 1760976000000; // 10-21 00:00 in Shanghai
    touch(f, YEAR, COUNTY);
    run(f);
    assert_false(recorder.findings[found(AREA ".cv", COUNTY)].provisional);

    f->now = NOW; // before the day, but complete
    put_fact(f, "school_resource", "e", 50);
    touch(f, YEAR, COUNTY);
    run(f);
    result_deinit(&cv);
    cv = stored(f, AREA ".cv", COUNTY);
    assert_false(cv.provisional);
    assert_close(detail_number(&cv, "coverage/reported"), 5);
    assert_close(detail_number(&cv, "coverage/pupils_share"), 1);
}

static void a_school_with_the_countys_code_is_left_out_and_counted(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    (void)measure(f, COUNTY, 9, 9);
    run(f);
    assert_int_equal(f->result.measures_skipped, 1);
    CLEANUP(result_deinit) struct result county = stored(f, AREA, COUNTY);
    assert_close(county.value, 6.334437086092715);
}

static void unknown_county_keeps_its_schools(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, "");
    (void)measure_in(f, YEAR, "", AREA, "primary", "a", 100, 10);
    run(f);
    assert_int_equal(number(f, "SELECT count(*) FROM result"), 2); // the school's figure and its rule
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a");
    assert_string_equal(a.county, "");
}

static void county_indicators_belong_to_the_county(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    (void)measure_in(f, YEAR, COUNTY, "local.budget", "", "a", 1, 2);
    assert_int_equal(evaluate(f, &f->plans.local), -EPROTO);
    assert_string_equal(f->err.msg,
                        "插件 local: 指标“local.budget”是县级指标，对象却是“a”而不是区县“330102”");
    json_array_clear(f->measures);
    (void)measure_in(f, YEAR, COUNTY, "local.budget", "", COUNTY, 1, 2);
    assert_int_equal(evaluate(f, &f->plans.local), 0);
    struct result r;
    assert_int_equal(result_find(f->store, "local.budget", COUNTY, STAGE_NONE, YEAR, &r, &f->err), 0);
    assert_close(r.value, 0.5);
    assert_int_equal(r.verdict, VERDICT_EXEMPT); // no threshold: published, not tested
    result_deinit(&r);
}

static void division_by_nothing_is_no_data(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    published_example(f);
    json_object_set_new(json_array_get(f->measures, 0), "d", json_integer(0));
    run(f);
    CLEANUP(result_deinit) struct result a = stored(f, AREA, "a");
    assert_int_equal(a.verdict, VERDICT_NO_DATA);
    assert_true(isnan(a.value) && isnan(a.numerator));
}

static void five_thousand_schools_in_one_county(void **state)
{
    struct fixture *f = *state;
    touch(f, YEAR, COUNTY);
    for (int i = 0; i < 5000; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "33010%05d", i);
        for (size_t k = 0; k < 7; k++)
            (void)measure_in(f, YEAR, COUNTY, seven[k], "primary", code, 1 + i * 7919 % 10007,
                             20 + i * 104729 % 3001);
    }
    struct timespec a, b;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    run(f);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("5,000 schools x 7: first %ld ms",
                  (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
    assert_int_equal(f->result.results_changed, 5000 * 8 + 8 + 7 + 1);
    assert_int_equal(recorder.n, 5000 + 7);
    touch(f, YEAR, COUNTY);
    json_object_set_new(json_array_get(f->measures, 0), "n", json_real(77777));
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    run(f);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("; one changed %ld ms\n", (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
    assert_in_range(f->result.results_changed, 3,
                    8); // the school, its county row, .cv, mean, perhaps its rule
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(first_run_writes_results_and_findings),
        T(unchanged_results_are_left_as_they_are),
        T(only_what_a_changed_school_touches_is_rewritten),
        T(other_counties_and_years_are_not_touched),
        T(first_load_is_of_the_county_not_of_the_year),
        T(a_school_that_is_gone_ends_its_alert),
        T(a_school_that_moved_keeps_its_alert),
        T(indicators_that_are_no_longer_declared_go),
        T(nonsense_is_refused_and_writes_nothing),
        T(a_failure_of_the_alerts_rolls_everything_back),
        T(a_change_during_the_run_stays_dirty),
        T(a_changed_standard_judges_stored_figures_again),
        T(a_due_date_that_passes_is_no_changed_standard),
        T(provisional_until_the_roster_is_complete_or_the_day_is_over),
        T(a_school_with_the_countys_code_is_left_out_and_counted),
        T(unknown_county_keeps_its_schools),
        T(county_indicators_belong_to_the_county),
        T(division_by_nothing_is_no_data),
        T(five_thousand_schools_in_one_county),
    };
    i18n_init("zh_CN");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
