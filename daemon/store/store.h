// SPDX-License-Identifier: Apache-2.0
// The database: open, migrate, transactions, and the dictionary of codes. A store is used by one thread at a
// time: the daemon's writer thread owns the only read-write one.
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"

enum store_mode {
    STORE_WRITE, // made if missing, migrated; WAL, synchronous=FULL, persistent WAL
    STORE_READ,  // read-only; works while the daemon is stopped and for a user who can only read the folder
};

struct store;

// `path` is STATE/junheng.db. A newer schema is refused, a damaged file is named and left untouched.
int store_open(struct store **ret, const char *path, enum store_mode mode, struct error *err);
struct store *store_close(struct store *s);
// Looks through the whole file (minutes for a big one). *ret_problems: NULL if sound, else lines for people;
// the caller's.
int store_check(struct store *s, char **ret_problems, struct error *err);
sqlite3 *store_db(struct store *s);

int store_begin(struct store *s, struct error *err); // BEGIN IMMEDIATE; a snapshot if read-only
int store_commit(struct store *s, struct error *err);
void store_rollback(struct store *s); // of everything; never fails. Forgets cached new codes
int store_savepoint(struct store *s, struct error *err); // within a transaction; one level
int store_release(struct store *s, struct error *err);
int store_rollback_savepoint(struct store *s, struct error *err);

// Makes and extends the tables of the catalogue's datasets (new columns are added, none is dropped).
int store_sync_catalog(struct store *s, const struct catalog *c, struct error *err);

// Dictionary. code_of adds the text if it is new (write transaction only); code_find gives 0 if there is
// none.
int code_of(struct store *s, const char *text, int64_t *ret, struct error *err);
int code_find(struct store *s, const char *text, int64_t *ret, struct error *err);
const char *code_text(struct store *s,
                      int64_t id); // "" if unknown; good until a rollback forgets it or the store closes
int store_meta_get(struct store *s, const char *key, char **ret, struct error *err); // *ret NULL if absent
int store_meta_set(struct store *s, const char *key, const char *value, struct error *err);
