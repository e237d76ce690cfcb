// SPDX-License-Identifier: Apache-2.0
// What a plugin declares, as JSON.
#pragma once

#include <jansson.h>

#include "host/plugin.h"

// {"abi":[1,0],"name","version","title","sha256","datasets":[],"indicators":[],"inputs":[],"options":[]},
// each member named as in junheng/plugin.h: enumerations and flags by number, jh_array as an array, an absent
// string null. New reference.
json_t *plugin_describe(const struct plugin *p);
