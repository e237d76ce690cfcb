// SPDX-License-Identifier: Apache-2.0
// What a file is, by its bytes, and the decoder for it.
#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/decoder.h"

const struct decode_limits decode_limits_default = {
    .max_bytes_out = 2ull << 30,
    .max_cells = 50u * 1000 * 1000,
    .max_sheets = 256,
    .max_columns = 16384,              // Excel's own
    .max_string_bytes = 4 * 32767 + 1, // Excel's 32,767 characters, at most four bytes each
    .max_xml_depth = 64,
    .max_shared_string_bytes = 128u << 20,
};

struct decode_prepared {
    iconv_t gb18030;
};

int decode_prepare(struct decode_prepared **ret, struct error *err)
{
    if (setenv("TZ", "UTC0", 1) < 0)
        return error_sys(err, -errno, _("the time zone cannot be set"));
    tzset();
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    if (cd == (iconv_t)-1)
        return error_sys(err, -errno, _("the conversion from GB18030 cannot be loaded"));
    struct decode_prepared *p = mem_alloc(sizeof *p);
    p->gb18030 = cd;
    *ret = p;
    return 0;
}

struct decode_prepared *decode_prepared_free(struct decode_prepared *p)
{
    if (p)
        (void)iconv_close(p->gb18030);
    free(p);
    return NULL;
}

int decoder_refuse(struct decoder *d, const char *code, struct error *err, const char *fmt, ...)
{
    d->code = code;
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        (void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        err->code = -EBADMSG;
    }
    return -EBADMSG;
}

int decoder_read(struct decoder *d, uint64_t offset, void *out, size_t len, size_t *ret_n, struct error *err)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = pread(d->fd, (char *)out + got, len - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_sys(err, -errno, _("the file cannot be read"));
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *ret_n = got;
    return 0;
}

int decoder_push(struct decoder *d, const struct sheet_row *row, struct error *err)
{
    d->cells += row->n;
    if (d->cells > d->limits->max_cells)
        return decoder_refuse(
            d, "too_large", err,
            _("The file has more than %llu cells. Please hand it in as several smaller files."),
            (unsigned long long)d->limits->max_cells);
    return row->n ? d->sink->row(d->sink->arg, row, err) : 0;
}

// Kinds of file that people send instead of a table, by how they begin.
static const struct kind {
    const char *magic;
    size_t len;
    const char *what;
} other_kinds[] = {
    {"%PDF", 4, N_("a PDF document")},
    {"\x89PNG", 4, N_("a picture")},
    {"\xff\xd8\xff", 3, N_("a picture")},
    {"GIF8", 4, N_("a picture")},
    {"Rar!", 4, N_("a RAR archive")},
    {"7z\xbc\xaf\x27\x1c", 6, N_("a 7z archive")},
    {"\x1f\x8b", 2, N_("a gzip archive")},
    {"{\\rtf", 5, N_("a text document (RTF)")},
    {"\x7f"
     "ELF",
     4, N_("a program")},
    {"MZ\x90", 3, N_("a program")},
    {"SQLite format 3", 15, N_("a database")},
};

static int refuse_kind(struct decoder *d, const char *what, struct error *err)
{
    return decoder_refuse(d, "not_a_table", err,
                          _("The file is not a table but %s. Please hand in .xlsx or .csv."), what);
}

// Systems that "export to Excel" often write a web page under the name .xls.
static bool is_markup(const char *head, size_t n)
{
    static const char *const starts[] = {"<html", "<table", "<!doctype", "<?xml", "<meta", "<head"};
    size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < n && strchr(" \t\r\n", head[i]) && head[i])
        i++;
    for (size_t k = 0; k < ARRAY_SIZE(starts); k++)
        if (n - i >= strlen(starts[k]) && strncasecmp(head + i, starts[k], strlen(starts[k])) == 0)
            return true;
    return false;
}

// No text has such control characters; UTF-16 is known by its mark.
static bool is_binary(const char *head, size_t n)
{
    if (n >= 2 && (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0))
        return false;
    for (size_t i = 0; i < n; i++)
        if (head[i] > 0 && head[i] < ' ' && !strchr("\t\n\v\f\r\x1a\x1b", head[i]))
            return true;
    return false;
}

// An encrypted workbook is an OLE container too; its directory names the stream in UTF-16.
static int refuse_ole(struct decoder *d, struct error *err)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    enum { BLOCK = 64 << 10 };
    CLEANUP_FREE char *block = mem_alloc(BLOCK);
    for (uint64_t at = 0; at < d->size; at += BLOCK - sizeof name) {
        size_t n = 0;
        int r = decoder_read(d, at, block, BLOCK, &n, err);
        if (r < 0)
            return r;
        if (memmem(block, n, name, sizeof name - 1))
            return decoder_refuse(
                d, "encrypted", err,
                _("The workbook is protected by a password. Please save it without a password."));
        if (n < BLOCK)
            break;
    }
    return decoder_refuse(d, "old_xls", err,
                          _("The file is in the old Excel or WPS format (.xls, .et). "
                            "Please open it, save it as .xlsx and hand that in."));
}

static int dispatch(struct decoder *d, struct error *err)
{
    char head[512];
    size_t n = 0;
    int r = decoder_read(d, 0, head, sizeof head, &n, err);
    if (r < 0)
        return r;
    if (n == 0)
        return decoder_refuse(d, "empty", err, _("The file is empty."));
    if (n >= 4 && (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0))
        return xlsx_decode(d, err);
    if (n >= 4 && memcmp(head, "\xd0\xcf\x11\xe0", 4) == 0)
        return refuse_ole(d, err);
    for (size_t i = 0; i < ARRAY_SIZE(other_kinds); i++)
        if (n >= other_kinds[i].len && memcmp(head, other_kinds[i].magic, other_kinds[i].len) == 0)
            return refuse_kind(d, _(other_kinds[i].what), err);
    if (is_markup(head, n))
        return decoder_refuse(d, "not_a_table", err,
                              _("The file is a web page or XML, even if its name says .xls. "
                                "Please open it in Excel or WPS, save it as .xlsx and hand that in."));
    if (is_binary(head, n))
        return decoder_refuse(d, "not_a_table", err,
                              _("The file is not a table. Please hand in .xlsx or .csv."));
    return csv_decode(d, err);
}

int decode_file(int fd, const struct decode_limits *limits, const struct sheet_sink *sink,
                struct file_info *ret_info, const char **ret_code, struct error *err)
{
    struct file_info info = {0};
    struct decoder d = {.fd = fd,
                        .limits = limits ? limits : &decode_limits_default,
                        .sink = sink,
                        .info = ret_info ? ret_info : &info};
    *d.info = info;
    struct stat st;
    int r = fstat(fd, &st) < 0 ? error_sys(err, -errno, _("the file cannot be read")) : 0;
    if (r == 0) {
        d.size = (uint64_t)st.st_size;
        r = dispatch(&d, err);
    }
    if (r < 0 && ret_code)
        *ret_code = d.code ? d.code : "io";
    return r;
}

void cell_name(uint32_t row, uint32_t col, char out[CELL_NAME_MAX])
{
    char letters[8];
    size_t n = 0;
    for (uint64_t c = (uint64_t)col + 1; c; c = (c - 1) / 26)
        letters[n++] = (char)('A' + (c - 1) % 26);
    size_t at = 0;
    while (n)
        out[at++] = letters[--n];
    (void)snprintf(out + at, CELL_NAME_MAX - at, "%u", row);
}
