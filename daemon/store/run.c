// SPDX-License-Identifier: Apache-2.0
// The `run` table, and what a scope was last judged by.
#include "store/run.h"

#include <errno.h>

#include "base/mem.h"
#include "store/sql.h"

int run_record(struct store *s, const struct run_row *row, int64_t *ret_id, struct error *err)
{
    const struct plugin_info *p = row->plugin;
    struct sql *q =
        sql_get(s,
                "INSERT INTO run(plugin, version, sha256, started_at, ended_at, outcome, message, scopes)"
                " VALUES (:plugin, :version, :sha256, :started, :ended, :outcome, :message, :scopes)"
                " RETURNING id",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", p->name);
    sql_bind_text(q, ":version", p->version ? p->version : "");
    sql_bind_text(q, ":sha256", p->sha256 ? p->sha256 : "");
    sql_bind_int(q, ":started", row->started_ms);
    sql_bind_int(q, ":ended", row->ended_ms);
    sql_bind_text(q, ":outcome", row->outcome);
    sql_bind_text(q, ":message", row->message);
    sql_bind_int(q, ":scopes", (int64_t)row->scopes);
    return sql_one_int(q, 0, ret_id, err);
}

int run_judged_version(struct store *s, const struct plugin_info *p, const struct scope_item *item,
                       char **ret, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "SELECT d.standard_version FROM scope_done d"
                " WHERE d.plugin = :plugin AND d.period = (SELECT id FROM code WHERE text = :period)"
                " AND d.county = (SELECT id FROM code WHERE text = :county) LIMIT 1",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", p->name);
    sql_bind_text(q, ":period", item->period);
    sql_bind_text(q, ":county", item->county);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret = r == 1 ? str_dup(sql_text(q, 0)) : NULL;
    sql_done(q);
    return 0;
}
