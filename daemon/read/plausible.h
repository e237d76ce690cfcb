// SPDX-License-Identifier: Apache-2.0
// Figures that can hardly be what was meant: stored as they are, and asked about.
#pragma once

#include "read/table.h"

void plausible_row(struct reader *r, struct table *t, uint32_t row);
