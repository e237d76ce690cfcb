// SPDX-License-Identifier: Apache-2.0
// Severity by kind of indicator, toned down for small units and estimates.
#include "judge/severity.h"

#include <assert.h>
#include <string.h>

// One teacher more or less moves a unit below this by 1–4 points (cases.md, tiny schools).
#define SMALL_UNIT_PUPILS 100.0

static const char *const severity_ids[SEVERITY_COUNT] = {
    [SEVERITY_RED] = "red",
    [SEVERITY_ORANGE] = "orange",
    [SEVERITY_YELLOW] = "yellow",
    [SEVERITY_BLUE] = "blue",
};

const char *severity_id(enum severity s)
{
    assert(s < SEVERITY_COUNT);
    return severity_ids[s];
}

bool severity_parse(const char *id, enum severity *ret)
{
    for (int s = 0; s < SEVERITY_COUNT; s++) {
        if (strcmp(id, severity_ids[s]) == 0) {
            *ret = (enum severity)s;
            return true;
        }
    }
    return false;
}

static enum severity of_failure(const struct indicator *ind)
{
    return ind->kind == INDICATOR_RULE || ind->kind == INDICATOR_CV ? SEVERITY_RED : SEVERITY_ORANGE;
}

enum severity severity_of(const struct indicator *ind, enum verdict verdict, double pupils, bool estimated,
                          bool provisional)
{
    if (provisional || (verdict != VERDICT_FAIL && verdict != VERDICT_FLOOR))
        return SEVERITY_BLUE;
    enum severity s = verdict == VERDICT_FLOOR ? SEVERITY_YELLOW : of_failure(ind);
    bool unit = ind->level == LEVEL_SCHOOL || ind->level == LEVEL_CLASS;
    bool small = unit && pupils < SMALL_UNIT_PUPILS; // false for NAN
    return (estimated || small) && s < SEVERITY_YELLOW ? SEVERITY_YELLOW : s;
}
