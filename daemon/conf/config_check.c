// SPDX-License-Identifier: Apache-2.0
// What only the whole configuration can show: names used twice, channels that are not there, folders in one
// another.
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "conf/config_read.h"
#include "conf/paths_of.h"

static const char *channel_name(const void *arg, size_t i)
{
    return ((const struct config *)arg)->channels[i].name;
}

static int check_notify(struct config_read *r, const struct yaml *route, const struct route_config *c)
{
    const struct yaml *notify = yaml_get(route, "notify");
    if (!c->notify[0])
        return yaml_expected(notify, r->err, _("the names of channels"));
    for (size_t i = 0; c->notify[i]; i++) {
        const struct yaml *at = notify->kind == YAML_LIST ? notify->items[i] : notify;
        if (config_channel(r->config, c->notify[i]))
            continue;
        const char *near = yaml_nearest(c->notify[i], channel_name, r->config, r->config->n_channels);
        if (near)
            return yaml_complain(at, r->err, _("there is no channel \"%1$s\"; did you mean \"%2$s\"?"),
                                 c->notify[i], near);
        return yaml_complain(at, r->err, _("there is no channel \"%s\" under channels:"), c->notify[i]);
    }
    return 0;
}

// Folders are compared as they really are: two links may lead to one folder.
static int check_folders(struct config_read *r, const struct yaml *sources, size_t i)
{
    const struct config *c = r->config;
    const struct yaml *at = yaml_get(sources->items[i], "path");
    CLEANUP_FREE char *mine = path_real(c->sources[i].path);
    CLEANUP_FREE char *state = path_real(c->state);
    if (path_within(state, mine))
        return yaml_complain(
            at, r->err,
            _("the state folder %s lies inside this source; its own files would be taken for data"),
            c->state);
    for (size_t k = 0; k < i; k++) {
        CLEANUP_FREE char *other = path_real(c->sources[k].path);
        if (strcmp(mine, other) == 0)
            return yaml_complain(at, r->err, _("the source \"%s\" watches the same folder"),
                                 c->sources[k].name);
        if (path_within(mine, other) || path_within(other, mine))
            return yaml_complain(at, r->err,
                                 _("this folder and that of the source \"%s\" lie one inside the other"),
                                 c->sources[k].name);
    }
    return 0;
}

static int check_state(struct config_read *r, const struct yaml *sources, size_t i)
{
    static const char *const own[] = {"spool", "archive", "quarantine"};
    CLEANUP_FREE char *mine = path_real(r->config->sources[i].path);
    CLEANUP_FREE char *state = path_real(r->config->state);
    for (size_t k = 0; k < ARRAY_SIZE(own); k++) {
        CLEANUP_FREE char *folder = path_join(state, own[k]);
        if (path_within(mine, folder))
            return yaml_complain(yaml_get(sources->items[i], "path"), r->err,
                                 _("this folder belongs to the daemon itself (%s); choose another"), folder);
    }
    return 0;
}

int check_config(struct config_read *r, const struct yaml *root)
{
    const struct config *c = r->config;
    const struct yaml *sources = yaml_get(root, "sources"), *routes = yaml_get(root, "alerts");
    int result = 0;
    for (size_t i = 0; result == 0 && i < c->n_sources; i++) {
        if (config_source(c, c->sources[i].name) != &c->sources[i])
            return yaml_complain(yaml_get(sources->items[i], "name"), r->err,
                                 _("another source is called \"%s\" already"), c->sources[i].name);
        result = check_folders(r, sources, i);
        if (result == 0)
            result = check_state(r, sources, i);
    }
    for (size_t i = 0; result == 0 && i < c->n_routes; i++)
        result = check_notify(r, routes->items[i], &c->routes[i]);
    return result;
}
