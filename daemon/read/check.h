// SPDX-License-Identifier: Apache-2.0
// Rules between the figures of one row.
#pragma once

#include "read/table.h"

enum check_outcome { CHECK_SKIPPED, CHECK_HOLDS, CHECK_FAILS };

// *ret_left and *ret_right are the two sums, set when it fails.
enum check_outcome check_row(const struct table *t, const struct plan_check *c, double *ret_left,
                             double *ret_right);
// Whole sentences for a check that fails. The caller's.
char *check_message(const struct table *t, uint32_t row, const struct plan_check *c, double left,
                    double right);
const char *check_code(const struct plan_check *c);
