// SPDX-License-Identifier: Apache-2.0
// Frames out (read/wire.h): held back until it is known that no two rows of a key differ, or until they are
// many.
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/period.h"
#include "read/read.h"
#include "read/value.h"
#include "read/wire.h"

struct emit;

struct emit *emit_new(read_write_fn *write, void *arg);
struct emit *emit_free(struct emit *e);
// Steals `j`.
void emit_json(struct emit *e, enum wire_type type, json_t *j);
void emit_row_begin(struct emit *e, unsigned table, uint32_t row, const char *period);
// One cell of the row, in the order of the table's columns. `recurs`: worth a place in the dictionary.
void emit_value(struct emit *e, const struct value *v, enum column_type type, bool recurs);
void emit_row_end(struct emit *e);
// Something has left this process: it can no longer be taken back.
bool emit_started(const struct emit *e);
// What `write` answered when it failed; 0 as long as it works.
int emit_error(const struct emit *e);
// Writes out everything that is held; the same answer.
int emit_flush(struct emit *e);
