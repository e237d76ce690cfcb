// SPDX-License-Identifier: Apache-2.0
// What a plugin computes by beside rows. Options of the configuration; and numbers of the standards as they
// hold in a period, else as the plugin declares them. Of thresholds and of settings that it does not declare
// a plugin knows nothing.
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "conf/config.h"
#include "conf/standard.h"

#define SETTING_DIGEST_MAX 17

// Short hash of the options that the configuration sets for the plugin, empty if none (or `config` is NULL).
void option_digest(const struct config *config, const char *plugin, char ret[SETTING_DIGEST_MAX]);
// As it holds in the period ("2025-2026"). `standards` may be NULL; in what is no period nothing holds.
double setting_value(const struct standards *standards, const struct plugin_setting *setting,
                     const char *period);
// What a run over these periods is given: [{"period","name","value"}] of each setting that the plugin
// declares, in each of the periods and those that its inputs look at beside them. New reference.
json_t *setting_list(const struct standards *standards, const struct plugin_info *plugin,
                     const char *const *periods, size_t n);
// Short hash of that list for one period, empty if the plugin declares none: what it computes there differs
// only if this does.
void setting_digest(const struct standards *standards, const struct plugin_info *plugin, const char *period,
                    char ret[SETTING_DIGEST_MAX]);
