// SPDX-License-Identifier: Apache-2.0
// A loaded plugin, checked and brought to this host's view of the ABI. Only junheng-run calls this: loading
// runs the plugin's constructors, so the sandbox must stand before.
#pragma once

#include <junheng/plugin.h>

#include "base/error.h"
#include "host/plugin_file.h"

struct plugin {
    // As this host knows it: each array holds `count` whole elements of this host's size, those of nested
    // structures too; what an older plugin does not have is zero. Strings lie in the plugin, which is never
    // unloaded.
    struct jh_plugin d;
    char sha256[65];
};

// Loads the private copy and checks the descriptor; a refusal is a sentence that says what to do, headed by
// `path`. -ENOEXEC: cannot be loaded; -ENOSYS: another ABI; -EINVAL: a member is wrong.
int plugin_load(const struct plugin_file *f, const char *path, struct plugin **ret, struct error *err);
struct plugin *plugin_free(struct plugin *p); // the memory, not the code; returns NULL

// The three steps of plugin_load, for tests. `room` is how many bytes of the descriptor are there.
int plugin_check_abi(const struct jh_plugin *raw, size_t room, struct error *err);
int plugin_take(const struct jh_plugin *raw, struct plugin **ret, struct error *err); // after check_abi
int plugin_check(const struct plugin *p, struct error *err); // names, ranges, references

static inline const struct jh_dataset *plugin_dataset(const struct plugin *p, uint32_t i)
{
    return (const struct jh_dataset *)p->d.datasets.items + i;
}
static inline const struct jh_column *plugin_column(const struct jh_dataset *d, uint32_t i)
{
    return (const struct jh_column *)d->columns.items + i;
}
static inline const struct jh_indicator *plugin_indicator(const struct plugin *p, uint32_t i)
{
    return (const struct jh_indicator *)p->d.indicators.items + i;
}
static inline const struct jh_threshold *plugin_threshold(const struct jh_indicator *in, uint32_t i)
{
    return (const struct jh_threshold *)in->thresholds.items + i;
}
static inline const struct jh_input *plugin_input(const struct plugin *p, uint32_t i)
{
    return (const struct jh_input *)p->d.inputs.items + i;
}
static inline const struct jh_option *plugin_option(const struct plugin *p, uint32_t i)
{
    return (const struct jh_option *)p->d.options.items + i;
}
static inline const struct jh_setting *plugin_setting(const struct plugin *p, uint32_t i)
{
    return (const struct jh_setting *)p->d.settings.items + i;
}
// NULL if the plugin declares none of that id.
const struct jh_indicator *plugin_indicator_by_id(const struct plugin *p, const char *id);
