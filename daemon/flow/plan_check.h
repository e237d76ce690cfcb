// SPDX-License-Identifier: Apache-2.0
// Names in junheng.yaml that only the whole plan knows: datasets, indicators, plugins.
#pragma once

#include "base/error.h"
#include "catalog/catalog.h"

// -EINVAL, with file, line and column, for a dataset or indicator that nobody declares. To be asked only when
// all plugins are loaded.
int plan_check_names(const struct catalog *c, const char *config_path, struct error *err);
// "F:LINE:COL" of a plugin in `plugins:`; the caller's.
char *plan_place_of_plugin(const char *config_path, const char *name);
