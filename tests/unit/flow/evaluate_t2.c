// SPDX-License-Identifier: Apache-2.0
#include "evaluate_t2.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "junheng/plugin.h"
#include "store/sql.h"

// What alert_apply was told; the one seam of these tests.
struct recorder recorder;

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

int t2_setup(void **state)
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

int t2_teardown(void **state)
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

int64_t number(struct fixture *f, const char *sql)
{
    struct sql *q = sql_get(f->store, sql, &f->err);
    if (!q)
        fail_msg("%s", f->err.msg);
    int64_t v = -1;
    assert_int_equal(sql_one_int(q, -1, &v, &f->err), 0);
    return v;
}

void touch(struct fixture *f, const char *period, const char *county)
{
    assert_int_equal(store_begin(f->store, &f->err), 0);
    assert_int_equal(scope_touch(f->store, "school_resource", period, county, 7, false, f->now, &f->err), 0);
    assert_int_equal(store_commit(f->store, &f->err), 0);
}

json_t *measure_in(struct fixture *f, const char *period, const char *county, const char *indicator,
                   const char *stage, const char *entity, double n, double d)
{
    json_t *m = json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:i, s:i, s:f, s:n, s:n}", "i", indicator, "e",
                          entity, "s", stage, "p", period, "c", county, "n", n, "d", d, "state", JH_OK,
                          "flags", 0, "pupils", d, "missing", "note");
    json_array_append_new(f->measures, m);
    return m;
}

json_t *measure(struct fixture *f, const char *entity, double n, double d)
{
    return measure_in(f, YEAR, COUNTY, AREA, "primary", entity, n, d);
}

void published_example(struct fixture *f)
{
    json_array_clear(f->measures);
    (void)measure(f, "a", 279, 45);
    (void)measure(f, "b", 137, 37);
    (void)measure(f, "c", 935, 89);
    (void)measure(f, "d", 160, 76);
    (void)measure(f, "e", 402, 55);
}

// Lists what is dirty and applies the measures to it.
int evaluate(struct fixture *f, const struct plugin_info *plugin)
{
    const struct scope_basis basis = {.version = f->version ? f->version : f->plans.standards.version,
                                      .standards = &f->plans.standards};
    struct scope_list scopes = {0};
    assert_int_equal(scope_list_dirty(f->store, plugin, &basis, 100, &scopes, &f->err), 0);
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

void run(struct fixture *f)
{
    int r = evaluate(f, &f->plans.resource);
    if (r < 0)
        fail_msg("%s", f->err.msg);
}

size_t dirty(struct fixture *f, const struct plugin_info *plugin)
{
    struct scope_list scopes = {0};
    const struct scope_basis basis = {.version = f->version ? f->version : f->plans.standards.version,
                                      .standards = &f->plans.standards};
    assert_int_equal(scope_list_dirty(f->store, plugin, &basis, 100, &scopes, &f->err), 0);
    size_t n = scopes.n;
    scope_list_deinit(&scopes);
    return n;
}

struct result stored(struct fixture *f, const char *indicator, const char *entity)
{
    struct result r;
    if (result_find(f->store, indicator, entity, STAGE_PRIMARY, YEAR, &r, &f->err) < 0)
        fail_msg("%s", f->err.msg);
    return r;
}

size_t found(const char *indicator, const char *entity)
{
    for (size_t i = 0; i < recorder.n; i++)
        if (strcmp(recorder.findings[i].indicator, indicator) == 0 &&
            strcmp(recorder.findings[i].entity, entity) == 0)
            return i;
    fail_msg("no finding of %s for %s", indicator, entity);
    return 0;
}
