// SPDX-License-Identifier: Apache-2.0
// A hash table of keys, 24 bytes an entry; contradictions, which are few, in a list of their own.
#include "read/duplicate_rows.h"

#include <stddef.h>

#include "base/mem.h"

struct entry {
    uint64_t key;     // 0: free
    uint32_t content; // folded to 32 bits: it is compared within one key only
    struct row_place first;
    uint32_t contradiction; // from 1; 0: none
};

struct duplicate_rows {
    struct entry *entries;
    size_t size, used;
    struct row_place *others; // of a contradiction: the row that was found to differ
    uint32_t n_others;
    bool late;
};

struct duplicate_rows *duplicate_rows_new(void)
{
    struct duplicate_rows *d = mem_alloc(sizeof *d);
    d->size = 256;
    d->entries = mem_array(d->size, sizeof *d->entries);
    return d;
}

struct duplicate_rows *duplicate_rows_free(struct duplicate_rows *d)
{
    if (!d)
        return NULL;
    free(d->entries);
    free(d->others);
    free(d);
    return NULL;
}

static struct entry *slot_of(const struct duplicate_rows *d, uint64_t key)
{
    size_t i = (size_t)key & (d->size - 1);
    while (d->entries[i].key && d->entries[i].key != key)
        i = (i + 1) & (d->size - 1);
    return &d->entries[i];
}

static void rebuild(struct duplicate_rows *d, size_t size, bool only_contradictions)
{
    struct entry *old = d->entries;
    size_t n = d->size;
    d->size = size;
    d->used = 0;
    d->entries = mem_array(size, sizeof *d->entries);
    for (size_t i = 0; i < n; i++) {
        if (!old[i].key || (only_contradictions && !old[i].contradiction))
            continue;
        *slot_of(d, old[i].key) = old[i];
        d->used++;
    }
    free(old);
}

void duplicate_rows_rewind(struct duplicate_rows *d)
{
    rebuild(d, d->size, true);
    d->late = false;
}

enum duplicate duplicate_rows_add(struct duplicate_rows *d, uint64_t key, uint64_t content,
                                  struct row_place at, struct row_place *ret_other)
{
    uint32_t short_content = (uint32_t)(content ^ content >> 32);
    key = key ? key : 1;
    if (4 * d->used >= 3 * d->size)
        rebuild(d, 2 * d->size, false);
    struct entry *e = slot_of(d, key);
    if (!e->key) {
        *e = (struct entry){.key = key, .content = short_content, .first = at};
        d->used++;
        return ROW_FIRST;
    }
    if (!e->contradiction && e->content == short_content) {
        *ret_other = e->first;
        return ROW_IDENTICAL;
    }
    if (!e->contradiction) {
        d->others = mem_grow(d->others, d->n_others + 1, sizeof *d->others);
        d->others[d->n_others++] = at;
        e->contradiction = d->n_others;
        d->late = true;
    }
    bool is_first = e->first.sheet == at.sheet && e->first.row == at.row;
    *ret_other = is_first ? d->others[e->contradiction - 1] : e->first;
    return ROW_CONTRADICTS;
}

bool duplicate_rows_late(const struct duplicate_rows *d)
{
    return d->late;
}
