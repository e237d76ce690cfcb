// SPDX-License-Identifier: Apache-2.0
// Telling the encoding and decoding in blocks.
#include "decode/encoding.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/utf8.h"

const char *encoding_name(enum encoding e)
{
    static const char *const names[] = {
        [ENCODING_UTF8] = "utf-8",       [ENCODING_UTF8_BOM] = "utf-8-bom", [ENCODING_UTF16LE] = "utf-16le",
        [ENCODING_UTF16BE] = "utf-16be", [ENCODING_GB18030] = "gb18030",
    };
    _Static_assert(ARRAY_SIZE(names) == ENCODING_COUNT, "a name each");
    return names[e];
}

// One pass over the file's bytes by a checker of structure.
struct scan {
    bool utf8;
    uint64_t n_wide;
    struct gb_count gb;
    uint64_t line; // lines before what is wrong
    bool bad, cut; // wrong inside; cut off at the end
    bool nul;
};

static size_t check(struct scan *s, const uint8_t *p, size_t n, int *cut)
{
    return s->utf8 ? utf8_valid(p, n, cut, &s->n_wide) : gb18030_valid(p, n, cut, &s->gb);
}

static uint64_t count_lines(const uint8_t *p, size_t n)
{
    uint64_t lines = 0;
    for (const uint8_t *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lines++;
    return lines;
}

static int scan_file(struct decoder *d, uint64_t offset, struct scan *s, struct error *err)
{
    CLEANUP_FREE uint8_t *block = mem_alloc(TEXT_RAW_SIZE);
    size_t kept = 0;
    for (;;) {
        size_t n;
        int cut, r = decoder_read(d, offset, block + kept, TEXT_RAW_SIZE - kept, &n, err);
        if (r < 0)
            return r;
        offset += n;
        n += kept;
        size_t good = check(s, block, n, &cut);
        const uint8_t *nul = memchr(block, 0, good);
        s->line += count_lines(block, nul ? (size_t)(nul - block) : good);
        if (nul) {
            s->nul = true;
            return 0;
        }
        kept = n - good;
        if (kept && (!cut || n < TEXT_RAW_SIZE)) {
            s->bad = !cut;
            s->cut = cut;
            return 0;
        }
        if (n < TEXT_RAW_SIZE)
            return 0;
        memmove(block, block + good, kept);
    }
}

static int refuse_scan(struct decoder *d, const struct scan *s, struct error *err)
{
    unsigned long long line = s->line + 1;
    if (s->nul)
        return decoder_refuse(d, "not_a_table", err,
                              _("Line %llu has a NUL byte: the file is not a text table, or is damaged. "
                                "Please hand in .xlsx or .csv."),
                              line);
    if (s->cut)
        return decoder_refuse(
            d, "encoding", err,
            _("The file ends in the middle of a character (line %llu): it seems to be cut off. "
              "Please hand it in again."),
            line);
    if (s->utf8)
        return decoder_refuse(d, "encoding", err,
                              _("Line %llu has bytes that are not UTF-8, unlike the rest of the file. "
                                "Please save it again as \"CSV UTF-8\" or as .xlsx."),
                              line);
    return decoder_refuse(d, "encoding", err,
                          _("The text is neither UTF-8 nor GB18030 (line %llu). "
                            "Please save the table as .xlsx or as \"CSV UTF-8\"."),
                          line);
}

// So many Chinese characters of UTF-8 before the first fault do not come about by chance in another encoding.
enum { SURELY_UTF8 = 8 };

static int detect_without_bom(struct decoder *d, enum encoding *ret, bool *ret_oddly, struct error *err)
{
    struct scan utf8 = {.utf8 = true}, gb = {.utf8 = false};
    int r = scan_file(d, 0, &utf8, err);
    if (r < 0)
        return r;
    if (!utf8.bad && !utf8.cut && !utf8.nul) {
        *ret = ENCODING_UTF8;
        return 0;
    }
    if (utf8.nul || utf8.n_wide >= SURELY_UTF8)
        return refuse_scan(d, &utf8, err);
    r = scan_file(d, 0, &gb, err);
    if (r < 0)
        return r;
    if (gb.bad || gb.cut || gb.nul)
        return refuse_scan(d, &gb, err);
    *ret = ENCODING_GB18030;
    // Chinese tables have nine in ten characters in the common part; Big5 and Latin-1 read as GB18030 less
    // than half.
    uint64_t all = gb.gb.common + gb.gb.other;
    *ret_oddly = gb.gb.common * 10 < all * 7;
    return 0;
}

int encoding_detect(struct decoder *d, enum encoding *ret, bool *ret_oddly, struct error *err)
{
    uint8_t bom[3];
    size_t n;
    *ret_oddly = false;
    int r = decoder_read(d, 0, bom, sizeof bom, &n, err);
    if (r < 0)
        return r;
    if (n >= 2 && ((bom[0] == 0xff && bom[1] == 0xfe) || (bom[0] == 0xfe && bom[1] == 0xff))) {
        *ret = bom[0] == 0xff ? ENCODING_UTF16LE : ENCODING_UTF16BE;
        return 0;
    }
    if (n < 3 || memcmp(bom, "\xef\xbb\xbf", 3) != 0)
        return detect_without_bom(d, ret, ret_oddly, err);
    struct scan utf8 = {.utf8 = true};
    r = scan_file(d, 3, &utf8, err);
    if (r < 0)
        return r;
    if (utf8.bad || utf8.cut || utf8.nul)
        return refuse_scan(d, &utf8, err);
    *ret = ENCODING_UTF8_BOM;
    return 0;
}

int text_stream_open(struct text_stream *t, struct decoder *d, enum encoding e, struct error *err)
{
    *t = (struct text_stream){.d = d, .encoding = e, .cd = (iconv_t)-1};
    t->offset = e == ENCODING_UTF8_BOM ? 3 : e == ENCODING_UTF16LE || e == ENCODING_UTF16BE ? 2 : 0;
    if (e == ENCODING_UTF8 || e == ENCODING_UTF8_BOM)
        return 0;
    if (e == ENCODING_GB18030) {
        t->cd = iconv_open("UTF-8", "GB18030");
        if (t->cd == (iconv_t)-1)
            return error_sys(err, -errno, _("the conversion from GB18030 cannot be loaded"));
    }
    t->raw = mem_alloc(TEXT_RAW_SIZE);
    return 0;
}

void text_stream_close(struct text_stream *t)
{
    if (t->cd != (iconv_t)-1)
        (void)iconv_close(t->cd);
    free(t->raw);
    *t = (struct text_stream){.cd = (iconv_t)-1};
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00u >> n & 0xf0u) | c);
    return n;
}

// -EILSEQ, or the number of raw bytes used; 0 when a pair is cut by the end of the block.
static int utf16_unit(const struct text_stream *t, size_t at, uint32_t *ret)
{
    const uint8_t *p = (const uint8_t *)t->raw + at;
    int hi = t->encoding == ENCODING_UTF16LE, lo = !hi;
    size_t left = t->n_raw - at;
    if (left < 2)
        return 0;
    uint32_t c = (uint32_t)p[hi] << 8 | p[lo];
    if (c == 0 || (c >= 0xdc00 && c <= 0xdfff))
        return -EILSEQ;
    if (c < 0xd800 || c > 0xdfff) {
        *ret = c;
        return 2;
    }
    if (left < 4)
        return 0;
    uint32_t low = (uint32_t)p[2 + hi] << 8 | p[2 + lo];
    if (low < 0xdc00 || low > 0xdfff)
        return -EILSEQ;
    *ret = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    return 4;
}

static int convert_utf16(struct text_stream *t, char *out, size_t room, size_t *ret_used, size_t *ret_n)
{
    size_t used = 0, n = 0;
    int r = 0;
    while (room - n >= 4) {
        uint32_t c;
        r = utf16_unit(t, used, &c);
        if (r <= 0)
            break;
        used += (size_t)r;
        n += put_utf8(out + n, c);
    }
    *ret_used = used;
    *ret_n = n;
    return r < 0 ? r : 0;
}

static int convert_gb18030(struct text_stream *t, char *out, size_t room, size_t *ret_used, size_t *ret_n)
{
    char *from = t->raw, *to = out;
    size_t left = t->n_raw, space = room;
    size_t r = iconv(t->cd, &from, &left, &to, &space);
    *ret_used = t->n_raw - left;
    *ret_n = room - space;
    return r == (size_t)-1 && errno == EILSEQ ? -EILSEQ : 0;
}

static int fill_raw(struct text_stream *t, struct error *err)
{
    size_t n;
    int r = decoder_read(t->d, t->offset, t->raw + t->n_raw, TEXT_RAW_SIZE - t->n_raw, &n, err);
    if (r < 0)
        return r;
    t->raw_ended = n < TEXT_RAW_SIZE - t->n_raw;
    t->offset += n;
    t->n_raw += n;
    return 0;
}

static int refuse_bytes(struct text_stream *t, struct error *err)
{
    unsigned long long at = t->offset - t->n_raw;
    return decoder_refuse(t->d, "encoding", err,
                          _("The bytes at position %llu are no character of %s. "
                            "Please save the table as .xlsx or as \"CSV UTF-8\"."),
                          at, encoding_name(t->encoding));
}

int text_stream_read(struct text_stream *t, char *out, size_t room, size_t *ret_n, struct error *err)
{
    assert(room >= 16);
    if (t->encoding == ENCODING_UTF8 || t->encoding == ENCODING_UTF8_BOM) {
        int r = decoder_read(t->d, t->offset, out, room, ret_n, err);
        t->offset += r < 0 ? 0 : *ret_n;
        return r;
    }
    if (!t->raw_ended) {
        int r = fill_raw(t, err);
        if (r < 0)
            return r;
    }
    size_t used = 0, n = 0;
    int r = t->encoding == ENCODING_GB18030 ? convert_gb18030(t, out, room, &used, &n)
                                            : convert_utf16(t, out, room, &used, &n);
    memmove(t->raw, t->raw + used, t->n_raw - used);
    t->n_raw -= used;
    if (r < 0 || (n == 0 && t->n_raw && t->raw_ended))
        return refuse_bytes(t, err);
    *ret_n = n;
    return 0;
}
