/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers that standards set for a time: weights and bounds. */
#ifndef RESOURCE_SETTING_H
#define RESOURCE_SETTING_H

#include "school.h"

/* Who shares what a school has: its stages, and 附设幼儿班. */
enum { KINDERGARTEN = STAGES, SHARERS };

enum setting { SPLIT_WEIGHT, POINT_MIN = SPLIT_WEIGHT + SHARERS, SMALL_MIN, SMALL_MAX, SETTINGS };

extern const struct jh_setting setting_declared[SETTINGS];

/* As they hold in one period. */
struct settings {
    char *period;
    double v[SETTINGS];
};

/* Those of every period of the run. */
struct settings_list {
    struct settings *items;
    size_t n;
};
void settings_read(struct jh_run *run, struct settings_list *ret);
void settings_free(struct settings_list *l);
const struct settings *settings_in(const struct settings_list *l, const char *period);

#endif
