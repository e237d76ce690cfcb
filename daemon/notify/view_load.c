// SPDX-License-Identifier: Apache-2.0
// Fills the view of one alert.
#include "notify/view_load.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/period.h"
#include "judge/smallest_step.h"
#include "notify/columns.h"
#include "notify/view_cv.h"
#include "notify/view_origin.h"
#include "store/entity.h"

#define REPORT_WITHIN_MS (14 * 86400000LL) // the model texts give a school two weeks

static bool threshold_of(const struct alert_context *ctx, const struct indicator *ind, enum stage stage,
                         const char *period, struct threshold *ret)
{
    struct period p;
    return ctx->standards && period_parse(period, &p) &&
           standards_threshold(ctx->standards, ind, stage, period_reference_date(&p), ret);
}

// Units of the county below the threshold of one indicator.
static int64_t units_below(const struct county *c, const struct indicator *ind, enum stage stage)
{
    struct county_units n = county_count(c, ind->id, stage);
    return n.failing + n.floor;
}

static void figure_load(const struct alert_context *ctx, const struct county *c, const struct indicator *ind,
                        const struct alert_view *v, struct view_figure *f)
{
    const struct result *now = county_result(c, ind->id, v->stage, v->entity);
    const struct result *before = county_result_before(c, ind->id, v->stage, v->entity);
    *f = (struct view_figure){.indicator = ind,
                              .verdict = VERDICT_NO_DATA,
                              .value = NAN,
                              .numerator = NAN,
                              .denominator = NAN,
                              .threshold = NAN,
                              .floor = NAN,
                              .gap = NAN,
                              .value_before = before ? before->value : NAN,
                              .units_failing = units_below(c, ind, v->stage)};
    if (now) {
        f->verdict = now->verdict;
        f->value = now->value;
        f->numerator = now->numerator;
        f->denominator = now->denominator;
        f->threshold = now->threshold;
        f->gap = now->gap;
        f->estimated = now->estimated;
        f->missing = columns_print(ctx->catalog, ind, now->missing);
        f->note = str_dup(now->note);
    }
    struct threshold t;
    if (!threshold_of(ctx, ind, v->stage, v->period, &t))
        return;
    f->document = str_dup(t.document);
    f->clause = str_dup(t.clause);
    if (isnan(f->threshold))
        f->threshold = t.value;
    if (t.floor_ratio > 0)
        f->floor = t.floor_ratio * f->threshold;
}

static void figures_load(const struct alert_context *ctx, const struct county *c, struct alert_view *v)
{
    size_t n = 0;
    for (char **m = v->indicator->members; v->indicator->kind == INDICATOR_RULE && m && *m; m++)
        n++;
    v->figures = mem_array(n + 1, sizeof *v->figures);
    for (size_t i = 0; i < n; i++) {
        const struct indicator *member = catalog_indicator(ctx->catalog, v->indicator->members[i]);
        if (member)
            figure_load(ctx, c, member, v, &v->figures[v->n_figures++]);
    }
    if (v->indicator->kind != INDICATOR_RULE)
        figure_load(ctx, c, v->indicator, v, &v->figures[v->n_figures++]);
}

static void steps_load(const struct alert_context *ctx, struct alert_view *v)
{
    if (v->indicator->kind != INDICATOR_RULE || v->what != TRANSITION_OPEN || v->n_figures == 0)
        return;
    CLEANUP_FREE struct threshold *thresholds = mem_array(v->n_figures, sizeof *thresholds);
    CLEANUP_FREE struct step_member *members = mem_array(v->n_figures, sizeof *members);
    CLEANUP_FREE struct step *steps = mem_array(STEPS_MAX, sizeof *steps);
    for (size_t i = 0; i < v->n_figures; i++) {
        const struct view_figure *f = &v->figures[i];
        bool has = threshold_of(ctx, f->indicator, v->stage, v->period, &thresholds[i]);
        members[i] = (struct step_member){f->indicator, has ? &thresholds[i] : NULL, f->verdict, f->numerator,
                                          f->denominator};
    }
    size_t n = smallest_steps(members, v->n_figures, v->indicator->pass_min, steps);
    v->steps = mem_array(n + 1, sizeof *v->steps);
    for (; v->n_steps < n; v->n_steps++) {
        const struct step *from = &steps[v->n_steps];
        struct view_step *to = &v->steps[v->n_steps];
        to->parts = mem_array(from->n + 1, sizeof *to->parts);
        for (; to->n < from->n; to->n++) {
            const struct step_part *p = &from->parts[to->n];
            to->parts[to->n] = (struct view_step_part){p->member, p->to_floor, p->amount, p->target};
        }
    }
}

// Pupils of the entity and stage: those of the finding, else of any of its figures.
static double pupils_of(const struct alert_view *v,
                        const struct result *(*find)(const struct county *, const char *, enum stage,
                                                     const char *),
                        const struct county *c)
{
    const struct result *own = find(c, v->indicator->id, v->stage, v->entity);
    if (own && isfinite(own->pupils))
        return own->pupils;
    for (size_t i = 0; i < v->n_figures; i++) {
        const struct result *r = find(c, v->figures[i].indicator->id, v->stage, v->entity);
        if (r && isfinite(r->pupils))
            return r->pupils;
    }
    return NAN;
}

static void basics(const struct alert_context *ctx, const struct move *m, struct alert_view *v)
{
    const struct finding *f = m->finding;
    *v = (struct alert_view){
        .what = m->what,
        .reason = m->reason,
        .public_id = str_dup(m->row.public_id),
        .indicator = f->indicator,
        .parent = f->indicator->parent ? catalog_indicator(ctx->catalog, f->indicator->parent) : NULL,
        .stage = f->stage,
        .entity = str_dup(f->entity),
        .name = str_dup(m->row.name),
        .county = str_dup(f->county),
        .period = str_dup(f->period),
        .state = str_dup(m->row.state),
        .value = f->value,
        .threshold = m->row.threshold,
        .value_before_resolve = m->value_before,
        .pupils_before = NAN,
        .estimated = f->estimated,
        .standard_changed = ctx->standard_changed,
        .opened_at_ms = m->row.opened_at,
        .resolved_at_ms = m->row.resolved_at,
        .now_ms = ctx->now_ms,
        .due_at_ms = m->what == TRANSITION_OPEN ? ctx->now_ms + REPORT_WITHIN_MS : 0,
        .timezone = str_dup(ctx->config->timezone),
        .due = -1,
        .reported = -1,
        .covered = NAN,
        .mean = NAN,
    };
    (void)severity_parse(m->row.severity, &v->severity);
}

static int people(struct store *s, const struct alert_context *ctx, struct alert_view *v, struct error *err)
{
    int r =
        entity_name(s, ctx->catalog, ctx->config, LEVEL_COUNTY, v->county, v->period, &v->county_name, err);
    if (r == 0 && v->indicator->level == LEVEL_SCHOOL)
        r = entity_text(s, ctx->catalog, "school", "inspector", v->entity, v->period, &v->inspector, err);
    if (r == 0 && v->county_name)
        v->responsible = str_printf(_("%s people's government (education bureau)"), v->county_name);
    return r;
}

int alert_view_load(struct store *s, const struct alert_context *ctx, const struct county *county,
                    const struct move *m, struct alert_view *ret, struct error *err)
{
    CLEANUP(alert_view_deinit) struct alert_view v;
    basics(ctx, m, &v);
    figures_load(ctx, county, &v);
    steps_load(ctx, &v);
    v.pupils = pupils_of(&v, county_result, county);
    v.pupils_before = pupils_of(&v, county_result_before, county);
    struct county_units units = county_count(county, v.indicator->id, v.stage);
    v.units = units.judged;
    v.units_failing = units.failing;
    struct threshold t;
    if (threshold_of(ctx, v.indicator, v.stage, v.period, &t)) {
        v.document = v.indicator->kind == INDICATOR_RULE ? str_dup(t.document) : NULL;
        v.clause = v.indicator->kind == INDICATOR_RULE ? str_dup(t.clause) : NULL;
    }
    int r = people(s, ctx, &v, err);
    if (r == 0 && v.indicator->kind == INDICATOR_CV)
        r = view_load_cv(s, ctx, county, &v, err);
    if (r == 0)
        r = view_load_origins(s, ctx, &v, err);
    if (r < 0)
        return r;
    *ret = v;
    v = (struct alert_view){0};
    return 0;
}
