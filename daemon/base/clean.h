// SPDX-License-Identifier: Apache-2.0
// Texts from outside on their way to people and into JSON.
#pragma once

// Whatever is not UTF-8 becomes U+FFFD, control characters (line feed too) a blank. The caller's; NULL gives
// NULL.
char *clean_line(const char *text);
// As clean_line, but line feeds stay.
char *clean_text(const char *text);
