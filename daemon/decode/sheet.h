// SPDX-License-Identifier: Apache-2.0
// Bytes to cells: a file is a sequence of sheets, a sheet a sequence of rows, pushed to a sink as they are
// read. Memory is bounded by the limits, whatever the file's size.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum cell_type {
    CELL_EMPTY,
    CELL_TEXT,
    CELL_NUMBER, // text is the decimal as the file has it ("12.34", "1.1E+17"), number its value
    CELL_BOOL,
    CELL_DATE,  // XLSX number under a date or time format: number is the serial, text ISO 8601 ("2026-10-01",
                // "08:20", "2026-10-01 08:20")
    CELL_ERROR, // #DIV/0! and the like
    CELL_NO_VALUE // a formula without cached value
};

struct cell {
    uint32_t col; // 0-based; strictly increasing within a row
    enum cell_type type;
    const char *text; // UTF-8, NUL-terminated, no NUL inside; "" for CELL_EMPTY
    size_t len;
    double number;
};

// Rows come in ascending order; one without any cell is not handed on.
struct sheet_row {
    uint32_t row;             // 1-based, as a person counts; for CSV the record's first line
    const struct cell *cells; // those present; missing ones are empty
    size_t n;
};

struct merge {
    uint32_t row1, col1, row2, col2; // rows 1-based, columns 0-based, inclusive
};

struct sheet_info {
    const char *name; // "" for CSV
    unsigned index;
    bool hidden;
    const struct merge *merges; // known ahead for sheets of ordinary size
    size_t n_merges;
    bool merges_known;
};

struct file_info {
    char encoding[16]; // utf-8, utf-8-bom, gb18030, utf-16le, xlsx
    char delimiter;    // CSV; 0 otherwise
    unsigned n_sheets;
    bool decoded_oddly; // GB18030 that hardly looks like Chinese: "the encoding may be another"
};

// Each returns 0 to go on, 1 to skip the rest of the sheet, -errno to stop the file.
struct sheet_sink {
    int (*begin)(void *arg, const struct sheet_info *sheet, struct error *err);
    int (*row)(void *arg, const struct sheet_row *row, struct error *err);
    int (*end)(void *arg, struct error *err); // of the sheet, also after a skip
    void *arg;
};

struct decode_limits {
    uint64_t max_bytes_out; // decompressed
    uint64_t max_cells;
    uint32_t max_sheets, max_columns, max_string_bytes, max_xml_depth;
    uint64_t max_shared_string_bytes;
};

extern const struct decode_limits decode_limits_default;

// What decoding opens (conversion tables, the time zone: sets TZ=UTC0) is opened here. While the handle is
// held, decode_file opens nothing, so it works in a sandbox. Also useful, but not needed, without one.
struct decode_prepared;
int decode_prepare(struct decode_prepared **ret, struct error *err);
struct decode_prepared *decode_prepared_free(struct decode_prepared *p);

// Decodes from the descriptor (a regular file, read from its start by pread or a private file offset). What
// the file is is told by its bytes (PK: XLSX; D0CF11E0: old .xls), not by its name. Errors are whole
// sentences for the receipt, in the current language, with `code` in ret_code, a static string: "empty",
// "not_a_table", "too_large", "encoding", "quote", "bad_zip", "damaged", "encrypted", "old_xls"; "io" when
// the descriptor fails or the sink stopped. ret_info is filled before the sink is first called.
int decode_file(int fd, const struct decode_limits *limits, const struct sheet_sink *sink,
                struct file_info *ret_info, const char **ret_code, struct error *err);
// "T9" for (9, 19).
#define CELL_NAME_MAX 16
void cell_name(uint32_t row, uint32_t col, char out[CELL_NAME_MAX]);
