// SPDX-License-Identifier: Apache-2.0
// Who is told what: single messages, or a digest where a county moves much at once.
#include "notify/announce.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/clean.h"
#include "notify/county.h"
#include "notify/digest.h"
#include "notify/message.h"
#include "notify/route.h"
#include "notify/text.h"
#include "notify/view_load.h"

// The channels that were told of the opening, by name: what comes later goes there and nowhere else.
static char *channels_json(const struct config *conf, const struct channel_set *set)
{
    json_t *names = json_array();
    for (size_t i = 0; i < set->n; i++) {
        if (set->has[i])
            (void)json_array_append_new(names, json_string(conf->channels[i].name));
    }
    json_t *j = json_pack("{s:o}", "channels", names);
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return text;
}

static int queued_before(struct store *s, const struct config *conf, int64_t alert, struct channel_set *set,
                         struct error *err)
{
    CLEANUP_FREE char *detail = NULL;
    int r = alert_event_last(s, alert, "queued", &detail, err);
    if (r < 0 || !detail)
        return r;
    json_t *j = json_loads(detail, 0, NULL);
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(j, "channels"), i, name)
    {
        for (size_t c = 0; c < set->n; c++)
            set->has[c] = set->has[c] || strcmp(conf->channels[c].name, json_string_value(name)) == 0;
    }
    json_decref(j);
    return 0;
}

static int audience(struct store *s, const struct alert_context *ctx, const struct move *m,
                    struct channel_set *set, struct error *err)
{
    if (m->what == TRANSITION_RESOLVE)
        return queued_before(s, ctx->config, m->row.id, set, err);
    enum severity severity = SEVERITY_BLUE;
    (void)severity_parse(m->row.severity, &severity);
    channel_set_route(set, ctx->config, m->row.county, m->row.indicator, severity);
    if (channel_set_empty(set))
        return 0;
    CLEANUP_FREE char *detail = channels_json(ctx->config, set);
    return alert_event_add(s, m->row.id, ctx->now_ms, "queued", "junheng", detail, err);
}

static json_t *journal_fields(const struct move *m)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "JUNHENG_ALERT", m->row.public_id,
                     "JUNHENG_INDICATOR", m->row.indicator, "JUNHENG_ENTITY", m->row.entity, "JUNHENG_COUNTY",
                     m->row.county, "JUNHENG_STAGE", m->row.stage, "JUNHENG_PERIOD", m->row.period,
                     "JUNHENG_SEVERITY", m->row.severity, "JUNHENG_STATE", m->row.state);
}

static int queue_single(struct store *s, const struct alert_context *ctx, const struct announced *a,
                        int64_t *ret_queued, struct error *err)
{
    const struct move *m = a->move;
    bool opened = m->what == TRANSITION_OPEN;
    CLEANUP_FREE char *key = str_printf("%s/%s", m->row.public_id, opened ? "opened" : "resolved");
    CLEANUP(message_deinit)
    struct message msg = {
        .kind = opened ? "alert" : "resolved",
        .key = key,
        .text = m->row.text,
        .severity = a->view.severity,
        .ids = json_pack("[s]", m->row.public_id),
        .alerts = json_pack("[o]", text_alert_json(&a->view)),
        .fields = journal_fields(m),
    };
    return message_queue(s, ctx, &msg, &a->to, ret_queued, err);
}

static void announced_free(struct announced *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        alert_view_deinit(&list[i].view);
        channel_set_deinit(&list[i].to);
    }
    free(list);
}

// View, text and audience of one move; the text is kept with the alert for `alerts show`.
static int prepare(struct store *s, const struct alert_context *ctx, const struct county *county,
                   struct move *m, struct announced *ret, struct error *err)
{
    ret->move = m;
    channel_set_init(&ret->to, ctx->config);
    int r = alert_view_load(s, ctx, county, m, &ret->view, err);
    if (r < 0)
        return r;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    text_alert(&ret->view, &text);
    free(m->row.text);
    m->row.text = clean_text(buf_str(&text));
    r = alert_row_update(s, &m->row, err);
    return r < 0 ? r : audience(s, ctx, m, &ret->to, err);
}

static bool same_scope(const struct finding *a, const struct finding *b)
{
    return strcmp(a->county, b->county) == 0 && strcmp(a->period, b->period) == 0;
}

// All moves of the scope of `first`. `done` marks them.
static int announce_scope(struct store *s, const struct alert_context *ctx, const struct digest_scope *scope,
                          struct move_list *moves, bool *done, int64_t *ret_queued, struct error *err)
{
    CLEANUP(county_deinit) struct county county = {0};
    int r = county_load(s, scope->first->county, scope->first->period, &county, err);
    if (r < 0)
        return r;
    struct announced *list = mem_array(moves->n + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; r == 0 && i < moves->n; i++) {
        if (done[i] || !same_scope(moves->items[i].finding, scope->first))
            continue;
        done[i] = true;
        r = prepare(s, ctx, &county, &moves->items[i], &list[n], err);
        n++;
    }
    bool digest =
        ctx->first_load || n > (size_t)(ctx->config->digest_above > 0 ? ctx->config->digest_above : 0);
    if (r == 0 && digest)
        r = digest_queue(s, ctx, scope, &county, list, n, ret_queued, err);
    for (size_t i = 0; r == 0 && !digest && i < n; i++)
        r = queue_single(s, ctx, &list[i], ret_queued, err);
    announced_free(list, n);
    return r;
}

int announce(struct store *s, const struct alert_context *ctx, const struct finding *findings, size_t n,
             struct move_list *moves, int64_t *ret_queued, struct error *err)
{
    bool *done = mem_array(moves->n + 1, sizeof *done);
    int r = 0;
    for (size_t i = 0; r == 0 && i < moves->n; i++) {
        if (done[i])
            continue;
        const struct digest_scope scope = {
            .first = moves->items[i].finding, .findings = findings, .n_findings = n};
        r = announce_scope(s, ctx, &scope, moves, done, ret_queued, err);
    }
    free(done);
    return r;
}
