// SPDX-License-Identifier: Apache-2.0
// Schema versions and migration.
#include "store/schema.h"

#include <errno.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "store/sql.h"

static const char *const version_1[] = {
#include "schema.inc"
    NULL};

// Append-only: the step at index n leads from version n to n + 1.
static const char *const *const steps[] = {version_1};
_Static_assert(sizeof steps / sizeof *steps == SCHEMA_VERSION, "one step a version");

static int pragma_int(struct store *s, const char *sql, int64_t *ret, struct error *err)
{
    struct sql *q = sql_get(s, sql, err);
    return q ? sql_one_int(q, 0, ret, err) : sql_failed(err);
}

static int migrate_step(struct store *s, int64_t from, struct error *err)
{
    CLEANUP(buf_deinit) struct buf sql = BUF_INIT;
    for (const char *const *line = steps[from]; *line; line++)
        buf_adds(&sql, *line);
    buf_addf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;", SCHEMA_APPLICATION_ID,
             (int)from + 1);
    int r = store_begin(s, err);
    if (r < 0)
        return r;
    r = sql_exec(s, buf_str(&sql), err);
    if (r == 0)
        r = store_commit(s, err);
    if (r < 0) {
        store_rollback(s);
        return error_prefix(err, "schema version %d", (int)from + 1);
    }
    return 0;
}

static int refuse_foreign(struct store *s, const char *path, struct error *err)
{
    int64_t app = 0, tables = 0, version = 0;
    int r = pragma_int(s, "PRAGMA application_id", &app, err);
    if (r == 0)
        r = pragma_int(s, "PRAGMA user_version", &version, err);
    if (r == 0)
        r = pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (r < 0)
        return r;
    if (app != SCHEMA_APPLICATION_ID && (app || tables || version))
        return error_set(
            err, -EUCLEAN,
            _("%s: is the database of another program; it was left as it is. Set `state` to another folder"),
            path);
    return 0;
}

int schema_check(struct store *s, const char *path, enum store_mode mode, int64_t *ret_version,
                 struct error *err)
{
    int64_t version = 0;
    int r = refuse_foreign(s, path, err);
    if (r == 0)
        r = pragma_int(s, "PRAGMA user_version", &version, err);
    if (r < 0)
        return r;
    if (version > SCHEMA_VERSION)
        return error_set(
            err, -ENOTSUP,
            _("%1$s: has schema version %2$d, this program knows versions up to %3$d. Install the newer "
              "junheng again, or restore the backup made before the upgrade; the file was left as it is"),
            path, (int)version, SCHEMA_VERSION);
    if (mode == STORE_READ && version < SCHEMA_VERSION)
        return error_set(
            err, -ENOTSUP,
            _("%1$s: has schema version %2$d, this program reads version %3$d. Start junhengd once to bring "
              "it up to date"),
            path, (int)version, SCHEMA_VERSION);
    *ret_version = version;
    return 0;
}

int schema_migrate(struct store *s, int64_t version, struct error *err)
{
    for (; version < SCHEMA_VERSION; version++) {
        int r = migrate_step(s, version, err);
        if (r < 0)
            return r;
    }
    return 0;
}
