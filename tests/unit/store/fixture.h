// SPDX-License-Identifier: Apache-2.0
// A database in a folder of its own and a small catalogue made by hand.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "store/sql.h"
#include "store/store.h"

struct fixture {
    char dir[64], path[96];
    struct store *store;
    struct catalog catalog;
    struct dataset *datasets[4]; // school, school_resource, kinds (every type), homework (by day)
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
