// SPDX-License-Identifier: Apache-2.0
// How a scope is written in set_aside and in messages: "2025-2026/330102".
#pragma once

char *scope_name(const char *period, const char *county); // the caller's
