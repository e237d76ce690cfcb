// SPDX-License-Identifier: Apache-2.0
// What a receipt says, as plain values: the text is made from these alone.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/submission_detail.h"

struct receipt_absent {
    char *code, *name;
};

// Who owes the main dataset in one county.
struct receipt_coverage {
    char *county, *county_name; // name NULL where the configuration has none
    int owed, handed_in;
    struct receipt_absent *absent;
    size_t n_absent;
};

// A table of the file, as the reader found it. Rows −1: not known.
struct receipt_table {
    char *title; // of its dataset
    int header_first, header_last, rows;
};

struct receipt_data {
    struct submission_detail detail;
    struct receipt_table *tables; // as detail.tables
    char *office_phone;
    char *submitter;     // the source as people know it
    char *dataset_title; // of the main dataset, or NULL
    char *county_name;   // or NULL
    struct receipt_coverage *coverage;
    size_t n_coverage;
    bool roster_unknown; // schools owe the dataset, but no roster says which
    bool county_figures; // the dataset feeds county figures that wait until all have handed in
    char *due;           // date by which it is owed, as people write it, or NULL
    int rows_missing;    // stored rows with at least one missing cell
    char received[32];   // local time
    char **units;        // recognised unit words
    size_t n_units;
    int skipped_totals, skipped_notes;
};
