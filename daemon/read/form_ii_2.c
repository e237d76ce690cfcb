// SPDX-License-Identifier: Apache-2.0
// The table is small (one row a school), so it is kept until its end, when the stages are known.
#include "read/form_ii_2.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/correct.h"
#include "read/fold.h"
#include "read/message.h"
#include "read/row.h"
#include "read/row_kind.h"

#define ROWS_MAX 20000

// One line of the table.
struct line {
    struct held_row *row;
    enum stage stage; // said by a heading; STAGE_NONE: not said
    unsigned block;   // by serial numbers starting again
    bool taken;       // joined to the same school's first line
    json_t *correct;  // its frame for the correction file
};

struct form_ii_2 {
    struct table *t;
    size_t plan;
    struct header_hit *hits; // per sheet column
    size_t width;
    uint32_t name_col, serial_col;
    enum stage heading; // of the block at hand
    enum stage named;   // by sheet, titles or file
    unsigned block;
    int serial; // the last one
    struct line *lines;
    size_t n_lines;
};

// The one stage a text names; STAGE_NONE if none or several.
static enum stage stage_in(struct reader *r, const char *text)
{
    fold_text(text, strlen(text), &r->scratch);
    bool primary = strstr(buf_str(&r->scratch), "小学") != NULL,
         junior = strstr(buf_str(&r->scratch), "初中") != NULL;
    return primary == junior ? STAGE_NONE : primary ? STAGE_PRIMARY : STAGE_JUNIOR;
}

static enum stage stage_named(struct reader *r, const struct header_place *at)
{
    enum stage s = stage_in(r, at->sheet);
    for (size_t i = at->n_titles; i-- > 0 && s == STAGE_NONE;) {
        const struct sheet_row *row = &at->titles[i]->row;
        for (size_t k = 0; k < row->n && s == STAGE_NONE; k++)
            s = row->cells[k].len < 400 ? stage_in(r, row->cells[k].text) : STAGE_NONE;
    }
    return s == STAGE_NONE ? stage_in(r, r->file_folded) : s;
}

static size_t column_for(const struct form_ii_2 *f, size_t col, enum stage stage)
{
    const struct header_hit *hit = &f->hits[col];
    if (hit->column == NO_COLUMN)
        return NO_COLUMN;
    if (hit->junior != NO_COLUMN)
        return stage == STAGE_PRIMARY ? hit->column : hit->junior;
    size_t part = f->t->plan->columns[hit->column].part[stage];
    return part == NO_COLUMN ? hit->column : part;
}

static void place_columns(struct reader *r, struct form_ii_2 *f, const struct header *h,
                          const struct header_place *at)
{
    const struct unit *line[UNIT_LIST_MAX];
    size_t n_line = titles_read(r, f->t, at, line);
    for (size_t col = 0; col < f->width; col++) {
        f->hits[col] = *header_hit(h, f->plan, col);
        for (enum stage s = STAGE_PRIMARY; s <= STAGE_JUNIOR; s++) {
            size_t c = column_for(f, col, s);
            if (c != NO_COLUMN && !f->t->columns[c].there)
                table_place(r, f->t, c, (uint32_t)col, 0, h->columns[col].title, h->columns[col].unit, line,
                            n_line);
            if (c != NO_COLUMN && c == f->t->plan->name)
                f->name_col = (uint32_t)col;
        }
        const struct header_column *hc = &h->columns[col];
        fold_text(hc->leaf ? hc->leaf : "", hc->leaf ? strlen(hc->leaf) : 0, &r->scratch);
        if (strcmp(buf_str(&r->scratch), "序号") == 0)
            f->serial_col = (uint32_t)col;
    }
}

struct form_ii_2 *form_ii_2_new(struct reader *r, const struct header *h, size_t plan,
                                const struct header_place *at)
{
    struct form_ii_2 *f = mem_alloc(sizeof *f);
    f->t = table_new(r, TABLE_II_2, r->plans[plan], at->sheet);
    f->plan = plan;
    f->width = h->width;
    f->hits = mem_array(h->width + 1, sizeof *f->hits);
    f->name_col = f->serial_col = NO_CELL;
    f->t->header_first = h->first_row;
    f->t->header_last = h->last_row;
    f->t->first_row = h->last_row + 1;
    f->named = stage_named(r, at);
    place_columns(r, f, h, at);
    titles_period(r, f->t, at);
    correct_head(r, f->t, at, h->width);
    table_announce(r, f->t);
    return f;
}

// A cell 小学 or 初中, alone in its row or in a column that means nothing else.
static enum stage heading_in(struct reader *r, const struct form_ii_2 *f, const struct sheet_row *row)
{
    size_t filled = row_filled(row);
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        bool free_column =
            c->col >= f->width || (f->hits[c->col].column == NO_COLUMN && c->col != f->serial_col);
        if (c->type != CELL_TEXT || c->len > 60 || (filled > 1 && !free_column))
            continue;
        fold_text(c->text, c->len, &r->scratch);
        fold_key(&r->scratch);
        const char *s = buf_str(&r->scratch);
        static const char *const before[] = {"一", "二", "1", "2"};
        for (size_t k = 0; k < ARRAY_SIZE(before); k++) {
            if (text_begins(s, before[k]) && stage_word(s + strlen(before[k])) != STAGE_NONE)
                return stage_word(s + strlen(before[k]));
        }
        if (stage_word(s) != STAGE_NONE)
            return stage_word(s);
    }
    return STAGE_NONE;
}

static void follow_serial(struct form_ii_2 *f, const struct sheet_row *row)
{
    const struct cell *c = f->serial_col == NO_CELL ? NULL : row_cell(row, f->serial_col);
    if (!c || c->len == 0 || c->len > 8)
        return;
    int serial = atoi(c->text);
    if (serial == 1 && f->serial > 0)
        f->block++;
    f->serial = serial > 0 ? serial : f->serial;
}

// Figures beside name and serial number; 小学 1 alone is the form's placeholder.
static bool has_figures(const struct form_ii_2 *f, const struct sheet_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        if (c->col < f->width && f->hits[c->col].column != NO_COLUMN && c->col != f->name_col &&
            !cell_is_blank(c))
            return true;
    }
    return false;
}

void form_ii_2_row(struct reader *r, struct form_ii_2 *f, const struct sheet_row *row)
{
    const struct cell *name = row_cell(row, f->name_col);
    enum skipped kind = SKIPPED_COUNT;
    enum stage heading = heading_in(r, f, row);
    if (heading != STAGE_NONE)
        f->heading = heading;
    if (row_filled(row) == 0)
        kind = SKIPPED_BLANK;
    else if (row_is_code_row(row, &r->scratch))
        kind = SKIPPED_CODE_ROW;
    else if (row_is_total(row, name, &r->scratch))
        kind = SKIPPED_TOTAL;
    else if (row_read_footer(row, r->summary, &r->scratch))
        kind = SKIPPED_NOTE;
    else if (heading != STAGE_NONE && row_filled(row) == 1)
        kind = SKIPPED_TITLE;
    else if (header_known_cells(row, r->index) >= 2)
        kind = SKIPPED_REPEATED_HEADER;
    else if (row_is_filler(row, &r->scratch))
        kind = SKIPPED_FILLER;
    if (kind == SKIPPED_COUNT || kind == SKIPPED_FILLER)
        follow_serial(f, row);
    if (kind == SKIPPED_COUNT && !has_figures(f, row))
        kind = row_is_note(row, &r->scratch) ? SKIPPED_NOTE : SKIPPED_FILLER;
    if (kind != SKIPPED_COUNT) {
        summary_skip(r->summary, kind);
        return;
    }
    if (f->n_lines >= ROWS_MAX)
        return;
    f->lines = mem_grow(f->lines, f->n_lines + 1, sizeof *f->lines);
    f->lines[f->n_lines++] = (struct line){.row = held_row_new(row), .stage = f->heading, .block = f->block};
}

static enum stage stage_of(const struct form_ii_2 *f, const struct line *l)
{
    if (l->stage != STAGE_NONE)
        return l->stage;
    if (f->named != STAGE_NONE)
        return f->named;
    if (f->block == 1)
        return l->block == 0 ? STAGE_PRIMARY : STAGE_JUNIOR;
    return STAGE_NONE;
}

static void set_line(struct reader *r, struct form_ii_2 *f, const struct line *l, bool first)
{
    enum stage stage = stage_of(f, l);
    for (size_t i = 0; i < l->row->row.n; i++) {
        const struct cell *c = &l->row->row.cells[i];
        size_t column = c->col < f->width ? column_for(f, c->col, stage) : NO_COLUMN;
        if (column == NO_COLUMN || !f->t->columns[column].there)
            continue;
        if (!first && f->t->plan->d->columns[column].stage != stage)
            continue; // what holds for the school as a whole stands in its first line
        row_set(r, f->t, column, c);
        f->t->cell_rows[column] = l->row->row.row;
    }
}

static void refuse_line(struct reader *r, struct form_ii_2 *f, struct line *l)
{
    row_clear(r, f->t);
    const struct cell *name = row_cell(&l->row->row, f->name_col);
    row_set(r, f->t, f->t->plan->name, name);
    struct place p = table_place_of(f->t, l->row->row.row, f->t->plan->name);
    complain(
        r->complaints, COMPLAINT_REFUSE, "stage_unclear", &p,
        str_dup(_(
            "Whether the row is of the primary or the junior stage cannot be told: neither a heading 小学 or 初中 nor "
            "the sheet's name nor serial numbers that start again say so. Please put 小学 or 初中 into a row above "
            "the block.")));
    summary_row(r->summary, f->t->plan->d, f->t->period, false);
    l->correct = correct_frame(r, f->t, f->t->period, &(struct correct_row){.cells = &l->row->row});
}

static bool same_school(const struct form_ii_2 *f, const struct line *a, const struct line *b)
{
    const struct cell *x = row_cell(&a->row->row, f->name_col), *y = row_cell(&b->row->row, f->name_col);
    size_t n, m;
    if (cell_is_blank(x) || cell_is_blank(y))
        return false;
    const char *s = text_trim(x->text, x->len, &n), *t = text_trim(y->text, y->len, &m);
    return n == m && memcmp(s, t, n) == 0;
}

// The other block's line of the same school. Two lines of one block are two rows, for the duplicates to
// judge.
static struct line *partner(const struct form_ii_2 *f, size_t i)
{
    for (size_t k = i + 1; k < f->n_lines; k++) {
        struct line *other = &f->lines[k];
        if (!other->taken && same_school(f, &f->lines[i], other) && stage_of(f, other) != STAGE_NONE &&
            stage_of(f, other) != stage_of(f, &f->lines[i]))
            return other;
    }
    return NULL;
}

// Which of the two lines of a school a column was read from or should stand in.
static const struct line *line_of(const struct form_ii_2 *f, const struct line *first,
                                  const struct line *second, size_t column)
{
    enum stage stage = f->t->plan->d->columns[column].stage;
    return second && stage != STAGE_NONE && stage == stage_of(f, second) ? second : first;
}

// The line with what is to be corrected in it; one that stands is kept as well, in case the roster does not
// know the name.
static json_t *line_frame(struct reader *r, struct form_ii_2 *f, const struct line *first,
                          const struct line *second, const struct line *l)
{
    struct table *t = f->t;
    CLEANUP_FREE uint32_t *bad = mem_array(t->plan->d->n_columns + 1, sizeof *bad);
    size_t n = 0;
    for (size_t c = 0; c < t->plan->d->n_columns && t->to_correct; c++) {
        if (t->marked[c] && t->columns[c].there && line_of(f, first, second, c) == l)
            bad[n++] = t->columns[c].col;
    }
    struct correct_row row = {.cells = &l->row->row, .bad = bad, .n_bad = n, .spare = !t->to_correct};
    return correct_frame(r, t, t->judged_period, &row);
}

static void judge(struct reader *r, struct form_ii_2 *f, size_t i)
{
    struct line *l = &f->lines[i], *other = partner(f, i);
    row_clear(r, f->t);
    set_line(r, f, l, true);
    if (other) {
        other->taken = true;
        set_line(r, f, other, false);
    }
    row_judge(r, f->t, l->row->row.row, NULL);
    if (f->t->refused)
        return;
    l->correct = line_frame(r, f, l, other, l);
    if (other)
        other->correct = line_frame(r, f, l, other, other);
}

// Lines to be corrected, each under a heading that says its stage whatever the file is called then.
static void pass_corrections(struct reader *r, struct form_ii_2 *f)
{
    enum stage stage = STAGE_NONE;
    unsigned block = UINT_MAX;
    for (size_t i = 0; i < f->n_lines; i++) {
        struct line *l = &f->lines[i];
        enum stage own = stage_of(f, l);
        if (l->correct && (own != stage || (own == STAGE_NONE && l->block != block))) {
            const char *text = own == STAGE_PRIMARY  ? "小学"
                               : own == STAGE_JUNIOR ? "初中"
                                                     : _("(put 小学 or 初中 here)");
            correct_heading(r, f->t, l->row->row.row, text, own == STAGE_NONE);
            stage = own;
            block = l->block;
        }
        correct_pass(r, f->t, l->correct);
        l->correct = NULL;
    }
}

static void refuse_without_period(struct reader *r, struct form_ii_2 *f)
{
    enum period_kind kind = f->t->plan->d->period;
    size_t column = f->t->plan->period;
    bool own = column != NO_COLUMN && f->t->columns[column].there;
    if (!own && !*f->t->period && kind != PERIOD_NONE)
        table_refuse(
            r, f->t, "no_period", NO_COLUMN,
            str_printf(
                _("Which %1$s the form is of is not said. Please put it into the name of the file, such as "
                  "%2$s, and hand it in again."),
                message_period_word(kind), message_period_example(kind)));
}

struct form_ii_2 *form_ii_2_finish(struct reader *r, struct form_ii_2 *f)
{
    if (f->n_lines)
        refuse_without_period(r, f);
    for (size_t i = 0; i < f->n_lines; i++) {
        struct line *l = &f->lines[i];
        if (l->taken)
            continue;
        if (stage_of(f, l) == STAGE_NONE)
            refuse_line(r, f, l);
        else
            judge(r, f, i);
    }
    table_finish(r, f->t);
    pass_corrections(r, f);
    summary_table(r->summary, f->t->header_first, f->t->header_last, f->t->rows);
    return form_ii_2_free(f);
}

struct form_ii_2 *form_ii_2_free(struct form_ii_2 *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < f->n_lines; i++) {
        json_decref(f->lines[i].correct);
        free(f->lines[i].row);
    }
    free(f->lines);
    free(f->hits);
    table_free(f->t);
    free(f);
    return NULL;
}
