// SPDX-License-Identifier: Apache-2.0
// The correction file as XLSX or CSV.
#include "report/correction.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "report/correction_book.h"

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

// A table of which only the head was kept has nothing to correct.
static bool has_rows(const struct receipt_data *r, int table)
{
    for (size_t i = 0; i < r->detail.n_bad_rows; i++) {
        if (r->detail.bad_rows[i].table_no == table && !r->detail.bad_rows[i].head)
            return true;
    }
    return false;
}

static void make_csv(const struct receipt_data *r, struct buf *out)
{
    bool wanted = false;
    buf_adds(out, "\xef\xbb\xbf"); // Excel takes UTF-8 only with a mark
    for (size_t i = 0; i < r->detail.n_bad_rows; i++) {
        const struct submission_bad_row *row = &r->detail.bad_rows[i];
        if (i == 0 || row->table_no != row[-1].table_no) {
            wanted = has_rows(r, row->table_no);
            if (wanted && out->len > 3)
                buf_adds(out, "\r\n"); // a blank line between two tables
        }
        for (size_t c = 0; c < row->n_cells && wanted; c++) {
            if (c)
                buf_addc(out, ',');
            csv_cell(out, row->cells[c]);
        }
        if (wanted)
            buf_adds(out, "\r\n");
    }
}

// The library writes to a path only; a memory file has one, and nothing half-written meets the folder.
static int make_xlsx(const struct receipt_data *r, struct buf *out, struct error *err)
{
    CLEANUP_FD int fd = memfd_create("correction", MFD_CLOEXEC);
    if (fd < 0)
        return error_sys(err, -errno, "correction file");
    CLEANUP_FREE char *path = str_printf("/proc/self/fd/%d", fd);
    int e = correction_book(r, path, err);
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
