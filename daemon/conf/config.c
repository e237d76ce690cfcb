// SPDX-License-Identifier: Apache-2.0
// junheng.yaml: the top level, defaults, release and look-up.
#include "conf/config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/paths.h"
#include "conf/config_read.h"
#include "conf/paths_of.h"

#define GIB ((int64_t)1 << 30)
#define MIB ((int64_t)1 << 20)
#define SOCKET_PATH_MAX 107 // sun_path

static const struct yaml_field top_fields[] = {
    {.key = "state", .required = true},
    {.key = "language"},
    {.key = "office"},
    {.key = "timezone"},
    {.key = "sources", .required = true},
    {.key = "channels"},
    {.key = "alerts"},
    {.key = "counties"},
    {.key = "due"},
    {.key = "plugins"},
    {.key = "plugin_dir"},
    {.key = "standards"},
    {.key = "limits"},
    {.key = "control_socket"},
    {YAML_FIELD("rescan", YAML_DURATION, struct config, rescan_ms)},
    {YAML_FIELD("digest_above", YAML_INT, struct config, digest_above), .min = 1, .max = 100000},
};

static int read_office(struct config_read *r, const struct yaml *map)
{
    static const struct yaml_field fields[] = {
        {YAML_FIELD("name", YAML_TEXT, struct config, office_name)},
        {YAML_FIELD("phone", YAML_TEXT, struct config, office_phone)},
    };
    return yaml_fill(map, fields, ARRAY_SIZE(fields), r->config, r->err);
}

static int read_limits(struct config_read *r, const struct yaml *map)
{
    static const struct yaml_field fields[] = {
        {YAML_FIELD("read_timeout", YAML_DURATION, struct config, read_timeout_ms)},
        {YAML_FIELD("run_timeout", YAML_DURATION, struct config, run_timeout_ms)},
        {YAML_FIELD("max_file", YAML_SIZE, struct config, max_file_bytes)},
        {YAML_FIELD("read_memory", YAML_SIZE, struct config, read_memory_bytes)},
        {YAML_FIELD("run_memory", YAML_SIZE, struct config, run_memory_bytes)},
    };
    struct config *c = r->config;
    int result = yaml_fill(map, fields, ARRAY_SIZE(fields), c, r->err);
    const struct {
        const char *key;
        bool bad;
        const char *expected;
    } bounds[] = {
        {"read_timeout", c->read_timeout_ms < 1000, _("a duration of at least 1s")},
        {"run_timeout", c->run_timeout_ms < 1000, _("a duration of at least 1s")},
        {"max_file", c->max_file_bytes < 1024, _("a size of at least 1KiB")},
        {"read_memory", c->read_memory_bytes < 64 * MIB,
         _("a size of at least 64MiB, the least a worker starts in")},
        {"run_memory", c->run_memory_bytes < 64 * MIB,
         _("a size of at least 64MiB, the least a worker starts in")},
    };
    for (size_t i = 0; result == 0 && i < ARRAY_SIZE(bounds); i++) {
        if (bounds[i].bad)
            result = yaml_expected(yaml_get(map, bounds[i].key), r->err, bounds[i].expected);
    }
    return result;
}

static int read_language(struct config_read *r, const struct yaml *n)
{
    static const char *const names[] = {"zh_CN", "en", NULL};
    int which = 0;
    int result = yaml_choice(n, names, &which, r->err);
    if (result == 0) {
        free(r->config->language);
        r->config->language = str_dup(names[which]);
    }
    return result;
}

static int read_timezone(struct config_read *r, const struct yaml *n)
{
    int result = yaml_text(n, &r->config->timezone, r->err);
    const char *zone = r->config->timezone;
    size_t good = strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-");
    CLEANUP_FREE char *file = str_printf("/usr/share/zoneinfo/%s", zone);
    bool there = access("/usr/share/zoneinfo", F_OK) < 0 || access(file, R_OK) == 0;
    if (result == 0 && (zone[good] || *zone == '/' || !there))
        result = yaml_expected(n, r->err, _("a time zone such as Asia/Shanghai"));
    return result;
}

static int read_folders(struct config_read *r, const struct yaml *root)
{
    struct config *c = r->config;
    const struct yaml *plugins = yaml_get(root, "plugin_dir"), *socket = yaml_get(root, "control_socket");
    int result = read_path(r, yaml_get(root, "state"), &c->state);
    if (result == 0 && plugins)
        result = read_path(r, plugins, &c->plugin_dir);
    else if (result == 0)
        c->plugin_dir = paths_plugin_dir();
    if (result == 0 && socket)
        result = read_path(r, socket, &c->control_socket);
    else if (result == 0)
        c->control_socket = path_join(c->state, "control.sock");
    if (result == 0 && socket && strlen(c->control_socket) > SOCKET_PATH_MAX)
        result =
            yaml_complain(socket, r->err, _("the path of a socket has at most %d bytes"), SOCKET_PATH_MAX);
    return result;
}

static int read_default_standards(struct config_read *r)
{
    CLEANUP_FREE char *dir = paths_data("standards");
    CLEANUP_FREE char *path = str_printf("%s/national-2017.yaml", dir);
    texts_add(&r->config->standards, path);
    return 0;
}

static int read_parts(struct config_read *r, const struct yaml *root)
{
    static const struct {
        const char *key;
        int (*read)(struct config_read *r, const struct yaml *n);
    } parts[] = {{"office", read_office},       {"language", read_language}, {"timezone", read_timezone},
                 {"sources", read_sources},     {"channels", read_channels}, {"alerts", read_routes},
                 {"counties", read_counties},   {"due", read_due},           {"plugins", read_plugins},
                 {"standards", read_standards}, {"limits", read_limits}};
    int result = 0;
    for (size_t i = 0; result == 0 && i < ARRAY_SIZE(parts); i++) {
        const struct yaml *n = yaml_get(root, parts[i].key);
        if (n)
            result = parts[i].read(r, n);
    }
    return result;
}

static int read_config(struct config_read *r, const struct yaml *root)
{
    struct config *c = r->config;
    if (root->kind != YAML_MAP)
        return yaml_expected(root, r->err, _("keys such as state: and sources:"));
    int result = yaml_fill(root, top_fields, ARRAY_SIZE(top_fields), c, r->err);
    if (result == 0)
        result = read_folders(r, root);
    if (result == 0)
        result = read_parts(r, root);
    if (result == 0 && !c->standards)
        result = read_default_standards(r);
    if (result == 0 && c->rescan_ms < 1000)
        result = yaml_expected(yaml_get(root, "rescan"), r->err, _("a duration of at least 1s"));
    return result == 0 ? check_config(r, root) : result;
}

static struct config *config_defaults(const char *path)
{
    struct config *c = mem_alloc(sizeof *c);
    c->path = path_absolute(path);
    c->language = str_dup("zh_CN");
    c->office_name = str_dup("市人民政府教育督导室"); // data, as the office writes it; a setting
    c->timezone = str_dup("Asia/Shanghai");
    c->all_plugins = true;
    c->rescan_ms = 60000;
    c->read_timeout_ms = 120000;
    c->run_timeout_ms = 120000;
    c->max_file_bytes = 2 * GIB;
    c->read_memory_bytes = 512 * MIB;
    c->run_memory_bytes = GIB;
    c->digest_above = 5;
    return c;
}

int config_load(const char *path, struct config **ret, struct error *err)
{
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = NULL;
    int result = yaml_load(path, &doc, err);
    if (result < 0)
        return result;
    struct config *c = config_defaults(path);
    CLEANUP_FREE char *dir = path_folder(c->path);
    struct config_read r = {.config = c, .dir = dir, .err = err};
    result = read_config(&r, doc->root);
    if (result < 0)
        config_free(c);
    else
        *ret = c;
    return result;
}

static void source_deinit(struct source_config *s)
{
    free(s->name);
    free(s->path);
    texts_free(s->counties);
    texts_free(s->schools);
    texts_free(s->datasets);
    free(s->period);
    free(s->school_system);
}

static void channel_deinit(struct channel_config *c)
{
    free(c->name);
    free(c->url);
    texts_free(c->headers);
    free(c->host);
    free(c->ca_file);
    free(c->user);
    free(c->password_file);
    free(c->from);
    texts_free(c->to);
}

static void route_deinit(struct route_config *r)
{
    texts_free(r->notify);
    texts_free(r->counties);
    texts_free(r->indicators);
    free(r->min_severity);
}

static void lists_free(struct config *c)
{
    for (size_t i = 0; i < c->n_sources; i++)
        source_deinit(&c->sources[i]);
    for (size_t i = 0; i < c->n_channels; i++)
        channel_deinit(&c->channels[i]);
    for (size_t i = 0; i < c->n_routes; i++)
        route_deinit(&c->routes[i]);
    for (size_t i = 0; i < c->n_counties; i++) {
        free(c->counties[i].code);
        free(c->counties[i].name);
    }
    for (size_t i = 0; i < c->n_due; i++) {
        free(c->due[i].dataset);
        free(c->due[i].date);
    }
    for (size_t i = 0; i < c->n_plugins; i++) {
        free(c->plugins[i].name);
        texts_free(c->plugins[i].option_names);
        texts_free(c->plugins[i].option_values);
    }
    free(c->sources);
    free(c->channels);
    free(c->routes);
    free(c->counties);
    free(c->due);
    free(c->plugins);
}

struct config *config_free(struct config *c)
{
    if (!c)
        return NULL;
    lists_free(c);
    free(c->path);
    free(c->state);
    free(c->language);
    free(c->office_name);
    free(c->office_phone);
    free(c->timezone);
    free(c->plugin_dir);
    texts_free(c->standards);
    free(c->control_socket);
    free(c);
    return NULL;
}

const struct source_config *config_source(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->n_sources; i++) {
        if (strcmp(c->sources[i].name, name) == 0)
            return &c->sources[i];
    }
    return NULL;
}

const struct channel_config *config_channel(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->n_channels; i++) {
        if (c->channels[i].name && strcmp(c->channels[i].name, name) == 0)
            return &c->channels[i];
    }
    return NULL;
}

const char *config_county_name(const struct config *c, const char *code)
{
    for (size_t i = 0; i < c->n_counties; i++) {
        if (strcmp(c->counties[i].code, code) == 0)
            return c->counties[i].name;
    }
    return NULL;
}

static bool is_among(char *const *list, const char *code)
{
    return code && *code && texts_has(list, code);
}

bool source_may_speak_for(const struct source_config *s, const char *county, const char *school)
{
    if (s->schools && !is_among(s->schools, school))
        return false;
    return s->all_counties || (!s->counties && s->schools) || is_among(s->counties, county);
}
