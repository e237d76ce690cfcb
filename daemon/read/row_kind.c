// SPDX-License-Identifier: Apache-2.0
// Rows around the data.
#include "read/row_kind.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "read/date_text.h"
#include "read/fold.h"
#include "read/number_text.h"
#include "read/unit.h"

size_t row_filled(const struct sheet_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++)
        n += !cell_is_blank(&row->cells[i]);
    return n;
}

static const struct cell *first_filled(const struct sheet_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        if (!cell_is_blank(&row->cells[i]))
            return &row->cells[i];
    }
    return NULL;
}

static void fold_cell(const struct cell *c, struct buf *scratch)
{
    fold_text(c->text, c->len, scratch);
}

// 1, L1, (1): the number; 0 for 甲 乙 丙 …; −1 for anything else.
static int code_of_column(const char *folded)
{
    static const char *const letters[] = {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"};
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        if (strcmp(folded, letters[i]) == 0)
            return 0;
    }
    const char *s = folded;
    bool bracket = *s == '(';
    s += bracket;
    s += *s == 'l';
    size_t n = strspn(s, "0123456789");
    if (n < 1 || n > 3 || strcmp(s + n, bracket ? ")" : "") != 0)
        return -1;
    return atoi(s);
}

bool row_is_code_row(const struct sheet_row *row, struct buf *scratch)
{
    size_t numbers = 0, letters = 0;
    int last = 0;
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        if (cell_is_blank(c))
            continue;
        fold_cell(c, scratch);
        int code = code_of_column(buf_str(scratch));
        if (code < 0 || (code > 0 && code != last + 1 && numbers + letters > 0 && last > 0) ||
            (code > 1 && last == 0))
            return false;
        numbers += code > 0;
        letters += code == 0;
        last = code > 0 ? code : last;
    }
    return numbers >= 3 || (letters >= 1 && numbers >= 1) || letters >= 2;
}

static bool is_figure(const struct cell *c, struct buf *scratch)
{
    if (c->type == CELL_NUMBER || c->type == CELL_DATE || c->type == CELL_BOOL)
        return true;
    if (c->type != CELL_TEXT || c->len > 40)
        return false;
    struct number d;
    const char *tail;
    fold_cell(c, scratch);
    return number_parse(buf_str(scratch), &d, &tail) && (!*tail || strcmp(tail, "%") == 0);
}

bool row_looks_like_data(const struct sheet_row *row, struct buf *scratch)
{
    bool figure = false;
    for (size_t i = 0; i < row->n && !figure; i++)
        figure = is_figure(&row->cells[i], scratch);
    return figure && !row_is_code_row(row, scratch);
}

static bool is_total_text(const char *folded)
{
    static const char *const whole[] = {"合计", "总计", "小计", "计",   "总数",
                                        "全区", "全县", "全市", "平均", "平均值"};
    static const char *const begin[] = {"合计", "总计", "小计", "其中:", "#"};
    static const char *const end[] = {"合计", "总计", "小计", "平均值"};
    for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
        if (strcmp(folded, whole[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(begin); i++) {
        if (text_begins(folded, begin[i]))
            return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(end); i++) {
        if (text_ends(folded, end[i]))
            return true;
    }
    return false;
}

// Cheap for ordinary rows: a cell of digits or a long text is no total.
static bool cell_is_total(const struct cell *c, struct buf *scratch)
{
    if (!c || c->type != CELL_TEXT || c->len > 60 || c->len == 0 || (c->text[0] >= '0' && c->text[0] <= '9'))
        return false;
    fold_cell(c, scratch);
    return is_total_text(buf_str(scratch));
}

bool row_is_total(const struct sheet_row *row, const struct cell *name, struct buf *scratch)
{
    return cell_is_total(first_filled(row), scratch) || cell_is_total(name, scratch);
}

bool row_is_filler(const struct sheet_row *row, struct buf *scratch)
{
    bool dots = false;
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        if (cell_is_blank(c))
            continue;
        fold_cell(c, scratch);
        const char *s = buf_str(scratch);
        bool serial = strspn(s, "0123456789") == scratch->len && scratch->len < 6;
        fold_key(scratch); // "…" and "..." leave nothing
        if (scratch->len && !serial)
            return false;
        dots = dots || !scratch->len;
    }
    return dots;
}

bool row_is_note(const struct sheet_row *row, struct buf *scratch)
{
    static const char *const begin[] = {"注:",      "注1", "备注:", "说明:",    "填表说明",
                                        "填报说明", "※",   "附注",  "数据来源", "*注"};
    const struct cell *c = first_filled(row);
    if (!c || c->type != CELL_TEXT)
        return false;
    fold_cell(c, scratch);
    for (size_t i = 0; i < ARRAY_SIZE(begin); i++) {
        if (text_begins(buf_str(scratch), begin[i]))
            return true;
    }
    return row_filled(row) == 1 && !is_figure(c, scratch);
}

static const char *const footers[] = {"填报人",   "填表人",   "审核人",   "单位负责人", "负责人",
                                      "联系电话", "填报日期", "报送日期", "填表日期",   "填报单位",
                                      "制表人",   "联系人",   "填报时间"};

// The footer word at the start of the text, past blanks and a full or half colon behind it. NULL if there is
// none.
static const char *footer_word(const char *s, const char **ret_word)
{
    for (size_t i = 0; i < ARRAY_SIZE(footers); i++) {
        if (!text_begins(s, footers[i]))
            continue;
        const char *p = s + strlen(footers[i]);
        while (*p == ' ')
            p++;
        if (*p == ':')
            p++;
        else if (text_begins(p, "："))
            p += strlen("：");
        else if (*p)
            return NULL;
        *ret_word = footers[i];
        return p;
    }
    return NULL;
}

static const char *next_footer(const char *s)
{
    const char *first = NULL, *word;
    for (size_t i = 0; i < ARRAY_SIZE(footers); i++) {
        const char *p = strstr(s, footers[i]);
        if (p && footer_word(p, &word) && (!first || p < first))
            first = p;
    }
    return first ? first : s + strlen(s);
}

static void keep_footer(struct summary *summary, const char *word, const char *from, const char *to)
{
    size_t len;
    const char *value = text_trim(from, (size_t)(to - from), &len);
    if (len > 0 && len <= 200 && strspn(value, "_ ") < len)
        summary_footer(summary, word, value, len);
}

bool row_read_footer(const struct sheet_row *row, struct summary *summary, struct buf *scratch)
{
    (void)scratch;
    const char *word = NULL;
    bool any = false, open = false; // open: a word whose value stands in the next cell
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        size_t len;
        const char *text = text_trim(c->text, c->len, &len);
        const char *next_word, *rest = len ? footer_word(text, &next_word) : NULL;
        if (!len)
            continue;
        if (!rest && open)
            keep_footer(summary, word, text, text + len);
        open = false;
        if (!rest && !any)
            return false;
        while (rest) {
            any = true;
            word = next_word;
            const char *end = next_footer(rest);
            keep_footer(summary, word, rest, end);
            open = text_is_blank(rest, (size_t)(end - rest));
            rest = *end ? footer_word(end, &next_word) : NULL;
        }
    }
    return any;
}

bool row_is_units(const struct sheet_row *row, struct buf *scratch)
{
    size_t units = 0;
    for (size_t i = 0; i < row->n; i++) {
        const struct cell *c = &row->cells[i];
        if (cell_is_blank(c))
            continue;
        fold_cell(c, scratch);
        const char *s = buf_str(scratch);
        size_t n = scratch->len;
        if (strcmp(s, "单位") == 0)
            continue;
        if (n > 2 && s[0] == '(' && s[n - 1] == ')') {
            s++;
            n -= 2;
        }
        if (!unit_find(s, n))
            return false;
        units++;
    }
    return units > 0;
}
