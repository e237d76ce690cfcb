// SPDX-License-Identifier: Apache-2.0
// What a plugin says it measured, checked and as JSON.
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "host/job.h"
#include "host/plugin.h"

// Appends the measure as one JSON object (daemon/README.md, "Run"). -EINVAL with a sentence for the plugin's
// author when it is nonsense: of no declared indicator or stage, outside the run's scopes, not a number, no
// denominator.
int measure_add(struct buf *out, const struct plugin *p, const struct job *j, const struct jh_measure *raw,
                struct error *err);
