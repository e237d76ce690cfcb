// SPDX-License-Identifier: Apache-2.0
// Comparison and needs within a relative tolerance.
#include "judge/compare.h"

#include <assert.h>
#include <math.h>

static double tolerance(double a, double b)
{
    return JUDGE_TOLERANCE * fmax(fabs(a), fabs(b));
}

int judge_compare(double a, double b)
{
    assert(isfinite(a) && isfinite(b));
    if (fabs(a - b) <= tolerance(a, b))
        return 0;
    return a < b ? -1 : 1;
}

bool judge_meets(double value, enum op op, double threshold)
{
    int c = judge_compare(value, threshold);
    switch (op) {
    case OP_AT_LEAST:
        return c >= 0;
    case OP_AT_MOST:
        return c <= 0;
    case OP_BELOW:
        return c < 0;
    }
    return false;
}

double judge_need(double want, double have, bool whole)
{
    double need = want - have, tol = tolerance(want, have);
    if (need <= tol)
        return 0;
    return whole ? ceil(need - tol) : need;
}
