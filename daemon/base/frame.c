// SPDX-License-Identifier: Apache-2.0
// Frames on a pipe.
#include "base/frame.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static void put_u32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (8 * i) & 0xff);
}

void frame_begin(struct buf *out, uint8_t type, size_t *ret_mark)
{
    *ret_mark = out->len;
    buf_add(out, "\0\0\0\0", 4);
    buf_addc(out, (char)type);
}

void frame_end(struct buf *out, size_t mark)
{
    size_t len = out->len - mark - FRAME_HEAD;
    assert(len <= FRAME_MAX);
    put_u32(out->data + mark, (uint32_t)len);
}

void frame_add(struct buf *out, uint8_t type, const void *data, size_t len)
{
    size_t mark;
    frame_begin(out, type, &mark);
    buf_add(out, data, len);
    frame_end(out, mark);
}

int frame_next(const uint8_t *in, size_t len, struct frame *ret)
{
    if (len < FRAME_HEAD)
        return 0;
    uint32_t n = (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
    if (n > FRAME_MAX)
        return -EPROTO;
    if (len - FRAME_HEAD < n)
        return 0;
    *ret = (struct frame){.type = in[4], .data = in + FRAME_HEAD, .len = n};
    return 1;
}

int frame_write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int read_exactly(int fd, char *p, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = read(fd, p + got, len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return got ? -EPROTO : 0;
        got += (size_t)n;
    }
    return 1;
}

int frame_read(int fd, struct buf *in, struct frame *ret)
{
    buf_reset(in);
    buf_reserve(in, FRAME_HEAD);
    int r = read_exactly(fd, in->data, FRAME_HEAD);
    if (r <= 0)
        return r;
    in->len = FRAME_HEAD;
    const uint8_t *h = (const uint8_t *)in->data;
    uint32_t n = (uint32_t)h[0] | (uint32_t)h[1] << 8 | (uint32_t)h[2] << 16 | (uint32_t)h[3] << 24;
    if (n > FRAME_MAX)
        return -EPROTO;
    buf_reserve(in, n);
    if (n) {
        r = read_exactly(fd, in->data + FRAME_HEAD, n);
        if (r <= 0)
            return r < 0 ? r : -EPROTO;
    }
    in->len = FRAME_HEAD + n;
    in->data[in->len] = '\0';
    return frame_next((const uint8_t *)in->data, in->len, ret);
}
