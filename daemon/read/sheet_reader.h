// SPDX-License-Identifier: Apache-2.0
// One sheet after the other: looks for headers in the first rows, hands the rows below to the table they
// head.
#pragma once

#include "read/reader.h"

struct sheet_reader;

struct sheet_reader *sheet_reader_new(struct reader *r);
struct sheet_reader *sheet_reader_free(struct sheet_reader *s);
// The callbacks of decode/sheet.h.
struct sheet_sink sheet_reader_sink(struct sheet_reader *s);
// After the last sheet: what to say if none held a table.
void sheet_reader_finish(struct sheet_reader *s);
