// SPDX-License-Identifier: Apache-2.0
// Column ids as people know them.
#pragma once

#include "catalog/catalog.h"

// The headers of space-separated column ids, joined for print ("高中学生人数、…"); an id that no dataset
// knows stays itself. The datasets of the indicator's inputs (or of its rule's members) are asked first. NULL
// or "" gives NULL. The caller's.
char *columns_print(const struct catalog *c, const struct indicator *ind, const char *ids);
