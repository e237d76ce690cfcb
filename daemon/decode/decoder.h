// SPDX-License-Identifier: Apache-2.0
// What the decoders share: the file, the limits, and saying why a file is refused.
#pragma once

#include <stdint.h>

#include "decode/sheet.h"

struct decoder {
    int fd;
    uint64_t size;
    const struct decode_limits *limits;
    const struct sheet_sink *sink;
    struct file_info *info;
    const char *code;   // why the file is refused
    uint64_t cells;     // handed on so far
    uint64_t bytes_out; // decompressed so far
};

// A sentence for the receipt and its code; returns -EBADMSG.
int decoder_refuse(struct decoder *d, const char *code, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// Bytes at `offset`; fewer than `len` only at the end of the file.
int decoder_read(struct decoder *d, uint64_t offset, void *out, size_t len, size_t *ret_n, struct error *err);
// Counts the row's cells and hands it to the sink: 0, 1 to skip the sheet, -errno.
int decoder_push(struct decoder *d, const struct sheet_row *row, struct error *err);

int csv_decode(struct decoder *d, struct error *err);
int xlsx_decode(struct decoder *d, struct error *err);
