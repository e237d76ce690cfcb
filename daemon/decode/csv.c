// SPDX-License-Identifier: Apache-2.0
// CSV to rows: blocks of UTF-8 in one buffer, cells cut out of it in place.
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/csv_scan.h"
#include "decode/decimal.h"
#include "decode/encoding.h"

enum {
    BUFFER_FIRST = 256 << 10,
    BUFFER_MAX = 32 << 20, // one record
    SPARE = 32,            // behind the text: a NUL and what the scanner reads beyond the end
    GUESS_BYTES = 64 << 10,
};

struct csv {
    struct decoder *d;
    struct text_stream text;
    char *buf;
    size_t cap, start, end; // the text not yet scanned is [start, end)
    bool ended;
    char delimiter;
    uint32_t line;
    struct csv_record rec;
    struct cell *cells;
    size_t n_cells, cap_cells;
};

static int refill(struct csv *c, struct error *err)
{
    if (c->start) {
        memmove(c->buf, c->buf + c->start, c->end - c->start);
        c->end -= c->start;
        c->start = 0;
    }
    if (c->cap - c->end < BUFFER_FIRST / 2) {
        if (c->cap >= BUFFER_MAX)
            return decoder_refuse(
                c->d, "quote", err,
                _("Line %u begins a row of more than %u MiB: a closing quotation mark seems to be missing."),
                c->line, (unsigned)(BUFFER_MAX >> 20));
        c->cap *= 2;
        c->buf = mem_grow(c->buf, c->cap + SPARE, 1);
    }
    size_t n;
    int r = text_stream_read(&c->text, c->buf + c->end, c->cap - c->end, &n, err);
    if (r < 0)
        return r;
    c->end += n;
    c->ended = n == 0;
    memset(c->buf + c->end, 0, SPARE);
    return 0;
}

// 1 a record in c->rec, 0 the end.
static int next_record(struct csv *c, struct error *err)
{
    for (;;) {
        if (c->start == c->end && c->ended)
            return 0;
        if (c->start < c->end && csv_scan_record(c->buf + c->start, c->end - c->start, c->ended, c->delimiter,
                                                 &c->rec) == CSV_RECORD)
            return 1;
        int r = refill(c, err);
        if (r < 0)
            return r;
    }
}

static int refuse_cell(struct csv *c, const struct cell *cell, struct error *err)
{
    char name[CELL_NAME_MAX];
    cell_name(c->line, cell->col, name);
    return decoder_refuse(c->d, "quote", err,
                          _("Cell %s is longer than %u bytes: a closing quotation mark seems to be missing."),
                          name, c->d->limits->max_string_bytes);
}

static int add_cell(struct csv *c, char *record, size_t i, struct error *err)
{
    const struct csv_field *f = &c->rec.fields[i];
    char *s = record + f->start;
    size_t n = f->end - f->start;
    if (f->quoted)
        n = csv_unquote(s, n);
    if (!n)
        return 0;
    s[n] = '\0';
    if (c->n_cells == c->cap_cells) {
        c->cap_cells = c->cap_cells ? 2 * c->cap_cells : 64;
        c->cells = mem_grow(c->cells, c->cap_cells, sizeof *c->cells);
    }
    struct cell *cell = &c->cells[c->n_cells++];
    *cell = (struct cell){.col = (uint32_t)i, .type = CELL_TEXT, .text = s, .len = n};
    if (n > c->d->limits->max_string_bytes)
        return refuse_cell(c, cell, err);
    if (decimal_parse(s, n, &cell->number))
        cell->type = CELL_NUMBER;
    return 0;
}

static int push_record(struct csv *c, struct error *err)
{
    char *record = c->buf + c->start;
    if (c->rec.open_quote)
        return decoder_refuse(c->d, "quote", err,
                              _("Line %u: a quotation mark opens a cell that is never closed. "
                                "Please close or remove it, or save the table as .xlsx."),
                              c->line);
    if (c->rec.n > c->d->limits->max_columns)
        return decoder_refuse(c->d, "too_large", err, _("Line %u has more than %u columns."), c->line,
                              c->d->limits->max_columns);
    c->n_cells = 0;
    for (size_t i = 0; i < c->rec.n; i++) {
        int r = add_cell(c, record, i, err);
        if (r < 0)
            return r;
    }
    struct sheet_row row = {.row = c->line, .cells = c->cells, .n = c->n_cells};
    int r = decoder_push(c->d, &row, err);
    c->start += c->rec.len;
    c->line += c->rec.lines;
    return r;
}

// Excel's own first line: sep=;
static bool take_sep_line(struct csv *c)
{
    const char *s = c->buf + c->start;
    size_t n = c->end - c->start;
    if (n < 5 || strncasecmp(s, "sep=", 4) != 0 || (n > 5 && s[5] != '\r' && s[5] != '\n'))
        return false;
    c->delimiter = s[4];
    c->start += n > 6 && s[5] == '\r' && s[6] == '\n' ? 7 : n > 5 ? 6 : 5;
    c->line++;
    return c->delimiter != '"' && c->delimiter != '\r' && c->delimiter != '\n';
}

static int begin(struct csv *c, struct error *err)
{
    enum encoding e;
    bool oddly;
    int r = encoding_detect(c->d, &e, &oddly, err);
    if (r == 0)
        r = text_stream_open(&c->text, c->d, e, err);
    while (r == 0 && !c->ended && c->end < GUESS_BYTES)
        r = refill(c, err);
    if (r < 0)
        return r;
    if (c->end == 0)
        return decoder_refuse(c->d, "empty", err, _("The file is empty."));
    if (!take_sep_line(c))
        c->delimiter = csv_guess_delimiter(c->buf, c->end, c->ended);
    memccpy(c->d->info->encoding, encoding_name(e), '\0', sizeof c->d->info->encoding);
    c->d->info->decoded_oddly = oddly;
    c->d->info->delimiter = c->delimiter;
    c->d->info->n_sheets = 1;
    return 0;
}

static int run(struct csv *c, struct error *err)
{
    const struct sheet_sink *sink = c->d->sink;
    struct sheet_info info = {.name = "", .merges_known = true};
    int r = begin(c, err);
    if (r == 0)
        r = sink->begin(sink->arg, &info, err);
    while (r == 0) {
        r = next_record(c, err);
        if (r <= 0)
            break;
        r = push_record(c, err);
    }
    return r < 0 ? r : sink->end(sink->arg, err);
}

int csv_decode(struct decoder *d, struct error *err)
{
    if (d->size > d->limits->max_bytes_out)
        return decoder_refuse(
            d, "too_large", err,
            _("The file is larger than %llu MiB. Please hand it in as several smaller files."),
            (unsigned long long)(d->limits->max_bytes_out >> 20));
    struct csv c = {.d = d, .cap = BUFFER_FIRST, .line = 1, .text = {.cd = (iconv_t)-1}};
    c.buf = mem_alloc(c.cap + SPARE);
    int r = run(&c, err);
    text_stream_close(&c.text);
    csv_record_deinit(&c.rec);
    free(c.cells);
    free(c.buf);
    return r;
}
