// SPDX-License-Identifier: Apache-2.0
// Rows of one key within a file: identical ones count once, different ones are both wrong, whichever stands
// first. The file is read once more when a contradiction shows up after its first row has been passed on.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct duplicate_rows;

struct row_place {
    uint32_t sheet, row;
};

enum duplicate { ROW_FIRST, ROW_IDENTICAL, ROW_CONTRADICTS };

struct duplicate_rows *duplicate_rows_new(void);
struct duplicate_rows *duplicate_rows_free(struct duplicate_rows *d);
// Forgets the rows, keeps the contradictions: before the file is read again.
void duplicate_rows_rewind(struct duplicate_rows *d);
// `key` and `content` are hashes. ROW_CONTRADICTS for every row of a key whose rows are known to differ;
// *ret_other is a row of the same key. A contradiction that is found only now sets duplicate_rows_late().
enum duplicate duplicate_rows_add(struct duplicate_rows *d, uint64_t key, uint64_t content,
                                  struct row_place at, struct row_place *ret_other);
// The first row of a contradiction has been let through.
bool duplicate_rows_late(const struct duplicate_rows *d);
