// SPDX-License-Identifier: Apache-2.0
// Dirty scopes: what must be recomputed by which plugin, and when it is clean again.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "conf/setting.h"
#include "store/store.h"

// A run's unit: one period and county, with the generations that were current when it was listed.
struct scope_item {
    char *period, *county; // texts
    int64_t submission;    // that changed it last, 0 if none
    bool backfill;
    bool standards_only;               // facts and plugin are clean, only the standards changed …
    bool rejudge_only;                 // … and of them nothing that the plugin computes by
    char settings[SETTING_DIGEST_MAX]; // that the plugin computes by, as of listing
    char options[SETTING_DIGEST_MAX];  // likewise
    struct scope_generation {
        char *dataset;
        int64_t generation;
    } * generations;
    size_t n_generations;
};

struct scope_list {
    struct scope_item *items;
    size_t n;
};

// What results depend on beside facts and plugin.
struct scope_basis {
    const char *version;               // of all that is judged by
    const struct standards *standards; // NULL: settings are as the plugin declares them
    const struct config *config;       // NULL: no options are set
};

void scope_list_deinit(struct scope_list *l);
// Marks changed (T1). A new scope starts at generation 1.
int scope_touch(struct store *s, const char *dataset, const char *period, const char *county,
                int64_t submission, bool backfill, int64_t now_ms, struct error *err);
// What the plugin must compute: scopes of its input datasets whose generation, plugin hash, options, settings
// or standard version differ from what was done; less those set aside. Oldest change first, at most `limit`.
// A changed setting must change basis->version too.
int scope_list_dirty(struct store *s, const struct plugin_info *p, const struct scope_basis *basis,
                     size_t limit, struct scope_list *ret, struct error *err);
// Clean for the plugin, for exactly the generations in the item (a later change stays dirty). In T2.
int scope_mark_done(struct store *s, const struct plugin_info *p, const char *standard_version,
                    const struct scope_item *item, struct error *err);
// Deaths of a plugin on a scope: counts, and sets the pair aside at the second. *ret_active says it is now
// set aside.
int scope_failed(struct store *s, const struct plugin_info *p, const struct scope_item *item,
                 const char *reason, int64_t now_ms, bool *ret_active, struct error *err);
// How many scopes of the plugin are set aside now.
int scope_set_aside_count(struct store *s, const char *plugin, int64_t *ret, struct error *err);
// At the start of the daemon: what is set aside is tried once more; its next death sets it aside again at
// once.
int scope_try_again(struct store *s, struct error *err);
int scope_lift(struct store *s, const char *plugin, struct error *err); // operator's `plugins retry NAME`
