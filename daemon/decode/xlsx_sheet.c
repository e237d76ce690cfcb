// SPDX-License-Identifier: Apache-2.0
// One sheet: rows are gathered cell by cell and handed on when they end.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/decimal.h"
#include "decode/xlsx.h"

enum {
    SMALL_SHEET = 8 << 20, // bytes of XML up to which merged cells are looked for ahead
    ROW_TEXT_MAX = 64 << 20,
};

// Where in the XML we are. Anything not expected in its place is passed over with all inside it.
enum place { OUTSIDE, IN_DATA, IN_ROW, IN_CELL, IN_VALUE, IN_FORMULA, IN_INLINE, IN_RUN, IN_TEXT };

enum value_type { VALUE_NUMBER, VALUE_SHARED, VALUE_TEXT, VALUE_INLINE, VALUE_BOOL, VALUE_ERROR, VALUE_DATE };

struct sheet {
    struct xlsx *x;
    int64_t part;
    enum place place, text_in; // text_in: what IN_TEXT returns to
    unsigned skip;             // depth inside something passed over
    uint32_t row, next_col;    // row: 0 before the first
    struct buf text;           // of the row's cells
    struct cell *cells;
    size_t *starts; // of each cell's text in `text`; SIZE_MAX: cell.text stands
    size_t n, cap;
    bool disordered;
    // the cell being read
    uint32_t col;
    enum value_type type;
    unsigned format;
    bool has_value, has_formula;
    size_t start;
};

static enum value_type type_of(const char *t)
{
    static const struct {
        const char *name;
        enum value_type type;
    } names[] = {{"n", VALUE_NUMBER}, {"s", VALUE_SHARED}, {"str", VALUE_TEXT}, {"inlineStr", VALUE_INLINE},
                 {"b", VALUE_BOOL},   {"e", VALUE_ERROR},  {"d", VALUE_DATE}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(t, names[i].name) == 0)
            return names[i].type;
    return VALUE_TEXT;
}

bool xlsx_column(const char *ref, uint32_t *ret)
{
    uint32_t col = 0;
    const char *p = ref;
    for (; (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'; p++) {
        if (p - ref == 3)
            return false;
        col = col * 26 + (uint32_t)((*p | 0x20) - 'a' + 1);
    }
    *ret = col - 1;
    return col > 0;
}

static int begin_row(struct sheet *s, const char **attrs, struct error *err)
{
    const char *r = xml_attr(attrs, "r");
    unsigned long row = r ? strtoul(r, NULL, 10) : (unsigned long)s->row + 1;
    if (row <= s->row || row > XLSX_LAST_ROW)
        return xlsx_damaged(s->x, s->part, err);
    s->row = (uint32_t)row;
    s->next_col = 0;
    s->n = 0;
    s->disordered = false;
    buf_reset(&s->text);
    s->place = IN_ROW;
    return 0;
}

static int begin_cell(struct sheet *s, const char **attrs, struct error *err)
{
    const char *ref = NULL, *style = NULL, *type = NULL;
    for (; *attrs; attrs += 2) {
        const char *name = attrs[0];
        if (name[0] && !name[1]) {
            ref = name[0] == 'r' ? attrs[1] : ref;
            style = name[0] == 's' ? attrs[1] : style;
            type = name[0] == 't' ? attrs[1] : type;
        }
    }
    s->col = s->next_col;
    uint32_t max = s->x->d->limits->max_columns;
    if ((ref && !xlsx_column(ref, &s->col)) || s->col >= max || s->n >= max)
        return xlsx_damaged(s->x, s->part, err);
    s->next_col = s->col + 1;
    s->type = type ? type_of(type) : VALUE_NUMBER;
    unsigned long index = style ? strtoul(style, NULL, 10) : 0;
    s->format = index < s->x->n_formats ? s->x->formats[index] : 0;
    s->has_value = s->has_formula = false;
    s->start = s->text.len;
    s->place = IN_CELL;
    return 0;
}

static int on_start(void *arg, const char *name, const char **attrs, struct error *err)
{
    struct sheet *s = arg;
    if (s->skip) {
        s->skip++;
    } else if (s->place == OUTSIDE) {
        s->place = strcmp(name, "sheetData") == 0 ? IN_DATA : OUTSIDE;
    } else if (s->place == IN_DATA && strcmp(name, "row") == 0) {
        return begin_row(s, attrs, err);
    } else if (s->place == IN_ROW && strcmp(name, "c") == 0) {
        return begin_cell(s, attrs, err);
    } else if (s->place == IN_CELL && strcmp(name, "v") == 0 && s->type != VALUE_INLINE) {
        s->place = IN_VALUE;
        s->has_value = true;
    } else if (s->place == IN_CELL && strcmp(name, "f") == 0) {
        s->place = IN_FORMULA;
        s->has_formula = true;
    } else if (s->place == IN_CELL && strcmp(name, "is") == 0 && s->type == VALUE_INLINE) {
        s->place = IN_INLINE;
        s->has_value = true;
    } else if (s->place == IN_INLINE && strcmp(name, "r") == 0) {
        s->place = IN_RUN;
    } else if ((s->place == IN_INLINE || s->place == IN_RUN) && strcmp(name, "t") == 0) {
        s->text_in = s->place;
        s->place = IN_TEXT;
    } else {
        s->skip = 1;
    }
    return 0;
}

static int refuse_text(struct sheet *s, struct error *err)
{
    char name[CELL_NAME_MAX];
    cell_name(s->row, s->col, name);
    return decoder_refuse(s->x->d, "too_large", err, _("The text of cell %s is longer than %u bytes."), name,
                          s->x->d->limits->max_string_bytes);
}

static int on_text(void *arg, const char *text, size_t n, struct error *err)
{
    struct sheet *s = arg;
    if (s->skip || (s->place != IN_VALUE && s->place != IN_TEXT))
        return 0;
    buf_add(&s->text, text, n);
    if (s->text.len - s->start <= s->x->d->limits->max_string_bytes && s->text.len <= ROW_TEXT_MAX)
        return 0;
    return refuse_text(s, err);
}

static struct cell *add_cell(struct sheet *s, enum cell_type type)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 64;
        s->cells = mem_grow(s->cells, s->cap, sizeof *s->cells);
        s->starts = mem_grow(s->starts, s->cap, sizeof *s->starts);
    }
    s->disordered = s->disordered || (s->n && s->cells[s->n - 1].col >= s->col);
    s->starts[s->n] = s->start;
    s->cells[s->n] = (struct cell){.col = s->col, .type = type, .text = ""};
    return &s->cells[s->n++];
}

static void replace_text(struct sheet *s, const char *text)
{
    s->text.len = s->start;
    buf_adds(&s->text, text);
}

// Digits as the file has them stay: a code of eighteen digits is not the number it would become.
static bool is_plain_integer(const char *t, size_t n)
{
    size_t i = n && t[0] == '-';
    return n > i && n - i < DECIMAL_TEXT_MAX - 1 && strspn(t + i, "0123456789") == n - i &&
           (t[i] != '0' || n - i == 1);
}

static void add_number(struct sheet *s)
{
    const char *t = buf_str(&s->text) + s->start;
    size_t n = s->text.len - s->start;
    char *rest, text[DECIMAL_TEXT_MAX];
    double v;
    if (!decimal_parse(t, n, &v)) {
        v = n ? strtod(t, &rest) : 0; // "+1", "007"
        if (!n || *rest || !(v - v == 0)) {
            (void)add_cell(s, CELL_TEXT);
            return;
        }
    }
    struct cell *cell = add_cell(s, CELL_NUMBER);
    cell->number = v;
    if (s->format && date_format_serial(v, s->format, s->x->epoch_1904, text)) {
        cell->type = CELL_DATE;
        replace_text(s, text);
    } else if (!is_plain_integer(t, n)) {
        decimal_format(v, text);
        replace_text(s, text);
    }
}

static int add_shared(struct sheet *s, struct error *err)
{
    char *rest;
    unsigned long i = strtoul(buf_str(&s->text) + s->start, &rest, 10);
    if (*rest || s->text.len == s->start || i >= s->x->n_strings)
        return xlsx_damaged(s->x, s->part, err);
    s->text.len = s->start;
    struct cell *cell = add_cell(s, CELL_TEXT);
    uint32_t from = s->x->string_start[i];
    cell->text = s->x->strings.data + from;
    cell->len = s->x->string_start[i + 1] - from - 1;
    s->starts[s->n - 1] = SIZE_MAX;
    return cell->len > s->x->d->limits->max_string_bytes ? refuse_text(s, err) : 0;
}

// t="d": ISO 8601 as it is, with a space between date and time, and no midnight.
static void add_iso_date(struct sheet *s)
{
    char *t = s->text.data + s->start;
    size_t n = s->text.len - s->start;
    if (n > 10 && t[10] == 'T') {
        t[10] = ' ';
        if (strncmp(t + 10, " 00:00:00", 9) == 0)
            s->text.len = s->start + 10;
    }
    (void)add_cell(s, CELL_DATE);
}

static int add_value(struct sheet *s, struct error *err)
{
    switch (s->type) {
    case VALUE_SHARED:
        return add_shared(s, err);
    case VALUE_NUMBER:
        add_number(s);
        break;
    case VALUE_BOOL: {
        bool value = strcmp(buf_str(&s->text) + s->start, "1") == 0 ||
                     strcmp(buf_str(&s->text) + s->start, "true") == 0;
        add_cell(s, CELL_BOOL)->number = value;
        replace_text(s, value ? "TRUE" : "FALSE");
        break;
    }
    case VALUE_ERROR:
        (void)add_cell(s, CELL_ERROR);
        break;
    case VALUE_DATE:
        add_iso_date(s);
        break;
    case VALUE_TEXT:
    case VALUE_INLINE:
        s->text.len = s->start + xlsx_unescape(s->text.data + s->start, s->text.len - s->start);
        (void)add_cell(s, CELL_TEXT);
        break;
    }
    return 0;
}

static int end_cell(struct sheet *s, struct error *err)
{
    bool text_like = s->type == VALUE_TEXT || s->type == VALUE_INLINE;
    bool empty = s->text.len == s->start;
    s->place = IN_ROW;
    buf_reserve(&s->text, 1);
    s->text.data[s->text.len] = '\0';
    if (!s->has_value || (empty && !text_like)) {
        if (!s->has_formula)
            return 0; // only formatted
        (void)add_cell(s, CELL_NO_VALUE);
    } else {
        int r = add_value(s, err);
        if (r < 0)
            return r;
    }
    if (s->starts[s->n - 1] != SIZE_MAX) {
        s->cells[s->n - 1].len = s->text.len - s->start;
        buf_addc(&s->text, '\0');
    }
    return 0;
}

static int by_column(const void *a, const void *b)
{
    uint32_t ca = ((const struct cell *)a)->col, cb = ((const struct cell *)b)->col;
    return ca < cb ? -1 : ca > cb;
}

// Not what Excel writes, but harmless: columns out of order are sorted, of two cells of one name one stays.
static void put_in_order(struct sheet *s)
{
    size_t n = 0;
    qsort(s->cells, s->n, sizeof *s->cells, by_column);
    for (size_t i = 0; i < s->n; i++)
        if (!n || s->cells[n - 1].col != s->cells[i].col)
            s->cells[n++] = s->cells[i];
    s->n = n;
}

static int end_row(struct sheet *s, struct error *err)
{
    s->place = IN_DATA;
    for (size_t i = 0; i < s->n; i++)
        if (s->starts[i] != SIZE_MAX)
            s->cells[i].text = s->text.data + s->starts[i];
    if (s->disordered)
        put_in_order(s);
    struct sheet_row row = {.row = s->row, .cells = s->cells, .n = s->n};
    return decoder_push(s->x->d, &row, err);
}

static int on_end(void *arg, const char *name, struct error *err)
{
    static const enum place outer[] = {[OUTSIDE] = OUTSIDE,   [IN_DATA] = OUTSIDE,  [IN_ROW] = IN_DATA,
                                       [IN_CELL] = IN_ROW,    [IN_VALUE] = IN_CELL, [IN_FORMULA] = IN_CELL,
                                       [IN_INLINE] = IN_CELL, [IN_RUN] = IN_INLINE, [IN_TEXT] = IN_INLINE};
    struct sheet *s = arg;
    (void)name;
    if (s->skip) {
        s->skip--;
        return 0;
    }
    if (s->place == IN_CELL)
        return end_cell(s, err);
    if (s->place == IN_ROW)
        return end_row(s, err);
    s->place = s->place == IN_TEXT ? s->text_in : outer[s->place];
    return 0;
}

static int read_rows(struct xlsx *x, int64_t part, const struct buf *xml, struct error *err)
{
    static const struct xml_handlers handlers = {on_start, on_end, on_text};
    struct sheet s = {.x = x, .part = part};
    int r = xml ? xlsx_memory_parse(x, xml, part, &handlers, &s, err)
                : xlsx_part_parse(x, part, &handlers, &s, err);
    buf_deinit(&s.text);
    free(s.cells);
    free(s.starts);
    return r;
}

static int begin_and_read(struct xlsx *x, int64_t part, struct sheet_info *info, const struct buf *xml,
                          struct error *err)
{
    const struct sheet_sink *sink = x->d->sink;
    int r = sink->begin(sink->arg, info, err);
    if (r == 0)
        r = read_rows(x, part, xml, err);
    return r < 0 ? r : sink->end(sink->arg, err);
}

int xlsx_read_sheet(struct xlsx *x, unsigned index, int64_t part, struct error *err)
{
    struct sheet_info info = {
        .name = x->sheets[index].name, .index = index, .hidden = x->sheets[index].hidden};
    if (xlsx_part_size(x, part) > SMALL_SHEET)
        return begin_and_read(x, part, &info, NULL, err);
    CLEANUP(buf_deinit) struct buf xml = BUF_INIT;
    struct merge *merges = NULL;
    int r = xlsx_part_load(x, part, SMALL_SHEET, &xml, err);
    if (r == 0)
        r = xlsx_read_merges(x, &xml, part, &merges, &info.n_merges, err);
    info.merges = merges;
    info.merges_known = true;
    if (r == 0)
        r = begin_and_read(x, part, &info, &xml, err);
    free(merges);
    return r;
}
