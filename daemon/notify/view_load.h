// SPDX-License-Identifier: Apache-2.0
// Fills the view of one alert from results, facts and standards.
#pragma once

#include "notify/alert.h"
#include "notify/county.h"
#include "notify/move.h"
#include "notify/view.h"

int alert_view_load(struct store *s, const struct alert_context *ctx, const struct county *county,
                    const struct move *m, struct alert_view *ret, struct error *err);
