// SPDX-License-Identifier: Apache-2.0
// The one comparison behind every verdict. A ratio of two figures rarely hits its threshold to the last bit
// (plain doubles fail a school that is exactly on it in up to a third of cases), so numbers within 1e-11 of
// each other, relative to the larger, are equal. Nothing is rounded first: 0.5004 against 0.50 is above.
#pragma once

#include <stdbool.h>

#include "catalog/catalog.h"

#define JUDGE_TOLERANCE 1e-11

int judge_compare(double a, double b); // −1, 0 (equal within the tolerance), 1; both finite
bool judge_meets(double value, enum op op, double threshold);
// What is missing from `have` to `want`, 0 when nothing is within the tolerance of the larger of them; whole:
// rounded up to whole units, where 4.000000000000002 is 4.
double judge_need(double want, double have, bool whole);
