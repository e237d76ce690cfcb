// SPDX-License-Identifier: Apache-2.0
// Runs of plugins: which version and file wrote a result. Writer thread.
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "store/scope.h"
#include "store/store.h"

struct run_row {
    const struct plugin_info *plugin;
    int64_t started_ms, ended_ms;
    const char *outcome; // "ok", "rejudged" (stored numerators under changed standards), "failed"
    const char *message; // why it failed, else NULL
    size_t scopes;
};

int run_record(struct store *s, const struct run_row *row, int64_t *ret_id, struct error *err);
// The standard version under which the scope was last judged for the plugin; *ret NULL if never. Caller's.
int run_judged_version(struct store *s, const struct plugin_info *p, const struct scope_item *item,
                       char **ret, struct error *err);
