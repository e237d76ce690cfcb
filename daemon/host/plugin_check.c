// SPDX-License-Identifier: Apache-2.0
// What a descriptor says must make sense before anybody relies on it: names, ranges, references within the
// plugin.
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "host/option.h"
#include "host/plugin.h"

#define TEXT_MAX 8192u // bytes of one string
#define ID_MAX 96u

static const uint32_t column_flags =
    JH_KEY | JH_PERIOD | JH_OWED | JH_NONE_IS_ZERO | JH_BY_STAGE | JH_COUNTY | JH_NAME;
static const uint32_t indicator_flags = JH_WITH_CV | JH_WITH_RATE | JH_WITH_FLOOR | JH_WHOLE_GAP | JH_ALERTS;
static const uint32_t all_stages = JH_PRIMARY | JH_JUNIOR | JH_SENIOR;

// A string of the plugin: ends within TEXT_MAX and is UTF-8 (JSON and the terminal rely on it).
static int check_text(const char *s, bool owed, const char *member, struct error *err)
{
    if (!s || !*s)
        return owed ? error_set(err, -EINVAL, _("`%s` is missing"), member) : 0;
    size_t n = strnlen(s, TEXT_MAX + 1);
    if (n > TEXT_MAX)
        return error_set(err, -EINVAL, _("`%1$s` is longer than %2$u bytes"), member, TEXT_MAX);
    json_t *j = json_stringn(s, n);
    json_decref(j);
    return j ? 0 : error_set(err, -EINVAL, _("`%s` is not UTF-8; save the source as UTF-8"), member);
}

static bool is_word(const char *s, size_t n)
{
    if (n == 0 || s[0] < 'a' || s[0] > 'z')
        return false;
    return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") >= n;
}

// `dots`: words joined by dots, at least two.
static int check_id(const char *s, bool dots, const char *member, struct error *err)
{
    int r = check_text(s, true, member, err);
    if (r < 0)
        return r;
    size_t words = 0;
    bool good = strlen(s) <= ID_MAX;
    for (const char *at = s; good; at++) {
        size_t n = dots ? strcspn(at, ".") : strlen(at);
        good = is_word(at, n);
        words++;
        at += n;
        if (!*at)
            break;
    }
    if (good && (!dots || words > 1))
        return 0;
    return dots
               ? error_set(
                     err, -EINVAL,
                     _("`%1$s` is \"%2$.100s\"; expected words of a–z, 0–9, _ joined by dots, such as local.dormitory_area"),
                     member, s)
               : error_set(err, -EINVAL,
                           _("`%1$s` is \"%2$.100s\"; expected a word of a–z, 0–9 and _, at most %3$u long"),
                           member, s, ID_MAX);
}

static int check_below(uint32_t v, uint32_t limit, const char *member, struct error *err)
{
    return v < limit
               ? 0
               : error_set(err, -EINVAL, _("`%1$s` is %2$u, which this junheng does not know"), member, v);
}

static int check_bits(uint32_t v, uint32_t known, const char *member, struct error *err)
{
    return v & ~known
               ? error_set(err, -EINVAL, _("`%1$s` is %2$u, which this junheng does not know"), member, v)
               : 0;
}

static int check_range(double min, double max, struct error *err)
{
    if (isfinite(min) && isfinite(max) && min <= max)
        return 0;
    return error_set(err, -EINVAL, _("`min` and `max` must be numbers, min not above max"));
}

static int check_column(const struct jh_column *c, struct error *err)
{
    int r = check_id(c->id, false, "id", err);
    if (r == 0)
        r = check_text(c->header, true, "header", err);
    if (r == 0)
        r = check_text(c->aliases, false, "aliases", err);
    if (r == 0)
        r = check_text(c->unit, false, "unit", err);
    if (r == 0)
        r = check_text(c->values, c->type == JH_CODE, "values", err);
    if (r == 0)
        r = check_below(c->type, JH_TIME + 1, "type", err);
    if (r == 0)
        r = check_bits(c->flags, column_flags, "flags", err);
    return r < 0 ? r : check_range(c->min, c->max, err);
}

static int check_dataset(const struct jh_dataset *d, struct error *err)
{
    int r = check_id(d->id, false, "id", err);
    if (r == 0)
        r = check_text(d->title, true, "title", err);
    if (r == 0 && d->period == 0)
        r = error_set(err, -EINVAL, _("`period` is missing"));
    if (r == 0)
        r = check_below(d->period, JH_DAILY + 1, "period", err);
    bool keyed = false;
    for (uint32_t i = 0; r == 0 && i < d->columns.count; i++) {
        const struct jh_column *c = plugin_column(d, i);
        r = check_column(c, err);
        if (r < 0) {
            (void)error_prefix(err, _("column %u"), i + 1);
            return r;
        }
        keyed |= (c->flags & JH_KEY) != 0;
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(plugin_column(d, k)->id, c->id) == 0)
                return error_set(err, -EINVAL, _("column `%s` is declared twice"), c->id);
    }
    if (r == 0 && !keyed)
        return error_set(err, -EINVAL, _("no column has JH_KEY: rows need a natural key"));
    return r;
}

static int check_thresholds(const struct jh_indicator *in, struct error *err)
{
    for (uint32_t i = 0; i < in->thresholds.count; i++) {
        const struct jh_threshold *t = plugin_threshold(in, i);
        if (!isfinite(t->value))
            return error_set(err, -EINVAL, _("threshold %u is not a number"), i + 1);
        if ((t->stage & ~all_stages) || (t->stage & (t->stage - 1)))
            return error_set(err, -EINVAL,
                             _("threshold %u: `stage` is one of JH_PRIMARY, JH_JUNIOR, JH_SENIOR, or 0"),
                             i + 1);
        int r = check_text(t->basis, false, "basis", err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_kind(const struct jh_indicator *in, struct error *err)
{
    if (in->kind == JH_MEASURE && (!isfinite(in->scale) || in->scale <= 0))
        return error_set(err, -EINVAL, _("`scale` must be above 0 (1, or 100 for \"per hundred pupils\")"));
    if (in->kind == JH_MEASURE)
        return 0;
    int r = check_text(in->members, true, "members", err);
    if (r < 0)
        return r;
    uint32_t members = 0;
    for (const char *at = in->members + strspn(in->members, " "); *at; at += strspn(at, " ")) {
        members++;
        at += strcspn(at, " ");
    }
    if (in->pass_min > members)
        return error_set(err, -EINVAL, _("`pass_min` is %1$u, but the rule has %2$u members"), in->pass_min,
                         members);
    return in->cv_mean ? check_id(in->cv_mean, true, "cv_mean", err) : 0;
}

static int check_indicator(const struct jh_indicator *in, struct error *err)
{
    const struct {
        const char *text, *member;
        bool owed;
    } texts[] = {{in->title, "title", true},      {in->unit, "unit", false},
                 {in->formula, "formula", false}, {in->inputs, "inputs", false},
                 {in->members, "members", false}, {in->cv_mean, "cv_mean", false}};
    int r = check_id(in->id, true, "id", err);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
        r = check_text(texts[i].text, texts[i].owed, texts[i].member, err);
    if (r == 0)
        r = check_below(in->kind, JH_RULE + 1, "kind", err);
    if (r == 0)
        r = check_below(in->level, JH_CITY + 1, "level", err);
    if (r == 0)
        r = check_below(in->op, JH_BELOW + 1, "op", err);
    if (r == 0)
        r = check_bits(in->stages, all_stages, "stages", err);
    if (r == 0)
        r = check_bits(in->flags, indicator_flags, "flags", err);
    if (r == 0)
        r = check_below(in->decimals, 10, "decimals", err);
    if (r == 0)
        r = check_kind(in, err);
    return r < 0 ? r : check_thresholds(in, err);
}

static int check_input(const struct jh_input *in, struct error *err)
{
    int r = !in->dataset == !in->indicator
                ? error_set(err, -EINVAL, _("name either a dataset or an indicator"))
                : 0;
    if (r == 0)
        r = in->dataset ? check_id(in->dataset, false, "dataset", err)
                        : check_id(in->indicator, true, "indicator", err);
    if (r == 0 && in->offset_count > 64)
        return error_set(err, -EINVAL, _("at most 64 period offsets are possible"));
    for (uint32_t i = 0; r == 0 && i < in->offset_count; i++)
        if (!in->offsets || in->offsets[i] < -1000 || in->offsets[i] > 1000)
            r = error_set(err, -EINVAL, _("period offsets lie between -1000 and 1000"));
    return r;
}

static int check_option(const struct jh_option *o, struct error *err)
{
    int r = check_id(o->name, false, "name", err);
    if (r == 0)
        r = check_text(o->default_text, o->type != JH_OPTION_TEXT, "default_text", err);
    if (r == 0)
        r = check_text(o->help, false, "help", err);
    if (r == 0)
        r = check_below(o->type, JH_OPTION_BOOL + 1, "type", err);
    if (r == 0)
        r = check_range(o->min, o->max, err);
    double ignored;
    return r < 0 || o->type == JH_OPTION_TEXT ? r : option_parse(o, o->default_text, &ignored, err);
}

static int check_setting(const struct jh_setting *s, struct error *err)
{
    int r = check_id(s->name, true, "name", err);
    if (r == 0)
        r = check_text(s->help, false, "help", err);
    if (r == 0 && !isfinite(s->value))
        return error_set(err, -EINVAL, _("`%s` must be a number"), "value");
    return r;
}

static int check_head(const struct plugin *p, struct error *err)
{
    int r = check_id(p->d.name, false, "name", err);
    if (r == 0)
        r = check_text(p->d.version, true, "version", err);
    if (r == 0)
        r = check_text(p->d.title, true, "title", err);
    return r;
}

static int dataset_at(const struct plugin *p, uint32_t i, const char **ret_id, struct error *err)
{
    *ret_id = plugin_dataset(p, i)->id;
    return check_dataset(plugin_dataset(p, i), err);
}

static int indicator_at(const struct plugin *p, uint32_t i, const char **ret_id, struct error *err)
{
    *ret_id = plugin_indicator(p, i)->id;
    return check_indicator(plugin_indicator(p, i), err);
}

static int input_at(const struct plugin *p, uint32_t i, const char **ret_id, struct error *err)
{
    const struct jh_input *in = plugin_input(p, i);
    *ret_id = in->dataset ? in->dataset : in->indicator;
    return check_input(in, err);
}

static int option_at(const struct plugin *p, uint32_t i, const char **ret_id, struct error *err)
{
    *ret_id = plugin_option(p, i)->name;
    return check_option(plugin_option(p, i), err);
}

static int setting_at(const struct plugin *p, uint32_t i, const char **ret_id, struct error *err)
{
    *ret_id = plugin_setting(p, i)->name;
    return check_setting(plugin_setting(p, i), err);
}

struct part {
    uint32_t count;
    const char *where; // prefix of a complaint
    int (*at)(const struct plugin *p, uint32_t i, const char **ret_id, struct error *err);
};

static int check_part(const struct plugin *p, const struct part *part, struct error *err)
{
    const char **ids = mem_array(part->count, sizeof *ids);
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < part->count; i++) {
        r = part->at(p, i, &ids[i], err);
        for (uint32_t k = 0; r == 0 && k < i; k++)
            if (strcmp(ids[k], ids[i]) == 0)
                r = error_set(err, -EINVAL, _("`%s` is declared twice"), ids[i]);
        if (r < 0)
            (void)error_prefix(err, _(part->where), i + 1);
    }
    free(ids);
    return r;
}

int plugin_check(const struct plugin *p, struct error *err)
{
    const struct part parts[] = {
        {p->d.datasets.count, N_("dataset %u"), dataset_at},
        {p->d.indicators.count, N_("indicator %u"), indicator_at},
        {p->d.inputs.count, N_("input %u"), input_at},
        {p->d.options.count, N_("option %u"), option_at},
        {p->d.settings.count, N_("setting %u"), setting_at},
    };
    int r = check_head(p, err);
    bool measures = false;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
        r = check_part(p, &parts[i], err);
    for (uint32_t i = 0; r == 0 && i < p->d.indicators.count; i++)
        measures |= plugin_indicator(p, i)->kind == JH_MEASURE;
    if (r == 0 && measures && !p->d.compute)
        return error_set(err, -EINVAL, _("`compute` is missing, though indicators are measured"));
    return r;
}

const struct jh_indicator *plugin_indicator_by_id(const struct plugin *p, const char *id)
{
    for (uint32_t i = 0; i < p->d.indicators.count; i++)
        if (strcmp(plugin_indicator(p, i)->id, id) == 0)
            return plugin_indicator(p, i);
    return NULL;
}
