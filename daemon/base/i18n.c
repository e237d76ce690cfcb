// SPDX-License-Identifier: Apache-2.0
// Message catalogue: found beside the build, else where it was installed.
#include "base/i18n.h"

#include <locale.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/paths.h"

void i18n_init(const char *language)
{
    if (language)
        (void)setenv("LANGUAGE", language, 1);
    // C.UTF-8 is on every Debian; with LANGUAGE set it is enough for gettext, and numbers keep their point.
    if (!setlocale(LC_ALL, language ? "C.UTF-8" : "") || MB_CUR_MAX == 1)
        (void)setlocale(LC_ALL, "C.UTF-8");
    (void)setlocale(LC_NUMERIC, "C");
    CLEANUP_FREE char *dir = paths_locale_dir();
    (void)bindtextdomain("junheng", dir);
    (void)bind_textdomain_codeset("junheng", "UTF-8");
    (void)textdomain("junheng");
}
