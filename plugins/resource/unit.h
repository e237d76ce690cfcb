/* SPDX-License-Identifier: Apache-2.0 */
/* One school judged by stage: who counts, and its seven measures. */
#ifndef RESOURCE_UNIT_H
#define RESOURCE_UNIT_H

#include "setting.h"

void emit_school(struct jh_run *run, const struct school *s, const struct settings_list *settings);

#endif
