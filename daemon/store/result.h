// SPDX-License-Identifier: Apache-2.0
// Results: what was measured of whom, and the verdict. Written by T2 (flow/evaluate.c), read by texts and the
// command line. A county's row of a school indicator has the county's code as entity. Strings are owned by
// the result.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stage.h"
#include "base/verdict.h"
#include "catalog/catalog.h"
#include "store/store.h"

struct result {
    char *period, *county, *indicator, *entity;
    enum stage stage;
    enum verdict verdict;
    // NAN: none. gap is in units of the numerator (teachers, rooms, ㎡, 元), 0 when it passes. `.cv`:
    // numerator S, denominator X̄ as the value prints. Rule: value and numerator members that pass,
    // denominator members that count, threshold how many must pass; a county's row of it: units (schools by
    // stage) that pass, of those judged.
    double value, numerator, denominator, threshold, gap, pupils;
    bool estimated, provisional;
    unsigned flags;         // JH_NOT_IN_CV, JH_NEW_SCHOOL of the measure
    unsigned state;         // JH_OK, JH_NO_DATA, JH_EXEMPT of the measure
    char *missing;          // column ids separated by spaces, or NULL
    char *note;             // one sentence for people, or NULL
    char *detail;           // JSON object, see below, or NULL
    int64_t run, judged_at; // row of `run` (plugin, version, hash); ms
    char *plugin;           // of the run; set on reading only
};

struct result_list {
    struct result *items;
    size_t n, cap;
};

// detail, by kind of row (members that do not apply are absent):
//  school rule    {"allowed":1, "members":{"resource.sports_area":"fail",…}, "steps":[[{"indicator":"…",
//                 "to":"floor"|"threshold", "amount":1288.875, "target":10588.875},…],…]}   each inner list
//                 is one way
//  county figure  "coverage":{"known":true, "owed":24, "reported":23, "pupils_share":0.97,
//  "due":"2025-10-20"}, or
//                 {"known":false} without a roster; and
//   of a school indicator, rule or .rate   {"units":24, "pass":17, "floor":2, "fail":4, "no_data":1,
//   "exempt":0} .cv           {"schools":24, "missing":{"schools":2, "pupils":790, "share":0.031},
//   "contributors":[{"entity":"…",
//                 "pupils":62, "value":55, "share":0.328, "without":0.404},…], "others":{"schools":4,
//                 "share":0.01}, "without_new":{"schools":22, "cv":0.44}}   contributors: the largest 20,
//                 largest first
//   mean of .cv   {"members":{"resource.sports_area.cv":0.486,…}}

void result_deinit(struct result *r);
void result_list_deinit(struct result_list *l);
// An empty element at the end, to be filled.
struct result *result_list_add(struct result_list *l);
// By (indicator, stage, entity) in byte order; for sorting and for bsearch within one period and county.
int result_compare(const void *a, const void *b);

// ---- for texts and the command line ----

// -ENOENT when there is none.
int result_find(struct store *s, const char *indicator, const char *entity, enum stage stage,
                const char *period, struct result *ret, struct error *err);
// The same of the period before (last year); -ENOENT.
int result_find_previous(struct store *s, const char *indicator, const char *entity, enum stage stage,
                         const char *period, struct result *ret, struct error *err);
// Every period of one indicator, entity and stage, oldest first; for trends.
int result_history(struct store *s, const char *indicator, const char *entity, enum stage stage,
                   struct result_list *ret, struct error *err);
// The latest period in which the entity has a result; of `indicator`, or of any when NULL. -ENOENT.
int result_latest_period(struct store *s, const char *indicator, const char *entity, char **ret,
                         struct error *err);

// Members that are NULL (or negative) do not restrict.
struct result_filter {
    const char *period, *county, *indicator, *entity;
    int stage, verdict;
};

#define RESULT_FILTER_ALL ((struct result_filter){.stage = -1, .verdict = -1})

// Not 0 ends the walk and is returned. `r` is good during the call.
typedef int result_fn(const struct result *r, void *arg);
// Ordered by period, county, indicator, stage, entity. The read stays open while fn runs: do not print from
// it.
int result_each(struct store *s, const struct result_filter *f, result_fn *fn, void *arg, struct error *err);
// As result_each, collected: all of a county and stage, say.
int result_select(struct store *s, const struct result_filter *f, struct result_list *ret, struct error *err);

// ---- for T2 ----

// One plugin's results in one period and county.
struct result_scope {
    const struct catalog *catalog;
    const struct plugin_info *plugin;
    const char *period, *county;
};

// What stands of the plugin's indicators (derived ones too), sorted by result_compare; also of indicators
// that no plugin declares any more if a run of this plugin wrote them.
int result_load_scope(struct store *s, const struct result_scope *scope, struct result_list *ret,
                      struct error *err);
// Whether the scope's county has a result of the plugin's indicators in any period.
int result_county_known(struct store *s, const struct result_scope *scope, bool *ret, struct error *err);
// Inserts or replaces.
int result_put(struct store *s, const struct result *r, struct error *err);
int result_delete(struct store *s, const struct result *r, struct error *err);
// Everything but run and judged_at is the same to the bit.
bool result_same(const struct result *a, const struct result *b);
