// SPDX-License-Identifier: Apache-2.0
// Decimal rounding on the shortest text that reads back as the double.
#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Digits d1 d2 … dn and exponent such that v = 0.d1d2…dn × 10^exp.
struct decimal {
    bool negative;
    int n, exp;
    char digit[24];
};

static struct decimal decimal_of(double v)
{
    struct decimal d = {.negative = signbit(v) != 0};
    char text[40];
    for (int precision = 0; precision <= 16; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, fabs(v));
        if (strtod(text, NULL) == fabs(v))
            break;
    }
    for (const char *s = text; *s; s++) {
        if (*s == 'e') {
            d.exp = atoi(s + 1) + 1;
            break;
        }
        if (*s != '.')
            d.digit[d.n++] = *s;
    }
    return d;
}

static void round_half_up(struct decimal *d, int decimals)
{
    int keep = d->exp + decimals;
    if (keep >= d->n)
        return;
    if (keep < 0) {
        d->n = 0;
        return;
    }
    bool up = d->digit[keep] >= '5';
    d->n = keep;
    if (!up)
        return;
    int i = keep;
    while (i > 0 && d->digit[i - 1] == '9')
        d->digit[--i] = '0';
    if (i > 0) {
        d->digit[i - 1]++;
        return;
    }
    memmove(d->digit + 1, d->digit, (size_t)d->n);
    d->digit[0] = '1';
    d->n++;
    d->exp++;
}

void number_format(double v, int decimals, char out[NUMBER_TEXT_MAX])
{
    if (!isfinite(v) || fabs(v) >= 1e18) {
        (void)snprintf(out, NUMBER_TEXT_MAX, "%.6g", v);
        return;
    }
    decimals = decimals < 0 ? 0 : decimals > 15 ? 15 : decimals;
    struct decimal d = decimal_of(v);
    round_half_up(&d, decimals);
    bool zero = true;
    for (int i = 0; i < d.n; i++)
        zero = zero && d.digit[i] == '0';
    size_t at = 0;
    if (d.negative && !zero)
        out[at++] = '-';
    int whole = d.exp > 0 ? d.exp : 0;
    for (int i = 0; i < whole; i++)
        out[at++] = i < d.n ? d.digit[i] : '0';
    if (whole == 0)
        out[at++] = '0';
    if (decimals)
        out[at++] = '.';
    for (int i = 0; i < decimals; i++) {
        int k = d.exp + i;
        out[at++] = k >= 0 && k < d.n ? d.digit[k] : '0';
    }
    out[at] = '\0';
}

void number_format_short(double v, int max_decimals, char out[NUMBER_TEXT_MAX])
{
    number_format(v, max_decimals, out);
    if (!strchr(out, '.'))
        return;
    size_t n = strlen(out);
    while (out[n - 1] == '0')
        n--;
    if (out[n - 1] == '.')
        n--;
    out[n] = '\0';
}
