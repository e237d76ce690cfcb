// SPDX-License-Identifier: Apache-2.0
// How a dataset lies in the database: d_ID holds what stands, h_ID what it replaced (see schema.sql).
// Primary key: _period, then the key columns in the catalogue's order. A column of type INT holds a
// dictionary code, one of type INTEGER a number, so that the table says by itself what its integers mean.
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "store/store.h"

#define SCHOOL_COLUMN "school" // id of the column that holds the school's code, in every dataset that has one
#define ROSTER_DATASET "school" // id of the dataset that is the roster

enum stored_as { STORED_NOT, STORED_CODE, STORED_INTEGER, STORED_REAL, STORED_TEXT };

enum stored_as column_stored(const struct column *c); // STORED_NOT: it carries the period, which is _period
bool column_in_key(const struct column *c);           // beside _period
const struct column *dataset_school_column(const struct dataset *d); // key column SCHOOL_COLUMN, or NULL
const struct column *dataset_flag_column(const struct dataset *d,
                                         bool county); // first is_county, else first is_name; or NULL

// Makes or extends d_ID, h_ID, index and trigger. -EINVAL: the catalogue contradicts what is stored.
int dataset_table_sync(struct store *s, const struct dataset *d, struct error *err);
// Whether d_ID is there: not for a dataset that came with a plugin after the last sync.
int dataset_table_exists(struct store *s, const char *dataset, bool *ret, struct error *err);
// For those without a catalogue: as of the last sync. *ret NULL if the dataset has no name column.
int dataset_name_column(struct store *s, const char *dataset, char **ret, struct error *err);
int dataset_has_column(struct store *s, const char *dataset, const char *column, bool *ret,
                       struct error *err);
// The dataset as junheng-run is told of it: {"id":…,"period":…,"columns":[{"id":…,"type":…,"code":bool}]};
// columns that carry the period have "period":true. new reference. See store/view.h.
json_t *dataset_describe(const struct dataset *d);
