// SPDX-License-Identifier: Apache-2.0
// Names of schools and counties, looked up once each.
#include "cli/names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/query.h"

struct names {
    struct cli *cli;
    struct store *store;
    void *tree; // of struct entry by entity
};

struct entry {
    char *entity, *name;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->entity, ((const struct entry *)b)->entity);
}

struct names *names_new(struct cli *cli, struct store *s)
{
    struct names *n = mem_alloc(sizeof *n);
    n->cli = cli;
    n->store = s;
    return n;
}

static void free_entry(void *p)
{
    struct entry *e = p;
    free(e->entity);
    free(e->name);
    free(e);
}

struct names *names_free(struct names *n)
{
    if (n)
        tdestroy(n->tree, free_entry);
    free(n);
    return NULL;
}

const char *names_of(struct names *n, const char *entity)
{
    struct entry *e = mem_alloc(sizeof *e);
    e->entity = str_dup(entity);
    struct entry **at = tsearch(e, &n->tree, compare);
    if (!at)
        abort(); // out of memory
    if (*at != e) {
        free_entry(e);
        return (*at)->name ? (*at)->name : "";
    }
    e->name = str_dup(config_county_name(n->cli->config, entity));
    struct error err;
    if (!e->name && n->cli->plan)
        (void)query_entity_name(n->store, n->cli->plan->catalog, entity, &e->name, &err); // a table without names is still right
    return e->name ? e->name : "";
}
