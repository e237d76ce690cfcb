// SPDX-License-Identifier: Apache-2.0
// Rows for the correction file (待更正): what is wrong or missing, with the header under which it stood, so
// that it reads back as it was whatever the file is then called.
#pragma once

#include "read/table.h"

struct header_place;

// Keeps what stands above the table (unit line, header with its merged cells) until a row is to be corrected.
// `width`: sheet columns of the header. Where the table has no column for its period, one is added.
void correct_head(struct reader *r, struct table *t, const struct header_place *at, size_t width);
// A row of text of its own, such as 小学 above a block; `asks`: to be filled in by the clerk.
void correct_heading(struct reader *r, struct table *t, uint32_t row, const char *text, bool asks);

struct correct_row {
    const struct sheet_row *cells;
    const uint32_t *bad; // sheet columns, n_bad
    size_t n_bad;
    bool spare; // only wanted if the daemon refuses the row
};

// The frame of a row; NULL if so many have gone before that it is no small file any more.
json_t *correct_frame(struct reader *r, struct table *t, const char *period, const struct correct_row *row);
// Passes the head, the first time, and the frame; steals `frame`, which may be NULL.
void correct_pass(struct reader *r, struct table *t, json_t *frame);
// Passes the row of a wide table with the columns of t->marked.
void correct_marked(struct reader *r, struct table *t, const char *period, const struct sheet_row *cells);
