// SPDX-License-Identifier: Apache-2.0
// Decimal numbers as they stand in cells, converted without passing through a rounded product.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// (negative ? −1 : 1) × mantissa × 10^exponent
struct number {
    bool negative;
    uint64_t mantissa;
    int exponent;
    int digits;      // significant digits as written
    bool scientific; // written with an exponent
    bool fraction;   // written with a decimal point
};

// Reads a number from folded text: sign, thousands separators that stand where they belong (5,250,382),
// point, exponent. *ret_end is what follows (a unit). False if the text does not begin with a number.
bool number_parse(const char *folded, struct number *ret, const char **ret_end);
// What Excel shows: 15 significant digits, so that 12.340000000000002 is the 12.34 that was typed.
void number_round_15(struct number *d);
// The double nearest to d × 10^shift × factor; exact where the decimal is. False if it is out of the range of
// figures (over 1e15).
bool number_to_real(const struct number *d, int shift, int factor, double *ret);
// As an integer; false if it has a fraction or is over 9e15. 12.0 is 12.
bool number_to_int(const struct number *d, int shift, int factor, int64_t *ret);
