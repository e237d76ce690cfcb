// SPDX-License-Identifier: Apache-2.0
// `sources:`, the folders that are watched, and `counties:`, `due:`, `plugins:`, `standards:`.
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/period.h"
#include "conf/config_read.h"
#include "conf/paths_of.h"

int need_list(const struct yaml *n, const char *what, struct error *err)
{
    return n->kind == YAML_LIST && n->n_items ? 0 : yaml_expected(n, err, what);
}

int read_name(const struct yaml *n, char **ret, struct error *err)
{
    int r = yaml_text(n, ret, err);
    if (r < 0)
        return r;
    const char *s = *ret;
    bool good = strlen(s) <= 64 && *s != '.' && *s != '-';
    for (const char *p = s; *p; p++)
        good = good && ((unsigned char)*p >= 0x80 || isalnum((unsigned char)*p) || strchr("-_.", *p));
    return good ? 0 : yaml_expected(n, err, _("a name of letters, digits, - and _, at most 64 bytes"));
}

int read_path(const struct config_read *r, const struct yaml *n, char **ret)
{
    int result = yaml_text(n, ret, r->err);
    if (result < 0)
        return result;
    char *path = path_join(r->dir, *ret);
    free(*ret);
    *ret = path;
    return strlen(path) < 3000 ? 0 : yaml_complain(n, r->err, _("the path is too long"));
}

// A list of codes, kept as the text that was written: 0123 is not 123.
static int read_codes(const struct yaml *n, char ***ret, struct error *err)
{
    int r = yaml_texts(n, ret, err);
    if (r == 0 && !(*ret)[0])
        r = yaml_expected(n, err, _("a list of codes"));
    for (size_t i = 0; r == 0 && (*ret)[i]; i++) {
        const struct yaml *item = n->kind == YAML_LIST ? n->items[i] : n;
        const char *code = (*ret)[i];
        size_t good = strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");
        if (code[good] || strlen(code) > 32)
            return yaml_expected(item, err, _("a code such as 330102"));
        for (size_t k = 0; k < i; k++) {
            if (strcmp((*ret)[k], code) == 0)
                return yaml_complain(item, err, _("\"%s\" stands in the list twice"), code);
        }
    }
    return r;
}

static int read_authority(const struct yaml *n, struct source_config *s, struct error *err)
{
    const struct yaml *counties = yaml_get(n, "counties"), *schools = yaml_get(n, "schools");
    bool all_schools = schools && schools->kind == YAML_SCALAR && strcmp(schools->text, "all") == 0;
    if (!counties && (!schools || all_schools))
        return yaml_complain(
            n, err,
            _("say for whom this source may speak: \"counties: all\", a list of county codes, or \"schools:\" "
              "with a list of school codes"));
    int r = 0;
    if (counties && counties->kind == YAML_SCALAR && strcmp(counties->text, "all") == 0)
        s->all_counties = true;
    else if (counties)
        r = read_codes(counties, &s->counties, err);
    if (r == 0 && schools && !all_schools)
        r = read_codes(schools, &s->schools, err);
    return r;
}

static int read_source_period(const struct yaml *n, struct source_config *s, struct error *err)
{
    struct period p;
    int r = yaml_text(n, &s->period, err);
    if (r == 0 && !period_parse(s->period, &p))
        r = yaml_expected(n, err, _("a period such as 2025-2026, 2025-2026-1, 2026-10 or 2025"));
    return r;
}

static int read_source(struct config_read *r, const struct yaml *n, struct source_config *s)
{
    static const char *const systems[] = {"六三制", "五四制", NULL};
    static const struct yaml_field fields[] = {
        {.key = "name", .required = true},
        {.key = "path", .required = true},
        {.key = "counties"},
        {.key = "schools"},
        {YAML_FIELD("datasets", YAML_TEXTS, struct source_config, datasets)},
        {.key = "period"},
        {.key = "school_system"},
        {YAML_FIELD("precedence", YAML_INT, struct source_config, precedence), .min = -1000, .max = 1000},
        {YAML_FIELD("settle", YAML_DURATION, struct source_config, settle_ms)},
    };
    s->settle_ms = 2000;
    int result = yaml_fill(n, fields, ARRAY_SIZE(fields), s, r->err);
    if (result == 0)
        result = read_name(yaml_get(n, "name"), &s->name, r->err);
    if (result == 0)
        result = read_path(r, yaml_get(n, "path"), &s->path);
    if (result == 0)
        result = read_authority(n, s, r->err);
    const struct yaml *period = yaml_get(n, "period"), *system = yaml_get(n, "school_system");
    if (result == 0 && period)
        result = read_source_period(period, s, r->err);
    int which = 0;
    if (result == 0 && system)
        result = yaml_choice(system, systems, &which, r->err);
    s->school_system = str_dup(systems[which]);
    if (result == 0 && s->settle_ms > 3600000)
        result = yaml_expected(yaml_get(n, "settle"), r->err, _("a duration of at most 1h"));
    return result;
}

int read_sources(struct config_read *r, const struct yaml *list)
{
    int result = need_list(list, _("a list of sources, each with name and path"), r->err);
    if (result < 0)
        return result;
    r->config->sources = mem_array(list->n_items, sizeof *r->config->sources);
    for (size_t i = 0; result == 0 && i < list->n_items; i++)
        result = read_source(r, list->items[i], &r->config->sources[r->config->n_sources++]);
    return result;
}

int read_counties(struct config_read *r, const struct yaml *list)
{
    static const struct yaml_field fields[] = {
        {.key = "code", .required = true},
        {YAML_FIELD("name", YAML_TEXT, struct county_config, name), .required = true},
    };
    struct config *c = r->config;
    int result = need_list(list, _("a list such as - {code: 330102, name: 滨江区}"), r->err);
    if (result < 0)
        return result;
    c->counties = mem_array(list->n_items, sizeof *c->counties);
    for (size_t i = 0; result == 0 && i < list->n_items; i++) {
        struct county_config *county = &c->counties[c->n_counties++];
        char **codes = NULL;
        result = yaml_fill(list->items[i], fields, ARRAY_SIZE(fields), county, r->err);
        const struct yaml *code = yaml_get(list->items[i], "code");
        if (result == 0)
            result = code->kind == YAML_SCALAR ? read_codes(code, &codes, r->err)
                                               : yaml_expected(code, r->err, _("a code such as 330102"));
        if (result == 0 && codes)
            county->code = str_dup(codes[0]);
        texts_free(codes);
        for (size_t k = 0; result == 0 && k < i; k++) {
            if (strcmp(c->counties[k].code, county->code) == 0)
                result =
                    yaml_complain(code, r->err, _("the county %s stands in the list twice"), county->code);
        }
    }
    return result;
}

// "10-20" in each year, or a full date.
static bool is_due_date(const char *text)
{
    char date[16];
    struct period p;
    if (strlen(text) == 5) {
        char year[] = "2024-"; // a leap year: 02-29 is a day of some years
        memcpy(date, year, 5);
        memcpy(date + 5, text, 6);
        text = date;
    }
    return period_parse(text, &p) && p.kind == PERIOD_DAY;
}

int read_due(struct config_read *r, const struct yaml *map)
{
    if (map->kind != YAML_MAP)
        return yaml_expected(map, r->err, _("datasets with their dates, such as school_resource: 10-20"));
    struct config *c = r->config;
    c->due = mem_array(map->n_items ? map->n_items : 1, sizeof *c->due);
    for (size_t i = 0; i < map->n_items; i++) {
        const struct yaml *n = map->items[i];
        struct due_config *due = &c->due[c->n_due++];
        due->dataset = str_dup(n->key);
        int result = n->kind == YAML_SCALAR ? yaml_text(n, &due->date, r->err) : -EINVAL;
        if (result < 0 || !is_due_date(due->date))
            return yaml_expected(n, r->err, _("a date such as 10-20 or 2025-10-20"));
    }
    return 0;
}

static int read_options(const struct yaml *n, struct plugin_config *p, struct error *err)
{
    if (n->kind != YAML_MAP)
        return yaml_expected(n, err, _("options with their values"));
    for (size_t i = 0; i < n->n_items; i++) {
        char *value = NULL;
        int r = yaml_text(n->items[i], &value, err);
        if (r < 0)
            return r;
        texts_add(&p->option_names, n->items[i]->key);
        texts_add(&p->option_values, value);
        free(value);
    }
    return 0;
}

static int read_plugin(const struct yaml *n, struct plugin_config *p, struct error *err)
{
    static const struct yaml_field fields[] = {{.key = "name", .required = true}, {.key = "options"}};
    p->option_names = mem_array(1, sizeof *p->option_names);
    p->option_values = mem_array(1, sizeof *p->option_values);
    if (n->kind == YAML_SCALAR)
        return read_name(n, &p->name, err);
    int r = yaml_known_keys(n, fields, ARRAY_SIZE(fields), err);
    const struct yaml *name = yaml_get(n, "name"), *options = yaml_get(n, "options");
    if (r == 0)
        r = name ? read_name(name, &p->name, err)
                 : yaml_complain(n, err, _("\"%s\" is missing here"), "name");
    return r == 0 && options ? read_options(options, p, err) : r;
}

int read_plugins(struct config_read *r, const struct yaml *list)
{
    struct config *c = r->config;
    if (list->kind != YAML_LIST)
        return yaml_expected(list, r->err, _("a list of plugins"));
    c->all_plugins = false;
    c->plugins = mem_array(list->n_items ? list->n_items : 1, sizeof *c->plugins);
    for (size_t i = 0; i < list->n_items; i++) {
        int result = read_plugin(list->items[i], &c->plugins[c->n_plugins++], r->err);
        if (result < 0)
            return result;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(c->plugins[k].name, c->plugins[i].name) == 0)
                return yaml_complain(list->items[i], r->err, _("the plugin %s stands in the list twice"),
                                     c->plugins[i].name);
        }
    }
    return 0;
}

// A name without folder or ending means one of the standards that are installed.
int read_standards(struct config_read *r, const struct yaml *list)
{
    struct config *c = r->config;
    int result = yaml_texts(list, &c->standards, r->err);
    for (size_t i = 0; result == 0 && c->standards[i]; i++) {
        const struct yaml *n = list->kind == YAML_LIST ? list->items[i] : list;
        size_t len = strlen(c->standards[i]);
        bool is_file =
            strchr(c->standards[i], '/') || (len > 5 && strcmp(c->standards[i] + len - 5, ".yaml") == 0);
        CLEANUP_FREE char *dir = paths_data("standards");
        char *path =
            is_file ? path_join(r->dir, c->standards[i]) : str_printf("%s/%s.yaml", dir, c->standards[i]);
        free(c->standards[i]);
        c->standards[i] = path;
        if (access(path, R_OK) < 0)
            result = yaml_complain(n, r->err, _("cannot read the standard %s: %s"), path, strerror(errno));
    }
    return result;
}
