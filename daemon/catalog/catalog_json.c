// SPDX-License-Identifier: Apache-2.0
// The catalogue to JSON, for the reader's process.
#include "catalog/catalog_json.h"

#include <string.h>

#include "catalog/texts.h"

static void put_text(json_t *o, const char *key, const char *text)
{
    if (text)
        json_object_set_new(o, key, json_string(text));
}

static void put_texts(json_t *o, const char *key, char *const *list)
{
    if (!list)
        return;
    json_t *a = json_array();
    for (size_t i = 0; list[i]; i++)
        json_array_append_new(a, json_string(list[i]));
    json_object_set_new(o, key, a);
}

static void put_int(json_t *o, const char *key, int64_t v)
{
    if (v)
        json_object_set_new(o, key, json_integer(v));
}

static void put_number(json_t *o, const char *key, double v)
{
    if (v != 0)
        json_object_set_new(o, key, json_real(v));
}

static void put_bool(json_t *o, const char *key, bool v)
{
    if (v)
        json_object_set_new(o, key, json_true());
}

static void put_array(json_t *o, const char *key, json_t *a)
{
    if (json_array_size(a))
        json_object_set(o, key, a);
    json_decref(a);
}

static json_t *conditions_to_json(const struct condition *c, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        put_text(o, "column", c[i].column);
        put_texts(o, "values", c[i].values);
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *column_to_json(const struct column *c)
{
    json_t *o = json_object(), *values = json_array();
    put_text(o, "id", c->id);
    put_text(o, "header", c->header);
    put_texts(o, "aliases", c->aliases);
    put_int(o, "type", c->type);
    put_text(o, "unit", c->unit);
    put_text(o, "stored_unit", c->stored_unit);
    put_int(o, "unit_shift", c->unit_shift);
    put_bool(o, "key", c->key);
    put_bool(o, "is_period", c->is_period);
    put_bool(o, "is_county", c->is_county);
    put_bool(o, "is_name", c->is_name);
    put_bool(o, "none_is_zero", c->none_is_zero);
    put_int(o, "stage", c->stage);
    put_text(o, "base", c->base);
    put_int(o, "owed", c->owed);
    put_array(o, "owed_when", conditions_to_json(c->owed_when, c->n_owed_when));
    put_int(o, "owed_stage", c->owed_stage);
    put_bool(o, "has_min", c->has_min);
    put_bool(o, "has_max", c->has_max);
    put_number(o, "min", c->min);
    put_number(o, "max", c->max);
    for (size_t i = 0; i < c->n_values; i++) {
        json_t *v = json_object();
        put_text(v, "value", c->values[i].value);
        put_texts(v, "synonyms", c->values[i].synonyms);
        json_array_append_new(values, v);
    }
    put_array(o, "values", values);
    put_text(o, "default_value", c->default_value);
    put_text(o, "help", c->help);
    put_text(o, "used_by", c->used_by);
    put_bool(o, "hidden", c->hidden);
    return o;
}

static json_t *check_to_json(const struct check *c)
{
    json_t *o = json_object();
    put_text(o, "id", c->id);
    put_texts(o, "left", c->left);
    put_texts(o, "right", c->right);
    put_int(o, "op", c->op);
    put_number(o, "constant", c->constant);
    put_number(o, "tolerance", c->tolerance);
    put_bool(o, "missing_is_zero", c->missing_is_zero);
    put_array(o, "when", conditions_to_json(c->when, c->n_when));
    put_int(o, "level", c->level);
    put_text(o, "only", c->only);
    put_text(o, "text", c->text);
    return o;
}

json_t *dataset_to_json(const struct dataset *d)
{
    json_t *o = json_object(), *columns = json_array(), *checks = json_array();
    put_text(o, "id", d->id);
    put_text(o, "title", d->title);
    put_int(o, "period", d->period);
    put_texts(o, "needs_one_of", d->needs_one_of);
    for (size_t i = 0; i < d->n_columns; i++)
        json_array_append_new(columns, column_to_json(&d->columns[i]));
    put_array(o, "columns", columns);
    for (size_t i = 0; i < d->n_checks; i++)
        json_array_append_new(checks, check_to_json(&d->checks[i]));
    put_array(o, "checks", checks);
    put_text(o, "name_pattern", d->name_pattern);
    return o;
}

static void put_indicator_judging(json_t *o, const struct indicator *i)
{
    json_t *thresholds = json_array();
    put_bool(o, "with_floor", i->with_floor);
    put_bool(o, "whole_gap", i->whole_gap);
    put_bool(o, "alerts", i->alerts);
    put_bool(o, "with_cv", i->with_cv);
    put_bool(o, "with_rate", i->with_rate);
    put_int(o, "decimals", i->decimals);
    put_number(o, "scale", i->scale);
    put_int(o, "pass_min", i->pass_min);
    for (size_t k = 0; k < i->n_thresholds; k++) {
        json_t *t = json_object();
        put_int(t, "stage", i->thresholds[k].stage);
        put_number(t, "value", i->thresholds[k].value);
        put_text(t, "basis", i->thresholds[k].basis);
        json_array_append_new(thresholds, t);
    }
    put_array(o, "thresholds", thresholds);
}

static json_t *indicator_to_json(const struct indicator *i)
{
    json_t *o = json_object();
    put_text(o, "id", i->id);
    put_text(o, "title", i->title);
    put_text(o, "unit", i->unit);
    put_text(o, "formula", i->formula);
    put_text(o, "plugin", i->plugin);
    put_text(o, "parent", i->parent);
    put_texts(o, "inputs", i->inputs);
    put_texts(o, "members", i->members);
    put_int(o, "kind", i->kind);
    put_int(o, "level", i->level);
    put_int(o, "op", i->op);
    put_int(o, "stages", i->stages);
    put_indicator_judging(o, i);
    return o;
}

static json_t *plugin_to_json(const struct plugin_info *p)
{
    json_t *o = json_object(), *inputs = json_array(), *options = json_array(), *settings = json_array();
    put_text(o, "name", p->name);
    put_text(o, "version", p->version);
    put_text(o, "title", p->title);
    put_text(o, "path", p->path);
    put_text(o, "sha256", p->sha256);
    for (size_t i = 0; i < p->n_inputs; i++) {
        json_t *in = json_object(), *offsets = json_array();
        put_text(in, "dataset", p->inputs[i].dataset);
        put_text(in, "indicator", p->inputs[i].indicator);
        for (size_t k = 0; k < p->inputs[i].n_offsets; k++)
            json_array_append_new(offsets, json_integer(p->inputs[i].offsets[k]));
        put_array(in, "offsets", offsets);
        json_array_append_new(inputs, in);
    }
    put_array(o, "inputs", inputs);
    for (size_t i = 0; i < p->n_options; i++) {
        json_t *op = json_object();
        put_text(op, "name", p->options[i].name);
        put_text(op, "default_text", p->options[i].default_text);
        put_text(op, "help", p->options[i].help);
        put_int(op, "type", p->options[i].type);
        put_number(op, "min", p->options[i].min);
        put_number(op, "max", p->options[i].max);
        json_array_append_new(options, op);
    }
    put_array(o, "options", options);
    for (size_t i = 0; i < p->n_settings; i++) {
        json_t *setting = json_object();
        put_text(setting, "name", p->settings[i].name);
        put_text(setting, "help", p->settings[i].help);
        put_number(setting, "value", p->settings[i].value);
        json_array_append_new(settings, setting);
    }
    put_array(o, "settings", settings);
    return o;
}

json_t *catalog_to_json(const struct catalog *c)
{
    json_t *o = json_object(), *datasets = json_array(), *indicators = json_array(), *plugins = json_array();
    for (size_t i = 0; i < c->n_datasets; i++)
        json_array_append_new(datasets, dataset_to_json(c->datasets[i]));
    for (size_t i = 0; i < c->n_indicators; i++)
        json_array_append_new(indicators, indicator_to_json(c->indicators[i]));
    for (size_t i = 0; i < c->n_plugins; i++)
        json_array_append_new(plugins, plugin_to_json(c->plugins[i]));
    json_object_set_new(o, "datasets", datasets);
    json_object_set_new(o, "indicators", indicators);
    json_object_set_new(o, "plugins", plugins);
    return o;
}
