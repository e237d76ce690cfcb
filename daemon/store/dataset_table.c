// SPDX-License-Identifier: Apache-2.0
// The tables of datasets, made from the catalogue.
#include "store/dataset_table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/sql.h"

#define ID_MAX 64
#define COLUMNS_MAX 1500 // SQLite: 2000 columns

static const char *const type_names[] = {
    [STORED_CODE] = "INT", [STORED_INTEGER] = "INTEGER", [STORED_REAL] = "REAL", [STORED_TEXT] = "TEXT"};
static const char *const column_type_names[COLUMN_TYPE_COUNT] = {
    [COLUMN_TEXT] = "text",       [COLUMN_INTEGER] = "integer", [COLUMN_DECIMAL] = "decimal",
    [COLUMN_PERCENT] = "percent", [COLUMN_BOOL] = "bool",       [COLUMN_CODE] = "code",
    [COLUMN_DATE] = "date",       [COLUMN_TIME] = "time"};

enum stored_as column_stored(const struct column *c)
{
    if (c->is_period)
        return STORED_NOT;
    switch (c->type) {
    case COLUMN_TEXT:
    case COLUMN_DATE:
        return c->key || c->is_county ? STORED_CODE : STORED_TEXT;
    case COLUMN_CODE:
        return STORED_CODE;
    case COLUMN_INTEGER:
    case COLUMN_BOOL:
    case COLUMN_TIME:
        return STORED_INTEGER;
    case COLUMN_DECIMAL:
    case COLUMN_PERCENT:
        return STORED_REAL;
    case COLUMN_TYPE_COUNT:
        break;
    }
    assert(false);
    return STORED_NOT;
}

bool column_in_key(const struct column *c)
{
    return c->key && !c->is_period;
}

const struct column *dataset_school_column(const struct dataset *d)
{
    for (size_t i = 0; i < d->n_columns; i++)
        if (column_in_key(&d->columns[i]) && strcmp(d->columns[i].id, SCHOOL_COLUMN) == 0)
            return &d->columns[i];
    return NULL;
}

const struct column *dataset_flag_column(const struct dataset *d, bool county)
{
    for (size_t i = 0; i < d->n_columns; i++)
        if (county ? d->columns[i].is_county : d->columns[i].is_name)
            return &d->columns[i];
    return NULL;
}

static bool id_valid(const char *id)
{
    size_t n = strlen(id);
    return n > 0 && n <= ID_MAX && id[0] >= 'a' && id[0] <= 'z' &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static int check_ids(const struct dataset *d, struct error *err)
{
    if (!id_valid(d->id))
        return error_set(err, -EINVAL, "dataset \"%s\": an id is a-z, 0-9 and _, at most %d long", d->id,
                         ID_MAX);
    if (d->n_columns > COLUMNS_MAX)
        return error_set(err, -EINVAL, "dataset %s: more than %d columns", d->id, COLUMNS_MAX);
    for (size_t i = 0; i < d->n_columns; i++)
        if (!id_valid(d->columns[i].id))
            return error_set(err, -EINVAL,
                             "dataset %s: column \"%s\": an id is a-z, 0-9 and _, at most %d long", d->id,
                             d->columns[i].id, ID_MAX);
    return 0;
}

// The columns beside the provenance, each preceded by `before` and, where asked, with its type.
static void add_columns(struct buf *b, const struct dataset *d, const char *before, bool with_type)
{
    buf_addf(b, "%s_period%s", before, with_type ? " INT" : "");
    for (size_t i = 0; i < d->n_columns; i++) {
        enum stored_as as = column_stored(&d->columns[i]);
        if (as != STORED_NOT)
            buf_addf(b, ", %s\"%s\"%s%s", before, d->columns[i].id, with_type ? " " : "",
                     with_type ? type_names[as] : "");
    }
}

static void add_provenance(struct buf *b, const char *before, bool with_type)
{
    static const char *const names[] = {"_county", "_source", "_sub", "_tab", "_row"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        buf_addf(b, ", %s%s%s", before, names[i],
                 !with_type ? ""
                 : i < 2    ? " INT NOT NULL"
                            : " INTEGER NOT NULL");
}

static void add_key(struct buf *b, const struct dataset *d)
{
    buf_adds(b, "_period");
    for (size_t i = 0; i < d->n_columns; i++)
        if (column_in_key(&d->columns[i]))
            buf_addf(b, ", \"%s\"", d->columns[i].id);
}

static int create(struct store *s, const struct dataset *d, struct error *err)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    buf_addf(&b, "CREATE TABLE \"d_%s\"(", d->id);
    add_columns(&b, d, "", true);
    add_provenance(&b, "", true);
    buf_adds(&b, ", PRIMARY KEY (");
    add_key(&b, d);
    buf_addf(&b, ")) STRICT, WITHOUT ROWID; CREATE INDEX \"d_%s.county\" ON \"d_%s\"(_period, _county); ",
             d->id, d->id);
    buf_addf(&b, "CREATE TABLE \"h_%s\"(", d->id);
    add_columns(&b, d, "", true);
    add_provenance(&b, "", true);
    buf_adds(&b, ", replaced_by INTEGER NOT NULL, replaced_at INTEGER NOT NULL, PRIMARY KEY (");
    add_key(&b, d);
    buf_addf(&b, ", replaced_by)) STRICT, WITHOUT ROWID; CREATE INDEX \"h_%s.by\" ON \"h_%s\"(replaced_by)",
             d->id, d->id);
    return sql_exec(s, buf_str(&b), err);
}

// What a later submission replaces is kept. Moving a row to its county does not set _sub and leaves no
// history.
static int create_trigger(struct store *s, const struct dataset *d, struct error *err)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    buf_addf(
        &b,
        "DROP TRIGGER IF EXISTS \"d_%s.keep\"; CREATE TRIGGER \"d_%s.keep\" BEFORE UPDATE OF _sub ON \"d_%s\" "
        "WHEN OLD._sub IS NOT NEW._sub BEGIN INSERT INTO \"h_%s\"(",
        d->id, d->id, d->id, d->id);
    add_columns(&b, d, "", false);
    add_provenance(&b, "", false);
    buf_adds(&b, ", replaced_by, replaced_at) VALUES (");
    add_columns(&b, d, "OLD.", false);
    add_provenance(&b, "OLD.", false);
    buf_adds(&b, ", NEW._sub, coalesce((SELECT stored_at FROM submission WHERE id = NEW._sub), 0)); END");
    return sql_exec(s, buf_str(&b), err);
}

// One column against the table: 1 there and alike, 0 to be added, -EINVAL changed.
static int compare_column(struct store *s, const struct dataset *d, const struct column *c,
                          int64_t key_position, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT type, pk FROM pragma_table_info(:table) WHERE name = :column", err);
    if (!q)
        return sql_failed(err);
    CLEANUP_FREE char *table = str_printf("d_%s", d->id);
    sql_bind_text(q, ":table", table);
    sql_bind_text(q, ":column", c->id);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    const char *want = type_names[column_stored(c)];
    int result = r;
    if (r == 0 && key_position)
        result = error_set(
            err, -EINVAL,
            "dataset %s: column %s was not part of the key when the table was made; give the dataset a new id",
            d->id, c->id);
    else if (r == 1 && strcmp(sql_text(q, 0), want) != 0)
        result = error_set(
            err, -EINVAL,
            "dataset %s: column %s is stored as %s and is declared as %s now; give the column a new id",
            d->id, c->id, sql_text(q, 0), want);
    else if (r == 1 && sql_int(q, 1) != key_position)
        result =
            error_set(err, -EINVAL, "dataset %s: the key has changed at column %s; give the dataset a new id",
                      d->id, c->id);
    sql_done(q);
    return result;
}

static int check_key_size(struct store *s, const struct dataset *d, int64_t key_position, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT count(*) FROM pragma_table_info(:table) WHERE pk > 0", err);
    if (!q)
        return sql_failed(err);
    CLEANUP_FREE char *table = str_printf("d_%s", d->id);
    int64_t n;
    sql_bind_text(q, ":table", table);
    int r = sql_one_int(q, 0, &n, err);
    if (r == 0 && n != key_position)
        return error_set(err, -EINVAL, "dataset %s: the key has changed; give the dataset a new id", d->id);
    return r;
}

static int extend(struct store *s, const struct dataset *d, struct error *err)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    int64_t key_position = 1; // _period is the first
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        if (column_stored(c) == STORED_NOT)
            continue;
        int r = compare_column(s, d, c, column_in_key(c) ? ++key_position : 0, err);
        if (r < 0)
            return r;
        for (int t = 0; r == 0 && t < 2; t++)
            buf_addf(&b, "ALTER TABLE \"%c_%s\" ADD COLUMN \"%s\" %s; ", "dh"[t], d -> id, c -> id,
                     type_names[column_stored(c)]);
    }
    int r = check_key_size(s, d, key_position, err);
    if (r == 0 && b.len)
        r = sql_exec(s, buf_str(&b), err);
    return r;
}

int dataset_table_exists(struct store *s, const char *dataset, bool *ret, struct error *err)
{
    struct sql *q =
        sql_get(s, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'd_' || :dataset", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":dataset", dataset);
    int64_t there;
    int r = sql_one_int(q, 0, &there, err);
    if (r == 0)
        *ret = there != 0;
    return r;
}

// So that who has no catalogue finds the name too (see dataset_name_column).
static int keep_name_column(struct store *s, const struct dataset *d, struct error *err)
{
    const struct column *name = dataset_flag_column(d, false);
    CLEANUP_FREE char *key = str_printf("name:%s", d->id);
    return name ? store_meta_set(s, key, name->id, err) : 0;
}

int dataset_name_column(struct store *s, const char *dataset, char **ret, struct error *err)
{
    CLEANUP_FREE char *key = str_printf("name:%s", dataset);
    return store_meta_get(s, key, ret, err);
}

int dataset_has_column(struct store *s, const char *dataset, const char *column, bool *ret, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT 1 FROM pragma_table_info('d_' || :dataset) WHERE name = :column", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":dataset", dataset);
    sql_bind_text(q, ":column", column);
    int64_t there;
    int r = sql_one_int(q, 0, &there, err);
    if (r == 0)
        *ret = there != 0;
    return r;
}

int dataset_table_sync(struct store *s, const struct dataset *d, struct error *err)
{
    bool there = false;
    int r = check_ids(d, err);
    if (r == 0)
        r = dataset_table_exists(s, d->id, &there, err);
    if (r < 0)
        return r;
    r = there ? extend(s, d, err) : create(s, d, err);
    if (r == 0)
        r = keep_name_column(s, d, err);
    // Columns that only an older catalogue knew stay in the tables, but are no longer kept in history: they
    // are NULL by then.
    return r < 0 ? r : create_trigger(s, d, err);
}

int store_sync_catalog(struct store *s, const struct catalog *c, struct error *err)
{
    bool own = sqlite3_get_autocommit(store_db(s)) != 0;
    int r = own ? store_begin(s, err) : 0;
    for (size_t i = 0; r == 0 && i < c->n_datasets; i++)
        r = dataset_table_sync(s, c->datasets[i], err);
    if (r == 0 && own)
        r = store_commit(s, err);
    if (r < 0 && own)
        store_rollback(s);
    return r;
}

json_t *dataset_describe(const struct dataset *d)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        json_t *j = json_pack("{s:s, s:s, s:b}", "id", c->id, "type", column_type_names[c->type], "code",
                              column_stored(c) == STORED_CODE);
        if (c->is_period)
            (void)json_object_set_new(j, "period", json_true());
        (void)json_array_append_new(columns, j);
    }
    return json_pack("{s:s, s:s, s:o}", "id", d->id, "period", period_kind_name(d->period), "columns",
                     columns);
}
