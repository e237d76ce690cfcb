// SPDX-License-Identifier: Apache-2.0
// What a decoder hands on, written down as text that a test can compare.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "decode/sheet.h"

struct recording {
    struct buf
        text; // "1: A=学校 B=#12.5\n"; marks: # number, ? bool, @ date, ! error, ~ no value; "[name]" a sheet
    uint64_t n_rows, n_cells;
    bool count_only;
    uint32_t stop_after_row; // 0: never; the sink asks to skip the rest of the sheet
    struct file_info info;
    const char *code;
    struct error err;
    int result;
};

void record(struct recording *rec, int fd, const struct decode_limits *limits);
void record_bytes(struct recording *rec, const void *bytes, size_t n, const struct decode_limits *limits);
int memory_file(const void *bytes, size_t n); // a descriptor
void recording_deinit(struct recording *rec);
