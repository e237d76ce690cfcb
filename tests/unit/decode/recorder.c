// SPDX-License-Identifier: Apache-2.0
// A sink that writes everything down.
#include "recorder.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"

static int on_begin(void *arg, const struct sheet_info *sheet, struct error *err)
{
    struct recording *rec = arg;
    (void)err;
    if (rec->count_only)
        return 0;
    buf_addf(&rec->text, "[%s%s", sheet->name, sheet->hidden ? " hidden" : "");
    for (size_t i = 0; i < sheet->n_merges; i++) {
        char from[CELL_NAME_MAX], to[CELL_NAME_MAX];
        cell_name(sheet->merges[i].row1, sheet->merges[i].col1, from);
        cell_name(sheet->merges[i].row2, sheet->merges[i].col2, to);
        buf_addf(&rec->text, " %s:%s", from, to);
    }
    buf_adds(&rec->text, sheet->merges_known ? "]\n" : " merges unknown]\n");
    return 0;
}

static int on_row(void *arg, const struct sheet_row *row, struct error *err)
{
    static const char *const marks[] = {
        [CELL_EMPTY] = "(empty)", [CELL_TEXT] = "",   [CELL_NUMBER] = "#",   [CELL_BOOL] = "?",
        [CELL_DATE] = "@",        [CELL_ERROR] = "!", [CELL_NO_VALUE] = "~",
    };
    struct recording *rec = arg;
    (void)err;
    rec->n_rows++;
    rec->n_cells += row->n;
    if (rec->count_only)
        return 0;
    buf_addf(&rec->text, "%u:", row->row);
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        char name[CELL_NAME_MAX];
        cell_name(1, c->col, name);
        assert_int_equal(strlen(c->text), c->len);
        assert_true(i == 0 || c->col > row->cells[i - 1].col);
        buf_addf(&rec->text, " %.*s=%s%s", (int)strlen(name) - 1, name, marks[c->type], c->text);
    }
    buf_addc(&rec->text, '\n');
    return row->row == rec->stop_after_row;
}

static int on_end(void *arg, struct error *err)
{
    struct recording *rec = arg;
    (void)err;
    if (!rec->count_only)
        buf_adds(&rec->text, "[end]\n");
    return 0;
}

void record(struct recording *rec, int fd, const struct decode_limits *limits)
{
    struct sheet_sink sink = {on_begin, on_row, on_end, rec};
    rec->result = decode_file(fd, limits, &sink, &rec->info, &rec->code, &rec->err);
}

int memory_file(const void *bytes, size_t n)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(frame_write_all(fd, bytes, n), 0);
    return fd;
}

void record_bytes(struct recording *rec, const void *bytes, size_t n, const struct decode_limits *limits)
{
    CLEANUP_FD int fd = memory_file(bytes, n);
    record(rec, fd, limits);
}

void recording_deinit(struct recording *rec)
{
    buf_deinit(&rec->text);
}
