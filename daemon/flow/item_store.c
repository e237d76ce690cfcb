// SPDX-License-Identifier: Apache-2.0
// What is written about one file: recorded, spooled, T1, its reader's death, its end, its marks. Work
// functions run in the writer thread while the item is busy; completions run on the loop.
#include "flow/item.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/conflict.h"
#include "flow/kill_point.h"
#include "notify/alert.h"
#include "read/wire.h"

#define DEATHS_MAX 2
#define PULL_BYTES (1u << 20)

static int64_t wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t monotonic_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void submit(struct item *it, enum writer_mode mode, writer_work_fn *work, writer_done_fn *done)
{
    it->busy = true;
    it->job = (struct writer_job){.mode = mode, .work = work, .done = done, .arg = it};
    writer_submit(it->owner->setup.writer, &it->job);
}

// The common end of a step: on failure the stage stays and is tried again.
static bool succeeded(struct item *it)
{
    it->busy = false;
    if (it->job.r == 0) {
        it->failures = 0;
        return true;
    }
    item_fail(it, &it->job.err);
    return false;
}

static int reload(struct store *s, struct item *it, struct error *err)
{
    int64_t id = it->sub.id;
    submission_deinit(&it->sub);
    it->sub = (struct submission){.id = id};
    return submission_load(s, id, &it->sub, err);
}

// ---- record ----

// A kill before the COMMIT leaves the file in .claimed/ without a row: found there and recorded at the next
// start.
static int work_record(struct store *s, struct writer_job *job)
{
    struct item *it = job->arg;
    CLEANUP_FREE char *file = folder_dropped_name(it->claimed);
    struct submission sub = {0};
    int r = submission_record(s, it->source->name, file, it->claimed, it->mtime_ms, wall_ms(),
                              it->plan->config->timezone, &sub, &job->err);
    if (r)
        return r;
    submission_deinit(&it->sub);
    it->sub = sub;
    return 0;
}

static bool is_known(const struct item *it)
{
    for (const struct item *o = it->owner->first; o; o = o->next) {
        if (o != it && o->sub.id == it->sub.id)
            return true;
    }
    return false;
}

static void on_recorded(struct writer_job *job)
{
    struct item *it = job->arg;
    if (succeeded(it)) {
        kill_point("recorded");
        it->stage = is_known(it) ? ITEM_GONE : item_stage_of(&it->sub);
    }
    intake_go(it->owner);
}

void item_record(struct item *it)
{
    submit(it, WRITER_SHARED, work_record, on_recorded);
}

// ---- duplicate ----

// 1: it is one, and has been ended as such.
static int end_if_duplicate(struct store *s, struct item *it, struct error *err)
{
    const char *version = plan_reader_version(it->plan, it->source);
    CLEANUP_FREE char *of = NULL;
    int r = submission_find_duplicate(s, it->sub.id, version, &of, err);
    if (r || !of)
        return r;
    CLEANUP_FREE char *text = str_printf(
        _("The file is byte for byte the same as %s, which is what stands; nothing was changed."), of);
    r = submission_end_duplicate(s, it->sub.id, of, text, wall_ms(), err);
    if (!r)
        r = reload(s, it, err);
    return r ? r : 1;
}

// ---- spooled ----

static int work_spooled(struct store *s, struct writer_job *job)
{
    struct item *it = job->arg;
    int r = submission_spooled(s, it->sub.id, it->sub.public_id, it->copy.sha256, it->copy.size, &job->err);
    if (!r)
        r = reload(s, it, &job->err);
    // Only when nothing of this source is ahead of it: A, then B, then A again is a real change back.
    if (!r && it->turn)
        r = end_if_duplicate(s, it, &job->err);
    return r < 0 ? r : 0;
}

static void on_spooled(struct writer_job *job)
{
    struct item *it = job->arg;
    if (succeeded(it))
        it->stage = strcmp(it->sub.state, "received") == 0 ? ITEM_SPOOLED : ITEM_ENDED;
    intake_go(it->owner);
}

void item_note_spooled(struct item *it)
{
    it->turn = item_is_turn(it);
    submit(it, WRITER_SHARED, work_spooled, on_spooled);
}

// ---- T1 ----

struct frames {
    struct buf *buf;
    size_t at;
    int fd;              // of a big file, else -1
    int64_t deadline_ms; // monotonic
    struct writer *writer;
    struct error *err;
};

// More of a big file's frames: what has been consumed makes room first. 0, or -errno.
static int frames_pull(struct frames *f)
{
    buf_consume(f->buf, f->at);
    f->at = 0;
    buf_reserve(f->buf, PULL_BYTES);
    for (;;) {
        struct pollfd p = {.fd = f->fd, .events = POLLIN};
        writer_beat_here(f->writer);
        if (writer_stopping(f->writer))
            return error_set(f->err, UV_ECANCELED, "the daemon is stopping");
        if (monotonic_ms() >= f->deadline_ms)
            return error_set(f->err, -EPROTO, "%s", _("ran out of time"));
        if (poll(&p, 1, 200) <= 0)
            continue;
        ssize_t n = read(f->fd, f->buf->data + f->buf->len, PULL_BYTES);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            return error_set(f->err, -EPROTO, "%s", _("stopped in the middle of its answer"));
        f->buf->len += (size_t)n;
        f->buf->data[f->buf->len] = '\0';
        return 0;
    }
}

// 0 and the next frame, consumed; -EPROTO when the reader has died or talks nonsense.
static int frames_next(struct frames *f, struct frame *ret)
{
    for (;;) {
        int r = frame_next((const uint8_t *)f->buf->data + f->at, f->buf->len - f->at, ret);
        if (r == 1) {
            f->at += FRAME_HEAD + ret->len;
            return 0;
        }
        if (r < 0 || f->fd < 0)
            return error_set(f->err, -EPROTO, "%s", _("stopped in the middle of its answer"));
        r = frames_pull(f);
        if (r)
            return r;
    }
}

static struct alert_context context_of(const struct item *it)
{
    return (struct alert_context){.catalog = it->plan->catalog,
                                  .config = it->plan->config,
                                  .standards = it->plan->standards,
                                  .now_ms = wall_ms(),
                                  .submission = it->sub.id};
}

static int ingest_all(struct store *s, struct item *it, struct frames *f, struct error *err)
{
    const char *version = plan_reader_version(it->plan, it->source);
    struct ingest_result result = {0};
    struct ingest *in = NULL;
    struct frame frame = {0};
    int r = ingest_begin(s, it->plan->catalog, it->plan->config, it->source, it->sub.id, version, wall_ms(),
                         &in, err);
    while (!r && frame.type != WIRE_END) {
        r = frames_next(f, &frame);
        if (!r)
            r = ingest_frame(in, &frame, err);
    }
    if (!r)
        r = ingest_finish(in, &result, err);
    bool told = false;
    const struct alert_context ctx = context_of(it);
    if (!r)
        r = conflict_report(s, &ctx, it->source->name, in, &told, err);
    (void)ingest_free(in);
    it->changed = !r && (told || result.changed_scopes > 0);
    return r ? r : reload(s, it, err);
}

static int work_store(struct store *s, struct writer_job *job)
{
    struct item *it = job->arg;
    bool big = reading_state(it->reading) == READING_BIG;
    struct frames f = {.buf = reading_frames(it->reading),
                       .fd = big ? reading_fd(it->reading) : -1,
                       .deadline_ms = monotonic_ms() + it->plan->config->read_timeout_ms,
                       .writer = it->owner->setup.writer,
                       .err = &job->err};
    int r = end_if_duplicate(s, it, &job->err);
    if (r == 0)
        r = ingest_all(s, it, &f, &job->err);
    return r < 0 ? r : 0;
}

// A big file has a transaction of its own, which waits for its reader.
static int work_store_big(struct store *s, struct writer_job *job)
{
    int r = store_begin(s, &job->err);
    if (!r)
        r = store_savepoint(s, &job->err);
    if (!r)
        r = work_store(s, job);
    if (!r)
        r = store_release(s, &job->err);
    if (!r)
        r = store_commit(s, &job->err);
    if (r)
        store_rollback(s);
    return r;
}

// Failures that pass, or that are ours: everything else is held against what the reader sent, so that no file
// can stand in the way of its source for ever.
static bool may_pass(int r)
{
    switch (r) {
    case -ENOSPC:
    case -EDQUOT:
    case -EIO:
    case -EBUSY:
    case -EROFS:
    case -EACCES:
    case -EUCLEAN:
    case -ENOMEM:
    case UV_ECANCELED:
        return true;
    default:
        return false;
    }
}

static void on_stored(struct writer_job *job)
{
    struct item *it = job->arg;
    struct intake *in = it->owner;
    bool big = reading_state(it->reading) == READING_BIG;
    it->busy = false;
    if (job->r == 0) {
        kill_point("t1-committed");
        it->failures = 0;
        it->stage = ITEM_ENDED;
    } else if (!may_pass(job->r)) {
        const char *why = reading_why(it->reading);
        free(it->why);
        it->why = str_dup(big && *why ? why : job->err.msg);
        it->stage = ITEM_DIED;
    } else {
        it->stage = ITEM_SPOOLED;
        item_fail(it, &job->err);
    }
    reading_close(it->reading);
    it->reading = NULL;
    in->reading -= big;
    if (job->r == 0 && it->changed)
        in->setup.on_stored(in->setup.arg);
    intake_go(in);
}

void item_store(struct item *it)
{
    bool big = reading_state(it->reading) == READING_BIG;
    submit(it, big ? WRITER_OWN : WRITER_SHARED, big ? work_store_big : work_store, on_stored);
}

// ---- death of the reader ----

static int set_aside(struct store *s, struct item *it, struct error *err)
{
    CLEANUP_FREE char *text = str_printf(
        _("The file could not be read: the reading process failed twice on it (%s). It is kept in quarantine; please hand it "
          "in again in another format (for example saved anew as xlsx or csv)."),
        it->why);
    CLEANUP_FREE char *sentence =
        str_printf(_("File %s from %s was set aside: the reading process failed twice on it (%s)."),
                   it->sub.file, it->source->name, it->why);
    const struct alert_context ctx = context_of(it);
    int r = submission_end(s, it->sub.id, "quarantined", "reader_died", text, wall_ms(), err);
    if (!r)
        r = alert_own_raise(s, &ctx, "file", it->sub.public_id, "yellow", sentence, err);
    return r ? r : reload(s, it, err);
}

static int work_death(struct store *s, struct writer_job *job)
{
    struct item *it = job->arg;
    int64_t attempts = 0;
    int r = submission_attempt(s, it->sub.id, &attempts, &job->err);
    return !r && attempts >= DEATHS_MAX ? set_aside(s, it, &job->err) : r;
}

static void on_death(struct writer_job *job)
{
    struct item *it = job->arg;
    if (succeeded(it)) {
        it->stage = strcmp(it->sub.state, "received") == 0 ? ITEM_SPOOLED : ITEM_ENDED;
        it->retried = true;
        log_warn("source %s, file %s: its reader failed (%s); %s", it->source->name, it->sub.file, it->why,
                 it->stage == ITEM_ENDED ? "set aside" : "read once more");
        if (it->stage == ITEM_ENDED)
            it->owner->setup.on_stored(it->owner->setup.arg); // an alert waits in the outbox
    }
    intake_go(it->owner);
}

void item_note_death(struct item *it)
{
    submit(it, WRITER_SHARED, work_death, on_death);
}

// ---- refusal before reading ----

static int work_end(struct store *s, struct writer_job *job)
{
    struct item *it = job->arg;
    CLEANUP_FREE char *text = str_printf(_("The file could not be taken: %s."), it->err.msg);
    int r = submission_end(s, it->sub.id, "rejected", it->code, text, wall_ms(), &job->err);
    return r ? r : reload(s, it, &job->err);
}

static void on_ended(struct writer_job *job)
{
    struct item *it = job->arg;
    if (succeeded(it))
        it->stage = ITEM_ENDED;
    intake_go(it->owner);
}

void item_end(struct item *it)
{
    submit(it, WRITER_SHARED, work_end, on_ended);
}

// ---- marks ----

// What failed (it->r, receipt.r) stays unmarked and is taken up by the next recovery.
static int work_mark(struct store *s, struct writer_job *job)
{
    struct item *it = job->arg;
    int r = 0;
    if (it->receipt.name)
        r = submission_receipt_written(s, it->sub.id, it->receipt.name, &job->err);
    if (!r && !it->r && it->archived)
        r = submission_archived(s, it->sub.id, it->archived, &job->err);
    if (!r && !it->r && it->sub.claimed)
        r = submission_claim_removed(s, it->sub.id, &job->err);
    return r;
}

static void on_marked(struct writer_job *job)
{
    struct item *it = job->arg;
    if (succeeded(it)) {
        log_info("source %s, file %s: %s %s, %lld rows stored, %lld refused", it->source->name, it->sub.file,
                 it->sub.public_id, it->sub.state, (long long)it->sub.rows_ok, (long long)it->sub.rows_bad);
        it->stage = ITEM_GONE;
    }
    intake_go(it->owner);
}

void item_mark(struct item *it)
{
    submit(it, WRITER_SHARED, work_mark, on_marked);
}
