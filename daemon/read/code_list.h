// SPDX-License-Identifier: Apache-2.0
// The values a column of codes accepts, found by hash whatever the spelling.
#pragma once

#include "catalog/catalog.h"

struct code_list;

struct code_list *code_list_new(const struct code_value *values, size_t n);
struct code_list *code_list_free(struct code_list *l);
// The canonical value for a folded text, borrowed from the catalogue; NULL if there is none.
const char *code_list_find(const struct code_list *l, const char *folded, size_t len);
