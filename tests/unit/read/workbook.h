// SPDX-License-Identifier: Apache-2.0
// Small workbooks in memory for tests.
#pragma once

#include <xlsxwriter.h>

// A workbook that is written into a memfd; *ret_fd is read after workbook_close().
lxw_workbook *workbook_in_memory(int *ret_fd);
// Writes rows of '|'-separated cells from `row` (0-based) on; empty parts leave cells empty; =12 writes a
// number, everything else text.
void workbook_rows(lxw_worksheet *sheet, unsigned row, const char *const *rows, size_t n);
