// SPDX-License-Identifier: Apache-2.0
// Checking bytes against the rules of UTF-8 and GB18030, a block at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Length of the longest valid front. What follows is bad, or cut off at the end of the block when `*ret_cut`
// is not 0. `n_wide` grows by the sequences of three bytes (Chinese text has little else).
size_t utf8_valid(const uint8_t *s, size_t n, int *ret_cut, uint64_t *n_wide);

struct gb_count {
    uint64_t common; // hanzi of the first level of GB 2312 and its symbols
    uint64_t other;  // any other multi-byte character
};
size_t gb18030_valid(const uint8_t *s, size_t n, int *ret_cut, struct gb_count *count);
