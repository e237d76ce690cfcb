// SPDX-License-Identifier: Apache-2.0
// The dictionary of codes in memory: both ways, and able to forget what a rolled back transaction had added.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct code_entry;

struct code_map {
    struct code_entry **by_text, **by_id;
    size_t buckets; // a power of two; 0 while empty
    size_t n;
    int64_t *added; // ids that the open transaction made, in order
    size_t n_added, cap_added;
};

void code_map_deinit(struct code_map *m);
int64_t code_map_find(const struct code_map *m, const char *text); // 0 if not known here
const char *code_map_text(const struct code_map *m, int64_t id);   // NULL if not known here
void code_map_put(struct code_map *m, int64_t id, const char *text);
void code_map_added(struct code_map *m, int64_t id);   // made by the open transaction
void code_map_forget(struct code_map *m, size_t mark); // everything added since n_added was `mark`
