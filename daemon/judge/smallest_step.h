// SPDX-License-Identifier: Apache-2.0
// The shortest ways (最小整改路径) to lift a failing school over its rule: which indicators may stay at their
// floor, and how much each of the others needs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/verdict.h"
#include "catalog/catalog.h"
#include "conf/standard.h"

#define STEP_PARTS_MAX 16
#define STEPS_MAX 32

struct step_member {
    const struct indicator *indicator;
    const struct threshold *threshold; // NULL: none; the member is left alone
    enum verdict verdict;
    double numerator, denominator;
};

struct step_part {
    size_t member; // index into the members
    bool to_floor; // to 85 % instead of the threshold
    double amount; // to be added, in units of the numerator, rounded up where the indicator counts wholes
    double target; // what the numerator is then
};

// All parts together are one way; a member that already stands at its floor and may stay there is not listed.
struct step {
    struct step_part parts[STEP_PARTS_MAX];
    size_t n;
};

// Every choice of `pass_min`-allowed members left at their floor, in order of the members. 0 steps when the
// rule does not fail, when a member below is of another kind than "at least" (less of something is no step to
// buy), or when more than STEP_PARTS_MAX are below. Members without data count as passing: the steps say what
// is known to be needed.
size_t smallest_steps(const struct step_member *members, size_t n, unsigned pass_min,
                      struct step ret[STEPS_MAX]);
