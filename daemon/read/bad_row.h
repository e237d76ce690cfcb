// SPDX-License-Identifier: Apache-2.0
// Rows as they stood, for the correction file (待更正): refused ones, and stored ones with cells to be filled
// in.
#pragma once

#include "read/table.h"

// The row, with the cells to be marked (table.wrong). Before a table's first one its header goes out, so that
// the correction file reads back: title with the period if no column has it, unit line, header. Those have
// "bad": null.
void bad_row_pass(struct reader *r, struct table *t, uint32_t row, const struct sheet_row *cells);
