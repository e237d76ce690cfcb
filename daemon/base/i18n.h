// SPDX-License-Identifier: Apache-2.0
// Texts for people. English in the source; the catalogues under daemon/po give the rest.
#pragma once

#include <libintl.h>

#define _(s) gettext(s)
#define N_(s) (s)

// Binds the catalogue. `language` such as "zh_CN" fixes the language of everything this process says
// (the daemon: setting `language`); NULL follows the user's locale (the command line).
void i18n_init(const char *language);
