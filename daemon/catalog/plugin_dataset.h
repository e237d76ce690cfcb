// SPDX-License-Identifier: Apache-2.0
// Datasets as plugins describe them, and their union with what is there.
#pragma once

#include "catalog/catalog.h"

// A dataset of `junheng-run --describe`; `what` leads complaints ("plugin local").
int plugin_dataset_read(const json_t *o, const char *what, struct dataset **ret, struct error *err);
// Adds to `have` what `d` knows beyond it. They must agree on the period, on the key (a description without
// key columns takes the one that is there) and on type and unit of shared columns. A column that was not owed
// becomes owed if the plugin owes it; stricter conditions that are there stay.
int plugin_dataset_unite(struct dataset *have, const struct dataset *d, const char *what, struct error *err);
