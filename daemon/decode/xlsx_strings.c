// SPDX-License-Identifier: Apache-2.0
// Shared strings: the runs of rich text joined, phonetic guides left out.
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/xlsx.h"

struct strings {
    struct xlsx *x;
    size_t cap;
    bool in_item, in_text;
    unsigned phonetic; // depth inside rPh
};

static int hex4(const char *s)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        int digit = c >= '0' && c <= '9'                     ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;
        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

// Excel writes control characters as _x000D_ and a literal "_x0041_" as "_x005F_x0041_"; others stay as they
// are.
size_t xlsx_unescape(char *s, size_t n)
{
    char *out = s;
    const char *in = s, *end = s + n;
    const char *at;
    while (end - in >= 7 && (at = memmem(in, (size_t)(end - in), "_x", 2)) && end - at >= 7) {
        int c = at[6] == '_' ? hex4(at + 2) : -1;
        size_t keep = (size_t)(at - in) + (c > 0 && c < 0x80 ? 0 : 2);
        memmove(out, in, keep);
        out += keep;
        in += keep;
        if (c > 0 && c < 0x80) {
            *out++ = (char)c;
            in += 7;
        }
    }
    memmove(out, in, (size_t)(end - in));
    return (size_t)(out - s) + (size_t)(end - in);
}

static int refuse_size(struct xlsx *x, struct error *err)
{
    return decoder_refuse(
        x->d, "too_large", err,
        _("The workbook has more than %llu MiB of different texts. Please hand it in as several smaller files."),
        (unsigned long long)(x->d->limits->max_shared_string_bytes >> 20));
}

static int begin_item(struct strings *s, struct error *err)
{
    struct xlsx *x = s->x;
    if (x->strings.len + x->n_strings * sizeof *x->string_start > x->d->limits->max_shared_string_bytes)
        return refuse_size(x, err);
    if (x->n_strings + 2 > s->cap) {
        s->cap = s->cap ? 2 * s->cap : 256;
        x->string_start = mem_grow(x->string_start, s->cap, sizeof *x->string_start);
    }
    x->string_start[x->n_strings] = (uint32_t)x->strings.len;
    s->in_item = true;
    return 0;
}

static void end_item(struct strings *s)
{
    struct xlsx *x = s->x;
    size_t start = x->string_start[x->n_strings];
    x->strings.len = start + xlsx_unescape(x->strings.data + start, x->strings.len - start);
    buf_addc(&x->strings, '\0');
    x->string_start[++x->n_strings] = (uint32_t)x->strings.len;
    s->in_item = false;
}

static int on_start(void *arg, const char *name, const char **attrs, struct error *err)
{
    struct strings *s = arg;
    (void)attrs;
    if (s->phonetic)
        s->phonetic++;
    else if (!s->in_item)
        return strcmp(name, "si") == 0 ? begin_item(s, err) : 0;
    else if (strcmp(name, "rPh") == 0)
        s->phonetic = 1;
    else if (strcmp(name, "t") == 0)
        s->in_text = true;
    return 0;
}

static int on_end(void *arg, const char *name, struct error *err)
{
    struct strings *s = arg;
    (void)err;
    if (s->phonetic)
        s->phonetic--;
    else if (s->in_item && strcmp(name, "t") == 0)
        s->in_text = false;
    else if (s->in_item && strcmp(name, "si") == 0)
        end_item(s);
    return 0;
}

static int on_text(void *arg, const char *text, size_t n, struct error *err)
{
    struct strings *s = arg;
    if (!s->in_text || s->phonetic)
        return 0;
    buf_add(&s->x->strings, text, n);
    return s->x->strings.len > s->x->d->limits->max_shared_string_bytes ? refuse_size(s->x, err) : 0;
}

int xlsx_read_strings(struct xlsx *x, int64_t part, struct error *err)
{
    static const struct xml_handlers handlers = {on_start, on_end, on_text};
    struct strings s = {.x = x};
    buf_reserve(&x->strings, 1);
    return xlsx_part_parse(x, part, &handlers, &s, err);
}
