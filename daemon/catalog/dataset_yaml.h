// SPDX-License-Identifier: Apache-2.0
// One dataset from one YAML file (conf/datasets/README.md says how it is written).
#pragma once

#include "catalog/catalog.h"

int dataset_load(const char *path, struct dataset **ret, struct error *err);
int dataset_parse(const char *name, const char *text, size_t len, struct dataset **ret, struct error *err);
