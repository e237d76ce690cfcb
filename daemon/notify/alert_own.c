// SPDX-License-Identifier: Apache-2.0
// The daemon's own alerts: a plugin or file set aside and the like.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "notify/alert.h"
#include "base/clean.h"
#include "notify/message.h"
#include "store/alert.h"

static json_t *own_json(const struct alert_context *ctx, const struct alert_row *a)
{
    (void)ctx;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", a->public_id, "indicator", a->indicator,
                     "entity", a->entity, "name", a->entity, "severity", a->severity, "state", a->state,
                     "title", a->indicator);
}

static int tell(struct store *s, const struct alert_context *ctx, const struct alert_row *a,
                const char *transition, struct error *err)
{
    CLEANUP_FREE char *key = str_printf("%s/%s", a->public_id, transition);
    CLEANUP(message_deinit)
    struct message m = {
        .kind = "notice",
        .key = key,
        .text = a->text,
        .severity = SEVERITY_BLUE,
        .ids = json_pack("[s]", a->public_id),
        .alerts = json_pack("[o]", own_json(ctx, a)),
        .fields = json_pack("{s:s, s:s, s:s, s:s}", "JUNHENG_ALERT", a->public_id, "JUNHENG_INDICATOR",
                            a->indicator, "JUNHENG_ENTITY", a->entity, "JUNHENG_SEVERITY", a->severity),
    };
    (void)severity_parse(a->severity, &m.severity);
    CLEANUP(channel_set_deinit) struct channel_set to;
    channel_set_init(&to, ctx->config);
    channel_set_route(&to, ctx->config, "", a->indicator, m.severity);
    int64_t queued = 0;
    return message_queue(s, ctx, &m, &to, &queued, err);
}

static char *own_text(const char *head, const char *sentence, const struct alert_row *a)
{
    CLEANUP_FREE char *line = clean_line(sentence);
    CLEANUP_FREE char *first = str_printf(head, line);
    CLEANUP_FREE char *last = str_printf(_("No. %1$s | %2$s\n"), a->public_id, a->indicator);
    return str_printf("%s\n%s", first, last);
}

static int open_own(struct store *s, const struct alert_context *ctx, struct alert_row *a,
                    const char *sentence, struct error *err)
{
    int r = alert_row_insert(s, a, ctx->config->timezone, err);
    if (r < 0)
        return r;
    a->text = own_text(_("[junheng: attention] %s"), sentence, a);
    r = alert_row_update(s, a, err);
    if (r == 0)
        r = alert_event_add(s, a->id, ctx->now_ms, "opened", "junheng", NULL, err);
    return r < 0 ? r : tell(s, ctx, a, "opened", err);
}

// A refreshed alert says the newest sentence, but tells nobody again.
static int refresh(struct store *s, const struct alert_context *ctx, struct alert_row *a,
                   const char *severity, const char *sentence, struct error *err)
{
    char *text = own_text(_("[junheng: attention] %s"), sentence, a);
    bool same = strcmp(text, a->text ? a->text : "") == 0 && strcmp(severity, a->severity) == 0;
    free(a->text);
    a->text = text;
    if (same)
        return 0;
    free(a->severity);
    a->severity = str_dup(severity);
    a->changed_at = ctx->now_ms;
    int r = alert_row_update(s, a, err);
    return r < 0 ? r : alert_event_add(s, a->id, ctx->now_ms, "changed", "junheng", NULL, err);
}

int alert_own_raise(struct store *s, const struct alert_context *ctx, const char *what, const char *name,
                    const char *severity, const char *sentence, struct error *err)
{
    CLEANUP_FREE char *indicator = str_printf("junheng.%s", what);
    CLEANUP_FREE char *entity = clean_line(name);
    CLEANUP(alert_row_deinit) struct alert_row a = {0};
    int r = alert_row_find_open(s, indicator, entity, "", &a, err);
    if (r < 0)
        return r;
    if (r == 1)
        return refresh(s, ctx, &a, severity, sentence, err);
    a = (struct alert_row){
        .indicator = TAKE(indicator),
        .entity = str_dup(entity),
        .stage = str_dup(""),
        .period = str_dup(""),
        .county = str_dup(""),
        .name = str_dup(entity),
        .severity = str_dup(severity),
        .state = str_dup("firing"),
        .value = NAN,
        .threshold = NAN,
        .opened_at = ctx->now_ms,
        .changed_at = ctx->now_ms,
        .submission = ctx->submission,
    };
    return open_own(s, ctx, &a, sentence, err);
}

// The sentence of the text that is there: between the tag and the end of its first line.
static char *sentence_of(const struct alert_row *a)
{
    const char *text = a->text ? a->text : "";
    const char *end = strchr(text, '\n');
    const char *tag = _("[junheng: attention] %s");
    size_t skip = strcspn(tag, "%");
    size_t n = end ? (size_t)(end - text) : strlen(text);
    return n >= skip && strncmp(text, tag, skip) == 0 ? str_ndup(text + skip, n - skip) : str_ndup(text, n);
}

int alert_own_clear(struct store *s, const struct alert_context *ctx, const char *what, const char *name,
                    struct error *err)
{
    CLEANUP_FREE char *indicator = str_printf("junheng.%s", what);
    CLEANUP_FREE char *entity = clean_line(name);
    CLEANUP(alert_row_deinit) struct alert_row a = {0};
    int r = alert_row_find_open(s, indicator, entity, "", &a, err);
    if (r <= 0)
        return r;
    CLEANUP_FREE char *sentence = sentence_of(&a);
    free(a.text);
    free(a.state);
    a.text = own_text(_("[junheng: over] %s"), sentence, &a);
    a.state = str_dup("resolved");
    free(a.close_reason);
    a.close_reason = str_dup("not_applicable");
    a.resolved_at = a.changed_at = ctx->now_ms;
    r = alert_row_update(s, &a, err);
    if (r == 0)
        r = alert_event_add(s, a.id, ctx->now_ms, "resolved", "junheng", NULL, err);
    return r < 0 ? r : tell(s, ctx, &a, "resolved", err);
}
