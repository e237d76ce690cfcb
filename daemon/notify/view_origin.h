// SPDX-License-Identifier: Apache-2.0
// The cells that a text names.
#pragma once

#include "notify/alert.h"
#include "notify/view.h"

// Files, rows and cells behind what fails (behind all of it when nothing does). County figures have none of
// their own.
int view_load_origins(struct store *s, const struct alert_context *ctx, struct alert_view *v,
                      struct error *err);
