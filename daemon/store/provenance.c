// SPDX-License-Identifier: Apache-2.0
// From an indicator back to the cells it was computed from.
#include "store/provenance.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/number.h"
#include "store/dataset_table.h"
#include "store/sql.h"

#define ROWS_MAX 64 // campuses of a school; a class-day table has no business in a text

// The input columns of one dataset.
struct wanted {
    const struct dataset *dataset;
    const struct column **columns;
    size_t n;
};

struct search {
    const struct catalog *catalog;
    enum stage stage;
    const char *entity, *period;
    struct wanted *datasets;
    size_t n;
};

void provenance_deinit(struct provenance *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct provenance_row *r = &p->rows[i];
        for (size_t k = 0; k < r->n; k++) {
            free(r->cells[k].header);
            free(r->cells[k].cell);
            free(r->cells[k].text);
        }
        char *texts[] = {r->public_id, r->source, r->file, r->sheet};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
        free(r->cells);
    }
    free(p->rows);
    *p = (struct provenance){0};
}

static struct wanted *wanted_of(struct search *f, const struct dataset *d)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->datasets[i].dataset == d)
            return &f->datasets[i];
    }
    f->datasets = mem_grow(f->datasets, f->n + 1, sizeof *f->datasets);
    f->datasets[f->n] = (struct wanted){.dataset = d};
    return &f->datasets[f->n++];
}

// The pupils of every stage stay: what a school's stages share is split by them.
static bool of_another_stage(const struct search *f, const struct dataset *d, const struct column *c)
{
    if (f->stage == STAGE_NONE || c->stage == STAGE_NONE || c->stage == f->stage)
        return false;
    for (char **id = d->needs_one_of; id && *id; id++) {
        if (strcmp(*id, c->id) == 0)
            return false;
    }
    return true;
}

static void want(struct search *f, const char *input)
{
    const char *dot = strchr(input, '.');
    if (!dot)
        return;
    CLEANUP_FREE char *id = str_ndup(input, (size_t)(dot - input));
    const struct dataset *d = catalog_dataset(f->catalog, id);
    const struct column *c = d ? dataset_column(d, dot + 1) : NULL;
    if (!c || column_stored(c) == STORED_NOT)
        return;
    if (of_another_stage(f, d, c))
        return;
    struct wanted *w = wanted_of(f, d);
    for (size_t i = 0; i < w->n; i++) {
        if (w->columns[i] == c)
            return;
    }
    w->columns = mem_grow(w->columns, w->n + 1, sizeof *w->columns);
    w->columns[w->n++] = c;
}

static bool listed(const char *const *only, const char *id)
{
    for (; only && *only; only++) {
        if (strcmp(*only, id) == 0)
            return true;
    }
    return false;
}

static void want_inputs(struct search *f, const struct indicator *ind, const char *const *only)
{
    for (char **input = ind->inputs; input && *input; input++)
        want(f, *input);
    for (char **m = ind->members; m && *m; m++) {
        const struct indicator *member = catalog_indicator(f->catalog, *m);
        if (member && (!only || listed(only, *m)))
            want_inputs(f, member, NULL);
    }
}

static const struct column *entity_column(const struct dataset *d)
{
    const struct column *school = dataset_school_column(d);
    if (school)
        return school;
    for (size_t i = 0; i < d->n_columns; i++) {
        if (column_in_key(&d->columns[i]))
            return &d->columns[i];
    }
    return NULL;
}

static char *row_sql(const struct wanted *w, const struct column *key)
{
    struct buf b = BUF_INIT;
    buf_adds(
        &b,
        "SELECT f._sub, f._row, s.public_id, s.source, s.file, s.received_at, t.sheet, t.layout, t.headers");
    for (size_t i = 0; i < w->n; i++)
        buf_addf(&b, ", f.\"%s\"", w->columns[i]->id);
    buf_addf(
        &b,
        " FROM \"d_%s\" f JOIN submission s ON s.id = f._sub LEFT JOIN submission_table t ON t.submission = f._sub AND "
        "t.no = f._tab WHERE f._period = :period AND f.\"%s\" = :entity LIMIT %d",
        w->dataset->id, key->id, ROWS_MAX);
    return buf_take(&b);
}

// As the clerk would write it; 万元 that is kept as 元 says so.
static char *number_text(const struct column *c, double v)
{
    char text[NUMBER_TEXT_MAX];
    switch (c->type) {
    case COLUMN_BOOL:
        return str_dup(v != 0 ? "是" : "否"); // a value of the data, not of the language
    case COLUMN_PERCENT:
        number_format_short(v * 100, 4, text);
        return str_printf("%s%%", text);
    case COLUMN_TIME:
        return str_printf("%d:%02d", (int)v / 60, (int)v % 60);
    case COLUMN_TEXT:
    case COLUMN_INTEGER:
    case COLUMN_DECIMAL:
    case COLUMN_CODE:
    case COLUMN_DATE:
    case COLUMN_TYPE_COUNT:
        break;
    }
    number_format_short(v, 6, text);
    return c->unit_shift != 0 && c->stored_unit ? str_printf("%s %s", text, c->stored_unit) : str_dup(text);
}

static void read_value(struct store *s, struct sql *q, int at, struct provenance_cell *cell)
{
    cell->number = NAN;
    if (sql_is_null(q, at))
        return;
    switch (column_stored(cell->column)) {
    case STORED_CODE:
        cell->text = str_dup(code_text(s, sql_int(q, at)));
        return;
    case STORED_TEXT:
        cell->text = str_dup(sql_text(q, at));
        return;
    case STORED_INTEGER:
    case STORED_REAL:
    case STORED_NOT:
        break;
    }
    cell->number = sql_real(q, at);
    cell->text = number_text(cell->column, cell->number);
}

// A form names whole cells; a table names letters, to which the row belongs.
static char *cell_name(const char *layout, int64_t row)
{
    if (!layout || !*layout)
        return NULL;
    char last = layout[strlen(layout) - 1];
    return last >= '0' && last <= '9' ? str_dup(layout) : str_printf("%s%lld", layout, (long long)row);
}

static void read_row(struct store *s, struct sql *q, const struct wanted *w, struct provenance_row *r)
{
    *r = (struct provenance_row){.dataset = w->dataset,
                                 .submission = sql_int(q, 0),
                                 .row = sql_int(q, 1),
                                 .public_id = str_dup(sql_text(q, 2)),
                                 .source = str_dup(sql_text(q, 3)),
                                 .file = str_dup(sql_text(q, 4)),
                                 .received_at = sql_int(q, 5),
                                 .sheet = str_dup(sql_text(q, 6)),
                                 .cells = mem_array(w->n, sizeof *r->cells),
                                 .n = w->n};
    json_t *layout = sql_is_null(q, 7) ? NULL : json_loads(sql_text(q, 7), 0, NULL);
    json_t *headers = sql_is_null(q, 8) ? NULL : json_loads(sql_text(q, 8), 0, NULL);
    bool form = false;
    for (size_t i = 0; i < w->n; i++) {
        struct provenance_cell *cell = &r->cells[i];
        cell->column = w->columns[i];
        const char *place = json_string_value(json_object_get(layout, cell->column->id));
        const char *header = json_string_value(json_object_get(headers, cell->column->id));
        cell->cell = cell_name(place, r->row);
        cell->header = str_dup(header ? header : cell->column->header);
        form = form || (place && cell->cell && strcmp(place, cell->cell) == 0);
        read_value(s, q, 9 + (int)i, cell);
    }
    if (form)
        r->row = 0;
    json_decref(layout);
    json_decref(headers);
}

static int rows_of(struct store *s, const struct search *f, const struct wanted *w, struct provenance *p,
                   struct error *err)
{
    const struct column *key = entity_column(w->dataset);
    bool there = false;
    int64_t entity = 0, period = 0;
    int r = dataset_table_exists(s, w->dataset->id, &there, err);
    if (r == 0)
        r = code_find(s, f->entity, &entity, err);
    if (r == 0)
        r = code_find(s, f->period, &period, err);
    if (r < 0 || !there || !key || !entity || !period)
        return r;
    CLEANUP_FREE char *text = row_sql(w, key);
    struct sql *q = sql_get(s, text, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":period", period);
    sql_bind_int(q, ":entity", entity);
    while ((r = sql_step(q, err)) == 1) {
        p->rows = mem_grow(p->rows, p->n + 1, sizeof *p->rows);
        read_row(s, q, w, &p->rows[p->n++]);
    }
    return r;
}

int provenance_load(struct store *s, const struct catalog *c, const struct indicator *ind,
                    const char *const *only, const char *entity, enum stage stage, const char *period,
                    struct provenance *ret, struct error *err)
{
    struct search f = {.catalog = c, .stage = stage, .entity = entity, .period = period};
    struct provenance p = {0};
    want_inputs(&f, ind, only);
    int r = 0;
    for (size_t i = 0; r == 0 && i < f.n; i++)
        r = rows_of(s, &f, &f.datasets[i], &p, err);
    for (size_t i = 0; i < f.n; i++)
        free(f.datasets[i].columns);
    free(f.datasets);
    if (r < 0) {
        provenance_deinit(&p);
        return r;
    }
    *ret = p;
    return 0;
}
