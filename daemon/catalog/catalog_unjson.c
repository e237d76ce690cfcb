// SPDX-License-Identifier: Apache-2.0
// The catalogue back from JSON, checked like any input: the reader's process gets it through a descriptor.
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/catalog_json.h"
#include "catalog/dataset.h"
#include "catalog/indicator.h"

#define LEN(a) ((a) ? json_array_size(a) : 0)

static void *array_for(const json_t *a, size_t size)
{
    return LEN(a) ? mem_array(json_array_size(a), size) : NULL;
}

static struct condition *read_conditions(struct json_in *in, const json_t *o, const char *key, size_t *ret_n)
{
    const json_t *a = json_in_array(in, o, key);
    struct condition *list = array_for(a, sizeof *list);
    *ret_n = LEN(a);
    for (size_t i = 0; i < LEN(a); i++) {
        const json_t *v = json_array_get(a, i);
        list[i].column = json_in_need(in, v, "column");
        list[i].values = json_in_texts(in, v, "values");
    }
    return list;
}

static void read_flags(struct json_in *in, const json_t *o, struct column *c)
{
    c->key = json_in_bool(in, o, "key");
    c->is_period = json_in_bool(in, o, "is_period");
    c->is_county = json_in_bool(in, o, "is_county");
    c->is_name = json_in_bool(in, o, "is_name");
    c->none_is_zero = json_in_bool(in, o, "none_is_zero");
    c->has_min = json_in_bool(in, o, "has_min");
    c->has_max = json_in_bool(in, o, "has_max");
    c->hidden = json_in_bool(in, o, "hidden");
}

static void read_column(struct json_in *in, const json_t *o, struct column *c)
{
    c->id = json_in_need(in, o, "id");
    c->header = json_in_need(in, o, "header");
    c->aliases = json_in_texts(in, o, "aliases");
    c->type = (enum column_type)json_in_int(in, o, "type", 0, COLUMN_TYPE_COUNT - 1);
    c->unit = json_in_text(in, o, "unit");
    c->stored_unit = json_in_text(in, o, "stored_unit");
    c->unit_shift = (int)json_in_int(in, o, "unit_shift", -12, 12);
    read_flags(in, o, c);
    c->stage = (enum stage)json_in_int(in, o, "stage", 0, STAGE_COUNT - 1);
    c->base = json_in_text(in, o, "base");
    c->owed = (enum owed)json_in_int(in, o, "owed", 0, OWED_WHEN);
    c->owed_when = read_conditions(in, o, "owed_when", &c->n_owed_when);
    c->owed_stage = (enum stage)json_in_int(in, o, "owed_stage", 0, STAGE_COUNT - 1);
    c->min = json_in_number(in, o, "min");
    c->max = json_in_number(in, o, "max");
    const json_t *values = json_in_array(in, o, "values");
    c->values = array_for(values, sizeof *c->values);
    c->n_values = LEN(values);
    for (size_t i = 0; i < c->n_values; i++) {
        c->values[i].value = json_in_need(in, json_array_get(values, i), "value");
        c->values[i].synonyms = json_in_texts(in, json_array_get(values, i), "synonyms");
    }
    c->default_value = json_in_text(in, o, "default_value");
    c->help = json_in_text(in, o, "help");
    c->used_by = json_in_text(in, o, "used_by");
}

static void read_check(struct json_in *in, const json_t *o, struct check *k)
{
    k->id = json_in_need(in, o, "id");
    k->left = json_in_texts(in, o, "left");
    k->right = json_in_texts(in, o, "right");
    k->op = (char)json_in_int(in, o, "op", '<', '>');
    k->constant = json_in_number(in, o, "constant");
    k->tolerance = json_in_number(in, o, "tolerance");
    k->missing_is_zero = json_in_bool(in, o, "missing_is_zero");
    k->when = read_conditions(in, o, "when", &k->n_when);
    k->level = (enum check_level)json_in_int(in, o, "level", 0, CHECK_ASK);
    k->only = json_in_text(in, o, "only");
    k->text = json_in_text(in, o, "text");
}

int dataset_from_json(const json_t *j, struct dataset **ret, struct error *err)
{
    struct json_in in = {.what = _("catalogue"), .err = err};
    CLEANUP(dataset_free_at) struct dataset *d = mem_alloc(sizeof *d);
    d->id = json_in_need(&in, j, "id");
    d->title = json_in_need(&in, j, "title");
    d->period = (enum period_kind)json_in_int(&in, j, "period", 1, PERIOD_KIND_COUNT - 1);
    d->needs_one_of = json_in_texts(&in, j, "needs_one_of");
    d->name_pattern = json_in_text(&in, j, "name_pattern");
    const json_t *columns = json_in_array(&in, j, "columns"), *checks = json_in_array(&in, j, "checks");
    d->columns = array_for(columns, sizeof *d->columns);
    d->n_columns = LEN(columns);
    for (size_t i = 0; i < d->n_columns; i++)
        read_column(&in, json_array_get(columns, i), &d->columns[i]);
    d->checks = array_for(checks, sizeof *d->checks);
    d->n_checks = LEN(checks);
    for (size_t i = 0; i < d->n_checks; i++)
        read_check(&in, json_array_get(checks, i), &d->checks[i]);
    struct dataset_fault fault;
    if (in.result == 0)
        in.result = dataset_check(d, &fault, err);
    if (in.result == 0)
        *ret = TAKE(d);
    return in.result;
}

static void read_judging(struct json_in *in, const json_t *o, struct indicator *i)
{
    i->with_floor = json_in_bool(in, o, "with_floor");
    i->whole_gap = json_in_bool(in, o, "whole_gap");
    i->alerts = json_in_bool(in, o, "alerts");
    i->with_cv = json_in_bool(in, o, "with_cv");
    i->with_rate = json_in_bool(in, o, "with_rate");
    i->decimals = (int)json_in_int(in, o, "decimals", 0, 15);
    i->scale = json_in_number(in, o, "scale");
    i->pass_min = (unsigned)json_in_int(in, o, "pass_min", 0, 1000);
    const json_t *thresholds = json_in_array(in, o, "thresholds");
    i->thresholds = array_for(thresholds, sizeof *i->thresholds);
    i->n_thresholds = LEN(thresholds);
    for (size_t k = 0; k < i->n_thresholds; k++) {
        const json_t *t = json_array_get(thresholds, k);
        i->thresholds[k] = (struct indicator_threshold){
            .stage = (enum stage)json_in_int(in, t, "stage", 0, STAGE_COUNT - 1),
            .value = json_in_number(in, t, "value"),
            .basis = json_in_text(in, t, "basis"),
        };
    }
}

static int read_indicator(const json_t *o, struct catalog *c, struct error *err)
{
    struct json_in in = {.what = _("catalogue"), .err = err};
    CLEANUP(indicator_free_at) struct indicator *i = mem_alloc(sizeof *i);
    i->id = json_in_need(&in, o, "id");
    i->title = json_in_need(&in, o, "title");
    i->unit = json_in_text(&in, o, "unit");
    i->formula = json_in_text(&in, o, "formula");
    i->plugin = json_in_text(&in, o, "plugin");
    i->parent = json_in_text(&in, o, "parent");
    i->inputs = json_in_texts(&in, o, "inputs");
    i->members = json_in_texts(&in, o, "members");
    i->kind = (enum indicator_kind)json_in_int(&in, o, "kind", 0, INDICATOR_RATE);
    i->level = (enum indicator_level)json_in_int(&in, o, "level", 0, LEVEL_CITY);
    i->op = (enum op)json_in_int(&in, o, "op", 0, OP_BELOW);
    i->stages = (unsigned)json_in_int(&in, o, "stages", 0, (1 << STAGE_COUNT) - 1);
    read_judging(&in, o, i);
    if (in.result == 0)
        catalog_take_indicator(c, TAKE(i));
    return in.result;
}

static void read_inputs(struct json_in *in, const json_t *o, struct plugin_info *p)
{
    const json_t *inputs = json_in_array(in, o, "inputs");
    p->inputs = array_for(inputs, sizeof *p->inputs);
    p->n_inputs = LEN(inputs);
    for (size_t i = 0; i < p->n_inputs; i++) {
        const json_t *v = json_array_get(inputs, i), *offsets = json_in_array(in, v, "offsets");
        p->inputs[i].dataset = json_in_text(in, v, "dataset");
        p->inputs[i].indicator = json_in_text(in, v, "indicator");
        p->inputs[i].offsets = array_for(offsets, sizeof(int));
        p->inputs[i].n_offsets = LEN(offsets);
        for (size_t k = 0; k < LEN(offsets); k++) {
            const json_t *n = json_array_get(offsets, k);
            if (!json_is_integer(n) || json_integer_value(n) < -100 || json_integer_value(n) > 100)
                json_in_fail(in, "offsets", _("whole numbers from -100 to 100"));
            p->inputs[i].offsets[k] = (int)json_integer_value(n);
        }
    }
}

static void read_options(struct json_in *in, const json_t *o, struct plugin_info *p)
{
    const json_t *options = json_in_array(in, o, "options");
    p->options = array_for(options, sizeof *p->options);
    p->n_options = LEN(options);
    for (size_t i = 0; i < p->n_options; i++) {
        const json_t *v = json_array_get(options, i);
        struct plugin_option *op = &p->options[i];
        op->name = json_in_need(in, v, "name");
        op->default_text = json_in_text(in, v, "default_text");
        op->help = json_in_text(in, v, "help");
        op->type = (unsigned)json_in_int(in, v, "type", OPTION_NUMBER, OPTION_BOOL);
        op->min = json_in_number(in, v, "min");
        op->max = json_in_number(in, v, "max");
    }
}

static void read_settings(struct json_in *in, const json_t *o, struct plugin_info *p)
{
    const json_t *settings = json_in_array(in, o, "settings");
    p->settings = array_for(settings, sizeof *p->settings);
    p->n_settings = LEN(settings);
    for (size_t i = 0; i < p->n_settings; i++) {
        const json_t *v = json_array_get(settings, i);
        p->settings[i] = (struct plugin_setting){.name = json_in_need(in, v, "name"),
                                                 .help = json_in_text(in, v, "help"),
                                                 .value = json_in_number(in, v, "value")};
    }
}

void plugin_info_from_json(struct json_in *in, const json_t *o, struct plugin_info *p)
{
    p->name = json_in_need(in, o, "name");
    p->version = json_in_text(in, o, "version");
    p->title = json_in_text(in, o, "title");
    read_inputs(in, o, p);
    read_options(in, o, p);
    read_settings(in, o, p);
}

static int read_plugin(const json_t *o, struct catalog *c, struct error *err)
{
    struct json_in in = {.what = _("catalogue"), .err = err};
    CLEANUP(plugin_info_free_at) struct plugin_info *p = mem_alloc(sizeof *p);
    plugin_info_from_json(&in, o, p);
    p->path = json_in_text(&in, o, "path");
    p->sha256 = json_in_text(&in, o, "sha256");
    if (in.result == 0)
        catalog_take_plugin(c, TAKE(p));
    return in.result;
}

static int read_datasets(const json_t *a, struct catalog *c, struct error *err)
{
    int r = 0;
    c->datasets = array_for(a, sizeof *c->datasets);
    for (size_t i = 0; r == 0 && i < LEN(a); i++) {
        r = dataset_from_json(json_array_get(a, i), &c->datasets[i], err);
        c->n_datasets += r == 0;
    }
    return r;
}

int catalog_from_json(const json_t *j, struct catalog **ret, struct error *err)
{
    struct json_in in = {.what = _("catalogue"), .err = err};
    const json_t *datasets = json_in_array(&in, j, "datasets"),
                 *indicators = json_in_array(&in, j, "indicators"),
                 *plugins = json_in_array(&in, j, "plugins");
    if (in.result == 0 && (!datasets || !indicators || !plugins))
        return error_set(err, -EINVAL, _("this is not a catalogue"));
    struct catalog *c = mem_alloc(sizeof *c);
    int r = in.result;
    if (r == 0)
        r = read_datasets(datasets, c, err);
    for (size_t i = 0; r == 0 && i < json_array_size(indicators); i++)
        r = read_indicator(json_array_get(indicators, i), c, err);
    for (size_t i = 0; r == 0 && i < json_array_size(plugins); i++)
        r = read_plugin(json_array_get(plugins, i), c, err);
    if (r < 0)
        catalog_free(c);
    else
        *ret = c;
    return r;
}
