// SPDX-License-Identifier: Apache-2.0
// Due dates and coverage.
#include "flow/coverage.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/zone.h"
#include "store/roster.h"

bool coverage_provisional(const struct coverage *c)
{
    return c->known && c->reported < c->owed && !c->due_passed;
}

json_t *coverage_json(const struct coverage *c)
{
    json_t *j = json_object();
    json_object_set_new(j, "known", json_boolean(c->known));
    if (c->known) {
        json_object_set_new(j, "owed", json_integer(c->owed));
        json_object_set_new(j, "reported", json_integer(c->reported));
        if (!isnan(c->pupils_share))
            json_object_set_new(j, "pupils_share", json_real(c->pupils_share));
    }
    if (c->due) {
        char day[16];
        (void)snprintf(day, sizeof day, "%04d-%02d-%02d", c->due / 10000 % 10000, c->due / 100 % 100,
                       c->due % 100);
        json_object_set_new(j, "due", json_string(day));
    }
    return j;
}

int coverage_today(const struct config *conf, int64_t now_ms)
{
    struct civil c = zone_civil(conf->timezone, now_ms);
    return c.year * 10000 + c.month * 100 + c.day;
}

struct due_date {
    int year; // 0: every year
    int month, day;
};

// The configuration has checked it; what is none is no date.
static bool parse_due(const char *date, struct due_date *ret)
{
    struct due_date d = {0};
    int used = 0;
    if (sscanf(date, "%4d-%2d-%2d%n", &d.year, &d.month, &d.day, &used) == 3 && date[used] == '\0') {
        *ret = d;
        return true;
    }
    d.year = used = 0;
    if (sscanf(date, "%2d-%2d%n", &d.month, &d.day, &used) != 2 || date[used] != '\0')
        return false;
    *ret = d;
    return true;
}

static int due_of(const char *date, int first)
{
    struct due_date d;
    if (!parse_due(date, &d))
        return 0;
    int in_year = d.month * 100 + d.day;
    if (d.year)
        return d.year * 10000 + in_year >= first ? d.year * 10000 + in_year : 0;
    int due = first / 10000 * 10000 + in_year;
    return due >= first ? due : due + 10000;
}

int coverage_due(const struct config *conf, const char *dataset, const struct period *period)
{
    for (size_t i = 0; i < conf->n_due; i++) {
        if (strcmp(conf->due[i].dataset, dataset) == 0)
            return due_of(conf->due[i].date, period_first_date(period));
    }
    return 0;
}

int coverage_dues_passed(const char *date, int today)
{
    struct due_date d;
    if (!parse_due(date, &d))
        return 0;
    int in_year = d.month * 100 + d.day;
    if (d.year)
        return today > d.year * 10000 + in_year;
    return today / 10000 + (today % 10000 > in_year);
}

int coverage_load(struct store *s, const struct evaluation *e, const struct scope_item *item,
                  struct coverage *ret, struct error *err)
{
    struct coverage c = {.pupils_share = NAN};
    struct period period;
    const char *dataset = e->plugin->n_inputs ? e->plugin->inputs[0].dataset : NULL;
    if (!period_parse(item->period, &period))
        return error_set(err, -EINVAL, _("\"%s\" is not a period"), item->period);
    if (dataset && *item->county) {
        CLEANUP(roster_coverage_deinit) struct roster_coverage roster = {0};
        int r = roster_coverage_load(s, dataset, item->period, item->county, &roster, err);
        if (r < 0)
            return r;
        c.known = roster.known;
        c.owed = roster.owed;
        c.reported = roster.reported;
        c.pupils_share = roster.pupils_share;
        c.due = coverage_due(e->config, dataset, &period);
        c.due_passed = c.due != 0 && coverage_today(e->config, e->now_ms) > c.due;
    }
    *ret = c;
    return 0;
}
