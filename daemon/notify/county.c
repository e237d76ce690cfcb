// SPDX-License-Identifier: Apache-2.0
// A county's results at hand.
#include "notify/county.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/period.h"

int county_load(struct store *s, const char *code, const char *period, struct county *ret, struct error *err)
{
    struct county c = {.code = str_dup(code), .period = str_dup(period)};
    struct result_filter filter = RESULT_FILTER_ALL;
    filter.county = code;
    filter.period = period;
    int r = result_select(s, &filter, &c.now, err);
    struct period p;
    if (r == 0 && period_parse(period, &p)) {
        struct period before = period_shift(&p, -1);
        c.period_before = mem_alloc(PERIOD_TEXT_MAX);
        period_format(&before, c.period_before);
        filter.period = c.period_before;
        r = result_select(s, &filter, &c.before, err);
    }
    if (r < 0) {
        county_deinit(&c);
        return r;
    }
    *ret = c;
    return 0;
}

void county_deinit(struct county *c)
{
    result_list_deinit(&c->now);
    result_list_deinit(&c->before);
    free(c->code);
    free(c->period);
    free(c->period_before);
    *c = (struct county){0};
}

static const struct result *find(const struct result_list *l, const char *indicator, enum stage stage,
                                 const char *entity)
{
    const struct result key = {
        .indicator = (char *)(uintptr_t)indicator, .stage = stage, .entity = (char *)(uintptr_t)entity};
    return l->n ? bsearch(&key, l->items, l->n, sizeof *l->items, result_compare) : NULL;
}

const struct result *county_result(const struct county *c, const char *indicator, enum stage stage,
                                   const char *entity)
{
    return find(&c->now, indicator, stage, entity);
}

const struct result *county_result_before(const struct county *c, const char *indicator, enum stage stage,
                                          const char *entity)
{
    return find(&c->before, indicator, stage, entity);
}

// Where the rows of one indicator and stage begin.
static size_t first_of(const struct result_list *l, const char *indicator, enum stage stage)
{
    const struct result key = {
        .indicator = (char *)(uintptr_t)indicator, .stage = stage, .entity = (char *)(uintptr_t) ""};
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (result_compare(&l->items[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct county_units county_count(const struct county *c, const char *indicator, enum stage stage)
{
    struct county_units n = {0};
    for (size_t i = first_of(&c->now, indicator, stage); i < c->now.n; i++) {
        const struct result *r = &c->now.items[i];
        if (r->stage != stage || strcmp(r->indicator, indicator) != 0)
            break;
        if (strcmp(r->entity, c->code) == 0)
            continue;
        n.judged += r->verdict == VERDICT_PASS || r->verdict == VERDICT_FLOOR || r->verdict == VERDICT_FAIL;
        n.failing += r->verdict == VERDICT_FAIL;
        n.floor += r->verdict == VERDICT_FLOOR;
        n.no_data += r->verdict == VERDICT_NO_DATA;
        n.exempt += r->verdict == VERDICT_EXEMPT;
    }
    return n;
}
