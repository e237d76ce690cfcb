// SPDX-License-Identifier: Apache-2.0
// Which cells a row owes: by the dataset, the school's type and what else the row says.
#pragma once

#include "read/table.h"

// Bits 1 << STAGE_x of the stages a school has: by its type, else by the pupils it names. 0 if neither is
// known or the school is outside the stages (特殊教育学校, 职业学校).
unsigned owed_stages(const struct table *t);
// The row at hand owes the column. Columns that count as zero when empty, or have a default, are never owed.
bool owed_column(const struct table *t, size_t column, unsigned stages);
// Filled in, or given per stage for every stage of the school.
bool owed_is_given(const struct table *t, size_t column, unsigned stages);
// Where an owed figure that is not given should be filled in: its own column, else that of a stage.
// NO_COLUMN: the table has neither.
size_t owed_place(const struct table *t, size_t column, unsigned stages);
// All conditions hold for the row at hand.
bool conditions_hold(const struct table *t, const struct plan_condition *when, size_t n);
