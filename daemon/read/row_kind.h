// SPDX-License-Identifier: Apache-2.0
// What a row of a sheet is, when it is not a row of data.
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "read/held_row.h"
#include "read/summary.h"

// Cells that hold something.
size_t row_filled(const struct sheet_row *row);
// 甲 乙 1 2 3, L1 L2 …: numbers of columns. At least three, or 甲 and one more.
bool row_is_code_row(const struct sheet_row *row, struct buf *scratch);
// Holds a figure (number, date, text that is one) and is no code row.
bool row_looks_like_data(const struct sheet_row *row, struct buf *scratch);
// 合计, 总计, 小计, 滨江区合计, 其中：…, # in the first filled cell, or 合计 in the cell `name` (may be
// NULL).
bool row_is_total(const struct sheet_row *row, const struct cell *name, struct buf *scratch);
// Only "…" and serial numbers.
bool row_is_filler(const struct sheet_row *row, struct buf *scratch);
// 注：…, 说明：…, or one or two cells of running text.
bool row_is_note(const struct sheet_row *row, struct buf *scratch);
// 填报人：张三  审核人： | 李四 …: kept with the submission. False if there is none.
bool row_read_footer(const struct sheet_row *row, struct summary *summary, struct buf *scratch);
// Every filled cell is a unit.
bool row_is_units(const struct sheet_row *row, struct buf *scratch);
