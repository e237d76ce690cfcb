// SPDX-License-Identifier: Apache-2.0
// The merged cells of a sheet. They come after the rows in the file, and are wanted before.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "decode/xlsx.h"

struct merges {
    struct merge *items;
    size_t n, cap;
    uint32_t max_columns;
};

static bool parse_corner(const char *ref, uint32_t max_columns, uint32_t *ret_row, uint32_t *ret_col)
{
    size_t letters = strcspn(ref, "0123456789");
    unsigned long row = strtoul(ref + letters, NULL, 10);
    *ret_row = (uint32_t)row;
    return row > 0 && row <= XLSX_LAST_ROW && xlsx_column(ref, ret_col) && *ret_col < max_columns;
}

static int on_start(void *arg, const char *name, const char **attrs, struct error *err)
{
    struct merges *m = arg;
    (void)err;
    const char *ref = strcmp(name, "mergeCell") == 0 ? xml_attr(attrs, "ref") : NULL;
    const char *colon = ref ? strchr(ref, ':') : NULL;
    struct merge one;
    if (!colon || !parse_corner(ref, m->max_columns, &one.row1, &one.col1) ||
        !parse_corner(colon + 1, m->max_columns, &one.row2, &one.col2) || one.row2 < one.row1 ||
        one.col2 < one.col1)
        return 0; // one cell, or nonsense that Excel would repair
    if (m->n == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 16;
        m->items = mem_grow(m->items, m->cap, sizeof *m->items);
    }
    m->items[m->n++] = one;
    return 0;
}

int xlsx_read_merges(struct xlsx *x, const struct buf *xml, int64_t part, struct merge **ret, size_t *ret_n,
                     struct error *err)
{
    static const struct xml_handlers handlers = {.start = on_start};
    struct merges m = {.max_columns = x->d->limits->max_columns};
    // Most sheets have none; only XML in UTF-16 could hide the word.
    bool utf16 = xml->len >= 2 && memchr("\xfe\xff\0", xml->data[0], 3) != NULL;
    if (!utf16 && !memmem(buf_str(xml), xml->len, "mergeCell", 9)) {
        *ret = NULL;
        *ret_n = 0;
        return 0;
    }
    int r = xlsx_memory_parse(x, xml, part, &handlers, &m, err);
    if (r < 0) {
        free(m.items);
        return r;
    }
    *ret = m.items;
    *ret_n = m.n;
    return 0;
}
