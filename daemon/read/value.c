// SPDX-License-Identifier: Apache-2.0
// Types of values. Nothing here allocates once the scratch buffer has grown.
#include "read/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "read/date_text.h"
#include "read/fold.h"
#include "read/number_text.h"

static void bad(struct value *v, enum value_fault fault)
{
    v->kind = VALUE_BAD;
    v->fault = fault;
}

static void set_int(struct value *v, int64_t i)
{
    v->kind = VALUE_INT;
    v->integer = i;
    v->real = (double)i;
}

static void set_text(struct value *v, const char *text, size_t len)
{
    v->kind = VALUE_TEXT;
    v->text = text;
    v->len = len;
}

// Words and signs for "there is nothing to fill in here" (folded).
static bool not_applicable(const char *s, size_t len)
{
    static const char *const words[] = {"/",   "\\", "//",   "无",   "不适用", "无此项",
                                        "n/a", "na", "#n/a", "null", "none"};
    if (s[0] >= '0' && s[0] <= '9')
        return false;
    if (len == 0 || strspn(s, "-.*_") == len || strcmp(s, "…") == 0 || strcmp(s, "……") == 0)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(s, words[i]) == 0)
            return true;
    }
    return false;
}

static void check_range(const struct column *c, struct value *v)
{
    if (c->has_min && v->real < c->min)
        bad(v, FAULT_BELOW);
    else if (c->has_max && v->real > c->max)
        bad(v, FAULT_ABOVE);
}

// What stands behind the number: nothing, a per cent sign, or a unit of its own, which holds against the
// header's.
static enum value_fault read_tail(const struct value_rule *rule, const char *tail, struct number *d,
                                  int *shift, int *factor, bool *percent)
{
    size_t len = strlen(tail);
    if (!len)
        return FAULT_NONE;
    if (len > 2 && tail[0] == '(' && tail[len - 1] == ')') {
        tail++;
        len -= 2;
    }
    const struct unit *u = unit_find(tail, len);
    if (!u)
        return FAULT_NOT_NUMBER;
    if (u->dimension == UNIT_SHARE) {
        if (rule->plan->stored && rule->plan->stored->dimension != UNIT_SHARE)
            return FAULT_UNIT;
        *percent = true;
        d->exponent -= 2;
        return FAULT_NONE;
    }
    if (rule->plan->stored && !unit_conversion(u, rule->plan->stored, shift, factor))
        return FAULT_UNIT;
    if (!rule->plan->stored && u->dimension != UNIT_PIECES && u->dimension != UNIT_YEAR)
        return FAULT_UNIT;
    return FAULT_NONE;
}

// 1998-09-01 and 1998年9月 where a year is wanted.
static bool year_of_date(const struct value_rule *rule, const char *folded, struct value *v)
{
    int date;
    if (!rule->plan->stored || rule->plan->stored->dimension != UNIT_YEAR || !date_parse(folded, &date))
        return false;
    set_int(v, date / 10000);
    return true;
}

static void read_number(const struct value_rule *rule, const struct cell *cell, const char *folded,
                        struct value *v)
{
    struct number d;
    const char *tail;
    int shift = rule->shift, factor = rule->factor;
    bool percent = false;
    if (cell->type == CELL_BOOL || cell->type == CELL_DATE || !number_parse(folded, &d, &tail)) {
        if (!year_of_date(rule, folded, v))
            bad(v, FAULT_NOT_NUMBER);
        return;
    }
    enum value_fault fault = read_tail(rule, tail, &d, &shift, &factor, &percent);
    if (fault != FAULT_NONE) {
        if (!year_of_date(rule, folded, v))
            bad(v, fault);
        return;
    }
    if (cell->type == CELL_NUMBER)
        number_round_15(&d);
    if (!number_to_real(&d, shift, factor, &v->real)) {
        bad(v, FAULT_ABOVE);
        return;
    }
    v->kind = VALUE_REAL;
    if (rule->column->type == COLUMN_PERCENT && !percent && v->real > 1) {
        d.exponent -= 2;
        (void)number_to_real(&d, shift, factor, &v->real);
    }
    if (rule->column->type == COLUMN_INTEGER) {
        int64_t i;
        if (!number_to_int(&d, shift, factor, &i)) {
            bad(v, FAULT_FRACTION);
            return;
        }
        set_int(v, i);
    }
    check_range(rule->column, v);
}

static void read_bool(const struct cell *cell, const char *folded, struct value *v)
{
    static const char *const yes[] = {"是", "√", "✓", "✔", "☑", "1", "1.0", "y", "yes", "true", "对", "t"};
    static const char *const no[] = {"否", "×",  "✗",     "✘",  "x", "0",   "0.0",
                                     "n",  "no", "false", "错", "f", "不是"};
    if (cell->type == CELL_BOOL) {
        set_int(v, cell->number != 0);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (strcmp(folded, yes[i]) == 0) {
            set_int(v, 1);
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
        if (strcmp(folded, no[i]) == 0) {
            set_int(v, 0);
            return;
        }
    }
    if (not_applicable(folded, strlen(folded)))
        v->kind = VALUE_EMPTY;
    else
        bad(v, FAULT_NOT_BOOL);
}

static void read_date(const struct cell *cell, const char *folded, char *slot, struct value *v)
{
    int date = 0;
    size_t digits = strspn(folded, "0123456789");
    bool found = date_parse(folded, &date);
    if (!found && digits >= 5 && (folded[digits] == '\0' || folded[digits] == '.') && cell->type != CELL_DATE)
        found = date_from_serial(strtod(folded, NULL), &date);
    if (!found) {
        bad(v, FAULT_NOT_DATE);
        return;
    }
    int n = snprintf(slot, VALUE_SLOT, "%04d-%02d-%02d", date / 10000, date / 100 % 100, date % 100);
    set_text(v, slot, (size_t)n);
}

static void read_time(const struct cell *cell, const char *folded, struct value *v)
{
    int minutes;
    if (time_parse(folded, &minutes) ||
        (cell->type == CELL_NUMBER && time_from_serial(cell->number, &minutes)))
        set_int(v, minutes);
    else
        bad(v, FAULT_NOT_TIME);
}

static void read_code(const struct value_rule *rule, const char *folded, size_t len, struct value *v)
{
    const char *value = code_list_find(rule->plan->codes, folded, len);
    if (!value && len > 2 && strcmp(folded + len - 2, ".0") == 0)
        value = code_list_find(rule->plan->codes, folded, len - 2);
    if (value)
        set_text(v, value, strlen(value));
    else if (!not_applicable(folded, len))
        bad(v, FAULT_NOT_IN_LIST);
}

// A number in scientific notation has its digits only if the mantissa holds them all: 3.301020009E9,
// not 3.3E+09. Excel keeps fifteen; an integer of more that comes as a number has lost its end.
static bool digits_lost(const struct cell *cell, const char *folded, const struct number *d)
{
    const char *e = strchr(folded, 'e');
    if (!e)
        return cell->type == CELL_NUMBER && !d->fraction && d->digits > 15;
    size_t mantissa = 0;
    for (const char *s = folded; s < e; s++)
        mantissa += *s >= '0' && *s <= '9';
    return atoi(e + 1) + 1 > (int)mantissa || mantissa > 15 || cell->type != CELL_NUMBER;
}

// Codes: half width, without white space, letters as they are.
static size_t clean_code(const char *text, size_t len, char *slot)
{
    size_t n = 0;
    for (const char *s = text, *end = text + len; s < end;) {
        uint32_t c;
        const char *next = text_next(s, &c);
        size_t bytes = (size_t)((next < end ? next : end) - s);
        if (n + bytes + 1 >= VALUE_SLOT)
            return SIZE_MAX;
        if (c >= 0xff01 && c <= 0xff5e) {
            slot[n++] = (char)(c - 0xff01 + '!');
        } else if (!text_is_blank(s, bytes)) {
            memcpy(slot + n, s, bytes);
            n += bytes;
        }
        s = next;
    }
    slot[n] = '\0';
    return n;
}

static void read_identity(const struct value_rule *rule, const struct cell *cell, const char *folded,
                          char *slot, struct value *v)
{
    struct number d;
    const char *tail;
    size_t len;
    const char *text = text_trim(cell->text, cell->len, &len);
    // Excel writes 1.1E+17, other programs 1.1E17; 5E3 may be a class.
    bool spoilt = strchr(folded, 'e') && strpbrk(folded, "+.");
    bool plain = cell->type == CELL_NUMBER && !strchr(folded, 'e');
    if (number_parse(folded, &d, &tail) && !*tail && (spoilt || plain)) {
        int64_t number;
        if (digits_lost(cell, folded, &d)) {
            bad(v, FAULT_SCIENTIFIC);
        } else if (!number_to_int(&d, 0, 1, &number)) {
            bad(v, FAULT_NOT_A_CODE);
        } else {
            int n = d.fraction || d.scientific ? snprintf(slot, VALUE_SLOT, "%lld", (long long)number)
                                               : (int)clean_code(text, len, slot);
            set_text(v, slot, (size_t)n);
        }
        return;
    }
    size_t n = clean_code(text, len, slot);
    if (n == SIZE_MAX) {
        bad(v, FAULT_TOO_LONG);
        return;
    }
    if (n > 2 && strspn(slot, "0123456789") == n - 2 && strcmp(slot + n - 2, ".0") == 0)
        slot[n -= 2] = '\0';
    bool letters = false;
    for (size_t i = 0; i < n; i++)
        letters = letters || (unsigned char)slot[i] >= 0x80;
    // A campus may go by a name; what a row is about may not.
    bool strict = rule->column->owed == OWED_ALWAYS || rule->column->is_county;
    if (letters && strict && text_ends(rule->column->header, "代码"))
        bad(v, FAULT_NOT_A_CODE);
    else
        set_text(v, slot, n);
}

static void read_text(const struct cell *cell, struct value *v)
{
    size_t len;
    const char *text = text_trim(cell->text, cell->len, &len);
    if (cell->type == CELL_NUMBER && len > 2 && strspn(text, "0123456789") == len - 2 &&
        text_ends(text, ".0"))
        len -= 2;
    if (len > VALUE_TEXT_MAX)
        bad(v, FAULT_TOO_LONG);
    else
        set_text(v, text, len);
}

static void read_typed(const struct value_rule *rule, const struct cell *cell, const struct buf *folded,
                       char *slot, struct value *v)
{
    const char *s = buf_str(folded);
    switch (rule->column->type) {
    case COLUMN_INTEGER:
    case COLUMN_DECIMAL:
    case COLUMN_PERCENT:
        read_number(rule, cell, s, v);
        return;
    case COLUMN_DATE:
        read_date(cell, s, slot, v);
        return;
    case COLUMN_TIME:
        read_time(cell, s, v);
        return;
    case COLUMN_TEXT:
        if (rule->plan->identity)
            read_identity(rule, cell, s, slot, v);
        else
            read_text(cell, v);
        return;
    case COLUMN_BOOL:
    case COLUMN_CODE:
    case COLUMN_TYPE_COUNT:
        break;
    }
}

void value_read(const struct value_rule *rule, const struct cell *cell, struct buf *scratch, char *slot,
                struct value *ret)
{
    *ret = (struct value){.kind = VALUE_EMPTY, .cell = cell};
    if (!cell || cell->type == CELL_EMPTY)
        return;
    if (cell->type == CELL_ERROR || cell->type == CELL_NO_VALUE) {
        bad(ret, cell->type == CELL_ERROR ? FAULT_FORMULA : FAULT_NO_RESULT);
        return;
    }
    size_t len;
    const char *text = text_trim(cell->text, cell->len, &len);
    if (len > VALUE_TEXT_MAX) {
        bad(ret, FAULT_TOO_LONG);
        return;
    }
    fold_text(text, len, scratch);
    if (!scratch->len)
        return;
    // In these two a sign such as 无 or × may be a value.
    if (rule->column->type == COLUMN_BOOL)
        read_bool(cell, scratch->data, ret);
    else if (rule->column->type == COLUMN_CODE)
        read_code(rule, scratch->data, scratch->len, ret);
    else if (!not_applicable(scratch->data, scratch->len))
        read_typed(rule, cell, scratch, slot, ret);
}

void value_default(const struct column *c, const char *text, struct value *ret)
{
    *ret = (struct value){.kind = VALUE_EMPTY};
    switch (c->type) {
    case COLUMN_INTEGER:
    case COLUMN_BOOL:
    case COLUMN_TIME:
        set_int(ret, strtoll(text, NULL, 10));
        return;
    case COLUMN_DECIMAL:
    case COLUMN_PERCENT:
        ret->kind = VALUE_REAL;
        ret->real = strtod(text, NULL);
        return;
    case COLUMN_TEXT:
    case COLUMN_CODE:
    case COLUMN_DATE:
        set_text(ret, text, strlen(text));
        return;
    case COLUMN_TYPE_COUNT:
        break;
    }
}
