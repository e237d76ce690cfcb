// SPDX-License-Identifier: Apache-2.0
// Memory of indicators and plugins, and the indicators that the core derives from those a plugin declares.
#pragma once

#include "catalog/catalog.h"

struct indicator *indicator_free(struct indicator *i); // returns NULL
void indicator_free_at(struct indicator **i);
struct plugin_info *plugin_info_free(struct plugin_info *p); // returns NULL
void plugin_info_free_at(struct plugin_info **p);

bool indicator_id_valid(const char *id);                             // dotted: resource.teaching_area
void catalog_take_indicator(struct catalog *c, struct indicator *i); // takes it over
void catalog_take_plugin(struct catalog *c, struct plugin_info *p);  // takes it over
// ID.cv and ID.rate of `i` where it asks for them. `cv_alerts`: a .cv above its limit opens an alert.
void indicator_derive(struct catalog *c, const struct indicator *i, bool cv_alerts);
// The mean of the .cv of the rule's members: published, no test of its own, so neither threshold nor alert.
void indicator_derive_cv_mean(struct catalog *c, const struct indicator *rule, const char *id);
