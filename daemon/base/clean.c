// SPDX-License-Identifier: Apache-2.0
// Makes hostile text printable.
#include "base/clean.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

// Bytes of the character at `s`, 0 if it is none (overlong, surrogate, beyond Unicode, cut).
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
               (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : n;
}

static char *clean(const char *text, bool keep_lines)
{
    if (!text)
        return NULL;
    struct buf out = BUF_INIT;
    buf_reserve(&out, 1);
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t n = utf8_length(s);
        bool control = *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
        if (n == 0)
            buf_adds(&out, "\xef\xbf\xbd");
        else if (control && !(keep_lines && *s == '\n'))
            buf_addc(&out, ' ');
        else
            buf_add(&out, s, n);
        s += n ? n : 1;
    }
    buf_add(&out, "", 0);
    return buf_take(&out);
}

char *clean_line(const char *text)
{
    return clean(text, false);
}

char *clean_text(const char *text)
{
    return clean(text, true);
}
