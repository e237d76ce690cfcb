// SPDX-License-Identifier: Apache-2.0
// Messages into the outbox.
#include "notify/message.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/zone.h"
#include "notify/text.h"
#include "store/outbox.h"

void message_deinit(struct message *m)
{
    json_decref(m->ids);
    json_decref(m->alerts);
    json_decref(m->fields);
    *m = (struct message){0};
}

static char *body_json(const struct alert_context *ctx, const struct message *m, const char *key,
                       const char *subject)
{
    char sent_at[ZONE_RFC3339_MAX];
    zone_rfc3339(ctx->config->timezone, ctx->now_ms, sent_at);
    json_t *j = json_pack("{s:i, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:O?}", "version", 1, "kind", m->kind,
                          "key", key, "office", ctx->config->office_name, "sent_at", sent_at, "severity",
                          severity_id(m->severity), "subject", subject, "text", m->text, "alerts", m->alerts);
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    return text;
}

static int queue_one(struct store *s, const struct alert_context *ctx, const struct message *m,
                     const char *channel, int64_t *ret_queued, struct error *err)
{
    CLEANUP(buf_deinit) struct buf html = BUF_INIT;
    CLEANUP(outbox_row_deinit)
    struct outbox_row o = {
        .key = str_printf("%s/%s", m->key, channel),
        .channel = str_dup(channel),
        .kind = str_dup(m->kind),
        .alerts = m->ids ? json_dumps(m->ids, JSON_COMPACT) : str_dup("[]"),
        .subject = text_subject(m->text),
        .text = str_dup(m->text),
        .fields = m->fields ? json_dumps(m->fields, JSON_COMPACT | JSON_SORT_KEYS) : NULL,
        .created_at = ctx->now_ms,
        .next_at = ctx->now_ms,
    };
    text_html(m->text, m->severity, &html);
    o.html = buf_take(&html);
    o.json = body_json(ctx, m, o.key, o.subject);
    if (!o.json)
        return error_set(err, -EILSEQ, "message %s: a name in it is not valid UTF-8", o.key);
    bool added;
    int r = outbox_row_add(s, &o, &added, err);
    if (r == 0 && added)
        (*ret_queued)++;
    return r;
}

int message_queue(struct store *s, const struct alert_context *ctx, const struct message *m,
                  const struct channel_set *to, int64_t *ret_queued, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < to->n; i++) {
        if (to->has[i])
            r = queue_one(s, ctx, m, ctx->config->channels[i].name, ret_queued, err);
    }
    return r;
}
