// SPDX-License-Identifier: Apache-2.0
// The landlock half of the sandbox: which files may be read, no TCP.
#pragma once

#include <stdbool.h>

#include "base/error.h"

int landlock_abi(void); // 0: the kernel has none
// Everything but reading below `paths` (NULL-terminated or NULL) is refused from here on. no_new_privs must
// be set.
int landlock_apply(const char *const *paths, bool network, struct error *err);
