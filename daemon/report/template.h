// SPDX-License-Identifier: Apache-2.0
// The empty workbook of a dataset, with drop-down lists, comments and column checks; reads back without a
// complaint.
#pragma once

#include "base/error.h"
#include "catalog/catalog.h"

int template_write(const struct dataset *d, const char *path, struct error *err);
