// SPDX-License-Identifier: Apache-2.0
// Tables on a terminal.
#include "cli/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/mem.h"

struct cell {
    char *text;
    size_t width;
    const char *sgr;
};

struct column {
    char *title;
    size_t width;
    enum table_align align;
};

struct table {
    struct column *columns;
    size_t n_columns;
    struct cell *cells; // row by row
    size_t n_cells, cap, n_rows;
};

size_t text_width(const char *text)
{
    size_t width = 0;
    mbstate_t state = {0};
    while (*text) {
        wchar_t c;
        size_t n = mbrtowc(&c, text, MB_CUR_MAX, &state);
        if (n == (size_t)-1 || n == (size_t)-2) { // not a character: one sign, go on after it
            state = (mbstate_t){0};
            n = 1;
            c = L'?';
        }
        int w = wcwidth(c);
        width += w > 0 ? (size_t)w : 0;
        text += n;
    }
    return width;
}

struct table *table_new(void)
{
    return mem_alloc(sizeof(struct table));
}

struct table *table_free(struct table *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->columns[i].title);
    for (size_t i = 0; i < t->n_cells; i++)
        free(t->cells[i].text);
    free(t->columns);
    free(t->cells);
    free(t);
    return NULL;
}

void table_column(struct table *t, const char *title, enum table_align align)
{
    assert(t->n_rows == 0);
    t->columns = mem_grow(t->columns, t->n_columns + 1, sizeof *t->columns);
    t->columns[t->n_columns++] =
        (struct column){.title = str_dup(title), .width = text_width(title), .align = align};
}

void table_row(struct table *t)
{
    assert(t->n_cells == t->n_rows * t->n_columns); // the row before is whole
    t->n_rows++;
}

void table_cell(struct table *t, const char *text)
{
    assert(t->n_cells < t->n_rows * t->n_columns);
    if (t->n_cells == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->cells = mem_grow(t->cells, t->cap, sizeof *t->cells);
    }
    struct cell *c = &t->cells[t->n_cells];
    *c = (struct cell){.text = str_dup(text && *text ? text : "—")};
    for (char *p = c->text; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
    c->width = text_width(c->text);
    struct column *column = &t->columns[t->n_cells % t->n_columns];
    if (c->width > column->width)
        column->width = c->width;
    t->n_cells++;
}

void table_cellf(struct table *t, const char *fmt, ...)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    table_cell(t, buf_str(&text));
}

void table_colour(struct table *t, const char *sgr)
{
    assert(t->n_cells > 0);
    t->cells[t->n_cells - 1].sgr = sgr;
}

size_t table_rows(const struct table *t)
{
    return t->n_rows;
}

static void pad(FILE *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fputc(' ', out);
}

static void print_cell(FILE *out, const struct column *column, const struct cell *cell, bool last,
                       bool colour)
{
    size_t space = column->width - cell->width;
    if (column->align == TABLE_RIGHT)
        pad(out, space);
    if (colour && cell->sgr)
        fprintf(out, "\033[%sm%s\033[0m", cell->sgr, cell->text);
    else
        fputs(cell->text, out);
    if (column->align == TABLE_LEFT && !last)
        pad(out, space);
    if (!last)
        fputs("  ", out);
}

void table_print(const struct table *t, FILE *out, bool colour)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        struct cell head = {
            .text = t->columns[c].title, .width = text_width(t->columns[c].title), .sgr = "1"};
        print_cell(out, &t->columns[c], &head, c + 1 == t->n_columns, colour);
    }
    fputc('\n', out);
    for (size_t i = 0; t->n_columns && i < t->n_cells; i++) {
        size_t c = i % t->n_columns;
        print_cell(out, &t->columns[c], &t->cells[i], c + 1 == t->n_columns, colour);
        if (c + 1 == t->n_columns)
            fputc('\n', out);
    }
}
