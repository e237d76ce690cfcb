// SPDX-License-Identifier: Apache-2.0
// A table found in a sheet: where the columns of its dataset lie, and the row that is being judged.
#pragma once

#include "read/header.h"
#include "read/reader.h"
#include "read/value.h"

enum table_kind { TABLE_WIDE, TABLE_FORM, TABLE_II_2 };

struct table_column {
    bool there;
    uint32_t col; // sheet column
    uint32_t row; // forms: the row of the cell; else 0
    char *header; // as in the file, for people
    struct value_rule rule;
    bool form_owed; // the form says 是否必填: 是
    bool recurs;    // worth the dictionary
};

struct table {
    unsigned no;
    enum table_kind kind;
    const struct plan *plan;
    char *sheet;
    uint32_t header_first, header_last, first_row;
    struct table_column *columns; // as the dataset's
    size_t *emitted;              // dataset columns in the order of WIRE_ROWS
    size_t n_emitted;
    char period[PERIOD_TEXT_MAX]; // of the table as a whole; "" if only the rows may know
    bool period_named;            // by sheet, file or title, not by the source's settings alone
    bool period_disagrees;        // noted once
    bool refused;                 // its rows are counted, none is stored
    char period_text[64], period_last[PERIOD_TEXT_MAX]; // the last row's period as written and as understood
    size_t rows, *absent; // per column: rows that owe it although the table has no such column
    json_t *above;        // head rows as frames for the correction file, not passed yet; NULL: none
    uint32_t period_col;  // where the correction file says the period; NO_CELL: the table does

    struct held_row *head[HEADER_ROWS_MAX + 2]; // unit line and header as they stand
    size_t n_head;

    // The row at hand, one value per dataset column.
    struct value *values;
    char *slots;
    uint32_t *cell_rows; // sheet row of each value where it is not the row itself; 0: the row
    bool *marked;        // to be corrected or filled in, as judged
    bool to_correct;     // some are, or the row is refused
    const char *judged_period;
};

// What is said about the table waits until it is announced.
#define TABLES_MAX 500 // in one file
struct table *table_new(struct reader *r, enum table_kind kind, const struct plan *plan, const char *sheet);
struct table *table_free(struct table *t);
// Places a dataset column; `unit` is the one named in the header or NULL, `line` the units of a unit line. A
// unit that measures something else leaves the column out and says so.
void table_place(struct reader *r, struct table *t, size_t column, uint32_t col, uint32_t row,
                 const char *header, const struct unit *unit, const struct unit *const *line, size_t n_line);
// After all columns are placed: which are passed on, and WIRE_TABLE.
void table_announce(struct reader *r, struct table *t);
// Refuses the whole table; takes over `message`. `column` may be NO_COLUMN.
void table_refuse(struct reader *r, struct table *t, const char *code, size_t column, char *message);
// Says which owed columns the table lacks. The last thing done with it.
void table_finish(struct reader *r, struct table *t);
// Keeps a copy of a row of the header or of the unit line.
void table_keep_head(struct table *t, const struct sheet_row *row);
char *table_value_slot(const struct table *t, size_t column);
// The period of a table without a period column: sheet name, file name, title row, then the source's.
void table_find_period(struct reader *r, struct table *t, const char *const *titles, size_t n_titles);
// A place in the table: `column` may be NO_COLUMN. `row` 0: the table as a whole.
struct place table_place_of(const struct table *t, uint32_t row, size_t column);
// "T9“专任教师总人数”" or, for a column the table lacks, "“专任教师总人数”". The caller's.
char *table_label(const struct table *t, uint32_t row, size_t column);
