// SPDX-License-Identifier: Apache-2.0
// Hash from header keys to columns.
#include "read/header_index.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

struct slot {
    char *key;
    size_t len;
    uint32_t first;
};

struct header_index {
    struct slot *slots;
    size_t size, used;
    struct header_posting *postings; // from 1
    uint32_t n_postings;
};

static struct slot *slot_of(const struct header_index *x, const char *key, size_t len)
{
    size_t i = (size_t)text_hash(key, len, 0) & (x->size - 1);
    while (x->slots[i].key && (x->slots[i].len != len || memcmp(x->slots[i].key, key, len) != 0))
        i = (i + 1) & (x->size - 1);
    return &x->slots[i];
}

static void grow(struct header_index *x)
{
    struct slot *old = x->slots;
    size_t n = x->size;
    x->size = n ? 2 * n : 1024;
    x->slots = mem_array(x->size, sizeof *x->slots);
    for (size_t i = 0; i < n; i++) {
        if (old[i].key)
            *slot_of(x, old[i].key, old[i].len) = old[i];
    }
    free(old);
}

static void add_key(struct header_index *x, const char *key, size_t len, struct header_posting posting)
{
    if (!len)
        return;
    if (2 * x->used >= x->size)
        grow(x);
    struct slot *s = slot_of(x, key, len);
    if (!s->key) {
        *s = (struct slot){.key = str_ndup(key, len), .len = len};
        x->used++;
    }
    // One key means one column of a dataset: what is declared first.
    for (uint32_t i = s->first; i; i = x->postings[i].next) {
        if (x->postings[i].plan == posting.plan)
            return;
    }
    x->n_postings++;
    x->postings = mem_grow(x->postings, x->n_postings + 1, sizeof *x->postings);
    posting.next = s->first;
    x->postings[x->n_postings] = posting;
    s->first = x->n_postings;
}

static void add_header(struct header_index *x, const char *header, struct header_posting posting)
{
    struct buf folded = BUF_INIT, key = BUF_INIT;
    fold_text(header, strlen(header), &folded);
    buf_add(&key, buf_str(&folded), folded.len);
    fold_key(&key);
    add_key(x, buf_str(&key), key.len, posting);
    if (folded.len && unit_split(folded.data, &folded.len)) {
        fold_key(&folded);
        add_key(x, buf_str(&folded), folded.len, posting);
    }
    buf_deinit(&folded);
    buf_deinit(&key);
}

struct header_index *header_index_new(struct plan *const *plans, size_t n)
{
    struct header_index *x = mem_alloc(sizeof *x);
    grow(x);
    // All headers before any alias: what one column is called officially, another must not claim by a
    // nickname.
    for (uint8_t alias = 0; alias < 2; alias++) {
        for (size_t p = 0; p < n && p < UINT16_MAX; p++) {
            const struct dataset *d = plans[p]->d;
            for (size_t c = 0; c < d->n_columns && c < UINT16_MAX; c++) {
                struct header_posting posting = {.plan = (uint16_t)p, .column = (uint16_t)c, .alias = alias};
                if (!alias)
                    add_header(x, d->columns[c].header, posting);
                for (char **a = alias ? d->columns[c].aliases : NULL; a && *a; a++)
                    add_header(x, *a, posting);
            }
        }
    }
    return x;
}

struct header_index *header_index_free(struct header_index *x)
{
    if (!x)
        return NULL;
    for (size_t i = 0; i < x->size; i++)
        free(x->slots[i].key);
    free(x->slots);
    free(x->postings);
    free(x);
    return NULL;
}

uint32_t header_index_find(const struct header_index *x, const char *key, size_t len)
{
    return slot_of(x, key, len)->first;
}

const struct header_posting *header_index_posting(const struct header_index *x, uint32_t posting)
{
    return &x->postings[posting];
}
