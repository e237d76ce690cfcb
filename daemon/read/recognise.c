// SPDX-License-Identifier: Apache-2.0
// Natural key plus most header matches.
#include "read/recognise.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

#define RATIOS_MIN 3

bool recognise_enough(size_t matched, size_t texts)
{
    return matched >= 3 || (matched > 0 && matched * 2 >= texts);
}

static bool fits(const struct header *h, size_t p)
{
    const struct header_score *s = &h->scores[p];
    return s->keys && s->needs && recognise_enough(s->matched, h->texts);
}

static bool named(const struct plan *p, const char *names)
{
    struct buf folded = BUF_INIT;
    const char *pattern = p->d->name_pattern ? p->d->name_pattern : p->d->title;
    fold_text(pattern, strlen(pattern), &folded);
    bool there = folded.len && strstr(names, folded.data);
    buf_deinit(&folded);
    return there;
}

static void take_best(struct recognition *r, const struct header *h, struct plan *const *plans,
                      const char *names, bool allowed)
{
    for (size_t p = 0; p < h->n_plans; p++) {
        size_t matched = h->scores[p].matched;
        if (plans[p]->allowed != allowed || !fits(h, p) || matched < r->matched)
            continue;
        bool tie = r->kind != RECOGNISED_NOT && matched == r->matched;
        if (tie && named(plans[r->plan], names) != named(plans[p], names)) {
            tie = false;
            if (!named(plans[p], names))
                continue;
        }
        r->kind = tie ? RECOGNISED_TIE : RECOGNISED;
        if (tie)
            r->other = p;
        else
            r->plan = p;
        r->matched = matched;
    }
}

static void find_nearest(struct recognition *r, const struct header *h, struct plan *const *plans)
{
    for (size_t p = 0; p < h->n_plans; p++) {
        size_t matched = h->scores[p].matched + h->scores[p].hidden;
        if (plans[p]->allowed && matched > r->nearest_matched) {
            r->nearest = p;
            r->nearest_matched = matched;
        }
    }
}

static bool is_ratio_table(const struct header_score *s)
{
    return s->name && !s->entity && s->hidden >= RATIOS_MIN;
}

struct recognition recognise(const struct header *h, struct plan *const *plans, const char *names)
{
    struct recognition r = {.kind = RECOGNISED_NOT, .nearest = SIZE_MAX};
    find_nearest(&r, h, plans);
    take_best(&r, h, plans, names, true);
    for (size_t p = 0; p < h->n_plans && r.kind == RECOGNISED_NOT; p++) {
        if (plans[p]->allowed && is_ratio_table(&h->scores[p])) {
            r.kind = RECOGNISED_II_2;
            r.plan = p;
            r.matched = h->scores[p].matched + h->scores[p].hidden;
        }
    }
    if (r.kind == RECOGNISED && h->scores[r.plan].twice != NO_COLUMN)
        r.kind = RECOGNISED_TWICE;
    if (r.kind == RECOGNISED_NOT) {
        take_best(&r, h, plans, names, false);
        if (r.kind != RECOGNISED_NOT)
            r.kind = RECOGNISED_OTHER;
    }
    return r;
}

char *recognise_missing(const struct header *h, size_t plan, const struct plan *p)
{
    struct buf b = BUF_INIT;
    for (size_t c = 0; c < p->d->n_columns; c++) {
        bool there = false;
        for (size_t col = 0; col < h->width && !there; col++)
            there = header_hit(h, plan, col)->column == c;
        if (!there && plan_key_needed(p, c))
            buf_addf(&b, "%s“%s”", b.len ? "、" : "", p->d->columns[c].header);
    }
    for (size_t i = 0; i < p->n_needs && !h->scores[plan].needs; i++)
        buf_addf(&b, "%s“%s”", b.len ? "、" : "", p->d->columns[p->needs[i]].header);
    return buf_take(&b);
}
