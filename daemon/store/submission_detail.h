// SPDX-License-Identifier: Apache-2.0
// Everything that is known of one submission: its tables, its complaints and the rows to be corrected.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/submission.h"

struct submission_table {
    int no;
    char *dataset, *period, *sheet,
        *kind;              // period NULL: each row carries its own; kind: wide, form, form_ii_2
    char *layout, *headers; // JSON objects by column id
};

struct submission_error {
    char *level;                                                              // refuse, missing, ask, note
    int table_no, row;                                                        // −1: none
    char *sheet, *column, *column_id, *cell, *entity, *name, *code, *message; // NULL where not known
};

// Cells merged from a head row on: first and last column, rows.
struct submission_merge {
    int first, last, rows;
};

// A row of the file as it stood. Header and unit rows of a table with complaints are kept too, as `head`.
struct submission_bad_row {
    int table_no, row;
    bool head;
    char **cells; // n_cells texts from column A on
    size_t n_cells;
    int *bad; // n_bad 0-based numbers of the cells to correct
    size_t n_bad;
    struct submission_merge *merges; // n_merges, of a head row
    size_t n_merges;
};

struct submission_detail {
    struct submission sub;
    struct submission_table *tables;
    size_t n_tables;
    struct submission_error *errors;
    size_t n_errors;
    struct submission_bad_row *bad_rows;
    size_t n_bad_rows;
};

int submission_detail_load(struct store *s, int64_t submission, struct submission_detail *ret,
                           struct error *err);
void submission_detail_deinit(struct submission_detail *d);
size_t submission_detail_count(const struct submission_detail *d, const char *level);
