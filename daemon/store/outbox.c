// SPDX-License-Identifier: Apache-2.0
// SQL of the outbox.
#include "store/outbox.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/sql.h"

void outbox_row_deinit(struct outbox_row *o)
{
    char *texts[] = {o->key,  o->channel, o->kind, o->alerts, o->subject,
                     o->text, o->html,    o->json, o->fields};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    *o = (struct outbox_row){0};
}

int outbox_row_add(struct store *s, const struct outbox_row *o, bool *ret_added, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "INSERT INTO outbox(key, channel, kind, alerts, created_at, subject, body_text, body_html, "
                "body_json, fields, state, next_at) VALUES (:key, :channel, :kind, :alerts, :created_at, "
                ":subject, :text, :html, :json, :fields, 'pending', :next_at) ON CONFLICT(key) DO NOTHING",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":key", o->key);
    sql_bind_text(q, ":channel", o->channel);
    sql_bind_text(q, ":kind", o->kind);
    sql_bind_text(q, ":alerts", o->alerts);
    sql_bind_int(q, ":created_at", o->created_at);
    sql_bind_text(q, ":subject", o->subject);
    sql_bind_text(q, ":text", o->text);
    sql_bind_text(q, ":html", o->html);
    sql_bind_text(q, ":json", o->json);
    sql_bind_text(q, ":fields", o->fields);
    sql_bind_int(q, ":next_at", o->next_at);
    int r = sql_run(q, err);
    if (r < 0)
        return r;
    *ret_added = sql_changes(s) > 0;
    return 0;
}

int outbox_row_each_pending(struct store *s, outbox_row_fn *fn, void *arg, struct error *err)
{
    struct sql *q = sql_get(
        s, "SELECT id, channel, attempts, next_at FROM outbox WHERE state = 'pending' ORDER BY id", err);
    if (!q)
        return sql_failed(err);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        CLEANUP(outbox_row_deinit)
        struct outbox_row o = {.id = sql_int(q, 0),
                               .channel = str_dup(sql_text(q, 1)),
                               .attempts = sql_int(q, 2),
                               .next_at = sql_int(q, 3)};
        int stop = fn(&o, arg);
        if (stop) {
            sql_done(q);
            return stop;
        }
    }
    return r;
}

int outbox_row_load(struct store *s, int64_t id, struct outbox_row *ret, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "SELECT id, key, channel, kind, alerts, subject, body_text, body_html, body_json, fields, "
                "created_at, attempts, next_at FROM outbox WHERE id = :id AND state = 'pending'",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, -ENOENT, "outbox: no pending message %lld", (long long)id);
    *ret = (struct outbox_row){.id = sql_int(q, 0),
                               .created_at = sql_int(q, 10),
                               .attempts = sql_int(q, 11),
                               .next_at = sql_int(q, 12)};
    char **texts[] = {&ret->key,  &ret->channel, &ret->kind, &ret->alerts, &ret->subject,
                      &ret->text, &ret->html,    &ret->json, &ret->fields};
    for (int i = 0; i < (int)ARRAY_SIZE(texts); i++)
        *texts[i] = str_dup(sql_text(q, i + 1));
    sql_done(q);
    return 0;
}

int outbox_row_sent(struct store *s, int64_t id, int64_t now_ms, struct error *err)
{
    struct sql *q = sql_get(
        s,
        "UPDATE outbox SET state = 'sent', attempts = attempts + 1, sent_at = :now, last_error = NULL "
        "WHERE id = :id AND state <> 'sent'",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    sql_bind_int(q, ":now", now_ms);
    return sql_run(q, err);
}

int outbox_row_failed(struct store *s, int64_t id, const char *why, int64_t next_at, bool dead,
                      struct error *err)
{
    struct sql *q = sql_get(
        s,
        "UPDATE outbox SET state = CASE WHEN :dead THEN 'dead' ELSE 'pending' END, attempts = attempts + 1, "
        "next_at = :next_at, last_error = :why WHERE id = :id AND state = 'pending'",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    sql_bind_int(q, ":dead", dead);
    sql_bind_int(q, ":next_at", next_at);
    sql_bind_text(q, ":why", why);
    return sql_run(q, err);
}

static int count(struct store *s, const char *text, int64_t *ret, struct error *err)
{
    struct sql *q = sql_get(s, text, err);
    return q ? sql_one_int(q, 0, ret, err) : sql_failed(err);
}

int outbox_row_count(struct store *s, int64_t *ret_pending, int64_t *ret_dead, struct error *err)
{
    int64_t pending = 0, dead = 0;
    int r = count(s, "SELECT count(*) FROM outbox WHERE state = 'pending'", &pending, err);
    if (r == 0)
        r = count(s, "SELECT count(*) FROM outbox WHERE state = 'dead'", &dead, err);
    if (r < 0)
        return r;
    *ret_pending = pending;
    *ret_dead = dead;
    return 0;
}
