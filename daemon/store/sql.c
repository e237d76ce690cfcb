// SPDX-License-Identifier: Apache-2.0
// Prepared statements, cached by their text.
#include "store/sql.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/sql_cache.h"

struct sql {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    char *text;
    struct sql *next;
};

int sql_errno(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_CANTOPEN:
        return -ENOENT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    default:
        return -EIO;
    }
}

static int fail(sqlite3 *db, const char *text, struct error *err)
{
    int code = sqlite3_extended_errcode(db);
    return error_set(err, sql_errno(code), "database: %s (%s), in: %.200s", sqlite3_errmsg(db),
                     sqlite3_errstr(code), text);
}

static size_t bucket_of(const char *text)
{
    size_t h = 5381;
    for (; *text; text++)
        h = h * 33 + (unsigned char)*text;
    return h % SQL_CACHE_BUCKETS;
}

struct sql *sql_get(struct store *s, const char *text, struct error *err)
{
    struct sql_cache *cache = store_sql_cache(s);
    struct sql **bucket = &cache->buckets[bucket_of(text)];
    for (struct sql *q = *bucket; q; q = q->next) {
        if (strcmp(q->text, text) == 0) {
            (void)sqlite3_reset(q->stmt);
            (void)sqlite3_clear_bindings(q->stmt);
            return q;
        }
    }
    sqlite3_stmt *stmt;
    sqlite3 *db = store_db(s);
    if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
        (void)fail(db, text, err);
        return NULL;
    }
    struct sql *q = mem_alloc(sizeof *q);
    *q = (struct sql){.db = db, .stmt = stmt, .text = str_dup(text), .next = *bucket};
    *bucket = q;
    return q;
}

void sql_cache_clear(struct sql_cache *cache)
{
    for (size_t i = 0; i < SQL_CACHE_BUCKETS; i++) {
        while (cache->buckets[i]) {
            struct sql *q = cache->buckets[i];
            cache->buckets[i] = q->next;
            (void)sqlite3_finalize(q->stmt);
            free(q->text);
            free(q);
        }
    }
}

static int parameter(struct sql *q, const char *name)
{
    int i = sqlite3_bind_parameter_index(q->stmt, name);
    assert(i > 0); // a name that the statement does not have is our own mistake
    return i;
}

void sql_bind_int(struct sql *q, const char *name, int64_t v)
{
    (void)sqlite3_bind_int64(q->stmt, parameter(q, name), v);
}

void sql_bind_real(struct sql *q, const char *name, double v)
{
    if (isnan(v))
        (void)sqlite3_bind_null(q->stmt, parameter(q, name));
    else
        (void)sqlite3_bind_double(q->stmt, parameter(q, name), v);
}

void sql_bind_text(struct sql *q, const char *name, const char *v)
{
    if (v)
        (void)sqlite3_bind_text(q->stmt, parameter(q, name), v, -1, SQLITE_TRANSIENT);
    else
        (void)sqlite3_bind_null(q->stmt, parameter(q, name));
}

int sql_step(struct sql *q, struct error *err)
{
    int r = sqlite3_step(q->stmt);
    if (r == SQLITE_ROW)
        return 1;
    int result = r == SQLITE_DONE ? 0 : fail(q->db, q->text, err);
    (void)sqlite3_reset(q->stmt);
    return result;
}

int sql_run(struct sql *q, struct error *err)
{
    int r;
    while ((r = sql_step(q, err)) == 1)
        continue;
    return r;
}

int sql_one_int(struct sql *q, int64_t otherwise, int64_t *ret, struct error *err)
{
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret = r == 1 && !sql_is_null(q, 0) ? sql_int(q, 0) : otherwise;
    sql_done(q);
    return 0;
}

void sql_done(struct sql *q)
{
    if (q)
        (void)sqlite3_reset(q->stmt);
}

int64_t sql_int(struct sql *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

double sql_real(struct sql *q, int column)
{
    return sql_is_null(q, column) ? NAN : sqlite3_column_double(q->stmt, column);
}

const char *sql_text(struct sql *q, int column)
{
    return (const char *)sqlite3_column_text(q->stmt, column);
}

bool sql_is_null(struct sql *q, int column)
{
    return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

sqlite3_stmt *sql_stmt(struct sql *q)
{
    return q->stmt;
}

int sql_exec(struct store *s, const char *text, struct error *err)
{
    sqlite3 *db = store_db(s);
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, text, err);
}

int64_t sql_changes(struct store *s)
{
    return sqlite3_changes64(store_db(s));
}
