// SPDX-License-Identifier: Apache-2.0
// The CSV grammar: RFC 4180 as Excel and WPS write and read it.
#include "decode/csv_scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/mem.h"

enum { STEP = 16 };

// A bit for each of the next 16 bytes that is a quote, a line end or the delimiter.
#ifdef __SSE2__
static inline uint32_t special_bits(const char *p, char delimiter)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i a =
        _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(delimiter)), _mm_cmpeq_epi8(x, _mm_set1_epi8('"')));
    __m128i b = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\r')));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(a, b));
}
#else
static inline uint32_t special_bits(const char *p, char delimiter)
{
    uint32_t bits = 0;
    for (int i = 0; i < STEP; i++)
        bits |= (uint32_t)(p[i] == delimiter || p[i] == '"' || p[i] == '\n' || p[i] == '\r') << i;
    return bits;
}
#endif

static inline void add_field(struct csv_record *rec, size_t start, size_t end, bool quoted)
{
    if (rec->n == rec->cap) {
        rec->cap = rec->cap ? 2 * rec->cap : 64;
        rec->fields = mem_grow(rec->fields, rec->cap, sizeof *rec->fields);
    }
    rec->fields[rec->n++] =
        (struct csv_field){.start = (uint32_t)start, .end = (uint32_t)end, .quoted = quoted};
}

void csv_record_deinit(struct csv_record *rec)
{
    free(rec->fields);
    *rec = (struct csv_record){0};
}

enum csv_scan csv_scan_record(const char *text, size_t n, bool is_end, char delimiter, struct csv_record *rec)
{
    size_t start = 0, skip = SIZE_MAX; // of the field; a byte that its predecessor has taken care of
    bool quoted = false, inside = false;
    rec->n = 0;
    rec->lines = 0;
    for (size_t pos = 0; pos < n; pos += STEP) {
        uint32_t bits = special_bits(text + pos, delimiter);
        if (n - pos < STEP)
            bits &= (1u << (n - pos)) - 1;
        for (; bits; bits &= bits - 1) {
            size_t at = pos + (size_t)__builtin_ctz(bits);
            char c = text[at];
            if (at == skip)
                continue;
            if (c == delimiter && !inside) {
                add_field(rec, start, at, quoted);
                start = at + 1;
                quoted = false;
                continue;
            }
            if (c == delimiter || (c == '"' && !inside && at != start))
                continue;
            if (c == '\n' && inside) {
                rec->lines++;
                continue;
            }
            // The rest needs to see the next byte: "" or CRLF.
            if (c != '\n' && at + 1 == n && !is_end)
                return CSV_MORE;
            char next = at + 1 < n ? text[at + 1] : '\0';
            if (c == '"') {
                skip = inside && next == '"' ? at + 1 : skip;
                inside = skip == at + 1 ? true : !inside;
                quoted = true;
            } else if (inside) {
                rec->lines += next != '\n';
            } else {
                add_field(rec, start, at, quoted);
                rec->lines++;
                rec->len = at + 1 + (c == '\r' && next == '\n');
                rec->open_quote = false;
                return CSV_RECORD;
            }
        }
    }
    if (!is_end)
        return CSV_MORE;
    add_field(rec, start, n, quoted);
    rec->len = n;
    rec->open_quote = inside;
    return CSV_RECORD;
}

// How many of the first records agree on a number of delimiters, out of how many, and on which number.
struct evenness {
    uint64_t records, of;
    size_t delimiters;
};

enum { GUESS_RECORDS = 64 };

static struct evenness most_common(const size_t *counts, size_t n)
{
    struct evenness best = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t same = 0;
        for (size_t k = 0; k < n; k++)
            same += counts[k] == counts[i];
        if (counts[i] && (same > best.records || (same == best.records && counts[i] > best.delimiters)))
            best = (struct evenness){.records = same, .of = n, .delimiters = counts[i]};
    }
    return best;
}

static struct evenness try_delimiter(const char *text, size_t n, bool is_end, char delimiter)
{
    struct csv_record rec = {0};
    size_t counts[GUESS_RECORDS], found = 0;
    while (n && found < GUESS_RECORDS && csv_scan_record(text, n, is_end, delimiter, &rec) == CSV_RECORD) {
        if (rec.n > 1 || rec.fields[0].end > rec.fields[0].start) // not a blank line
            counts[found++] = rec.open_quote ? 0 : rec.n - 1;
        text += rec.len;
        n -= rec.len;
    }
    csv_record_deinit(&rec);
    return most_common(counts, found);
}

// Many records that agree count, and so does that few do not: a wrong delimiter tears quoted cells to pieces.
static bool is_more_even(const struct evenness *a, const struct evenness *b)
{
    uint64_t of_a = a->records * a->records * (b->of ? b->of : 1),
             of_b = b->records * b->records * (a->of ? a->of : 1);
    return of_a > of_b || (of_a == of_b && a->delimiters > b->delimiters);
}

char csv_guess_delimiter(const char *text, size_t n, bool is_end)
{
    static const char candidates[] = {',', '\t', ';'};
    char best = ',';
    struct evenness of_best = {0};
    for (size_t i = 0; i < sizeof candidates; i++) {
        struct evenness e = try_delimiter(text, n, is_end, candidates[i]);
        if (is_more_even(&e, &of_best)) {
            best = candidates[i];
            of_best = e;
        }
    }
    return best;
}

size_t csv_unquote(char *s, size_t n)
{
    char *out = s, *in = s + 1, *end = s + n;
    for (;;) {
        char *q = memchr(in, '"', (size_t)(end - in));
        size_t len = (size_t)((q ? q : end) - in);
        memmove(out, in, len);
        out += len;
        if (!q)
            break;
        in = q + 1;
        if (in == end || *in != '"') { // what follows the closing quote is taken as it stands
            memmove(out, in, (size_t)(end - in));
            out += end - in;
            break;
        }
        *out++ = '"';
        in++;
    }
    return (size_t)(out - s);
}
