// SPDX-License-Identifier: Apache-2.0
// Tables on a terminal: columns as wide as what they show, Chinese counted as two.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table *table_new(void);
struct table *table_free(struct table *t);
void table_column(struct table *t, const char *title, enum table_align align); // before the first row
void table_row(struct table *t);                                               // begins a row
void table_cell(struct table *t, const char *text); // NULL prints as "—"; control characters as "?"
void table_cellf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// An SGR number such as "31" for the cell added last; used only where colour is on.
void table_colour(struct table *t, const char *sgr);
size_t table_rows(const struct table *t);
void table_print(const struct table *t, FILE *out, bool colour);

// Columns of a terminal that the UTF-8 text takes.
size_t text_width(const char *text);
