// SPDX-License-Identifier: Apache-2.0
// The seccomp half of the sandbox: which system calls each kind of worker may make.
#pragma once

#include <stdbool.h>

#include "sandbox/sandbox.h"

bool filter_supported(void);
int filter_apply(enum sandbox_profile profile, struct error *err);
