// SPDX-License-Identifier: Apache-2.0
// Periods and their order.
#include "base/period.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[PERIOD_KIND_COUNT] = {
    [PERIOD_NONE] = "none", [PERIOD_YEAR] = "year",   [PERIOD_SCHOOL_YEAR] = "school_year",
    [PERIOD_TERM] = "term", [PERIOD_MONTH] = "month", [PERIOD_DAY] = "day",
};

const char *period_kind_name(enum period_kind kind)
{
    assert(kind < PERIOD_KIND_COUNT);
    return kind_names[kind];
}

bool period_kind_parse(const char *name, enum period_kind *ret)
{
    for (int k = 0; k < PERIOD_KIND_COUNT; k++) {
        if (strcmp(name, kind_names[k]) == 0) {
            *ret = (enum period_kind)k;
            return true;
        }
    }
    return false;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool digits(const char **s, int n, int *ret)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if ((*s)[i] < '0' || (*s)[i] > '9')
            return false;
        v = v * 10 + ((*s)[i] - '0');
    }
    *s += n;
    *ret = v;
    return true;
}

bool period_parse(const char *text, struct period *ret)
{
    struct period p = {.kind = PERIOD_YEAR};
    int second = 0;
    const char *s = text;
    if (!digits(&s, 4, &p.year) || p.year < 1900 || p.year > 2200)
        return false;
    if (*s == '-' && strspn(s + 1, "0123456789") >= 4) {
        s++;
        if (!digits(&s, 4, &second) || second != p.year + 1)
            return false;
        p.kind = PERIOD_SCHOOL_YEAR;
        if (*s == '-') {
            s++;
            if (!digits(&s, 1, &p.part) || p.part < 1 || p.part > 2)
                return false;
            p.kind = PERIOD_TERM;
        }
    } else if (*s == '-') {
        s++;
        if (!digits(&s, 2, &p.part) || p.part < 1 || p.part > 12)
            return false;
        p.kind = PERIOD_MONTH;
        if (*s == '-') {
            s++;
            if (!digits(&s, 2, &p.day) || p.day < 1 || p.day > days_in_month(p.year, p.part))
                return false;
            p.kind = PERIOD_DAY;
        }
    }
    if (*s)
        return false;
    *ret = p;
    return true;
}

void period_format(const struct period *p, char out[PERIOD_TEXT_MAX])
{
    switch (p->kind) {
    case PERIOD_YEAR:
        (void)snprintf(out, PERIOD_TEXT_MAX, "%04d", p->year % 10000);
        break;
    case PERIOD_SCHOOL_YEAR:
        (void)snprintf(out, PERIOD_TEXT_MAX, "%04d-%04d", p->year % 10000, (p->year + 1) % 10000);
        break;
    case PERIOD_TERM:
        (void)snprintf(out, PERIOD_TEXT_MAX, "%04d-%04d-%d", p->year % 10000, (p->year + 1) % 10000,
                       p->part % 10);
        break;
    case PERIOD_MONTH:
        (void)snprintf(out, PERIOD_TEXT_MAX, "%04d-%02d", p->year % 10000, p->part % 100);
        break;
    case PERIOD_DAY:
        (void)snprintf(out, PERIOD_TEXT_MAX, "%04d-%02d-%02d", p->year % 10000, p->part % 100, p->day % 100);
        break;
    case PERIOD_NONE:
    case PERIOD_KIND_COUNT:
        out[0] = '\0';
        break;
    }
}

int period_first_date(const struct period *p)
{
    switch (p->kind) {
    case PERIOD_SCHOOL_YEAR:
        return p->year * 10000 + 901;
    case PERIOD_TERM:
        return p->part == 1 ? p->year * 10000 + 901 : (p->year + 1) * 10000 + 201;
    case PERIOD_MONTH:
        return p->year * 10000 + p->part * 100 + 1;
    case PERIOD_DAY:
        return p->year * 10000 + p->part * 100 + p->day;
    case PERIOD_YEAR:
    case PERIOD_NONE:
    case PERIOD_KIND_COUNT:
        break;
    }
    return p->year * 10000 + 101;
}

int period_compare(const struct period *a, const struct period *b)
{
    int x = period_first_date(a), y = period_first_date(b);
    return x < y ? -1 : x > y;
}

static struct period next_day(struct period p, int step)
{
    p.day += step;
    if (p.day < 1) {
        p.part = p.part == 1 ? 12 : p.part - 1;
        p.year -= p.part == 12;
        p.day = days_in_month(p.year, p.part);
    } else if (p.day > days_in_month(p.year, p.part)) {
        p.day = 1;
        p.part = p.part == 12 ? 1 : p.part + 1;
        p.year += p.part == 1;
    }
    return p;
}

struct period period_shift(const struct period *p, int n)
{
    struct period r = *p;
    if (p->kind == PERIOD_YEAR || p->kind == PERIOD_SCHOOL_YEAR) {
        r.year += n;
    } else if (p->kind == PERIOD_TERM || p->kind == PERIOD_MONTH) {
        int per_year = p->kind == PERIOD_TERM ? 2 : 12;
        int all = r.year * per_year + (r.part - 1) + n;
        r.year = all / per_year;
        r.part = all % per_year + 1;
    } else if (p->kind == PERIOD_DAY) {
        for (int i = 0; i < (n < 0 ? -n : n); i++)
            r = next_day(r, n < 0 ? -1 : 1);
    }
    return r;
}

int period_reference_date(const struct period *p)
{
    switch (p->kind) {
    case PERIOD_YEAR:
        return p->year * 10000 + 1231;
    case PERIOD_TERM:
        return p->part == 1 ? (p->year + 1) * 10000 + 131 : (p->year + 1) * 10000 + 731;
    case PERIOD_MONTH:
        return p->year * 10000 + p->part * 100 + days_in_month(p->year, p->part);
    case PERIOD_SCHOOL_YEAR:
    case PERIOD_DAY:
    case PERIOD_NONE:
    case PERIOD_KIND_COUNT:
        break;
    }
    return period_first_date(p);
}
