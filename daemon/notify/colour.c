// SPDX-License-Identifier: Apache-2.0
// Names and colours of severities.
#include "notify/colour.h"

#include <assert.h>

#include "base/i18n.h"

static const struct {
    const char *title, *colour;
} severities[SEVERITY_COUNT] = {
    [SEVERITY_RED] = {N_("red"), "#c00000"},
    [SEVERITY_ORANGE] = {N_("orange"), "#d2691e"},
    [SEVERITY_YELLOW] = {N_("yellow"), "#b58900"},
    [SEVERITY_BLUE] = {N_("blue"), "#1f5fa8"},
};

const char *severity_title(enum severity s)
{
    assert(s < SEVERITY_COUNT);
    return _(severities[s].title);
}

const char *severity_colour(enum severity s)
{
    assert(s < SEVERITY_COUNT);
    return severities[s].colour;
}
