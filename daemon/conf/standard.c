// SPDX-License-Identifier: Apache-2.0
// Which number holds for an indicator, a stage and a day. Knows no file and no clock.
#include "conf/standard.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "catalog/texts.h"
#include "conf/standard_set.h"

#define FLOOR_DEFAULT 0.85

bool standard_matches(const char *pattern, const char *id, int *ret_stars)
{
    *ret_stars = 0;
    for (;;) {
        size_t p = strcspn(pattern, "."), n = strcspn(id, ".");
        bool star = p == 1 && *pattern == '*';
        *ret_stars += star;
        if (!star && (p != n || memcmp(pattern, id, n) != 0))
            return false;
        if (!pattern[p] || !id[n])
            return !pattern[p] && !id[n];
        pattern += p + 1;
        id += n + 1;
    }
}

static bool holds_on(const struct standard_entry *e, int date)
{
    return (!e->from || e->from <= date) && (!e->until || date <= e->until);
}

// Later files before earlier ones, then an id before a pattern, a stage before all stages, the newer start,
// the later line: the order in which a person would say "but here it says".
static bool is_nearer(const struct standard_entry *a, int a_stars, const struct standard_entry *b,
                      int b_stars)
{
    if (a->layer != b->layer)
        return a->layer > b->layer;
    if (a_stars != b_stars)
        return a_stars < b_stars;
    if ((a->stage == STAGE_NONE) != (b->stage == STAGE_NONE))
        return a->stage != STAGE_NONE;
    if (a->from != b->from)
        return a->from > b->from;
    return a->line > b->line;
}

// The nearest entry that holds and comes after `below` in that order (NULL: the first of all).
static const struct standard_entry *nearest(const struct standard_entry *list, size_t n, const char *id,
                                            enum stage stage, int date, const struct standard_entry *below)
{
    const struct standard_entry *best = NULL;
    int best_stars = 0, below_stars = 0;
    if (below)
        (void)standard_matches(below->pattern, id, &below_stars);
    for (size_t i = 0; i < n; i++) {
        const struct standard_entry *e = &list[i];
        int stars;
        if ((e->stage != STAGE_NONE && e->stage != stage) || !holds_on(e, date) ||
            !standard_matches(e->pattern, id, &stars))
            continue;
        if (below && !is_nearer(below, below_stars, e, stars))
            continue;
        if (!best || is_nearer(e, stars, best, best_stars)) {
            best = e;
            best_stars = stars;
        }
    }
    return best;
}

static bool declared(const struct indicator *ind, enum stage stage, struct threshold *ret)
{
    const struct indicator_threshold *found = NULL;
    for (size_t i = 0; i < ind->n_thresholds; i++) {
        const struct indicator_threshold *t = &ind->thresholds[i];
        if (t->stage == stage || (t->stage == STAGE_NONE && !found))
            found = t;
    }
    if (!found)
        return false;
    *ret = (struct threshold){
        .value = found->value,
        .op = ind->op,
        .floor_ratio = ind->with_floor ? FLOOR_DEFAULT : 0,
        .document = found->basis ? found->basis : "",
        .clause = "",
        .file = "",
    };
    return true;
}

bool standards_threshold(const struct standards *s, const struct indicator *ind, enum stage stage, int date,
                         struct threshold *ret)
{
    const struct standard_entry *e = nearest(s->thresholds, s->n_thresholds, ind->id, stage, date, NULL);
    if (!e)
        return declared(ind, stage, ret);
    *ret = (struct threshold){
        .value = e->value,
        .op = ind->op,
        .floor_ratio = ind->with_floor ? FLOOR_DEFAULT : 0,
        .document = e->document,
        .clause = e->clause,
        .file = e->file,
        .line = e->line,
        .from = e->from,
        .until = e->until,
    };
    // A city that changes one number keeps what it does not speak of: operator and floor come from below.
    bool has_op = false, has_floor = !ind->with_floor;
    for (; e && !(has_op && has_floor);
         e = nearest(s->thresholds, s->n_thresholds, ind->id, stage, date, e)) {
        if (!has_op && e->has_op)
            ret->op = e->op;
        if (!has_floor && e->has_floor)
            ret->floor_ratio = e->floor;
        has_op = has_op || e->has_op;
        has_floor = has_floor || e->has_floor;
    }
    return true;
}

double standards_number(const struct standards *s, const char *name, int date, double otherwise)
{
    const struct standard_entry *e = nearest(s->settings, s->n_settings, name, STAGE_NONE, date, NULL);
    return e ? e->value : otherwise;
}

bool standards_setting(const struct standards *s, const char *name, int date, struct threshold *ret)
{
    const struct standard_entry *e = nearest(s->settings, s->n_settings, name, STAGE_NONE, date, NULL);
    if (!e)
        return false;
    *ret = (struct threshold){.value = e->value,
                              .document = e->document,
                              .clause = e->clause,
                              .file = e->file,
                              .line = e->line,
                              .from = e->from,
                              .until = e->until};
    return true;
}

static void add_entries(struct buf *b, char kind, const struct standard_entry *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct standard_entry *e = &list[i];
        buf_addf(b, "%c%d %s %d %.17g %d %.17g %d %d\n", kind, e->layer, e->pattern, e->stage, e->value,
                 e->has_op ? (int)e->op : -1, e->has_floor ? e->floor : -1, e->from, e->until);
    }
}

// Only what decides: wording, documents and clauses may be corrected without judging anything again.
void standards_make_version(struct standards *s)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    add_entries(&b, 't', s->thresholds, s->n_thresholds);
    add_entries(&b, 's', s->settings, s->n_settings);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)buf_str(&b), b.len, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        (void)snprintf(s->version + 2 * i, 3, "%02x", hash[i]);
}

const char *standards_version(const struct standards *s)
{
    return s->version;
}

static void entries_free(struct standard_entry *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].pattern);
        free(list[i].document);
        free(list[i].clause);
    }
    free(list);
}

struct standards *standards_free(struct standards *s)
{
    if (s) {
        entries_free(s->thresholds, s->n_thresholds);
        entries_free(s->settings, s->n_settings);
        texts_free(s->files);
        free(s);
    }
    return NULL;
}
