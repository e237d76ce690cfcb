// SPDX-License-Identifier: Apache-2.0
// Which scopes a plugin must compute. A change of a dataset in one period dirties that period, and, where the
// plugin looks back at it from others (offsets), those; it is clean only when all of them have been computed.
#include "store/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/period.h"
#include "store/scope_name.h"
#include "store/sql.h"

// A scope of one input dataset that differs from what the plugin has done.
struct change {
    const struct plugin_input *input;
    char *period, *county;
    int64_t generation, changed_at, submission;
    bool backfill;
    bool facts;    // they changed, or the plugin or its options; else only the standards
    bool settings; // those that the plugin computes by changed
    bool complete; // every target is in the list
};

// A period and county to be computed because of a change.
struct target {
    char *period;
    size_t change;
    size_t group; // index into groups
    bool own;     // the change's own period
};

struct group {
    const char *period, *county;
    size_t first, n; // targets
    int64_t changed_at;
    bool taken;
};

struct listing {
    struct store *s;
    const struct plugin_info *plugin;
    const struct scope_basis *basis;
    char options[SETTING_DIGEST_MAX];
    struct change *changes;
    size_t n_changes, cap_changes;
    struct target *targets;
    size_t n_targets, cap_targets;
    struct group *groups;
    size_t n_groups;
};

static void listing_deinit(struct listing *l)
{
    for (size_t i = 0; i < l->n_changes; i++) {
        free(l->changes[i].period);
        free(l->changes[i].county);
    }
    for (size_t i = 0; i < l->n_targets; i++)
        free(l->targets[i].period);
    free(l->changes);
    free(l->targets);
    free(l->groups);
}

void scope_list_deinit(struct scope_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct scope_item *item = &l->items[i];
        for (size_t g = 0; g < item->n_generations; g++)
            free(item->generations[g].dataset);
        free(item->generations);
        free(item->period);
        free(item->county);
    }
    free(l->items);
    *l = (struct scope_list){0};
}

static void add_change(struct listing *l, struct change c)
{
    if (l->n_changes == l->cap_changes) {
        l->cap_changes = l->cap_changes ? l->cap_changes * 2 : 16;
        l->changes = mem_grow(l->changes, l->cap_changes, sizeof *l->changes);
    }
    l->changes[l->n_changes++] = c;
}

static void add_target(struct listing *l, char *period, size_t change, bool own)
{
    if (l->n_targets == l->cap_targets) {
        l->cap_targets = l->cap_targets ? l->cap_targets * 2 : 16;
        l->targets = mem_grow(l->targets, l->cap_targets, sizeof *l->targets);
    }
    l->targets[l->n_targets++] = (struct target){.period = period, .change = change, .own = own};
}

static int load_changes(struct listing *l, const struct plugin_input *input, struct error *err)
{
    struct sql *q = sql_get(
        l->s,
        "SELECT p.text, c.text, s.generation, s.changed_at, s.submission, s.backfill, "
        "d.generation IS NOT s.generation OR d.plugin_sha256 IS NOT :sha256 OR d.options IS NOT :options, "
        "d.settings "
        "FROM scope s JOIN code p ON p.id = s.period JOIN code c ON c.id = s.county "
        "LEFT JOIN scope_done d ON d.plugin = :plugin AND d.dataset = s.dataset AND d.period = s.period AND d.county = s.county "
        "WHERE s.dataset = (SELECT id FROM code WHERE text = :dataset) AND (d.generation IS NOT s.generation "
        "OR d.plugin_sha256 IS NOT :sha256 OR d.options IS NOT :options OR d.standard_version IS NOT :standard)",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", l->plugin->name);
    sql_bind_text(q, ":sha256", l->plugin->sha256);
    sql_bind_text(q, ":options", l->options);
    sql_bind_text(q, ":standard", l->basis->version);
    sql_bind_text(q, ":dataset", input->dataset);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        char settings[SETTING_DIGEST_MAX];
        const char *done = sql_text(q, 7);
        setting_digest(l->basis->standards, l->plugin, sql_text(q, 0), settings);
        add_change(l, (struct change){.input = input,
                                      .period = str_dup(sql_text(q, 0)),
                                      .county = str_dup(sql_text(q, 1)),
                                      .generation = sql_int(q, 2),
                                      .changed_at = sql_int(q, 3),
                                      .submission = sql_int(q, 4),
                                      .backfill = sql_int(q, 5) != 0,
                                      .facts = sql_int(q, 6) != 0,
                                      .settings = !done || strcmp(done, settings) != 0});
    }
    return r;
}

// Whether the plugin has anything to compute there: a scope of one of its datasets.
static int scope_known(struct listing *l, const char *period, const char *county, bool *ret,
                       struct error *err)
{
    for (size_t i = 0; i < l->plugin->n_inputs; i++) {
        const char *dataset = l->plugin->inputs[i].dataset;
        if (!dataset)
            continue;
        struct sql *q =
            sql_get(l->s,
                    "SELECT 1 FROM scope WHERE dataset = (SELECT id FROM code WHERE text = :dataset) "
                    "AND period = (SELECT id FROM code WHERE text = :period) "
                    "AND county = (SELECT id FROM code WHERE text = :county)",
                    err);
        if (!q)
            return sql_failed(err);
        sql_bind_text(q, ":dataset", dataset);
        sql_bind_text(q, ":period", period);
        sql_bind_text(q, ":county", county);
        int64_t there;
        int r = sql_one_int(q, 0, &there, err);
        if (r < 0 || there) {
            *ret = there != 0;
            return r;
        }
    }
    *ret = false;
    return 0;
}

static int add_targets(struct listing *l, size_t change, struct error *err)
{
    const struct change *c = &l->changes[change];
    struct period p;
    add_target(l, str_dup(c->period), change, true);
    // Standards that changed have changed for the other periods too, as far as they concern them.
    if (!c->facts || !period_parse(c->period, &p))
        return 0;
    for (size_t i = 0; i < c->input->n_offsets; i++) {
        if (c->input->offsets[i] == 0)
            continue;
        struct period from = period_shift(&p, -c->input->offsets[i]);
        char text[PERIOD_TEXT_MAX];
        bool known = false;
        period_format(&from, text);
        int r = scope_known(l, text, c->county, &known, err);
        if (r < 0)
            return r;
        if (known)
            add_target(l, str_dup(text), change, false);
    }
    return 0;
}

static int compare_targets(const void *a, const void *b, void *arg)
{
    const struct target *x = a, *y = b;
    const struct listing *l = arg;
    int order = strcmp(x->period, y->period);
    return order ? order : strcmp(l->changes[x->change].county, l->changes[y->change].county);
}

// Oldest change first; then by name, so that a list is the same each time.
static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->changed_at != y->changed_at)
        return x->changed_at < y->changed_at ? -1 : 1;
    int order = strcmp(x->period, y->period);
    return order ? order : strcmp(x->county, y->county);
}

static void make_groups(struct listing *l)
{
    if (!l->n_targets)
        return;
    qsort_r(l->targets, l->n_targets, sizeof *l->targets, compare_targets, l);
    l->groups = mem_array(l->n_targets + 1, sizeof *l->groups);
    for (size_t i = 0; i < l->n_targets; i++) {
        const struct change *c = &l->changes[l->targets[i].change];
        if (i == 0 || compare_targets(&l->targets[i - 1], &l->targets[i], l) != 0)
            l->groups[l->n_groups++] = (struct group){
                .period = l->targets[i].period, .county = c->county, .first = i, .changed_at = INT64_MAX};
        struct group *g = &l->groups[l->n_groups - 1];
        g->n++;
        if (c->changed_at < g->changed_at)
            g->changed_at = c->changed_at;
    }
    qsort(l->groups, l->n_groups, sizeof *l->groups, compare_groups);
    for (size_t i = 0; i < l->n_groups; i++)
        for (size_t t = 0; t < l->groups[i].n; t++)
            l->targets[l->groups[i].first + t].group = i;
}

static int is_set_aside(struct listing *l, const struct group *g, bool *ret, struct error *err)
{
    CLEANUP_FREE char *name = scope_name(g->period, g->county);
    struct sql *q =
        sql_get(l->s,
                "SELECT 1 FROM set_aside WHERE kind = 'plugin' AND name = :plugin AND scope = :scope "
                "AND active = 1 AND sha256 = :sha256",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":plugin", l->plugin->name);
    sql_bind_text(q, ":scope", name);
    sql_bind_text(q, ":sha256", l->plugin->sha256);
    int64_t there;
    int r = sql_one_int(q, 0, &there, err);
    if (r == 0)
        *ret = there != 0;
    return r;
}

// At most `limit` groups, and with each the other targets of its changes, so that no change is left half
// computed for ever.
static int take_groups(struct listing *l, size_t limit, struct error *err)
{
    size_t taken = 0;
    bool *aside = mem_array(l->n_groups + 1, sizeof *aside);
    bool *wanted = mem_array(l->n_changes + 1, sizeof *wanted);
    int r = 0;
    for (size_t i = 0; r == 0 && i < l->n_groups; i++) {
        struct group *g = &l->groups[i];
        r = is_set_aside(l, g, &aside[i], err);
        g->taken = r == 0 && !aside[i] && taken < limit;
        taken += g->taken;
        for (size_t t = 0; g->taken && t < g->n; t++)
            wanted[l->targets[g->first + t].change] = true;
    }
    for (size_t t = 0; t < l->n_targets; t++)
        if (wanted[l->targets[t].change] && !aside[l->targets[t].group])
            l->groups[l->targets[t].group].taken = true;
    for (size_t i = 0; i < l->n_changes; i++)
        l->changes[i].complete = true;
    // One that is set aside holds nothing up; lifting it makes it dirty again.
    for (size_t t = 0; t < l->n_targets; t++)
        if (!l->groups[l->targets[t].group].taken && !aside[l->targets[t].group])
            l->changes[l->targets[t].change].complete = false;
    free(aside);
    free(wanted);
    return r;
}

// The generations of what the plugin reads in this very period: those that it will have done.
static int add_generations(struct listing *l, const struct group *g, struct scope_item *item,
                           struct error *err)
{
    for (size_t i = 0; i < l->plugin->n_inputs; i++) {
        const struct plugin_input *input = &l->plugin->inputs[i];
        bool held_back = false;
        for (size_t t = 0; t < g->n; t++) {
            const struct target *target = &l->targets[g->first + t];
            const struct change *c = &l->changes[target->change];
            held_back |= target->own && c->input == input && !c->complete;
        }
        if (!input->dataset || held_back)
            continue;
        struct sql *q = sql_get(
            l->s,
            "SELECT generation FROM scope WHERE dataset = (SELECT id FROM code WHERE text = :dataset) "
            "AND period = (SELECT id FROM code WHERE text = :period) "
            "AND county = (SELECT id FROM code WHERE text = :county)",
            err);
        if (!q)
            return sql_failed(err);
        sql_bind_text(q, ":dataset", input->dataset);
        sql_bind_text(q, ":period", g->period);
        sql_bind_text(q, ":county", g->county);
        int64_t generation;
        int r = sql_one_int(q, 0, &generation, err);
        if (r < 0)
            return r;
        if (!generation)
            continue;
        item->generations = mem_grow(item->generations, item->n_generations + 1, sizeof *item->generations);
        item->generations[item->n_generations++] =
            (struct scope_generation){.dataset = str_dup(input->dataset), .generation = generation};
    }
    return 0;
}

static int add_item(struct listing *l, const struct group *g, struct scope_list *ret, struct error *err)
{
    struct scope_item *item = &ret->items[ret->n++];
    *item = (struct scope_item){.period = str_dup(g->period),
                                .county = str_dup(g->county),
                                .backfill = true,
                                .standards_only = true,
                                .rejudge_only = true};
    setting_digest(l->basis->standards, l->plugin, g->period, item->settings);
    memcpy(item->options, l->options, sizeof item->options);
    int64_t latest = INT64_MIN;
    for (size_t t = 0; t < g->n; t++) {
        const struct change *c = &l->changes[l->targets[g->first + t].change];
        item->backfill &= c->backfill;
        item->standards_only &= !c->facts;
        item->rejudge_only &= !c->facts && !c->settings;
        if (c->changed_at >= latest) {
            latest = c->changed_at;
            item->submission = c->submission;
        }
    }
    return add_generations(l, g, item, err);
}

int scope_list_dirty(struct store *s, const struct plugin_info *p, const struct scope_basis *basis,
                     size_t limit, struct scope_list *ret, struct error *err)
{
    CLEANUP(listing_deinit) struct listing l = {.s = s, .plugin = p, .basis = basis};
    CLEANUP(scope_list_deinit) struct scope_list list = {0};
    int r = 0;
    option_digest(basis->config, p->name, l.options);
    for (size_t i = 0; r == 0 && i < p->n_inputs; i++)
        if (p->inputs[i].dataset)
            r = load_changes(&l, &p->inputs[i], err);
    for (size_t i = 0; r == 0 && i < l.n_changes; i++)
        r = add_targets(&l, i, err);
    if (r < 0)
        return r;
    make_groups(&l);
    r = take_groups(&l, limit, err);
    list.items = mem_array(l.n_groups + 1, sizeof *list.items);
    for (size_t i = 0; r == 0 && i < l.n_groups; i++)
        if (l.groups[i].taken)
            r = add_item(&l, &l.groups[i], &list, err);
    if (r < 0)
        return r;
    *ret = list;
    list = (struct scope_list){0};
    return 0;
}
