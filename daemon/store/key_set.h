// SPDX-License-Identifier: Apache-2.0
// The keys of one file's rows, each with where it stood and what it said.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_entry {
    uint64_t key;     // 0: free
    uint64_t content; // hash of the values
    uint32_t row;
    uint32_t tally; // caller's
    uint16_t table;
    bool contradicted;
    bool partial; // merged out of several tables: `content` says nothing
};

struct key_set {
    struct key_entry *entries;
    size_t size, n;
};

void key_set_deinit(struct key_set *s);
// The entry of the key; *ret_new tells whether it was made now. Good until the next call.
struct key_entry *key_set_add(struct key_set *s, uint64_t key, bool *ret_new);
bool key_set_has(const struct key_set *s, uint64_t key);
void key_set_remove(struct key_set *s, uint64_t key); // one that was added and did not stand

uint64_t hash_u64(uint64_t seed, uint64_t v);
uint64_t hash_bytes(uint64_t seed, const void *data, size_t n);
