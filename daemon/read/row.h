// SPDX-License-Identifier: Apache-2.0
// One row of a table: may it be stored, what is missing in it, what should be asked.
#pragma once

#include "read/table.h"

// Reads one cell into the row at hand. `cell` may be NULL.
void row_set(struct reader *r, struct table *t, size_t column, const struct cell *cell);
// Empties the row at hand and sets defaults where the dataset has them.
void row_clear(struct reader *r, struct table *t);
// Judges the row at hand and passes it on, or refuses it. `cells` are the cells of the sheet row (for the
// correction file), NULL if there is no one row.
void row_judge(struct reader *r, struct table *t, uint32_t row, const struct sheet_row *cells);
