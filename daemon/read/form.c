// SPDX-License-Identifier: Apache-2.0
// Items are kept until the sheet ends, since only all of them together say which dataset the form is of.
#include "read/form.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/correct.h"
#include "read/fold.h"
#include "read/message.h"
#include "read/recognise.h"
#include "read/row.h"
#include "read/row_kind.h"
#include "read/wide.h"

#define ITEMS_MAX 1000

struct item {
    struct held_row *row;
    const struct cell *title, *value; // value NULL: empty
    bool owed;
};

struct form {
    char *sheet;
    struct held_row *header;
    uint32_t title_col, value_col, unit_col, owed_col; // NO_CELL: none
    struct item *items;
    size_t n_items, n_values;
};

static uint32_t find_title(struct reader *r, const struct sheet_row *row, const char *const *words, size_t n)
{
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        if (c->type != CELL_TEXT || c->len > 60)
            continue;
        fold_text(c->text, c->len, &r->scratch);
        fold_key(&r->scratch);
        for (size_t k = 0; k < n; k++) {
            if (strcmp(buf_str(&r->scratch), words[k]) == 0)
                return c->col;
        }
    }
    return NO_CELL;
}

struct form *form_begin(struct reader *r, const struct sheet_row *row, const char *sheet)
{
    static const char *const titles[] = {"填报项目", "填报指标", "填报内容项目"}, *const values[] = {
                                                                                      "填报值", "填报数值",
                                                                                      "填写值"};
    static const char *const units[] = {"单位", "计量单位"}, *const owed[] = {"是否必填", "必填"};
    struct form f = {0};
    f.title_col = find_title(r, row, titles, ARRAY_SIZE(titles));
    f.value_col = f.title_col == NO_CELL ? NO_CELL : find_title(r, row, values, ARRAY_SIZE(values));
    if (f.value_col == NO_CELL)
        return NULL;
    f.unit_col = find_title(r, row, units, ARRAY_SIZE(units));
    f.owed_col = find_title(r, row, owed, ARRAY_SIZE(owed));
    f.sheet = str_dup(sheet);
    f.header = held_row_new(row);
    struct form *heap = mem_alloc(sizeof *heap);
    *heap = f;
    return heap;
}

struct form *form_free(struct form *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < f->n_items; i++)
        free(f->items[i].row);
    free(f->header);
    free(f->items);
    free(f->sheet);
    free(f);
    return NULL;
}

void form_row(struct reader *r, struct form *f, const struct sheet_row *row)
{
    const struct cell *title = row_cell(row, f->title_col);
    if (row_filled(row) == 0) {
        summary_skip(r->summary, SKIPPED_BLANK);
        return;
    }
    if (cell_is_blank(title) || row_is_note(row, &r->scratch)) {
        (void)row_read_footer(row, r->summary, &r->scratch);
        summary_skip(r->summary, SKIPPED_NOTE);
        return;
    }
    if (f->n_items >= ITEMS_MAX)
        return;
    struct item it = {.row = held_row_new(row)};
    it.title = row_cell(&it.row->row, f->title_col);
    it.value = row_cell(&it.row->row, f->value_col);
    if (cell_is_blank(it.value))
        it.value = NULL;
    const struct cell *owed = f->owed_col == NO_CELL ? NULL : row_cell(row, f->owed_col);
    if (owed) {
        fold_text(owed->text, owed->len, &r->scratch);
        it.owed = strcmp(buf_str(&r->scratch), "是") == 0;
    }
    f->items = mem_grow(f->items, f->n_items + 1, sizeof *f->items);
    f->items[f->n_items++] = it;
    f->n_values += it.value != NULL;
}

// All items against all datasets.
struct form_match {
    struct header_hit *hits; // item × plan
    const struct unit **units;
    size_t plan, matched; // best; SIZE_MAX none
    size_t tie;           // another as good, else SIZE_MAX
    size_t nearest, nearest_matched;
    bool other; // best is none the source may hand in
};

static bool keys_there(const struct form_match *m, const struct form *f, const struct reader *r, size_t plan)
{
    const struct plan *p = r->plans[plan];
    for (size_t c = 0; c < p->d->n_columns; c++) {
        bool there = false;
        for (size_t i = 0; i < f->n_items && !there; i++)
            there = m->hits[i * r->n_plans + plan].column == c;
        if (!there && plan_key_needed(p, c))
            return false;
    }
    return true;
}

static void choose(struct form_match *m, const struct form *f, const struct reader *r, bool allowed)
{
    for (size_t p = 0; p < r->n_plans; p++) {
        size_t matched = 0;
        for (size_t i = 0; i < f->n_items; i++) {
            const struct header_hit *hit = &m->hits[i * r->n_plans + p];
            matched += hit->column != NO_COLUMN && hit->junior == NO_COLUMN;
        }
        if (r->plans[p]->allowed != allowed || matched == 0)
            continue;
        if (matched > m->nearest_matched) {
            m->nearest = p;
            m->nearest_matched = matched;
        }
        if (matched < m->matched || !keys_there(m, f, r, p) || !recognise_enough(matched, f->n_items))
            continue;
        m->tie = matched == m->matched ? p : SIZE_MAX;
        m->plan = m->tie == SIZE_MAX ? p : m->plan;
        m->matched = matched;
    }
}

static struct form_match match_items(const struct form *f, struct reader *r)
{
    struct form_match m = {.plan = SIZE_MAX, .tie = SIZE_MAX, .nearest = SIZE_MAX};
    m.hits = mem_array(f->n_items * r->n_plans + 1, sizeof *m.hits);
    m.units = mem_array(f->n_items + 1, sizeof *m.units);
    for (size_t i = 0; i < f->n_items; i++) {
        const struct cell *unit =
            f->unit_col == NO_CELL ? NULL : row_cell(&f->items[i].row->row, f->unit_col);
        header_match_text(f->items[i].title->text, f->items[i].title->len, r->plans, r->n_plans, r->index,
                          &m.hits[i * r->n_plans], &m.units[i]);
        if (unit && !m.units[i]) {
            fold_text(unit->text, unit->len, &r->scratch);
            m.units[i] = unit_find(buf_str(&r->scratch), r->scratch.len);
        }
    }
    choose(&m, f, r, true);
    if (m.plan == SIZE_MAX) {
        choose(&m, f, r, false);
        m.other = m.plan != SIZE_MAX;
    }
    return m;
}

// Two items mean one column: the filled one counts; two filled ones contradict each other.
static void place_item(struct reader *r, struct table *t, const struct item *it, size_t column,
                       const struct unit *unit, uint32_t value_col)
{
    struct table_column *tc = &t->columns[column];
    if (tc->there && t->values[column].cell) {
        if (!it->value)
            return;
        char cells[2][CELL_NAME_MAX];
        cell_name(tc->row, tc->col, cells[0]);
        cell_name(it->row->row.row, value_col, cells[1]);
        table_refuse(
            r, t, "header_twice", column,
            str_printf(
                _("%1$s and %2$s both give “%3$s”. Nothing was stored, since it is not clear which of them "
                  "holds; please leave one empty."),
                cells[0], cells[1], t->plan->d->columns[column].header));
        return;
    }
    free(tc->header);
    char *header = str_ndup(it->title->text, it->title->len);
    table_place(r, t, column, value_col, it->row->row.row, header, unit, NULL, 0);
    tc->form_owed = it->owed;
    free(header);
    // Read once all is placed; here only the cell is remembered.
    t->values[column].cell = it->value;
}

static void note_unknown(struct reader *r, const struct table *t, const struct form *f,
                         const struct form_match *m)
{
    struct buf list = BUF_INIT;
    size_t n = 0;
    for (size_t i = 0; i < f->n_items; i++) {
        const struct header_hit *hit = &m->hits[i * r->n_plans + m->plan];
        char cell[CELL_NAME_MAX];
        if (hit->column != NO_COLUMN && hit->junior == NO_COLUMN)
            continue;
        cell_name(f->items[i].row->row.row, f->title_col, cell);
        if (n++ >= 20)
            continue;
        buf_addf(&list, "%s%s“", list.len ? "、" : "", cell);
        text_add_cut(&list, f->items[i].title->text, f->items[i].title->len, 120);
        buf_adds(&list, "”");
    }
    struct place p = table_place_of(t, NO_ROW, NO_COLUMN);
    if (n)
        complain(r->complaints, COMPLAINT_NOTE, "header_unknown", &p,
                 str_printf(_("These items are not known and were left out: %s."), buf_str(&list)));
    buf_deinit(&list);
}

static void refuse_without_period(struct reader *r, struct table *t)
{
    enum period_kind kind = t->plan->d->period;
    bool own = t->plan->period != NO_COLUMN && t->values[t->plan->period].cell;
    if (!own && !*t->period && kind != PERIOD_NONE)
        table_refuse(
            r, t, "no_period", NO_COLUMN,
            str_printf(
                _("Which %1$s the form is of is not said. Please put it into the name of the file, such as "
                  "%2$s, and hand it in again."),
                message_period_word(kind), message_period_example(kind)));
}

static bool is_marked(const struct table *t, uint32_t row)
{
    for (size_t c = 0; c < t->plan->d->n_columns; c++) {
        if (t->marked[c] && t->columns[c].there && t->columns[c].row == row)
            return true;
    }
    return false;
}

// The period as an item of its own, where the form has none or leaves it empty.
static void pass_period(struct reader *r, struct table *t, const struct form *f)
{
    const struct held_row *last = f->items[f->n_items - 1].row;
    struct cell cells[2];
    const char *header = t->plan->d->columns[t->plan->period].header;
    struct cell title = {.col = f->title_col, .type = CELL_TEXT, .text = header, .len = strlen(header)},
                value = {.col = f->value_col, .type = CELL_TEXT, .text = t->period, .len = strlen(t->period)};
    bool title_first = title.col < value.col;
    cells[0] = title_first ? title : value;
    cells[1] = title_first ? value : title;
    struct sheet_row row = {.row = last->row.row + 1, .cells = cells, .n = 2};
    correct_pass(r, t, correct_frame(r, t, t->period, &(struct correct_row){.cells = &row}));
}

// The whole form, with what is to be corrected.
static void pass_correction(struct reader *r, struct table *t, const struct form *f)
{
    struct held_row *const head[] = {f->header};
    size_t period = t->plan->period;
    bool said = period == NO_COLUMN || !*t->period;
    correct_head(r, t, &(struct header_place){.sheet = f->sheet, .rows = head, .n_rows = 1},
                 HEADER_WIDTH_MAX);
    for (size_t i = 0; i < f->n_items; i++) {
        const struct sheet_row *row = &f->items[i].row->row;
        struct correct_row c = {.cells = row, .bad = &f->value_col, .n_bad = is_marked(t, row->row)};
        if (period != NO_COLUMN && t->columns[period].there && t->columns[period].row == row->row) {
            said |= t->values[period].cell != NULL;
            if (!said)
                continue; // an empty item; it follows below with its value
        }
        correct_pass(r, t, correct_frame(r, t, t->period, &c));
    }
    if (!said)
        pass_period(r, t, f);
}

static void judge(struct reader *r, const struct form *f, const struct form_match *m,
                  const char *const *titles, size_t n_titles)
{
    struct table *t = table_new(r, TABLE_FORM, r->plans[m->plan], f->sheet);
    t->header_first = t->header_last = f->header->row.row;
    t->first_row = f->items[0].row->row.row;
    table_find_period(r, t, titles, n_titles);
    for (size_t i = 0; i < f->n_items; i++) {
        const struct header_hit *hit = &m->hits[i * r->n_plans + m->plan];
        if (hit->column != NO_COLUMN && hit->junior == NO_COLUMN)
            place_item(r, t, &f->items[i], hit->column, m->units[i], f->value_col);
    }
    table_announce(r, t);
    note_unknown(r, t, f, m);
    refuse_without_period(r, t);
    const struct cell **cells = mem_array(t->plan->d->n_columns + 1, sizeof *cells);
    for (size_t c = 0; c < t->plan->d->n_columns; c++)
        cells[c] = t->values[c].cell;
    row_clear(r, t);
    for (size_t c = 0; c < t->plan->d->n_columns; c++) {
        if (t->columns[c].there)
            row_set(r, t, c, cells[c]);
    }
    free(cells);
    row_judge(r, t, t->first_row, NULL);
    if (t->to_correct)
        pass_correction(r, t, f);
    table_finish(r, t);
    summary_table(r->summary, t->header_first, t->header_last, t->rows);
    table_free(t);
}

static char *why_not(const struct form *f, const struct form_match *m, struct reader *r)
{
    if (m->tie != SIZE_MAX)
        return str_printf(_("The form fits “%1$s” as well as “%2$s”."), r->plans[m->plan]->d->title,
                          r->plans[m->tie]->d->title);
    if (m->other)
        return str_printf(_("The form is of the kind “%1$s”, which the source %2$s may not hand in."),
                          r->plans[m->plan]->d->title, r->job->source);
    if (m->nearest == SIZE_MAX)
        return str_dup(_("None of the items of the form is known."));
    struct buf missing = BUF_INIT;
    const struct plan *p = r->plans[m->nearest];
    for (size_t c = 0; c < p->d->n_columns; c++) {
        bool there = false;
        for (size_t i = 0; i < f->n_items && !there; i++)
            there = m->hits[i * r->n_plans + m->nearest].column == c;
        if (!there && plan_key_needed(p, c))
            buf_addf(&missing, "%s“%s”", missing.len ? "、" : "", p->d->columns[c].header);
    }
    char *why = missing.len ? str_printf(_("The form looks most like “%1$s”, but lacks %2$s."), p->d->title,
                                         buf_str(&missing))
                            : str_printf(_("The form looks most like “%1$s”, but has too few of its items."),
                                         p->d->title);
    buf_deinit(&missing);
    return why;
}

struct form *form_finish(struct reader *r, struct form *f, const char *const *titles, size_t n_titles,
                         char **ret_why)
{
    struct form_match m = match_items(f, r);
    *ret_why = NULL;
    const char *code = "not_recognised";
    if (r->n_tables >= TABLES_MAX) {
        *ret_why = str_dup(_("The file holds too many tables; what follows was not read."));
        code = "too_many_tables";
    } else if (m.plan == SIZE_MAX || m.tie != SIZE_MAX || m.other) {
        *ret_why = why_not(f, &m, r);
        code = m.other ? "not_allowed" : m.tie != SIZE_MAX ? "tie" : code;
    } else if (f->n_values == 0) {
        code = "empty_form";
        *ret_why = str_printf(
            _("The form “%s” is still empty: no item has a value. Please fill it in and hand it in again."),
            r->plans[m.plan]->d->title);
    } else {
        judge(r, f, &m, titles, n_titles);
    }
    if (*ret_why)
        summary_reject_if_empty(r->summary, code, *ret_why);
    free(m.hits);
    free(m.units);
    return form_free(f);
}
