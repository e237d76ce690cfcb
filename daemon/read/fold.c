// SPDX-License-Identifier: Apache-2.0
// Folding on top of the catalogue's folding of headers.
#include "read/fold.h"

#include <string.h>

#include "base/mem.h"
#include "catalog/header.h"

const char *text_next(const char *s, uint32_t *ret)
{
    const unsigned char *u = (const unsigned char *)s;
    int more = u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 1 : u[0] < 0xf0 ? 2 : u[0] < 0xf8 ? 3 : 0;
    if (!more && u[0] >= 0x80) {
        *ret = 0xfffd;
        return s + 1;
    }
    uint32_t c = more ? u[0] & (0x3fu >> more) : u[0];
    for (int i = 1; i <= more; i++) {
        if ((u[i] & 0xc0) != 0x80) {
            *ret = 0xfffd;
            return s + 1;
        }
        c = c << 6 | (u[i] & 0x3f);
    }
    *ret = c;
    return s + 1 + more;
}

static bool is_space(uint32_t c)
{
    return c <= ' ' || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202f) || c == 0x205f || c == 0x2060 || c == 0xfeff;
}

bool text_is_blank(const char *text, size_t len)
{
    for (const char *s = text, *end = text + len; s < end;) {
        uint32_t c;
        s = text_next(s, &c);
        if (!is_space(c))
            return false;
    }
    return true;
}

const char *text_trim(const char *text, size_t len, size_t *ret_len)
{
    const char *s = text, *end = text + len, *last = text;
    uint32_t c = 0;
    while (s < end) {
        const char *next = text_next(s, &c);
        if (!is_space(c) && c != '\'')
            break;
        s = next;
    }
    for (const char *p = last = s; p < end;) {
        p = text_next(p, &c);
        if (!is_space(c))
            last = p;
    }
    *ret_len = (size_t)((last < end ? last : end) - s);
    return s;
}

void text_add_cut(struct buf *out, const char *text, size_t len, size_t max)
{
    size_t n = len > max ? max : len;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        buf_addc(out, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    if (n < len)
        buf_adds(out, "…");
}

bool text_begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

void fold_text(const char *text, size_t len, struct buf *out)
{
    buf_reset(out);
    buf_reserve(out, len);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80 || c == 'm' || c == 'M') { // m2 and m² are one sign
            buf_reset(out);
            header_fold(text, out);
            return;
        }
        if (c > ' ' && c != 0x7f)
            out->data[out->len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out->data[out->len] = '\0';
}

static bool is_varied(uint32_t c)
{
    if (c < 0x80)
        return c <= ' ' || (strchr("!\"#$&'()*+,-./:;?@[\\]^_`{|}~", (int)c) != NULL);
    if (c >= 0x2010 && c <= 0x2027) // dashes, quotes, bullets, …
        return true;
    static const uint32_t other[] = {0xb7,   0x3001, 0x3002, 0x3008, 0x3009, 0x300a, 0x300b,
                                     0x300c, 0x300d, 0x300e, 0x300f, 0x3010, 0x3011, 0x3014,
                                     0x3015, 0x3016, 0x3017, 0x30fb, 0xfe30, 0xfe31};
    for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
        if (other[i] == c)
            return true;
    }
    return false;
}

void fold_key(struct buf *folded)
{
    if (!folded->len)
        return;
    char *to = folded->data;
    const char *end = folded->data + folded->len;
    for (const char *s = folded->data; s < end;) {
        uint32_t c;
        const char *next = text_next(s, &c);
        size_t n = (size_t)((next < end ? next : end) - s);
        if (c == 0x2264 || c == 0x2265) { // ≤ ≥
            *to++ = c == 0x2264 ? '<' : '>';
            *to++ = '=';
            s = next;
            continue;
        }
        if (!is_varied(c)) {
            memmove(to, s, n);
            to += n;
        }
        s = next;
    }
    *to = '\0';
    folded->len = (size_t)(to - folded->data);
}

// FNV-1a over eight bytes at a time, with a final mix: short texts, not security.
uint64_t text_hash(const void *data, size_t len, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t h = 0xcbf29ce484222325u ^ (seed * 0x9e3779b97f4a7c15u);
    while (len >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        h = (h ^ w) * 0x9fb21c651e98df25u;
        h ^= h >> 29;
        p += 8;
        len -= 8;
    }
    uint64_t w = len;
    for (size_t i = 0; i < len; i++)
        w = w << 8 | p[i];
    h = (h ^ w) * 0x9fb21c651e98df25u;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ h >> 29;
}
