// SPDX-License-Identifier: Apache-2.0
// The database: opening it safely, transactions, the dictionary of codes.
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "store/code_map.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/sql_cache.h"

#define WRITER_BUSY_MS 10000
#define READER_BUSY_MS 5000

struct store {
    sqlite3 *db;
    enum store_mode mode;
    struct sql_cache statements;
    struct code_map codes;
    size_t savepoint_mark; // of codes.n_added
};

sqlite3 *store_db(struct store *s)
{
    return s->db;
}

struct sql_cache *store_sql_cache(struct store *s)
{
    return &s->statements;
}

struct store *store_close(struct store *s)
{
    if (!s)
        return NULL;
    sql_cache_clear(&s->statements);
    int r = sqlite3_close(s->db);
    assert(r == SQLITE_OK); // every statement went through the cache
    code_map_deinit(&s->codes);
    free(s);
    return NULL;
}

static void close_at(struct store **s)
{
    (void)store_close(*s);
}

static int open_failed(sqlite3 *db, const char *path, struct error *err)
{
    int code = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    int r = sql_errno(code);
    if (r == -EUCLEAN)
        return error_set(
            err, r,
            _("%s: is no database or is damaged (%s); it was left as it is. Restore a backup, or move the file "
              "away to begin anew"),
            path, sqlite3_errstr(code));
    return error_set(err, r ? r : -EIO, _("%s: cannot be opened as a database: %s"), path,
                     db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

// Settings of the connection alone; nothing here reads or writes the file.
static int configure(struct store *s, struct error *err)
{
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_timeout(s->db, s->mode == STORE_WRITE ? WRITER_BUSY_MS : READER_BUSY_MS);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    int r =
        sql_exec(s, "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY", err);
    if (r == 0 && s->mode == STORE_WRITE)
        r = sql_exec(s, "PRAGMA cache_size = -32768", err);
    return r;
}

static int connect_to(struct store **ret, const char *name, int flags, enum store_mode mode,
                      struct error *err)
{
    CLEANUP(close_at) struct store *s = mem_alloc(sizeof *s);
    s->mode = mode;
    if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
        return open_failed(s->db, name, err);
    if (configure(s, err) < 0)
        return open_failed(s->db, name, err);
    *ret = TAKE(s);
    return 0;
}

// WAL that outlives the connection, so that a reader without write access finds its files while the daemon is
// stopped.
static int make_wal(struct store *s, const char *path, struct error *err)
{
    int persist = 1;
    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    struct sql *q = sql_get(s, "PRAGMA journal_mode = WAL", err);
    if (!q)
        return sql_failed(err);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    bool wal = r == 1 && sql_text(q, 0) && strcmp(sql_text(q, 0), "wal") == 0;
    sql_done(q);
    if (!wal)
        return error_set(
            err, -ENOTSUP,
            _("%s: this file system cannot hold a database that is read while it is written (write-ahead log); "
              "set `state` to a local folder"),
            path);
    return sql_exec(s,
                    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; "
                    "PRAGMA journal_size_limit = 67108864",
                    err);
}

static int open_write(struct store **ret, const char *path, struct error *err)
{
    CLEANUP(close_at) struct store *s = NULL;
    int64_t version;
    int r = connect_to(&s, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, STORE_WRITE, err);
    if (r < 0)
        return r;
    assert(s);
    r = schema_check(s, path, STORE_WRITE, &version, err);
    if (r == -EUCLEAN && sql_errno(sqlite3_errcode(s->db)) == -EUCLEAN)
        return open_failed(s->db, path, err);
    if (r == 0)
        r = make_wal(s, path, err);
    if (r == 0)
        r = schema_migrate(s, version, err);
    if (r < 0)
        return r == -EUCLEAN || r == -ENOTSUP ? r : error_prefix(err, "%s", path);
    *ret = TAKE(s);
    return 0;
}

static bool writer_holds(const char *path)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
}

// A copy of the database alone, in a folder that we cannot write: readable if nothing can be changing it.
static int open_immutable(struct store **ret, const char *path, struct error *err)
{
    CLEANUP_FREE char *wal = str_printf("%s-wal", path);
    struct stat st;
    if ((stat(wal, &st) == 0 && st.st_size > 0) || writer_holds(path))
        return error_set(
            err, -EACCES,
            _("%1$s: cannot be read: %1$s-shm is missing or unreadable and its folder cannot be written. "
              "Start the daemon once, or run this as the daemon's user"),
            path);
    CLEANUP(buf_deinit) struct buf uri = BUF_INIT;
    buf_adds(&uri, "file:");
    for (const char *p = path; *p; p++) {
        if (*p == '?' || *p == '#' || *p == '%')
            buf_addf(&uri, "%%%02x", (unsigned)(unsigned char)*p);
        else
            buf_addc(&uri, *p);
    }
    buf_adds(&uri, "?immutable=1");
    return connect_to(ret, buf_str(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, STORE_READ, err);
}

// SQLite cannot make the -shm it needs.
static bool no_shm(struct store *s)
{
    int code = sqlite3_errcode(s->db) & 0xff;
    return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

static int open_read(struct store **ret, const char *path, struct error *err)
{
    CLEANUP(close_at) struct store *s = NULL;
    int64_t version;
    if (access(path, R_OK) < 0)
        return errno == ENOENT
                   ? error_set(err, -ENOENT, _("%s: there is no database yet; start junhengd once"), path)
                   : error_sys(err, -errno, "%s", path);
    int r = connect_to(&s, path, SQLITE_OPEN_READONLY, STORE_READ, err);
    if (r == 0)
        r = schema_check(s, path, STORE_READ, &version, err);
    if (r < 0 && s && no_shm(s)) {
        s = store_close(s);
        r = open_immutable(&s, path, err);
        if (r == 0)
            r = schema_check(s, path, STORE_READ, &version, err);
    }
    if (r == -EUCLEAN && s && sql_errno(sqlite3_errcode(s->db)) == -EUCLEAN)
        return open_failed(s->db, path, err);
    if (r < 0)
        return r;
    *ret = TAKE(s);
    return 0;
}

int store_open(struct store **ret, const char *path, enum store_mode mode, struct error *err)
{
    return mode == STORE_WRITE ? open_write(ret, path, err) : open_read(ret, path, err);
}

int store_check(struct store *s, char **ret_problems, struct error *err)
{
    struct error own = {0};
    struct sql *q = sql_get(s, "PRAGMA quick_check(20)", err);
    if (!q)
        return sql_failed(err);
    CLEANUP(buf_deinit) struct buf out = BUF_INIT;
    int r;
    while ((r = sql_step(q, &own)) == 1) {
        const char *line = sql_text(q, 0);
        if (line && strcmp(line, "ok") != 0)
            buf_addf(&out, "%s\n", line);
    }
    // Damage may end the check itself.
    if (r == -EUCLEAN)
        buf_addf(&out, "%s\n", own.msg);
    else if (r < 0)
        return error_set(err, r, "%s", own.msg);
    *ret_problems = out.len ? buf_take(&out) : NULL;
    return 0;
}

int store_begin(struct store *s, struct error *err)
{
    s->codes.n_added = 0;
    return sql_exec(s, s->mode == STORE_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

int store_commit(struct store *s, struct error *err)
{
    int r = sql_exec(s, "COMMIT", err);
    if (r == 0)
        s->codes.n_added = 0;
    return r;
}

void store_rollback(struct store *s)
{
    // A failed COMMIT may have rolled back already; then there is nothing left to undo but the cache.
    if (!sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    code_map_forget(&s->codes, 0);
}

int store_savepoint(struct store *s, struct error *err)
{
    int r = sql_exec(s, "SAVEPOINT one", err);
    if (r == 0)
        s->savepoint_mark = s->codes.n_added;
    return r;
}

int store_release(struct store *s, struct error *err)
{
    return sql_exec(s, "RELEASE one", err);
}

int store_rollback_savepoint(struct store *s, struct error *err)
{
    // A full disk ends the whole transaction by itself; the savepoint is gone with it.
    bool gone = sqlite3_get_autocommit(s->db) != 0;
    code_map_forget(&s->codes, gone ? 0 : s->savepoint_mark);
    return gone ? 0 : sql_exec(s, "ROLLBACK TO one; RELEASE one", err);
}

int code_find(struct store *s, const char *text, int64_t *ret, struct error *err)
{
    int64_t id = code_map_find(&s->codes, text);
    if (!id) {
        struct sql *q = sql_get(s, "SELECT id FROM code WHERE text = :text", err);
        if (!q)
            return sql_failed(err);
        sql_bind_text(q, ":text", text);
        int r = sql_one_int(q, 0, &id, err);
        if (r < 0)
            return r;
        if (id)
            code_map_put(&s->codes, id, text);
    }
    *ret = id;
    return 0;
}

int code_of(struct store *s, const char *text, int64_t *ret, struct error *err)
{
    int r = code_find(s, text, ret, err);
    if (r < 0 || *ret)
        return r;
    struct sql *q = sql_get(s, "INSERT INTO code(text) VALUES (:text)", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":text", text);
    r = sql_run(q, err);
    if (r < 0)
        return r;
    *ret = sqlite3_last_insert_rowid(s->db);
    code_map_put(&s->codes, *ret, text);
    if (!sqlite3_get_autocommit(s->db))
        code_map_added(&s->codes, *ret);
    return 0;
}

const char *code_text(struct store *s, int64_t id)
{
    const char *text = code_map_text(&s->codes, id);
    if (text)
        return text;
    struct sql *q = sql_get(s, "SELECT text FROM code WHERE id = :id", NULL);
    if (!q)
        return "";
    sql_bind_int(q, ":id", id);
    if (sql_step(q, NULL) != 1)
        return "";
    code_map_put(&s->codes, id, sql_text(q, 0));
    sql_done(q);
    return code_map_text(&s->codes, id);
}

int store_meta_get(struct store *s, const char *key, char **ret, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT value FROM meta WHERE key = :key", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":key", key);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret = r == 1 ? str_dup(sql_text(q, 0)) : NULL;
    sql_done(q);
    return 0;
}

int store_meta_set(struct store *s, const char *key, const char *value, struct error *err)
{
    struct sql *q = sql_get(
        s,
        "INSERT INTO meta(key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":key", key);
    sql_bind_text(q, ":value", value);
    return sql_run(q, err);
}
