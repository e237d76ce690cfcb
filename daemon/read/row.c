// SPDX-License-Identifier: Apache-2.0
// What refuses a row: its identity, its period, figures that contradict each other, the source's authority,
// another row of the same key. Everything else is stored, as missing where it is empty or bad.
#include "read/row.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/check.h"
#include "read/correct.h"
#include "read/fold.h"
#include "read/message.h"
#include "read/owed.h"
#include "read/period_text.h"
#include "read/plausible.h"

struct judgement {
    uint32_t row;
    const char *period; // "" if it could not be told
    unsigned stages;
    bool bad_period, no_need, not_mine, refused;
    enum duplicate duplicate;
    struct row_place other;
};

// What the source says of all its schools, if it is a value of the column.
static void set_school_system(struct reader *r, struct table *t, size_t column)
{
    const char *system = r->job->school_system;
    if (!system || !t->plan->columns[column].codes)
        return;
    fold_text(system, strlen(system), &r->scratch);
    const char *value = code_list_find(t->plan->columns[column].codes, buf_str(&r->scratch), r->scratch.len);
    if (value)
        value_default(&t->plan->d->columns[column], value, &t->values[column]);
}

void row_clear(struct reader *r, struct table *t)
{
    const struct dataset *d = t->plan->d;
    for (size_t i = 0; i < d->n_columns; i++) {
        t->values[i] = (struct value){.kind = VALUE_EMPTY};
        t->cell_rows[i] = 0;
        if (d->columns[i].default_value)
            value_default(&d->columns[i], d->columns[i].default_value, &t->values[i]);
        else if (i == t->plan->school_system)
            set_school_system(r, t, i);
    }
}

void row_set(struct reader *r, struct table *t, size_t column, const struct cell *cell)
{
    struct value v;
    if (t->plan->d->columns[column].is_period) {
        t->values[column].cell = cell;
        return;
    }
    value_read(&t->columns[column].rule, cell, &r->scratch, table_value_slot(t, column), &v);
    if (v.kind == VALUE_EMPTY && t->values[column].kind != VALUE_EMPTY)
        t->values[column].cell = cell; // the default stands
    else
        t->values[column] = v;
}

static void note_period(struct reader *r, struct table *t)
{
    if (t->period_disagrees || !t->period_named || strcmp(t->period, t->period_last) == 0)
        return;
    t->period_disagrees = true;
    struct place p = table_place_of(t, NO_ROW, t->plan->period);
    complain(r->complaints, COMPLAINT_NOTE, "period_disagrees", &p,
             str_printf(_("The rows say %1$s, the name of the file says %2$s. What the rows say was used."),
                        t->period_last, t->period));
}

// The period of the row at hand; "" if its cell cannot be read.
static const char *row_period(struct reader *r, struct table *t)
{
    size_t column = t->plan->period;
    const struct cell *cell = column == NO_COLUMN ? NULL : t->values[column].cell;
    const struct cell *term = t->plan->term == NO_COLUMN ? NULL : t->values[t->plan->term].cell;
    if (!cell || cell_is_blank(cell))
        return t->period;
    // Rows follow each other with the same period: understood once.
    char text[sizeof t->period_text];
    size_t n = cell->len + (term ? term->len : 0);
    if (n + 1 > sizeof text)
        return "";
    memcpy(text, cell->text, cell->len);
    if (term)
        memcpy(text + cell->len, term->text, term->len);
    text[n] = '\0';
    if (*t->period_last && strcmp(text, t->period_text) == 0)
        return t->period_last;
    struct period p;
    fold_text(text, n, &r->scratch);
    if (!period_text_parse(t->plan->d->period, buf_str(&r->scratch), &p))
        return "";
    memcpy(t->period_text, text, n + 1);
    period_format(&p, t->period_last);
    note_period(r, t);
    return t->period_last;
}

static bool key_missing(const struct table *t, size_t column)
{
    const struct value *v = &t->values[column];
    if (!t->plan->d->columns[column].key || v->kind == VALUE_INT || v->kind == VALUE_REAL ||
        v->kind == VALUE_TEXT)
        return false;
    if (v->kind == VALUE_BAD)
        return true;
    // Tables by stage name the school; the code is found by the roster.
    const struct value *name = t->plan->name == NO_COLUMN ? NULL : &t->values[t->plan->name];
    if (t->kind == TABLE_II_2 && column == t->plan->entity && name && name->kind == VALUE_TEXT)
        return false;
    return plan_key_needed(t->plan, column);
}

static bool county_is_mine(const struct reader *r, const struct table *t)
{
    const struct value *v = t->plan->county == NO_COLUMN ? NULL : &t->values[t->plan->county];
    if (!v || v->kind != VALUE_TEXT || !r->job->counties)
        return true;
    for (const char *const *c = r->job->counties; *c; c++) {
        if (strlen(*c) == v->len && memcmp(*c, v->text, v->len) == 0)
            return true;
    }
    return false;
}

static bool has_needed(const struct table *t)
{
    for (size_t i = 0; i < t->plan->n_needs; i++) {
        enum value_kind k = t->values[t->plan->needs[i]].kind;
        if (k == VALUE_INT || k == VALUE_REAL || k == VALUE_TEXT)
            return true;
    }
    return t->plan->n_needs == 0;
}

// One that cannot be read is complained about by itself.
static bool needed_is_bad(const struct table *t)
{
    for (size_t i = 0; i < t->plan->n_needs; i++) {
        if (t->values[t->plan->needs[i]].kind == VALUE_BAD)
            return true;
    }
    return false;
}

static uint64_t hash_value(const struct value *v, uint64_t seed)
{
    switch (v->kind) {
    case VALUE_TEXT:
        return text_hash(v->text, v->len, seed);
    case VALUE_INT:
    case VALUE_REAL:
        return text_hash(&v->real, sizeof v->real, seed);
    case VALUE_EMPTY:
    case VALUE_BAD:
        break;
    }
    return text_hash("", 0, seed);
}

static void find_duplicate(struct reader *r, const struct table *t, struct judgement *j)
{
    uint64_t key = text_hash(t->plan->d->id, strlen(t->plan->d->id), 1), content = 0;
    key = text_hash(j->period, strlen(j->period), key);
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        const struct column *c = &t->plan->d->columns[i];
        bool identity = c->key || (t->kind == TABLE_II_2 && i == t->plan->name);
        if (identity)
            key = hash_value(&t->values[i], key + i);
        else if (t->values[i].kind != VALUE_EMPTY && !c->is_period)
            content ^= hash_value(&t->values[i], i + 2);
    }
    j->duplicate =
        duplicate_rows_add(r->duplicates, key, content, (struct row_place){r->sheet_no, j->row}, &j->other);
}

static void refuse(struct reader *r, const struct table *t, const struct judgement *j, size_t column,
                   const char *code, char *message)
{
    struct place p = table_place_of(t, j->row, column);
    complain(r->complaints, COMPLAINT_REFUSE, code, &p, message);
}

static void say_duplicate(struct reader *r, const struct table *t, const struct judgement *j)
{
    struct place p = table_place_of(t, j->row, t->plan->entity);
    if (j->duplicate == ROW_IDENTICAL) {
        complain(r->complaints, COMPLAINT_NOTE, "duplicate_identical", &p,
                 str_printf(_("The row is the same as row %u. It was counted once."), j->other.row));
        return;
    }
    const char *say =
        j->other.sheet == r->sheet_no
            ? _("The row has the same key as row %1$u and differs from it. Neither was stored; please keep "
                "the right one only.")
            : _("The row has the same key as row %1$u of sheet no. %2$u and differs from it. Neither was "
                "stored; please keep the right one only.");
    complain(r->complaints, COMPLAINT_REFUSE, "duplicate_differs", &p,
             str_printf(say, j->other.row, j->other.sheet + 1));
}

static void say_need(struct reader *r, const struct table *t, const struct judgement *j)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < t->plan->n_needs; i++)
        buf_addf(&names, "%s“%s”", i ? "、" : "", t->plan->d->columns[t->plan->needs[i]].header);
    refuse(r, t, j, t->plan->needs[0], "nothing_filled",
           str_printf(_("None of these is filled in: %s. The row needs one of them at least."),
                      buf_str(&names)));
    buf_deinit(&names);
}

static void say_not_mine(struct reader *r, const struct table *t, const struct judgement *j)
{
    const struct value *v = &t->values[t->plan->county];
    CLEANUP_FREE char *label = table_label(t, j->row, t->plan->county), *county = str_ndup(v->text, v->len);
    refuse(
        r, t, j, t->plan->county, "not_your_county",
        str_printf(_("%1$s = %2$s is not one of the counties for which the source %3$s may hand in figures."),
                   label, county, r->job->source));
}

static void say_checks(struct reader *r, const struct table *t, const struct judgement *j)
{
    for (size_t i = 0; i < t->plan->d->n_checks; i++) {
        const struct plan_check *c = &t->plan->checks[i];
        double left, right;
        if (check_row(t, c, &left, &right) != CHECK_FAILS)
            continue;
        enum level level = c->c->level == CHECK_REFUSE ? COMPLAINT_REFUSE : COMPLAINT_ASK;
        if (!complaints_room(r->complaints, level, check_code(c)))
            continue;
        struct place p = table_place_of(t, j->row, c->left[0]);
        complain(r->complaints, level, check_code(c), &p, check_message(t, j->row, c, left, right));
    }
}

// Cells that are empty or cannot be read, in the order of the dataset.
static void say_cells(struct reader *r, struct table *t, const struct judgement *j)
{
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        const struct value *v = &t->values[i];
        bool is_bad = v->kind == VALUE_BAD, key = key_missing(t, i), owed = owed_column(t, i, j->stages);
        if (t->plan->d->columns[i].is_period ||
            (!is_bad && !key && (!owed || owed_is_given(t, i, j->stages))))
            continue;
        enum level level = key || (is_bad && j->refused) ? COMPLAINT_REFUSE
                           : owed                        ? COMPLAINT_MISSING
                                                         : COMPLAINT_ASK;
        if (!is_bad && !key && t->plan->columns[i].later) {
            t->absent[i] += !j->refused;
            continue;
        }
        size_t at = is_bad || key ? i : owed_place(t, i, j->stages);
        if (at != NO_COLUMN)
            t->marked[at] = t->to_correct = true;
        if (!is_bad && !key && j->refused)
            continue;
        if (at == NO_COLUMN) {
            t->absent[i]++;
            continue;
        }
        const char *code = is_bad ? message_fault_code(v->fault) : key ? "key_empty" : "empty";
        struct place p = table_place_of(t, j->row, at);
        if (complaints_room(r->complaints, level, code))
            complain(r->complaints, level, code, &p,
                     is_bad ? message_fault(t, j->row, at) : message_empty(t, j->row, at));
    }
}

// What else is to be corrected in a refused row: its identity and the left side of a contradiction.
static void mark_refused(struct table *t, const struct judgement *j)
{
    t->to_correct = true;
    if (j->bad_period)
        t->marked[t->plan->period] = true;
    if (j->not_mine)
        t->marked[t->plan->county] = true;
    if (j->duplicate == ROW_CONTRADICTS && t->plan->entity != NO_COLUMN)
        t->marked[t->plan->entity] = true;
    bool asked = !j->no_need; // what the school's type owes is marked already
    for (size_t i = 0; i < t->plan->n_needs; i++)
        asked = asked || t->marked[t->plan->needs[i]];
    for (size_t i = 0; i < t->plan->n_needs && !asked; i++)
        t->marked[t->plan->needs[i]] = true;
    for (size_t i = 0; i < t->plan->d->n_checks; i++) {
        const struct plan_check *c = &t->plan->checks[i];
        double left, right;
        if (c->c->level != CHECK_REFUSE || check_row(t, c, &left, &right) != CHECK_FAILS)
            continue;
        for (size_t k = 0; k < c->n_left; k++)
            t->marked[c->left[k]] = true;
    }
}

static void pass_row(struct reader *r, const struct table *t, const struct judgement *j)
{
    emit_row_begin(r->emit, t->no, j->row, j->period);
    for (size_t i = 0; i < t->n_emitted; i++) {
        size_t c = t->emitted[i];
        emit_value(r->emit, &t->values[c], t->plan->d->columns[c].type, t->columns[c].recurs);
    }
    emit_row_end(r->emit);
}

static void decide(struct reader *r, struct table *t, struct judgement *j)
{
    double left, right;
    j->period = row_period(r, t);
    j->bad_period = !*j->period && t->plan->d->period != PERIOD_NONE;
    j->not_mine = !county_is_mine(r, t);
    j->no_need = !has_needed(t);
    j->refused = t->refused || j->bad_period || j->not_mine || j->no_need;
    for (size_t i = 0; i < t->plan->d->n_columns && !j->refused; i++)
        j->refused = key_missing(t, i);
    for (size_t i = 0; i < t->plan->d->n_checks && !j->refused; i++)
        j->refused = t->plan->checks[i].c->level == CHECK_REFUSE &&
                     check_row(t, &t->plan->checks[i], &left, &right) == CHECK_FAILS;
    if (!j->refused)
        find_duplicate(r, t, j);
    j->refused = j->refused || j->duplicate == ROW_CONTRADICTS;
}

void row_judge(struct reader *r, struct table *t, uint32_t row, const struct sheet_row *cells)
{
    struct judgement j = {.row = row, .stages = owed_stages(t), .duplicate = ROW_FIRST};
    t->rows++;
    t->to_correct = false;
    memset(t->marked, 0, t->plan->d->n_columns * sizeof *t->marked);
    decide(r, t, &j);
    t->judged_period = j.period;
    if (t->refused) {
        summary_row(r->summary, t->plan->d, j.period, false);
        return;
    }
    if (j.duplicate != ROW_FIRST) {
        say_duplicate(r, t, &j);
        if (j.duplicate == ROW_IDENTICAL)
            return;
    }
    if (j.bad_period)
        refuse(r, t, &j, t->plan->period, "period_unreadable", message_period(t, row, t->plan->period));
    if (j.no_need && !needed_is_bad(t))
        say_need(r, t, &j);
    if (j.not_mine)
        say_not_mine(r, t, &j);
    say_checks(r, t, &j);
    say_cells(r, t, &j);
    summary_row(r->summary, t->plan->d, j.period, !j.refused);
    if (j.refused)
        mark_refused(t, &j);
    if (t->to_correct && cells)
        correct_marked(r, t, j.period, cells);
    if (j.refused)
        return;
    plausible_row(r, t, row);
    pass_row(r, t, &j);
}
