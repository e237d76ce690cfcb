// SPDX-License-Identifier: Apache-2.0
// Keys of a file's rows: open addressing by 64-bit hashes.
#include "store/key_set.h"

#include <string.h>

#include "base/mem.h"

#define FIRST_SIZE 1024

uint64_t hash_u64(uint64_t seed, uint64_t v)
{
    uint64_t h = (seed ^ v) * 0xbf58476d1ce4e5b9u; // splitmix64
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    return h ^ h >> 31 ^ seed << 1;
}

uint64_t hash_bytes(uint64_t seed, const void *data, size_t n)
{
    const char *p = data;
    uint64_t h = hash_u64(seed, n);
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        h = hash_u64(h, v);
    }
    uint64_t rest = 0;
    if (n)
        memcpy(&rest, p, n);
    return hash_u64(h, rest);
}

static struct key_entry *slot(const struct key_set *s, uint64_t key)
{
    size_t i = (size_t)(key ^ key >> 32) & (s->size - 1);
    while (s->entries[i].key && s->entries[i].key != key)
        i = (i + 1) & (s->size - 1);
    return &s->entries[i];
}

static void grow(struct key_set *s)
{
    struct key_entry *old = s->entries;
    size_t n = s->size;
    s->size = n ? n * 2 : FIRST_SIZE;
    s->entries = mem_array(s->size, sizeof *s->entries);
    for (size_t i = 0; i < n; i++)
        if (old[i].key)
            *slot(s, old[i].key) = old[i];
    free(old);
}

struct key_entry *key_set_add(struct key_set *s, uint64_t key, bool *ret_new)
{
    if (s->n * 3 >= s->size * 2)
        grow(s);
    key = key ? key : 1;
    struct key_entry *e = slot(s, key);
    *ret_new = e->key == 0;
    if (*ret_new) {
        *e = (struct key_entry){.key = key};
        s->n++;
    }
    return e;
}

bool key_set_has(const struct key_set *s, uint64_t key)
{
    return s->size && slot(s, key ? key : 1)->key != 0;
}

void key_set_remove(struct key_set *s, uint64_t key)
{
    key = key ? key : 1;
    if (!key_set_has(s, key))
        return;
    size_t hole = (size_t)(slot(s, key) - s->entries);
    s->entries[hole].key = 0;
    s->n--;
    // What had been pushed past the hole is put back to its place.
    for (size_t i = (hole + 1) & (s->size - 1); s->entries[i].key; i = (i + 1) & (s->size - 1)) {
        struct key_entry e = s->entries[i];
        s->entries[i].key = 0;
        *slot(s, e.key) = e;
    }
}

void key_set_deinit(struct key_set *s)
{
    free(s->entries);
    *s = (struct key_set){0};
}
