// SPDX-License-Identifier: Apache-2.0
// Complaints about one file: the reader's and ingest's own, kept until the end.
#include "store/ingest_internal.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

void issue_deinit(struct issue *i)
{
    char *texts[] = {i->sheet, i->column, i->column_id, i->cell, i->entity, i->name, i->code, i->message};
    for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
        free(texts[k]);
    *i = (struct issue){0};
}

void ingest_issue_add(struct ingest *in, struct issue issue)
{
    if (in->n_issues == ISSUES_MAX) {
        in->issues_dropped++;
        issue_deinit(&issue);
        return;
    }
    if (in->n_issues == in->cap_issues) {
        in->cap_issues = in->cap_issues ? in->cap_issues * 2 : 16;
        in->issues = mem_grow(in->issues, in->cap_issues, sizeof *in->issues);
    }
    in->issues[in->n_issues++] = issue;
}

// "T9" in a wide table; a form's layout has the whole cell already.
static char *cell_of(const struct ingest_table *t, const char *column_id, int64_t row)
{
    const char *at = json_string_value(json_object_get(t->layout, column_id));
    if (!at || !*at)
        return NULL;
    char last = at[strlen(at) - 1];
    return last >= '0' && last <= '9' ? str_dup(at)
           : row >= 0                 ? str_printf("%s%lld", at, (long long)row)
                                      : NULL;
}

static char *slot_text(struct ingest *in, const struct slot *v)
{
    return v->kind == SLOT_INT    ? str_dup(code_text(in->store, v->i))
           : v->kind == SLOT_TEXT ? str_ndup(v->text, v->len)
                                  : NULL;
}

void ingest_complain(struct ingest *in, const char *level, const char *code, const struct issue_at *at,
                     char *message)
{
    struct issue i = {.level = level, .table = -1, .row = at->row, .code = str_dup(code), .message = message};
    if (at->table) {
        const struct fact_table *facts = at->table->facts;
        i.table = (int64_t)ingest_table_no(in, at->table);
        i.sheet = str_dup(at->table->sheet);
        if (at->column < facts->n_columns) {
            const struct column *c = facts->columns[at->column].column;
            const char *header = json_string_value(json_object_get(at->table->headers, c->id));
            i.column = str_dup(header ? header : c->header);
            i.column_id = str_dup(c->id);
            i.cell = cell_of(at->table, c->id, at->row);
        }
        if (at->fact && facts->school < facts->n_columns)
            i.entity = slot_text(in, &at->fact->slots[facts->school]);
        if (at->fact && facts->name < facts->n_columns)
            i.name = slot_text(in, &at->fact->slots[facts->name]);
    }
    ingest_issue_add(in, i);
}

static void bind_number(struct sql *q, const char *name, int64_t v)
{
    if (v >= 0)
        sql_bind_int(q, name, v);
}

static int write_one(struct ingest *in, size_t seq, const struct issue *i, struct error *err)
{
    struct sql *q = sql_get(
        in->store,
        "INSERT INTO submission_error(submission, seq, level, table_no, sheet, row, \"column\", column_id, "
        "cell, entity, name, code, message) VALUES (:submission, :seq, :level, :table, :sheet, :row, "
        ":column, :column_id, :cell, :entity, :name, :code, :message)",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", in->submission);
    sql_bind_int(q, ":seq", (int64_t)seq);
    sql_bind_text(q, ":level", i->level);
    bind_number(q, ":table", i->table);
    bind_number(q, ":row", i->row);
    sql_bind_text(q, ":sheet", i->sheet);
    sql_bind_text(q, ":column", i->column);
    sql_bind_text(q, ":column_id", i->column_id);
    sql_bind_text(q, ":cell", i->cell);
    sql_bind_text(q, ":entity", i->entity);
    sql_bind_text(q, ":name", i->name);
    sql_bind_text(q, ":code", i->code);
    sql_bind_text(q, ":message", i->message);
    return sql_run(q, err);
}

int ingest_write_issues(struct ingest *in, struct error *err)
{
    for (size_t i = 0; i < in->n_issues; i++) {
        int r = write_one(in, i + 1, &in->issues[i], err);
        if (r < 0)
            return r;
    }
    if (!in->issues_dropped)
        return 0;
    CLEANUP_FREE char *text =
        str_printf(_("%lld further complaints were counted but not kept."), (long long)in->issues_dropped);
    struct issue more = {.level = "note", .table = -1, .row = -1, .code = (char *)"more", .message = text};
    return write_one(in, in->n_issues + 1, &more, err);
}
