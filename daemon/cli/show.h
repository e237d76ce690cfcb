// SPDX-License-Identifier: Apache-2.0
// Figures as tables show them.
#pragma once

#include "base/number.h"
#include "base/verdict.h"
#include "catalog/catalog.h"

// Rounded as the indicator asks; with more digits where the rounded value would contradict the verdict
// (4.196 against 4.20). "" for NAN. `ind` NULL: four digits at most.
void show_value(const struct indicator *ind, double value, double threshold, enum verdict verdict,
                char out[NUMBER_TEXT_MAX]);
// "≥4.2", "≤0.5", "<0.15"; "" for NAN.
void show_threshold(const struct indicator *ind, double threshold, char out[NUMBER_TEXT_MAX]);
const char *show_verdict_colour(enum verdict v); // SGR number or NULL
