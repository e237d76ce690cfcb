// SPDX-License-Identifier: Apache-2.0
// A database with two counties, the built-in datasets, the national standard, and indicators made by hand.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "conf/config.h"
#include "conf/standard.h"
#include "notify/alert.h"
#include "store/store.h"

#define NOW_MS 1760319667000 // 2025-10-13 09:41:07 in Shanghai
#define HOUR_MS 3600000LL

struct world {
    char dir[64], path[96];
    struct store *store;
    struct catalog *catalog;
    struct standards *standards;
    struct config config;
    struct channel_config channels[4]; // office (webhook), mail (smtp), log (journal), east (webhook)
    struct route_config routes[3];     // all → office, log; from orange → mail; county 330103 → east
    struct alert_context ctx;
};

int world_setup(void **state);
int world_teardown(void **state);
void world_reopen(struct world *w);

struct world_result {
    const char *indicator, *entity, *county, *period;
    enum stage stage;
    enum verdict verdict;
    double value, numerator, denominator, threshold, gap, pupils;
    bool estimated, provisional;
    const char *missing, *detail;
};
void world_put(struct world *w, const struct world_result *r);
// The finding of a result that was put; and applies it, within a transaction of its own.
struct finding world_finding(struct world *w, const struct world_result *r);
struct alert_counts world_apply(struct world *w, const struct world_result *r, size_t n);
// A submission with its table, and a school's rows in roster and resources.
int64_t world_submission(struct world *w, const char *public_id, const char *file);
void world_school(struct world *w, int64_t submission, const char *code, const char *name, const char *county,
                  const char *period);

// One value of the first row as text ("NULL" if so, "none" without a row); good until the next call.
const char *world_text(struct world *w, const char *sql);

#define ok(expression)                                                                                       \
    do {                                                                                                     \
        struct error *e_ = &(err);                                                                           \
        int r_ = (expression);                                                                               \
        if (r_ < 0)                                                                                          \
            fail_msg("%s: %d %s", #expression, r_, e_->msg);                                                 \
    } while (0)
