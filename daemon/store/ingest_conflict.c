// SPDX-License-Identifier: Apache-2.0
// Rows of which another source says something else (数据来源不一致), summed by dataset, period and county.
#include "store/ingest_conflict.h"

#include "base/i18n.h"
#include "base/mem.h"

#define SCHOOLS_NAMED 10

static struct conflict *conflict_of(struct ingest *in, size_t dataset, int64_t period, int64_t county)
{
    for (size_t i = 0; i < in->n_conflicts; i++) {
        struct conflict *c = &in->conflicts[i];
        if (c->dataset == dataset && c->period == period && c->county == county)
            return c;
    }
    return NULL;
}

void ingest_note_conflict(struct matter *m, size_t dataset, const struct fact_found *other, bool replaced)
{
    struct ingest *in = m->in;
    const struct fact_table *t = m->table->facts;
    struct conflict *c = conflict_of(in, dataset, m->row->period, other->county);
    if (!c) {
        in->conflicts = mem_grow(in->conflicts, in->n_conflicts + 1, sizeof *in->conflicts);
        c = &in->conflicts[in->n_conflicts++];
        *c = (struct conflict){.dataset = dataset, .period = m->row->period, .county = other->county};
    }
    c->other = other->source;
    c->replaced |= replaced;
    if (c->rows++ >= SCHOOLS_NAMED || !m->school)
        return;
    const struct slot *name = t->name < t->n_columns ? &m->row->slots[t->name] : NULL;
    buf_adds(&c->schools, c->schools.len ? _(", ") : "");
    if (name && name->kind == SLOT_TEXT) {
        CLEANUP_FREE char *text = str_ndup(name->text, name->len);
        buf_addf(&c->schools, _("%1$s (%2$s)"), text, code_text(in->store, m->school));
    } else
        buf_adds(&c->schools, code_text(in->store, m->school));
}

void ingest_drop_conflicts(struct ingest *in)
{
    for (size_t i = 0; i < in->n_conflicts; i++)
        buf_deinit(&in->conflicts[i].schools);
    in->n_conflicts = 0;
}

static int hand_over(struct ingest *in, struct conflict *c, ingest_conflict_fn *fn, void *arg,
                     struct error *err)
{
    if (c->rows > SCHOOLS_NAMED)
        buf_addf(&c->schools, _(" and %lld more"), (long long)(c->rows - SCHOOLS_NAMED));
    const struct ingest_conflict out = {
        .dataset = in->catalog->datasets[c->dataset],
        .period = code_text(in->store, c->period),
        .county = code_text(in->store, c->county),
        .other = c->rows ? code_text(in->store, c->other) : NULL,
        .rows = c->rows,
        .replaced = c->replaced,
        .schools = buf_str(&c->schools),
    };
    return fn(&out, arg, err);
}

int ingest_conflicts(struct ingest *in, ingest_conflict_fn *fn, void *arg, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < in->n_conflicts; i++)
        r = hand_over(in, &in->conflicts[i], fn, arg, err);
    for (size_t i = 0; r == 0 && i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        struct conflict none = {.dataset = t->dataset, .period = t->period, .county = t->county};
        if (t->rows && !conflict_of(in, t->dataset, t->period, t->county))
            r = hand_over(in, &none, fn, arg, err);
    }
    return r;
}
