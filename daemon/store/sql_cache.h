// SPDX-License-Identifier: Apache-2.0
// The statement cache inside a store; for store.c and sql.c alone.
#pragma once

#include "store/store.h"

#define SQL_CACHE_BUCKETS 256

struct sql_cache {
    struct sql *buckets[SQL_CACHE_BUCKETS];
};

struct sql_cache *store_sql_cache(struct store *s);
void sql_cache_clear(struct sql_cache *cache); // before the database is closed
