// SPDX-License-Identifier: Apache-2.0
// One form for the many ways in which the same header is written.
#pragma once

#include "base/buf.h"

// Appends `header` to `out` without any white space, full-width signs made half-width, ㎡ and m² made 平方米,
// dashes made '-', ASCII letters small. A trailing unit in brackets is kept: 面积（㎡） gives 面积(平方米).
void header_fold(const char *header, struct buf *out);
