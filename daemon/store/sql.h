// SPDX-License-Identifier: Apache-2.0
// Prepared statements, cached by their text for the life of the connection. Named parameters only.
// A statement that does not compile is our own mistake or a damaged schema: it is returned as an error with
// the SQL.
#pragma once

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct store;
struct sql;

// The statement, reset and with all parameters NULL; NULL with *err filled. Not re-entrant for one text.
struct sql *sql_get(struct store *s, const char *text, struct error *err);
// What to return after sql_get() gave NULL.
static inline int sql_failed(const struct error *err)
{
    return err ? err->code : -EIO;
}
void sql_bind_int(struct sql *q, const char *name, int64_t v);
void sql_bind_real(struct sql *q, const char *name, double v);      // NAN is NULL
void sql_bind_text(struct sql *q, const char *name, const char *v); // copied; NULL is NULL
int sql_step(struct sql *q, struct error *err);                     // 1 a row, 0 done (and reset), -errno
int sql_run(struct sql *q, struct error *err);                      // steps to the end; 0 or -errno
// One integer of one row; `otherwise` when there is no row or NULL.
int sql_one_int(struct sql *q, int64_t otherwise, int64_t *ret, struct error *err);
void sql_done(struct sql *q);                    // resets before the end of rows; NULL is fine
int64_t sql_int(struct sql *q, int column);      // 0 for NULL
double sql_real(struct sql *q, int column);      // NAN for NULL
const char *sql_text(struct sql *q, int column); // NULL for NULL; good until the next step
bool sql_is_null(struct sql *q, int column);
sqlite3_stmt *sql_stmt(struct sql *q);
int sql_exec(struct store *s, const char *text, struct error *err); // several statements, not cached
int64_t sql_changes(struct store *s);
// -errno for an SQLite result code: SQLITE_BUSY -EBUSY, FULL -ENOSPC, READONLY -EROFS, CORRUPT/NOTADB
// -EUCLEAN, else -EIO.
int sql_errno(int sqlite_code);
