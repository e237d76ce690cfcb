// SPDX-License-Identifier: Apache-2.0
// The roster of schools (dataset `school`): who is known by which name in which county, and who owes a
// dataset.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/period.h"
#include "store/store.h"

// The school year whose roster holds for a period of any kind: a term's own, that of a month's or day's date,
// for the year 2025 that which begins in it. False: not a period.
bool roster_period(const char *period, char out[PERIOD_TEXT_MAX]);

struct sql;

struct roster_school {
    char *code, *name; // name "" where the roster has none
};

struct roster_coverage {
    bool known; // the roster has schools of this school year and county
    int64_t owed,
        reported; // schools that owe the dataset; of these, with a row that stands (a refused one is 未报)
    double pupils_share; // of the owing schools' pupils; NAN where a school that has not reported never told
                         // its pupils
    struct roster_school *missing; // by code
    size_t n_missing;
};

void roster_coverage_deinit(struct roster_coverage *c);
// Owing are schools 在办 or 新建 (empty counts as 在办) that count as schools (是否计校数 is not 否), but for
// 特殊教育学校 and 职业学校. A dataset without schools (county_year): known is false.
int roster_coverage_load(struct store *s, const char *dataset, const char *period, const char *county,
                         struct roster_coverage *ret, struct error *err);

// Whether any school of that year, or of that year and county (0: any), is in the roster. Codes.
int roster_known(struct store *s, int64_t period, int64_t county, bool *ret, struct error *err);

// ---- for ingest; codes in, codes out ----

struct roster_lookup {
    struct sql *by_code, *by_name; // NULL where there is no roster or it has no names
};

struct roster_entry {
    bool found;
    int64_t county;
    struct buf name; // the caller's
};

int roster_open(struct store *s, struct roster_lookup *ret, struct error *err);
int roster_find(struct roster_lookup *l, int64_t period, int64_t school, struct roster_entry *ret,
                struct error *err);
// The one school of that name in the county: *ret_n 0, 1 or 2 (several); *ret_school its code.
int roster_find_name(struct roster_lookup *l, int64_t period, int64_t county, const char *name, int *ret_n,
                     int64_t *ret_school, struct error *err);
