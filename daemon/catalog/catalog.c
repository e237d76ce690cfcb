// SPDX-License-Identifier: Apache-2.0
// The catalogue: loading the built-in datasets, look-up, release.
#include "catalog/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/dataset.h"
#include "catalog/dataset_yaml.h"
#include "catalog/indicator.h"

static int is_yaml(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static int load_one(struct catalog *c, const char *dir, const char *name, struct error *err)
{
    CLEANUP_FREE char *path = str_printf("%s/%s", dir, name);
    struct dataset *d = NULL;
    int r = dataset_load(path, &d, err);
    if (r < 0)
        return r;
    if (catalog_dataset(c, d->id)) {
        r = error_set(err, -EINVAL, _("%s:1:1: the dataset \"%s\" is declared by another file already"), path,
                      d->id);
        dataset_free(d);
        return r;
    }
    c->datasets = mem_grow(c->datasets, c->n_datasets + 1, sizeof *c->datasets);
    c->datasets[c->n_datasets++] = d;
    return 0;
}

int catalog_load(const char *dir, struct catalog **ret, struct error *err)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_yaml, alphasort);
    if (n < 0)
        return error_sys(err, -errno, _("datasets in %s"), dir);
    struct catalog *c = mem_alloc(sizeof *c);
    int r = n ? 0 : error_set(err, -ENOENT, _("%s: no dataset (*.yaml) in this folder"), dir);
    for (int i = 0; i < n; i++) {
        if (r == 0)
            r = load_one(c, dir, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    if (r < 0)
        catalog_free(c);
    else
        *ret = c;
    return r;
}

struct catalog *catalog_free(struct catalog *c)
{
    if (!c)
        return NULL;
    for (size_t i = 0; i < c->n_datasets; i++)
        dataset_free(c->datasets[i]);
    for (size_t i = 0; i < c->n_indicators; i++)
        indicator_free(c->indicators[i]);
    for (size_t i = 0; i < c->n_plugins; i++)
        plugin_info_free(c->plugins[i]);
    free(c->datasets);
    free(c->indicators);
    free(c->plugins);
    free(c);
    return NULL;
}

const struct dataset *catalog_dataset(const struct catalog *c, const char *id)
{
    for (size_t i = 0; i < c->n_datasets; i++) {
        if (strcmp(c->datasets[i]->id, id) == 0)
            return c->datasets[i];
    }
    return NULL;
}

const struct indicator *catalog_indicator(const struct catalog *c, const char *id)
{
    for (size_t i = 0; i < c->n_indicators; i++) {
        if (strcmp(c->indicators[i]->id, id) == 0)
            return c->indicators[i];
    }
    return NULL;
}

const struct plugin_info *catalog_plugin(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->n_plugins; i++) {
        if (strcmp(c->plugins[i]->name, name) == 0)
            return c->plugins[i];
    }
    return NULL;
}
