// SPDX-License-Identifier: Apache-2.0
// The results of one county and period, and of the period before, loaded once for all texts of a T2.
#pragma once

#include "base/error.h"
#include "store/result.h"

// Units (entities below the county) by verdict for one indicator and stage.
struct county_units {
    int64_t judged, failing, floor, no_data, exempt; // judged: pass, floor and fail
};

struct county_tally {
    const char *indicator; // borrowed from the results
    enum stage stage;
    struct county_units units;
};

struct county {
    char *code, *period, *period_before;
    struct result_list now, before; // in the order of result_compare
    struct county_tally *tallies;   // of `now`, by indicator, then stage
    size_t n_tallies;
};

int county_load(struct store *s, const char *code, const char *period, struct county *ret, struct error *err);
void county_deinit(struct county *c);
// NULL: there is none.
const struct result *county_result(const struct county *c, const char *indicator, enum stage stage,
                                   const char *entity);
const struct result *county_result_before(const struct county *c, const char *indicator, enum stage stage,
                                          const char *entity);

struct county_units county_count(const struct county *c, const char *indicator, enum stage stage);
