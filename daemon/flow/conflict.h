// SPDX-License-Identifier: Apache-2.0
// 数据来源不一致: an alert of the daemon's own where two sources say different things.
#pragma once

#include "notify/alert.h"
#include "store/ingest.h"

// In T1, after ingest_finish. Opens or refreshes one alert for each dataset, period and county on which the
// file differs from another source; a file that has rows there and differs no more ends it. *ret_changed:
// there may be messages.
int conflict_report(struct store *s, const struct alert_context *ctx, const char *source, struct ingest *in,
                    bool *ret_changed, struct error *err);
