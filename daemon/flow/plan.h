// SPDX-License-Identifier: Apache-2.0
// The whole plan from configuration: settings, datasets, plugins as they describe themselves, standards. One
// function builds it for start, reload and `check`; knows no loop. Immutable once loaded, but for its
// reference count.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "conf/config.h"
#include "conf/standard.h"

// A plugin that is wanted and could not be described, or declares what does not fit; the rest goes on without
// it.
struct plugin_failure {
    char *path;    // of the shared object, or the folder that was searched for it
    char *name;    // from the file's name or the configuration
    char *message; // one sentence for the operator
};

// How a plugin's file looked when it was described: a difference means that it must be described again.
struct plugin_stamp {
    char *path;
    uint64_t dev, ino;
    int64_t size, mtime_ns;
};

struct plan {
    unsigned refs; // held and given up on one thread
    struct config *config;
    struct catalog *catalog;
    struct standards *standards;
    struct plugin_failure *failures;
    size_t n_failures;
    struct plugin_stamp *stamps;
    size_t n_stamps;
    char **reader_versions; // one for each of config->sources
};

// Blocks while plugins are described (20 s each at most): any thread but the loop's. Complaints about
// configuration, datasets and standards carry file:line:column; a plugin's failure does not fail the plan.
int plan_load(const char *config_path, struct plan **ret, struct error *err);
struct plan *plan_ref(struct plan *p);
void plan_unref(struct plan *p); // NULL is fine
// Whether a plugin's file came, went or changed since the plan was loaded. Reads the plugin folder.
bool plan_plugins_changed(const struct plan *p);
// What decides how a file of the source is read: program version, datasets, the source's own limits. Part of
// what makes a duplicate. `s` is one of the plan's sources.
const char *plan_reader_version(const struct plan *p, const struct source_config *s);
// The plugin's options that the configuration sets: {"name":"value"}. New reference.
json_t *plan_plugin_options(const struct plan *p, const struct plugin_info *plugin);
