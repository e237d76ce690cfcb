// SPDX-License-Identifier: Apache-2.0
// Names of schools and counties, looked up once each.
#include "cli/names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/entity.h"

struct names {
    struct cli *cli;
    struct store *store;
    void *tree; // of struct named by entity
};

struct named {
    char *entity, *name; // entity and period
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->entity, ((const struct named *)b)->entity);
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
    struct named *e = p;
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

const char *names_of(struct names *n, const struct result *r)
{
    struct named *e = mem_alloc(sizeof *e);
    e->entity = str_printf("%s %s", r->entity, r->period);
    struct named **at = tsearch(e, &n->tree, compare);
    if (!at)
        abort(); // out of memory
    if (*at != e) {
        free_entry(e);
        return (*at)->name ? (*at)->name : "";
    }
    struct error err; // a table without names is still right
    bool county = strcmp(r->entity, r->county) == 0;
    if (n->cli->plan)
        (void)entity_name(n->store, n->cli->plan->catalog, n->cli->config,
                          county ? LEVEL_COUNTY : LEVEL_SCHOOL, r->entity, r->period, &e->name, &err);
    return e->name ? e->name : "";
}
