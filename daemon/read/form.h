// SPDX-License-Identifier: Apache-2.0
// The vertical forms: one item a row, all of them one row of a dataset.
#pragma once

#include "read/table.h"

struct form;

// If the row heads a form (填报项目 and 填报值, columns in any order), a form is begun; else NULL.
struct form *form_begin(struct reader *r, const struct sheet_row *row, const char *sheet);
void form_row(struct reader *r, struct form *f, const struct sheet_row *row);
// Judges the form as a whole. *ret_why: why nothing was taken from it, the caller's, else NULL. Frees it.
struct form *form_finish(struct reader *r, struct form *f, const char *const *titles, size_t n_titles,
                         char **ret_why);
struct form *form_free(struct form *f);
