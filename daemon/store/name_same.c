// SPDX-License-Identifier: Apache-2.0
// Names as people compare them.
#include "store/name_same.h"

#include <stdint.h>

struct letters {
    const unsigned char *p, *end;
};

static bool starts_with(const struct letters *l, unsigned a, unsigned b, unsigned c)
{
    return l->end - l->p >= 3 && l->p[0] == a && l->p[1] == b && l->p[2] == c;
}

// The next byte of the folded name, −1 at the end: blanks are left out, U+FF01–FF5E become ASCII.
static int next(struct letters *l)
{
    for (;;) {
        if (l->p == l->end)
            return -1;
        if (*l->p == ' ' || *l->p == '\t')
            l->p++;
        else if (starts_with(l, 0xe3, 0x80, 0x80)) // ideographic space
            l->p += 3;
        else if (l->end - l->p >= 2 && l->p[0] == 0xc2 && l->p[1] == 0xa0) // no-break space
            l->p += 2;
        else
            break;
    }
    if (l->end - l->p >= 3 && l->p[0] == 0xef && (l->p[1] == 0xbc || l->p[1] == 0xbd)) {
        int c = ((l->p[1] & 0x3f) << 6 | (l->p[2] & 0x3f)) - 0xf00 + 0x20; // U+FF00 + n is ASCII 0x20 + n
        if (c > 0x20 && c < 0x7f) {
            l->p += 3;
            return c;
        }
    }
    return *l->p++;
}

bool name_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    struct letters x = {(const unsigned char *)a, (const unsigned char *)a + a_len};
    struct letters y = {(const unsigned char *)b, (const unsigned char *)b + b_len};
    for (;;) {
        int c = next(&x);
        if (c != next(&y))
            return false;
        if (c < 0)
            return true;
    }
}
