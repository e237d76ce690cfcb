// SPDX-License-Identifier: Apache-2.0
// Writing facts: the prepared statements of one dataset and the row in hand.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "store/dataset_table.h"
#include "store/sql.h"
#include "store/store.h"

// One value as it is stored; the text is borrowed.
struct slot {
    enum { SLOT_NULL, SLOT_INT, SLOT_REAL, SLOT_TEXT } kind;
    int64_t i; // SLOT_INT: number or code
    double r;
    const char *text;
    size_t len;
};

struct slot_column {
    const struct column *column;
    enum stored_as as;
    bool key;
    int64_t *allowed; // codes of a closed list; n_allowed 0: any
    size_t n_allowed;
};

struct fact_row {
    int64_t period, county, source, submission; // period, county, source are codes
    unsigned table, row;
    struct slot *slots; // as fact_table.columns
    const bool
        *given; // which columns the file's table has; on update the others keep their values. NULL: all
};

enum fact_statement {
    FACT_PROBE,
    FACT_INSERT,
    FACT_UPDATE,
    FACT_DIFFERS,
    FACT_CONTRADICTS,
    FACT_MOVE,
    FACT_UNDO, // three of them
    FACT_STATEMENT_COUNT = FACT_UNDO + 3
};

struct fact_table {
    struct store *store;
    const struct dataset *dataset;
    struct slot_column *columns; // those that are stored
    size_t n_columns;
    size_t school, county, name;                  // indexes, n_columns if there is none
    struct sql *statements[FACT_STATEMENT_COUNT]; // made at first use: most files need two
};

// What stands under the key.
struct fact_found {
    bool found;
    int64_t source, county, submission;
    unsigned table, row; // of that submission
};

int fact_table_new(struct store *s, const struct dataset *d, struct fact_table **ret, struct error *err);
struct fact_table *fact_table_free(struct fact_table *t);
size_t fact_table_column(const struct fact_table *t, const char *id); // n_columns if there is none

// "_period, …, _row": all columns of d_ID.
void fact_table_names(const struct fact_table *t, struct buf *out);

int fact_probe(struct fact_table *t, const struct fact_row *row, struct fact_found *ret, struct error *err);
int fact_insert(struct fact_table *t, const struct fact_row *row, struct error *err);
// *ret_changed: false if every given column is as it was; then nothing was written.
int fact_update(struct fact_table *t, const struct fact_row *row, bool *ret_changed, struct error *err);
// Whether the row that stands under the key has other figures.
int fact_differs(struct fact_table *t, const struct fact_row *row, bool *ret, struct error *err);
// Whether a figure of the row says something else than one that stands; what is missing on a side contradicts
// nothing.
int fact_contradicts(struct fact_table *t, const struct fact_row *row, bool *ret, struct error *err);
// Only the county: leaves provenance and history alone.
int fact_move(struct fact_table *t, const struct fact_row *row, struct error *err);
// Takes back what this submission wrote under the key.
int fact_undo(struct fact_table *t, const struct fact_row *row, struct error *err);

uint64_t fact_key_hash(const struct fact_table *t, int64_t period, const struct slot *slots);
uint64_t fact_content_hash(const struct fact_table *t, const struct slot *slots);
