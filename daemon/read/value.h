// SPDX-License-Identifier: Apache-2.0
// One cell to one typed value.
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "decode/sheet.h"
#include "read/plan.h"

enum value_kind { VALUE_EMPTY, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_BAD };

enum value_fault {
    FAULT_NONE,
    FAULT_NOT_NUMBER,
    FAULT_FRACTION, // where a whole number is wanted
    FAULT_BELOW,
    FAULT_ABOVE,
    FAULT_NOT_IN_LIST,
    FAULT_NOT_BOOL,
    FAULT_NOT_DATE,
    FAULT_NOT_TIME,
    FAULT_UNIT,       // 12 人 in a column of ㎡
    FAULT_SCIENTIFIC, // a code of which Excel has thrown digits away
    FAULT_NOT_A_CODE, // a name where a code should be
    FAULT_TOO_LONG,
    FAULT_FORMULA,   // #DIV/0! and the like
    FAULT_NO_RESULT, // a formula that was never calculated
    FAULT_COUNT
};

struct value {
    enum value_kind kind;
    enum value_fault fault; // of VALUE_BAD
    int64_t integer;
    double real;      // also set for VALUE_INT
    const char *text; // VALUE_TEXT; borrowed from the cell, the catalogue or the slot
    size_t len;
    const struct cell *cell; // NULL: there was none
};

#define VALUE_SLOT 256 // bytes a value may need for a text of its own
#define VALUE_TEXT_MAX 4000

// How the cells of one column of a table are read.
struct value_rule {
    const struct column *column;
    const struct plan_column *plan;
    int shift, factor; // from the file's unit into the stored one
};

// `cell` may be NULL. What stands for "not applicable" (-, ——, /, 无, 不适用) is VALUE_EMPTY.
// Percents: 95% is 0.95; without the sign, figures above 1 are per cent and those up to 1 are shares, so 95
// and 0.95 are the same and 1 is 100 %. Integers may be written 12.0; 12.5 is a fault. `scratch` is reused
// between calls, `slot` has VALUE_SLOT bytes and lives as long as the value.
void value_read(const struct value_rule *rule, const struct cell *cell, struct buf *scratch, char *slot,
                struct value *ret);
// A canonical text of the catalogue ("1", "0", a code, "12") as a value of the column.
void value_default(const struct column *c, const char *text, struct value *ret);
