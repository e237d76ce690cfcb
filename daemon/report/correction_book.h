// SPDX-License-Identifier: Apache-2.0
// The correction file as a workbook.
#pragma once

#include "base/error.h"
#include "report/receipt_data.h"

// Writes the workbook to `path`: a sheet per table, head frozen, cells to correct red and with a comment that
// says what is wrong. Everything is text, so that codes stay as they were typed.
int correction_book(const struct receipt_data *r, const char *path, struct error *err);
