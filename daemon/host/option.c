// SPDX-License-Identifier: Apache-2.0
// Values of options.
#include "host/option.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/mem.h"

static int parse_bool(const struct jh_option *o, const char *text, double *ret, struct error *err)
{
    static const char *const yes[] = {"yes", "true", "on", "1", "是"}, *const no[] = {"no", "false", "off",
                                                                                      "0", "否"};
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *ret = strcasecmp(text, yes[i]) == 0 ? 1 : 0;
            return 0;
        }
    }
    return error_set(err, -EINVAL, _("option %1$s: expected yes or no, got \"%2$.60s\""), o->name, text);
}

int option_parse(const struct jh_option *o, const char *text, double *ret, struct error *err)
{
    *ret = NAN;
    if (o->type == JH_OPTION_TEXT)
        return 0;
    if (o->type == JH_OPTION_BOOL)
        return parse_bool(o, text, ret, err);
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !isfinite(v))
        return error_set(err, -EINVAL, _("option %1$s: expected a number, got \"%2$.60s\""), o->name, text);
    bool ranged = o->min != 0 || o->max != 0;
    if (ranged && (v < o->min || v > o->max))
        return error_set(err, -EINVAL, _("option %1$s: expected a number from %2$g to %3$g, got \"%4$.60s\""),
                         o->name, o->min, o->max, text);
    *ret = v;
    return 0;
}
