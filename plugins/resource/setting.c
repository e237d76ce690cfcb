/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a run, a period each. */
#include "setting.h"

#include <stdlib.h>
#include <string.h>

/* 国教督办函〔2019〕30号: 小:初 = 1:1.1, 初:高 = 1:1.2, 小:初:高 = 1:1.1:1.32; nothing is said of 附设幼儿班.
 */
const struct jh_setting setting_declared[SETTINGS] = {
    [SPLIT_WEIGHT + PRIMARY] = {"split_weight.primary", "拆分校舍设备时小学生的权重", 1},
    [SPLIT_WEIGHT + JUNIOR] = {"split_weight.junior", "拆分校舍设备时初中生的权重", 1.1},
    [SPLIT_WEIGHT + SENIOR] = {"split_weight.senior", "拆分校舍设备时高中生的权重", 1.32},
    [SPLIT_WEIGHT + KINDERGARTEN] = {"split_weight.kindergarten",
                                     "拆分校舍设备时附设幼儿班幼儿的权重（0 表示不分摊）", 1},
    [POINT_MIN] = {"teaching_point.min_pupils", "参加资源配置评估的教学点的最少学生数", 50},
    [SMALL_MIN] = {"small_rural.min_pupils", "乡村小规模学校和教学点的最少学生数", 50},
    [SMALL_MAX] = {"small_rural.max_pupils", "乡村小规模学校和教学点的最多学生数", 99},
};

static struct settings *begin(struct settings_list *l, const char *period)
{
    l->items = realloc(l->items, (l->n + 1) * sizeof *l->items);
    if (!l->items)
        abort();
    struct settings *s = &l->items[l->n++];
    *s = (struct settings){.period = strdup(period)};
    if (!s->period)
        abort();
    return s;
}

void settings_read(struct jh_run *run, struct settings_list *ret)
{
    struct jh_rows *q = jh_query(run, "SELECT period, name, value FROM settings ORDER BY period");
    struct settings *at = NULL;
    while (jh_next(run, q)) {
        const char *period = jh_text(run, q, 0), *name = jh_text(run, q, 1);
        if (!at || strcmp(at->period, period) != 0)
            at = begin(ret, period);
        for (int i = 0; i < SETTINGS; i++)
            if (strcmp(setting_declared[i].name, name) == 0)
                at->v[i] = jh_number(run, q, 2);
    }
}

void settings_free(struct settings_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->items[i].period);
    free(l->items);
}

const struct settings *settings_in(const struct settings_list *l, const char *period)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->items[i].period, period) == 0)
            return &l->items[i];
    abort(); /* the host gives each declared setting for each period */
}
