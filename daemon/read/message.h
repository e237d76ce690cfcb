// SPDX-License-Identifier: Apache-2.0
// Sentences about single cells.
#pragma once

#include "read/table.h"

// What is wrong with a value and what was expected. The caller's.
char *message_fault(const struct table *t, uint32_t row, size_t column);
const char *message_fault_code(enum value_fault fault);
// An owed cell that is empty.
char *message_empty(const struct table *t, uint32_t row, size_t column);
// A period that cannot be read.
char *message_period(const struct table *t, uint32_t row, size_t column);
// What a period of the kind is called, with an example: 学年, 2025-2026.
const char *message_period_word(enum period_kind kind);
const char *message_period_example(enum period_kind kind);
