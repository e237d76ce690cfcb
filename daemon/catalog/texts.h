// SPDX-License-Identifier: Apache-2.0
// NULL-terminated lists of strings that own what they hold. NULL is an empty list.
#pragma once

#include <stdbool.h>
#include <stddef.h>

char **texts_free(char **list); // returns NULL
void texts_free_at(char ***list);
char **texts_dup(char *const *list); // NULL gives NULL
size_t texts_count(char *const *list);
bool texts_has(char *const *list, const char *text);
void texts_add(char ***list, const char *text);
// Splits at any byte of `separators`; empty parts are dropped and spaces around a part are trimmed. NULL
// gives NULL.
char **texts_split(const char *text, const char *separators);
