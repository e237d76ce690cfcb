// SPDX-License-Identifier: Apache-2.0
// One sheet after the other, as the rows come.
#include "report/correction_book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define COMMENT_MAX 1500 // bytes
#define WIDTH_MIN 8
#define WIDTH_MAX 30

struct box {
    lxw_row_t row1, row2;
    lxw_col_t col1, col2;
};

struct book {
    const struct receipt_data *r;
    lxw_workbook *workbook;
    lxw_format *head, *plain, *bad;
    const struct submission_error **errors; // by table, row, as they came
    size_t n_errors;
    // The sheet at hand.
    lxw_worksheet *sheet;
    lxw_row_t at, heads;
    int *widths;
    size_t n_widths;
    struct box *merged;
    size_t n_merged;
};

static void make_formats(struct book *b)
{
    lxw_format **formats[] = {&b->head, &b->plain, &b->bad};
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        lxw_format *f = *formats[i] = workbook_add_format(b->workbook);
        format_set_num_format(f, "@"); // as text: codes and long numbers stay as typed
        format_set_border(f, LXW_BORDER_THIN);
        format_set_border_color(f, 0xBFBFBF);
    }
    format_set_bold(b->head);
    format_set_text_wrap(b->head);
    format_set_align(b->head, LXW_ALIGN_CENTER);
    format_set_align(b->head, LXW_ALIGN_VERTICAL_CENTER);
    format_set_bg_color(b->head, 0xDDEBF7);
    format_set_bg_color(b->bad, 0xFFC7CE);
    format_set_font_color(b->bad, 0x9C0006);
}

static int by_place(const void *a, const void *b)
{
    const struct submission_error *x = *(const struct submission_error *const *)a,
                                  *y = *(const struct submission_error *const *)b;
    if (x->table_no != y->table_no)
        return x->table_no < y->table_no ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x < y ? -1 : x > y;
}

// What a person would have to do something about, in order of rows. A form's complaints all name its first
// row, so they are found by their cells.
static void sort_errors(struct book *b)
{
    const struct submission_detail *d = &b->r->detail;
    b->errors = mem_array(d->n_errors + 1, sizeof *b->errors);
    for (size_t i = 0; i < d->n_errors; i++) {
        if (strcmp(d->errors[i].level, "note") != 0 && d->errors[i].row >= 0)
            b->errors[b->n_errors++] = &d->errors[i];
    }
    qsort(b->errors, b->n_errors, sizeof *b->errors, by_place);
}

static size_t first_error(const struct book *b, int table, int row)
{
    size_t low = 0, high = b->n_errors;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct submission_error *e = b->errors[mid];
        if (e->table_no < table || (e->table_no == table && e->row < row))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

// The row has another number in this file.
static const char *without_cell(const struct submission_error *e)
{
    size_t n = e->cell ? strlen(e->cell) : 0;
    return n && strncmp(e->message, e->cell, n) == 0 ? e->message + n : e->message;
}

static void add_message(struct buf *out, const char *message)
{
    if (out->len + strlen(message) < COMMENT_MAX)
        buf_addf(out, "%s%s", out->len ? "\n" : "", message);
}

static const struct submission_table *table_of(const struct receipt_data *r, int no)
{
    for (size_t i = 0; i < r->detail.n_tables; i++) {
        if (r->detail.tables[i].no == no)
            return &r->detail.tables[i];
    }
    return NULL;
}

// What is wrong with the cell: what was said of it, else what refuses its row, else that it is empty.
static void cell_comment(const struct book *b, const struct submission_bad_row *row, size_t col,
                         struct buf *out)
{
    const struct submission_table *t = table_of(b->r, row->table_no);
    bool form = t && strcmp(t->kind, "form") == 0;
    char cell[16];
    lxw_rowcol_to_cell(cell, (lxw_row_t)row->row - 1, (lxw_col_t)col);
    size_t first = form ? first_error(b, row->table_no, 0) : first_error(b, row->table_no, row->row);
    for (int pass = 0; pass < 2 && !out->len; pass++) {
        for (size_t i = first; i < b->n_errors; i++) {
            const struct submission_error *e = b->errors[i];
            if (e->table_no != row->table_no || (!form && e->row != row->row))
                break;
            bool here = e->cell && strcmp(e->cell, cell) == 0;
            if (pass == 0 ? here : strcmp(e->level, "refuse") == 0 && row->cells[col][0])
                add_message(out, without_cell(e));
        }
    }
    if (!out->len)
        buf_adds(out, row->cells[col][0] ? _("Please check.") : _("Please fill in."));
}

static bool is_bad(const struct submission_bad_row *row, size_t col)
{
    for (size_t i = 0; i < row->n_bad; i++) {
        if ((size_t)row->bad[i] == col)
            return true;
    }
    return false;
}

// Columns as wide as what stands in them; a Chinese character takes two places.
static void widen(struct book *b, size_t col, const char *text)
{
    size_t columns = 2;
    for (const char *s = text; *s; s++)
        columns += ((unsigned char)*s & 0xC0) == 0x80 ? 0 : (unsigned char)*s < 0x80 ? 1 : 2;
    if (col >= b->n_widths) {
        b->widths = mem_grow(b->widths, col + 1, sizeof *b->widths);
        for (; b->n_widths <= col; b->n_widths++)
            b->widths[b->n_widths] = WIDTH_MIN;
    }
    int width = columns > WIDTH_MAX ? WIDTH_MAX : (int)columns;
    if (width > b->widths[col])
        b->widths[col] = width;
}

static void write_cell(struct book *b, const struct submission_bad_row *row, size_t col, const char *text)
{
    lxw_col_t at = (lxw_col_t)col;
    bool bad = !row->head && is_bad(row, col);
    lxw_format *format = row->head ? b->head : bad ? b->bad : b->plain;
    if (text[0])
        (void)worksheet_write_string(b->sheet, b->at, at, text, format);
    else if (!row->head || b->heads)
        (void)worksheet_write_blank(b->sheet, b->at, at, format);
    if (bad) {
        CLEANUP(buf_deinit) struct buf comment = BUF_INIT;
        cell_comment(b, row, col, &comment);
        lxw_comment_options options = {.x_scale = 2.0, .y_scale = 1.2};
        (void)worksheet_write_comment_opt(b->sheet, b->at, at, buf_str(&comment), &options);
    }
}

static void write_row(struct book *b, const struct submission_bad_row *row)
{
    size_t n = row->n_cells;
    for (size_t i = 0; i < row->n_bad; i++)
        n = row->bad[i] >= 0 && row->bad[i] < LXW_COL_MAX && (size_t)row->bad[i] >= n
                ? (size_t)row->bad[i] + 1
                : n;
    for (size_t c = 0; c < n && c < LXW_COL_MAX; c++) {
        const char *text = c < row->n_cells ? row->cells[c] : "";
        write_cell(b, row, c, text);
        if (row->n_cells > 2 || !row->head) // not a unit line
            widen(b, c, text);
    }
    b->at++;
}

// Ranges that overlap would make a workbook that Excel wants to repair.
static bool merge_fits(struct book *b, const struct submission_merge *m, lxw_row_t at)
{
    if (m->first < 0 || m->last < m->first || m->last >= LXW_COL_MAX || m->rows < 1 || m->rows > 20 ||
        (m->last == m->first && m->rows == 1))
        return false;
    struct box box = {at, at + (lxw_row_t)m->rows - 1, (lxw_col_t)m->first, (lxw_col_t)m->last};
    for (size_t i = 0; i < b->n_merged; i++) {
        const struct box *o = &b->merged[i];
        if (box.row1 <= o->row2 && box.row2 >= o->row1 && box.col1 <= o->col2 && box.col2 >= o->col1)
            return false;
    }
    b->merged = mem_grow(b->merged, b->n_merged + 1, sizeof *b->merged);
    b->merged[b->n_merged++] = box;
    return true;
}

static void merge_cells(struct book *b, const struct submission_bad_row *row, lxw_row_t at)
{
    for (size_t i = 0; i < row->n_merges; i++) {
        const struct submission_merge *m = &row->merges[i];
        const char *text = m->first >= 0 && (size_t)m->first < row->n_cells ? row->cells[m->first] : "";
        if (merge_fits(b, m, at))
            (void)worksheet_merge_range(b->sheet, at, (lxw_col_t)m->first, at + (lxw_row_t)m->rows - 1,
                                        (lxw_col_t)m->last, text, b->head);
    }
}

static void end_sheet(struct book *b)
{
    if (!b->sheet)
        return;
    for (size_t i = 0; i < b->n_widths; i++)
        (void)worksheet_set_column(b->sheet, (lxw_col_t)i, (lxw_col_t)i, b->widths[i], NULL);
    worksheet_freeze_panes(b->sheet, b->heads, 0);
    b->n_widths = b->n_merged = 0;
}

// A name that Excel refuses (forbidden signs) falls back to Sheet1 …; the second table of a sheet gets a
// number.
static lxw_worksheet *add_sheet(struct book *b, const struct submission_table *t)
{
    CLEANUP_FREE char *name = str_dup(t && t->sheet[0] ? t->sheet : NULL);
    for (int i = 2; t && name && i < 100 &&
                    workbook_validate_sheet_name(b->workbook, name) == LXW_ERROR_SHEETNAME_ALREADY_USED;
         i++) {
        free(name);
        name = str_printf("%s (%d)", t->sheet, i);
    }
    bool good = name && workbook_validate_sheet_name(b->workbook, name) == LXW_NO_ERROR;
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, good ? name : NULL);
    for (int i = 1; !sheet && i < 1000; i++) { // Sheet1 may be taken by a sheet of that name
        CLEANUP_FREE char *other = str_printf("Table%d", i);
        if (workbook_validate_sheet_name(b->workbook, other) == LXW_NO_ERROR)
            sheet = workbook_add_worksheet(b->workbook, other);
    }
    return sheet;
}

static bool has_rows(const struct submission_detail *d, size_t from)
{
    for (size_t i = from; i < d->n_bad_rows && d->bad_rows[i].table_no == d->bad_rows[from].table_no; i++) {
        if (!d->bad_rows[i].head)
            return true;
    }
    return false;
}

static void fill(struct book *b)
{
    const struct submission_detail *d = &b->r->detail;
    for (size_t i = 0; i < d->n_bad_rows; i++) {
        const struct submission_bad_row *row = &d->bad_rows[i];
        if (i == 0 || row->table_no != row[-1].table_no) {
            end_sheet(b);
            b->sheet = has_rows(d, i) ? add_sheet(b, table_of(b->r, row->table_no)) : NULL;
            b->at = b->heads = 0;
        }
        if (!b->sheet)
            continue;
        lxw_row_t at = b->at;
        write_row(b, row);
        if (row->head && b->heads == at && (row->n_cells > 1 || at == 0)) // not 小学 above a block
            b->heads = b->at;
        if (row->head)
            merge_cells(b, row, at);
    }
    end_sheet(b);
}

int correction_book(const struct receipt_data *r, const char *path, struct error *err)
{
    struct book b = {.r = r, .workbook = workbook_new(path)};
    if (!b.workbook)
        return error_set(err, -ENOMEM, "correction file: cannot be made");
    make_formats(&b);
    sort_errors(&b);
    fill(&b);
    free(b.errors);
    free(b.widths);
    free(b.merged);
    lxw_error e = workbook_close(b.workbook);
    return e == LXW_NO_ERROR ? 0 : error_set(err, -EIO, "correction file: %s", lxw_strerror(e));
}
