// SPDX-License-Identifier: Apache-2.0
// One plugin's description into the catalogue: all of it or nothing.
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/catalog_json.h"
#include "catalog/dataset.h"
#include "catalog/indicator.h"
#include "catalog/plugin_dataset.h"
#include "catalog/texts.h"
#include "junheng/plugin.h"

#define MAX_DATASETS 100
#define MAX_INDICATORS 1000

// The catalogue being built and where complaints begin.
struct add {
    struct catalog *c;
    const char *plugin;
    const char *what; // "plugin local"
    struct error *err;
};

static int add_dataset(struct add *a, const json_t *o)
{
    CLEANUP(dataset_free_at) struct dataset *d = NULL;
    int r = plugin_dataset_read(o, a->what, &d, a->err);
    if (r < 0)
        return r;
    struct catalog *c = a->c;
    size_t k = 0;
    while (k < c->n_datasets && strcmp(c->datasets[k]->id, d->id) != 0)
        k++;
    if (k == c->n_datasets) {
        c->datasets = mem_grow(c->datasets, c->n_datasets + 1, sizeof *c->datasets);
        c->datasets[c->n_datasets++] = TAKE(d);
    } else {
        r = plugin_dataset_unite(c->datasets[k], d, a->what, a->err);
    }
    struct dataset_fault fault;
    if (r == 0 && (r = dataset_check(c->datasets[k], &fault, a->err)) < 0)
        error_prefix(a->err, _("%1$s: dataset %2$s"), a->what, c->datasets[k]->id);
    return r;
}

static void read_flags(struct json_in *in, const json_t *o, struct indicator *i, char **ret_cv_mean)
{
    int64_t flags = json_in_int(in, o, "flags", 0, UINT32_MAX);
    i->with_cv = flags & JH_WITH_CV;
    i->with_rate = flags & JH_WITH_RATE;
    i->with_floor = flags & JH_WITH_FLOOR;
    i->whole_gap = flags & JH_WHOLE_GAP;
    i->alerts = flags & JH_ALERTS;
    // Bit 0 of the ABI is the primary stage; here bit 1 << STAGE_PRIMARY, so that STAGE_NONE has one too.
    i->stages = (unsigned)json_in_int(in, o, "stages", 0, JH_PRIMARY | JH_JUNIOR | JH_SENIOR) << 1;
    i->kind = json_in_int(in, o, "kind", JH_MEASURE, JH_RULE) == JH_RULE ? INDICATOR_RULE : INDICATOR_MEASURE;
    i->level = (enum indicator_level)json_in_int(in, o, "level", JH_SCHOOL, JH_CITY);
    i->op = (enum op)json_in_int(in, o, "op", JH_AT_LEAST, JH_BELOW);
    *ret_cv_mean = json_in_text(in, o, "cv_mean");
}

static void read_thresholds(struct json_in *in, const json_t *o, struct indicator *i)
{
    static const enum stage stage_of[] = {STAGE_NONE, STAGE_PRIMARY, STAGE_JUNIOR, STAGE_NONE, STAGE_SENIOR};
    const json_t *list = json_in_array(in, o, "thresholds");
    i->n_thresholds = list ? json_array_size(list) : 0;
    i->thresholds = mem_array(i->n_thresholds + 1, sizeof *i->thresholds);
    for (size_t k = 0; k < i->n_thresholds; k++) {
        const json_t *t = json_array_get(list, k);
        int64_t stage = json_in_int(in, t, "stage", 0, JH_SENIOR);
        if (stage == 3)
            json_in_fail(in, "stage", _("one stage for each threshold, or 0"));
        i->thresholds[k] = (struct indicator_threshold){.stage = stage_of[stage],
                                                        .value = json_in_number(in, t, "value"),
                                                        .basis = json_in_text(in, t, "basis")};
    }
}

static char **read_words(struct json_in *in, const json_t *o, const char *key)
{
    CLEANUP_FREE char *text = json_in_text(in, o, key);
    return texts_split(text, " ");
}

static void read_indicator(struct json_in *in, const json_t *o, struct indicator *i, char **ret_cv_mean)
{
    i->id = json_in_need(in, o, "id");
    i->title = json_in_need(in, o, "title");
    i->unit = json_in_text(in, o, "unit");
    i->formula = json_in_text(in, o, "formula");
    i->inputs = read_words(in, o, "inputs");
    i->members = read_words(in, o, "members");
    i->scale = json_in_number(in, o, "scale");
    if (i->scale == 0)
        i->scale = 1;
    i->decimals = (int)json_in_int(in, o, "decimals", 0, 15);
    i->pass_min = (unsigned)json_in_int(in, o, "pass_min", 0, 1000);
    read_flags(in, o, i, ret_cv_mean);
    read_thresholds(in, o, i);
    if (in->result == 0 && i->kind == INDICATOR_RULE &&
        (!texts_count(i->members) || i->pass_min > texts_count(i->members)))
        json_in_fail(in, "pass_min", _("members, and not more to pass than there are"));
    if (in->result == 0 && i->kind == INDICATOR_MEASURE && (texts_count(i->members) || *ret_cv_mean))
        json_in_fail(in, "members", _("none: only rules have members and a cv_mean"));
    if (in->result == 0 && i->kind == INDICATOR_RULE && i->with_cv)
        json_in_fail(in, "flags", _("no JH_WITH_CV: a rule has no value to compare"));
}

static int check_inputs(const struct add *a, const struct indicator *i)
{
    for (size_t k = 0; i->inputs && i->inputs[k]; k++) {
        const char *dot = strchr(i->inputs[k], '.');
        CLEANUP_FREE char *id =
            str_ndup(i->inputs[k], dot ? (size_t)(dot - i->inputs[k]) : strlen(i->inputs[k]));
        const struct dataset *d = catalog_dataset(a->c, id);
        if (!d)
            return error_set(a->err, -EINVAL, _("%1$s: indicator %2$s: input %3$s: there is no dataset %4$s"),
                             a->what, i->id, i->inputs[k], id);
        if (!dot || !dataset_column(d, dot + 1))
            return error_set(a->err, -EINVAL,
                             _("%1$s: indicator %2$s: input %3$s: dataset %4$s has no such column"), a->what,
                             i->id, i->inputs[k], id);
    }
    return 0;
}

static int check_id_free(const struct add *a, const char *id)
{
    if (!indicator_id_valid(id))
        return error_set(
            a->err, -EINVAL,
            _("%1$s: indicator \"%2$.80s\": expected a dotted id of small letters, digits and _, such as local.dormitory_area"),
            a->what, id);
    const struct indicator *have = catalog_indicator(a->c, id);
    return have ? error_set(a->err, -EEXIST, _("%1$s: indicator %2$s is declared by plugin %3$s already"),
                            a->what, id, have->plugin)
                : 0;
}

static int add_indicator(struct add *a, const json_t *o)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    CLEANUP_FREE char *what =
        id ? str_printf(_("%1$s: indicator %2$s"), a->what, id) : str_printf(_("%s: an indicator"), a->what);
    struct json_in in = {.what = what, .err = a->err};
    CLEANUP(indicator_free_at) struct indicator *i = mem_alloc(sizeof *i);
    CLEANUP_FREE char *cv_mean = NULL;
    read_indicator(&in, o, i, &cv_mean);
    i->plugin = str_dup(a->plugin);
    int r = in.result;
    if (r == 0)
        r = check_id_free(a, i->id);
    if (r == 0)
        r = check_inputs(a, i);
    if (r == 0)
        catalog_take_indicator(a->c, TAKE(i));
    return r;
}

// A .cv alerts if its own indicator does, or if a rule of the plugin judges that indicator and alerts: a
// county is then told of a spread among schools whose single shortfalls are told by the rule.
static bool cv_alerts(const struct catalog *c, size_t first, size_t end, const struct indicator *i)
{
    bool alerts = i->alerts;
    for (size_t k = first; k < end; k++) {
        const struct indicator *rule = c->indicators[k];
        alerts = alerts || (rule->kind == INDICATOR_RULE && rule->alerts && texts_has(rule->members, i->id));
    }
    return alerts;
}

static int check_members(const struct add *a, const struct indicator *rule, bool need_cv)
{
    for (size_t k = 0; rule->members && rule->members[k]; k++) {
        const struct indicator *m = catalog_indicator(a->c, rule->members[k]);
        if (!m)
            return error_set(a->err, -EINVAL,
                             _("%1$s: indicator %2$s: there is no indicator %3$s to be a member"), a->what,
                             rule->id, rule->members[k]);
        if (need_cv && !m->with_cv)
            return error_set(a->err, -EINVAL,
                             _("%1$s: indicator %2$s: cv_mean needs a .cv of %3$s, which has none"), a->what,
                             rule->id, m->id);
    }
    return 0;
}

static int derive_from(struct add *a, const json_t *o, size_t first, size_t end)
{
    const struct indicator *i = catalog_indicator(a->c, json_string_value(json_object_get(o, "id")));
    const char *cv_mean = json_string_value(json_object_get(o, "cv_mean"));
    static const char *const suffixes[] = {".cv", ".rate"};
    int r = check_members(a, i, cv_mean != NULL);
    for (size_t k = 0; r == 0 && k < ARRAY_SIZE(suffixes); k++) {
        CLEANUP_FREE char *id = str_printf("%s%s", i->id, suffixes[k]);
        if (k == 0 ? i->with_cv : i->with_rate)
            r = check_id_free(a, id);
    }
    if (r == 0 && cv_mean)
        r = check_id_free(a, cv_mean);
    if (r < 0)
        return r;
    indicator_derive(a->c, i, cv_alerts(a->c, first, end, i));
    if (cv_mean)
        indicator_derive_cv_mean(a->c, i, cv_mean);
    return 0;
}

static int add_indicators(struct add *a, const json_t *list)
{
    size_t first = a->c->n_indicators, n = json_array_size(list);
    int r = 0;
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_indicator(a, json_array_get(list, i));
    size_t end = a->c->n_indicators;
    for (size_t i = 0; r == 0 && i < n; i++)
        r = derive_from(a, json_array_get(list, i), first, end);
    return r;
}

static int check_plugin_inputs(const struct add *a, const struct plugin_info *p)
{
    for (size_t i = 0; i < p->n_inputs; i++) {
        const struct plugin_input *in = &p->inputs[i];
        if (!in->dataset == !in->indicator)
            return error_set(a->err, -EINVAL, _("%s: an input names one dataset or one indicator"), a->what);
        if (in->dataset && !catalog_dataset(a->c, in->dataset))
            return error_set(a->err, -EINVAL, _("%1$s: input %2$s: there is no such dataset"), a->what,
                             in->dataset);
        if (in->indicator && !indicator_id_valid(in->indicator))
            return error_set(a->err, -EINVAL, _("%1$s: input \"%2$.80s\" is not the id of an indicator"),
                             a->what, in->indicator);
    }
    return 0;
}

static int add_all(struct add *a, const json_t *description, const char *path, const char *sha256)
{
    struct json_in in = {.what = a->what, .err = a->err};
    CLEANUP(plugin_info_free_at) struct plugin_info *p = mem_alloc(sizeof *p);
    plugin_info_from_json(&in, description, p);
    const json_t *datasets = json_in_array(&in, description, "datasets");
    const json_t *indicators = json_in_array(&in, description, "indicators");
    if (in.result == 0 && datasets && json_array_size(datasets) > MAX_DATASETS)
        json_in_fail(&in, "datasets", _("at most 100 datasets"));
    if (in.result == 0 && indicators && json_array_size(indicators) > MAX_INDICATORS)
        json_in_fail(&in, "indicators", _("at most 1000 indicators"));
    int r = in.result;
    for (size_t i = 0; r == 0 && datasets && i < json_array_size(datasets); i++)
        r = add_dataset(a, json_array_get(datasets, i));
    if (r == 0)
        r = add_indicators(a, indicators);
    if (r == 0)
        r = check_plugin_inputs(a, p);
    if (r < 0)
        return r;
    p->path = str_dup(path);
    p->sha256 = str_dup(sha256);
    catalog_take_plugin(a->c, TAKE(p));
    return 0;
}

int catalog_add_plugin(struct catalog *c, const json_t *description, const char *path, const char *sha256,
                       struct error *err)
{
    const char *name = json_string_value(json_object_get(description, "name"));
    if (!name || !*name || strlen(name) > 64 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(name))
        return error_set(err, -EINVAL, _("%s: the plugin's name: expected small letters, digits, - and _"),
                         path);
    const struct plugin_info *have = catalog_plugin(c, name);
    if (have)
        return error_set(err, -EEXIST, _("%1$s: a plugin named %2$s was loaded from %3$s already"), path,
                         name, have->path);
    // Built on a copy, so that a plugin that is refused in the middle leaves nothing behind.
    json_t *j = catalog_to_json(c);
    struct catalog *copy = NULL;
    int r = catalog_from_json(j, &copy, err);
    json_decref(j);
    if (r < 0)
        return r;
    CLEANUP_FREE char *what = str_printf(_("plugin %s"), name);
    struct add a = {.c = copy, .plugin = name, .what = what, .err = err};
    r = add_all(&a, description, path, sha256);
    if (r == 0) {
        struct catalog old = *c;
        *c = *copy;
        *copy = old;
    }
    catalog_free(copy);
    return r;
}
