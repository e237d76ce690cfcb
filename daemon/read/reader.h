// SPDX-License-Identifier: Apache-2.0
// What the parts of the reader share while one file is read.
#pragma once

#include "decode/sheet.h"
#include "read/complaint.h"
#include "read/duplicate_rows.h"
#include "read/emit.h"
#include "read/header_index.h"
#include "read/plan.h"
#include "read/summary.h"

struct reader {
    const struct read_job *job;
    struct plan **plans;
    size_t n_plans;
    struct header_index *index;
    struct file_info info;
    struct emit *emit;
    struct complaints *complaints;
    struct duplicate_rows *duplicates;
    struct summary *summary;
    char *file_folded; // the file's name without its ending
    unsigned n_tables;
    unsigned n_correct; // rows passed for the correction file
    uint32_t sheet_no;
    struct buf scratch; // of whoever needs one for a moment
};
