// SPDX-License-Identifier: Apache-2.0
// Only the rows before a header are kept, and few of them: a sheet that shows no header soon is left.
#include "read/sheet_reader.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/fold.h"
#include "read/form.h"
#include "read/form_ii_2.h"
#include "read/recognise.h"
#include "read/row_kind.h"
#include "read/wide.h"

#define HELD_MAX 40
#define HELD_BYTES (1u << 20)
#define SEARCH_MAX 300 // rows without a header, after which a sheet is left
#define LOOKS_LIKE_DATA 3

// The best header found among the held rows.
struct candidate {
    struct header *header;
    struct recognition found;
    size_t from, rows;
};

// What to say of a file in which nothing was recognised: of the sheet that came closest.
struct nearest {
    char *sentence;
    const char *code;
    size_t matched;
};

struct sheet_reader {
    struct reader *r;
    struct nearest nearest;
    // The sheet at hand.
    char *name, *names_folded;
    struct merge *merges;
    size_t n_merges;
    bool hidden, left, used, blank_before;
    char *why;
    struct held_row *held[HELD_MAX];
    size_t n_held, held_bytes, searched;
    uint32_t last_row;
    struct wide *wide;
    struct form *form;
    struct form_ii_2 *ii_2;
};

struct sheet_reader *sheet_reader_new(struct reader *r)
{
    struct sheet_reader *s = mem_alloc(sizeof *s);
    s->r = r;
    return s;
}

static void drop_held(struct sheet_reader *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->held_bytes -= s->held[i]->bytes;
        free(s->held[i]);
    }
    memmove(s->held, s->held + n, (s->n_held - n) * sizeof *s->held);
    s->n_held -= n;
}

static void clear_sheet(struct sheet_reader *s)
{
    drop_held(s, s->n_held);
    s->wide = wide_finish(NULL, s->wide);
    s->form = form_free(s->form);
    s->ii_2 = form_ii_2_free(s->ii_2);
    free(s->name);
    free(s->names_folded);
    free(s->merges);
    free(s->why);
    s->name = s->names_folded = s->why = NULL;
    s->merges = NULL;
    s->hidden = s->left = s->used = s->blank_before = false;
    s->searched = s->n_merges = 0;
    s->last_row = 0;
}

struct sheet_reader *sheet_reader_free(struct sheet_reader *s)
{
    if (!s)
        return NULL;
    clear_sheet(s);
    free(s->nearest.sentence);
    free(s);
    return NULL;
}

static int on_begin(void *arg, const struct sheet_info *sheet, struct error *err)
{
    struct sheet_reader *s = arg;
    (void)err;
    clear_sheet(s);
    s->r->sheet_no = sheet->index;
    s->name = str_dup(sheet->name);
    struct buf names = BUF_INIT;
    fold_text(sheet->name, strlen(sheet->name), &names);
    buf_addf(&names, "\n%s", s->r->file_folded);
    s->names_folded = buf_take(&names);
    s->n_merges = sheet->merges_known ? sheet->n_merges : 0;
    s->merges = mem_array(s->n_merges + 1, sizeof *s->merges);
    if (s->n_merges)
        memcpy(s->merges, sheet->merges, s->n_merges * sizeof *s->merges);
    s->hidden = sheet->hidden;
    s->left = sheet->hidden;
    return s->left ? 1 : emit_error(s->r->emit);
}

// Better: recognised before not, more headers, then fewer rows.
static bool is_better(const struct candidate *a, const struct candidate *b)
{
    if (!b->header || (a->found.kind != RECOGNISED_NOT) != (b->found.kind != RECOGNISED_NOT))
        return !b->header || a->found.kind != RECOGNISED_NOT;
    if ((a->found.kind == RECOGNISED_OTHER) != (b->found.kind == RECOGNISED_OTHER))
        return b->found.kind == RECOGNISED_OTHER;
    size_t x = a->found.kind == RECOGNISED_NOT ? a->found.nearest_matched : a->found.matched;
    size_t y = b->found.kind == RECOGNISED_NOT ? b->found.nearest_matched : b->found.matched;
    return x > y || (x == y && a->rows < b->rows);
}

static void try_block(struct sheet_reader *s, size_t from, size_t rows, struct candidate *best)
{
    struct reader *r = s->r;
    struct candidate c = {.from = from, .rows = rows};
    c.header = header_new(s->held + from, rows, s->merges, s->n_merges, r->plans, r->n_plans, r->index);
    c.found = recognise(c.header, r->plans, s->names_folded);
    if (is_better(&c, best)) {
        header_free(best->header);
        *best = c;
    } else {
        header_free(c.header);
    }
}

// Headers whose lowest row is one of held[first..last].
static struct candidate find_header(struct sheet_reader *s, size_t first, size_t last)
{
    struct candidate best = {0};
    for (size_t b = first; b <= last && b < s->n_held; b++) {
        if (row_is_code_row(&s->held[b]->row, &s->r->scratch))
            continue;
        for (size_t rows = 1; rows <= HEADER_ROWS_MAX && rows <= b + 1; rows++) {
            try_block(s, b + 1 - rows, rows, &best);
            if (s->held[b + 1 - rows]->after_blank)
                break;
        }
    }
    return best;
}

// A row of units below the titles belongs to the header.
static void take_unit_row(struct sheet_reader *s, struct candidate *c)
{
    size_t next = c->from + c->rows;
    if (next >= s->n_held || c->rows >= HEADER_ROWS_MAX || !row_is_units(&s->held[next]->row, &s->r->scratch))
        return;
    struct candidate more = {0};
    try_block(s, c->from, c->rows + 1, &more);
    if (more.found.kind == c->found.kind && more.found.matched >= c->found.matched) {
        header_free(c->header);
        *c = more;
    } else {
        header_free(more.header);
    }
}

static void set_why(struct sheet_reader *s, char *why)
{
    free(s->why);
    s->why = why;
}

static void remember_nearest(struct sheet_reader *s, const char *code, size_t matched, const char *sentence)
{
    if (s->nearest.sentence && matched <= s->nearest.matched)
        return;
    free(s->nearest.sentence);
    s->nearest = (struct nearest){.sentence = str_dup(sentence), .code = code, .matched = matched};
}

static void refuse_sheet(struct sheet_reader *s, const char *code, size_t matched, char *why)
{
    struct place p = {.table = -1, .sheet = s->name, .cell_col = NO_CELL};
    remember_nearest(s, code, matched + 1000, why);
    complain(s->r->complaints, COMPLAINT_REFUSE, code, &p, str_dup(why));
    set_why(s, why);
    s->left = true;
}

static void pass_row(struct sheet_reader *s, const struct sheet_row *row, bool after_blank);

// The rows that were held below the header are its table's first ones.
static void pass_held(struct sheet_reader *s, size_t from)
{
    struct held_row *rest[HELD_MAX];
    size_t n = s->n_held - from;
    memcpy(rest, s->held + from, n * sizeof *rest);
    for (size_t i = 0; i < n; i++)
        s->held_bytes -= rest[i]->bytes;
    s->n_held = from;
    drop_held(s, s->n_held);
    for (size_t i = 0; i < n; i++) {
        pass_row(s, &rest[i]->row, rest[i]->after_blank);
        free(rest[i]);
    }
}

static void begin_table(struct sheet_reader *s, struct candidate *c)
{
    struct reader *r = s->r;
    if (r->n_tables >= TABLES_MAX) {
        refuse_sheet(s, "too_many_tables", 0,
                     str_dup(_("The file holds too many tables; what follows was not read.")));
        return;
    }
    take_unit_row(s, c);
    struct header_place at = {.sheet = s->name,
                              .titles = s->held,
                              .n_titles = c->from,
                              .rows = s->held + c->from,
                              .n_rows = c->rows,
                              .merges = s->merges,
                              .n_merges = s->n_merges};
    const struct recognition *f = &c->found;
    switch (f->kind) {
    case RECOGNISED:
    case RECOGNISED_TWICE:
        s->wide = wide_new(r, c->header, f->plan, &at);
        break;
    case RECOGNISED_II_2:
        s->ii_2 = form_ii_2_new(r, c->header, f->plan, &at);
        break;
    case RECOGNISED_TIE:
        refuse_sheet(
            s, "tie", f->matched,
            str_printf(
                _("The table fits “%1$s” as well as “%2$s”. Please name the kind in the name of the file or "
                  "of the sheet."),
                r->plans[f->plan]->d->title, r->plans[f->other]->d->title));
        return;
    case RECOGNISED_OTHER:
        refuse_sheet(s, "not_allowed", f->matched,
                     str_printf(_("The table is of the kind “%1$s”, which the source %2$s may not hand in."),
                                r->plans[f->plan]->d->title, r->job->source));
        return;
    case RECOGNISED_NOT:
        return;
    }
    s->used = true;
    pass_held(s, c->from + c->rows);
}

// Texts of the header that came closest, so that the clerk sees what was looked at.
static char *seen_texts(const struct header *h)
{
    struct buf b = BUF_INIT;
    size_t n = 0;
    for (size_t col = 0; h && col < h->width && n < 8; col++) {
        if (!h->columns[col].leaf)
            continue;
        const char *title = h->columns[col].title ? h->columns[col].title : h->columns[col].leaf;
        buf_adds(&b, n++ ? "、“" : "“");
        text_add_cut(&b, title, strlen(title), 60);
        buf_adds(&b, "”");
    }
    return buf_take(&b);
}

// Sheets that explain the others are left out without a word; the list of sheets names them.
static bool explains(const struct sheet_reader *s)
{
    static const char *const words[] = {"说明", "须知", "清单", "目录", "公式", "示例", "样例"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strstr(s->name, words[i]))
            return true;
    }
    return false;
}

static void not_recognised(struct sheet_reader *s, const struct candidate *c)
{
    struct reader *r = s->r;
    if (explains(s)) {
        set_why(s, str_dup(_("The sheet explains; it holds no table.")));
        return;
    }
    size_t matched = c->header ? c->found.nearest_matched : 0;
    CLEANUP_FREE char *seen = seen_texts(c->header);
    if (matched == 0) {
        char *why = *seen ? str_printf(_("None of the headers is known. Seen were: %s."), seen)
                          : str_dup(_("The sheet holds no table."));
        remember_nearest(s, "not_recognised", 0, why);
        set_why(s, why);
        return;
    }
    const struct plan *p = r->plans[c->found.nearest];
    CLEANUP_FREE char *missing = recognise_missing(c->header, c->found.nearest, p);
    char *why =
        *missing
            ? str_printf(_("The table looks most like “%1$s”, but lacks %2$s. Seen were: %3$s."), p->d->title,
                         missing, seen)
            : str_printf(
                  _("The table looks most like “%1$s”, but has too few of its headers. Seen were: %2$s."),
                  p->d->title, seen);
    remember_nearest(s, "not_recognised", matched, why);
    size_t plain = c->header->scores[c->found.nearest].matched;
    if (plain >= LOOKS_LIKE_DATA && plain * 2 >= c->header->texts) {
        struct place at = {.table = -1, .sheet = s->name, .cell_col = NO_CELL};
        complain(r->complaints, COMPLAINT_NOTE, "sheet_left_out", &at, str_dup(why));
    }
    set_why(s, why);
}

// Looks among all held rows; `last`: the sheet ends here or must be left.
static void look(struct sheet_reader *s, size_t first, size_t last, bool final)
{
    struct candidate c = find_header(s, first, last);
    if (c.header && c.found.kind != RECOGNISED_NOT)
        begin_table(s, &c);
    else if (final && !s->used)
        not_recognised(s, &c);
    header_free(c.header);
}

static void begin_form(struct sheet_reader *s, struct form *f)
{
    for (size_t i = 0; i < s->n_held; i++) {
        summary_skip(s->r->summary, SKIPPED_TITLE);
        (void)row_read_footer(&s->held[i]->row, s->r->summary, &s->r->scratch);
    }
    s->form = f;
    s->used = true;
}

static void seek(struct sheet_reader *s, const struct sheet_row *row, bool after_blank)
{
    struct form *f = form_begin(s->r, row, s->name);
    if (f) {
        begin_form(s, f);
        return;
    }
    if (s->n_held == HELD_MAX) {
        look(s, 0, HELD_MAX - 1, false);
        if (s->wide || s->ii_2 || s->left) {
            pass_row(s, row, after_blank);
            return;
        }
        drop_held(s, HELD_MAX / 2);
    }
    struct held_row *h = held_row_new(row);
    h->after_blank = after_blank;
    s->held[s->n_held++] = h;
    s->held_bytes += h->bytes;
    s->searched++;
    size_t at = s->n_held - 1;
    if (at > 0 && row_looks_like_data(row, &s->r->scratch))
        look(s, at >= 3 ? at - 3 : 0, at - 1, false);
    if (!s->wide && !s->ii_2 && (s->searched > SEARCH_MAX || s->held_bytes > HELD_BYTES)) {
        if (s->n_held)
            look(s, 0, s->n_held - 1, true);
        s->left = !s->wide && !s->ii_2;
    }
}

static void finish_form(struct sheet_reader *s)
{
    const char *titles[HELD_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s->n_held; i++) {
        const struct sheet_row *row = &s->held[i]->row;
        if (row->n && row->cells[0].len < 400)
            titles[n++] = row->cells[0].text;
    }
    char *why;
    s->form = form_finish(s->r, s->form, titles, n, &why);
    if (why) {
        s->used = false;
        set_why(s, why);
    }
}

static void pass_row(struct sheet_reader *s, const struct sheet_row *row, bool after_blank)
{
    if (s->left)
        return;
    if (s->form) {
        struct form *next = form_begin(s->r, row, s->name);
        if (!next) {
            form_row(s->r, s->form, row);
            return;
        }
        finish_form(s);
        s->form = next;
    } else if (s->ii_2) {
        form_ii_2_row(s->r, s->ii_2, row);
    } else if (s->wide) {
        if (wide_row(s->r, s->wide, row) == WIDE_TAKEN)
            return;
        // Held rows are gone by now: those of the last header went to its table.
        s->n_held = wide_take_recent(s->wide, s->held);
        for (size_t i = 0; i < s->n_held; i++)
            s->held_bytes += s->held[i]->bytes;
        s->wide = wide_finish(s->r, s->wide);
        s->searched = 0;
        seek(s, row, s->n_held == 0);
    } else if (row_filled(row) == 0) {
        summary_skip(s->r->summary, SKIPPED_BLANK);
        s->blank_before = true;
    } else {
        bool blank = after_blank || s->blank_before;
        s->blank_before = false;
        seek(s, row, blank);
    }
}

static int on_row(void *arg, const struct sheet_row *row, struct error *err)
{
    struct sheet_reader *s = arg;
    (void)err;
    // In CSV a record with line breaks in its cells takes several lines, so that a gap says nothing.
    bool gap = s->last_row && row->row > s->last_row + 1 && *s->name;
    if (gap)
        summary_skip(s->r->summary, SKIPPED_BLANK);
    s->last_row = row->row;
    pass_row(s, row, gap);
    int r = emit_error(s->r->emit);
    return r < 0 ? r : s->left ? 1 : 0;
}

static int on_end(void *arg, struct error *err)
{
    struct sheet_reader *s = arg;
    (void)err;
    if (!s->wide && !s->form && !s->ii_2 && !s->left && s->n_held)
        look(s, 0, s->n_held - 1, true);
    if (s->form)
        finish_form(s);
    if (s->wide)
        s->wide = wide_finish(s->r, s->wide);
    if (s->ii_2)
        s->ii_2 = form_ii_2_finish(s->r, s->ii_2);
    if (s->hidden)
        set_why(s, str_dup(_("The sheet is hidden; hidden sheets are not read.")));
    else if (!s->used && !s->why)
        set_why(s, str_dup(_("The sheet holds no table.")));
    summary_sheet(s->r->summary, s->name ? s->name : "", s->hidden, s->used, s->used ? NULL : s->why);
    clear_sheet(s);
    return emit_error(s->r->emit);
}

struct sheet_sink sheet_reader_sink(struct sheet_reader *s)
{
    return (struct sheet_sink){.begin = on_begin, .row = on_row, .end = on_end, .arg = s};
}

void sheet_reader_finish(struct sheet_reader *s)
{
    struct reader *r = s->r;
    if (summary_rows(r->summary))
        return;
    if (r->n_tables) {
        summary_reject_if_empty(
            r->summary, "no_rows",
            _("The table has a header but no row of data. Please fill it in and hand it in again."));
        return;
    }
    const char *sentence = s->nearest.sentence ? s->nearest.sentence : _("The file holds no table.");
    bool odd = s->nearest.matched == 0 && (r->info.decoded_oddly || strcmp(r->info.encoding, "gb18030") == 0);
    CLEANUP_FREE char *whole =
        odd ? str_printf(
                  "%s%s", sentence,
                  _("The file was read as GB18030; its encoding may be another. Please save it as UTF-8 or as XLSX and "
                    "hand it in again."))
            : str_dup(sentence);
    summary_reject_if_empty(r->summary, s->nearest.code ? s->nearest.code : "not_recognised", whole);
}
