// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them: 四舍五入 (half up, away from zero), judged on raw values elsewhere.
#pragma once

#include <stddef.h>

#define NUMBER_TEXT_MAX 64

// "5.60" for (5.6, 2). Rounds half up in decimal: 0.125 at 2 digits is 0.13, and 1.005 (a double just below)
// is 1.01, because the shortest decimal that reads back as the double is what the clerk wrote.
void number_format(double v, int decimals, char out[NUMBER_TEXT_MAX]);
// As number_format, but without trailing zeros: 8900, 3157.5.
void number_format_short(double v, int max_decimals, char out[NUMBER_TEXT_MAX]);
