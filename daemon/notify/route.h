// SPDX-License-Identifier: Apache-2.0
// Who is told: the routes of `alerts:` against one finding. No SQL, no clock.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "conf/config.h"
#include "judge/severity.h"

// A set of channels, by index into config->channels, in that order.
struct channel_set {
    bool *has;
    size_t n;
};

void channel_set_init(struct channel_set *set, const struct config *conf);
void channel_set_deinit(struct channel_set *set);
bool channel_set_empty(const struct channel_set *set);
// Adds the channels of every route that matches. `county` "" (the daemon's own alerts) matches only routes
// that do not restrict counties. Each channel is in the set once, however many routes lead to it.
void channel_set_route(struct channel_set *set, const struct config *conf, const char *county,
                       const char *indicator, enum severity severity);
