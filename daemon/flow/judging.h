// SPDX-License-Identifier: Apache-2.0
// From the measures of one scope (a county's period) to all its results, without SQL, loop or clock.
#pragma once

#include <jansson.h>

#include "catalog/catalog.h"
#include "conf/standard.h"
#include "flow/coverage.h"
#include "flow/measures.h"
#include "store/result.h"

struct judging {
    const struct catalog *catalog;
    const struct standards *standards;
    const struct plugin_info *plugin;
    const char *period, *county; // county "": not known, so there are no county figures
    int date;                    // that decides which thresholds are in force, YYYYMMDD
    const struct coverage *coverage;
};

// Everything of the scope, sorted by result_compare:
// - a row per measure;
// - per school and stage the rules over their members;
// - per county and stage, entity = the county's code: a row of each school indicator (ΣX/ΣP, sum of the gaps,
// the worst
//   verdict), of each rule (units that pass of units judged), `.cv`, `.rate`, and the mean of a rule's `.cv`.
// The details are as store/result.h says. County figures carry `estimated` of what they are made of, and
// `provisional` by the coverage.
void judging_scope(const struct judging *j, const struct measure *measures, size_t n,
                   struct result_list *ret);

// ---- the steps; `rows` are sorted and hold what came before ----

void judging_units(const struct judging *j, const struct measure *measures, size_t n,
                   struct result_list *ret);
void judging_rules(const struct judging *j, const struct result_list *units, struct result_list *ret);
void judging_county(const struct judging *j, const struct result_list *rows, struct result_list *ret);
void judging_cv(const struct judging *j, const struct result_list *units, struct result_list *ret);
void judging_cv_means(const struct judging *j, const struct result_list *rows, struct result_list *ret);

// ---- shared ----

// Rows of one indicator and stage, side by side in a sorted list.
struct result_group {
    const struct indicator *indicator;
    enum stage stage;
    const struct result *rows;
    size_t n;
};

// The group that begins at *at, which moves behind it; false at the end.
bool result_group_next(const struct judging *j, const struct result_list *sorted, size_t *at,
                       struct result_group *ret);
// The row of that key, or NULL.
const struct result *judging_row(const struct result_list *sorted, const char *indicator, enum stage stage,
                                 const char *entity);
struct result *judging_add(const struct judging *j, struct result_list *to, const char *indicator,
                           const char *entity, enum stage stage);
// A county's figure: entity, estimated and provisional set.
struct result *judging_add_county(const struct judging *j, struct result_list *to, const char *indicator,
                                  enum stage stage, bool estimated);
// NULL when no standard names one.
const struct threshold *judging_threshold(const struct judging *j, const struct indicator *ind,
                                          enum stage stage, struct threshold *storage);
// Whether the row has a figure that counts in means: measured, with something to divide by.
bool judging_has_figure(const struct result *r);
// The words of both lists, each once; takes `have` (may be NULL), gives the caller's.
char *judging_unite_words(char *have, const char *more);
// The row's detail becomes the text of `detail`, which is released.
void judging_set_detail(struct result *r, json_t *detail);
// NAN as null. New reference.
json_t *judging_number(double v);
