// SPDX-License-Identifier: Apache-2.0
// Units as clerks write them, and by how many decimal places one differs from another.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum unit_dimension { UNIT_PIECES, UNIT_MONEY, UNIT_AREA, UNIT_SHARE, UNIT_DURATION, UNIT_YEAR };

struct unit {
    const char *text; // folded
    enum unit_dimension dimension;
    int shift;  // decimal places above the smallest unit of the dimension
    int factor; // 60 for hours over minutes, else 1
};

// `folded` is folded text; NULL if it is no unit.
const struct unit *unit_find(const char *folded, size_t len);
// From one unit into the stored one: how many places to shift and what to multiply by. False if they measure
// different things or the way back would not be exact (minutes into hours).
bool unit_conversion(const struct unit *from, const struct unit *to, int *ret_shift, int *ret_factor);
// Takes a unit off the end of a folded header: 面积(平方米), 金额(单位:万元), 人数/人. NULL if there is none.
// A stage in brackets after the unit keeps its place: 面积(平方米)(小学) gives 面积(小学). `len` is the new
// length.
const struct unit *unit_split(char *folded, size_t *len);

#define UNIT_LIST_MAX 8
// The units of a line such as 单位:人/平方米/万元 (folded); 0 if it is no such line.
size_t unit_line(const char *folded, const struct unit *ret[UNIT_LIST_MAX]);
