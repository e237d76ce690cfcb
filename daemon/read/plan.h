// SPDX-License-Identifier: Apache-2.0
// A dataset made ready for reading: columns by number instead of by name, code lists hashed.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "read/code_list.h"
#include "read/unit.h"

#define NO_COLUMN SIZE_MAX

struct plan_condition {
    size_t column; // NO_COLUMN: never fulfilled
    char *const *values;
};

struct plan_column {
    struct code_list *codes;              // COLUMN_CODE
    size_t base;                          // the column this is the stage part of
    size_t part[STAGE_COUNT];             // its own stage parts
    const struct unit *declared, *stored; // NULL: no unit known here
    struct plan_condition *owed_when;
    bool later;    // only a plugin needs it that is not installed
    bool identity; // a code by which rows are told apart: text that Excel may have spoilt
};

struct plan_check {
    const struct check *c;
    size_t *left, *right;
    size_t n_left, n_right;
    struct plan_condition *when;
};

struct plan {
    const struct dataset *d;
    bool allowed;                // the source may hand it in
    struct plan_column *columns; // as d->columns
    struct plan_check *checks;   // as d->checks
    size_t *needs;               // of d->needs_one_of
    size_t n_needs;
    size_t period, term, county, name;
    size_t entity; // what a row is about: school, else county
    size_t school_type, school_system;
    size_t pupils[STAGE_COUNT];
};

struct plan *plan_new(const struct dataset *d);
// Which columns no plugin of the catalogue needs.
void plan_mark_later(struct plan *p, const struct catalog *c);
struct plan *plan_free(struct plan *p);
// A key column without which no row can be stored: not a campus, which may be empty.
bool plan_key_needed(const struct plan *p, size_t column);
