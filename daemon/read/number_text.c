// SPDX-License-Identifier: Apache-2.0
// Decimal text to numbers.
#include "read/number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MANTISSA_DIGITS 18
#define FIGURE_MAX 1e15

static const uint64_t power10[] = {1u,
                                   10u,
                                   100u,
                                   1000u,
                                   10000u,
                                   100000u,
                                   1000000u,
                                   10000000u,
                                   100000000u,
                                   1000000000u,
                                   10000000000u,
                                   100000000000u,
                                   1000000000000u,
                                   10000000000000u,
                                   100000000000000u,
                                   1000000000000000u,
                                   10000000000000000u,
                                   100000000000000000u,
                                   1000000000000000000u};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_digit(struct number *d, char c, bool after_point)
{
    if (d->digits || c != '0')
        d->digits++;
    if (d->digits <= MANTISSA_DIGITS) {
        d->mantissa = d->mantissa * 10 + (uint64_t)(c - '0');
        d->exponent -= after_point;
    } else {
        d->exponent += !after_point;
    }
}

// Digits of the whole part; commas only between groups of three. NULL if they stand elsewhere.
static const char *whole_part(const char *s, struct number *d)
{
    int group = 0;
    bool commas = false;
    for (;; s++) {
        if (is_digit(*s)) {
            add_digit(d, *s, false);
            group++;
        } else if (*s == ',' && is_digit(s[1])) {
            if (commas ? group != 3 : group < 1 || group > 3)
                return NULL;
            commas = true;
            group = 0;
        } else {
            return commas && group != 3 ? NULL : s;
        }
    }
}

static const char *exponent_part(const char *s, struct number *d)
{
    const char *p = s + 1;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return s;
    int e = 0;
    for (; is_digit(*p); p++)
        e = e > 9999 ? e : e * 10 + (*p - '0');
    d->exponent += negative ? -e : e;
    d->scientific = true;
    return p;
}

bool number_parse(const char *folded, struct number *ret, const char **ret_end)
{
    struct number d = {0};
    const char *s = folded;
    if (*s == '-' || *s == '+')
        d.negative = *s++ == '-';
    if (!is_digit(*s) && !(*s == '.' && is_digit(s[1])))
        return false;
    s = whole_part(s, &d);
    if (!s)
        return false;
    if (*s == '.') {
        d.fraction = true;
        for (s++; is_digit(*s); s++)
            add_digit(&d, *s, true);
    }
    if (*s == 'e')
        s = exponent_part(s, &d);
    *ret = d;
    *ret_end = s;
    return true;
}

void number_round_15(struct number *d)
{
    int kept = d->digits < MANTISSA_DIGITS ? d->digits : MANTISSA_DIGITS;
    if (kept <= 15)
        return;
    uint64_t p = power10[kept - 15];
    d->mantissa = (d->mantissa + p / 2) / p;
    d->exponent += kept - 15;
    d->digits = 15;
}

// Drops zeros at the end, so that 1200.00 has a small mantissa.
static struct number reduced(struct number d)
{
    while (d.mantissa && d.mantissa % 10 == 0) {
        d.mantissa /= 10;
        d.exponent++;
    }
    return d;
}

bool number_to_real(const struct number *in, int shift, int factor, double *ret)
{
    struct number d = reduced(*in);
    double v = 0;
    int e = d.exponent + shift;
    if (factor > 1 && d.mantissa > UINT64_MAX / 64)
        return false;
    d.mantissa *= (uint64_t)factor;
    if (d.mantissa == 0 || e < -60) {
        v = 0;
    } else if (e > 20) {
        return false;
    } else if (d.mantissa < (uint64_t)1 << 53 && e >= -22 && e <= 22) {
        // Both are exact doubles, so one operation rounds correctly.
        double p = 1;
        for (int i = 0; i < (e < 0 ? -e : e); i++)
            p *= 10;
        v = e < 0 ? (double)d.mantissa / p : (double)d.mantissa * p;
    } else {
        char text[48];
        (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)d.mantissa, e);
        v = strtod(text, NULL);
    }
    if (v > FIGURE_MAX)
        return false;
    *ret = d.negative && v != 0 ? -v : v;
    return true;
}

bool number_to_int(const struct number *in, int shift, int factor, int64_t *ret)
{
    struct number d = reduced(*in);
    int e = d.exponent + shift;
    if (d.mantissa == 0) {
        *ret = 0;
        return true;
    }
    if (e > 15 || d.mantissa > UINT64_MAX / 64)
        return false;
    if (e < 0 && (e < -MANTISSA_DIGITS || d.mantissa * (uint64_t)factor % power10[-e] != 0))
        return false;
    double size = (double)d.mantissa * (double)factor * pow(10, e);
    if (size > 9e15)
        return false;
    uint64_t v = d.mantissa * (uint64_t)factor;
    v = e < 0 ? v / power10[-e] : v * power10[e];
    *ret = d.negative ? -(int64_t)v : (int64_t)v;
    return true;
}
