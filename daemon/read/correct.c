// SPDX-License-Identifier: Apache-2.0
// The head of a table is made ready when the table begins, since its rows are gone later, and goes out before
// the first row that is to be corrected; a table without one sends none.
#include "read/correct.h"

#include "base/mem.h"
#include "read/fold.h"
#include "read/wide.h"

#define ROWS_MAX 5000   // so many of a file go into the correction file; the others are only counted
#define MERGES_MAX 2000 // of one head

static json_t *cells_json(const struct sheet_row *row, size_t width)
{
    json_t *cells = json_array();
    uint32_t next = 0;
    for (size_t i = 0; i < row->n && row->cells[i].col < width; i++) {
        for (; next < row->cells[i].col; next++)
            json_array_append_new(cells, json_string(""));
        json_array_append_new(cells, json_stringn(row->cells[i].text, row->cells[i].len));
        next = row->cells[i].col + 1;
    }
    return cells;
}

static void set_cell(json_t *cells, size_t col, const char *text)
{
    while (json_array_size(cells) <= col)
        json_array_append_new(cells, json_string(""));
    json_array_set_new(cells, col, json_string(text));
}

static json_t *frame_new(const struct table *t, uint32_t row, json_t *cells, json_t *bad)
{
    json_t *o = json_object();
    json_object_set_new(o, "table", json_integer(t->no));
    json_object_set_new(o, "row", json_integer(row));
    json_object_set_new(o, "cells", cells);
    json_object_set_new(o, "bad", bad);
    return o;
}

static void add_merge(json_t *merges, uint32_t first, uint32_t last, uint32_t rows)
{
    json_t *m = json_array();
    json_array_append_new(m, json_integer(first));
    json_array_append_new(m, json_integer(last));
    json_array_append_new(m, json_integer(rows));
    json_array_append_new(merges, m);
}

// Merged cells that begin in the row: first and last column, rows.
static json_t *merges_of(const struct header_place *at, uint32_t row, uint32_t last_row)
{
    json_t *merges = json_array();
    for (size_t i = 0; i < at->n_merges && json_array_size(merges) < MERGES_MAX; i++) {
        const struct merge *m = &at->merges[i];
        if (m->row1 == row && m->row2 <= last_row && m->col2 < HEADER_WIDTH_MAX)
            add_merge(merges, m->col1, m->col2, m->row2 - m->row1 + 1);
    }
    return merges;
}

static void keep_head(struct table *t, const struct header_place *at, const struct sheet_row *row,
                      uint32_t last_row)
{
    json_t *cells = cells_json(row, HEADER_WIDTH_MAX), *merges = merges_of(at, row->row, last_row);
    if (t->period_col != NO_CELL && at->n_rows && row->row >= at->rows[0]->row.row) {
        set_cell(cells, t->period_col, t->plan->d->columns[t->plan->period].header);
        if (row->row == at->rows[0]->row.row && at->n_rows > 1 && json_array_size(merges))
            add_merge(merges, t->period_col, t->period_col, (uint32_t)at->n_rows);
    }
    json_t *frame = frame_new(t, row->row, cells, json_null());
    if (json_array_size(merges))
        json_object_set(frame, "merges", merges);
    json_decref(merges);
    json_array_append_new(t->above, frame);
}

static bool has_units(struct reader *r, const struct sheet_row *row)
{
    const struct unit *units[UNIT_LIST_MAX];
    for (size_t i = 0; i < row->n; i++) {
        fold_text(row->cells[i].text, row->cells[i].len, &r->scratch);
        if (unit_line(buf_str(&r->scratch), units))
            return true;
    }
    return false;
}

void correct_head(struct reader *r, struct table *t, const struct header_place *at, size_t width)
{
    size_t period = t->plan->period;
    t->period_col = period != NO_COLUMN && !t->columns[period].there && *t->period && width < HEADER_WIDTH_MAX
                        ? (uint32_t)width
                        : NO_CELL;
    t->above = json_array();
    for (size_t i = 0; i < at->n_titles; i++) {
        if (has_units(r, &at->titles[i]->row))
            keep_head(t, at, &at->titles[i]->row, at->titles[i]->row.row);
    }
    for (size_t i = 0; i < at->n_rows; i++)
        keep_head(t, at, &at->rows[i]->row, at->rows[at->n_rows - 1]->row.row);
}

void correct_heading(struct reader *r, struct table *t, uint32_t row, const char *text, bool asks)
{
    json_t *cells = json_array(), *bad = asks ? json_array() : json_null();
    json_array_append_new(cells, json_string(text));
    if (asks)
        json_array_append_new(bad, json_integer(0));
    correct_pass(r, t, frame_new(t, row, cells, bad));
}

json_t *correct_frame(struct reader *r, struct table *t, const char *period, const struct correct_row *row)
{
    if (r->n_correct >= ROWS_MAX)
        return NULL;
    r->n_correct++;
    json_t *bad = json_array();
    for (size_t i = 0; i < row->n_bad; i++)
        json_array_append_new(bad, json_integer(row->bad[i]));
    json_t *cells = cells_json(row->cells, t->period_col != NO_CELL ? t->period_col : HEADER_WIDTH_MAX);
    size_t column = t->plan->period;
    if (t->period_col != NO_CELL)
        set_cell(cells, t->period_col, period);
    else if (column != NO_COLUMN && t->columns[column].there && t->kind != TABLE_FORM && *period &&
             cell_is_blank(row_cell(row->cells, t->columns[column].col)))
        set_cell(cells, t->columns[column].col, period); // known from the name of the file alone
    json_t *frame = frame_new(t, row->cells->row, cells, bad);
    if (row->spare)
        json_object_set_new(frame, "spare", json_true());
    return frame;
}

void correct_pass(struct reader *r, struct table *t, json_t *frame)
{
    size_t i;
    json_t *head;
    if (!frame)
        return;
    if (t->above) {
        json_array_foreach(t->above, i, head) emit_json(r->emit, WIRE_BAD_ROW, json_incref(head));
        json_decref(t->above);
        t->above = NULL;
    }
    emit_json(r->emit, WIRE_BAD_ROW, frame);
}

void correct_marked(struct reader *r, struct table *t, const char *period, const struct sheet_row *cells)
{
    CLEANUP_FREE uint32_t *bad = mem_array(t->plan->d->n_columns + 1, sizeof *bad);
    size_t n = 0;
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        if (t->marked[i] && t->columns[i].there)
            bad[n++] = t->columns[i].col;
    }
    correct_pass(r, t,
                 correct_frame(r, t, period, &(struct correct_row){.cells = cells, .bad = bad, .n_bad = n}));
}
