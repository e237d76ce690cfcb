// SPDX-License-Identifier: Apache-2.0
// Loading a plugin and bringing its descriptor to this host's view: magic, ABI and sizes come before anything
// is read.
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "host/plugin.h"

#define ELEMENT_MAX 65536u // bytes of one element that a plugin may state

int plugin_check_abi(const struct jh_plugin *raw, size_t room, struct error *err)
{
    if (room < offsetof(struct jh_plugin, name) || raw->magic != JH_PLUGIN_MAGIC)
        return error_set(
            err, -ENOSYS,
            _("`junheng_plugin` is not a plugin descriptor; include junheng/plugin.h and begin it with JH_PLUGIN_HEAD"));
    if (raw->abi_major != JH_ABI_MAJOR)
        return error_set(
            err, -ENOSYS,
            _("built for ABI %1$u.%2$u, this junheng speaks %3$u.x: rebuild it against this junheng's junheng/plugin.h"),
            raw->abi_major, raw->abi_minor, JH_ABI_MAJOR);
    if (raw->abi_minor > JH_ABI_MINOR)
        return error_set(
            err, -ENOSYS,
            _("built for ABI %1$u.%2$u, this junheng knows up to %3$u.%4$u: upgrade junheng, or rebuild the plugin against this junheng's junheng/plugin.h"),
            raw->abi_major, raw->abi_minor, JH_ABI_MAJOR, JH_ABI_MINOR);
    if (raw->size < offsetof(struct jh_plugin, settings) || raw->size > room)
        return error_set(
            err, -ENOSYS,
            _("the descriptor states %1$u bytes and has %2$zu; begin it with JH_PLUGIN_HEAD and rebuild"),
            raw->size, room);
    return 0;
}

struct take {
    const char *what; // for people
    size_t known, least;
    uint32_t max;
};

// Copies `from` into elements of this host's size: as many bytes of each as both sides know, the rest zero.
// On success `to` owns its items.
static int take_array(const struct jh_array *from, const struct take *t, struct jh_array *to,
                      struct error *err)
{
    *to = (struct jh_array){.size = (uint32_t)t->known};
    if (from->count == 0)
        return 0;
    if (from->count > t->max)
        return error_set(err, -EINVAL, _("declares %1$u %2$s; at most %3$u are possible"), from->count,
                         _(t->what), t->max);
    if (!from->items || from->size < t->least || from->size > ELEMENT_MAX)
        return error_set(
            err, -EINVAL,
            _("the array of %1$s states %2$u bytes an element, expected %3$zu; declare it with JH_ARRAY"),
            _(t->what), from->size, t->known);
    char *items = mem_array(from->count, t->known);
    size_t both = from->size < t->known ? from->size : t->known;
    for (uint32_t i = 0; i < from->count; i++)
        memcpy(items + i * t->known, (const char *)from->items + (size_t)i * from->size, both);
    to->items = items;
    to->count = from->count;
    return 0;
}

static void drop(const struct jh_array *a)
{
    free((void *)(uintptr_t)a->items);
}

static int take_datasets(const struct jh_plugin *raw, struct plugin *p, struct error *err)
{
    static const struct take datasets = {N_("datasets"), sizeof(struct jh_dataset),
                                         offsetof(struct jh_dataset, reserved), 256};
    static const struct take columns = {N_("columns"), sizeof(struct jh_column),
                                        offsetof(struct jh_column, min), 1024};
    int r = take_array(&raw->datasets, &datasets, &p->d.datasets, err);
    struct jh_dataset *d = (void *)(uintptr_t)p->d.datasets.items;
    uint32_t n = p->d.datasets.count;
    p->d.datasets.count = 0; // counts only those whose columns are ours
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        struct jh_array theirs = d[i].columns;
        r = take_array(&theirs, &columns, &d[i].columns, err);
        p->d.datasets.count += r == 0;
    }
    return r;
}

static int take_indicators(const struct jh_plugin *raw, struct plugin *p, struct error *err)
{
    static const struct take indicators = {N_("indicators"), sizeof(struct jh_indicator),
                                           offsetof(struct jh_indicator, pass_min), 1024};
    static const struct take thresholds = {N_("thresholds"), sizeof(struct jh_threshold),
                                           sizeof(struct jh_threshold), 16};
    int r = take_array(&raw->indicators, &indicators, &p->d.indicators, err);
    struct jh_indicator *in = (void *)(uintptr_t)p->d.indicators.items;
    uint32_t n = p->d.indicators.count;
    p->d.indicators.count = 0;
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        struct jh_array theirs = in[i].thresholds;
        r = take_array(&theirs, &thresholds, &in[i].thresholds, err);
        p->d.indicators.count += r == 0;
    }
    return r;
}

int plugin_take(const struct jh_plugin *raw, struct plugin **ret, struct error *err)
{
    static const struct take inputs = {N_("inputs"), sizeof(struct jh_input),
                                       offsetof(struct jh_input, reserved), 256};
    static const struct take options = {N_("options"), sizeof(struct jh_option),
                                        offsetof(struct jh_option, reserved), 256};
    static const struct take settings = {N_("settings"), sizeof(struct jh_setting), sizeof(struct jh_setting),
                                         256};
    struct plugin *p = mem_alloc(sizeof *p);
    struct jh_plugin theirs = {0};
    memcpy(&theirs, raw, raw->size < sizeof theirs ? raw->size : sizeof theirs);
    p->d = theirs;
    p->d.size = sizeof p->d;
    p->d.datasets = p->d.indicators = p->d.inputs = p->d.options = p->d.settings = (struct jh_array){0};
    int r = take_datasets(raw, p, err);
    if (r == 0)
        r = take_indicators(raw, p, err);
    if (r == 0)
        r = take_array(&raw->inputs, &inputs, &p->d.inputs, err);
    if (r == 0)
        r = take_array(&raw->options, &options, &p->d.options, err);
    if (r == 0)
        r = take_array(&theirs.settings, &settings, &p->d.settings, err);
    if (r < 0) {
        plugin_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

// What the dynamic linker says names our copy: people know the file.
static int refused_by_linker(struct error *err)
{
    const char *said = dlerror();
    const char *rest = said ? strstr(said, ": ") : NULL;
    bool ours = rest && strncmp(said, "/proc/self/fd/", 14) == 0;
    return error_set(err, -ENOEXEC, _("cannot be loaded: %s"), ours ? rest + 2 : said ? said : "?");
}

static int find_descriptor(void *handle, const struct jh_plugin **ret, size_t *ret_room, struct error *err)
{
    const struct jh_plugin *raw = dlsym(handle, "junheng_plugin");
    Dl_info info;
    void *extra = NULL;
    if (!raw)
        return error_set(err, -ENOEXEC,
                         _("exports no `junheng_plugin`, so it is no junheng plugin; see plugins/README.md"));
    if (!dladdr1(raw, &info, &extra, RTLD_DL_SYMENT) || !extra)
        return error_set(err, -ENOEXEC,
                         _("the size of `junheng_plugin` is unknown; do not strip the dynamic symbols"));
    *ret = raw;
    *ret_room = (size_t)((const ElfW(Sym) *)extra)->st_size;
    return 0;
}

int plugin_load(const struct plugin_file *f, const char *path, struct plugin **ret, struct error *err)
{
    char copy[64];
    (void)snprintf(copy, sizeof copy, "/proc/self/fd/%d", f->fd);
    const struct jh_plugin *raw = NULL;
    size_t room = 0;
    struct plugin *p = NULL;
    // Never closed: strings and code stay valid until the process ends.
    void *handle = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    int r = handle ? find_descriptor(handle, &raw, &room, err) : refused_by_linker(err);
    if (r == 0 && raw)
        r = plugin_check_abi(raw, room, err);
    if (r == 0 && raw)
        r = plugin_take(raw, &p, err);
    if (r == 0 && p)
        r = plugin_check(p, err);
    if (r < 0 || !p) {
        plugin_free(p);
        (void)error_prefix(err, "%s", path);
        return r;
    }
    memcpy(p->sha256, f->sha256, sizeof p->sha256);
    *ret = p;
    return 0;
}

struct plugin *plugin_free(struct plugin *p)
{
    if (!p)
        return NULL;
    for (uint32_t i = 0; i < p->d.datasets.count; i++)
        drop(&plugin_dataset(p, i)->columns);
    for (uint32_t i = 0; i < p->d.indicators.count; i++)
        drop(&plugin_indicator(p, i)->thresholds);
    drop(&p->d.datasets);
    drop(&p->d.indicators);
    drop(&p->d.inputs);
    drop(&p->d.options);
    drop(&p->d.settings);
    free(p);
    return NULL;
}
