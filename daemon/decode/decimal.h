// SPDX-License-Identifier: Apache-2.0
// Numbers as text and back, dates of spreadsheets.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define DECIMAL_TEXT_MAX 40

// Whether the text is a plain decimal ("12", "-0.5", "1.1E+17"); "007" and "+1" are not, they are codes.
bool decimal_parse(const char *s, size_t n, double *ret);
// The shortest decimal that reads back as `v`: "0.95", "3301020009", "1.1E+17".
void decimal_format(double v, char out[DECIMAL_TEXT_MAX]);

enum { DATE_FORMAT_DATE = 1, DATE_FORMAT_TIME = 2, DATE_FORMAT_ELAPSED = 4 };

// A serial number of a spreadsheet as ISO 8601. `format` says what its number format shows; false outside
// 1900–9999.
bool date_format_serial(double serial, unsigned format, bool epoch_1904, char out[DECIMAL_TEXT_MAX]);
// What an Excel number format shows: DATE_FORMAT_* or 0 for an ordinary number.
unsigned date_format_builtin(unsigned id);
unsigned date_format_of_code(const char *code);
