// SPDX-License-Identifier: Apache-2.0
// The files that lie in a drop folder.
#include "flow/candidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define OPEN_NAMES_MAX 1000 // further ones wait their quiet period only

void candidate_list_deinit(struct candidate_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->items[i].name);
    free(l->items);
    name_list_deinit(&l->open);
    *l = (struct candidate_list){0};
}

void name_list_add(struct name_list *l, const char *name, size_t max)
{
    if (l->n >= max)
        return;
    if ((l->n & (l->n - 1)) == 0)
        l->names = mem_grow(l->names, l->n ? 2 * l->n : 1, sizeof *l->names);
    l->names[l->n++] = str_dup(name);
}

void name_list_deinit(struct name_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    *l = (struct name_list){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool name_list_has(const struct name_list *l, const char *name)
{
    return l->n && bsearch(&name, l->names, l->n, sizeof *l->names, by_name) != NULL;
}

static void drop_open(struct name_list *open, size_t i)
{
    free(open->names[i]);
    open->names[i] = open->names[--open->n];
}

// From the end: what was just created is closed first.
static size_t find_open(const struct name_list *open, const char *name)
{
    for (size_t i = open->n; i > 0; i--) {
        if (strcmp(open->names[i - 1], name) == 0)
            return i - 1;
    }
    return open->n;
}

void candidate_list_closed(struct candidate_list *l, const char *name)
{
    size_t i = find_open(&l->open, name);
    if (i < l->open.n)
        drop_open(&l->open, i);
}

static struct candidate *find(const struct candidate_list *l, const char *name)
{
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(l->items[mid].name, name);
        if (c == 0)
            return &l->items[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static void forget_gone(struct candidate_list *l)
{
    for (size_t i = l->open.n; i > 0; i--) {
        if (!find(l, l->open.names[i - 1]))
            drop_open(&l->open, i - 1);
    }
}

void candidate_list_opened(struct candidate_list *l, const char *name)
{
    if (l->open.n == OPEN_NAMES_MAX)
        forget_gone(l);
    if (find_open(&l->open, name) == l->open.n)
        name_list_add(&l->open, name, OPEN_NAMES_MAX);
}

void candidate_list_merge(struct candidate_list *l, struct folder_listing *listing, struct name_list *moved,
                          bool lift, int64_t now_ms)
{
    struct candidate *items = mem_array(listing->n, sizeof *items);
    size_t old = 0;
    if (moved->n)
        qsort(moved->names, moved->n, sizeof *moved->names, by_name);
    for (size_t i = 0; i < listing->n; i++) {
        struct folder_entry *e = &listing->entries[i];
        struct candidate *c = &items[i];
        while (old < l->n && strcmp(l->items[old].name, e->name) < 0)
            old++;
        if (old < l->n && strcmp(l->items[old].name, e->name) == 0)
            *c = (struct candidate){.settle = l->items[old].settle,
                                    .barred = l->items[old].barred,
                                    .refusal = l->items[old].refusal,
                                    .reported = l->items[old].reported};
        int times = c->settle.times;
        settle_observe(&c->settle, &e->seen, name_list_has(moved, e->name), now_ms);
        if (lift || c->settle.times <= times)
            c->barred = false;
        if (c->settle.times <= times && !e->unfit)
            c->reported = false;
        c->name = TAKE(e->name);
        c->unfit = e->unfit;
        if (c->unfit) // a second name of a file is made without being opened
            candidate_list_closed(l, c->name);
    }
    size_t n = listing->n;
    struct name_list open = l->open;
    l->open = (struct name_list){0};
    candidate_list_deinit(l);
    *l = (struct candidate_list){.items = items, .n = n, .open = open};
}

static bool is_held(const struct candidate_list *l, const struct candidate *c, int64_t now_ms,
                    int64_t *again_ms)
{
    if (c->settle.moved_in || now_ms >= c->settle.changed_ms + OPEN_MAX_MS ||
        find_open(&l->open, c->name) == l->open.n)
        return false;
    *again_ms = c->settle.changed_ms + OPEN_MAX_MS;
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct folder_claim *x = a, *y = b;
    if (x->seen.mtime_ns != y->seen.mtime_ns)
        return x->seen.mtime_ns < y->seen.mtime_ns ? -1 : 1;
    return strcmp(x->name, y->name);
}

size_t candidate_list_ready(const struct candidate_list *l, int64_t now_ms, int64_t quiet_ms, size_t max,
                            struct folder_claim **ret, int64_t *ret_again_ms)
{
    struct folder_claim *claims = mem_array(l->n, sizeof *claims);
    size_t n = 0;
    *ret_again_ms = INT64_MAX;
    for (size_t i = 0; i < l->n; i++) {
        const struct candidate *c = &l->items[i];
        int64_t again = INT64_MAX;
        if (c->unfit || c->barred)
            continue;
        bool ready = settle_decide(&c->settle, now_ms, quiet_ms, &again) == SETTLE_READY;
        if (ready && (quiet_ms < 0 || !is_held(l, c, now_ms, &again)))
            claims[n++] = (struct folder_claim){.name = c->name, .seen = c->settle.seen};
        else if (again < *ret_again_ms)
            *ret_again_ms = again;
    }
    if (n)
        qsort(claims, n, sizeof *claims, by_time);
    if (n > max)
        n = max;
    for (size_t i = 0; i < n; i++)
        claims[i].name = str_dup(claims[i].name);
    *ret = claims;
    return n;
}

bool candidate_list_claimed(struct candidate_list *l, const struct folder_claim *claims, size_t n)
{
    bool stale = false;
    for (size_t i = 0; i < n; i++) {
        struct candidate *c = find(l, claims[i].name);
        if (claims[i].r == 0)
            candidate_list_closed(l, claims[i].name);
        stale |= claims[i].r == -ESTALE;
        if (c && claims[i].r && claims[i].r != -ESTALE) {
            c->barred = true;
            c->refusal = claims[i].r;
        } else if (c) {
            c->settle = (struct settle){.times = -1}; // gone; dropped below
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].settle.times < 0)
            free(l->items[i].name);
        else
            l->items[kept++] = l->items[i];
    }
    l->n = kept;
    return stale;
}
