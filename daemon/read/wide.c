// SPDX-License-Identifier: Apache-2.0
// Rows of wide tables. An ordinary row of data costs a few looks at its key cells before its values are read;
// only rows with a strange key are examined closely.
#include "read/wide.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/correct.h"
#include "read/fold.h"
#include "read/message.h"
#include "read/row.h"
#include "read/row_kind.h"

#define TITLES_MAX 16
#define UNKNOWN_MAX 20

struct wide {
    struct table *t;
    size_t *column_at; // sheet column → dataset column or NO_COLUMN
    size_t width;
    uint32_t entity_col, name_col;            // NO_CELL: none
    struct held_row *recent[WIDE_RECENT_MAX]; // texts since the last row of data
    size_t n_recent;
};

size_t titles_read(struct reader *r, struct table *t, const struct header_place *at,
                   const struct unit *ret_line[UNIT_LIST_MAX])
{
    size_t n_line = 0;
    for (size_t i = 0; i < at->n_titles; i++) {
        const struct sheet_row *row = &at->titles[i]->row;
        if (!at->titles[i]->counted)
            summary_skip(r->summary, SKIPPED_TITLE);
        (void)row_read_footer(row, r->summary, &r->scratch);
        for (size_t k = 0; k < row->n && n_line == 0; k++) {
            fold_text(row->cells[k].text, row->cells[k].len, &r->scratch);
            n_line = unit_line(buf_str(&r->scratch), ret_line);
            if (n_line)
                table_keep_head(t, row);
        }
    }
    for (size_t i = 0; i < at->n_rows; i++)
        table_keep_head(t, &at->rows[i]->row);
    for (size_t i = 0; i < n_line; i++)
        summary_unit(r->summary, ret_line[i]->text);
    return n_line;
}

void titles_period(struct reader *r, struct table *t, const struct header_place *at)
{
    const char *titles[TITLES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < at->n_titles; i++) {
        const struct sheet_row *row = &at->titles[i]->row;
        for (size_t k = 0; k < row->n && n < TITLES_MAX; k++) {
            if (row->cells[k].type == CELL_TEXT && row->cells[k].len < 400)
                titles[n++] = row->cells[k].text;
        }
    }
    table_find_period(r, t, titles, n);
}

static bool is_ornament(const char *key)
{
    static const char *const known[] = {"序号", "备注", "编号", "说明", "行号", "备注说明"};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(key, known[i]) == 0)
            return true;
    }
    return false;
}

void headers_unknown(struct reader *r, const struct table *t, const struct header *h, size_t plan)
{
    struct buf list = BUF_INIT;
    size_t n = 0;
    for (size_t col = 0; col < h->width; col++) {
        const struct header_column *c = &h->columns[col];
        if (!c->leaf || header_hit(h, plan, col)->column != NO_COLUMN)
            continue;
        fold_text(c->leaf, strlen(c->leaf), &r->scratch);
        fold_key(&r->scratch);
        if (!r->scratch.len || is_ornament(r->scratch.data) || stage_word(r->scratch.data) != STAGE_NONE)
            continue;
        char cell[CELL_NAME_MAX];
        cell_name(c->leaf_row, (uint32_t)col, cell);
        if (n++ >= UNKNOWN_MAX)
            continue;
        const char *title = c->title ? c->title : c->leaf;
        buf_addf(&list, "%s%s“", list.len ? "、" : "", cell);
        text_add_cut(&list, title, strlen(title), 120);
        buf_adds(&list, "”");
    }
    if (n > UNKNOWN_MAX)
        buf_adds(&list, "…");
    struct place p = table_place_of(t, NO_ROW, NO_COLUMN);
    if (n)
        complain(r->complaints, COMPLAINT_NOTE, "header_unknown", &p,
                 str_printf(_("These columns are not known and were left out: %s."), buf_str(&list)));
    buf_deinit(&list);
}

static void refuse_twice(struct reader *r, struct table *t, const struct header *h, size_t plan)
{
    const struct header_score *s = &h->scores[plan];
    const struct header_column *a = &h->columns[s->twice_at[0]], *b = &h->columns[s->twice_at[1]];
    char cells[2][CELL_NAME_MAX];
    cell_name(a->leaf_row, s->twice_at[0], cells[0]);
    cell_name(b->leaf_row, s->twice_at[1], cells[1]);
    table_refuse(
        r, t, "header_twice", s->twice,
        str_printf(
            _("%1$s “%2$s” and %3$s “%4$s” both mean “%5$s”. Nothing was stored, since it is not clear "
              "which of them holds; please take one out or rename it."),
            cells[0], a->title, cells[1], b->title, t->plan->d->columns[s->twice].header));
}

static void place_columns(struct reader *r, struct wide *w, const struct header *h, size_t plan,
                          const struct unit *const *line, size_t n_line)
{
    struct table *t = w->t;
    for (size_t col = 0; col < h->width; col++) {
        const struct header_hit *hit = header_hit(h, plan, col);
        w->column_at[col] = NO_COLUMN;
        if (hit->column == NO_COLUMN || hit->junior != NO_COLUMN)
            continue;
        table_place(r, t, hit->column, (uint32_t)col, 0, h->columns[col].title, h->columns[col].unit, line,
                    n_line);
        if (t->columns[hit->column].there)
            w->column_at[col] = hit->column;
        if (hit->column == t->plan->entity)
            w->entity_col = (uint32_t)col;
        if (hit->column == t->plan->name)
            w->name_col = (uint32_t)col;
    }
}

static void refuse_without_period(struct reader *r, struct table *t)
{
    enum period_kind kind = t->plan->d->period;
    bool own = t->plan->period != NO_COLUMN && t->columns[t->plan->period].there;
    if (own || *t->period || kind == PERIOD_NONE)
        return;
    table_refuse(
        r, t, "no_period", NO_COLUMN,
        str_printf(
            _("Which %1$s the figures are of is not said: there is no such column, and the file's name does "
              "not say it either. Please put it into the name of the file, such as %2$s, and hand it in "
              "again."),
            message_period_word(kind), message_period_example(kind)));
}

struct wide *wide_new(struct reader *r, const struct header *h, size_t plan, const struct header_place *at)
{
    const struct unit *line[UNIT_LIST_MAX];
    struct wide *w = mem_alloc(sizeof *w);
    w->t = table_new(r, TABLE_WIDE, r->plans[plan], at->sheet);
    w->width = h->width;
    w->column_at = mem_array(h->width + 1, sizeof *w->column_at);
    w->entity_col = w->name_col = NO_CELL;
    w->t->header_first = h->first_row;
    w->t->header_last = h->last_row;
    w->t->first_row = h->last_row + 1;
    size_t n_line = titles_read(r, w->t, at, line);
    titles_period(r, w->t, at);
    place_columns(r, w, h, plan, line, n_line);
    correct_head(r, w->t, at, h->width);
    table_announce(r, w->t);
    headers_unknown(r, w->t, h, plan);
    if (h->scores[plan].twice != NO_COLUMN)
        refuse_twice(r, w->t, h, plan);
    return w;
}

// Codes are ASCII letters and digits; anything else in the key deserves a closer look.
static bool key_is_strange(const struct wide *w, const struct sheet_row *row)
{
    const struct cell *c = w->entity_col == NO_CELL ? NULL : row_cell(row, w->entity_col);
    if (!c || !c->len || c->type == CELL_ERROR || c->type == CELL_NO_VALUE)
        return true;
    bool alnum = false;
    for (size_t i = 0; i < c->len; i++) {
        unsigned char b = (unsigned char)c->text[i];
        if (b >= 0x80)
            return true;
        alnum = alnum || (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
    }
    return !alnum;
}

static bool same_text(const struct cell *a, const struct cell *b)
{
    return a && b && a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

// Every filled cell stands under the same title in one of the header's rows. One that differs makes it
// another header: 初中学生人数 where 小学学生人数 stood must not be overlooked.
static bool repeats_header(const struct wide *w, const struct sheet_row *row)
{
    for (size_t i = 0; i < w->t->n_head; i++) {
        bool same = true;
        for (size_t k = 0; k < row->n && same; k++)
            same = cell_is_blank(&row->cells[k]) ||
                   same_text(&row->cells[k], row_cell(&w->t->head[i]->row, row->cells[k].col));
        if (same)
            return true;
    }
    return false;
}

static void drop_recent(struct wide *w)
{
    for (size_t i = 0; i < w->n_recent; i++)
        free(w->recent[i]);
    w->n_recent = 0;
}

// A row of text between blocks may be the title of the next one, or the top row of its header.
static void keep_recent(struct wide *w, const struct sheet_row *row)
{
    if (w->n_recent == WIDE_RECENT_MAX) {
        free(w->recent[0]);
        memmove(w->recent, w->recent + 1, --w->n_recent * sizeof *w->recent);
    }
    w->recent[w->n_recent] = held_row_new(row);
    w->recent[w->n_recent++]->counted = true;
}

size_t wide_take_recent(struct wide *w, struct held_row *ret[WIDE_RECENT_MAX])
{
    size_t n = w->n_recent;
    memcpy(ret, w->recent, n * sizeof *ret);
    w->n_recent = 0;
    return n;
}

static bool begins_header(struct reader *r, const struct sheet_row *row)
{
    size_t known = header_known_cells(row, r->index);
    return known >= 2 && known * 2 >= row_filled(row) && !row_looks_like_data(row, &r->scratch);
}

static bool fills_any_column(const struct wide *w, const struct sheet_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        if (c->col < w->width && w->column_at[c->col] != NO_COLUMN && !cell_is_blank(c))
            return true;
    }
    return false;
}

// For rows with a strange key. True: the row is no data and has been counted.
static bool skip_strange(struct reader *r, struct wide *w, const struct sheet_row *row)
{
    enum skipped kind = SKIPPED_COUNT;
    if (row_filled(row) == 0)
        kind = SKIPPED_BLANK;
    else if (repeats_header(w, row))
        kind = SKIPPED_REPEATED_HEADER;
    else if (w->t->rows == 0 && row_is_code_row(row, &r->scratch))
        kind = SKIPPED_CODE_ROW;
    else if (row_is_filler(row, &r->scratch))
        kind = SKIPPED_FILLER;
    else if (row_read_footer(row, r->summary, &r->scratch) || row_is_note(row, &r->scratch))
        kind = SKIPPED_NOTE;
    else if (!fills_any_column(w, row))
        kind = row_looks_like_data(row, &r->scratch) ? SKIPPED_FILLER : SKIPPED_NOTE;
    if (kind == SKIPPED_COUNT)
        return false;
    if (kind == SKIPPED_NOTE)
        keep_recent(w, row);
    summary_skip(r->summary, kind);
    return true;
}

static void judge(struct reader *r, struct wide *w, const struct sheet_row *row)
{
    drop_recent(w);
    if (w->t->rows == 0 && !w->t->refused)
        refuse_without_period(r, w->t);
    row_clear(r, w->t);
    for (size_t i = 0; i < row->n; i++) {
        uint32_t col = row->cells[i].col;
        if (col < w->width && w->column_at[col] != NO_COLUMN)
            row_set(r, w->t, w->column_at[col], &row->cells[i]);
    }
    row_judge(r, w->t, row->row, row);
}

enum wide_step wide_row(struct reader *r, struct wide *w, const struct sheet_row *row)
{
    bool strange = key_is_strange(w, row);
    const struct cell *name = w->name_col == NO_CELL ? NULL : row_cell(row, w->name_col);
    if (!strange && w->t->rows == 0 && row_is_code_row(row, &r->scratch)) {
        summary_skip(r->summary, SKIPPED_CODE_ROW);
        return WIDE_TAKEN;
    }
    if (row_is_total(row, name, &r->scratch)) {
        summary_skip(r->summary, SKIPPED_TOTAL);
        return WIDE_TAKEN;
    }
    if (strange && skip_strange(r, w, row))
        return WIDE_TAKEN;
    if (strange && begins_header(r, row))
        return WIDE_NEW_HEADER;
    judge(r, w, row);
    return WIDE_TAKEN;
}

struct wide *wide_finish(struct reader *r, struct wide *w)
{
    if (!w)
        return NULL;
    if (r) {
        table_finish(r, w->t);
        summary_table(r->summary, w->t->header_first, w->t->header_last, w->t->rows);
    }
    drop_recent(w);
    table_free(w->t);
    free(w->column_at);
    free(w);
    return NULL;
}
