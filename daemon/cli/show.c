// SPDX-License-Identifier: Apache-2.0
// Figures as tables show them.
#include "cli/show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool contradicts(const struct indicator *ind, const char *shown, double threshold,
                        enum verdict verdict)
{
    bool good = verdict == VERDICT_PASS;
    double v = strtod(shown, NULL);
    bool meets = ind->op == OP_AT_LEAST  ? v >= threshold
                 : ind->op == OP_AT_MOST ? v <= threshold
                                         : v < threshold;
    return good != meets && verdict != VERDICT_NO_DATA && verdict != VERDICT_EXEMPT;
}

void show_value(const struct indicator *ind, double value, double threshold, enum verdict verdict,
                char out[NUMBER_TEXT_MAX])
{
    out[0] = '\0';
    if (!isfinite(value))
        return;
    if (!ind) {
        number_format_short(value, 4, out);
        return;
    }
    int decimals = ind->decimals;
    number_format(value, decimals, out);
    // A county's mean may lie above the standard while its schools fail: only rounding is mended here.
    if (!(fabs(value - threshold) <= pow(10, -decimals)))
        return;
    while (isfinite(threshold) && ind->kind != INDICATOR_RULE && decimals < ind->decimals + 6 &&
           contradicts(ind, out, threshold, verdict))
        number_format(value, ++decimals, out);
}

void show_threshold(const struct indicator *ind, double threshold, char out[NUMBER_TEXT_MAX])
{
    out[0] = '\0';
    if (!isfinite(threshold))
        return;
    char number[NUMBER_TEXT_MAX];
    number_format_short(threshold, 6, number);
    enum op op = ind ? ind->op : OP_AT_LEAST;
    (void)snprintf(out, NUMBER_TEXT_MAX, "%s%s",
                   op == OP_AT_LEAST  ? "≥"
                   : op == OP_AT_MOST ? "≤"
                                      : "<",
                   number);
}

const char *show_verdict_colour(enum verdict v)
{
    switch (v) {
    case VERDICT_PASS:
        return "32";
    case VERDICT_FLOOR:
        return "33";
    case VERDICT_FAIL:
        return "31";
    case VERDICT_NO_DATA:
    case VERDICT_EXEMPT:
    case VERDICT_COUNT:
        break;
    }
    return "2";
}
