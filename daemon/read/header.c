// SPDX-License-Identifier: Apache-2.0
// Headers of several rows against the headers the datasets know.
#include "read/header.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

#define PART_MAX 256
#define RANK_PAIR 100u

struct part {
    char key[PART_MAX];
    size_t len;
    enum stage stage; // the whole part is a stage word
};

// The titles above one column, top first.
struct path {
    struct part parts[HEADER_ROWS_MAX];
    size_t n;
    const struct unit *unit;
    enum stage stage;
};

struct match {
    struct plan *const *plans;
    const struct header_index *index;
    struct header_hit *hits; // of one column, per plan, `stride` apart
    size_t stride;
    unsigned rank;
};

enum stage stage_word(const char *folded)
{
    static const struct {
        const char *word;
        enum stage stage;
    } words[] = {{"小学", STAGE_PRIMARY},
                 {"初中", STAGE_JUNIOR},
                 {"普通小学", STAGE_PRIMARY},
                 {"普通初中", STAGE_JUNIOR},
                 {"高中", STAGE_SENIOR}};
    static const char *const tails[] = {"", "部", "段", "阶段", "学段", "部分"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!text_begins(folded, words[i].word))
            continue;
        for (size_t k = 0; k < ARRAY_SIZE(tails); k++) {
            if (strcmp(folded + strlen(words[i].word), tails[k]) == 0)
                return words[i].stage;
        }
    }
    return STAGE_NONE;
}

static const char *stage_text(enum stage s)
{
    return s == STAGE_PRIMARY ? "小学" : s == STAGE_JUNIOR ? "初中" : "高中";
}

// Marks of owed columns and words of parts: *学校代码, 其中:专任教师, (必填).
static void strip_marks(struct buf *folded)
{
    static const char *const before[] = {"其中:", "其中,", "其中"}, *const after[] = {"(必填)", "(选填)",
                                                                                      "(必填项)"};
    for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
        if (text_begins(buf_str(folded), before[i]) && folded->len > strlen(before[i])) {
            buf_consume(folded, strlen(before[i]));
            break;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
        if (text_ends(buf_str(folded), after[i])) {
            folded->len -= strlen(after[i]);
            folded->data[folded->len] = '\0';
        }
    }
}

static void path_add(struct path *p, const char *text, size_t len)
{
    struct buf folded = BUF_INIT;
    fold_text(text, len, &folded);
    strip_marks(&folded);
    const struct unit *unit = unit_find(buf_str(&folded), folded.len);
    size_t n = folded.len;
    if (!unit && n > 2 && folded.data[0] == '(' && folded.data[n - 1] == ')')
        unit = unit_find(folded.data + 1, n - 2);
    if (unit) {
        p->unit = unit; // a row of units below the titles
        buf_deinit(&folded);
        return;
    }
    unit = n ? unit_split(folded.data, &folded.len) : NULL;
    if (unit)
        p->unit = unit;
    enum stage stage = stage_word(buf_str(&folded));
    fold_key(&folded);
    bool again = p->n && p->parts[p->n - 1].len == folded.len &&
                 memcmp(p->parts[p->n - 1].key, buf_str(&folded), folded.len) == 0;
    if (folded.len && folded.len < PART_MAX && !again && p->n < HEADER_ROWS_MAX) {
        struct part *part = &p->parts[p->n++];
        memcpy(part->key, folded.data, folded.len + 1);
        part->len = folded.len;
        part->stage = stage;
        if (stage != STAGE_NONE)
            p->stage = stage;
    }
    buf_deinit(&folded);
}

// A figure under the title 小学 is never the school's total; a name or code is what it is under any title.
static bool stage_allows(const struct column *c, enum stage said, bool in_key)
{
    if (said == STAGE_NONE || in_key || c->stage == said)
        return true;
    return c->type != COLUMN_INTEGER && c->type != COLUMN_DECIMAL && c->type != COLUMN_PERCENT;
}

static void try_key(struct match *m, const char *key, size_t len, enum stage said, bool in_key)
{
    m->rank++;
    for (uint32_t i = header_index_find(m->index, key, len); i; i = header_index_posting(m->index, i)->next) {
        const struct header_posting *p = header_index_posting(m->index, i);
        struct header_hit *hit = &m->hits[p->plan * m->stride];
        if (hit->column == NO_COLUMN && stage_allows(&m->plans[p->plan]->d->columns[p->column], said, in_key))
            *hit = (struct header_hit){.column = p->column, .junior = NO_COLUMN, .rank = m->rank};
    }
}

static void join(const struct path *p, size_t from, bool with_stages, struct buf *out)
{
    for (size_t i = from; i < p->n; i++) {
        if (with_stages || p->parts[i].stage == STAGE_NONE)
            buf_add(out, p->parts[i].key, p->parts[i].len);
    }
}

// Tries one joined title with the stage behind it and before it, as the declared headers have it.
static void try_staged(struct match *m, const struct buf *title, enum stage stage)
{
    struct buf key = BUF_INIT;
    buf_add(&key, buf_str(title), title->len);
    buf_adds(&key, stage_text(stage));
    try_key(m, key.data, key.len, stage, true);
    buf_reset(&key);
    buf_adds(&key, stage_text(stage));
    buf_add(&key, buf_str(title), title->len);
    try_key(m, key.data, key.len, stage, true);
    buf_deinit(&key);
}

// A header that names no stage but is kept per stage: both parts, which of them the rows must say.
static void try_pair(struct match *m, const struct buf *title)
{
    m->rank = m->rank < RANK_PAIR ? RANK_PAIR : m->rank + 1;
    struct buf key = BUF_INIT;
    for (enum stage s = STAGE_PRIMARY; s <= STAGE_JUNIOR; s++) {
        buf_reset(&key);
        buf_add(&key, buf_str(title), title->len);
        buf_adds(&key, stage_text(s));
        for (uint32_t i = header_index_find(m->index, key.data, key.len); i;
             i = header_index_posting(m->index, i)->next) {
            const struct header_posting *p = header_index_posting(m->index, i);
            struct header_hit *hit = &m->hits[p->plan * m->stride];
            if (s == STAGE_PRIMARY && hit->column == NO_COLUMN)
                *hit = (struct header_hit){.column = p->column, .junior = NO_COLUMN, .rank = m->rank};
            else if (s == STAGE_JUNIOR && hit->rank == m->rank)
                hit->junior = p->column;
        }
    }
    buf_deinit(&key);
}

// Where only one of the two stages is kept, a header without stage may as well mean both.
static void drop_half_pairs(const struct match *m, size_t n_plans)
{
    for (size_t p = 0; p < n_plans; p++) {
        struct header_hit *hit = &m->hits[p * m->stride];
        if (hit->column != NO_COLUMN && hit->rank >= RANK_PAIR && hit->junior == NO_COLUMN)
            hit->column = NO_COLUMN;
    }
}

// 小学专任教师人数 in one cell: the stage stands before the title.
static void try_leading_stage(struct match *m, const struct path *p, struct buf *title)
{
    const struct part *last = &p->parts[p->n - 1];
    for (enum stage s = STAGE_PRIMARY; s <= STAGE_SENIOR; s++) {
        size_t n = strlen(stage_text(s));
        if (last->len <= n || memcmp(last->key, stage_text(s), n) != 0)
            continue;
        buf_reset(title);
        buf_add(title, last->key + n, last->len - n);
        try_staged(m, title, s);
    }
}

static void match_path(struct match *m, const struct path *p, size_t n_plans)
{
    if (!p->n)
        return;
    struct buf title = BUF_INIT;
    bool stage_below = false; // a stage word among the parts that are joined
    for (size_t from = 0; from < p->n; from++) {
        stage_below = false;
        for (size_t i = from; i < p->n; i++)
            stage_below = stage_below || p->parts[i].stage != STAGE_NONE;
        buf_reset(&title);
        join(p, from, true, &title);
        try_key(m, title.data, title.len, p->stage, stage_below);
    }
    for (size_t from = 0; from < p->n; from++) {
        buf_reset(&title);
        join(p, from, false, &title);
        if (title.len && p->stage != STAGE_NONE)
            try_staged(m, &title, p->stage);
    }
    if (p->stage == STAGE_NONE) {
        try_leading_stage(m, p, &title);
        for (size_t from = 0; from < p->n; from++) {
            buf_reset(&title);
            join(p, from, true, &title);
            try_pair(m, &title);
        }
        drop_half_pairs(m, n_plans);
    }
    buf_deinit(&title);
}

static void hits_clear(struct header_hit *hits, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        hits[i * stride] = (struct header_hit){.column = NO_COLUMN, .junior = NO_COLUMN};
}

void header_match_text(const char *text, size_t len, struct plan *const *plans, size_t n_plans,
                       const struct header_index *index, struct header_hit *hits,
                       const struct unit **ret_unit)
{
    struct path p = {0};
    struct match m = {.plans = plans, .index = index, .hits = hits, .stride = 1};
    hits_clear(hits, n_plans, 1);
    path_add(&p, text, len);
    match_path(&m, &p, n_plans);
    *ret_unit = p.unit;
}

// The text that stands for (level, col): a merged range shows the text of its first cell.
static const struct cell *cell_at(struct held_row *const *rows, size_t n, size_t level, uint32_t col,
                                  const struct merge *merges, size_t n_merges)
{
    uint32_t at = rows[level]->row.row;
    const struct cell *c = row_cell(&rows[level]->row, col);
    if (!cell_is_blank(c))
        return c;
    for (size_t i = 0; i < n_merges; i++) {
        const struct merge *m = &merges[i];
        if (at < m->row1 || at > m->row2 || col < m->col1 || col > m->col2)
            continue;
        for (size_t k = 0; k < n; k++) {
            if (rows[k]->row.row == m->row1)
                return row_cell(&rows[k]->row, m->col1);
        }
    }
    return NULL;
}

// Cells of the header, level × width, filled from merged ranges or, where the file knows none here, from the
// left.
static const struct cell **grid_new(struct held_row *const *rows, size_t n, size_t width,
                                    const struct merge *merges, size_t n_merges)
{
    const struct cell **grid = mem_array(n * width + 1, sizeof *grid);
    struct merge *near = mem_array(n_merges + 1, sizeof *near);
    size_t merged = 0;
    for (size_t i = 0; i < n_merges; i++) {
        if (merges[i].row1 <= rows[n - 1]->row.row && merges[i].row2 >= rows[0]->row.row)
            near[merged++] = merges[i];
    }
    for (size_t level = 0; level < n; level++) {
        for (size_t col = 0; col < width; col++)
            grid[level * width + col] = cell_at(rows, n, level, (uint32_t)col, near, merged);
    }
    free(near);
    for (size_t level = 0; !merged && level + 1 < n; level++) {
        for (size_t col = 1; col < width; col++) {
            bool below = false, same_group = true;
            for (size_t k = level + 1; k < n; k++)
                below = below || !cell_is_blank(grid[k * width + col]);
            for (size_t k = 0; k < level; k++)
                same_group = same_group && grid[k * width + col] == grid[k * width + col - 1];
            if (cell_is_blank(grid[level * width + col]) && below && same_group)
                grid[level * width + col] = grid[level * width + col - 1];
        }
    }
    return grid;
}

static void add_title(struct buf *title, const struct cell *c)
{
    if (title->len)
        buf_addc(title, ' ');
    for (const char *s = c->text, *end = c->text + c->len; s < end; s++)
        buf_addc(title, (unsigned char)*s < ' ' ? ' ' : *s);
}

static void read_column(struct header *h, size_t col, const struct cell *const *grid,
                        struct held_row *const *rows, size_t n, struct match *m)
{
    struct path path = {0};
    struct buf title = BUF_INIT;
    const struct cell *before = NULL;
    struct header_column *hc = &h->columns[col];
    for (size_t level = 0; level < n; level++) {
        const struct cell *c = grid[level * h->width + col];
        if (cell_is_blank(c) || c == before)
            continue;
        size_t parts = path.n;
        path_add(&path, c->text, c->len);
        if (path.n > parts || !hc->leaf) {
            hc->leaf = c->text;
            hc->leaf_row = rows[level]->row.row;
        }
        if (title.len < PART_MAX)
            add_title(&title, c);
        before = c;
    }
    hc->unit = path.unit;
    hc->stage = path.stage;
    h->texts += path.n > 0;
    if (title.len)
        hc->title = buf_take(&title);
    m->hits = h->hits + col;
    m->rank = 0;
    match_path(m, &path, h->n_plans);
}

// The closer of two headers keeps a column; the other one is unknown then.
static void settle_claims(struct header *h, size_t plan, const struct plan *p)
{
    struct header_score *score = &h->scores[plan];
    size_t *owner = mem_array(p->d->n_columns + 1, sizeof *owner);
    for (size_t i = 0; i < p->d->n_columns; i++)
        owner[i] = NO_COLUMN;
    for (size_t col = 0; col < h->width; col++) {
        struct header_hit *hit = &h->hits[plan * h->width + col];
        if (hit->column == NO_COLUMN)
            continue;
        size_t *mine = &owner[hit->column];
        struct header_hit *other = *mine == NO_COLUMN ? NULL : &h->hits[plan * h->width + *mine];
        if (other && other->rank == hit->rank && score->twice == NO_COLUMN) {
            score->twice = hit->column;
            score->twice_at[0] = (uint32_t)*mine;
            score->twice_at[1] = (uint32_t)col;
        }
        if (!other) {
            *mine = col;
        } else if (hit->rank < other->rank) {
            other->column = NO_COLUMN;
            *mine = col;
        } else {
            hit->column = NO_COLUMN;
        }
    }
    free(owner);
}

static void score_plan(struct header *h, size_t plan, const struct plan *p)
{
    struct header_score *s = &h->scores[plan];
    bool *there = mem_array(p->d->n_columns + 1, sizeof *there);
    s->twice = NO_COLUMN;
    settle_claims(h, plan, p);
    for (size_t col = 0; col < h->width; col++) {
        const struct header_hit *hit = header_hit(h, plan, col);
        if (hit->column == NO_COLUMN)
            continue;
        s->hidden += p->d->columns[hit->column].hidden;
        if (hit->junior == NO_COLUMN) {
            there[hit->column] = true;
            s->matched++;
        }
    }
    s->keys = true;
    for (size_t c = 0; c < p->d->n_columns; c++)
        s->keys = s->keys && (there[c] || !plan_key_needed(p, c));
    s->needs = p->n_needs == 0;
    for (size_t i = 0; i < p->n_needs; i++)
        s->needs = s->needs || there[p->needs[i]];
    s->name = p->name != NO_COLUMN && there[p->name];
    s->entity = p->entity != NO_COLUMN && there[p->entity];
    free(there);
}

struct header *header_new(struct held_row *const *rows, size_t n, const struct merge *merges, size_t n_merges,
                          struct plan *const *plans, size_t n_plans, const struct header_index *index)
{
    struct header *h = mem_alloc(sizeof *h);
    for (size_t i = 0; i < n; i++) {
        const struct sheet_row *r = &rows[i]->row;
        size_t end = r->n ? (size_t)r->cells[r->n - 1].col + 1 : 0;
        h->width = end > h->width ? end : h->width;
    }
    if (h->width > HEADER_WIDTH_MAX)
        h->width = HEADER_WIDTH_MAX;
    h->n_plans = n_plans;
    h->first_row = rows[0]->row.row;
    h->last_row = rows[n - 1]->row.row;
    h->columns = mem_array(h->width + 1, sizeof *h->columns);
    h->hits = mem_array(h->width * n_plans + 1, sizeof *h->hits);
    h->scores = mem_array(n_plans + 1, sizeof *h->scores);
    hits_clear(h->hits, h->width * n_plans, 1);
    const struct cell **grid = grid_new(rows, n, h->width, merges, n_merges);
    struct match m = {.plans = plans, .index = index, .stride = h->width};
    for (size_t col = 0; col < h->width; col++)
        read_column(h, col, grid, rows, n, &m);
    free(grid);
    for (size_t p = 0; p < n_plans; p++)
        score_plan(h, p, plans[p]);
    return h;
}

struct header *header_free(struct header *h)
{
    if (!h)
        return NULL;
    for (size_t i = 0; i < h->width; i++)
        free(h->columns[i].title);
    free(h->columns);
    free(h->hits);
    free(h->scores);
    free(h);
    return NULL;
}

const struct header_hit *header_hit(const struct header *h, size_t plan, size_t col)
{
    return &h->hits[plan * h->width + col];
}

size_t header_known_cells(const struct sheet_row *row, const struct header_index *index)
{
    struct buf key = BUF_INIT;
    size_t known = 0;
    for (size_t i = 0; i < row->n && i < HEADER_WIDTH_MAX; i++) {
        const struct cell *c = &row->cells[i];
        if (c->type != CELL_TEXT || c->len > PART_MAX)
            continue;
        fold_text(c->text, c->len, &key);
        strip_marks(&key);
        (void)(key.len && unit_split(key.data, &key.len));
        fold_key(&key);
        known += key.len && header_index_find(index, key.data, key.len) != 0;
    }
    buf_deinit(&key);
    return known;
}
