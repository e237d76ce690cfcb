// SPDX-License-Identifier: Apache-2.0
// Enumerates which members stay at their floor.
#include "judge/smallest_step.h"

#include <math.h>

#include "judge/compare.h"
#include "judge/value.h"

static bool is_below(enum verdict v)
{
    return v == VERDICT_FLOOR || v == VERDICT_FAIL;
}

static struct step_part part_for(const struct step_member *m, size_t index, bool to_floor)
{
    const struct threshold *t = m->threshold;
    double level = to_floor ? t->value * t->floor_ratio : t->value;
    double want = judge_required(level, m->denominator, m->indicator->scale);
    double amount = judge_need(want, m->numerator, m->indicator->whole_gap);
    return (struct step_part){index, to_floor, amount, m->numerator + amount};
}

static struct step step_of(const struct step_member *members, const size_t *below, size_t n,
                           unsigned at_floor)
{
    struct step s = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        struct step_part p = part_for(&members[below[i]], below[i], at_floor >> i & 1u);
        if (p.amount > 0)
            s.parts[s.n++] = p;
    }
    return s;
}

size_t smallest_steps(const struct step_member *members, size_t n, unsigned pass_min,
                      struct step ret[STEPS_MAX])
{
    size_t below[STEP_PARTS_MAX], n_below = 0, failed = 0;
    unsigned may_stay = 0; // bits of `below` that have a floor
    size_t allowed = n > pass_min ? n - pass_min : 0;
    for (size_t i = 0; i < n; i++) {
        const struct step_member *m = &members[i];
        if (!is_below(m->verdict))
            continue;
        if (!m->threshold || m->threshold->op != OP_AT_LEAST || n_below == STEP_PARTS_MAX)
            return 0;
        failed += m->verdict == VERDICT_FAIL;
        may_stay |= m->threshold->floor_ratio > 0 ? 1u << n_below : 0;
        below[n_below++] = i;
    }
    if (failed == 0 && n_below <= allowed)
        return 0;
    int stay = __builtin_popcount(may_stay);
    stay = (size_t)stay < allowed ? stay : (int)allowed;
    size_t steps = 0;
    for (unsigned set = 0; set < 1u << n_below && steps < STEPS_MAX; set++) {
        if ((set & ~may_stay) == 0 && __builtin_popcount(set) == stay)
            ret[steps++] = step_of(members, below, n_below, set);
    }
    return steps;
}
