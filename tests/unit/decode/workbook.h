// SPDX-License-Identifier: Apache-2.0
// Workbooks for tests: parts written by hand, zipped into a descriptor.
#pragma once

#include <stddef.h>

struct part {
    const char *name, *text; // text NULL: left out
};

// Parts up to one without a name. The caller closes the descriptor.
int workbook_zip(const struct part *parts);
// A workbook of one sheet whose sheetData has these rows, with usual styles (1 date, 2 time, 3 date and time,
// 4 custom 年月日, 5 text) and shared strings (0 学校, 1 rich, 2 with phonetic guide, 3 empty, 4 escaped).
int workbook_of_rows(const char *rows, const char *after_rows);

extern const char workbook_book_xml[], workbook_rels_xml[], workbook_styles_xml[], workbook_strings_xml[];
