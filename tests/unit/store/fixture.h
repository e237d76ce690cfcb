// SPDX-License-Identifier: Apache-2.0
// A database in a folder of its own and a small catalogue made by hand.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "base/buf.h"
#include "conf/config.h"
#include "store/ingest.h"
#include "store/sql.h"
#include "store/store.h"

struct fixture {
    char dir[64], path[96];
    struct store *store;
    struct catalog catalog;
    struct dataset *datasets[4]; // school, school_resource, kinds (every type), homework (by day)
    struct config
        config; // sources city (all counties), east (330102), west (330102, 330103), top (precedence 5)
    struct source_config sources[4];
    int64_t submissions; // made so far
};

int fixture_setup(void **state); // with the catalogue's tables
int fixture_teardown(void **state);
void fixture_reopen(struct fixture *f);
// One value of the first row as text ("NULL" if so, "none" without a row); good until the next call.
const char *fixture_text(struct fixture *f, const char *sql);
int64_t fixture_int(struct fixture *f, const char *sql);
struct column *fixture_column(struct dataset *d, const char *id);
void fixture_add_column(struct dataset *d, struct column c);

#define ok(expression)                                                                                       \
    do {                                                                                                     \
        struct error *e_ = &(err);                                                                           \
        int r_ = (expression);                                                                               \
        if (r_ < 0)                                                                                          \
            fail_msg("%s: %d %s", #expression, r_, e_->msg);                                                 \
    } while (0)

// What a reader says about one file. Rows are cells joined by '|': a number with a '.' is real, one without
// an integer unless the cell begins with a quote; an empty cell is NULL; the first cell is the period.
struct said {
    struct buf out;
    int tables, rows;
};

void said_deinit(struct said *w);
void say_table(struct said *w, const char *dataset, const char *kind,
               const char *columns); // columns joined by spaces
void say_row(struct said *w, int table, unsigned row, const char *cells);
void say(struct said *w, char type, const char *json);
void say_end(struct said *w);
// Hands in what was said as a new submission of the source, in a transaction of its own, and ends *w.
int fixture_hand_in(struct fixture *f, const char *source, struct said *w, struct ingest_result *ret,
                    struct error *err);
// "level code sheet!cell entity: message" of every complaint of the last submission, a line each.
const char *fixture_complaints(struct fixture *f);
