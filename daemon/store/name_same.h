// SPDX-License-Identifier: Apache-2.0
// Whether two names of schools are the same to a reader: spaces and the width of digits and brackets do not
// matter.
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool name_same(const char *a, size_t a_len, const char *b, size_t b_len); // UTF-8
