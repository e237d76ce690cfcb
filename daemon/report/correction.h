// SPDX-License-Identifier: Apache-2.0
// The correction file (待更正): header rows as they stood and just the bad rows, ready to correct and drop
// back.
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "report/receipt_data.h"

// Whether there is anything to correct.
bool correction_wanted(const struct receipt_data *r);
// ".csv" for a file that came as CSV, else ".xlsx".
const char *correction_suffix(const struct receipt_data *r);
// The whole file as bytes. Cells to correct are red in XLSX; texts that a spreadsheet would take for a
// formula stay text.
int correction_make(const struct receipt_data *r, struct buf *out, struct error *err);
