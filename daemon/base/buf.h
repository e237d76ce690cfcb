// SPDX-License-Identifier: Apache-2.0
// A growing byte buffer that is always NUL-terminated.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; // NULL while empty and never grown; use buf_str() for a C string
    size_t len, cap;
};

#define BUF_INIT ((struct buf){0})

void buf_deinit(struct buf *b);
void buf_reset(struct buf *b); // length 0, memory kept
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_consume(struct buf *b, size_t n); // drops the first n bytes
const char *buf_str(const struct buf *b);  // never NULL
char *buf_take(struct buf *b);             // hands over the string; the buffer is empty after
