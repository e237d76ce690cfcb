// SPDX-License-Identifier: Apache-2.0
// Copies of rows.
#include "read/held_row.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

struct held_row *held_row_new(const struct sheet_row *row)
{
    size_t text = 0;
    for (size_t i = 0; i < row->n; i++)
        text += row->cells[i].len + 1;
    size_t bytes = sizeof(struct held_row) + row->n * sizeof(struct cell) + text;
    struct held_row *h = mem_alloc(bytes);
    struct cell *cells = (struct cell *)(h + 1);
    char *to = (char *)(cells + row->n);
    for (size_t i = 0; i < row->n; i++) {
        cells[i] = row->cells[i];
        cells[i].text = to;
        if (cells[i].len)
            memcpy(to, row->cells[i].text, cells[i].len);
        to[cells[i].len] = '\0';
        to += cells[i].len + 1;
    }
    h->row = (struct sheet_row){.row = row->row, .cells = cells, .n = row->n};
    h->bytes = bytes;
    return h;
}

const struct cell *row_cell(const struct sheet_row *row, uint32_t col)
{
    size_t low = 0, high = row->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (row->cells[mid].col < col)
            low = mid + 1;
        else
            high = mid;
    }
    return low < row->n && row->cells[low].col == col ? &row->cells[low] : NULL;
}

bool cell_is_blank(const struct cell *cell)
{
    return !cell || cell->type == CELL_EMPTY ||
           (cell->type == CELL_TEXT && text_is_blank(cell->text, cell->len));
}
