// SPDX-License-Identifier: Apache-2.0
// Turns what T2 has moved into messages of the outbox, in the same transaction: one for each episode,
// transition and channel, or one digest for each channel where there are too many.
#pragma once

#include "notify/alert.h"
#include "notify/move.h"

int announce(struct store *s, const struct alert_context *ctx, const struct finding *findings, size_t n,
             struct move_list *moves, int64_t *ret_queued, struct error *err);
