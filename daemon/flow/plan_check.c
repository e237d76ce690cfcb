// SPDX-License-Identifier: Apache-2.0
// Names in junheng.yaml that only the whole plan knows: datasets, indicators, plugins.
#include "flow/plan_check.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/yaml_node.h"

// Alerts name ids or their beginnings, as routes match them; junheng is the daemon's own.
static bool has_indicator(const struct catalog *c, const char *id)
{
    size_t n = strlen(id);
    for (size_t i = 0; i < c->n_indicators; i++) {
        const char *known = c->indicators[i]->id;
        if (strncmp(known, id, n) == 0)
            return true;
    }
    return strncmp("junheng.", id, n < 8 ? n : 8) == 0;
}

static int unknown_dataset(const struct catalog *c, const struct yaml *n, const char *name, struct error *err)
{
    if (catalog_dataset(c, name))
        return 0;
    CLEANUP(buf_deinit) struct buf known = BUF_INIT;
    for (size_t i = 0; i < c->n_datasets; i++)
        buf_addf(&known, "%s%s", i ? ", " : "", c->datasets[i]->id);
    return yaml_complain(n, err, _("there is no dataset %1$s; there are: %2$s"), name, buf_str(&known));
}

static int check_texts(const struct catalog *c, const struct yaml *list, bool datasets, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && list && list->kind == YAML_LIST && i < list->n_items; i++) {
        const struct yaml *n = list->items[i];
        if (n->kind != YAML_SCALAR)
            continue;
        if (datasets)
            r = unknown_dataset(c, n, n->text, err);
        else if (!has_indicator(c, n->text))
            r = yaml_complain(n, err, _("no indicator is called %s or begins so; see \"junheng results\""),
                              n->text);
    }
    return r;
}

static int check_each(const struct catalog *c, const struct yaml *list, const char *key, bool datasets,
                      struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && list && list->kind == YAML_LIST && i < list->n_items; i++) {
        if (list->items[i]->kind == YAML_MAP)
            r = check_texts(c, yaml_get(list->items[i], key), datasets, err);
    }
    return r;
}

int plan_check_names(const struct catalog *c, const char *config_path, struct error *err)
{
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = NULL;
    int r = yaml_load(config_path, &doc, err);
    if (r < 0 || doc->root->kind != YAML_MAP)
        return r;
    const struct yaml *due = yaml_get(doc->root, "due");
    for (size_t i = 0; r == 0 && due && due->kind == YAML_MAP && i < due->n_items; i++) {
        struct yaml at = *due->items[i];
        at.line = at.key_line;
        at.column = at.key_column;
        r = unknown_dataset(c, &at, at.key, err);
    }
    if (r == 0)
        r = check_each(c, yaml_get(doc->root, "sources"), "datasets", true, err);
    if (r == 0)
        r = check_each(c, yaml_get(doc->root, "alerts"), "indicators", false, err);
    return r;
}

char *plan_place_of_plugin(const char *config_path, const char *name)
{
    struct error err;
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = NULL;
    if (yaml_load(config_path, &doc, &err) < 0 || doc->root->kind != YAML_MAP)
        return str_dup(config_path);
    const struct yaml *list = yaml_get(doc->root, "plugins");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n_items; i++) {
        const struct yaml *n = list->items[i];
        if (n->kind == YAML_MAP)
            n = yaml_get(n, "name");
        if (n && n->kind == YAML_SCALAR && strcmp(n->text, name) == 0)
            return str_printf("%s:%d:%d", config_path, n->line, n->column);
    }
    return str_dup(config_path);
}
