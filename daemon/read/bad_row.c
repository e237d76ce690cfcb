// SPDX-License-Identifier: Apache-2.0
// WIRE_BAD_ROW frames.
#include "read/bad_row.h"

#include "base/mem.h"

#define BAD_ROWS_MAX 5000 // so many go into a correction file; the others are only counted

static json_t *texts_of(const struct sheet_row *row)
{
    json_t *cells = json_array();
    uint32_t next = 0;
    for (size_t i = 0; i < row->n && row->cells[i].col < HEADER_WIDTH_MAX; i++) {
        const struct cell *c = &row->cells[i];
        for (; next < c->col; next++)
            json_array_append_new(cells, json_string(""));
        json_array_append_new(cells, json_stringn(c->text, c->len));
        next = c->col + 1;
    }
    return cells;
}

static void pass(struct reader *r, const struct table *t, uint32_t row, json_t *cells, json_t *bad)
{
    json_t *o = json_object();
    json_object_set_new(o, "table", json_integer(t->no));
    json_object_set_new(o, "row", json_integer(row));
    json_object_set_new(o, "cells", cells);
    json_object_set_new(o, "bad", bad);
    emit_json(r->emit, WIRE_BAD_ROW, o);
}

// The correction file has another name, so what the first file's name said must stand inside.
static void pass_period(struct reader *r, const struct table *t)
{
    bool own = t->plan->period != NO_COLUMN && t->columns[t->plan->period].there;
    const char *word = t->plan->d->period == PERIOD_SCHOOL_YEAR ? "学年"
                       : t->plan->d->period == PERIOD_YEAR      ? "年度"
                                                                : "";
    if (own || !*t->period)
        return;
    char *title = str_printf("%s%s", t->period, word);
    json_t *cells = json_array();
    json_array_append_new(cells, json_string(title));
    pass(r, t, 0, cells, json_null());
    free(title);
}

void bad_row_pass(struct reader *r, struct table *t, uint32_t row, const struct sheet_row *cells)
{
    if (!cells || r->bad_rows >= BAD_ROWS_MAX)
        return;
    if (!t->head_passed) {
        pass_period(r, t);
        for (size_t i = 0; i < t->n_head; i++)
            pass(r, t, t->head[i]->row.row, texts_of(&t->head[i]->row), json_null());
        t->head_passed = true;
    }
    json_t *bad = json_array();
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        if (t->wrong[i] && t->columns[i].there)
            json_array_append_new(bad, json_integer(t->columns[i].col));
    }
    pass(r, t, row, texts_of(cells), bad);
    r->bad_rows++;
}
