// SPDX-License-Identifier: Apache-2.0
// Names of verdicts.
#include "base/verdict.h"

#include <assert.h>
#include <string.h>

#include "base/i18n.h"

static const struct {
    const char *id, *title;
} verdicts[VERDICT_COUNT] = {
    [VERDICT_PASS] = {"pass", N_("meets the standard")},
    [VERDICT_FLOOR] = {"floor", N_("below the standard (reaches 85 %)")},
    [VERDICT_FAIL] = {"fail", N_("fails the standard")},
    [VERDICT_NO_DATA] = {"no_data", N_("data missing (to be handed in)")},
    [VERDICT_EXEMPT] = {"exempt", N_("does not apply")},
};

const char *verdict_id(enum verdict v)
{
    assert(v < VERDICT_COUNT);
    return verdicts[v].id;
}

const char *verdict_title(enum verdict v)
{
    assert(v < VERDICT_COUNT);
    return _(verdicts[v].title);
}

bool verdict_parse(const char *id, enum verdict *ret)
{
    for (int v = 0; v < VERDICT_COUNT; v++) {
        if (strcmp(id, verdicts[v].id) == 0) {
            *ret = (enum verdict)v;
            return true;
        }
    }
    return false;
}
