// SPDX-License-Identifier: Apache-2.0
// Dates and times of day as they stand in cells.
#pragma once

#include <stdbool.h>

// From folded text: 2025-10-01, 2025/10/1, 2025.10.1, 2025年10月1日, 20251001, with or without a time behind.
// *ret is YYYYMMDD. False if there is no such day between 1900 and 2200.
bool date_parse(const char *folded, int *ret);
// From an Excel serial number (1900 system); false outside 1954–2119, where a number is more likely something
// else.
bool date_from_serial(double serial, int *ret);
// From folded text: 8:20, 08:20:00, 8点20分, 8时20分, 8点, 8点半. Minutes after midnight.
bool time_parse(const char *folded, int *ret);
// From the fraction of a day.
bool time_from_serial(double serial, int *ret);
