// SPDX-License-Identifier: Apache-2.0
// What the receipt will say about cells, rows and sheets, with a limit on how much of one kind is said.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "read/emit.h"

enum level { COMPLAINT_REFUSE, COMPLAINT_MISSING, COMPLAINT_ASK, COMPLAINT_NOTE, COMPLAINT_LEVEL_COUNT };

#define NO_ROW 0u
#define NO_CELL UINT32_MAX

struct place {
    int table; // −1: none
    const char *sheet;
    uint32_t row;                // NO_ROW
    uint32_t cell_row, cell_col; // cell_col NO_CELL: none
    const char *column, *column_id;
    const char *entity, *name;
    size_t entity_len, name_len;
};

struct complaints;

struct complaints *complaints_new(struct emit *e);
struct complaints *complaints_free(struct complaints *c);
// Between hold and release what is said waits: a table is announced before anything is said about it.
void complaints_hold(struct complaints *c);
void complaints_release(struct complaints *c);
// Whether one more of this kind would be said; counts it if not. Ask before building an expensive message.
bool complaints_room(struct complaints *c, enum level level, const char *code);
// Takes over `message`. `code` is a literal.
void complain(struct complaints *c, enum level level, const char *code, const struct place *at,
              char *message);
// Says how many were left unsaid.
void complaints_finish(struct complaints *c);
