// SPDX-License-Identifier: Apache-2.0
// Which encoding a text file has, told from all of it, and the file as blocks of UTF-8.
#pragma once

#include <iconv.h>
#include <stdbool.h>

#include "decode/decoder.h"

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF8_BOM,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_GB18030,
    ENCODING_COUNT
};

const char *encoding_name(enum encoding e);

// BOM, else strict UTF-8, else GB18030; reads the whole file once or twice. `ret_oddly`: valid GB18030 that
// hardly looks like Chinese. Refuses what is none of these, with the line.
int encoding_detect(struct decoder *d, enum encoding *ret, bool *ret_oddly, struct error *err);

#define TEXT_RAW_SIZE (128u << 10)

struct text_stream {
    struct decoder *d;
    enum encoding encoding;
    uint64_t offset; // of the next raw byte
    char *raw;       // bytes not yet converted; unused for UTF-8
    size_t n_raw;
    iconv_t cd;
    bool raw_ended;
};

int text_stream_open(struct text_stream *t, struct decoder *d, enum encoding e, struct error *err);
void text_stream_close(struct text_stream *t);
// Up to `room` (at least 16) bytes of UTF-8; 0 bytes only at the end.
int text_stream_read(struct text_stream *t, char *out, size_t room, size_t *ret_n, struct error *err);
