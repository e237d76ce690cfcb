// SPDX-License-Identifier: Apache-2.0
// The whole plan from configuration.
#include "flow/plan.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/paths.h"
#include "flow/describe.h"
#include "flow/plan_check.h"

#define DESCRIBE_TIMEOUT_MS 20000
#define PLUGINS_MAX 1000 // shared objects looked at in one folder

struct path_list {
    char **paths;
    size_t n;
};

static void path_list_deinit(struct path_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->paths[i]);
    free(l->paths);
}

static int path_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

// Shared objects of the folder and, in a build tree, of its subfolders (one level).
static void list_plugins(const char *dir, int depth, struct path_list *out)
{
    DIR *d = opendir(dir);
    if (!d)
        return;
    struct dirent *e;
    while ((e = readdir(d)) && out->n < PLUGINS_MAX) {
        if (e->d_name[0] == '.')
            continue;
        CLEANUP_FREE char *path = str_printf("%s/%s", dir, e->d_name);
        struct stat st;
        if (stat(path, &st) < 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth > 0 && !ends_with(path, ".p")) {
            list_plugins(path, depth - 1, out);
        } else if (S_ISREG(st.st_mode) && ends_with(path, ".so")) {
            out->paths = mem_grow(out->paths, out->n + 1, sizeof *out->paths);
            out->paths[out->n++] = TAKE(path);
        }
    }
    (void)closedir(d);
}

static void wanted_files(const struct config *c, struct path_list *out)
{
    list_plugins(c->plugin_dir, 1, out);
    if (out->n)
        qsort(out->paths, out->n, sizeof *out->paths, path_compare);
}

// "resource" for …/libresource.so and …/resource.so.
static char *name_of_file(const char *path)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (strncmp(base, "lib", 3) == 0)
        base += 3;
    return str_ndup(base, strlen(base) - strlen(".so"));
}

static bool is_wanted(const struct config *c, const char *name)
{
    if (c->all_plugins)
        return true;
    for (size_t i = 0; i < c->n_plugins; i++) {
        if (strcmp(c->plugins[i].name, name) == 0)
            return true;
    }
    return false;
}

static void add_failure(struct plan *p, const char *path, const char *name, const char *message)
{
    p->failures = mem_grow(p->failures, p->n_failures + 1, sizeof *p->failures);
    p->failures[p->n_failures++] =
        (struct plugin_failure){.path = str_dup(path), .name = str_dup(name), .message = str_dup(message)};
}

static void stamp_of(const char *path, const struct stat *st, struct plugin_stamp *ret)
{
    *ret = (struct plugin_stamp){.path = str_dup(path),
                                 .dev = st->st_dev,
                                 .ino = st->st_ino,
                                 .size = st->st_size,
                                 .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec};
}

static int hash_file(const char *path, char out[65], struct error *err)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_sys(err, -errno, _("cannot open %s"), path);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char chunk[65536], digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    ssize_t n = 0;
    while (ok && (n = read(fd, chunk, sizeof chunk)) > 0)
        ok = EVP_DigestUpdate(ctx, chunk, (size_t)n) == 1;
    int saved = n < 0 ? -errno : 0;
    ok = ok && n == 0 && EVP_DigestFinal_ex(ctx, digest, &len) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return error_sys(err, saved ? saved : -EIO, _("cannot read %s"), path);
    for (unsigned i = 0; i < len && i < 32; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

static bool declares_option(const json_t *description, const char *name)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(description, "options"), i, o)
    {
        const char *declared = json_string_value(json_object_get(o, "name"));
        if (declared && strcmp(declared, name) == 0)
            return true;
    }
    return false;
}

static int check_options(const struct config *c, const char *name, const json_t *description,
                         struct error *err)
{
    for (size_t i = 0; i < c->n_plugins; i++) {
        const struct plugin_config *p = &c->plugins[i];
        if (strcmp(p->name, name) != 0)
            continue;
        for (size_t k = 0; p->option_names && p->option_names[k]; k++) {
            if (!declares_option(description, p->option_names[k]))
                return error_set(err, -EINVAL, _("the plugin has no option named %s"), p->option_names[k]);
        }
    }
    return 0;
}

// The stamp is taken first: a file that changes while it is described is described again.
static void add_plugin(struct plan *p, const char *worker, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return;
    p->stamps = mem_grow(p->stamps, p->n_stamps + 1, sizeof *p->stamps);
    stamp_of(path, &st, &p->stamps[p->n_stamps++]);
    CLEANUP_FREE char *file_name = name_of_file(path);
    struct error err = {0};
    char sha[65] = "";
    json_t *j = NULL;
    int r = hash_file(path, sha, &err);
    if (!r)
        r = describe_plugin(worker, path, DESCRIBE_TIMEOUT_MS, &j, &err);
    const char *name = json_string_value(json_object_get(j, "name"));
    if (!r && name && !is_wanted(p->config, name)) {
        json_decref(j);
        return;
    }
    if (!r && name && catalog_plugin(p->catalog, name))
        r = error_set(&err, -EEXIST, _("another file declares the plugin %s already: %s"), name,
                      catalog_plugin(p->catalog, name)->path);
    if (!r && name)
        r = check_options(p->config, name, j, &err);
    if (!r)
        r = catalog_add_plugin(p->catalog, j, path, sha, &err);
    if (r && is_wanted(p->config, name ? name : file_name))
        add_failure(p, path, name ? name : file_name, err.msg);
    json_decref(j);
}

static bool has_failed(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->n_failures; i++) {
        if (strcmp(p->failures[i].name, name) == 0)
            return true;
    }
    return false;
}

static void load_plugins(struct plan *p)
{
    CLEANUP(path_list_deinit) struct path_list files = {0};
    CLEANUP_FREE char *worker = paths_worker("junheng-run");
    wanted_files(p->config, &files);
    for (size_t i = 0; i < files.n; i++)
        add_plugin(p, worker, files.paths[i]);
    for (size_t i = 0; i < p->config->n_plugins; i++) {
        const char *name = p->config->plugins[i].name;
        if (catalog_plugin(p->catalog, name) || has_failed(p, name))
            continue;
        struct error err;
        CLEANUP_FREE char *place = plan_place_of_plugin(p->config->path, name);
        (void)error_set(&err, -ENOENT, _("there is no plugin %1$s in %2$s"), name, p->config->plugin_dir);
        add_failure(p, place, name, err.msg);
    }
}

// A standard is a file, or the name of one that is installed.
static char *standard_path(const char *name)
{
    if (strchr(name, '/') || access(name, F_OK) == 0)
        return str_dup(name);
    CLEANUP_FREE char *dir = paths_data("standards");
    return ends_with(name, ".yaml") ? str_printf("%s/%s", dir, name) : str_printf("%s/%s.yaml", dir, name);
}

static int load_standards(struct plan *p, struct error *err)
{
    CLEANUP(path_list_deinit) struct path_list files = {0};
    for (char **s = p->config->standards; s && *s; s++) {
        files.paths = mem_grow(files.paths, files.n + 2, sizeof *files.paths);
        files.paths[files.n++] = standard_path(*s);
        files.paths[files.n] = NULL;
    }
    const char *const none[] = {NULL};
    return standards_load(files.n ? (const char *const *)files.paths : none, &p->standards, err);
}

static void add_list(struct buf *b, const char *what, char *const *list)
{
    buf_addf(b, "%s%s", what, list ? "" : "*");
    for (; list && *list; list++)
        buf_addf(b, " %s", *list);
    buf_addc(b, '\n');
}

static char *reader_version(const char *datasets, const struct source_config *s)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    buf_adds(&b, datasets);
    add_list(&b, "counties", s->all_counties ? NULL : s->counties);
    add_list(&b, "schools", s->schools);
    add_list(&b, "datasets", s->datasets);
    buf_addf(&b, "%s\n%s\n", s->period ? s->period : "", s->school_system ? s->school_system : "");
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    (void)EVP_Digest(buf_str(&b), b.len, digest, NULL, EVP_sha256(), NULL);
    char hex[17];
    for (unsigned i = 0; i < 8; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return str_printf("%s-%s", JUNHENG_VERSION, hex);
}

static void set_reader_versions(struct plan *p)
{
    CLEANUP(buf_deinit) struct buf datasets = BUF_INIT;
    char version[17];
    for (size_t i = 0; i < p->catalog->n_datasets; i++) {
        catalog_dataset_version(p->catalog->datasets[i], version);
        buf_addf(&datasets, "%s %s\n", p->catalog->datasets[i]->id, version);
    }
    p->reader_versions = mem_array(p->config->n_sources, sizeof *p->reader_versions);
    for (size_t i = 0; i < p->config->n_sources; i++)
        p->reader_versions[i] = reader_version(buf_str(&datasets), &p->config->sources[i]);
}

int plan_load(const char *config_path, struct plan **ret, struct error *err)
{
    struct plan *p = mem_alloc(sizeof *p);
    p->refs = 1;
    CLEANUP_FREE char *datasets = paths_data("datasets");
    int r = config_load(config_path, &p->config, err);
    if (!r)
        r = catalog_load(datasets, &p->catalog, err);
    if (!r)
        r = load_standards(p, err);
    if (r) {
        plan_unref(p);
        return r;
    }
    load_plugins(p);
    // What a plugin that could not be loaded declares may be what is named.
    r = p->n_failures ? 0 : plan_check_names(p->catalog, p->config->path, err);
    if (r) {
        plan_unref(p);
        return r;
    }
    set_reader_versions(p);
    *ret = p;
    return 0;
}

struct plan *plan_ref(struct plan *p)
{
    p->refs++;
    return p;
}

void plan_unref(struct plan *p)
{
    if (!p)
        return;
    assert(p->refs > 0);
    if (--p->refs)
        return;
    for (size_t i = 0; i < p->n_failures; i++) {
        free(p->failures[i].path);
        free(p->failures[i].name);
        free(p->failures[i].message);
    }
    free(p->failures);
    for (size_t i = 0; i < p->n_stamps; i++)
        free(p->stamps[i].path);
    free(p->stamps);
    for (size_t i = 0; p->reader_versions && i < p->config->n_sources; i++)
        free(p->reader_versions[i]);
    free(p->reader_versions);
    (void)standards_free(p->standards);
    (void)catalog_free(p->catalog);
    (void)config_free(p->config);
    free(p);
}

bool plan_plugins_changed(const struct plan *p)
{
    CLEANUP(path_list_deinit) struct path_list files = {0};
    wanted_files(p->config, &files);
    if (files.n != p->n_stamps)
        return true;
    for (size_t i = 0; i < files.n; i++) {
        struct stat st;
        struct plugin_stamp now;
        const struct plugin_stamp *then = &p->stamps[i];
        if (strcmp(files.paths[i], then->path) != 0 || stat(files.paths[i], &st) < 0)
            return true;
        stamp_of(files.paths[i], &st, &now);
        free(now.path);
        if (now.dev != then->dev || now.ino != then->ino || now.size != then->size ||
            now.mtime_ns != then->mtime_ns)
            return true;
    }
    return false;
}

const char *plan_reader_version(const struct plan *p, const struct source_config *s)
{
    size_t i = (size_t)(s - p->config->sources);
    assert(i < p->config->n_sources);
    return p->reader_versions[i];
}

json_t *plan_plugin_options(const struct plan *p, const struct plugin_info *plugin)
{
    json_t *options = json_object();
    for (size_t i = 0; i < p->config->n_plugins; i++) {
        const struct plugin_config *c = &p->config->plugins[i];
        if (strcmp(c->name, plugin->name) != 0)
            continue;
        for (size_t k = 0; c->option_names && c->option_names[k]; k++)
            (void)json_object_set_new(options, c->option_names[k], json_string(c->option_values[k]));
    }
    return options;
}
