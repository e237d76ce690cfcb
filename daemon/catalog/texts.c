// SPDX-License-Identifier: Apache-2.0
// NULL-terminated lists of strings.
#include "catalog/texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char **texts_free(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
    return NULL;
}

void texts_free_at(char ***list)
{
    *list = texts_free(*list);
}

size_t texts_count(char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

char **texts_dup(char *const *list)
{
    if (!list)
        return NULL;
    size_t n = texts_count(list);
    char **copy = mem_array(n + 1, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = str_dup(list[i]);
    return copy;
}

bool texts_has(char *const *list, const char *text)
{
    for (size_t i = 0; list && list[i]; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

void texts_add(char ***list, const char *text)
{
    size_t n = texts_count(*list);
    *list = mem_grow(*list, n + 2, sizeof **list);
    (*list)[n] = str_dup(text);
    (*list)[n + 1] = NULL;
}

char **texts_split(const char *text, const char *separators)
{
    if (!text)
        return NULL;
    char **list = mem_array(1, sizeof *list);
    while (*text) {
        size_t n = strcspn(text, separators), from = 0, to = n;
        while (from < to && text[from] == ' ')
            from++;
        while (to > from && text[to - 1] == ' ')
            to--;
        if (to > from) {
            CLEANUP_FREE char *part = str_ndup(text + from, to - from);
            texts_add(&list, part);
        }
        text += n + (text[n] != '\0');
    }
    return list;
}
