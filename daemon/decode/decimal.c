// SPDX-License-Identifier: Apache-2.0
// Numbers as text and back.
#include "decode/decimal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const double power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const char *skip_digits(const char *p, const char *end, uint64_t *mantissa)
{
    for (; p < end && is_digit(*p); p++)
        *mantissa = *mantissa * 10 + (uint64_t)(*p - '0'); // may overflow: then it is not used
    return p;
}

bool decimal_parse(const char *s, size_t n, double *ret)
{
    const char *end = s + n, *p = s;
    if (!n || n >= DECIMAL_TEXT_MAX)
        return false;
    bool negative = *p == '-';
    p += negative;
    const char *whole = p;
    uint64_t mantissa = 0;
    p = skip_digits(p, end, &mantissa);
    size_t n_whole = (size_t)(p - whole), n_fraction = 0;
    if (n_whole > 1 && *whole == '0')
        return false;
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        p = skip_digits(p, end, &mantissa);
        n_fraction = (size_t)(p - fraction);
    }
    if (n_whole + n_fraction == 0)
        return false;
    if (p == end && n_whole + n_fraction <= 15) { // both exact as doubles, so the quotient is rounded once
        double v = (double)mantissa / power_of_ten[n_fraction];
        *ret = negative ? -v : v;
        return true;
    }
    if (p < end) {
        if (*p != 'e' && *p != 'E')
            return false;
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (p == end || !is_digit(*p))
            return false;
        uint64_t ignored = 0;
        if (skip_digits(p, end, &ignored) != end)
            return false;
    }
    char text[DECIMAL_TEXT_MAX];
    memcpy(text, s, n);
    text[n] = '\0';
    double v = strtod(text, NULL);
    if (!isfinite(v))
        return false;
    *ret = v;
    return true;
}

// "1.1E+17" of "1.10000000000000000e+17".
static void trim_exponent(const char *e, char out[DECIMAL_TEXT_MAX])
{
    const char *exp = strchr(e, 'e');
    size_t n = (size_t)(exp - e);
    while (n && e[n - 1] == '0' && memchr(e, '.', n))
        n--;
    n -= n && e[n - 1] == '.';
    (void)snprintf(out, DECIMAL_TEXT_MAX, "%.*sE%c%02d", (int)n, e, exp[1], abs(atoi(exp + 1)));
}

void decimal_format(double v, char out[DECIMAL_TEXT_MAX])
{
    if (v == 0) {
        memcpy(out, "0", 2);
        return;
    }
    int digits = 15;
    char e[DECIMAL_TEXT_MAX];
    for (;; digits++) {
        (void)snprintf(e, sizeof e, "%.*e", digits - 1, v);
        if (digits == 17 || strtod(e, NULL) == v)
            break;
    }
    int exponent = atoi(strchr(e, 'e') + 1);
    if (exponent < -5 || exponent >= 15) {
        trim_exponent(e, out);
        return;
    }
    int decimals = digits - 1 - exponent;
    (void)snprintf(out, DECIMAL_TEXT_MAX, "%.*f", decimals > 0 ? decimals : 0, v);
    if (decimals > 0) {
        size_t n = strlen(out);
        while (out[n - 1] == '0')
            n--;
        n -= out[n - 1] == '.';
        out[n] = '\0';
    }
}
