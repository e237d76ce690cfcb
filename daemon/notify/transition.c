// SPDX-License-Identifier: Apache-2.0
// The life of an alert: opened by a failure, ended by a pass, moved only by the newest period.
#include "notify/transition.h"

#include <assert.h>
#include <string.h>

#include "base/i18n.h"

static const struct {
    const char *id, *title;
} reasons[CLOSE_REASON_COUNT] = {
    [CLOSE_RECTIFIED] = {"rectified", N_("rectified")},
    [CLOSE_CORRECTED] = {"corrected", N_("figures corrected")},
    [CLOSE_NOT_APPLICABLE] = {"not_applicable", N_("no longer applies")},
};

const char *close_reason_id(enum close_reason r)
{
    assert(r < CLOSE_REASON_COUNT);
    return reasons[r].id;
}

const char *close_reason_title(enum close_reason r)
{
    assert(r < CLOSE_REASON_COUNT);
    return _(reasons[r].title);
}

bool close_reason_parse(const char *id, enum close_reason *ret)
{
    for (int r = 0; id && r < CLOSE_REASON_COUNT; r++) {
        if (strcmp(id, reasons[r].id) == 0) {
            *ret = (enum close_reason)r;
            return true;
        }
    }
    return false;
}

static enum transition resolve(enum close_reason reason, enum close_reason *ret_reason)
{
    *ret_reason = reason;
    return TRANSITION_RESOLVE;
}

static enum transition of_open(const struct transition_input *in, enum close_reason *ret_reason)
{
    // An older period says nothing about today; and a back-fill between the alert's period and a later one is
    // history.
    if (in->against_open < 0 || in->later_judged || (in->against_open > 0 && in->later))
        return TRANSITION_NONE;
    switch (in->verdict) {
    case VERDICT_FAIL:
        return TRANSITION_KEEP;
    case VERDICT_FLOOR:
        if (!in->floor_resolves)
            return TRANSITION_KEEP;
        break;
    case VERDICT_PASS:
        break;
    case VERDICT_EXEMPT:
        return resolve(CLOSE_NOT_APPLICABLE, ret_reason);
    case VERDICT_NO_DATA:
        return TRANSITION_NONE;
    case VERDICT_COUNT:
        return in->against_open == 0 ? resolve(CLOSE_NOT_APPLICABLE, ret_reason) : TRANSITION_NONE;
    }
    if (in->against_open > 0)
        return resolve(CLOSE_RECTIFIED, ret_reason);
    return resolve(in->standard_changed ? CLOSE_NOT_APPLICABLE : CLOSE_CORRECTED, ret_reason);
}

enum transition transition_of(const struct transition_input *in, enum close_reason *ret_reason)
{
    if (in->provisional || in->verdict == VERDICT_NO_DATA)
        return TRANSITION_NONE;
    if (in->open)
        return of_open(in, ret_reason);
    return in->verdict == VERDICT_FAIL && !in->later ? TRANSITION_OPEN : TRANSITION_NONE;
}
