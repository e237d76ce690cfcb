// SPDX-License-Identifier: Apache-2.0
// Structure of UTF-8 and GB18030.
#include "decode/utf8.h"

#include <stdbool.h>
#include <string.h>

static size_t skip_ascii(const uint8_t *s, size_t i, size_t n)
{
    while (n - i >= 8) {
        uint64_t word;
        memcpy(&word, s + i, sizeof word);
        if (word & 0x8080808080808080u)
            break;
        i += 8;
    }
    while (i < n && s[i] < 0x80)
        i++;
    return i;
}

// Length of the sequence that `s` begins, by its first two bytes (overlong forms, surrogates and beyond
// U+10FFFF have no length: 0). With one byte left the second is taken on trust.
static size_t utf8_length(const uint8_t *s, size_t left)
{
    uint8_t a = s[0], b = left > 1 ? s[1] : 0;
    if (a >= 0xc2 && a <= 0xdf)
        return 2;
    if (a >= 0xe0 && a <= 0xef) {
        bool bad = left > 1 && ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f));
        return bad ? 0 : 3;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        bool bad = left > 1 && ((a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f));
        return bad ? 0 : 4;
    }
    return 0;
}

size_t utf8_valid(const uint8_t *s, size_t n, int *ret_cut, uint64_t *n_wide)
{
    size_t i = 0;
    uint64_t wide = 0;
    *ret_cut = 0;
    while (i < n) {
        if (s[i] < 0x80) {
            i = skip_ascii(s, i, n);
            continue;
        }
        // The common case first: one Chinese character.
        if (n - i >= 3 && s[i] >= 0xe1 && s[i] <= 0xec && (s[i + 1] & 0xc0) == 0x80 &&
            (s[i + 2] & 0xc0) == 0x80) {
            wide++;
            i += 3;
            continue;
        }
        size_t len = utf8_length(s + i, n - i), k = 1;
        while (k < len && i + k < n && (s[i + k] & 0xc0) == 0x80)
            k++;
        if (!len || k < len) {
            *ret_cut = len && i + k == n;
            break;
        }
        wide += len == 3;
        i += len;
    }
    *n_wide += wide;
    return i;
}

size_t gb18030_valid(const uint8_t *s, size_t n, int *ret_cut, struct gb_count *count)
{
    size_t i = 0;
    *ret_cut = 0;
    while (i < n) {
        if (s[i] < 0x80) {
            i = skip_ascii(s, i, n);
            continue;
        }
        uint8_t a = s[i], b = i + 1 < n ? s[i + 1] : 0;
        if (a == 0x80 || a == 0xff)
            return i;
        bool four = b >= 0x30 && b <= 0x39;
        size_t len = four ? 4 : 2;
        if (i + 1 < n && !four && (b < 0x40 || b == 0x7f || b == 0xff))
            return i;
        if (n - i < len) {
            *ret_cut = 1;
            return i;
        }
        if (four && (s[i + 2] < 0x81 || s[i + 2] == 0xff || s[i + 3] < 0x30 || s[i + 3] > 0x39))
            return i;
        bool common = !four && b >= 0xa1 && ((a >= 0xb0 && a <= 0xd7) || (a >= 0xa1 && a <= 0xa3));
        count->common += common;
        count->other += !common;
        i += len;
    }
    return i;
}
