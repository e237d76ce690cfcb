// SPDX-License-Identifier: Apache-2.0
// Frames as lines on stdout: the letter of the type, then JSON, or for rows their number and cells.
#include "main/read_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/paths.h"
#include "decode/sheet.h"
#include "read/wire.h"

enum { TABLES_MAX = 1024 };

struct printer {
    bool rows;
    struct buf pending; // a frame may come in pieces
    size_t columns[TABLES_MAX];
    char **dictionary;
    size_t n_dictionary;
};

struct bytes {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static uint64_t take(struct bytes *b, size_t n)
{
    uint64_t v = 0;
    if (b->left < n) {
        b->bad = true;
        b->left = 0;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)b->p[i] << (8 * i);
    b->p += n;
    b->left -= n;
    return v;
}

static void print_text(struct printer *pr, struct bytes *b, bool keep)
{
    size_t n = (size_t)take(b, 4);
    if (n > b->left) {
        b->bad = true;
        return;
    }
    printf(" \"%.*s\"", (int)n, (const char *)b->p);
    if (keep) {
        pr->dictionary = mem_grow(pr->dictionary, pr->n_dictionary + 1, sizeof *pr->dictionary);
        pr->dictionary[pr->n_dictionary++] = str_ndup((const char *)b->p, n);
    }
    b->p += n;
    b->left -= n;
}

static void print_cell(struct printer *pr, struct bytes *b)
{
    uint64_t v;
    double real;
    switch ((enum wire_tag)take(b, 1)) {
    case WIRE_NULL:
        printf(" -");
        return;
    case WIRE_INT:
        printf(" %" PRId64, (int64_t)take(b, 8));
        return;
    case WIRE_REAL:
        v = take(b, 8);
        memcpy(&real, &v, sizeof real);
        printf(" %.17g", real);
        return;
    case WIRE_TEXT:
        print_text(pr, b, false);
        return;
    case WIRE_DICT_NEW:
        print_text(pr, b, true);
        return;
    case WIRE_DICT:
        v = take(b, 4);
        if (v < pr->n_dictionary)
            printf(" \"%s\"", pr->dictionary[v]);
        else
            b->bad = true;
        return;
    }
    b->bad = true;
}

static int print_rows(struct printer *pr, const struct frame *f, struct error *err)
{
    struct bytes b = {.p = f->data, .left = f->len};
    unsigned table = (unsigned)take(&b, 2), rows = (unsigned)take(&b, 4);
    printf("R table %u, %u rows, %zu bytes\n", table, rows, f->len);
    if (!pr->rows || table >= TABLES_MAX)
        return 0;
    for (unsigned i = 0; i < rows && !b.bad; i++) {
        printf("  %" PRIu64 ":", take(&b, 4));
        for (size_t c = 0; c <= pr->columns[table] && !b.bad; c++) // the period comes first
            print_cell(pr, &b);
        putchar('\n');
    }
    return b.bad || b.left ? error_set(err, -EPROTO, _("a frame of rows is not as read/wire.h says")) : 0;
}

static int print_frame(struct printer *pr, const struct frame *f, struct error *err)
{
    if (f->type == WIRE_ROWS)
        return print_rows(pr, f, err);
    printf("%c %.*s\n", f->type, (int)f->len, (const char *)f->data);
    json_t *j = f->type == WIRE_TABLE ? json_loadb((const char *)f->data, f->len, 0, NULL) : NULL;
    size_t table = (size_t)json_integer_value(json_object_get(j, "table"));
    if (table < TABLES_MAX)
        pr->columns[table] = json_array_size(json_object_get(j, "columns"));
    json_decref(j);
    return 0;
}

static int on_frames(void *arg, const void *frames, size_t len)
{
    struct printer *pr = arg;
    struct frame f;
    struct error err;
    buf_add(&pr->pending, frames, len);
    int r;
    while ((r = frame_next((const uint8_t *)pr->pending.data, pr->pending.len, &f)) > 0) {
        r = print_frame(pr, &f, &err);
        if (r < 0) {
            fprintf(stderr, "%s\n", err.msg);
            return r;
        }
        buf_consume(&pr->pending, FRAME_HEAD + f.len);
    }
    return r;
}

static int dump(const struct read_dump *d, const struct catalog *c, struct error *err)
{
    CLEANUP_FD int fd = open(d->path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_sys(err, -errno, "%s", d->path);
    const char *slash = strrchr(d->path, '/');
    struct read_job job = d->job;
    job.file = slash ? slash + 1 : d->path;
    job.mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000;
    struct printer pr = {.rows = d->rows};
    int r = read_file(fd, c, &job, on_frames, &pr, err);
    buf_deinit(&pr.pending);
    for (size_t i = 0; i < pr.n_dictionary; i++)
        free(pr.dictionary[i]);
    free(pr.dictionary);
    return r;
}

int read_dump_run(const struct read_dump *d, struct error *err)
{
    CLEANUP_FREE char *dir = d->catalog_dir ? str_dup(d->catalog_dir) : paths_data("datasets");
    struct catalog *c = NULL;
    int r = catalog_load(dir, &c, err);
    if (r < 0)
        return r;
    struct decode_prepared *prepared = NULL;
    r = decode_prepare(&prepared, err);
    if (r == 0)
        r = dump(d, c, err);
    (void)decode_prepared_free(prepared);
    (void)catalog_free(c);
    return r;
}
