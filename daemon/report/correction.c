// SPDX-License-Identifier: Apache-2.0
// The correction file as XLSX or CSV.
#include "report/correction.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/i18n.h"
#include "base/mem.h"

static bool came_as_csv(const struct receipt_data *r)
{
    const char *summary = r->detail.sub.summary;
    json_t *end = summary ? json_loads(summary, 0, NULL) : NULL;
    const char *encoding = json_string_value(json_object_get(end, "encoding"));
    bool csv = encoding && strcmp(encoding, "xlsx") != 0;
    json_decref(end);
    return csv;
}

bool correction_wanted(const struct receipt_data *r)
{
    for (size_t i = 0; i < r->detail.n_bad_rows; i++) {
        if (!r->detail.bad_rows[i].head)
            return true;
    }
    return false;
}

const char *correction_suffix(const struct receipt_data *r)
{
    return came_as_csv(r) ? ".csv" : ".xlsx";
}

static bool is_bad(const struct submission_bad_row *row, size_t col)
{
    for (size_t i = 0; i < row->n_bad; i++) {
        if ((size_t)row->bad[i] == col)
            return true;
    }
    return false;
}

static bool looks_like_formula(const char *s)
{
    return *s && strchr("=+-@\t\r", *s) && strspn(s + 1, "0123456789.,%") != strlen(s + 1);
}

static void csv_cell(struct buf *out, const char *s)
{
    // A leading apostrophe keeps Excel from computing; the reader takes it off again.
    const char *guard = looks_like_formula(s) ? "'" : "";
    if (!strpbrk(s, ",\"\r\n") && !*guard) {
        buf_adds(out, s);
        return;
    }
    buf_addf(out, "\"%s", guard);
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_addc(out, '"');
}

static void make_csv(const struct receipt_data *r, struct buf *out)
{
    buf_adds(out, "\xef\xbb\xbf"); // Excel takes UTF-8 only with a mark
    for (size_t i = 0; i < r->detail.n_bad_rows; i++) {
        const struct submission_bad_row *row = &r->detail.bad_rows[i];
        for (size_t c = 0; c < row->n_cells; c++) {
            if (c)
                buf_addc(out, ',');
            csv_cell(out, row->cells[c]);
        }
        buf_adds(out, "\r\n");
    }
}

struct formats {
    lxw_format *head, *plain, *bad;
};

static struct formats make_formats(lxw_workbook *book)
{
    struct formats f = {.head = workbook_add_format(book),
                        .plain = workbook_add_format(book),
                        .bad = workbook_add_format(book)};
    format_set_bold(f.head);
    format_set_text_wrap(f.head);
    format_set_num_format(f.plain, "@"); // as text: codes and long numbers stay as typed
    format_set_num_format(f.bad, "@");
    format_set_bg_color(f.bad, 0xFFC7CE);
    format_set_font_color(f.bad, 0x9C0006);
    return f;
}

static void xlsx_row(lxw_worksheet *sheet, lxw_row_t at, const struct submission_bad_row *row,
                     const struct formats *f)
{
    for (size_t c = 0; c < row->n_cells; c++) {
        lxw_format *format = row->head ? f->head : is_bad(row, c) ? f->bad : f->plain;
        if (row->cells[c][0])
            (void)worksheet_write_string(sheet, at, (lxw_col_t)c, row->cells[c], format);
        else
            (void)worksheet_write_blank(sheet, at, (lxw_col_t)c, format);
    }
}

static lxw_worksheet *add_sheet(lxw_workbook *book, const struct submission_table *t)
{
    // A name that Excel refuses (too long, forbidden signs) falls back to Sheet1, Sheet2 …
    const char *name =
        t && t->sheet[0] && workbook_validate_sheet_name(book, t->sheet) == LXW_NO_ERROR ? t->sheet : NULL;
    lxw_worksheet *sheet = workbook_add_worksheet(book, name);
    if (sheet)
        (void)worksheet_set_column(sheet, 0, 60, 14, NULL);
    return sheet;
}

static const struct submission_table *table_of(const struct receipt_data *r, int no)
{
    for (size_t i = 0; i < r->detail.n_tables; i++) {
        if (r->detail.tables[i].no == no)
            return &r->detail.tables[i];
    }
    return NULL;
}

static int fill_book(const struct receipt_data *r, const char *path, struct error *err)
{
    lxw_workbook *book = workbook_new(path);
    if (!book)
        return error_set(err, -ENOMEM, "correction file: cannot be made");
    struct formats formats = make_formats(book);
    lxw_worksheet *sheet = NULL;
    int table = -1;
    lxw_row_t at = 0;
    for (size_t i = 0; i < r->detail.n_bad_rows; i++) {
        const struct submission_bad_row *row = &r->detail.bad_rows[i];
        if (!sheet || row->table_no != table) {
            sheet = add_sheet(book, table_of(r, row->table_no));
            table = row->table_no;
            at = 0;
        }
        if (sheet)
            xlsx_row(sheet, at++, row, &formats);
    }
    lxw_error e = workbook_close(book);
    return e == LXW_NO_ERROR ? 0 : error_set(err, -EIO, "correction file: %s", lxw_strerror(e));
}

// The library writes to a path only; a memory file has one, and nothing half-written meets the folder.
static int make_xlsx(const struct receipt_data *r, struct buf *out, struct error *err)
{
    CLEANUP_FD int fd = memfd_create("correction", MFD_CLOEXEC);
    if (fd < 0)
        return error_sys(err, -errno, "correction file");
    CLEANUP_FREE char *path = str_printf("/proc/self/fd/%d", fd);
    int e = fill_book(r, path, err);
    off_t size = lseek(fd, 0, SEEK_END);
    if (e < 0 || size <= 0)
        return e < 0 ? e : error_set(err, -EIO, "correction file: came out empty");
    buf_reserve(out, (size_t)size);
    ssize_t n = pread(fd, out->data + out->len, (size_t)size, 0);
    if (n != size)
        return error_sys(err, n < 0 ? -errno : -EIO, "correction file");
    out->len += (size_t)n;
    return 0;
}

int correction_make(const struct receipt_data *r, struct buf *out, struct error *err)
{
    if (!came_as_csv(r))
        return make_xlsx(r, out, err);
    make_csv(r, out);
    return 0;
}
