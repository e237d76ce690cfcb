// SPDX-License-Identifier: Apache-2.0
// A transition that T2 has written down and that somebody may have to be told of.
#pragma once

#include "notify/alert.h"
#include "notify/transition.h"
#include "store/alert.h"

struct move {
    enum transition what;     // TRANSITION_OPEN or TRANSITION_RESOLVE
    enum close_reason reason; // of a resolve
    const struct finding *finding;
    struct alert_row row; // as it stands after
    double value_before;  // of the alert before a resolve, NAN: none
    char *period_before;
};

struct move_list {
    struct move *items;
    size_t n;
};

void move_list_deinit(struct move_list *l);
