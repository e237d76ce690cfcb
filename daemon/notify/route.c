// SPDX-License-Identifier: Apache-2.0
// Routes of `alerts:`.
#include "notify/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void channel_set_init(struct channel_set *set, const struct config *conf)
{
    *set = (struct channel_set){.has = mem_array(conf->n_channels + 1, sizeof(bool)), .n = conf->n_channels};
}

void channel_set_deinit(struct channel_set *set)
{
    free(set->has);
    *set = (struct channel_set){0};
}

bool channel_set_empty(const struct channel_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->has[i])
            return false;
    }
    return true;
}

static bool route_matches(const struct route_config *r, const char *county, const char *indicator,
                          enum severity severity)
{
    enum severity least;
    if (r->min_severity && severity_parse(r->min_severity, &least) &&
        severity > least) // the enum begins with red
        return false;
    bool ok = !r->counties;
    for (char **c = r->counties; c && *c && !ok; c++)
        ok = strcmp(*c, county) == 0;
    if (!ok)
        return false;
    ok = !r->indicators;
    for (char **p = r->indicators; p && *p && !ok; p++)
        ok = strncmp(indicator, *p, strlen(*p)) == 0;
    return ok;
}

void channel_set_route(struct channel_set *set, const struct config *conf, const char *county,
                       const char *indicator, enum severity severity)
{
    for (size_t i = 0; i < conf->n_routes; i++) {
        const struct route_config *r = &conf->routes[i];
        if (!route_matches(r, county, indicator, severity))
            continue;
        for (char **name = r->notify; name && *name; name++) {
            for (size_t c = 0; c < set->n; c++)
                set->has[c] = set->has[c] || strcmp(conf->channels[c].name, *name) == 0;
        }
    }
}
