// SPDX-License-Identifier: Apache-2.0
// Where cells and records begin and end in a block of text: sixteen bytes a step, quotes respected.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_field {
    uint32_t start, end; // offsets from the record's start; the quotes are inside
    bool quoted;
};

struct csv_record {
    struct csv_field *fields;
    size_t n, cap;
    size_t len;      // bytes of the record with its line end
    uint32_t lines;  // line ends in it
    bool open_quote; // the text ended inside quotes
};

enum csv_scan { CSV_RECORD, CSV_MORE };

// The record at the front of `text`, of which `n` bytes are there and 16 more may be read. CSV_MORE: it is
// not all there
// (`is_end` false).
enum csv_scan csv_scan_record(const char *text, size_t n, bool is_end, char delimiter,
                              struct csv_record *rec);
void csv_record_deinit(struct csv_record *rec);

// The delimiter that cuts the first lines of a file most evenly: comma, tab or semicolon. As for
// csv_scan_record.
char csv_guess_delimiter(const char *text, size_t n, bool is_end);

// Takes quotes off in place; returns the length left.
size_t csv_unquote(char *s, size_t n);
