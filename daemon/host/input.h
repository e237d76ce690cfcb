// SPDX-License-Identifier: Apache-2.0
// The database as one run sees it: read-only, one snapshot, views of the declared inputs narrowed to the
// scopes.
#pragma once

#include <sqlite3.h>

#include "base/error.h"
#include "host/job.h"
#include "host/plugin.h"

// Opens the file without yet looking at it. -shm is opened and mapped for reading only: a plugin's stray
// pointer must not reach the writer's index. Before the sandbox stands.
int input_open(const char *path, sqlite3 **ret, struct error *err);
// Begins the read transaction, makes the views and the tables scopes(period, county) and
// settings(period, name, value).
int input_narrow(sqlite3 *db, const struct plugin *p, const struct job *j, struct error *err);

// From here on statements may read the views, `scopes` and `settings`, and nothing else.
struct input_guard {
    const struct plugin *plugin;
    char refused[256];  // what the last refused statement wanted; empty: nothing
    double cpu_limit_s; // 0: none
};
void input_guard(sqlite3 *db, struct input_guard *g);
