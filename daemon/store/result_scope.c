// SPDX-License-Identifier: Apache-2.0
// Results of one plugin in one period and county: what T2 compares with and writes.
#include "store/result.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/sql.h"

// The plugin whose run wrote the newest row of an indicator in the scope.
static int written_by(struct store *s, const struct result_scope *k, const char *indicator, bool *ret,
                      struct error *err)
{
    struct sql *q = sql_get(s,
                            "SELECT 1 FROM result r JOIN run ON run.id = r.run"
                            " WHERE r.period = (SELECT id FROM code WHERE text = :period)"
                            " AND r.county = (SELECT id FROM code WHERE text = :county)"
                            " AND r.indicator = (SELECT id FROM code WHERE text = :indicator)"
                            " AND run.plugin = :plugin LIMIT 1",
                            err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":period", k->period);
    sql_bind_text(q, ":county", k->county);
    sql_bind_text(q, ":indicator", indicator);
    sql_bind_text(q, ":plugin", k->plugin->name);
    int64_t found = 0;
    int r = sql_one_int(q, 0, &found, err);
    if (r == 0)
        *ret = found == 1;
    return r;
}

// The distinct indicators of a scope by seeks, not by reading its rows.
static int scope_indicators(struct store *s, const struct result_scope *k, char ***ret, size_t *ret_n,
                            struct error *err)
{
    struct sql *q =
        sql_get(s,
                "WITH RECURSIVE k(p, c) AS (SELECT (SELECT id FROM code WHERE text = :period),"
                " (SELECT id FROM code WHERE text = :county)),"
                " t(i) AS (SELECT min(indicator) FROM result, k WHERE period = k.p AND county = k.c"
                " UNION ALL SELECT (SELECT min(indicator) FROM result, k WHERE period = k.p AND county = k.c"
                " AND indicator > t.i) FROM t WHERE t.i IS NOT NULL)"
                " SELECT code.text FROM t JOIN code ON code.id = t.i",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":period", k->period);
    sql_bind_text(q, ":county", k->county);
    char **ids = NULL;
    size_t n = 0;
    int r;
    while ((r = sql_step(q, err)) == 1) {
        ids = mem_grow(ids, n + 1, sizeof *ids);
        ids[n++] = str_dup(sql_text(q, 0));
    }
    if (r < 0) {
        for (size_t i = 0; i < n; i++)
            free(ids[i]);
        free(ids);
        return r;
    }
    *ret = ids;
    *ret_n = n;
    return 0;
}

static int add_indicator(struct store *s, const struct result_scope *k, const char *indicator,
                         struct result_list *list, struct error *err)
{
    struct result_filter f = RESULT_FILTER_ALL;
    f.period = k->period;
    f.county = k->county;
    f.indicator = indicator;
    struct result_list some = {0};
    int r = result_select(s, &f, &some, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < some.n; i++)
        *result_list_add(list) = some.items[i]; // moved
    free(some.items);
    return 0;
}

static int load_indicators(struct store *s, const struct result_scope *k, char *const *ids, size_t n,
                           struct result_list *list, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct indicator *ind = catalog_indicator(k->catalog, ids[i]);
        bool ours = ind && strcmp(ind->plugin, k->plugin->name) == 0;
        int r = ind ? 0 : written_by(s, k, ids[i], &ours, err);
        if (r == 0 && ours)
            r = add_indicator(s, k, ids[i], list, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int result_load_scope(struct store *s, const struct result_scope *scope, struct result_list *ret,
                      struct error *err)
{
    char **ids = NULL;
    size_t n = 0;
    int r = scope_indicators(s, scope, &ids, &n, err);
    if (r < 0)
        return r;
    struct result_list list = {0};
    r = load_indicators(s, scope, ids, n, &list, err);
    for (size_t i = 0; i < n; i++)
        free(ids[i]);
    free(ids);
    if (r < 0) {
        result_list_deinit(&list);
        return r;
    }
    if (list.n > 0)
        qsort(list.items, list.n, sizeof *list.items, result_compare);
    *ret = list;
    return 0;
}

static int indicator_known(struct store *s, const char *indicator, const char *county, bool *ret,
                           struct error *err)
{
    // Periods by seeks, then one seek each: the key begins with the period.
    struct sql *q =
        sql_get(s,
                "WITH RECURSIVE k(c, i) AS (SELECT (SELECT id FROM code WHERE text = :county),"
                " (SELECT id FROM code WHERE text = :indicator)),"
                " t(p) AS (SELECT min(period) FROM result UNION ALL"
                " SELECT (SELECT min(period) FROM result WHERE period > t.p) FROM t WHERE t.p IS NOT NULL)"
                " SELECT 1 FROM t CROSS JOIN k WHERE EXISTS (SELECT 1 FROM result r WHERE r.period = t.p"
                " AND r.county = k.c AND r.indicator = k.i) LIMIT 1",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":county", county);
    sql_bind_text(q, ":indicator", indicator);
    int64_t found = 0;
    int r = sql_one_int(q, 0, &found, err);
    if (r == 0)
        *ret = found == 1;
    return r;
}

int result_county_known(struct store *s, const struct result_scope *scope, bool *ret, struct error *err)
{
    bool known = false;
    for (size_t i = 0; i < scope->catalog->n_indicators && !known; i++) {
        const struct indicator *ind = scope->catalog->indicators[i];
        if (strcmp(ind->plugin, scope->plugin->name) != 0)
            continue;
        int r = indicator_known(s, ind->id, scope->county, &known, err);
        if (r < 0)
            return r;
    }
    *ret = known;
    return 0;
}

static int bind_key(struct store *s, struct sql *q, const struct result *r, struct error *err)
{
    const struct {
        const char *name, *text;
    } keys[] = {
        {":period", r->period}, {":county", r->county}, {":indicator", r->indicator}, {":entity", r->entity}};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        int64_t id;
        int e = code_of(s, keys[i].text, &id, err);
        if (e < 0)
            return e;
        sql_bind_int(q, keys[i].name, id);
    }
    sql_bind_int(q, ":stage", r->stage);
    return 0;
}

static void bind_values(struct sql *q, const struct result *r)
{
    sql_bind_int(q, ":verdict", r->verdict);
    sql_bind_real(q, ":value", r->value);
    sql_bind_real(q, ":numerator", r->numerator);
    sql_bind_real(q, ":denominator", r->denominator);
    sql_bind_real(q, ":threshold", r->threshold);
    sql_bind_real(q, ":gap", r->gap);
    sql_bind_real(q, ":pupils", r->pupils);
    sql_bind_int(q, ":estimated", r->estimated);
    sql_bind_int(q, ":provisional", r->provisional);
    sql_bind_int(q, ":flags", r->flags);
    sql_bind_int(q, ":state", r->state);
    sql_bind_text(q, ":missing", r->missing);
    sql_bind_text(q, ":note", r->note);
    sql_bind_text(q, ":detail", r->detail);
    sql_bind_int(q, ":run", r->run);
    sql_bind_int(q, ":judged_at", r->judged_at);
}

int result_put(struct store *s, const struct result *r, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "INSERT OR REPLACE INTO result(period, county, indicator, stage, entity, verdict, value,"
                " numerator, denominator, threshold, gap, pupils, estimated, provisional, flags, state,"
                " missing, note, detail, run, judged_at)"
                " VALUES (:period, :county, :indicator, :stage, :entity, :verdict, :value,"
                " :numerator, :denominator, :threshold, :gap, :pupils, :estimated, :provisional, :flags,"
                " :state, :missing, :note, :detail, :run, :judged_at)",
                err);
    if (!q)
        return sql_failed(err);
    int e = bind_key(s, q, r, err);
    if (e < 0)
        return e;
    bind_values(q, r);
    return sql_run(q, err);
}

int result_delete(struct store *s, const struct result *r, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "DELETE FROM result WHERE period = :period AND county = :county AND indicator = :indicator"
                " AND stage = :stage AND entity = :entity",
                err);
    if (!q)
        return sql_failed(err);
    int e = bind_key(s, q, r, err);
    return e < 0 ? e : sql_run(q, err);
}
