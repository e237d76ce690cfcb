// SPDX-License-Identifier: Apache-2.0
// What a finding does to the alert of its indicator, entity and stage. No loop, no SQL, no clock.
#pragma once

#include <stdbool.h>

#include "base/verdict.h"

enum transition { TRANSITION_NONE, TRANSITION_OPEN, TRANSITION_KEEP, TRANSITION_RESOLVE };

enum close_reason { CLOSE_RECTIFIED, CLOSE_CORRECTED, CLOSE_NOT_APPLICABLE, CLOSE_REASON_COUNT };

const char *close_reason_id(enum close_reason r);    // "rectified", "corrected", "not_applicable"
const char *close_reason_title(enum close_reason r); // translated: 整改达标, 数据更正, 不再适用
bool close_reason_parse(const char *id, enum close_reason *ret);

struct transition_input {
    enum verdict verdict; // VERDICT_COUNT: the result is gone
    bool provisional;
    bool floor_resolves;   // the indicator judges as a whole (rule, CV): its floor is no finding of its own
    bool standard_changed; // the threshold moved, not the figure
    bool later, later_judged; // results of a later period exist; one of them with a verdict that counts
    bool open;                // there is an alert that is not resolved
    int against_open;         // order of the finding's period to that of the open alert: < 0, 0, > 0
};

// *ret_reason is written for TRANSITION_RESOLVE.
enum transition transition_of(const struct transition_input *in, enum close_reason *ret_reason);
