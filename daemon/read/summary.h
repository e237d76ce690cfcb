// SPDX-License-Identifier: Apache-2.0
// What WIRE_END will say: counts, what was skipped, which sheets were used and why others were not.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "decode/sheet.h"

enum skipped {
    SKIPPED_TITLE,
    SKIPPED_TOTAL,
    SKIPPED_NOTE,
    SKIPPED_BLANK,
    SKIPPED_FILLER,
    SKIPPED_REPEATED_HEADER,
    SKIPPED_CODE_ROW,
    SKIPPED_COUNT
};

struct summary;

struct summary *summary_new(void);
struct summary *summary_free(struct summary *s);
void summary_skip(struct summary *s, enum skipped kind);
void summary_unit(struct summary *s, const char *unit);
void summary_footer(struct summary *s, const char *key, const char *value, size_t len);
// A stored or refused row of a dataset and period; which of them is the main one is told by their number.
void summary_row(struct summary *s, const struct dataset *d, const char *period, bool stored);
void summary_sheet(struct summary *s, const char *sheet, bool hidden, bool used, const char *why);
// The next table, in the order of their numbers: rows of its header, rows of data.
void summary_table(struct summary *s, uint32_t header_first, uint32_t header_last, size_t rows);
uint64_t summary_rows(const struct summary *s); // stored and refused
// The file as a whole is refused; the first reason stays.
void summary_reject(struct summary *s, const char *code, const char *message);
// The same, but only if no row of the file is stored in the end.
void summary_reject_if_empty(struct summary *s, const char *code, const char *message);
bool summary_rejected(const struct summary *s);
// Settles what was left open. New reference.
json_t *summary_end(struct summary *s, const struct file_info *info);
