// SPDX-License-Identifier: Apache-2.0
// Periods: 2025-2026 (school year, from 1 September), 2025-2026-1 (term), 2026-10 (month), 2026-10-01 (day),
// 2025 (year).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum period_kind {
    PERIOD_NONE,
    PERIOD_YEAR,
    PERIOD_SCHOOL_YEAR,
    PERIOD_TERM,
    PERIOD_MONTH,
    PERIOD_DAY,
    PERIOD_KIND_COUNT
};

struct period {
    enum period_kind kind;
    int year; // the first year of a school year
    int part; // term 1 or 2; month 1–12
    int day;  // 1–31
};

#define PERIOD_TEXT_MAX 16

const char *period_kind_name(enum period_kind kind); // "school_year" …
bool period_kind_parse(const char *name, enum period_kind *ret);
// Canonical text only ("2025-2026"); the spellings of clerks are the reader's matter.
bool period_parse(const char *text, struct period *ret);
void period_format(const struct period *p, char out[PERIOD_TEXT_MAX]);
// Order in time by first day; periods of different kinds compare by that day.
int period_compare(const struct period *a, const struct period *b);
// The period `n` steps of its own kind away (−1: the one before).
struct period period_shift(const struct period *p, int n);
int period_first_date(const struct period *p); // the first day, as YYYYMMDD
// The day on which the figures of the period are taken, as YYYYMMDD: a school year 1 September, a year 31
// December, a term, month or day its last day.
int period_reference_date(const struct period *p);
