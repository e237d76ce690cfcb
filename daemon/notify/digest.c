// SPDX-License-Identifier: Apache-2.0
// Gathers what a digest says and queues it, each channel its own.
#include "notify/digest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/clean.h"
#include "notify/columns.h"
#include "notify/message.h"
#include "notify/text.h"
#include "store/entity.h"
#include "store/submission.h"

void digest_view_deinit(struct digest_view *v)
{
    for (size_t i = 0; i < v->n_gaps; i++) {
        free(v->gaps[i].name);
        free(v->gaps[i].entity);
        free(v->gaps[i].missing);
    }
    free(v->gaps);
    free(v->cvs);
    free(v->stages);
    *v = (struct digest_view){0};
}

static bool of_scope(const struct finding *f, const struct digest_scope *scope)
{
    return strcmp(f->county, scope->first->county) == 0 && strcmp(f->period, scope->first->period) == 0;
}

static void stages_load(const struct digest_scope *scope, const struct county *county, struct digest_view *v)
{
    v->stages = mem_array(STAGE_COUNT, sizeof *v->stages);
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        for (size_t i = 0; i < scope->n_findings; i++) {
            const struct finding *f = &scope->findings[i];
            if (!of_scope(f, scope) || (int)f->stage != stage || f->indicator->kind != INDICATOR_RULE)
                continue;
            struct county_units units = county_count(county, f->indicator->id, f->stage);
            if (units.judged + units.no_data > 0)
                v->stages[v->n_stages++] = (struct digest_stage){f->stage, units, f->indicator};
            break;
        }
    }
}

// By stage; within it in the catalogue's order, the mean of all last.
static int by_stage(const void *a, const void *b)
{
    const struct digest_cv *x = a, *y = b;
    if (x->stage != y->stage)
        return x->stage < y->stage ? -1 : 1;
    bool x_mean = x->indicator->kind == INDICATOR_CV_MEAN, y_mean = y->indicator->kind == INDICATOR_CV_MEAN;
    return x_mean != y_mean ? (x_mean ? 1 : -1) : (x->place > y->place) - (x->place < y->place);
}

static bool is_cv(const struct indicator *ind)
{
    return ind->kind == INDICATOR_CV || ind->kind == INDICATOR_CV_MEAN;
}

static void cv_add(const struct alert_context *ctx, const struct county *county, size_t place,
                   enum stage stage, struct digest_view *v)
{
    const struct indicator *ind = ctx->catalog->indicators[place];
    const struct result *r = county_result(county, ind->id, stage, county->code);
    if (!r)
        return;
    v->cvs = mem_grow(v->cvs, v->n_cvs + 1, sizeof *v->cvs);
    v->cvs[v->n_cvs++] =
        (struct digest_cv){.indicator = ind,
                           .parent = ind->parent ? catalog_indicator(ctx->catalog, ind->parent) : NULL,
                           .stage = stage,
                           .verdict = r->verdict,
                           .value = r->value,
                           .threshold = r->threshold,
                           .estimated = r->estimated,
                           .provisional = r->provisional,
                           .place = place};
}

// Of the first county figure that says it; all say the same.
static void coverage_load(const struct county *county, struct digest_view *v)
{
    v->due = -1;
    v->covered = NAN;
    for (size_t i = 0; i < county->now.n && v->due < 0; i++) {
        const struct result *r = &county->now.items[i];
        if (!r->detail || strcmp(r->entity, county->code) != 0)
            continue;
        json_t *detail = json_loads(r->detail, 0, NULL);
        const json_t *coverage = json_object_get(detail, "coverage");
        const json_t *share = json_object_get(coverage, "pupils_share");
        if (json_is_true(json_object_get(coverage, "known"))) {
            v->due = json_integer_value(json_object_get(coverage, "owed"));
            v->reported = json_integer_value(json_object_get(coverage, "reported"));
            v->covered = json_is_number(share) ? json_number_value(share) : NAN;
            v->provisional = r->provisional;
        }
        json_decref(detail);
    }
}

static void cvs_load(const struct alert_context *ctx, const struct county *county, struct digest_view *v)
{
    for (size_t i = 0; i < ctx->catalog->n_indicators; i++) {
        for (int stage = 0; is_cv(ctx->catalog->indicators[i]) && stage < STAGE_COUNT; stage++)
            cv_add(ctx, county, i, (enum stage)stage, v);
    }
    if (v->n_cvs)
        qsort(v->cvs, v->n_cvs, sizeof *v->cvs, by_stage);
}

// The missing columns of a unit: of its rule's members together.
static char *missing_of(const struct alert_context *ctx, const struct county *county, const struct finding *f)
{
    const struct result *own = county_result(county, f->indicator->id, f->stage, f->entity);
    if (own && own->missing && *own->missing)
        return columns_print(ctx->catalog, f->indicator, own->missing);
    for (char **m = f->indicator->members; m && *m; m++) {
        const struct result *r = county_result(county, *m, f->stage, f->entity);
        if (r && r->missing && *r->missing)
            return columns_print(ctx->catalog, f->indicator, r->missing);
    }
    return NULL;
}

static int gaps_load(struct store *s, const struct alert_context *ctx, const struct digest_scope *scope,
                     const struct county *county, struct digest_view *v, struct error *err)
{
    v->gaps = mem_array(scope->n_findings + 1, sizeof *v->gaps);
    int r = 0;
    for (size_t i = 0; r == 0 && i < scope->n_findings; i++) {
        const struct finding *f = &scope->findings[i];
        if (!of_scope(f, scope) || f->verdict != VERDICT_NO_DATA || f->indicator->level != LEVEL_SCHOOL ||
            f->indicator->parent)
            continue;
        struct digest_gap *g = &v->gaps[v->n_gaps++];
        *g = (struct digest_gap){
            .entity = str_dup(f->entity), .stage = f->stage, .missing = missing_of(ctx, county, f)};
        r = entity_name(s, ctx->catalog, ctx->config, LEVEL_SCHOOL, f->entity, f->period, &g->name, err);
    }
    return r;
}

// What caused it, for the key: the submission, else the version of the standards.
static int cause(struct store *s, const struct alert_context *ctx, char **ret, struct error *err)
{
    if (!ctx->submission) {
        *ret = str_printf("standard-%.12s", ctx->standards ? standards_version(ctx->standards) : "none");
        return 0;
    }
    CLEANUP(submission_deinit) struct submission sub = {0};
    int r = submission_load(s, ctx->submission, &sub, err);
    if (r == 0)
        *ret = str_dup(sub.public_id);
    return r;
}

struct part {
    const struct alert_view **views;
    size_t n;
    struct message message;
    enum severity worst;
};

static void part_add(struct part *p, const struct announced *a)
{
    p->views[p->n++] = &a->view;
    if (a->view.severity < p->worst && a->view.what == TRANSITION_OPEN) // the enum begins with red
        p->worst = a->view.severity;
    (void)json_array_append_new(p->message.ids, json_string(a->view.public_id));
    (void)json_array_append_new(p->message.alerts, text_alert_json(&a->view));
}

static json_t *fields(const struct digest_scope *scope, enum severity worst)
{
    return json_pack("{s:s, s:s, s:s}", "JUNHENG_COUNTY", scope->first->county, "JUNHENG_PERIOD",
                     scope->first->period, "JUNHENG_SEVERITY", severity_id(worst));
}

static int queue_part(struct store *s, const struct alert_context *ctx, const struct digest_scope *scope,
                      struct digest_view *view, const char *key, size_t channel, struct part *p,
                      int64_t *ret_queued, struct error *err)
{
    view->alerts = p->views;
    view->n_alerts = p->n;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    digest_text(view, &text);
    CLEANUP_FREE char *clean = clean_text(buf_str(&text));
    p->message.kind = "digest";
    p->message.key = key;
    p->message.text = clean;
    p->message.severity = p->worst;
    p->message.fields = fields(scope, p->worst);
    CLEANUP(channel_set_deinit) struct channel_set only;
    channel_set_init(&only, ctx->config);
    only.has[channel] = true;
    return message_queue(s, ctx, &p->message, &only, ret_queued, err);
}

static int digest_parts(struct store *s, const struct alert_context *ctx, const struct digest_scope *scope,
                        struct digest_view *view, const char *cause_text, const struct announced *list,
                        size_t n, int64_t *ret_queued, struct error *err)
{
    int r = 0;
    for (size_t c = 0; r == 0 && c < ctx->config->n_channels; c++) {
        struct part p = {.views = mem_array(n + 1, sizeof *p.views), .worst = SEVERITY_BLUE};
        p.message.ids = json_array();
        p.message.alerts = json_array();
        for (size_t i = 0; i < n; i++) {
            if (list[i].to.has[c])
                part_add(&p, &list[i]);
        }
        if (p.n) {
            // The first alert's number is in it: one submission may move a county more than once, by several
            // plugins.
            const struct alert_view *first = p.views[0];
            CLEANUP_FREE char *key =
                str_printf("digest/%s/%s/%s/%s-%s", scope->first->county, scope->first->period, cause_text,
                           first->public_id, first->what == TRANSITION_OPEN ? "opened" : "resolved");
            r = queue_part(s, ctx, scope, view, key, c, &p, ret_queued, err);
        }
        message_deinit(&p.message);
        free(p.views);
    }
    return r;
}

int digest_queue(struct store *s, const struct alert_context *ctx, const struct digest_scope *scope,
                 const struct county *county, const struct announced *list, size_t n, int64_t *ret_queued,
                 struct error *err)
{
    CLEANUP(digest_view_deinit)
    struct digest_view view = {
        .first_load = ctx->first_load,
        .standard_changed = ctx->standard_changed,
        .county = scope->first->county,
        .period = scope->first->period,
    };
    CLEANUP_FREE char *name = NULL, *cause_text = NULL;
    stages_load(scope, county, &view);
    cvs_load(ctx, county, &view);
    coverage_load(county, &view);
    int r = gaps_load(s, ctx, scope, county, &view, err);
    if (r == 0)
        r = entity_name(s, ctx->catalog, ctx->config, LEVEL_COUNTY, view.county, view.period, &name, err);
    if (r == 0)
        r = cause(s, ctx, &cause_text, err);
    view.county_name = name;
    return r < 0 ? r : digest_parts(s, ctx, scope, &view, cause_text, list, n, ret_queued, err);
}
