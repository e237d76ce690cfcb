// SPDX-License-Identifier: Apache-2.0
// Rows kept beyond their callback, in one piece of memory each.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "decode/sheet.h"

struct held_row {
    struct sheet_row row;
    size_t bytes;     // what it takes
    bool after_blank; // the row before it was blank or far away
    bool counted;     // among what was skipped already
};

struct held_row *held_row_new(const struct sheet_row *row);
// The cell in that column, or NULL.
const struct cell *row_cell(const struct sheet_row *row, uint32_t col);
// Nothing but white space.
bool cell_is_blank(const struct cell *cell);
