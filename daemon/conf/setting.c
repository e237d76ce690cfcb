// SPDX-License-Identifier: Apache-2.0
// Which settings a plugin computes by. Knows no file and no clock.
#include "conf/setting.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/period.h"

struct reach {
    char (*periods)[PERIOD_TEXT_MAX]; // each once, sorted
    size_t n;
};

double setting_value(const struct standards *standards, const struct plugin_setting *setting,
                     const char *period)
{
    struct period p;
    if (!standards || !period_parse(period, &p))
        return setting->value;
    return standards_number(standards, setting->name, period_reference_date(&p), setting->value);
}

static int compare_periods(const void *a, const void *b)
{
    return strcmp(a, b);
}

// What is no period is not looked at: no standard can speak of it.
static void reach_init(struct reach *r, const struct plugin_info *plugin, const char *const *periods,
                       size_t n)
{
    size_t offsets = 0, all = 0;
    for (size_t i = 0; i < plugin->n_inputs; i++)
        offsets += plugin->inputs[i].n_offsets;
    r->periods = mem_array(n * (offsets + 1) + 1, sizeof *r->periods);
    for (size_t k = 0; k < n; k++) {
        struct period p;
        if (!period_parse(periods[k], &p))
            continue;
        period_format(&p, r->periods[all++]);
        for (size_t i = 0; i < plugin->n_inputs; i++) {
            for (size_t o = 0; o < plugin->inputs[i].n_offsets; o++) {
                struct period moved = period_shift(&p, plugin->inputs[i].offsets[o]);
                period_format(&moved, r->periods[all++]);
            }
        }
    }
    qsort(r->periods, all, sizeof *r->periods, compare_periods);
    for (size_t i = 0; i < all; i++) {
        if (r->n == 0 || strcmp(r->periods[i], r->periods[r->n - 1]) != 0)
            memmove(r->periods[r->n++], r->periods[i], sizeof *r->periods);
    }
}

json_t *setting_list(const struct standards *standards, const struct plugin_info *plugin,
                     const char *const *periods, size_t n)
{
    json_t *list = json_array();
    if (!plugin->n_settings)
        return list;
    struct reach r = {0};
    reach_init(&r, plugin, periods, n);
    for (size_t i = 0; i < r.n; i++) {
        for (size_t k = 0; k < plugin->n_settings; k++) {
            const struct plugin_setting *s = &plugin->settings[k];
            json_t *item = json_pack("{s:s, s:s, s:f}", "period", r.periods[i], "name", s->name, "value",
                                     setting_value(standards, s, r.periods[i]));
            assert(item); // a declared name is ASCII
            (void)json_array_append_new(list, item);
        }
    }
    free(r.periods);
    return list;
}

static void digest(struct buf *text, char ret[SETTING_DIGEST_MAX])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)buf_str(text), text->len, hash);
    for (size_t i = 0; i < (SETTING_DIGEST_MAX - 1) / 2; i++)
        (void)snprintf(ret + 2 * i, 3, "%02x", hash[i]);
}

void option_digest(const struct config *config, const char *plugin, char ret[SETTING_DIGEST_MAX])
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    for (size_t i = 0; config && i < config->n_plugins; i++) {
        const struct plugin_config *p = &config->plugins[i];
        for (size_t k = 0; strcmp(p->name, plugin) == 0 && p->option_names && p->option_names[k]; k++)
            buf_addf(&text, "%s=%s\n", p->option_names[k], p->option_values[k]);
    }
    ret[0] = '\0';
    if (text.len)
        digest(&text, ret);
}

void setting_digest(const struct standards *standards, const struct plugin_info *plugin, const char *period,
                    char ret[SETTING_DIGEST_MAX])
{
    ret[0] = '\0';
    if (!plugin->n_settings)
        return;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    struct reach r = {0};
    reach_init(&r, plugin, &period, 1);
    for (size_t i = 0; i < r.n; i++) {
        for (size_t k = 0; k < plugin->n_settings; k++)
            buf_addf(&text, "%s %s %.17g\n", r.periods[i], plugin->settings[k].name,
                     setting_value(standards, &plugin->settings[k], r.periods[i]));
    }
    free(r.periods);
    digest(&text, ret);
}
