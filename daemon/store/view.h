// SPDX-License-Identifier: Apache-2.0
// The view by which a plugin sees a dataset: codes as text, narrowed to its scopes by an uncorrelated
// subquery (a join is 20 to 50 times slower by history). Needs nothing of the store, so that junheng-run can
// link it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct view_column {
    const char *id;
    bool code;   // held as an id of the dictionary
    bool period; // carries the period: shown as the view's `period`
};

struct view_scope {
    const char *period, *county;
};

// Appends "CREATE TEMP VIEW "ID" AS SELECT …": columns `period`, `county`, then the given ones (those named
// period or county are covered by the first two). `scopes` are the periods and counties to be seen, offsets
// already applied; none: no rows. `schema` names the attached database that holds d_ID, NULL: main. -EINVAL:
// an id that is no id.
int view_sql(struct buf *out, const char *schema, const char *dataset, const struct view_column *columns,
             size_t n_columns, const struct view_scope *scopes, size_t n_scopes);
