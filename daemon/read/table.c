// SPDX-License-Identifier: Apache-2.0
// Tables: columns, period, WIRE_TABLE.
#include "read/table.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/fold.h"
#include "read/period_text.h"

struct table *table_new(struct reader *r, enum table_kind kind, const struct plan *plan, const char *sheet)
{
    size_t n = plan->d->n_columns;
    struct table *t = mem_alloc(sizeof *t);
    *t = (struct table){.no = r->n_tables++, .kind = kind, .plan = plan, .sheet = str_dup(sheet)};
    t->columns = mem_array(n + 1, sizeof *t->columns);
    t->emitted = mem_array(n + 1, sizeof *t->emitted);
    t->absent = mem_array(n + 1, sizeof *t->absent);
    t->values = mem_array(n + 1, sizeof *t->values);
    t->slots = mem_array(n + 1, VALUE_SLOT);
    t->cell_rows = mem_array(n + 1, sizeof *t->cell_rows);
    t->marked = mem_array(n + 1, sizeof *t->marked);
    t->period_col = NO_CELL;
    complaints_hold(r->complaints);
    return t;
}

struct table *table_free(struct table *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < t->plan->d->n_columns; i++)
        free(t->columns[i].header);
    free(t->columns);
    free(t->emitted);
    free(t->absent);
    free(t->values);
    free(t->slots);
    for (size_t i = 0; i < t->n_head; i++)
        free(t->head[i]);
    free(t->cell_rows);
    free(t->marked);
    json_decref(t->above);
    free(t->sheet);
    free(t);
    return NULL;
}

void table_keep_head(struct table *t, const struct sheet_row *row)
{
    if (t->n_head < ARRAY_SIZE(t->head))
        t->head[t->n_head++] = held_row_new(row);
}

char *table_value_slot(const struct table *t, size_t column)
{
    return t->slots + column * VALUE_SLOT;
}

struct place table_place_of(const struct table *t, uint32_t row, size_t column)
{
    struct place p = {.table = (int)t->no, .sheet = t->sheet, .row = row, .cell_col = NO_CELL};
    const struct value *entity = t->plan->entity == NO_COLUMN ? NULL : &t->values[t->plan->entity];
    const struct value *name = t->plan->name == NO_COLUMN ? NULL : &t->values[t->plan->name];
    if (row && entity && entity->kind == VALUE_TEXT) {
        p.entity = entity->text;
        p.entity_len = entity->len;
    }
    if (row && name && name->kind == VALUE_TEXT) {
        p.name = name->text;
        p.name_len = name->len;
    }
    if (column == NO_COLUMN)
        return p;
    const struct table_column *c = &t->columns[column];
    p.column = t->plan->d->columns[column].header;
    p.column_id = t->plan->d->columns[column].id;
    if (c->there && row) {
        p.cell_col = c->col;
        p.cell_row = t->cell_rows[column] ? t->cell_rows[column] : c->row ? c->row : row;
    }
    return p;
}

char *table_label(const struct table *t, uint32_t row, size_t column)
{
    struct place p = table_place_of(t, row, column);
    char cell[CELL_NAME_MAX] = "";
    if (p.cell_col != NO_CELL)
        cell_name(p.cell_row, p.cell_col, cell);
    return str_printf("%s“%s”", cell, p.column);
}

// The unit line names one unit for each kind of figure; two of one kind settle nothing.
static const struct unit *unit_from_line(const struct unit *stored, const struct unit *const *line, size_t n)
{
    const struct unit *found = NULL;
    for (size_t i = 0; i < n; i++) {
        if (line[i]->dimension != stored->dimension)
            continue;
        if (found && found->shift != line[i]->shift)
            return NULL;
        found = line[i];
    }
    return found;
}

void table_place(struct reader *r, struct table *t, size_t column, uint32_t col, uint32_t row,
                 const char *header, const struct unit *unit, const struct unit *const *line, size_t n_line)
{
    const struct column *c = &t->plan->d->columns[column];
    const struct plan_column *pc = &t->plan->columns[column];
    struct table_column *tc = &t->columns[column];
    struct value_rule rule = {.column = c, .plan = pc, .shift = c->unit_shift, .factor = 1};
    if (!unit && pc->stored)
        unit = unit_from_line(pc->stored, line, n_line);
    *tc = (struct table_column){.there = true, .col = col, .row = row, .header = str_dup(header)};
    if (unit && pc->stored) {
        if (!unit_conversion(unit, pc->stored, &rule.shift, &rule.factor)) {
            struct place p = table_place_of(t, NO_ROW, column);
            char *message =
                str_printf(_("The column “%1$s” is headed in %2$s; %3$s is expected. It was left out."),
                           header, unit->text, c->unit);
            complain(r->complaints, COMPLAINT_ASK, "unit_mismatch", &p, message);
            tc->there = false;
            return;
        }
        if (unit->shift || rule.shift || unit->factor > 1)
            summary_unit(r->summary, unit->text);
    }
    tc->rule = rule;
    tc->recurs = pc->identity || c->type == COLUMN_CODE || c->type == COLUMN_DATE;
}

static bool is_emitted(const struct table *t, size_t i)
{
    const struct column *c = &t->plan->d->columns[i];
    if (c->is_period)
        return false;
    return t->columns[i].there || c->key || c->default_value || i == t->plan->school_system;
}

static void add_layout(const struct table *t, size_t i, json_t *layout, json_t *headers)
{
    char cell[CELL_NAME_MAX];
    const struct table_column *c = &t->columns[i];
    const char *id = t->plan->d->columns[i].id;
    if (!c->there)
        return;
    cell_name(c->row ? c->row : 1, c->col, cell);
    if (!c->row)
        cell[strcspn(cell, "0123456789")] = '\0';
    json_object_set_new(layout, id, json_string(cell));
    json_object_set_new(headers, id, json_string(c->header));
}

void table_announce(struct reader *r, struct table *t)
{
    static const char *const kinds[] = {
        [TABLE_WIDE] = "wide", [TABLE_FORM] = "form", [TABLE_II_2] = "form_ii_2"};
    json_t *columns = json_array(), *layout = json_object(), *headers = json_object(), *rows = json_array();
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        add_layout(t, i, layout, headers);
        if (!is_emitted(t, i))
            continue;
        t->emitted[t->n_emitted++] = i;
        json_array_append_new(columns, json_string(t->plan->d->columns[i].id));
    }
    for (uint32_t i = t->header_first; i <= t->header_last && i < t->header_first + 12; i++)
        json_array_append_new(rows, json_integer(i));
    bool own = t->plan->period != NO_COLUMN && t->columns[t->plan->period].there;
    json_t *j = json_object();
    json_object_set_new(j, "table", json_integer(t->no));
    json_object_set_new(j, "dataset", json_string(t->plan->d->id));
    json_object_set_new(j, "sheet", json_string(t->sheet));
    json_object_set_new(j, "kind", json_string(kinds[t->kind]));
    json_object_set_new(j, "period", own || !*t->period ? json_null() : json_string(t->period));
    json_object_set_new(j, "columns", columns);
    json_object_set_new(j, "layout", layout);
    json_object_set_new(j, "headers", headers);
    json_object_set_new(j, "header_rows", rows);
    json_object_set_new(j, "first_row", json_integer(t->first_row));
    emit_json(r->emit, WIRE_TABLE, j);
    complaints_release(r->complaints);
}

void table_refuse(struct reader *r, struct table *t, const char *code, size_t column, char *message)
{
    struct place p = table_place_of(t, NO_ROW, column);
    t->refused = true;
    summary_reject_if_empty(r->summary, code, message);
    complain(r->complaints, COMPLAINT_REFUSE, code, &p, message);
}

static char *absent_message(const struct table *t, const char *list)
{
    return str_printf(
        t->kind == TABLE_FORM
            ? _("The form has no item for %s. Until they are handed in, the indicators that need "
                "them are marked as data missing; they are not taken as 0.")
            : _("The table has no column for %s. Until they are handed in, the indicators that "
                "need them are marked as data missing; they are not taken as 0."),
        list);
}

static void list_absent(const struct table *t, bool later, struct buf *list)
{
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        const char *header = t->plan->d->columns[i].header;
        if (!t->absent[i] || t->plan->columns[i].later != later)
            continue;
        buf_adds(list, list->len ? "、" : "");
        if (t->kind == TABLE_FORM)
            buf_addf(list, "“%s”", header);
        else
            buf_addf(list, _("“%1$s” (owed by %2$zu rows)"), header, t->absent[i]);
    }
}

// What stops an indicator is missing; what only others will need is asked for in passing.
static void say_absent(struct reader *r, const struct table *t)
{
    struct buf list = BUF_INIT;
    struct place p = table_place_of(t, NO_ROW, NO_COLUMN);
    list_absent(t, false, &list);
    if (list.len)
        complain(r->complaints, COMPLAINT_MISSING, "columns_absent", &p, absent_message(t, buf_str(&list)));
    buf_reset(&list);
    list_absent(t, true, &list);
    if (list.len)
        complain(r->complaints, COMPLAINT_NOTE, "columns_later", &p,
                 str_printf(_("No indicator needs these yet, and nothing waits for them; please hand them in "
                              "in good time: %s."),
                            buf_str(&list)));
    buf_deinit(&list);
}

void table_finish(struct reader *r, struct table *t)
{
    struct place p = table_place_of(t, NO_ROW, NO_COLUMN);
    if (t->refused || t->rows == 0)
        return;
    if (t->kind == TABLE_II_2)
        complain(
            r->complaints, COMPLAINT_ASK, "ratios_only", &p,
            str_dup(_(
                "The table holds ready-made ratios only; what is computed from them is marked as estimated. Please "
                "hand in the figures themselves, per stage, as well.")));
    else
        say_absent(r, t);
}

struct sighting {
    bool found;
    struct period period;
};

static struct sighting look(struct reader *r, enum period_kind kind, const char *text, bool strict)
{
    struct sighting s = {0};
    fold_text(text, strlen(text), &r->scratch);
    s.found = period_text_find(kind, buf_str(&r->scratch), strict, &s.period);
    return s;
}

void table_find_period(struct reader *r, struct table *t, const char *const *titles, size_t n_titles)
{
    enum period_kind kind = t->plan->d->period;
    struct sighting seen[3] = {look(r, kind, t->sheet, true), look(r, kind, r->file_folded, false), {0}};
    for (size_t i = 0; i < n_titles && !seen[2].found; i++)
        seen[2] = look(r, kind, titles[i], true);
    const struct period *first = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
        if (!seen[i].found)
            continue;
        char text[PERIOD_TEXT_MAX];
        period_format(&seen[i].period, text);
        if (!first) {
            first = &seen[i].period;
            t->period_named = true;
            memcpy(t->period, text, sizeof text);
        } else if (strcmp(text, t->period) != 0) {
            struct place p = table_place_of(t, NO_ROW, NO_COLUMN);
            complain(r->complaints, COMPLAINT_NOTE, "period_disagrees", &p,
                     str_printf(
                         _("The names of sheet and file and the title name different periods: %1$s was used, "
                           "not %2$s."),
                         t->period, text));
        }
    }
    struct period given;
    if (!first && r->job->period) {
        fold_text(r->job->period, strlen(r->job->period), &r->scratch);
        if (period_text_parse(kind, buf_str(&r->scratch), &given))
            period_format(&given, t->period);
    }
}
