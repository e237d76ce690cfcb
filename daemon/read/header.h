// SPDX-License-Identifier: Apache-2.0
// A header of one to six rows: what each column of the sheet is called, and which columns of which datasets
// that means.
#pragma once

#include <stdbool.h>

#include "base/stage.h"
#include "read/header_index.h"
#include "read/held_row.h"

#define HEADER_ROWS_MAX 6
#define HEADER_WIDTH_MAX 1024

// What one sheet column means in one dataset.
struct header_hit {
    size_t column; // NO_COLUMN: nothing
    size_t junior; // set: the header has no stage; `column` is the primary part, this the junior one
    unsigned rank; // lower is closer: the whole path of titles before the leaf alone
};

struct header_column {
    const char *leaf; // lowest title as written, borrowed from the rows; NULL if the column has none
    uint32_t leaf_row;
    char *title;             // titles from top to bottom, joined by a space, for people
    const struct unit *unit; // named in the header
    enum stage stage;        // said by a title of its own: 小学 above the leaf
};

struct header_score {
    size_t matched; // dataset columns found
    size_t hidden;  // of those, figures that only ready-made tables carry
    bool keys;      // every key column is there
    bool needs;     // one of needs_one_of is there
    bool name, entity;
    size_t twice;         // a dataset column claimed by two equally close headers, else NO_COLUMN
    uint32_t twice_at[2]; // the sheet columns
};

struct header {
    size_t width, n_plans;
    struct header_column *columns; // width
    struct header_hit *hits;       // plan × width
    struct header_score *scores;   // per plan
    size_t texts;                  // columns with a header
    uint32_t first_row, last_row;
};

// Reads rows[0..n) as one header. Merged ranges fill their cells; without any, an empty cell of an upper row
// belongs to the title on its left. The rows must outlive the header.
struct header *header_new(struct held_row *const *rows, size_t n, const struct merge *merges, size_t n_merges,
                          struct plan *const *plans, size_t n_plans, const struct header_index *index);
struct header *header_free(struct header *h);
const struct header_hit *header_hit(const struct header *h, size_t plan, size_t col);
// A single item of a form: the hits of one text in every plan, hits[n_plans]; *ret_unit a unit in it.
void header_match_text(const char *text, size_t len, struct plan *const *plans, size_t n_plans,
                       const struct header_index *index, struct header_hit *hits,
                       const struct unit **ret_unit);
// How many cells of the row are headers that some dataset knows, taken one by one.
size_t header_known_cells(const struct sheet_row *row, const struct header_index *index);
// 小学, 小学部, 初中段 … (folded); STAGE_NONE if it is no such word.
enum stage stage_word(const char *folded);
