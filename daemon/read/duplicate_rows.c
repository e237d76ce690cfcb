// SPDX-License-Identifier: Apache-2.0
// A hash table of keys: 40 bytes a row.
#include "read/duplicate_rows.h"

#include "base/mem.h"

struct entry {
    uint64_t key, content; // key 0: free
    struct row_place first, other;
    bool contradiction;
};

struct duplicate_rows {
    struct entry *entries;
    size_t size, used;
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
    if (d)
        free(d->entries);
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
    if (2 * d->used >= d->size)
        rebuild(d, 2 * d->size, false);
    struct entry *e = slot_of(d, key ? key : 1);
    if (!e->key) {
        *e = (struct entry){.key = key ? key : 1, .content = content, .first = at};
        d->used++;
        return ROW_FIRST;
    }
    bool is_first = e->first.sheet == at.sheet && e->first.row == at.row;
    if (!e->contradiction && e->content == content) {
        *ret_other = e->first;
        return ROW_IDENTICAL;
    }
    if (!e->contradiction) {
        e->contradiction = true;
        e->other = at;
        d->late = true;
    }
    *ret_other = is_first ? e->other : e->first;
    return ROW_CONTRADICTS;
}

bool duplicate_rows_late(const struct duplicate_rows *d)
{
    return d->late;
}
