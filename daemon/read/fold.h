// SPDX-License-Identifier: Apache-2.0
// Text of cells and headers in the one form in which it is compared.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

// Replaces `out` by the folded text of the first `len` bytes of `text`: no white space, half width, small
// letters (as catalog/header.h). Quick for plain ASCII.
void fold_text(const char *text, size_t len, struct buf *out);
// Takes everything out of a folded text that clerks leave out or vary: punctuation, brackets, dashes, quotes,
// fillers. Signs that tell headers apart (≥ ≤ < > = %) stay.
void fold_key(struct buf *folded);

// White space, of any kind, and nothing else.
bool text_is_blank(const char *text, size_t len);
// Adds at most `max` bytes of a text, cut at a character with "…", on one line.
void text_add_cut(struct buf *out, const char *text, size_t len, size_t max);
bool text_begins(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
// The start of the next code point; invalid bytes count one by one.
const char *text_next(const char *s, uint32_t *ret);
// Without white space at both ends, and without the apostrophe by which Excel marks a text. Points into
// `text`.
const char *text_trim(const char *text, size_t len, size_t *ret_len);
uint64_t text_hash(const void *data, size_t len, uint64_t seed);
