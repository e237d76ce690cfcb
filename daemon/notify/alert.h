// SPDX-License-Identifier: Apache-2.0
// Alert transitions within T2: compares a scope's new verdicts with what is open, opens and resolves alerts,
// and puts messages into the outbox. Called by evaluate_apply for each scope, and for the daemon's own
// alerts.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stage.h"
#include "base/verdict.h"
#include "catalog/catalog.h"
#include "conf/config.h"
#include "conf/standard.h"
#include "store/store.h"

// One judged result that may open or end an alert (indicators with `alerts`), as T2 has just written it.
struct finding {
    const struct indicator *indicator;
    const char *entity, *county, *period;
    enum stage stage;
    enum verdict verdict, verdict_before; // VERDICT_COUNT: there was no result of this period before
    double value, threshold, pupils;      // NAN: none
    bool estimated, provisional;
};

struct alert_context {
    const struct catalog *catalog;
    const struct config *config;
    const struct standards *standards;
    int64_t now_ms;
    int64_t submission;    // that caused it, 0: none (standard or plugin changed)
    bool first_load;       // the county had no results of this plugin before: one digest
    bool standard_changed; // headed 标准调整
};

struct alert_counts {
    int64_t opened, resolved, queued;
};

int alert_apply(struct store *s, const struct alert_context *ctx, const struct finding *findings, size_t n,
                struct alert_counts *ret, struct error *err);
// The daemon's own: `what` such as "plugin", `name` the plugin; opens (or refreshes) junheng.<what> for that
// name, with the sentence as its text; resolved by alert_own_clear. In the caller's transaction.
int alert_own_raise(struct store *s, const struct alert_context *ctx, const char *what, const char *name,
                    const char *severity, const char *sentence, struct error *err);
int alert_own_clear(struct store *s, const struct alert_context *ctx, const char *what, const char *name,
                    struct error *err);
// A person's doing. `until_ms` 0: no end. -ENOENT, -EALREADY (resolved).
int alert_ack(struct store *s, const char *public_id, const char *who, const char *note, int64_t until_ms,
              int64_t now_ms, struct error *err);
int alert_silence(struct store *s, const char *public_id, const char *who, const char *note, int64_t until_ms,
                  int64_t now_ms, struct error *err);
