// SPDX-License-Identifier: Apache-2.0
// A county's row of each school indicator and rule, and the rates.
#include "flow/judging.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "judge/value.h"
#include "junheng/plugin.h"

struct tally {
    size_t units, verdicts[VERDICT_COUNT];
    double x, p, gap, pupils; // gap, pupils: NAN while no unit has one
    bool estimated;
    char *missing;
};

static double plus(double sum, double v)
{
    return isnan(sum) ? v : isnan(v) ? sum : sum + v;
}

static struct tally tally_of(const struct result_group *g, unsigned leave_out)
{
    struct tally t = {.gap = NAN, .pupils = NAN};
    for (size_t i = 0; i < g->n; i++) {
        const struct result *r = &g->rows[i];
        if (r->flags & leave_out)
            continue;
        t.units++;
        t.verdicts[r->verdict]++;
        t.gap = plus(t.gap, r->gap);
        t.estimated |= r->estimated;
        if (r->state != JH_EXEMPT)
            t.pupils = plus(t.pupils, r->pupils);
        if (r->state == JH_NO_DATA)
            t.missing = judging_unite_words(t.missing, r->missing);
        if (judging_has_figure(r)) {
            t.x += r->numerator;
            t.p += r->denominator;
        }
    }
    return t;
}

static json_t *tally_detail(const struct judging *j, const struct tally *t)
{
    json_t *detail = json_object();
    json_object_set_new(detail, "units", json_integer((json_int_t)t->units));
    for (int v = 0; v < VERDICT_COUNT; v++)
        json_object_set_new(detail, verdict_id((enum verdict)v), json_integer((json_int_t)t->verdicts[v]));
    json_object_set_new(detail, "coverage", coverage_json(j->coverage));
    return detail;
}

static enum verdict worst(const struct tally *t)
{
    static const enum verdict order[] = {VERDICT_FAIL, VERDICT_FLOOR, VERDICT_NO_DATA, VERDICT_PASS};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (t->verdicts[order[i]] > 0)
            return order[i];
    }
    return VERDICT_EXEMPT;
}

static unsigned state_of(enum verdict v)
{
    return v == VERDICT_NO_DATA ? JH_NO_DATA : v == VERDICT_EXEMPT ? JH_EXEMPT : JH_OK;
}

static size_t judged_units(const struct tally *t)
{
    return t->verdicts[VERDICT_PASS] + t->verdicts[VERDICT_FLOOR] + t->verdicts[VERDICT_FAIL];
}

static void rule_figures(const struct tally *t, struct result *r)
{
    size_t judged = judged_units(t);
    r->gap = NAN;
    if (judged == 0)
        return;
    r->value = r->numerator = (double)t->verdicts[VERDICT_PASS];
    r->denominator = (double)judged;
    r->gap = r->denominator - r->numerator;
}

static void county_row(const struct judging *j, const struct result_group *g, struct result_list *ret)
{
    struct tally t = tally_of(g, 0);
    struct result *r = judging_add_county(j, ret, g->indicator->id, g->stage, t.estimated);
    r->verdict = worst(&t);
    r->state = state_of(r->verdict);
    r->pupils = t.pupils;
    r->gap = t.gap;
    if (r->verdict == VERDICT_NO_DATA)
        r->missing = TAKE(t.missing);
    free(t.missing);
    if (g->indicator->kind == INDICATOR_RULE) {
        rule_figures(&t, r);
    } else {
        struct threshold storage;
        const struct threshold *limit = judging_threshold(j, g->indicator, g->stage, &storage);
        r->threshold = limit ? limit->value : NAN;
        if (t.p > 0) {
            r->numerator = t.x;
            r->denominator = t.p;
            r->value = judge_ratio(t.x, t.p, g->indicator->scale);
            r->note =
                str_dup(_("The value is the mean of the county; the verdict is that of its worst school."));
        }
    }
    judging_set_detail(r, tally_detail(j, &t));
}

// Without a threshold of its own, only a full rate passes.
static void judge_rate(const struct judging *j, const struct indicator *rate, struct result *r)
{
    struct indicator counted = *rate;
    counted.whole_gap = true; // units
    struct threshold storage;
    const struct threshold *limit = judging_threshold(j, rate, r->stage, &storage);
    struct judgement judged = judge_value(&counted, limit, r->numerator, r->denominator);
    r->value = judged.value;
    r->verdict = judged.verdict;
    r->gap = judged.gap;
    r->threshold = limit ? limit->value : NAN;
    if (!limit) {
        r->gap = r->denominator - r->numerator;
        r->verdict = r->gap > 0 ? VERDICT_FAIL : VERDICT_PASS;
    }
}

static void rate_row(const struct judging *j, const struct result_group *g, struct result_list *ret)
{
    CLEANUP_FREE char *id = str_printf("%s.rate", g->indicator->id);
    const struct indicator *rate = catalog_indicator(j->catalog, id);
    struct tally t = tally_of(g, JH_NOT_IN_CV);
    if (rate && t.units > t.verdicts[VERDICT_EXEMPT]) {
        struct result *r = judging_add_county(j, ret, id, g->stage, t.estimated);
        r->pupils = t.pupils;
        r->verdict = VERDICT_NO_DATA;
        r->missing = TAKE(t.missing);
        if (judged_units(&t) > 0) {
            r->numerator = (double)t.verdicts[VERDICT_PASS];
            r->denominator = (double)judged_units(&t);
            judge_rate(j, rate, r);
        }
        r->state = state_of(r->verdict);
        judging_set_detail(r, tally_detail(j, &t));
    }
    free(t.missing);
}

void judging_county(const struct judging *j, const struct result_list *rows, struct result_list *ret)
{
    struct result_group g;
    for (size_t at = 0; result_group_next(j, rows, &at, &g);) {
        const struct indicator *ind = g.indicator;
        if (ind->kind != INDICATOR_MEASURE && ind->kind != INDICATOR_RULE)
            continue;
        if (ind->level == LEVEL_SCHOOL)
            county_row(j, &g, ret);
        if (ind->with_rate && (ind->level == LEVEL_SCHOOL || ind->level == LEVEL_CLASS))
            rate_row(j, &g, ret);
    }
}
