// SPDX-License-Identifier: Apache-2.0
// Making and checking of datasets: shared by the YAML files, the plugins' descriptions and the JSON copy.
#pragma once

#include "catalog/catalog.h"

void column_deinit(struct column *c);
void check_deinit(struct check *c);
struct dataset *dataset_free(struct dataset *d); // returns NULL
void dataset_free_at(struct dataset **d);        // for CLEANUP
void conditions_free(struct condition *c, size_t n);

// Takes over what `c` owns.
void dataset_add_column(struct dataset *d, const struct column *c);
void column_copy(struct column *to, const struct column *from); // a deep copy
// The column `id`_primary or _junior that stands for one stage of `c`: header（小学） and 小学header,
// likewise the aliases. `header` and `aliases` replace those of `c` where they are given.
void column_of_stage(const struct column *c, enum stage stage, const char *header, char *const *aliases,
                     struct column *ret);

// Unit in which a column is stored: 万元 is stored as 元 (four places further). Sets stored_unit and
// unit_shift.
void column_set_unit(struct column *c, const char *unit);
// Values of conditions and defaults in canonical form: booleans "1" and "0" (是, true … are accepted).
void dataset_canonical(struct dataset *d);

// What dataset_check() found wanting, so that the caller can say where it stands.
struct dataset_fault {
    enum { FAULT_DATASET, FAULT_COLUMN, FAULT_CHECK } where;
    size_t index;
};
// Names, types, keys, code lists, owed conditions, checks, and that no two columns claim one header.
int dataset_check(const struct dataset *d, struct dataset_fault *ret_fault, struct error *err);

const char *column_type_name(enum column_type t); // "text", "integer" …
