// SPDX-License-Identifier: Apache-2.0
// What the stored tables say of a school, class or county beside its figures: for texts that name it.
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "conf/config.h"
#include "store/store.h"

// The name as handed in for that period or the one before, the roster first; a county's is the configured
// one, else that of its tables. *ret NULL if nobody gave one, else the caller's.
int entity_name(struct store *s, const struct catalog *c, const struct config *conf,
                enum indicator_level level, const char *entity, const char *period, char **ret,
                struct error *err);
// The text of one column (any dataset that has it beside the key of the entity), the same way: 责任督学,
// 办学性质.
int entity_text(struct store *s, const struct catalog *c, const char *key, const char *column,
                const char *entity, const char *period, char **ret, struct error *err);

// What stands before the name of a school of which no roster tells the code: its name is its code until then.
#define ENTITY_NAME_AS_CODE "name:"
bool entity_has_code(const char *entity);
