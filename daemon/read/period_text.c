// SPDX-License-Identifier: Apache-2.0
// Spellings of periods.
#include "read/period_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "read/date_text.h"
#include "read/fold.h"

#define YEAR_MIN 1990
#define YEAR_MAX 2100

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_year(const char **s, int *ret)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        if (!is_digit((*s)[i]))
            return false;
        v = v * 10 + ((*s)[i] - '0');
    }
    if (v < YEAR_MIN || v > YEAR_MAX || is_digit((*s)[4]))
        return false;
    *s += 4;
    *ret = v;
    return true;
}

static bool take_word(const char **s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text_begins(*s, words[i])) {
            *s += strlen(words[i]);
            return true;
        }
    }
    return false;
}

// What a year of a school year may look like.
struct span {
    int year;
    bool range, says_school_year, says_year;
    bool dated; // a month follows: the date of a letter, not a period
};

// -03, /3, .10 and 年3月 after a year.
static bool month_follows(const char *s)
{
    if (!take_word(&s, (const char *const[]){"-", "/", ".", "年"}, 4) || !is_digit(*s))
        return false;
    return !is_digit(s[1]) || !is_digit(s[2]);
}

// From a year on: 2025-2026学年度, 2025学年, 2025年度, 2025. A dash that is followed by a month is left
// alone.
static bool take_span(const char **s, struct span *ret)
{
    static const char *const joins[] = {"-", "/", "~", "_", "至", "到"};
    static const char *const school[] = {"学年度", "学年"};
    static const char *const plain[] = {"年度", "年"};
    struct span span = {0};
    const char *p = *s;
    if (!take_year(&p, &span.year))
        return false;
    const char *after = p;
    int second;
    (void)take_word(&p, (const char *const[]){"年"}, 1);
    while (take_word(&p, joins, ARRAY_SIZE(joins)))
        ;
    if (p > after && take_year(&p, &second) && second == span.year + 1) {
        span.range = true;
        after = p;
    }
    p = after;
    span.dated = !span.range && month_follows(p);
    span.says_school_year = take_word(&p, school, ARRAY_SIZE(school));
    span.says_year = !span.says_school_year && take_word(&p, plain, ARRAY_SIZE(plain));
    *s = p;
    *ret = span;
    return true;
}

int term_text_parse(const char *folded)
{
    static const struct {
        const char *text;
        int term;
    } words[] = {{"1", 1},        {"2", 2},        {"第一学期", 1}, {"第二学期", 2},     {"上学期", 1},
                 {"下学期", 2},   {"秋", 1},       {"春", 2},       {"秋季", 1},         {"春季", 2},
                 {"秋季学期", 1}, {"春季学期", 2}, {"第1学期", 1},  {"第2学期", 2},      {"上", 1},
                 {"下", 2},       {"一", 1},       {"二", 2},       {"学年第一学期", 1}, {"学年第二学期", 2},
                 {"-1", 1},       {"-2", 2},       {"学期1", 1},    {"学期2", 2}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(folded, words[i].text) == 0)
            return words[i].term;
    }
    return 0;
}

static bool parse_month(const char *s, struct period *ret)
{
    int year, month = 0, n = 0;
    const char *p = s;
    if (!take_year(&p, &year)) {
        if (strlen(s) != 6 || strspn(s, "0123456789") != 6)
            return false;
        char text[5] = {s[0], s[1], s[2], s[3]};
        const char *t = text;
        if (!take_year(&t, &year))
            return false;
        p = s + 4;
    } else if (!take_word(&p, (const char *const[]){"-", "/", ".", "年"}, 4)) {
        return false;
    }
    for (; n < 2 && is_digit(*p); n++)
        month = month * 10 + (*p++ - '0');
    (void)take_word(&p, (const char *const[]){"月"}, 1);
    if (*p || n == 0 || month < 1 || month > 12)
        return false;
    *ret = (struct period){.kind = PERIOD_MONTH, .year = year, .part = month};
    return true;
}

static bool parse_term(const char *s, struct period *ret)
{
    struct span span;
    if (!take_span(&s, &span))
        return false;
    int term = term_text_parse(s);
    *ret = (struct period){.kind = PERIOD_TERM, .year = span.year, .part = term};
    return term != 0;
}

bool period_text_parse(enum period_kind kind, const char *folded, struct period *ret)
{
    const char *s = folded;
    struct span span;
    int date;
    switch (kind) {
    case PERIOD_SCHOOL_YEAR:
        if (!take_span(&s, &span) || *s || (span.says_year && !span.range))
            return false;
        *ret = (struct period){.kind = kind, .year = span.year};
        return true;
    case PERIOD_YEAR:
        if (!take_span(&s, &span) || *s || span.says_school_year || span.range)
            return false;
        *ret = (struct period){.kind = kind, .year = span.year};
        return true;
    case PERIOD_MONTH:
        return parse_month(s, ret);
    case PERIOD_TERM:
        return parse_term(s, ret);
    case PERIOD_DAY:
        // A day in a cell without a date format is a serial number.
        if (!date_parse(s, &date) &&
            !(strspn(s, "0123456789") == 5 && !s[5] && date_from_serial(atoi(s), &date)))
            return false;
        *ret =
            (struct period){.kind = kind, .year = date / 10000, .part = date / 100 % 100, .day = date % 100};
        return true;
    case PERIOD_NONE:
    case PERIOD_KIND_COUNT:
        break;
    }
    return false;
}

// How strongly a span speaks for a period of this kind; 0 not at all.
static int strength(enum period_kind kind, const struct span *span, bool strict)
{
    if (span->dated)
        return 0;
    if (kind == PERIOD_SCHOOL_YEAR) {
        if (span->says_school_year || span->range)
            return 2;
        return strict || span->says_year ? 0 : 1;
    }
    if (span->range || span->says_school_year)
        return 0;
    return span->says_year ? 2 : strict ? 0 : 1;
}

// Months, terms and days stand in their rows; in names only where nothing else is around.
static bool find_exact(enum period_kind kind, const char *folded, struct period *ret)
{
    for (const char *s = folded; *s; s++) {
        if (!is_digit(*s) || (s > folded && is_digit(s[-1])))
            continue;
        size_t n = strcspn(s, "_. ()");
        char text[64];
        if (n >= sizeof text)
            continue;
        memcpy(text, s, n);
        text[n] = '\0';
        if (period_text_parse(kind, text, ret))
            return true;
    }
    return false;
}

bool period_text_find(enum period_kind kind, const char *folded, bool strict, struct period *ret)
{
    if (kind != PERIOD_SCHOOL_YEAR && kind != PERIOD_YEAR)
        return find_exact(kind, folded, ret);
    int best = 0, year = 0;
    bool several = false;
    for (const char *s = folded; *s;) {
        struct span span;
        const char *p = s;
        // 表Ⅱ-2 2025-2026学年: without its blank a number stands before the year, which two years outweigh.
        bool joined = s > folded && is_digit(s[-1]);
        if (!is_digit(*s) || !take_span(&p, &span) || (joined && !span.range)) {
            s++;
            continue;
        }
        int power = strength(kind, &span, strict);
        if (power > best || (power && power == best && span.year != year)) {
            several = power == best;
            best = power;
            year = span.year;
        }
        s = p;
    }
    if (!best || several)
        return false;
    *ret = (struct period){.kind = kind, .year = year};
    return true;
}
