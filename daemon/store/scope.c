// SPDX-License-Identifier: Apache-2.0
// Dirty scopes: marking them changed, clean or set aside. Listing them is in scope_list.c.
#include "store/scope.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/scope_name.h"
#include "store/sql.h"

#define DEATHS_UNTIL_SET_ASIDE 2

char *scope_name(const char *period, const char *county)
{
    return str_printf("%s/%s", period, county);
}

int scope_touch(struct store *s, const char *dataset, const char *period, const char *county,
                int64_t submission, bool backfill, int64_t now_ms, struct error *err)
{
    int64_t codes[3];
    const char *const texts[3] = {dataset, period, county};
    for (size_t i = 0; i < 3; i++) {
        int r = code_of(s, texts[i], &codes[i], err);
        if (r < 0)
            return r;
    }
    struct sql *q = sql_get(
        s,
        "INSERT INTO scope(dataset, period, county, generation, changed_at, submission, backfill) "
        "VALUES (:dataset, :period, :county, 1, :now, nullif(:submission, 0), :backfill) "
        "ON CONFLICT (dataset, period, county) DO UPDATE SET generation = generation + 1, "
        "changed_at = excluded.changed_at, submission = excluded.submission, backfill = excluded.backfill",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":dataset", codes[0]);
    sql_bind_int(q, ":period", codes[1]);
    sql_bind_int(q, ":county", codes[2]);
    sql_bind_int(q, ":now", now_ms);
    sql_bind_int(q, ":submission", submission);
    sql_bind_int(q, ":backfill", backfill);
    return sql_run(q, err);
}

static int mark_one(struct store *s, const struct plugin_info *p, const char *standard_version,
                    const struct scope_item *item, const struct scope_generation *g, struct error *err)
{
    struct sql *q = sql_get(
        s,
        "INSERT INTO scope_done(plugin, dataset, period, county, generation, plugin_sha256, options, "
        "settings, standard_version) "
        "SELECT :plugin, d.id, p.id, c.id, :generation, :sha256, :options, :settings, :standard FROM code d, code p, code c "
        "WHERE d.text = :dataset AND p.text = :period AND c.text = :county "
        "ON CONFLICT (plugin, dataset, period, county) DO UPDATE SET generation = excluded.generation, "
        "plugin_sha256 = excluded.plugin_sha256, options = excluded.options, settings = excluded.settings, "
        "standard_version = excluded.standard_version",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", p->name);
    sql_bind_int(q, ":generation", g->generation);
    sql_bind_text(q, ":sha256", p->sha256);
    sql_bind_text(q, ":options", item->options);
    sql_bind_text(q, ":settings", item->settings);
    sql_bind_text(q, ":standard", standard_version);
    sql_bind_text(q, ":dataset", g->dataset);
    sql_bind_text(q, ":period", item->period);
    sql_bind_text(q, ":county", item->county);
    return sql_run(q, err);
}

// Deaths count in a row: a run that came home clears them.
static int forget_deaths(struct store *s, const struct plugin_info *p, const char *name, struct error *err)
{
    struct sql *q =
        sql_get(s, "DELETE FROM set_aside WHERE kind = 'plugin' AND name = :plugin AND scope = :scope", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", p->name);
    sql_bind_text(q, ":scope", name);
    return sql_run(q, err);
}

int scope_mark_done(struct store *s, const struct plugin_info *p, const char *standard_version,
                    const struct scope_item *item, struct error *err)
{
    for (size_t i = 0; i < item->n_generations; i++) {
        int r = mark_one(s, p, standard_version, item, &item->generations[i], err);
        if (r < 0)
            return r;
    }
    if (item->rejudge_only)
        return 0;
    CLEANUP_FREE char *name = scope_name(item->period, item->county);
    return forget_deaths(s, p, name, err);
}

int scope_failed(struct store *s, const struct plugin_info *p, const struct scope_item *item,
                 const char *reason, int64_t now_ms, bool *ret_active, struct error *err)
{
    CLEANUP_FREE char *name = scope_name(item->period, item->county);
    struct sql *q =
        sql_get(s,
                "INSERT INTO set_aside(kind, name, scope, sha256, failures, active, reason, since) "
                "VALUES ('plugin', :plugin, :scope, :sha256, 1, 1 >= :limit, :reason, :now) "
                "ON CONFLICT (kind, name, scope) DO UPDATE SET "
                "failures = CASE WHEN sha256 = excluded.sha256 THEN failures + 1 ELSE 1 END, "
                "active = CASE WHEN sha256 = excluded.sha256 THEN failures + 1 ELSE 1 END >= :limit, "
                "sha256 = excluded.sha256, reason = excluded.reason, since = excluded.since RETURNING active",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", p->name);
    sql_bind_text(q, ":scope", name);
    sql_bind_text(q, ":sha256", p->sha256);
    sql_bind_int(q, ":limit", DEATHS_UNTIL_SET_ASIDE);
    sql_bind_text(q, ":reason", reason);
    sql_bind_int(q, ":now", now_ms);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    bool active = r == 1 && sql_int(q, 0) != 0;
    r = r == 1 ? sql_run(q, err) : 0;
    if (r == 0)
        *ret_active = active;
    return r;
}

int scope_set_aside_count(struct store *s, const char *plugin, int64_t *ret, struct error *err)
{
    struct sql *q = sql_get(
        s, "SELECT count(*) FROM set_aside WHERE kind = 'plugin' AND name = :plugin AND active = 1", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", plugin);
    return sql_one_int(q, 0, ret, err);
}

int scope_try_again(struct store *s, struct error *err)
{
    struct sql *q = sql_get(
        s, "UPDATE set_aside SET active = 0, failures = :failures WHERE kind = 'plugin' AND active = 1", err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":failures", DEATHS_UNTIL_SET_ASIDE - 1);
    return sql_run(q, err);
}

int scope_lift(struct store *s, const char *plugin, struct error *err)
{
    static const char *const steps[] = {
        "DELETE FROM scope_done WHERE plugin = :plugin AND (SELECT text FROM code WHERE id = period) || '/' || "
        "(SELECT text FROM code WHERE id = county) IN "
        "(SELECT scope FROM set_aside WHERE kind = 'plugin' AND name = :plugin AND active = 1)",
        "DELETE FROM set_aside WHERE kind = 'plugin' AND name = :plugin"};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct sql *q = sql_get(s, steps[i], err);
        if (!q)
            return sql_failed(err);
        sql_bind_text(q, ":plugin", plugin);
        int r = sql_run(q, err);
        if (r < 0)
            return r;
    }
    return 0;
}
