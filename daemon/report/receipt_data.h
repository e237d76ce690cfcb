// SPDX-License-Identifier: Apache-2.0
// What a receipt says, as plain values: the text is made from these alone.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/submission_detail.h"

struct receipt_absent {
    char *code, *name;
};

struct receipt_data {
    struct submission_detail detail;
    char *office_phone;
    char *dataset_title; // of the main dataset, or NULL
    char *county_name;   // or NULL
    bool has_roster;     // the roster of the main period and county says who owes the dataset
    bool county_figures; // the dataset feeds county figures that wait until all have handed in
    int owed, handed_in;
    struct receipt_absent *absent;
    size_t n_absent;
    char *due;         // date by which it is owed, as people write it, or NULL
    int rows_missing;  // stored rows with at least one missing cell
    char received[32]; // local time
    char **units;      // recognised unit words
    size_t n_units;
    int skipped_totals, skipped_notes, skipped_other;
};
