// SPDX-License-Identifier: Apache-2.0
// Which columns, of all datasets, a header may mean.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "read/plan.h"

struct header_posting {
    uint32_t next; // of the same key, 0: none; see header_index_posting
    uint16_t plan, column;
    uint8_t alias; // 0: the header itself
};

struct header_index;

struct header_index *header_index_new(struct plan *const *plans, size_t n);
struct header_index *header_index_free(struct header_index *x);
// First posting of a key (fold_key), 0 if nobody knows it.
uint32_t header_index_find(const struct header_index *x, const char *key, size_t len);
const struct header_posting *header_index_posting(const struct header_index *x, uint32_t posting);
