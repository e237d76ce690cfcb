// SPDX-License-Identifier: Apache-2.0
// The fate of one row: what it replaces, what it repeats, what it contradicts.
#include "store/ingest_conflict.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

struct tally *ingest_tally(struct ingest *in, size_t dataset, int64_t period, int64_t county)
{
    bool is_new;
    uint64_t key = hash_u64(hash_u64(hash_u64(0, dataset), (uint64_t)period), (uint64_t)county);
    struct key_entry *e = key_set_add(&in->tally_index, key, &is_new);
    if (is_new) {
        if (in->n_tallies == in->cap_tallies) {
            in->cap_tallies = in->cap_tallies ? in->cap_tallies * 2 : 16;
            in->tallies = mem_grow(in->tallies, in->cap_tallies, sizeof *in->tallies);
        }
        e->tally = (uint32_t)in->n_tallies;
        in->tallies[in->n_tallies++] = (struct tally){.dataset = dataset, .period = period, .county = county};
    }
    return &in->tallies[e->tally];
}

static size_t dataset_no(const struct ingest *in, const struct dataset *d)
{
    size_t i = 0;
    while (in->catalog->datasets[i] != d)
        i++;
    return i;
}

static void mark_changed(struct matter *m, int64_t county)
{
    const struct dataset *d = m->table->facts->dataset;
    ingest_tally(m->in, dataset_no(m->in, d), m->row->period, county)->changed = true;
    if (strcmp(d->id, ROSTER_DATASET) == 0) {
        m->in->roster_changed = true;
        m->in->last_school.valid = false;
    }
}

// Whether ours may replace what the other source said; one that is no longer configured has no say.
static bool beats(const struct ingest *in, int64_t other)
{
    const struct source_config *c = config_source(in->config, code_text(in->store, other));
    return !c || in->source->precedence > c->precedence;
}

// 表Ⅱ-2 has a block for each stage: a later file of blocks replaces the columns it has.
static int is_block_of_form(struct ingest *in, const struct fact_found *found, bool *ret, struct error *err)
{
    struct sql *q = sql_get(
        in->store,
        "SELECT 1 FROM submission_table WHERE submission = :submission AND no = :no AND kind = 'form_ii_2'",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", found->submission);
    sql_bind_int(q, ":no", found->table);
    int64_t one;
    int r = sql_one_int(q, 0, &one, err);
    if (r == 0)
        *ret = one != 0;
    return r;
}

static int replace(struct matter *m, const struct fact_found *found, struct error *err)
{
    struct ingest *in = m->in;
    struct fact_table *t = m->table->facts;
    bool changed = false, block = false;
    int r = strcmp(m->table->kind, "form_ii_2") == 0 ? is_block_of_form(in, found, &block, err) : 0;
    if (r < 0)
        return r;
    if (block)
        m->row->given = m->table->given;
    if (found->source != in->source_code && !beats(in, found->source)) {
        r = fact_differs(t, m->row, &changed, err);
        if (r == 0 && changed) {
            ingest_note_conflict(m, dataset_no(in, t->dataset), found, false);
            matter_refuse(
                m, "other_source", t->n_columns,
                str_printf(
                    _("The source \"%1$s\" has handed in other figures for this row, and \"%2$s\" does not take precedence "
                      "over it; what stood was kept. Settle which of the two is right."),
                    code_text(in->store, found->source), in->source->name));
        }
        in->rows_unchanged += r == 0 && !changed;
        return r;
    }
    r = fact_update(t, m->row, &changed, err);
    if (r < 0)
        return r;
    if (changed && found->source != in->source_code) {
        ingest_note_conflict(m, dataset_no(in, t->dataset), found, true);
        in->replaced_others++;
        in->replaced_source = found->source;
    }
    bool moved = found->county != m->row->county;
    if (!changed && moved)
        r = fact_move(t, m->row, err);
    in->rows_unchanged += !changed;
    if (changed || moved) {
        mark_changed(m, m->row->county);
        mark_changed(m, found->county);
    }
    return r;
}

static int write_row(struct matter *m, struct error *err)
{
    struct fact_found found;
    struct fact_table *t = m->table->facts;
    int r = fact_probe(t, m->row, &found, err);
    if (r < 0)
        return r;
    if (found.found) {
        r = ingest_note_replaced(m->in, &found, err);
        return r < 0 ? r : replace(m, &found, err);
    }
    m->in->rows_new++;
    r = fact_insert(t, m->row, err);
    if (r == 0)
        mark_changed(m, m->row->county);
    return r;
}

static struct tally *tally_of(struct matter *m)
{
    return ingest_tally(m->in, dataset_no(m->in, m->table->facts->dataset), m->row->period, m->row->county);
}

// The second row of a key says something else: neither stands, whichever came first.
static int contradict(struct matter *m, struct key_entry *e, struct error *err)
{
    struct ingest *in = m->in;
    const struct ingest_table *first = &in->tables[e->table];
    matter_refuse(
        m, "duplicate_key", m->table->facts->n_columns,
        str_printf(
            _("Row %1$u of sheet \"%2$s\" has the same key and other figures; neither row was stored."),
            e->row, first->sheet));
    if (e->contradicted)
        return 0;
    e->contradicted = true;
    ingest_complain(
        in, "refuse", "duplicate_key",
        &(struct issue_at){.table = first, .row = e->row, .column = first->facts->n_columns, .fact = m->row},
        str_printf(
            _("Row %1$u of sheet \"%2$s\" has the same key and other figures; neither row was stored."),
            m->row->row, m->table->sheet));
    in->rows_ok--;
    in->rows_bad++;
    in->tallies[e->tally].rows--;
    return fact_undo(m->table->facts, m->row, err);
}

// The same key in another table of the file, with nothing that contradicts: two halves of one row.
static int merge(struct matter *m, struct key_entry *e, struct error *err)
{
    const struct fact_table *t = m->table->facts;
    CLEANUP_FREE bool *given = mem_array(t->n_columns + 1, sizeof *given);
    bool changed;
    for (size_t i = 0; i < t->n_columns; i++)
        given[i] = m->table->given[i] && m->row->slots[i].kind != SLOT_NULL;
    m->row->given = given;
    e->partial = true;
    int r = fact_update(m->table->facts, m->row, &changed, err);
    if (r == 0 && changed)
        mark_changed(m, m->row->county);
    m->row->given = NULL;
    return r;
}

static int second_of_key(struct matter *m, struct key_entry *e, uint64_t content, struct error *err)
{
    bool contradicts = e->contradicted;
    int r = 0;
    if (!contradicts && !e->partial && e->content == content) {
        m->in->rows_unchanged++;
        matter_ask(m, "duplicate_row", m->table->facts->n_columns,
                   str_printf(_("The row repeats row %u word for word; it was counted once."), e->row));
        return 0;
    }
    // 表Ⅱ-2 has a block for each stage in one table: 小学部 and 初中部 of a school are halves of one row,
    // too.
    if (!contradicts && (e->table != m->row->table || strcmp(m->table->kind, "form_ii_2") == 0))
        r = fact_contradicts(m->table->facts, m->row, &contradicts, err);
    else
        contradicts = true;
    if (r < 0)
        return r;
    return contradicts ? contradict(m, e, err) : merge(m, e, err);
}

static int settle(struct matter *m, struct error *err)
{
    struct ingest *in = m->in;
    const struct fact_table *t = m->table->facts;
    bool first;
    uint64_t key = fact_key_hash(t, m->row->period, m->row->slots),
             content = fact_content_hash(t, m->row->slots);
    struct key_entry *e = key_set_add(&in->keys, key, &first);
    if (!first)
        return second_of_key(m, e, content, err);
    int r = write_row(m, err);
    if (r < 0)
        return r;
    if (m->refused) {
        key_set_remove(&in->keys, key);
        return 0;
    }
    struct tally *tally = tally_of(m);
    tally->rows++;
    tally->wide |= strcmp(m->table->kind, "wide") == 0;
    e->content = content;
    e->row = m->row->row;
    e->table = (uint16_t)m->row->table;
    e->tally = (uint32_t)(tally - in->tallies);
    return 0;
}

int ingest_row(struct ingest *in, struct ingest_table *t, struct fact_row *row, struct error *err)
{
    struct matter m = {.in = in, .table = t, .row = row};
    row->source = in->source_code;
    row->submission = in->submission;
    int r = matter_whose(&m, err);
    if (r == 0 && !m.refused)
        r = settle(&m, err);
    if (r < 0)
        return r;
    if (m.refused)
        in->rows_bad++;
    else
        in->rows_ok++;
    return 0;
}
