// SPDX-License-Identifier: Apache-2.0
// A county's results at hand.
#include "notify/county.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/period.h"

static int tally_compare(const void *a, const void *b)
{
    const struct county_tally *x = a, *y = b;
    int d = strcmp(x->indicator, y->indicator);
    return d ? d : (x->stage > y->stage) - (x->stage < y->stage);
}

static void count_unit(struct county_units *n, enum verdict verdict)
{
    n->judged += verdict == VERDICT_PASS || verdict == VERDICT_FLOOR || verdict == VERDICT_FAIL;
    n->failing += verdict == VERDICT_FAIL;
    n->floor += verdict == VERDICT_FLOOR;
    n->no_data += verdict == VERDICT_NO_DATA;
    n->exempt += verdict == VERDICT_EXEMPT;
}

// One pass: every alert of the scope asks for the counts of all its indicators.
static void count_units(struct county *c)
{
    size_t cap = 0;
    for (size_t i = 0; i < c->now.n; i++) {
        const struct result *r = &c->now.items[i];
        const struct county_tally key = {.indicator = r->indicator, .stage = r->stage};
        if (!c->n_tallies || tally_compare(&c->tallies[c->n_tallies - 1], &key) != 0) {
            if (c->n_tallies == cap) {
                cap = cap ? 2 * cap : 64;
                c->tallies = mem_grow(c->tallies, cap, sizeof *c->tallies);
            }
            c->tallies[c->n_tallies++] = key;
        }
        if (strcmp(r->entity, c->code) != 0)
            count_unit(&c->tallies[c->n_tallies - 1].units, r->verdict);
    }
}

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
    count_units(&c);
    *ret = c;
    return 0;
}

void county_deinit(struct county *c)
{
    result_list_deinit(&c->now);
    result_list_deinit(&c->before);
    free(c->tallies);
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

struct county_units county_count(const struct county *c, const char *indicator, enum stage stage)
{
    const struct county_tally key = {.indicator = indicator, .stage = stage};
    const struct county_tally *t =
        c->n_tallies ? bsearch(&key, c->tallies, c->n_tallies, sizeof *c->tallies, tally_compare) : NULL;
    return t ? t->units : (struct county_units){0};
}
