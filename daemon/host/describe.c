// SPDX-License-Identifier: Apache-2.0
// A plugin's descriptor as JSON. Texts and numbers were checked when it was loaded.
#include "host/describe.h"

#include <assert.h>

static json_t *must(json_t *j)
{
    assert(j);
    return j;
}

static json_t *column(const struct jh_column *c)
{
    return must(json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:I, s:I, s:f, s:f}", "id", c->id, "header",
                          c->header, "aliases", c->aliases, "unit", c->unit, "values", c->values, "type",
                          (json_int_t)c->type, "flags", (json_int_t)c->flags, "min", c->min, "max", c->max));
}

static json_t *dataset(const struct jh_dataset *d)
{
    json_t *columns = must(json_array());
    for (uint32_t i = 0; i < d->columns.count; i++)
        (void)json_array_append_new(columns, column(plugin_column(d, i)));
    return must(json_pack("{s:s, s:s, s:I, s:o}", "id", d->id, "title", d->title, "period",
                          (json_int_t)d->period, "columns", columns));
}

static json_t *thresholds(const struct jh_indicator *in)
{
    json_t *list = must(json_array());
    for (uint32_t i = 0; i < in->thresholds.count; i++) {
        const struct jh_threshold *t = plugin_threshold(in, i);
        (void)json_array_append_new(list, must(json_pack("{s:I, s:f, s:s?}", "stage", (json_int_t)t->stage,
                                                         "value", t->value, "basis", t->basis)));
    }
    return list;
}

static json_t *indicator(const struct jh_indicator *in)
{
    json_t *j = must(json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:o}", "id", in->id, "title",
                               in->title, "unit", in->unit, "formula", in->formula, "inputs", in->inputs,
                               "members", in->members, "cv_mean", in->cv_mean, "thresholds", thresholds(in)));
    json_t *numbers = must(json_pack(
        "{s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "scale", in->scale, "kind", (json_int_t)in->kind, "level",
        (json_int_t)in->level, "op", (json_int_t)in->op, "stages", (json_int_t)in->stages, "flags",
        (json_int_t)in->flags, "decimals", (json_int_t)in->decimals, "pass_min", (json_int_t)in->pass_min));
    (void)json_object_update(j, numbers);
    json_decref(numbers);
    return j;
}

static json_t *input(const struct jh_input *in)
{
    json_t *offsets = must(json_array());
    for (uint32_t i = 0; i < in->offset_count; i++)
        (void)json_array_append_new(offsets, json_integer(in->offsets[i]));
    return must(json_pack("{s:s?, s:s?, s:o}", "dataset", in->dataset, "indicator", in->indicator, "offsets",
                          offsets));
}

static json_t *option(const struct jh_option *o)
{
    return must(json_pack("{s:s, s:s?, s:s?, s:f, s:f, s:I}", "name", o->name, "default_text",
                          o->default_text, "help", o->help, "min", o->min, "max", o->max, "type",
                          (json_int_t)o->type));
}

static json_t *setting(const struct jh_setting *s)
{
    return must(json_pack("{s:s, s:s?, s:f}", "name", s->name, "help", s->help, "value", s->value));
}

json_t *plugin_describe(const struct plugin *p)
{
    json_t *datasets = must(json_array()), *indicators = must(json_array());
    json_t *inputs = must(json_array()), *options = must(json_array());
    json_t *settings = must(json_array());
    for (uint32_t i = 0; i < p->d.datasets.count; i++)
        (void)json_array_append_new(datasets, dataset(plugin_dataset(p, i)));
    for (uint32_t i = 0; i < p->d.indicators.count; i++)
        (void)json_array_append_new(indicators, indicator(plugin_indicator(p, i)));
    for (uint32_t i = 0; i < p->d.inputs.count; i++)
        (void)json_array_append_new(inputs, input(plugin_input(p, i)));
    for (uint32_t i = 0; i < p->d.options.count; i++)
        (void)json_array_append_new(options, option(plugin_option(p, i)));
    for (uint32_t i = 0; i < p->d.settings.count; i++)
        (void)json_array_append_new(settings, setting(plugin_setting(p, i)));
    return must(json_pack("{s:[I, I], s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "abi",
                          (json_int_t)p->d.abi_major, (json_int_t)p->d.abi_minor, "name", p->d.name,
                          "version", p->d.version, "title", p->d.title, "sha256", p->sha256, "datasets",
                          datasets, "indicators", indicators, "inputs", inputs, "options", options,
                          "settings", settings));
}
