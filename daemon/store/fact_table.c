// SPDX-License-Identifier: Apache-2.0
// Writing facts: statements are made at first use, parameters are bound by number because a row has up
// to a hundred of them: ?1 period, then one for each stored column, then county, source, submission, table,
// row, and from FLAGS on whether a column is given.
#include "store/fact_table.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/key_set.h"

enum { TAIL_COUNTY, TAIL_SOURCE, TAIL_SUBMISSION, TAIL_TABLE, TAIL_ROW, TAIL_COUNT };

static int tail(const struct fact_table *t, int which)
{
    return (int)t->n_columns + 2 + which;
}

static int flag(const struct fact_table *t, size_t column)
{
    return (int)(t->n_columns + 2 + TAIL_COUNT + column);
}

void fact_table_names(const struct fact_table *t, struct buf *b)
{
    buf_adds(b, "_period");
    for (size_t i = 0; i < t->n_columns; i++)
        buf_addf(b, ", \"%s\"", t->columns[i].column->id);
    buf_adds(b, ", _county, _source, _sub, _tab, _row");
}

static void add_where_key(struct buf *b, const struct fact_table *t)
{
    buf_adds(b, " WHERE _period = ?1");
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].key)
            buf_addf(b, " AND \"%s\" = ?%zu", t->columns[i].column->id, i + 2);
}

// (a IS NOT … OR b IS NOT …) over the columns outside the key; `missing_fits`: NULL on a side is no
// difference.
static void add_difference(struct buf *b, const struct fact_table *t, bool missing_fits)
{
    buf_adds(b, " AND (0");
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].key)
            continue;
        const char *id = t->columns[i].column->id;
        if (missing_fits)
            buf_addf(b, " OR \"%s\" <> ?%zu", id, i + 2);
        else
            buf_addf(b, " OR (?%d AND \"%s\" IS NOT ?%zu)", flag(t, i), id, i + 2);
    }
    buf_addc(b, ')');
}

static void write_probe(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "SELECT _source, _county, _sub, _tab, _row FROM \"d_%s\"", t->dataset->id);
    add_where_key(b, t);
}

static void write_insert(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "INSERT INTO \"d_%s\"(", t->dataset->id);
    fact_table_names(t, b);
    buf_adds(b, ") VALUES (?1");
    for (int i = 2; i < tail(t, TAIL_COUNT); i++)
        buf_addf(b, ", ?%d", i);
    buf_addc(b, ')');
}

// OR FAIL: a failing row ends the file anyway, and without it every update with its trigger would keep a
// journal of its own, whose end SQLite finds by walking all that the savepoint has kept (a thousand times
// slower at 10⁵ rows).
static void write_update(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "UPDATE OR FAIL \"d_%s\" SET ", t->dataset->id);
    for (size_t i = 0; i < t->n_columns; i++)
        if (!t->columns[i].key)
            buf_addf(b, "\"%s\" = iif(?%d, ?%zu, \"%s\"), ", t->columns[i].column->id, flag(t, i), i + 2,
                     t->columns[i].column->id);
    buf_addf(b, "_county = ?%d, _source = ?%d, _sub = ?%d, _tab = ?%d, _row = ?%d", tail(t, TAIL_COUNTY),
             tail(t, TAIL_SOURCE), tail(t, TAIL_SUBMISSION), tail(t, TAIL_TABLE), tail(t, TAIL_ROW));
    add_where_key(b, t);
    add_difference(b, t, false);
}

static void write_differs(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "SELECT 1 FROM \"d_%s\"", t->dataset->id);
    add_where_key(b, t);
    add_difference(b, t, false);
}

static void write_contradicts(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "SELECT 1 FROM \"d_%s\"", t->dataset->id);
    add_where_key(b, t);
    add_difference(b, t, true);
}

static void write_move(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "UPDATE \"d_%s\" SET _county = ?%d", t->dataset->id, tail(t, TAIL_COUNTY));
    add_where_key(b, t);
}

static void write_forget(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "DELETE FROM \"d_%s\"", t->dataset->id);
    add_where_key(b, t);
    buf_addf(b, " AND _sub = ?%d", tail(t, TAIL_SUBMISSION));
}

static void write_restore(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "INSERT INTO \"d_%s\"(", t->dataset->id);
    fact_table_names(t, b);
    buf_adds(b, ") SELECT ");
    fact_table_names(t, b);
    buf_addf(b, " FROM \"h_%s\"", t->dataset->id);
    add_where_key(b, t);
    buf_addf(b, " AND replaced_by = ?%d", tail(t, TAIL_SUBMISSION));
}

static void write_forget_history(const struct fact_table *t, struct buf *b)
{
    buf_addf(b, "DELETE FROM \"h_%s\"", t->dataset->id);
    add_where_key(b, t);
    buf_addf(b, " AND replaced_by = ?%d", tail(t, TAIL_SUBMISSION));
}

// NULL: it cannot be prepared.
static struct sql *statement(struct fact_table *t, int which, struct error *err)
{
    static void (*const writers[FACT_STATEMENT_COUNT])(const struct fact_table *, struct buf *) = {
        [FACT_PROBE] = write_probe,
        [FACT_INSERT] = write_insert,
        [FACT_UPDATE] = write_update,
        [FACT_DIFFERS] = write_differs,
        [FACT_CONTRADICTS] = write_contradicts,
        [FACT_MOVE] = write_move,
        [FACT_UNDO] = write_forget,
        [FACT_UNDO + 1] = write_restore,
        [FACT_UNDO + 2] = write_forget_history,
    };
    if (!t->statements[which]) {
        CLEANUP(buf_deinit) struct buf b = BUF_INIT;
        writers[which](t, &b);
        t->statements[which] = sql_get(t->store, buf_str(&b), err);
    }
    return t->statements[which];
}

size_t fact_table_column(const struct fact_table *t, const char *id)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].column->id, id) == 0)
            return i;
    return t->n_columns;
}

static void choose_columns(struct fact_table *t)
{
    const struct dataset *d = t->dataset;
    t->columns = mem_array(d->n_columns + 1, sizeof *t->columns);
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        if (column_stored(c) != STORED_NOT)
            t->columns[t->n_columns++] =
                (struct slot_column){.column = c, .as = column_stored(c), .key = column_in_key(c)};
    }
    const struct column *school = dataset_school_column(d), *county = dataset_flag_column(d, true),
                        *name = dataset_flag_column(d, false);
    t->school = school ? fact_table_column(t, school->id) : t->n_columns;
    t->county = county ? fact_table_column(t, county->id) : t->n_columns;
    t->name = name ? fact_table_column(t, name->id) : t->n_columns;
}

static int load_lists(struct store *s, struct fact_table *t, struct error *err)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct slot_column *c = &t->columns[i];
        if (c->column->type != COLUMN_CODE)
            continue;
        c->allowed = mem_array(c->column->n_values + 1, sizeof *c->allowed);
        for (size_t v = 0; v < c->column->n_values; v++) {
            int r = code_of(s, c->column->values[v].value, &c->allowed[c->n_allowed++], err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

int fact_table_new(struct store *s, const struct dataset *d, struct fact_table **ret, struct error *err)
{
    struct fact_table *t = mem_alloc(sizeof *t);
    t->store = s;
    t->dataset = d;
    choose_columns(t);
    int r = load_lists(s, t, err);
    if (r < 0) {
        (void)fact_table_free(t);
        return r;
    }
    *ret = t;
    return 0;
}

struct fact_table *fact_table_free(struct fact_table *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->columns[i].allowed);
    free(t->columns);
    free(t);
    return NULL;
}

static void bind_slot(sqlite3_stmt *q, int at, const struct slot *v)
{
    switch (v->kind) {
    case SLOT_INT:
        (void)sqlite3_bind_int64(q, at, v->i);
        return;
    case SLOT_REAL:
        (void)sqlite3_bind_double(q, at, v->r);
        return;
    case SLOT_TEXT:
        (void)sqlite3_bind_text(q, at, v->text, (int)v->len, SQLITE_STATIC); // stepped before the frame goes
        return;
    case SLOT_NULL:
        break;
    }
    (void)sqlite3_bind_null(q, at);
}

static void bind(struct fact_table *t, struct sql *sql, const struct fact_row *row, bool key_only, bool flags)
{
    sqlite3_stmt *q = sql_stmt(sql);
    (void)sqlite3_bind_int64(q, 1, row->period);
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!key_only || t->columns[i].key)
            bind_slot(q, (int)i + 2, &row->slots[i]);
        if (flags && !t->columns[i].key)
            (void)sqlite3_bind_int(q, flag(t, i), !row->given || row->given[i]);
    }
}

static void bind_tail(struct fact_table *t, struct sql *sql, const struct fact_row *row)
{
    sqlite3_stmt *q = sql_stmt(sql);
    (void)sqlite3_bind_int64(q, tail(t, TAIL_COUNTY), row->county);
    (void)sqlite3_bind_int64(q, tail(t, TAIL_SOURCE), row->source);
    (void)sqlite3_bind_int64(q, tail(t, TAIL_SUBMISSION), row->submission);
    (void)sqlite3_bind_int64(q, tail(t, TAIL_TABLE), row->table);
    (void)sqlite3_bind_int64(q, tail(t, TAIL_ROW), row->row);
}

int fact_probe(struct fact_table *t, const struct fact_row *row, struct fact_found *ret, struct error *err)
{
    struct sql *q = statement(t, FACT_PROBE, err);
    if (!q)
        return sql_failed(err);
    bind(t, q, row, true, false);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret = (struct fact_found){.found = r == 1};
    if (r == 1)
        *ret = (struct fact_found){.found = true,
                                   .source = sql_int(q, 0),
                                   .county = sql_int(q, 1),
                                   .submission = sql_int(q, 2),
                                   .table = (unsigned)sql_int(q, 3),
                                   .row = (unsigned)sql_int(q, 4)};
    sql_done(q);
    return 0;
}

int fact_insert(struct fact_table *t, const struct fact_row *row, struct error *err)
{
    struct sql *q = statement(t, FACT_INSERT, err);
    if (!q)
        return sql_failed(err);
    bind(t, q, row, false, false);
    bind_tail(t, q, row);
    return sql_run(q, err);
}

int fact_update(struct fact_table *t, const struct fact_row *row, bool *ret_changed, struct error *err)
{
    struct sql *q = statement(t, FACT_UPDATE, err);
    if (!q)
        return sql_failed(err);
    bind(t, q, row, false, true);
    bind_tail(t, q, row);
    int r = sql_run(q, err);
    if (r == 0)
        *ret_changed = sqlite3_changes(sqlite3_db_handle(sql_stmt(q))) > 0;
    return r;
}

static int holds(struct fact_table *t, enum fact_statement which, const struct fact_row *row, bool *ret,
                 struct error *err)
{
    int64_t one;
    struct sql *q = statement(t, which, err);
    if (!q)
        return sql_failed(err);
    bind(t, q, row, false, which == FACT_DIFFERS);
    int r = sql_one_int(q, 0, &one, err);
    if (r == 0)
        *ret = one != 0;
    return r;
}

int fact_differs(struct fact_table *t, const struct fact_row *row, bool *ret, struct error *err)
{
    return holds(t, FACT_DIFFERS, row, ret, err);
}

int fact_contradicts(struct fact_table *t, const struct fact_row *row, bool *ret, struct error *err)
{
    return holds(t, FACT_CONTRADICTS, row, ret, err);
}

int fact_move(struct fact_table *t, const struct fact_row *row, struct error *err)
{
    struct sql *q = statement(t, FACT_MOVE, err);
    if (!q)
        return sql_failed(err);
    bind(t, q, row, true, false);
    (void)sqlite3_bind_int64(sql_stmt(q), tail(t, TAIL_COUNTY), row->county);
    return sql_run(q, err);
}

int fact_undo(struct fact_table *t, const struct fact_row *row, struct error *err)
{
    for (int i = FACT_UNDO; i < FACT_STATEMENT_COUNT; i++) {
        struct sql *q = statement(t, i, err);
        if (!q)
            return sql_failed(err);
        bind(t, q, row, true, false);
        (void)sqlite3_bind_int64(sql_stmt(q), tail(t, TAIL_SUBMISSION), row->submission);
        int r = sql_run(q, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static uint64_t hash_slot(uint64_t h, const struct slot *v)
{
    switch (v->kind) {
    case SLOT_INT:
        return hash_u64(h, (uint64_t)v->i);
    case SLOT_REAL: {
        uint64_t bits;
        memcpy(&bits, &v->r, sizeof bits);
        return hash_u64(h + 1, bits);
    }
    case SLOT_TEXT:
        return hash_bytes(h + 2, v->text, v->len);
    case SLOT_NULL:
        break;
    }
    return hash_u64(h + 3, 0);
}

uint64_t fact_key_hash(const struct fact_table *t, int64_t period, const struct slot *slots)
{
    uint64_t h = hash_bytes(hash_u64(0, (uint64_t)period), t->dataset->id, strlen(t->dataset->id));
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].key)
            h = hash_slot(h, &slots[i]);
    return h;
}

uint64_t fact_content_hash(const struct fact_table *t, const struct slot *slots)
{
    uint64_t h = 0;
    for (size_t i = 0; i < t->n_columns; i++)
        if (!t->columns[i].key)
            h = hash_slot(h, &slots[i]);
    return h;
}
