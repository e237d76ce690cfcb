// SPDX-License-Identifier: Apache-2.0
// Fills the view of one alert.
#include "notify/view_load.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/period.h"
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
        if (member && (member->stages == 0 || (member->stages >> v->stage & 1u)))
            figure_load(ctx, c, member, v, &v->figures[v->n_figures++]);
    }
    if (v->indicator->kind != INDICATOR_RULE)
        figure_load(ctx, c, v->indicator, v, &v->figures[v->n_figures++]);
}

static size_t figure_of(const struct alert_view *v, const char *indicator)
{
    size_t i = 0;
    while (i < v->n_figures && indicator && strcmp(v->figures[i].indicator->id, indicator) != 0)
        i++;
    return indicator ? i : v->n_figures;
}

// {"indicator":…,"to":"floor|threshold","amount":…,"target":…}, see flow/judging_rules.c
static void step_load(const json_t *parts, const struct alert_view *v, struct view_step *step)
{
    step->parts = mem_array(json_array_size(parts) + 1, sizeof *step->parts);
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *p = json_array_get(parts, i);
        const char *to = json_string_value(json_object_get(p, "to"));
        size_t figure = figure_of(v, json_string_value(json_object_get(p, "indicator")));
        if (figure == v->n_figures || !to)
            continue;
        step->parts[step->n++] = (struct view_step_part){figure, strcmp(to, "floor") == 0,
                                                         json_number_value(json_object_get(p, "amount")),
                                                         json_number_value(json_object_get(p, "target"))};
    }
}

static void rule_load(const struct county *c, struct alert_view *v)
{
    const struct result *now = county_result(c, v->indicator->id, v->stage, v->entity);
    v->pass_min = v->indicator->pass_min;
    if (now && now->threshold > 0 && now->threshold < 1000)
        v->pass_min = (unsigned)now->threshold;
    json_t *detail = now && now->detail ? json_loads(now->detail, 0, NULL) : NULL;
    const json_t *steps = json_object_get(detail, "steps");
    size_t n = v->what == TRANSITION_OPEN ? json_array_size(steps) : 0;
    v->steps = mem_array(n + 1, sizeof *v->steps);
    for (; v->n_steps < n; v->n_steps++)
        step_load(json_array_get(steps, v->n_steps), v, &v->steps[v->n_steps]);
    json_decref(detail);
}

// A rule stands in the standards as the setting that says how many must pass.
static void rule_basis(const struct alert_context *ctx, struct alert_view *v)
{
    const char *dot = strchr(v->indicator->id, '.');
    CLEANUP_FREE char *name = str_printf("%s.pass_min", dot ? dot + 1 : v->indicator->id);
    struct period p;
    struct threshold t;
    if (!ctx->standards || !period_parse(v->period, &p) ||
        !standards_setting(ctx->standards, name, period_reference_date(&p), &t))
        return;
    v->document = str_dup(t.document);
    v->clause = str_dup(t.clause);
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

// Whom it concerns: the county; the bureau of the city or a private owner before it where the school is
// theirs.
static char *responsible(const struct alert_view *v, const char *ownership, const char *subordination)
{
    if (!v->county_name)
        return NULL;
    if (ownership && strcmp(ownership, "民办") == 0) // values of the data, as the roster's code list has them
        return str_printf(_("the school's owner; %s people's government (education bureau)"), v->county_name);
    if (subordination && strcmp(subordination, "市直属") == 0)
        return str_printf(_("the city's education bureau; copy to %s people's government"), v->county_name);
    return str_printf(_("%s people's government (education bureau)"), v->county_name);
}

static int people(struct store *s, const struct alert_context *ctx, struct alert_view *v, struct error *err)
{
    CLEANUP_FREE char *ownership = NULL, *subordination = NULL;
    const struct {
        const char *column;
        char **ret;
    } of_school[] = {
        {"inspector", &v->inspector}, {"ownership", &ownership}, {"subordination", &subordination}};
    int r =
        entity_name(s, ctx->catalog, ctx->config, LEVEL_COUNTY, v->county, v->period, &v->county_name, err);
    for (size_t i = 0; r == 0 && v->indicator->level == LEVEL_SCHOOL && i < ARRAY_SIZE(of_school); i++)
        r = entity_text(s, ctx->catalog, "school", of_school[i].column, v->entity, v->period,
                        of_school[i].ret, err);
    if (r == 0)
        v->responsible = responsible(v, ownership, subordination);
    return r;
}

int alert_view_load(struct store *s, const struct alert_context *ctx, const struct county *county,
                    const struct move *m, struct alert_view *ret, struct error *err)
{
    CLEANUP(alert_view_deinit) struct alert_view v;
    basics(ctx, m, &v);
    figures_load(ctx, county, &v);
    v.pupils = pupils_of(&v, county_result, county);
    v.pupils_before = pupils_of(&v, county_result_before, county);
    struct county_units units = county_count(county, v.indicator->id, v.stage);
    v.units = units.judged;
    v.units_failing = units.failing;
    if (v.indicator->kind == INDICATOR_RULE) {
        rule_load(county, &v);
        rule_basis(ctx, &v);
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
