// SPDX-License-Identifier: Apache-2.0
// Open addressing over folded spellings.
#include "read/code_list.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

struct code_entry {
    char *folded;
    size_t len;
    const char *value;
};

struct code_list {
    struct code_entry *entries;
    size_t size; // power of two, at least twice the number of spellings
};

static struct code_entry *slot_of(const struct code_list *l, const char *folded, size_t len)
{
    size_t i = (size_t)text_hash(folded, len, 0) & (l->size - 1);
    while (l->entries[i].folded &&
           (l->entries[i].len != len || memcmp(l->entries[i].folded, folded, len) != 0))
        i = (i + 1) & (l->size - 1);
    return &l->entries[i];
}

static void add_spelling(struct code_list *l, const char *spelling, const char *value)
{
    struct buf folded = BUF_INIT;
    fold_text(spelling, strlen(spelling), &folded);
    struct code_entry *e = slot_of(l, buf_str(&folded), folded.len);
    if (!e->folded && folded.len)
        *e = (struct code_entry){.folded = str_dup(folded.data), .len = folded.len, .value = value};
    buf_deinit(&folded);
}

struct code_list *code_list_new(const struct code_value *values, size_t n)
{
    size_t spellings = 0;
    for (size_t i = 0; i < n; i++) {
        spellings++;
        for (char **s = values[i].synonyms; s && *s; s++)
            spellings++;
    }
    struct code_list *l = mem_alloc(sizeof *l);
    for (l->size = 8; l->size < 2 * spellings; l->size *= 2)
        ;
    l->entries = mem_array(l->size, sizeof *l->entries);
    for (size_t i = 0; i < n; i++)
        add_spelling(l, values[i].value, values[i].value);
    for (size_t i = 0; i < n; i++) {
        for (char **s = values[i].synonyms; s && *s; s++)
            add_spelling(l, *s, values[i].value);
    }
    return l;
}

struct code_list *code_list_free(struct code_list *l)
{
    if (!l)
        return NULL;
    for (size_t i = 0; i < l->size; i++)
        free(l->entries[i].folded);
    free(l->entries);
    free(l);
    return NULL;
}

const char *code_list_find(const struct code_list *l, const char *folded, size_t len)
{
    return slot_of(l, folded, len)->value;
}
