// SPDX-License-Identifier: Apache-2.0
// Reads for the command line.
#include "store/query.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/sql.h"

int query_submissions(struct store *s, const char *state, const char *source, int64_t limit,
                      submission_fn *fn, void *arg, struct error *err)
{
    struct sql *q = sql_get(s,
                            "SELECT id FROM submission WHERE (:state IS NULL OR state = :state)"
                            " AND (:source IS NULL OR source = :source) ORDER BY id DESC LIMIT :limit",
                            err);
    if (!q)
        return -EIO;
    sql_bind_text(q, ":state", state);
    sql_bind_text(q, ":source", source);
    sql_bind_int(q, ":limit", limit ? limit : -1);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        struct submission sub = {0};
        r = submission_load(s, sql_int(q, 0), &sub, err);
        if (r == 0)
            r = fn(&sub, arg);
        submission_deinit(&sub);
        if (r != 0) {
            sql_done(q);
            return r;
        }
    }
    return r;
}

void query_counts_deinit(struct query_counts *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->items[i].word);
    free(c->items);
    *c = (struct query_counts){0};
}

int64_t query_counts_of(const struct query_counts *c, const char *word)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->items[i].word, word) == 0)
            return c->items[i].n;
    }
    return 0;
}

static int counts(struct store *s, const char *text, struct query_counts *ret, struct error *err)
{
    struct sql *q = sql_get(s, text, err);
    if (!q)
        return -EIO;
    *ret = (struct query_counts){0};
    int r;
    while ((r = sql_step(q, err)) == 1) {
        ret->items = mem_grow(ret->items, ret->n + 1, sizeof *ret->items);
        ret->items[ret->n++] = (struct query_count){.word = str_dup(sql_text(q, 0)), .n = sql_int(q, 1)};
    }
    if (r < 0)
        query_counts_deinit(ret);
    return r;
}

int query_submission_states(struct store *s, struct query_counts *ret, struct error *err)
{
    return counts(s, "SELECT state, count(*) FROM submission GROUP BY state ORDER BY state", ret, err);
}

int query_alert_states(struct store *s, struct query_counts *ret, struct error *err)
{
    return counts(s, "SELECT state, count(*) FROM alert GROUP BY state ORDER BY state", ret, err);
}

int query_outbox_states(struct store *s, struct query_counts *ret, struct error *err)
{
    return counts(s, "SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state", ret, err);
}

int query_set_aside(struct store *s, query_set_aside_fn *fn, void *arg, struct error *err)
{
    struct sql *q = sql_get(
        s, "SELECT kind, name, scope, reason, since FROM set_aside WHERE active ORDER BY kind, name, scope",
        err);
    if (!q)
        return -EIO;
    int r;
    while ((r = sql_step(q, err)) == 1) {
        r = fn(sql_text(q, 0), sql_text(q, 1), sql_text(q, 2), sql_text(q, 3), sql_int(q, 4), arg);
        if (r != 0) {
            sql_done(q);
            return r;
        }
    }
    return r;
}

void query_run_deinit(struct query_run *r)
{
    free(r->outcome);
    free(r->message);
    free(r->version);
    free(r->sha256);
    *r = (struct query_run){0};
}

int query_last_run(struct store *s, const char *plugin, struct query_run *ret, struct error *err)
{
    struct sql *q = sql_get(s,
                            "SELECT outcome, message, version, sha256, started_at, ended_at FROM run"
                            " WHERE plugin = :plugin ORDER BY id DESC LIMIT 1",
                            err);
    if (!q)
        return -EIO;
    sql_bind_text(q, ":plugin", plugin);
    *ret = (struct query_run){0};
    int r = sql_step(q, err);
    if (r != 1)
        return r;
    *ret = (struct query_run){.outcome = str_dup(sql_text(q, 0)),
                              .message = str_dup(sql_text(q, 1)),
                              .version = str_dup(sql_text(q, 2)),
                              .sha256 = str_dup(sql_text(q, 3)),
                              .started_at = sql_int(q, 4),
                              .ended_at = sql_int(q, 5)};
    sql_done(q);
    return 0;
}

int query_alert_ids(struct store *s, const char *state, const char *county, char ***ret, size_t *ret_n,
                    struct error *err)
{
    struct sql *q = sql_get(
        s,
        "SELECT public_id FROM alert WHERE (:state IS NULL OR state = :state OR (:state = 'open' AND state <> 'resolved'))"
        " AND (:county IS NULL OR county = :county) ORDER BY id DESC",
        err);
    if (!q)
        return -EIO;
    sql_bind_text(q, ":state", state);
    sql_bind_text(q, ":county", county);
    char **ids = NULL;
    size_t n = 0;
    int r;
    while ((r = sql_step(q, err)) == 1) {
        ids = mem_grow(ids, n + 1, sizeof *ids);
        ids[n++] = str_dup(sql_text(q, 0));
    }
    *ret = ids;
    *ret_n = n;
    return r;
}

int query_alert_events(struct store *s, int64_t alert, query_event_fn *fn, void *arg, struct error *err)
{
    struct sql *q =
        sql_get(s, "SELECT at, kind, actor, detail FROM alert_event WHERE alert = :alert ORDER BY id", err);
    if (!q)
        return -EIO;
    sql_bind_int(q, ":alert", alert);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        r = fn(sql_int(q, 0), sql_text(q, 1), sql_text(q, 2), sql_text(q, 3), arg);
        if (r != 0) {
            sql_done(q);
            return r;
        }
    }
    return r;
}
