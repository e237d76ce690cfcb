// SPDX-License-Identifier: Apache-2.0
// Schema versions and the way from one to the next, each in one transaction.
#pragma once

#include "base/error.h"
#include "store/store.h"

#define SCHEMA_VERSION 1
#define SCHEMA_APPLICATION_ID 0x4a48656e // "JHen": tells our file from another program's

// Looks only. -EUCLEAN: another program's database; -ENOTSUP: newer (or, to a reader, older) than this
// program.
int schema_check(struct store *s, const char *path, enum store_mode mode, int64_t *ret_version,
                 struct error *err);
int schema_migrate(struct store *s, int64_t version, struct error *err);
