// SPDX-License-Identifier: Apache-2.0
// Texts compared whole with files of the `golden` folder.
#pragma once

void golden_check(const char *text, const char *file);
