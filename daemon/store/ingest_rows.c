// SPDX-License-Identifier: Apache-2.0
// The binary rows of the reader: cells to typed slots. What does not fit the column's type is nonsense, since
// the reader has typed it; what is merely unreasonable (a sentence for a code) refuses the row.
#include "store/ingest_internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/wire.h"

#define MINUTES_OF_DAY (24 * 60)

struct cursor {
    const uint8_t *p, *end;
};

// A cell as it came. `word`: index + 1 of its entry in the dictionary, 0 if it has none.
struct value {
    enum { VALUE_NULL, VALUE_INT, VALUE_REAL, VALUE_TEXT } kind;
    int64_t i;
    double r;
    const char *text;
    size_t len, word;
};

static int nonsense(struct error *err, const char *what)
{
    return error_set(err, -EPROTO, "the reader's rows: %s", what);
}

static bool take(struct cursor *c, size_t n, const uint8_t **ret)
{
    if ((size_t)(c->end - c->p) < n)
        return false;
    *ret = c->p;
    c->p += n;
    return true;
}

static bool take_number(struct cursor *c, size_t n, uint64_t *ret)
{
    const uint8_t *p;
    if (!take(c, n, &p))
        return false;
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret |= (uint64_t)p[i] << (8 * i);
    return true;
}

// Strict: no overlong forms, no surrogates, nothing beyond U+10FFFF, no NUL.
static bool utf8_valid(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint8_t b = p[i++];
        if (b && b < 0x80)
            continue;
        size_t more = b >= 0xc2 && b <= 0xdf   ? 1
                      : b >= 0xe0 && b <= 0xef ? 2
                      : b >= 0xf0 && b <= 0xf4 ? 3
                                               : 0;
        if (!more || n - i < more)
            return false;
        uint8_t low = b == 0xe0   ? 0xa0
                      : b == 0xf0 ? 0x90
                                  : 0x80,
                high = b == 0xed   ? 0x9f
                       : b == 0xf4 ? 0x8f
                                   : 0xbf;
        if (p[i] < low || p[i] > high)
            return false;
        for (size_t k = 1; k < more; k++)
            if ((p[i + k] & 0xc0) != 0x80)
                return false;
        i += more;
    }
    return true;
}

static int take_text(struct cursor *c, struct value *ret, struct error *err)
{
    uint64_t len;
    const uint8_t *p;
    if (!take_number(c, 4, &len) || !take(c, len, &p))
        return nonsense(err, "a text ends after the frame");
    if (len > TEXT_MAX)
        return nonsense(err, "a text is too long");
    if (!utf8_valid(p, len))
        return nonsense(err, "a text is not UTF-8");
    *ret = (struct value){.kind = VALUE_TEXT, .text = (const char *)p, .len = len};
    return 0;
}

static int add_word(struct ingest *in, struct value *v, struct error *err)
{
    if (in->n_words == WORDS_MAX || in->words_bytes + v->len > WORDS_BYTES_MAX)
        return nonsense(err, "the dictionary is too big");
    if (in->n_words == in->cap_words) {
        in->cap_words = in->cap_words ? in->cap_words * 2 : 256;
        in->words = mem_grow(in->words, in->cap_words, sizeof *in->words);
    }
    in->words[in->n_words++] = (struct word){.text = str_ndup(v->text, v->len), .len = v->len};
    in->words_bytes += v->len;
    v->word = in->n_words;
    return 0;
}

static int take_value(struct ingest *in, struct cursor *c, struct value *ret, struct error *err)
{
    uint64_t tag, n;
    *ret = (struct value){0};
    if (!take_number(c, 1, &tag))
        return nonsense(err, "the frame ends within a row");
    switch ((enum wire_tag)tag) {
    case WIRE_NULL:
        return 0;
    case WIRE_INT:
    case WIRE_REAL:
        if (!take_number(c, 8, &n))
            return nonsense(err, "a number ends after the frame");
        ret->kind = tag == WIRE_INT ? VALUE_INT : VALUE_REAL;
        memcpy(&ret->i, &n, 8);
        memcpy(&ret->r, &n, 8);
        return ret->kind == VALUE_REAL && !isfinite(ret->r) ? nonsense(err, "a number is not finite") : 0;
    case WIRE_TEXT:
        return take_text(c, ret, err);
    case WIRE_DICT_NEW: {
        int r = take_text(c, ret, err);
        return r < 0 ? r : add_word(in, ret, err);
    }
    case WIRE_DICT:
        if (!take_number(c, 4, &n) || n >= in->n_words)
            return nonsense(err, "an index lies outside the dictionary");
        *ret = (struct value){
            .kind = VALUE_TEXT, .text = in->words[n].text, .len = in->words[n].len, .word = (size_t)n + 1};
        return 0;
    }
    return nonsense(err, "a cell of unknown kind");
}

// The text with a NUL after it; good until the next call.
static const char *c_text(struct ingest *in, const struct value *v)
{
    if (v->word)
        return in->words[v->word - 1].text;
    buf_reset(&in->scratch);
    buf_add(&in->scratch, v->text, v->len);
    return buf_str(&in->scratch);
}

static int code_of_value(struct ingest *in, const struct value *v, int64_t *ret, struct error *err)
{
    struct word *w = v->word ? &in->words[v->word - 1] : NULL;
    if (w && w->code) {
        *ret = w->code;
        return 0;
    }
    int r = code_of(in->store, c_text(in, v), ret, err);
    if (r == 0 && w)
        w->code = *ret;
    return r;
}

static bool is_date(struct ingest *in, const struct value *v)
{
    struct period p;
    return v->len == 10 && period_parse(c_text(in, v), &p) && p.kind == PERIOD_DAY;
}

static int to_code(struct ingest *in, const struct slot_column *c, const struct value *v, struct slot *ret,
                   struct error *err)
{
    if (v->kind != VALUE_TEXT)
        return nonsense(err, "a number where a code stands");
    if (c->column->type == COLUMN_DATE && v->len && !is_date(in, v))
        return nonsense(err, "a date that is none");
    *ret = (struct slot){.kind = SLOT_INT};
    int r = code_of_value(in, v, &ret->i, err);
    if (r < 0 || !c->n_allowed)
        return r;
    for (size_t i = 0; i < c->n_allowed; i++)
        if (c->allowed[i] == ret->i)
            return 0;
    return nonsense(err, "a value that the code list does not have");
}

static int to_integer(const struct slot_column *c, const struct value *v, struct slot *ret, struct error *err)
{
    if (v->kind != VALUE_INT)
        return nonsense(err, "something else where an integer stands");
    if (c->column->type == COLUMN_BOOL && (v->i < 0 || v->i > 1))
        return nonsense(err, "a yes or no that is neither");
    if (c->column->type == COLUMN_TIME && (v->i < 0 || v->i > MINUTES_OF_DAY))
        return nonsense(err, "a time that is none");
    *ret = (struct slot){.kind = SLOT_INT, .i = v->i};
    return 0;
}

static int to_slot(struct ingest *in, const struct slot_column *c, const struct value *v, struct slot *ret,
                   struct error *err)
{
    *ret = (struct slot){.kind = SLOT_NULL};
    if (v->kind == VALUE_NULL ||
        (v->kind == VALUE_TEXT && v->len == 0 && (c->as == STORED_CODE || c->as == STORED_TEXT)))
        return 0;
    switch (c->as) {
    case STORED_CODE:
        return to_code(in, c, v, ret, err);
    case STORED_INTEGER:
        return to_integer(c, v, ret, err);
    case STORED_REAL:
        if (v->kind == VALUE_TEXT)
            return nonsense(err, "a text where a number stands");
        *ret = (struct slot){.kind = SLOT_REAL, .r = v->kind == VALUE_INT ? (double)v->i : v->r};
        return 0;
    case STORED_TEXT:
        if (v->kind != VALUE_TEXT || (c->column->type == COLUMN_DATE && !is_date(in, v)))
            return nonsense(err, "something else where a text or date stands");
        *ret = (struct slot){.kind = SLOT_TEXT, .text = v->text, .len = v->len};
        return 0;
    case STORED_NOT:
        break;
    }
    return nonsense(err, "a column that is not stored");
}

static int to_period(struct ingest *in, const struct ingest_table *t, const struct value *v, int64_t *ret,
                     struct error *err)
{
    const struct dataset *d = t->facts->dataset;
    struct period p = {.kind = PERIOD_NONE};
    if (v->kind == VALUE_NULL && d->period == PERIOD_NONE) {
        *ret = 1; // the empty text
        return 0;
    }
    if (v->kind != VALUE_TEXT || v->len >= PERIOD_TEXT_MAX)
        return nonsense(err, "a row does not begin with its period");
    const char *text = c_text(in, v);
    if (t->period && strcmp(t->period, text) != 0)
        return nonsense(err, "a row's period is not that of its table");
    if (in->last_period.period && in->last_period.kind == d->period &&
        strcmp(in->last_period.text, text) == 0) {
        *ret = in->last_period.period;
        return 0;
    }
    if (d->period == PERIOD_NONE ? v->len != 0 : !period_parse(text, &p) || p.kind != d->period)
        return nonsense(err, "a row's period is none of the dataset's kind");
    in->last_period.kind = p.kind;
    in->last_period.roster = 0;
    (void)memcpy(in->last_period.text, text, v->len + 1);
    int r = code_of_value(in, v, ret, err);
    in->last_period.period = r < 0 ? 0 : *ret;
    return r;
}

// A column that says which row it is, left empty or overlong: the row cannot be stored.
static bool key_complaint(struct ingest *in, struct ingest_table *t, const struct fact_row *row,
                          size_t column, bool too_long)
{
    const struct column *c = t->facts->columns[column].column;
    struct issue_at at = {.table = t, .row = row->row, .column = column};
    ingest_complain(
        in, "refuse", too_long ? "key_too_long" : "key_missing", &at,
        too_long
            ? str_printf(_("\"%s\" is longer than a code or name can be; the row was not stored."), c->header)
            : str_printf(_("\"%s\" is empty; without it the row cannot be stored."), c->header));
    return false;
}

// Fills what a key may leave open: its default, else the empty code or 0.
static int default_key(struct ingest *in, const struct slot_column *c, struct slot *ret, struct error *err)
{
    const char *text = c->column->default_value;
    *ret = (struct slot){.kind = SLOT_INT, .i = 1};
    if (c->as == STORED_CODE)
        return text ? code_of(in->store, text, &ret->i, err) : 0;
    ret->i = text ? strtoll(text, NULL, 10) : 0;
    if (c->as == STORED_REAL)
        *ret = (struct slot){.kind = SLOT_REAL, .r = text ? strtod(text, NULL) : 0};
    return 0;
}

// *ret_good: the row has its key. The school's code may be missing where the name can stand in for it
// (ingest_row.c).
static int complete_key(struct ingest *in, struct ingest_table *t, struct fact_row *row, bool *ret_good,
                        struct error *err)
{
    const struct fact_table *facts = t->facts;
    *ret_good = true;
    for (size_t i = 0; i < facts->n_columns; i++) {
        const struct slot_column *c = &facts->columns[i];
        if (!c->key || row->slots[i].kind != SLOT_NULL)
            continue;
        if (i == facts->school && facts->name < facts->n_columns &&
            row->slots[facts->name].kind != SLOT_NULL && strcmp(t->kind, "form_ii_2") == 0)
            continue;
        if (c->column->owed == OWED_ALWAYS)
            *ret_good = key_complaint(in, t, row, i, false);
        int r = default_key(in, c, &row->slots[i], err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int take_row(struct ingest *in, struct ingest_table *t, struct cursor *c, struct slot *slots,
                    struct error *err)
{
    const struct fact_table *facts = t->facts;
    struct fact_row row = {.slots = slots, .table = (unsigned)ingest_table_no(in, t)};
    struct value v;
    uint64_t number;
    bool good = true, has_key;
    if (!take_number(c, 4, &number))
        return nonsense(err, "the frame ends within a row");
    row.row = (unsigned)number;
    for (size_t i = 0; i < facts->n_columns; i++)
        slots[i] = (struct slot){.kind = SLOT_NULL};
    int r = take_value(in, c, &v, err);
    if (r == 0)
        r = to_period(in, t, &v, &row.period, err);
    for (size_t i = 0; r == 0 && i < t->n_columns; i++) {
        size_t at = t->slot_of[i];
        r = take_value(in, c, &v, err);
        if (r < 0 || at == facts->n_columns)
            continue;
        bool too_long = facts->columns[at].as == STORED_CODE && v.kind == VALUE_TEXT && v.len > KEY_TEXT_MAX;
        if (too_long)
            good = key_complaint(in, t, &row, at, true);
        else
            r = to_slot(in, &facts->columns[at], &v, &slots[at], err);
    }
    if (r < 0)
        return r;
    in->rows_read++;
    if (good && !t->refused) {
        r = complete_key(in, t, &row, &has_key, err);
        if (r == 0 && has_key)
            return ingest_row(in, t, &row, err);
    }
    in->rows_bad++;
    return r;
}

int ingest_rows_frame(struct ingest *in, const struct frame *f, struct error *err)
{
    struct cursor c = {.p = f->data, .end = f->data + f->len};
    uint64_t table, rows;
    if (!take_number(&c, 2, &table) || !take_number(&c, 4, &rows))
        return nonsense(err, "the frame has no head");
    if (table >= in->n_tables)
        return nonsense(err, "they come before their table");
    struct ingest_table *t = &in->tables[table];
    CLEANUP_FREE struct slot *slots = mem_array(t->facts->n_columns + 1, sizeof *slots);
    for (uint64_t i = 0; i < rows; i++) {
        int r = take_row(in, t, &c, slots, err);
        if (r < 0)
            return r;
    }
    return c.p == c.end ? 0 : nonsense(err, "bytes are left over after the last row");
}
