// SPDX-License-Identifier: Apache-2.0
// The dictionary of codes in memory.
#include "store/code_map.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_BUCKETS 1024

struct code_entry {
    int64_t id;
    uint64_t hash;
    struct code_entry *next_text, *next_id;
    char text[];
};

static uint64_t hash_text(const char *s)
{
    uint64_t h = 14695981039346656037u; // FNV-1a
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h ^ h >> 29;
}

static size_t slot_of_id(const struct code_map *m, int64_t id)
{
    return (size_t)((uint64_t)id * 0x9e3779b97f4a7c15u >> 20) & (m->buckets - 1);
}

static void link_entry(struct code_map *m, struct code_entry *e)
{
    struct code_entry **t = &m->by_text[e->hash & (m->buckets - 1)], **i = &m->by_id[slot_of_id(m, e->id)];
    e->next_text = *t;
    *t = e;
    e->next_id = *i;
    *i = e;
}

static void grow(struct code_map *m)
{
    size_t old_buckets = m->buckets;
    struct code_entry **old = m->by_id;
    free(m->by_text);
    m->buckets = old_buckets ? old_buckets * 2 : FIRST_BUCKETS;
    m->by_text = mem_array(m->buckets, sizeof *m->by_text);
    m->by_id = mem_array(m->buckets, sizeof *m->by_id);
    for (size_t b = 0; b < old_buckets; b++) {
        for (struct code_entry *e = old[b], *next; e; e = next) {
            next = e->next_id;
            link_entry(m, e);
        }
    }
    free(old);
}

int64_t code_map_find(const struct code_map *m, const char *text)
{
    if (!m->buckets)
        return 0;
    uint64_t h = hash_text(text);
    for (struct code_entry *e = m->by_text[h & (m->buckets - 1)]; e; e = e->next_text)
        if (e->hash == h && strcmp(e->text, text) == 0)
            return e->id;
    return 0;
}

const char *code_map_text(const struct code_map *m, int64_t id)
{
    if (!m->buckets)
        return NULL;
    for (struct code_entry *e = m->by_id[slot_of_id(m, id)]; e; e = e->next_id)
        if (e->id == id)
            return e->text;
    return NULL;
}

void code_map_put(struct code_map *m, int64_t id, const char *text)
{
    if (m->n >= m->buckets)
        grow(m);
    size_t len = strlen(text);
    struct code_entry *e = mem_alloc(sizeof *e + len + 1);
    e->id = id;
    e->hash = hash_text(text);
    memcpy(e->text, text, len + 1);
    link_entry(m, e);
    m->n++;
}

void code_map_added(struct code_map *m, int64_t id)
{
    if (m->n_added == m->cap_added) {
        m->cap_added = m->cap_added ? m->cap_added * 2 : 64;
        m->added = mem_grow(m->added, m->cap_added, sizeof *m->added);
    }
    m->added[m->n_added++] = id;
}

static void drop(struct code_map *m, int64_t id)
{
    struct code_entry **i = &m->by_id[slot_of_id(m, id)];
    while (*i && (*i)->id != id)
        i = &(*i)->next_id;
    struct code_entry *e = *i;
    if (!e)
        return;
    *i = e->next_id;
    struct code_entry **t = &m->by_text[e->hash & (m->buckets - 1)];
    while (*t != e)
        t = &(*t)->next_text;
    *t = e->next_text;
    free(e);
    m->n--;
}

void code_map_forget(struct code_map *m, size_t mark)
{
    assert(mark <= m->n_added);
    while (m->n_added > mark)
        drop(m, m->added[--m->n_added]);
}

void code_map_deinit(struct code_map *m)
{
    for (size_t b = 0; b < m->buckets; b++) {
        for (struct code_entry *e = m->by_id[b], *next; e; e = next) {
            next = e->next_id;
            free(e);
        }
    }
    free(m->by_text);
    free(m->by_id);
    free(m->added);
    *m = (struct code_map){0};
}
