// SPDX-License-Identifier: Apache-2.0
// Folding of headers: what Excel, WPS and people vary without meaning anything by it.
#include "catalog/header.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

// The next code point; bytes that are not UTF-8 pass one by one.
static size_t next_char(const char *s, uint32_t *ret)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t n = u[0] < 0x80             ? 1
               : (u[0] & 0xe0) == 0xc0 ? 2
               : (u[0] & 0xf0) == 0xe0 ? 3
               : (u[0] & 0xf8) == 0xf0 ? 4
                                       : 1;
    uint32_t c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) {
            *ret = u[0];
            return 1;
        }
        c = c << 6 | (u[i] & 0x3f);
    }
    *ret = c;
    return n;
}

static bool is_space(uint32_t c)
{
    return c <= ' ' || c == 0x7f || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200f) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x2060 || c == 0xfeff;
}

static bool is_dash(uint32_t c)
{
    return (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xff0d || c == 0xfe63 || c == 0x2500;
}

// Single signs that stand for others.
static const char *replacement(uint32_t c)
{
    static const struct {
        uint32_t c;
        const char *text;
    } table[] = {{0x33a1, "平方米"}, {0x2a7d, "≤"}, {0x2a7e, "≥"}, {0x2266, "≤"},
                 {0x2267, "≥"},      {0x3014, "("}, {0x3015, ")"}, {0x3010, "("},
                 {0x3011, ")"},      {0xff5e, "~"}, {0x301c, "~"}};
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (table[i].c == c)
            return table[i].text;
    }
    return NULL;
}

static void fold_char(uint32_t c, const char *s, size_t n, struct buf *out)
{
    const char *other = replacement(c);
    if (is_space(c))
        return;
    if (c >= 0xff01 && c <= 0xff5e && !is_dash(c) && !other)
        c = c - 0xff01 + '!';
    if (is_dash(c))
        buf_addc(out, '-');
    else if (other)
        buf_adds(out, other);
    else if (c < 0x80)
        buf_addc(out, (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
    else
        buf_add(out, s, n);
}

void header_fold(const char *header, struct buf *out)
{
    for (const char *s = header; *s;) {
        uint32_t c;
        size_t n = next_char(s, &c);
        bool metre = c == 'm' || c == 'M' || c == 0xff4d;
        if (metre && (strncmp(s + n, "²", 2) == 0 || s[n] == '2')) {
            buf_adds(out, "平方米");
            s += n + (s[n] == '2' ? 1 : 2);
            continue;
        }
        fold_char(c, s, n, out);
        s += n;
    }
}
