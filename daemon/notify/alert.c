// SPDX-License-Identifier: Apache-2.0
// Writes the transitions of a scope's findings, then has them announced.
#include "notify/alert.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/zone.h"
#include "judge/severity.h"
#include "notify/announce.h"
#include "notify/move.h"
#include "notify/transition.h"
#include "store/alert.h"
#include "store/entity.h"

#define ACTOR "junheng"

void move_list_deinit(struct move_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        alert_row_deinit(&l->items[i].row);
        free(l->items[i].period_before);
    }
    free(l->items);
    *l = (struct move_list){0};
}

static struct move *move_add(struct move_list *l)
{
    if ((l->n & (l->n - 1)) == 0) // full at every power of two
        l->items = mem_grow(l->items, l->n ? l->n * 2 : 1, sizeof *l->items);
    struct move *m = &l->items[l->n++];
    *m = (struct move){.value_before = NAN};
    return m;
}

static void set_text(char **at, const char *text)
{
    char *copy = str_dup(text);
    free(*at);
    *at = copy;
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static enum severity finding_severity(const struct finding *f)
{
    return severity_of(f->indicator, f->verdict, f->pupils, f->estimated, f->provisional);
}

static int today_of(const struct alert_context *ctx)
{
    struct civil c = zone_civil(ctx->config->timezone, ctx->now_ms);
    return c.year * 10000 + c.month * 100 + c.day;
}

// What the database says around the finding; *ret_row is the open alert if there is one.
static int gather(struct store *s, const struct alert_context *ctx, const struct finding *f,
                  struct transition_input *ret, struct alert_row *ret_row, struct error *err)
{
    struct period period;
    if (!period_parse(f->period, &period))
        return error_set(err, -EINVAL, "alert: \"%s\" is no period", f->period);
    *ret = (struct transition_input){
        .verdict = f->verdict,
        .provisional = f->provisional,
        .floor_resolves = f->indicator->kind != INDICATOR_MEASURE && f->indicator->kind != INDICATOR_RATE,
        .standard_changed = ctx->standard_changed,
    };
    int r = alert_row_find_open(s, f->indicator->id, f->entity, stage_id(f->stage), ret_row, err);
    if (r < 0)
        return r;
    ret->open = r == 1;
    struct period of_alert;
    if (ret->open && period_parse(ret_row->period, &of_alert))
        ret->against_open = period_compare(&period, &of_alert);
    if (!ret->open && f->verdict != VERDICT_FAIL)
        return 0; // spares the query for the many that pass
    r = alert_later_results(s, f->indicator->id, f->entity, (int)f->stage, &period, &ret->later,
                            &ret->later_judged, err);
    // A school that is no more has nothing later, but its county has.
    if (r == 0 && !ret->open && !ret->later)
        r = alert_county_is_past(s, f->county, &period, today_of(ctx), &ret->later, err);
    return r;
}

static char *numbers_json(const struct finding *f, const struct alert_row *before)
{
    json_t *j = json_pack("{s:s, s:s}", "period", f->period, "severity", severity_id(finding_severity(f)));
    if (isfinite(f->value))
        (void)json_object_set_new(j, "value", json_real(f->value));
    if (before && isfinite(before->value))
        (void)json_object_set_new(j, "value_before", json_real(before->value));
    if (before && strcmp(before->period, f->period) != 0)
        (void)json_object_set_new(j, "period_before", json_string(before->period));
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return text;
}

static int open_alert(struct store *s, const struct alert_context *ctx, const struct finding *f,
                      struct move_list *moves, struct error *err)
{
    struct move *m = move_add(moves);
    m->what = TRANSITION_OPEN;
    m->finding = f;
    m->row = (struct alert_row){
        .indicator = str_dup(f->indicator->id),
        .entity = str_dup(f->entity),
        .stage = str_dup(stage_id(f->stage)),
        .period = str_dup(f->period),
        .county = str_dup(f->county),
        .severity = str_dup(severity_id(finding_severity(f))),
        .state = str_dup("firing"),
        .value = f->value,
        .threshold = f->threshold,
        .opened_at = ctx->now_ms,
        .changed_at = ctx->now_ms,
        .submission = ctx->submission,
    };
    int r = entity_name(s, ctx->catalog, ctx->config, f->indicator->level, f->entity, f->period, &m->row.name,
                        err);
    if (r == 0)
        r = alert_row_insert(s, &m->row, ctx->config->timezone, err);
    if (r < 0)
        return r;
    CLEANUP_FREE char *detail = numbers_json(f, NULL);
    return alert_event_add(s, m->row.id, ctx->now_ms, "opened", ACTOR, detail, err);
}

static int keep_alert(struct store *s, const struct alert_context *ctx, const struct finding *f,
                      struct alert_row *row, struct error *err)
{
    assert(row->period && row->severity); // NOT NULL in the schema
    const char *severity = severity_id(finding_severity(f));
    if (same_number(row->value, f->value) && same_number(row->threshold, f->threshold) &&
        strcmp(row->period, f->period) == 0 && strcmp(row->severity, severity) == 0)
        return 0;
    CLEANUP_FREE char *detail = numbers_json(f, row);
    set_text(&row->period, f->period);
    set_text(&row->severity, severity);
    row->value = f->value;
    row->threshold = f->threshold;
    row->changed_at = ctx->now_ms;
    if (ctx->submission)
        row->submission = ctx->submission;
    int r = alert_row_update(s, row, err);
    return r < 0 ? r : alert_event_add(s, row->id, ctx->now_ms, "changed", ACTOR, detail, err);
}

static int resolve_alert(struct store *s, const struct alert_context *ctx, const struct finding *f,
                         enum close_reason reason, struct alert_row *row, struct move_list *moves,
                         struct error *err)
{
    assert(row->period);
    CLEANUP_FREE char *detail = numbers_json(f, row);
    struct move *m = move_add(moves);
    *m = (struct move){.what = TRANSITION_RESOLVE,
                       .reason = reason,
                       .finding = f,
                       .row = *row,
                       .value_before = row->value,
                       .period_before = str_dup(row->period)};
    *row = (struct alert_row){0}; // handed over
    set_text(&m->row.state, "resolved");
    set_text(&m->row.period, f->period);
    set_text(&m->row.close_reason, close_reason_id(reason));
    m->row.value = f->value;
    m->row.threshold = isnan(f->threshold) ? m->row.threshold : f->threshold;
    m->row.changed_at = m->row.resolved_at = ctx->now_ms;
    if (ctx->submission)
        m->row.submission = ctx->submission;
    int r = alert_row_update(s, &m->row, err);
    return r < 0 ? r : alert_event_add(s, m->row.id, ctx->now_ms, "resolved", ACTOR, detail, err);
}

static int apply_one(struct store *s, const struct alert_context *ctx, const struct finding *f,
                     struct move_list *moves, struct error *err)
{
    struct transition_input in;
    CLEANUP(alert_row_deinit) struct alert_row row = {0};
    int r = gather(s, ctx, f, &in, &row, err);
    if (r < 0)
        return r;
    enum close_reason reason = CLOSE_RECTIFIED;
    switch (transition_of(&in, &reason)) {
    case TRANSITION_OPEN:
        return open_alert(s, ctx, f, moves, err);
    case TRANSITION_KEEP:
        return keep_alert(s, ctx, f, &row, err);
    case TRANSITION_RESOLVE:
        return resolve_alert(s, ctx, f, reason, &row, moves, err);
    case TRANSITION_NONE:
        break;
    }
    return 0;
}

int alert_apply(struct store *s, const struct alert_context *ctx, const struct finding *findings, size_t n,
                struct alert_counts *ret, struct error *err)
{
    CLEANUP(move_list_deinit) struct move_list moves = {0};
    int r = alert_row_expire(s, ctx->now_ms, err);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = apply_one(s, ctx, &findings[i], &moves, err);
    struct alert_counts counts = {0};
    for (size_t i = 0; i < moves.n; i++)
        (*(moves.items[i].what == TRANSITION_OPEN ? &counts.opened : &counts.resolved))++;
    if (r == 0)
        r = announce(s, ctx, findings, n, &moves, &counts.queued, err);
    if (r == 0 && ret)
        *ret = counts;
    return r;
}
