// SPDX-License-Identifier: Apache-2.0
// Runs of plugins: which version and file wrote a result. Writer thread.
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "store/scope.h"
#include "store/store.h"

// outcome: "ok", "rejudged" (stored numerators under changed standards), "failed" with a message (else NULL).
int run_record(struct store *s, const struct plugin_info *p, int64_t started_ms, int64_t ended_ms,
               const char *outcome, const char *message, size_t scopes, int64_t *ret_id, struct error *err);
// The standard version under which the scope was last judged for the plugin; *ret NULL if never. Caller's.
int run_judged_version(struct store *s, const struct plugin_info *p, const struct scope_item *item,
                       char **ret, struct error *err);
