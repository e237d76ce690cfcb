// SPDX-License-Identifier: Apache-2.0
// T2: the measures of one plugin run become results, alert transitions and outbox rows in one transaction;
// the run's scopes become clean. Writer thread.
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "conf/config.h"
#include "conf/standard.h"
#include "store/scope.h"
#include "store/store.h"

struct evaluation {
    const struct catalog *catalog;
    const struct config *config;
    const struct standards *standards;
    const struct plugin_info *plugin;
    const struct scope_list *scopes;
    const json_t *measures; // array as host/measure.h describes; NULL for rejudge_only scopes
    int64_t started_ms, now_ms;
    // By which scopes are marked clean; must be the one they were listed by. NULL:
    // standards_version(standards).
    const char *version;
};

struct evaluation_result {
    int64_t results_changed, alerts_opened, alerts_resolved, outbox_added;
    int64_t measures_skipped; // schools whose code is that of their county: not judged; worth a warning in
                              // the log
};

// Begins and commits its own transaction. -EPROTO: the measures are nonsense (unknown indicator, scope not
// asked for, not a number), nothing is written and the run counts as failed.
int evaluate_apply(struct store *s, const struct evaluation *e, struct evaluation_result *ret,
                   struct error *err);

// The standards' version together with which due dates have passed: a county's figures stop being provisional
// (暂算) when their due date passes, without a file coming in. To be given to scope_list_dirty and as
// evaluation.version; a change of it by a due date alone is not headed 标准调整. The caller's.
char *evaluate_version(const struct config *conf, const struct standards *standards, int64_t now_ms);
