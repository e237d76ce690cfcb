// SPDX-License-Identifier: Apache-2.0
// Where an indicator's figures stand: the cells behind indicator × entity × period, for texts and `explain`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "store/store.h"

struct provenance_cell {
    const struct column *column; // borrowed from the catalogue
    char *header;                // as written in the file, else the catalogue's
    char *cell;                  // "AE14"; NULL where the file's layout does not name the column
    char *text;                  // the value as people read it (in the stored unit), NULL: the cell was empty
    double number;               // NAN: empty or not a number
};

// One stored row; several for a school with campuses or an indicator of several datasets.
struct provenance_row {
    const struct dataset *dataset; // borrowed
    int64_t submission;
    char *public_id, *source, *file, *sheet;
    int64_t row;                   // 0: a form, each value has a cell of its own
    int64_t received_at;           // ms
    struct provenance_cell *cells; // the indicator's inputs, in the order it declares them
    size_t n;
};

struct provenance {
    struct provenance_row *rows;
    size_t n;
};

void provenance_deinit(struct provenance *p);
// The rows of the entity in that period which hold inputs of the indicator; of a rule those of its members
// `only` (NULL-terminated ids; NULL: all). Columns of another stage than `stage` are left out (STAGE_NONE:
// none is). An entity that is a county gives the rows of tables keyed by county. No rows is no error.
int provenance_load(struct store *s, const struct catalog *c, const struct indicator *ind,
                    const char *const *only, const char *entity, enum stage stage, const char *period,
                    struct provenance *ret, struct error *err);
