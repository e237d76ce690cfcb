// SPDX-License-Identifier: Apache-2.0
// A table with a row per entity, from its header to its foot.
#pragma once

#include "read/recognise.h"
#include "read/table.h"

// What stands around a header in its sheet.
struct header_place {
    const char *sheet;
    struct held_row *const *titles; // rows above the header
    size_t n_titles;
    struct held_row *const *rows; // the header itself
    size_t n_rows;
    const struct merge *merges; // of the sheet
    size_t n_merges;
};

struct wide;

enum wide_step { WIDE_TAKEN, WIDE_NEW_HEADER };

struct wide *wide_new(struct reader *r, const struct header *h, size_t plan, const struct header_place *at);
// WIDE_NEW_HEADER: the row begins another table and was not taken.
enum wide_step wide_row(struct reader *r, struct wide *w, const struct sheet_row *row);
// The rows of text since the last row of data, which may belong to the next table. The caller's.
#define WIDE_RECENT_MAX 5
size_t wide_take_recent(struct wide *w, struct held_row *ret[WIDE_RECENT_MAX]);
// Says what remains to be said. Frees it; returns NULL.
struct wide *wide_finish(struct reader *r, struct wide *w);

// Shared with the tables by stage: units and footers in the rows above, the header kept for the correction
// file. `ret_line` and the return value are the unit line.
size_t titles_read(struct reader *r, struct table *t, const struct header_place *at,
                   const struct unit *ret_line[UNIT_LIST_MAX]);
void titles_period(struct reader *r, struct table *t, const struct header_place *at);
// One note on all headers nobody knows.
void headers_unknown(struct reader *r, const struct table *t, const struct header *h, size_t plan);
