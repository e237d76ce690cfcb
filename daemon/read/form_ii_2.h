// SPDX-License-Identifier: Apache-2.0
// 表Ⅱ-2: ready-made ratios by school name, primary schools first, then junior ones, without codes.
//
// The stage of a row is told, in this order, by: a cell 小学 or 初中 in a column of its own or a row of its
// own (a block then reaches to the next such cell); the name of the sheet, a title row or the file naming
// exactly one stage; the serial numbers starting again at 1 once (the first block is 小学, the second 初中,
// as the form prints them). Anything else is refused: a guess would put figures under the wrong standard.
#pragma once

#include "read/wide.h"

struct form_ii_2;

struct form_ii_2 *form_ii_2_new(struct reader *r, const struct header *h, size_t plan,
                                const struct header_place *at);
void form_ii_2_row(struct reader *r, struct form_ii_2 *f, const struct sheet_row *row);
// Judges all rows; a school named in both blocks is one row. Frees it; returns NULL.
struct form_ii_2 *form_ii_2_finish(struct reader *r, struct form_ii_2 *f);
struct form_ii_2 *form_ii_2_free(struct form_ii_2 *f);
