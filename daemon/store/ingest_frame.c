// SPDX-License-Identifier: Apache-2.0
// The JSON frames of the reader: tables, complaints, refused rows, the end. Everything is checked before it
// is used.
#include "store/ingest_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

#define MESSAGE_MAX (16u << 10)

static void decref_at(json_t **j)
{
    json_decref(*j);
}

static int nonsense(struct error *err, const char *frame, const char *what)
{
    return error_set(err, -EPROTO, "the reader's %s: %s", frame, what);
}

static int parse(const struct frame *f, const char *frame, json_t **ret, struct error *err)
{
    json_error_t e;
    json_t *j = json_loadb((const char *)f->data, f->len, JSON_REJECT_DUPLICATES, &e);
    if (!j)
        return nonsense(err, frame, e.text);
    if (!json_is_object(j)) {
        json_decref(j);
        return nonsense(err, frame, "is no object");
    }
    *ret = j;
    return 0;
}

// A text, or null where `optional`.
static bool is_text(const json_t *j, const char *key, bool optional, size_t max)
{
    const json_t *v = json_object_get(j, key);
    if (!v || json_is_null(v))
        return optional;
    return json_is_string(v) && json_string_length(v) <= max;
}

static bool is_count(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);
    return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= UINT32_MAX;
}

static bool is_map_of_texts(const json_t *j)
{
    const char *key;
    json_t *value;
    if (!json_is_object(j))
        return false;
    json_object_foreach((json_t *)j, key, value) if (!json_is_string(value)) return false;
    return true;
}

static char *text_of(const json_t *j, const char *key)
{
    return str_dup(json_string_value(json_object_get(j, key)));
}

void ingest_table_deinit(struct ingest_table *t)
{
    free(t->sheet);
    free(t->kind);
    free(t->period);
    free(t->slot_of);
    free(t->given);
    json_decref(t->layout);
    json_decref(t->headers);
    *t = (struct ingest_table){0};
}

size_t ingest_table_no(const struct ingest *in, const struct ingest_table *t)
{
    return (size_t)(t - in->tables);
}

static bool is_kind(const char *kind)
{
    return strcmp(kind, "wide") == 0 || strcmp(kind, "form") == 0 || strcmp(kind, "form_ii_2") == 0;
}

static int take_columns(struct ingest_table *t, const json_t *columns, struct error *err)
{
    const struct dataset *d = t->facts->dataset;
    t->n_columns = json_array_size(columns);
    if (!json_is_array(columns) || t->n_columns > d->n_columns)
        return nonsense(err, "table", "its columns are no list of the dataset's columns");
    t->slot_of = mem_array(t->n_columns + 1, sizeof *t->slot_of);
    t->given = mem_array(t->facts->n_columns + 1, sizeof *t->given);
    bool has_period = false;
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *id = json_string_value(json_array_get(columns, i));
        const struct column *c = id ? dataset_column(d, id) : NULL;
        if (!c)
            return nonsense(err, "table", "a column that the dataset does not have");
        size_t slot = c->is_period ? t->facts->n_columns : fact_table_column(t->facts, id);
        if (c->is_period ? has_period : t->given[slot])
            return nonsense(err, "table", "a column stands twice");
        t->slot_of[i] = slot;
        if (c->is_period)
            has_period = true;
        else
            t->given[slot] = true;
    }
    return 0;
}

static int insert_table(struct ingest *in, const struct ingest_table *t, size_t no, struct error *err)
{
    CLEANUP_FREE char *layout = json_dumps(t->layout, JSON_COMPACT);
    CLEANUP_FREE char *headers = json_dumps(t->headers, JSON_COMPACT);
    struct sql *q =
        sql_get(in->store,
                "INSERT INTO submission_table(submission, no, dataset, period, sheet, kind, layout, headers) "
                "VALUES (:submission, :no, :dataset, :period, :sheet, :kind, :layout, :headers)",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", in->submission);
    sql_bind_int(q, ":no", (int64_t)no);
    sql_bind_text(q, ":dataset", t->facts->dataset->id);
    sql_bind_text(q, ":period", t->period);
    sql_bind_text(q, ":sheet", t->sheet);
    sql_bind_text(q, ":kind", t->kind);
    sql_bind_text(q, ":layout", layout);
    sql_bind_text(q, ":headers", headers);
    return sql_run(q, err);
}

int ingest_facts(struct ingest *in, size_t dataset, struct fact_table **ret, struct error *err)
{
    int r = 0;
    if (!in->facts[dataset])
        r = fact_table_new(in->store, in->catalog->datasets[dataset], &in->facts[dataset], err);
    *ret = in->facts[dataset];
    return r;
}

static int facts_of(struct ingest *in, const char *id, struct fact_table **ret, struct error *err)
{
    for (size_t i = 0; i < in->catalog->n_datasets; i++)
        if (strcmp(in->catalog->datasets[i]->id, id) == 0)
            return ingest_facts(in, i, ret, err);
    return nonsense(err, "table", "a dataset that there is not");
}

static bool may_hand_in(const struct source_config *source, const char *dataset)
{
    for (char **d = source->datasets; d && *d; d++)
        if (strcmp(*d, dataset) == 0)
            return true;
    return !source->datasets;
}

static bool period_fits(const struct dataset *d, const char *period)
{
    struct period p;
    return d->period == PERIOD_NONE ? *period == '\0' : period_parse(period, &p) && p.kind == d->period;
}

static int fill_table(struct ingest *in, const json_t *j, struct ingest_table *t, struct error *err)
{
    int r = facts_of(in, json_string_value(json_object_get(j, "dataset")), &t->facts, err);
    if (r == 0)
        r = take_columns(t, json_object_get(j, "columns"), err);
    if (r < 0)
        return r;
    t->sheet = text_of(j, "sheet");
    t->kind = text_of(j, "kind");
    t->period = text_of(j, "period");
    t->layout = json_incref(json_object_get(j, "layout"));
    t->headers = json_incref(json_object_get(j, "headers"));
    if (t->period && !period_fits(t->facts->dataset, t->period))
        return nonsense(err, "table", "a period that is none of the dataset's kind");
    t->refused = !may_hand_in(in->source, t->facts->dataset->id);
    return 0;
}

int ingest_table_frame(struct ingest *in, const struct frame *f, struct error *err)
{
    CLEANUP(decref_at) json_t *j = NULL;
    int r = parse(f, "table", &j, err);
    if (r < 0)
        return r;
    if (in->n_tables == TABLES_MAX || !is_count(j, "table") ||
        json_integer_value(json_object_get(j, "table")) != (json_int_t)in->n_tables)
        return nonsense(err, "table", "its number is not the next one");
    if (!is_text(j, "dataset", false, TEXT_MAX) || !is_text(j, "sheet", false, TEXT_MAX) ||
        !is_text(j, "kind", false, 32) || !is_text(j, "period", true, PERIOD_TEXT_MAX) ||
        !is_map_of_texts(json_object_get(j, "layout")) || !is_map_of_texts(json_object_get(j, "headers")) ||
        !is_kind(json_string_value(json_object_get(j, "kind"))))
        return nonsense(err, "table",
                        "dataset, sheet, kind, period, layout and headers are not what they should be");
    in->tables = mem_grow(in->tables, in->n_tables + 1, sizeof *in->tables);
    struct ingest_table *t = &in->tables[in->n_tables++];
    *t = (struct ingest_table){0};
    r = fill_table(in, j, t, err);
    if (r == 0)
        r = insert_table(in, t, in->n_tables - 1, err);
    if (r == 0 && t->refused)
        ingest_complain(
            in, "refuse", "not_authorised",
            &(struct issue_at){.table = t, .row = -1, .column = t->facts->n_columns},
            str_printf(_("The source \"%1$s\" may not hand in \"%2$s\"; its rows were not stored."),
                       in->source->name, t->facts->dataset->title));
    return r;
}

static const char *level_of(const json_t *j)
{
    static const char *const levels[] = {"refuse", "missing", "ask", "note"};
    const char *text = json_string_value(json_object_get(j, "level"));
    for (size_t i = 0; text && i < ARRAY_SIZE(levels); i++)
        if (strcmp(text, levels[i]) == 0)
            return levels[i];
    return NULL;
}

// −1 for null, −2 for nonsense.
static int64_t optional_number(const json_t *j, const char *key, int64_t max)
{
    const json_t *v = json_object_get(j, key);
    if (!v || json_is_null(v))
        return -1;
    return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= max
               ? json_integer_value(v)
               : -2;
}

int ingest_error_frame(struct ingest *in, const struct frame *f, struct error *err)
{
    static const char *const texts[] = {"sheet", "column", "column_id", "cell", "entity", "name"};
    CLEANUP(decref_at) json_t *j = NULL;
    int r = parse(f, "complaint", &j, err);
    if (r < 0)
        return r;
    struct issue issue = {.level = level_of(j),
                          .table = optional_number(j, "table", (int64_t)in->n_tables - 1),
                          .row = optional_number(j, "row", UINT32_MAX)};
    bool good = issue.level && issue.table > -2 && issue.row > -2 && is_text(j, "code", false, 64) &&
                is_text(j, "message", false, MESSAGE_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        good &= is_text(j, texts[i], true, MESSAGE_MAX);
    if (!good)
        return nonsense(err, "complaint", "its members are not what they should be");
    issue.sheet = text_of(j, "sheet");
    issue.column = text_of(j, "column");
    issue.column_id = text_of(j, "column_id");
    issue.cell = text_of(j, "cell");
    issue.entity = text_of(j, "entity");
    issue.name = text_of(j, "name");
    issue.code = text_of(j, "code");
    issue.message = text_of(j, "message");
    ingest_issue_add(in, issue);
    return 0;
}

static bool are_merges(const json_t *merges)
{
    size_t i, k;
    json_t *m, *v;
    if (merges && !json_is_array(merges))
        return false;
    json_array_foreach((json_t *)merges, i, m)
    {
        if (json_array_size(m) != 3)
            return false;
        json_array_foreach(m, k, v) if (!json_is_integer(v)) return false;
    }
    return true;
}

static bool are_cells(const json_t *cells, const json_t *bad)
{
    size_t i;
    json_t *v;
    if (!json_is_array(cells) || !(json_is_array(bad) || json_is_null(bad)))
        return false;
    json_array_foreach((json_t *)cells, i, v) if (!json_is_string(v) && !json_is_null(v)) return false;
    json_array_foreach((json_t *)bad, i, v) if (!json_is_integer(v)) return false;
    return true;
}

int ingest_bad_row_frame(struct ingest *in, const struct frame *f, struct error *err)
{
    CLEANUP(decref_at) json_t *j = NULL;
    int r = parse(f, "refused row", &j, err);
    if (r < 0)
        return r;
    const json_t *cells = json_object_get(j, "cells"), *bad = json_object_get(j, "bad");
    int64_t table = optional_number(j, "table", (int64_t)in->n_tables - 1),
            row = optional_number(j, "row", UINT32_MAX);
    const json_t *merges = json_object_get(j, "merges");
    if (table < 0 || row < 0 || !are_cells(cells, bad) || !are_merges(merges))
        return nonsense(err, "refused row", "its members are not what they should be");
    if (in->n_bad_rows++ >= BAD_ROWS_MAX)
        return 0;
    CLEANUP_FREE char *cells_text = json_dumps(cells, JSON_COMPACT);
    CLEANUP(decref_at) json_t *head = merges ? json_pack("{s:O}", "merges", merges) : NULL;
    CLEANUP_FREE char *bad_text =
        json_dumps(json_is_null(bad) && head ? head : bad, JSON_COMPACT | JSON_ENCODE_ANY);
    struct sql *q =
        sql_get(in->store,
                "INSERT INTO submission_bad_row(submission, table_no, row, seq, cells, bad, spare) "
                "VALUES (:submission, :table, :row, :seq, :cells, :bad, :spare)",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", in->submission);
    sql_bind_int(q, ":table", table);
    sql_bind_int(q, ":row", row);
    sql_bind_int(q, ":seq", in->n_bad_rows);
    sql_bind_int(q, ":spare", json_is_true(json_object_get(j, "spare")));
    sql_bind_text(q, ":cells", cells_text);
    sql_bind_text(q, ":bad", bad_text);
    return sql_run(q, err);
}

int ingest_end_frame(struct ingest *in, const struct frame *f, struct error *err)
{
    json_t *j = NULL;
    int r = parse(f, "end", &j, err);
    if (r < 0)
        return r;
    in->end = j;
    const char *state = json_string_value(json_object_get(j, "state"));
    bool rejected = state && strcmp(state, "rejected") == 0;
    if (!state || (!rejected && strcmp(state, "ok") != 0) || !is_count(j, "rows_ok") ||
        !is_count(j, "rows_bad"))
        return nonsense(err, "end", "state or counts are missing");
    if (!is_text(j, "code", !rejected, 64) || !is_text(j, "message", !rejected, MESSAGE_MAX) ||
        !is_text(j, "dataset", true, 64) || !is_text(j, "period", true, PERIOD_TEXT_MAX))
        return nonsense(err, "end", "code, message, dataset or period are not what they should be");
    int64_t said = json_integer_value(json_object_get(j, "rows_ok"));
    if (!rejected && said != in->rows_read)
        return error_set(err, -EPROTO, "the reader's end: %lld rows by its count, %lld came", (long long)said,
                         (long long)in->rows_read);
    in->summary = str_ndup((const char *)f->data, f->len);
    in->ended = true;
    return 0;
}
