// SPDX-License-Identifier: Apache-2.0
// Frames on a pipe between the daemon and a worker: u32 little-endian payload length, u8 type, payload.
// A frame longer than FRAME_MAX, or of a type the receiver does not know, ends the conversation (-EPROTO).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define FRAME_MAX (4u << 20)
#define FRAME_HEAD 5u

struct frame {
    uint8_t type;
    const uint8_t *data; // borrowed from the input buffer
    size_t len;
};

void frame_begin(struct buf *out, uint8_t type, size_t *ret_mark);
void frame_end(struct buf *out, size_t mark);
void frame_add(struct buf *out, uint8_t type, const void *data, size_t len);
// Looks at the front of `in`: 1 and *ret if a frame is whole, 0 if more bytes are needed, -EPROTO if too
// long. The caller consumes FRAME_HEAD + ret->len bytes when done with it.
int frame_next(const uint8_t *in, size_t len, struct frame *ret);
// Blocking write of everything (workers); -errno.
int frame_write_all(int fd, const void *data, size_t len);
// Blocking read of one frame into `in` (grown as needed); 1 a frame, 0 end of stream, -errno.
int frame_read(int fd, struct buf *in, struct frame *ret);
