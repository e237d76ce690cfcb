// SPDX-License-Identifier: Apache-2.0
// School stages.
#include "base/stage.h"

#include <assert.h>
#include <string.h>

#include "base/i18n.h"

static const struct {
    const char *id, *title;
} stages[STAGE_COUNT] = {
    [STAGE_NONE] = {"", ""},
    [STAGE_PRIMARY] = {"primary", N_("primary")},
    [STAGE_JUNIOR] = {"junior", N_("junior")},
    [STAGE_SENIOR] = {"senior", N_("senior")},
};

const char *stage_id(enum stage s)
{
    assert(s < STAGE_COUNT);
    return stages[s].id;
}

const char *stage_title(enum stage s)
{
    assert(s < STAGE_COUNT);
    return s == STAGE_NONE ? "" : _(stages[s].title);
}

bool stage_parse(const char *id, enum stage *ret)
{
    for (int s = 0; s < STAGE_COUNT; s++) {
        if (strcmp(id, stages[s].id) == 0) {
            *ret = (enum stage)s;
            return true;
        }
    }
    return false;
}
