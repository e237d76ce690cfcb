// SPDX-License-Identifier: Apache-2.0
// Exit codes follow sysexits(3).
#pragma once

#include <sysexits.h>
