// SPDX-License-Identifier: Apache-2.0
// The way of a file from .claimed/ to its end state: who is under way, who may begin, who is taken up again.
#include "flow/intake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "flow/item.h"

#define FILES_MAX 128      // under way at once
#define WRITER_BEHIND 1000 // jobs waiting: no more files are claimed
#define TICK_MS 100
#define READERS_MAX 4

// Rows that a recovery found, those that are not stored yet first, each in the order of claiming.
struct recovery {
    struct intake *owner;
    struct writer_job job;
    struct submission *rows;
    size_t n, cap, next;
    bool listed;
    void (*done)(void *arg);
    void *arg;
};

static void recovery_free(struct recovery *rec)
{
    for (size_t i = rec->next; i < rec->n; i++)
        submission_deinit(&rec->rows[i]);
    free(rec->rows);
    free(rec);
}

static struct item *item_new(struct intake *in, const struct source_config *source, const char *claimed)
{
    struct item *it = mem_alloc(sizeof *it);
    *it =
        (struct item){.owner = in, .plan = plan_ref(in->plan), .source = source, .claimed = str_dup(claimed)};
    it->work.data = it;
    *in->last = it;
    in->last = &it->next;
    in->n++;
    return it;
}

void intake_drop(struct item *it)
{
    struct intake *in = it->owner;
    struct item **at = &in->first;
    while (*at != it)
        at = &(*at)->next;
    *at = it->next;
    if (!it->next)
        in->last = at;
    in->n--;
    item_free(it);
}

static const struct item *find(const struct intake *in, int64_t id, const char *source, const char *claimed)
{
    for (const struct item *it = in->first; it; it = it->next) {
        if (id && it->sub.id == id)
            return it;
        if (claimed && it->claimed && strcmp(it->claimed, claimed) == 0 &&
            strcmp(it->source->name, source) == 0)
            return it;
    }
    return NULL;
}

static void adopt(struct intake *in, struct submission *row)
{
    const struct source_config *source = config_source(in->plan->config, row->source);
    enum item_stage stage = item_stage_of(row);
    if (!source || stage == ITEM_GONE || find(in, row->id, row->source, row->claimed)) {
        if (!source)
            log_warn("%s: its source %s is no longer configured; it waits", row->public_id, row->source);
        submission_deinit(row);
        return;
    }
    struct item *it = item_new(in, source, row->claimed);
    it->sub = *row;
    it->mtime_ms = row->mtime_ms;
    it->stage = stage;
}

static bool recovery_step(struct intake *in)
{
    struct recovery *rec = in->recovery;
    if (!rec || !rec->listed)
        return false;
    size_t before = rec->next;
    while (rec->next < rec->n && in->n < FILES_MAX)
        adopt(in, &rec->rows[rec->next++]);
    bool some = rec->next != before;
    if (rec->next == rec->n) {
        in->recovery = NULL;
        recovery_free(rec);
    }
    return some;
}

static bool recovery_holds_unstored(const struct intake *in)
{
    const struct recovery *rec = in->recovery;
    return rec && rec->listed && rec->next < rec->n && strcmp(rec->rows[rec->next].state, "received") == 0;
}

static void on_tick(uv_timer_t *timer);

static void on_tick_closed(uv_handle_t *handle)
{
    struct intake *in = handle->data;
    void (*closed)(void *) = in->closed;
    void *arg = in->closed_arg;
    plan_unref(in->plan);
    free((char *)(uintptr_t)in->setup.state_dir);
    free(in);
    closed(arg);
}

static void maybe_closed(struct intake *in)
{
    bool busy = in->recovery && !in->recovery->listed;
    for (struct item *it = in->first; it; it = it->next)
        busy |= it->busy;
    if (!in->closing || busy || uv_is_closing((uv_handle_t *)&in->tick))
        return;
    while (in->first)
        intake_drop(in->first);
    if (in->recovery)
        recovery_free(TAKE(in->recovery));
    uv_close((uv_handle_t *)&in->tick, on_tick_closed);
}

static bool go_once(struct intake *in)
{
    bool ended = false;
    for (struct item *it = in->first, *next; it; it = next) {
        item_go(it);
        next = it->next;
        if (it->stage == ITEM_GONE && !it->busy) {
            intake_drop(it);
            ended = true;
        }
    }
    return recovery_step(in) || ended;
}

// A step may end at once and call this again: the round at hand then goes once more instead of nesting.
void intake_go(struct intake *in)
{
    in->go_again = true;
    if (in->going)
        return;
    in->going = true;
    bool ended = false;
    while (in->go_again && !in->closing) {
        in->go_again = false;
        bool some = go_once(in);
        ended |= some;
        in->go_again |= some;
    }
    in->going = false;
    if (in->closing) {
        maybe_closed(in);
        return;
    }
    if (in->n && !uv_is_active((uv_handle_t *)&in->tick))
        (void)uv_timer_start(&in->tick, on_tick, TICK_MS, TICK_MS);
    if (ended)
        in->setup.on_room(in->setup.arg);
}

static void on_tick(uv_timer_t *timer)
{
    struct intake *in = timer->data;
    if (!in->n)
        (void)uv_timer_stop(timer);
    intake_go(in);
}

static size_t reader_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > READERS_MAX ? READERS_MAX : (size_t)n;
}

struct intake *intake_open(const struct intake_setup *setup)
{
    struct intake *in = mem_alloc(sizeof *in);
    *in = (struct intake){.setup = *setup, .max_readers = reader_count()};
    in->setup.state_dir = str_dup(setup->state_dir); // the plan it comes from may be replaced
    in->last = &in->first;
    in->tick.data = in;
    (void)uv_timer_init(setup->loop, &in->tick);
    return in;
}

void intake_set_plan(struct intake *in, struct plan *plan)
{
    plan_unref(in->plan);
    in->plan = plan_ref(plan);
}

size_t intake_room(const struct intake *in)
{
    bool held = in->closing || in->space_short || recovery_holds_unstored(in) ||
                (in->recovery && !in->recovery->listed);
    if (held || in->n >= FILES_MAX || writer_waiting(in->setup.writer) > WRITER_BEHIND)
        return 0;
    return FILES_MAX - in->n;
}

void intake_claimed(struct intake *in, const char *source, const struct folder_claim *claims, size_t n)
{
    const struct source_config *conf = config_source(in->plan->config, source);
    if (!conf)
        return; // removed by a reload in between: found in .claimed/ when it is configured again
    for (size_t i = 0; i < n; i++) {
        if (claims[i].r == 0)
            item_new(in, conf, claims[i].claimed)->mtime_ms = claims[i].mtime_ms;
    }
    intake_go(in);
}

void intake_found(struct intake *in, const char *source, char *const *claimed, size_t n)
{
    const struct source_config *conf = config_source(in->plan->config, source);
    for (size_t i = 0; conf && i < n; i++) {
        if (!find(in, 0, source, claimed[i]))
            (void)item_new(in, conf, claimed[i]);
    }
    intake_go(in);
}

void intake_readers_ready(struct intake *in)
{
    intake_go(in);
}

static int collect(const struct submission *sub, void *arg)
{
    struct recovery *rec = arg;
    if (rec->n == rec->cap) {
        rec->cap = rec->cap ? 2 * rec->cap : 64;
        rec->rows = mem_grow(rec->rows, rec->cap, sizeof *rec->rows);
    }
    struct submission *row = &rec->rows[rec->n++];
    *row = *sub;
    char **texts[] = {&row->public_id, &row->source,  &row->file,    &row->claimed,  &row->spool,
                      &row->sha256,    &row->state,   &row->dataset, &row->period,   &row->county,
                      &row->code,      &row->message, &row->summary, &row->archived, &row->receipt};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = str_dup(*texts[i]);
    return 0;
}

static int unstored_first(const void *a, const void *b)
{
    const struct submission *x = a, *y = b;
    int rx = strcmp(x->state, "received") == 0, ry = strcmp(y->state, "received") == 0;
    return rx != ry ? ry - rx : (x->id > y->id) - (x->id < y->id);
}

// Writer thread. Reads only.
static int work_recover(struct store *s, struct writer_job *job)
{
    struct recovery *rec = job->arg;
    return submission_each_unfinished(s, collect, rec, &job->err);
}

static void on_recovered(struct writer_job *job)
{
    struct recovery *rec = job->arg;
    struct intake *in = rec->owner;
    void (*done)(void *) = rec->done;
    void *arg = rec->arg;
    rec->listed = true;
    if (job->r && job->r != UV_ECANCELED)
        log_error("unfinished files cannot be listed: %s", job->err.msg);
    if (rec->n)
        qsort(rec->rows, rec->n, sizeof *rec->rows, unstored_first);
    if (done && !in->closing)
        done(arg);
    intake_go(in);
}

void intake_recover(struct intake *in, void (*done)(void *arg), void *arg)
{
    if (in->recovery || in->closing) {
        if (done)
            done(arg);
        return;
    }
    struct recovery *rec = mem_alloc(sizeof *rec);
    *rec = (struct recovery){.owner = in, .done = done, .arg = arg};
    rec->job =
        (struct writer_job){.mode = WRITER_OWN, .work = work_recover, .done = on_recovered, .arg = rec};
    in->recovery = rec;
    in->space_short = false;
    writer_submit(in->setup.writer, &rec->job);
}

bool intake_idle(const struct intake *in)
{
    return !in->n && !in->recovery;
}

bool intake_stuck(const struct intake *in)
{
    for (const struct item *it = in->first; it; it = it->next) {
        if (it->busy || it->failures < 2)
            return false;
    }
    return in->first != NULL;
}

size_t intake_unstored(const struct intake *in)
{
    size_t n = 0;
    for (const struct item *it = in->first; it; it = it->next)
        n += it->stage < ITEM_ENDED && !it->retry_ms; // one that waits to be tried again holds nobody up
    return n;
}

size_t intake_running(const struct intake *in)
{
    return in->n;
}

json_t *intake_status(const struct intake *in)
{
    return json_pack("{s:i, s:i, s:b}", "files", (int)in->n, "reading", (int)in->reading, "waiting_for_space",
                     in->space_short);
}

void intake_close(struct intake *in, void (*closed)(void *arg), void *arg)
{
    in->closing = true;
    in->closed = closed;
    in->closed_arg = arg;
    (void)uv_timer_stop(&in->tick);
    maybe_closed(in);
}
