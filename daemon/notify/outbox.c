// SPDX-License-Identifier: Apache-2.0
// Which messages are due, as jobs for the sender, and what their outcomes mean.
#include "notify/outbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "notify/backoff.h"
#include "store/alert.h"
#include "store/outbox.h"

struct due {
    const struct config *conf;
    bool journal;
    int64_t now_ms, next_ms;
    size_t limit, n;
    int64_t *ids;
    int64_t *held_until; // per channel: an earlier message of it waits until then; 0: none
};

static int consider(const struct outbox_row *o, void *arg)
{
    struct due *d = arg;
    const struct channel_config *c = config_channel(d->conf, o->channel);
    if (!c || (c->type == CHANNEL_JOURNAL) != d->journal)
        return 0; // of a channel that is configured no more: kept, in case it comes back
    int64_t *held = &d->held_until[c - d->conf->channels];
    int64_t at = o->next_at > *held ? o->next_at : *held;
    if (at > d->now_ms) {
        if (at < d->next_ms)
            d->next_ms = at;
        if (!*held && o->attempts < OUTBOX_HOLD_ATTEMPTS)
            *held = at;
        return 0;
    }
    if (d->n < d->limit)
        d->ids[d->n++] = o->id;
    else
        d->next_ms = d->now_ms; // more is due than was asked for
    return 0;
}

static int find_due(struct store *s, struct due *d, struct error *err)
{
    d->next_ms = INT64_MAX;
    d->ids = mem_array(d->limit + 1, sizeof *d->ids);
    d->held_until = mem_array(d->conf->n_channels + 1, sizeof *d->held_until);
    return outbox_row_each_pending(s, consider, d, err);
}

static void due_deinit(struct due *d)
{
    free(d->ids);
    free(d->held_until);
}

static json_t *texts(char *const *list)
{
    json_t *a = json_array();
    for (; list && *list; list++)
        (void)json_array_append_new(a, json_string(*list));
    return a;
}

static json_t *job_config(const struct channel_config *c)
{
    static const char *const tls[] = {
        [TLS_NONE] = "none", [TLS_STARTTLS] = "starttls", [TLS_IMPLICIT] = "implicit"};
    json_t *j = json_pack("{s:s, s:s*, s:I}", "name", c->name, "ca_file", c->ca_file, "timeout_ms",
                          (json_int_t)c->timeout_ms);
    if (c->type == CHANNEL_WEBHOOK) {
        (void)json_object_set_new(j, "url", json_string(c->url));
        (void)json_object_set_new(j, "headers", texts(c->headers));
        return j;
    }
    json_t *smtp = json_pack("{s:s, s:i, s:s, s:s*, s:s*, s:s, s:o}", "host", c->host, "port", c->port, "tls",
                             tls[c->tls], "user", c->user, "password_file", c->password_file, "from", c->from,
                             "to", texts(c->to));
    (void)json_object_update(j, smtp);
    json_decref(smtp);
    return j;
}

static json_t *job_of(const struct outbox_row *o, const struct channel_config *c)
{
    json_t *body = json_loads(o->json, 0, NULL);
    return json_pack("{s:I, s:s, s:s, s:o, s:s, s:s, s:s?, s:I, s:o}", "id", (json_int_t)o->id, "key", o->key,
                     "type", c->type == CHANNEL_SMTP ? "smtp" : "webhook", "config", job_config(c), "subject",
                     o->subject, "text", o->text, "html", o->html, "created_at", (json_int_t)o->created_at,
                     "json", body ? body : json_object());
}

static json_t *alert_entry(const struct alert_row *a)
{
    const char *text = a->text ? a->text : "";
    return json_pack("{s:s%, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "text", text, strcspn(text, "\n"),
                     "fields", "JUNHENG_ALERT", a->public_id, "JUNHENG_INDICATOR", a->indicator,
                     "JUNHENG_ENTITY", a->entity, "JUNHENG_COUNTY", a->county, "JUNHENG_STAGE", a->stage,
                     "JUNHENG_PERIOD", a->period, "JUNHENG_SEVERITY", a->severity, "JUNHENG_STATE", a->state);
}

// A log is no mailbox: each alert of a digest has an entry of its own, or it could not be looked for by its
// fields.
static int alert_entries(struct store *s, const struct outbox_row *o, json_t **ret, struct error *err)
{
    json_t *ids = strcmp(o->kind, "digest") == 0 ? json_loads(o->alerts, 0, NULL) : NULL;
    json_t *list = json_array(), *id;
    size_t i;
    int r = 0;
    json_array_foreach(ids, i, id)
    {
        CLEANUP(alert_row_deinit) struct alert_row a = {0};
        r = json_is_string(id) ? alert_row_find(s, json_string_value(id), &a, err) : 0;
        if (r < 0)
            break;
        if (r > 0)
            (void)json_array_append_new(list, alert_entry(&a));
    }
    json_decref(ids);
    if (r < 0)
        json_decref(list);
    else
        *ret = list;
    return r < 0 ? r : 0;
}

static json_t *journal_entry(const struct outbox_row *o, json_t *each)
{
    json_t *fields = o->fields ? json_loads(o->fields, 0, NULL) : NULL;
    const char *severity = json_string_value(json_object_get(fields, "JUNHENG_SEVERITY"));
    return json_pack("{s:I, s:s, s:s, s:s, s:s?, s:o, s:o}", "id", (json_int_t)o->id, "kind", o->kind,
                     "subject", o->subject, "text", o->text, "severity", severity, "fields",
                     fields ? fields : json_object(), "each", each);
}

static int load_due(struct store *s, struct due *d, json_t **ret, struct error *err)
{
    int r = find_due(s, d, err);
    if (r < 0)
        return r;
    json_t *jobs = json_array();
    for (size_t i = 0; i < d->n; i++) {
        CLEANUP(outbox_row_deinit) struct outbox_row o = {0};
        json_t *each = NULL;
        r = outbox_row_load(s, d->ids[i], &o, err);
        if (r == 0 && d->journal)
            r = alert_entries(s, &o, &each, err);
        if (r < 0) {
            json_decref(jobs);
            return r;
        }
        json_t *job = d->journal ? journal_entry(&o, each) : job_of(&o, config_channel(d->conf, o.channel));
        if (!job) { // only a text that is not UTF-8 can do that
            json_decref(jobs);
            return error_set(err, -EILSEQ, "outbox: message %s cannot be written as JSON", o.key);
        }
        (void)json_array_append_new(jobs, job);
    }
    *ret = jobs;
    return 0;
}

int outbox_due(struct store *s, const struct config *conf, int64_t now_ms, size_t limit, json_t **ret_jobs,
               int64_t *ret_next_ms, struct error *err)
{
    CLEANUP(due_deinit) struct due d = {.conf = conf, .now_ms = now_ms, .limit = limit};
    int r = load_due(s, &d, ret_jobs, err);
    if (r == 0)
        *ret_next_ms = d.next_ms;
    return r;
}

int outbox_due_journal(struct store *s, const struct config *conf, int64_t now_ms, size_t limit, json_t **ret,
                       struct error *err)
{
    CLEANUP(due_deinit) struct due d = {.conf = conf, .journal = true, .now_ms = now_ms, .limit = limit};
    return load_due(s, &d, ret, err);
}

static int report_one(struct store *s, const struct config *conf, const json_t *outcome, int64_t now_ms,
                      double jitter, struct error *err)
{
    int64_t id = json_integer_value(json_object_get(outcome, "id"));
    if (json_is_true(json_object_get(outcome, "ok")))
        return outbox_row_sent(s, id, now_ms, err);
    if (json_is_false(json_object_get(outcome, "tried")))
        return 0; // it waits with the one before it
    CLEANUP(outbox_row_deinit) struct outbox_row o = {0};
    struct error gone;
    int r = outbox_row_load(s, id, &o, &gone);
    if (r == -ENOENT)
        return 0; // reported before
    if (r < 0)
        return error_set(err, r, "%s", gone.msg);
    const struct channel_config *c = config_channel(conf, o.channel);
    int64_t attempts = o.attempts + 1;
    bool dead = json_is_true(json_object_get(outcome, "permanent")) ||
                (c && c->max_attempts > 0 && attempts >= c->max_attempts);
    double after_s = json_number_value(json_object_get(outcome, "retry_after_s"));
    int64_t after_ms = after_s > 0 && after_s < 1e6 ? (int64_t)(after_s * 1000) : 0;
    int64_t wait = backoff_ms(attempts, c ? c->retry_initial_ms : 10000, c ? c->retry_max_ms : 3600000,
                              after_ms, jitter);
    const char *why = json_string_value(json_object_get(outcome, "error"));
    return outbox_row_failed(s, id, why ? why : "?", now_ms + wait, dead, err);
}

int outbox_report(struct store *s, const struct config *conf, const json_t *outcomes, int64_t now_ms,
                  double jitter, struct error *err)
{
    int r = store_begin(s, err);
    if (r < 0)
        return r;
    size_t i;
    json_t *outcome;
    json_array_foreach((json_t *)(uintptr_t)outcomes, i, outcome)
    {
        r = report_one(s, conf, outcome, now_ms, jitter, err);
        if (r < 0)
            break;
    }
    if (r == 0)
        r = store_commit(s, err);
    if (r < 0)
        store_rollback(s);
    return r;
}

int outbox_pending(struct store *s, int64_t *ret_pending, int64_t *ret_dead, struct error *err)
{
    return outbox_row_count(s, ret_pending, ret_dead, err);
}
