// SPDX-License-Identifier: Apache-2.0
// Thresholds with document, clause and effective dates, layered national → province → city (later files win).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/stage.h"
#include "catalog/catalog.h"

struct threshold {
    double value;
    enum op op;
    double floor_ratio;   // 0.85 where the indicator has a floor, else 0
    const char *document; // 教督〔2017〕6号
    const char *clause;   // 资源配置第（一）项
    const char *file;     // the standard file it came from, for `explain`
    int line;
    int from, until; // effective dates YYYYMMDD; 0: open
};

struct standards;

// Files in order of precedence, lowest first; complaints carry file:line:column.
int standards_load(const char *const *files, struct standards **ret, struct error *err);
struct standards *standards_free(struct standards *s);
// The threshold of the indicator at that stage on that day (YYYYMMDD, see period_reference_date); falls back
// to the indicator's declared defaults (basis in `document`). False: there is none.
bool standards_threshold(const struct standards *s, const struct indicator *ind, enum stage stage, int date,
                         struct threshold *ret);
// Numeric setting of a standard by name ("split_weight.junior"), with default.
double standards_number(const struct standards *s, const char *name, int date, double otherwise);
// The same with its document and clause; false: no standard sets it.
bool standards_setting(const struct standards *s, const char *name, int date, struct threshold *ret);
// Hex hash of everything that decides: a change re-judges stored numerators (标准调整).
const char *standards_version(const struct standards *s);
