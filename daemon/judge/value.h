// SPDX-License-Identifier: Apache-2.0
// One measured figure against its threshold: value, verdict and gap (缺口).
#pragma once

#include <stdbool.h>

#include "base/verdict.h"
#include "catalog/catalog.h"
#include "conf/standard.h"

struct judgement {
    double value; // numerator / denominator * scale
    enum verdict verdict;
    // In units of the numerator. At least: what must be added to it to reach the threshold; at most, below:
    // what is over the limit. 0 when it passes, NAN without threshold or value.
    double gap;
};

// numerator / denominator * scale (a scale of 0 counts as 1); NAN where that is no finite number: nothing to
// judge.
double judge_ratio(double numerator, double denominator, double scale);
// `threshold` NULL: published, not tested: exempt. A value of NAN is no_data. The floor (85 % of the
// threshold) exists for "at least" alone.
struct judgement judge_value(const struct indicator *ind, const struct threshold *threshold, double numerator,
                             double denominator);
// What the numerator must at least be for the value to be `level`.
double judge_required(double level, double denominator, double scale);
