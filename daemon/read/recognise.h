// SPDX-License-Identifier: Apache-2.0
// Which dataset a header belongs to.
#pragma once

#include "read/header.h"

enum recognition_kind {
    RECOGNISED_NOT,
    RECOGNISED,
    RECOGNISED_II_2, // ready-made ratios by school name, in blocks by stage
    RECOGNISED_TIE,
    RECOGNISED_TWICE, // a column is claimed by two headers
    RECOGNISED_OTHER  // of a dataset this source may not hand in
};

struct recognition {
    enum recognition_kind kind;
    size_t plan, other;              // other: of a tie
    size_t matched;                  // headers found
    size_t nearest, nearest_matched; // what it looks most like otherwise
};

// `names` is the folded name of file and sheet together; it breaks ties only.
struct recognition recognise(const struct header *h, struct plan *const *plans, const char *names);
// Enough headers found to call it that dataset.
bool recognise_enough(size_t matched, size_t texts);
// The key columns a plan would need and the header lacks: “学校代码”、“…”. The caller's.
char *recognise_missing(const struct header *h, size_t plan, const struct plan *p);
