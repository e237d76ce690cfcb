// SPDX-License-Identifier: Apache-2.0
// Periods in the spellings of clerks: in a cell, in a file's name, in a title row.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/period.h"

// A cell of the period column (folded): 2025-2026学年度, 2025/2026, 2025学年, 2025 for a school year;
// 2025年度 for a year; 2025年10月, 202510 for a month; any date for a day; 2025-2026学年第一学期 for a term.
bool period_text_parse(enum period_kind kind, const char *folded, struct period *ret);
// 第一学期, 上学期, 秋季 … (folded): 1 or 2; 0 if it is none.
int term_text_parse(const char *folded);
// Looks for a period in a name or title (folded). With `strict` a school year must say so (2025-2026,
// 2025学年), since titles quote years of documents; a file's name may just hold 2025. False if there is none
// or more than one.
bool period_text_find(enum period_kind kind, const char *folded, bool strict, struct period *ret);
