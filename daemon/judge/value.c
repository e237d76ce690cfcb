// SPDX-License-Identifier: Apache-2.0
// Value, verdict and gap of one figure.
#include "judge/value.h"

#include <math.h>

#include "judge/compare.h"

static double scale_of(double scale)
{
    return scale != 0 ? scale : 1;
}

double judge_ratio(double numerator, double denominator, double scale)
{
    double v = numerator / denominator * scale_of(scale);
    return isfinite(v) ? v + 0.0 : NAN; // no negative zero: the database does not keep it
}

double judge_required(double level, double denominator, double scale)
{
    return level * denominator / scale_of(scale);
}

static double gap_of(const struct indicator *ind, const struct threshold *t, double numerator,
                     double denominator)
{
    double limit = judge_required(t->value, denominator, ind->scale);
    if (t->op == OP_AT_LEAST)
        return judge_need(limit, numerator, ind->whole_gap);
    double over = judge_need(numerator, limit, false);
    if (!ind->whole_gap)
        return over;
    // Strictly below: a whole number over a whole limit must still come down by one more.
    return t->op == OP_BELOW ? floor(over * (1 + JUDGE_TOLERANCE)) + 1 : judge_need(numerator, limit, true);
}

struct judgement judge_value(const struct indicator *ind, const struct threshold *threshold, double numerator,
                             double denominator)
{
    struct judgement j = {judge_ratio(numerator, denominator, ind->scale), VERDICT_NO_DATA, NAN};
    if (isnan(j.value))
        return j;
    if (!threshold) {
        j.verdict = VERDICT_EXEMPT;
        return j;
    }
    if (judge_meets(j.value, threshold->op, threshold->value)) {
        j.verdict = VERDICT_PASS;
        j.gap = 0;
        return j;
    }
    bool floor_met = threshold->floor_ratio > 0 && threshold->op == OP_AT_LEAST &&
                     judge_compare(j.value, threshold->value * threshold->floor_ratio) >= 0;
    j.verdict = floor_met ? VERDICT_FLOOR : VERDICT_FAIL;
    j.gap = gap_of(ind, threshold, numerator, denominator);
    return j;
}
