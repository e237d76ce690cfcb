// SPDX-License-Identifier: Apache-2.0
// Tables, complaints and refused rows of one submission.
#include "store/submission_detail.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "store/sql.h"

static int int_or(struct sql *q, int column, int otherwise)
{
    return sql_is_null(q, column) ? otherwise : (int)sql_int(q, column);
}

static int load_tables(struct store *s, int64_t id, struct submission_detail *d, struct error *err)
{
    struct sql *q = sql_get(s,
                            "SELECT no, dataset, period, sheet, kind, layout, headers FROM submission_table"
                            " WHERE submission = :id ORDER BY no",
                            err);
    if (!q)
        return -EIO;
    sql_bind_int(q, ":id", id);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        d->tables = mem_grow(d->tables, d->n_tables + 1, sizeof *d->tables);
        d->tables[d->n_tables++] = (struct submission_table){
            .no = (int)sql_int(q, 0),
            .dataset = str_dup(sql_text(q, 1)),
            .period = str_dup(sql_text(q, 2)),
            .sheet = str_dup(sql_text(q, 3)),
            .kind = str_dup(sql_text(q, 4)),
            .layout = str_dup(sql_text(q, 5)),
            .headers = str_dup(sql_text(q, 6)),
        };
    }
    return r;
}

static int load_errors(struct store *s, int64_t id, struct submission_detail *d, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "SELECT level, table_no, row, sheet, \"column\", column_id, cell, entity, name, code, message"
                " FROM submission_error WHERE submission = :id ORDER BY seq",
                err);
    if (!q)
        return -EIO;
    sql_bind_int(q, ":id", id);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        d->errors = mem_grow(d->errors, d->n_errors + 1, sizeof *d->errors);
        d->errors[d->n_errors++] = (struct submission_error){
            .level = str_dup(sql_text(q, 0)),
            .table_no = int_or(q, 1, -1),
            .row = int_or(q, 2, -1),
            .sheet = str_dup(sql_text(q, 3)),
            .column = str_dup(sql_text(q, 4)),
            .column_id = str_dup(sql_text(q, 5)),
            .cell = str_dup(sql_text(q, 6)),
            .entity = str_dup(sql_text(q, 7)),
            .name = str_dup(sql_text(q, 8)),
            .code = str_dup(sql_text(q, 9)),
            .message = str_dup(sql_text(q, 10)),
        };
    }
    return r;
}

static void take_cells(struct submission_bad_row *row, const char *text)
{
    json_t *cells = json_loads(text ? text : "[]", 0, NULL);
    row->n_cells = json_array_size(cells);
    row->cells = mem_array(row->n_cells, sizeof *row->cells);
    for (size_t i = 0; i < row->n_cells; i++) {
        const char *cell = json_string_value(json_array_get(cells, i));
        row->cells[i] = str_dup(cell ? cell : "");
    }
    json_decref(cells);
}

static void take_bad(struct submission_bad_row *row, const char *text)
{
    json_t *bad = json_loads(text ? text : "null", JSON_DECODE_ANY, NULL);
    row->head = !json_is_array(bad);
    row->n_bad = json_array_size(bad);
    row->bad = mem_array(row->n_bad, sizeof *row->bad);
    for (size_t i = 0; i < row->n_bad; i++)
        row->bad[i] = (int)json_integer_value(json_array_get(bad, i));
    const json_t *merges = json_object_get(bad, "merges");
    row->n_merges = json_array_size(merges);
    row->merges = mem_array(row->n_merges, sizeof *row->merges);
    for (size_t i = 0; i < row->n_merges; i++) {
        const json_t *m = json_array_get(merges, i);
        row->merges[i] = (struct submission_merge){.first = (int)json_integer_value(json_array_get(m, 0)),
                                                   .last = (int)json_integer_value(json_array_get(m, 1)),
                                                   .rows = (int)json_integer_value(json_array_get(m, 2))};
    }
    json_decref(bad);
}

static int load_bad_rows(struct store *s, int64_t id, struct submission_detail *d, struct error *err)
{
    struct sql *q = sql_get(s,
                            "SELECT table_no, row, cells, bad FROM submission_bad_row"
                            " WHERE submission = :id ORDER BY table_no, row, seq",
                            err);
    if (!q)
        return -EIO;
    sql_bind_int(q, ":id", id);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        d->bad_rows = mem_grow(d->bad_rows, d->n_bad_rows + 1, sizeof *d->bad_rows);
        struct submission_bad_row *row = &d->bad_rows[d->n_bad_rows++];
        *row = (struct submission_bad_row){.table_no = (int)sql_int(q, 0), .row = (int)sql_int(q, 1)};
        take_cells(row, sql_text(q, 2));
        take_bad(row, sql_text(q, 3));
    }
    return r;
}

int submission_detail_load(struct store *s, int64_t submission, struct submission_detail *ret,
                           struct error *err)
{
    struct submission_detail d = {0};
    int r = submission_load(s, submission, &d.sub, err);
    if (r == 0)
        r = load_tables(s, submission, &d, err);
    if (r == 0)
        r = load_errors(s, submission, &d, err);
    if (r == 0)
        r = load_bad_rows(s, submission, &d, err);
    if (r < 0)
        submission_detail_deinit(&d);
    else
        *ret = d;
    return r;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
}

void submission_detail_deinit(struct submission_detail *d)
{
    submission_deinit(&d->sub);
    for (size_t i = 0; i < d->n_tables; i++) {
        struct submission_table *t = &d->tables[i];
        free_texts((char *[]){t->dataset, t->period, t->sheet, t->kind, t->layout, t->headers}, 6);
    }
    for (size_t i = 0; i < d->n_errors; i++) {
        struct submission_error *e = &d->errors[i];
        free_texts((char *[]){e->level, e->sheet, e->column, e->column_id, e->cell, e->entity, e->name,
                              e->code, e->message},
                   9);
    }
    for (size_t i = 0; i < d->n_bad_rows; i++) {
        free_texts(d->bad_rows[i].cells, d->bad_rows[i].n_cells);
        free(d->bad_rows[i].cells);
        free(d->bad_rows[i].bad);
        free(d->bad_rows[i].merges);
    }
    free(d->tables);
    free(d->errors);
    free(d->bad_rows);
    *d = (struct submission_detail){0};
}

size_t submission_detail_count(const struct submission_detail *d, const char *level)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_errors; i++)
        n += strcmp(d->errors[i].level, level) == 0;
    return n;
}
