// SPDX-License-Identifier: Apache-2.0
// What a plugin run measured, read out of its JSON and checked against what it was asked for.
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/stage.h"
#include "catalog/catalog.h"
#include "flow/evaluate.h"
#include "store/result.h"

// One measure; strings are borrowed from the JSON or from the stored results.
struct measure {
    size_t scope; // index into the scopes of the run
    const struct indicator *indicator;
    const char *entity;
    enum stage stage;
    unsigned state, flags;         // JH_…; JH_OK with no positive denominator becomes JH_NO_DATA
    double numerator, denominator; // NAN unless JH_OK
    double pupils;                 // NAN: not known
    const char *missing, *note;    // or NULL
};

struct measure_list {
    struct measure *items; // sorted by scope, indicator, stage, entity
    size_t n, cap;
    size_t skipped; // schools whose code is the county's: their row would be taken for the county's
};

void measure_list_deinit(struct measure_list *l);
// The measures of all scopes that are not rejudge_only. -EPROTO with a sentence: no indicator of this plugin,
// a scope or stage that was not asked for, no number, the same unit twice.
int measures_read(const struct evaluation *e, struct measure_list *ret, struct error *err);
// The measures of a scope as they were stored, to be judged again.
int measures_from_results(const struct evaluation *e, size_t scope, const struct result_list *stored,
                          struct measure_list *ret, struct error *err);
// The slice of one scope: *ret_first to *ret_first + return value.
size_t measures_of_scope(const struct measure_list *l, size_t scope, size_t *ret_first);
