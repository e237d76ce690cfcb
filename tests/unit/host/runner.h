// SPDX-License-Identifier: Apache-2.0
// Runs the real junheng-run over a database made here, and reads what it says.
#pragma once

#include <jansson.h>
#include <sqlite3.h>

#include "catalog/catalog.h"
#include "store/store.h"

struct world {
    char dir[64], db_path[80];
    struct catalog *catalog;
    struct store *store;
    sqlite3 *db; // of the store
};

// An empty database in a folder of its own, with the tables of the built-in datasets.
void world_init(struct world *w);
void world_deinit(struct world *w);
// "column=value column=value"; period and county are 2025-2026 and 330102 unless given as _period and
// _county.
void world_add(struct world *w, const char *dataset, const char *row);
// A job for 2025-2026 / 330102 and what `more` (JSON object or NULL) sets beside or instead. The caller's.
char *world_job(const struct world *w, const char *more);

struct outcome {
    int status;       // of waitpid
    json_t *measures; // all M frames
    char *failure;    // message of X, or NULL
    char *log;        // L frames, a line each
    char *err;        // stderr
    char *out;        // stdout as it came
    json_int_t ended; // measures by Z; −1: no Z
};

// `plugin`: a path. Waits for the end.
void run_job(const char *plugin, const char *job, struct outcome *ret);
void run_describe(const char *plugin, struct outcome *ret);
void outcome_deinit(struct outcome *o);

char *fixture_path(const char *name); // tests/unit/host/NAME.so of the build
char *plugin_path(const char *name);  // plugins/NAME/NAME.so of the build

// The measure, or NULL. `indicator` without the plugin's prefix is fine.
const json_t *find_measure(const struct outcome *o, const char *indicator, const char *entity,
                           const char *stage);
