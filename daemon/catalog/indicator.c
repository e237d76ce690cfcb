// SPDX-License-Identifier: Apache-2.0
// Indicators: memory, ids, and those derived per county: 差异系数, 达标率, 综合差异系数.
#include "catalog/indicator.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/texts.h"

struct indicator *indicator_free(struct indicator *i)
{
    if (!i)
        return NULL;
    free(i->id);
    free(i->title);
    free(i->unit);
    free(i->formula);
    free(i->plugin);
    free(i->parent);
    texts_free(i->inputs);
    texts_free(i->members);
    for (size_t k = 0; k < i->n_thresholds; k++)
        free(i->thresholds[k].basis);
    free(i->thresholds);
    free(i);
    return NULL;
}

void indicator_free_at(struct indicator **i)
{
    *i = indicator_free(*i);
}

struct plugin_info *plugin_info_free(struct plugin_info *p)
{
    if (!p)
        return NULL;
    free(p->name);
    free(p->version);
    free(p->title);
    free(p->path);
    free(p->sha256);
    for (size_t i = 0; i < p->n_inputs; i++) {
        free(p->inputs[i].dataset);
        free(p->inputs[i].indicator);
        free(p->inputs[i].offsets);
    }
    free(p->inputs);
    for (size_t i = 0; i < p->n_options; i++) {
        free(p->options[i].name);
        free(p->options[i].default_text);
        free(p->options[i].help);
    }
    free(p->options);
    for (size_t i = 0; i < p->n_settings; i++) {
        free(p->settings[i].name);
        free(p->settings[i].help);
    }
    free(p->settings);
    free(p);
    return NULL;
}

void plugin_info_free_at(struct plugin_info **p)
{
    *p = plugin_info_free(*p);
}

bool indicator_id_valid(const char *id)
{
    size_t n = strlen(id);
    if (n > 100 || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_.") != n || !strchr(id, '.'))
        return false;
    for (const char *part = id; part; part = strchr(part, '.') ? strchr(part, '.') + 1 : NULL) {
        if (!islower((unsigned char)*part))
            return false;
    }
    return true;
}

void catalog_take_indicator(struct catalog *c, struct indicator *i)
{
    c->indicators = mem_grow(c->indicators, c->n_indicators + 1, sizeof(struct indicator *));
    c->indicators[c->n_indicators++] = i;
}

void catalog_take_plugin(struct catalog *c, struct plugin_info *p)
{
    c->plugins = mem_grow(c->plugins, c->n_plugins + 1, sizeof(struct plugin_info *));
    c->plugins[c->n_plugins++] = p;
}

static struct indicator *derived(const struct indicator *from, const char *suffix, const char *title_word)
{
    struct indicator *d = mem_alloc(sizeof *d);
    d->id = str_printf("%s%s", from->id, suffix);
    d->title = str_printf("%s%s", from->title, title_word);
    d->plugin = str_dup(from->plugin);
    d->parent = str_dup(from->id);
    d->inputs = texts_dup(from->inputs);
    d->level = LEVEL_COUNTY;
    d->stages = from->stages;
    d->scale = 1;
    return d;
}

void indicator_derive(struct catalog *c, const struct indicator *i, bool cv_alerts)
{
    // Titles and formulas are official wording in the language of the documents: data, never translated.
    if (i->with_cv) {
        struct indicator *cv = derived(i, ".cv", "差异系数");
        cv->kind = INDICATOR_CV;
        cv->op = OP_AT_MOST;
        cv->decimals = 3;
        cv->alerts = cv_alerts;
        cv->formula = str_dup("按学生数加权的标准差÷平均值：X̄＝ΣX÷P，S＝√(ΣPᵢ(xᵢ－X̄)²÷P)，CV＝S÷X̄");
        catalog_take_indicator(c, cv);
    }
    if (i->with_rate) {
        struct indicator *rate = derived(i, ".rate", "达标率");
        rate->kind = INDICATOR_RATE;
        rate->op = OP_AT_LEAST;
        rate->decimals = 1;
        rate->scale = 100;
        rate->unit = str_dup("%");
        rate->formula = str_dup("达标单元数÷已判定单元数×100%");
        catalog_take_indicator(c, rate);
    }
}

void indicator_derive_cv_mean(struct catalog *c, const struct indicator *rule, const char *id)
{
    struct indicator *mean = derived(rule, "", "");
    free(mean->id);
    free(mean->title);
    mean->id = str_dup(id);
    mean->title = str_dup("综合差异系数");
    mean->kind = INDICATOR_CV_MEAN;
    mean->op = OP_AT_MOST;
    mean->decimals = 3;
    mean->formula = str_dup("各项指标差异系数的算术平均值");
    for (size_t i = 0; rule->members && rule->members[i]; i++) {
        CLEANUP_FREE char *cv = str_printf("%s.cv", rule->members[i]);
        texts_add(&mean->members, cv);
    }
    catalog_take_indicator(c, mean);
}
