// SPDX-License-Identifier: Apache-2.0
// The steps of one file that need no database: copying, reading, receipt, archive.
#include "flow/item.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/archive.h"
#include "flow/kill_point.h"

#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 60000
#define KILLED_MAX 5     // kills from outside that are not laid to the file's charge
#define VANISHED_TRIES 7 // a minute

int64_t item_now_ms(const struct item *it)
{
    return (int64_t)uv_now(it->owner->setup.loop);
}

bool item_is_turn(const struct item *it)
{
    for (const struct item *o = it->owner->first; o && o != it; o = o->next) {
        if (o->stage < ITEM_ENDED && strcmp(o->source->name, it->source->name) == 0)
            return false;
    }
    return true;
}

enum item_stage item_stage_of(const struct submission *sub)
{
    if (strcmp(sub->state, "received") == 0)
        return sub->claimed ? ITEM_RECORDED : ITEM_SPOOLED;
    if (!sub->receipt)
        return ITEM_ENDED;
    return sub->claimed || sub->spool ? ITEM_ANSWERED : ITEM_GONE;
}

void item_free(struct item *it)
{
    reading_close(it->reading);
    submission_deinit(&it->sub);
    free(it->claimed);
    free(it->why);
    free(it->receipt.name);
    free(it->receipt.text);
    free(it->archived);
    plan_unref(it->plan);
    free(it);
}

void item_fail(struct item *it, const struct error *err)
{
    int64_t pause = (int64_t)RETRY_MIN_MS << (it->failures < 7 ? it->failures : 7);
    pause = pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS;
    if (err->code == UV_ECANCELED)
        return;
    it->failures++;
    it->retry_ms = item_now_ms(it) + pause;
    it->owner->space_short |= err->code == -ENOSPC || err->code == -EDQUOT;
    log_warn("source %s, file %s: %s; next try in %lld ms", it->source->name,
             it->sub.file ? it->sub.file : it->claimed, err->msg, (long long)pause);
}

// ---- copying ----

static struct spool_request copy_request(const struct item *it, char **ret_dir)
{
    *ret_dir = str_printf("%s/spool", it->owner->setup.state_dir);
    return (struct spool_request){.folder = it->source->path,
                                  .claimed = it->claimed,
                                  .spool_dir = *ret_dir,
                                  .name = it->sub.public_id,
                                  .max_bytes = it->plan->config->max_file_bytes};
}

// Thread pool.
static void do_copy(uv_work_t *work)
{
    struct item *it = work->data;
    CLEANUP_FREE char *dir = NULL;
    const struct spool_request q = copy_request(it, &dir);
    it->r = spool_copy(&q, &it->copy, &it->err);
    kill_point("spooled");
}

static const char *refusal_code(int r)
{
    switch (r) {
    case -EFBIG:
        return "file_too_big";
    case -EINVAL:
        return "not_a_file";
    case -ENOENT:
        return "file_vanished";
    default:
        return NULL;
    }
}

static void on_copied(uv_work_t *work, int status)
{
    struct item *it = work->data;
    (void)status;
    it->busy = false;
    // A share that was just unmounted looks as if the file had gone: that is believed only after a while.
    it->code = it->r && (it->r != -ENOENT || it->failures >= VANISHED_TRIES) ? refusal_code(it->r) : NULL;
    if (it->r == 0) {
        it->stage = ITEM_COPIED;
        it->failures = 0;
        it->owner->space_short = false;
    } else if (it->r == -EAGAIN) {
        it->retry_ms = item_now_ms(it) + it->source->settle_ms; // someone still writes: settle again
    } else if (it->code) {
        it->stage = ITEM_REFUSED;
    } else {
        item_fail(it, &it->err);
    }
    intake_go(it->owner);
}

static void start_copy(struct item *it)
{
    it->busy = true;
    (void)uv_queue_work(it->owner->setup.loop, &it->work, do_copy, on_copied);
}

// ---- reading ----

static json_t *list_or_null(char *const *list)
{
    if (!list)
        return json_null();
    json_t *a = json_array();
    for (; *list; list++)
        (void)json_array_append_new(a, json_string(*list));
    return a;
}

static json_t *read_request(const struct item *it)
{
    const struct source_config *s = it->source;
    const struct config *c = it->plan->config;
    return json_pack(
        "{s:s, s:I, s:{s:s, s:o, s:o, s:s?, s:s?}, s:{s:I, s:I, s:I}}", "file", it->sub.file, "mtime_ms",
        (json_int_t)(it->sub.mtime_ms ? it->sub.mtime_ms : it->copy.mtime_ns / 1000000), "source", "name",
        s->name, "counties", list_or_null(s->all_counties ? NULL : s->counties), "datasets",
        list_or_null(s->datasets), "period", s->period, "school_system", s->school_system, "limits",
        "memory_bytes", (json_int_t)c->read_memory_bytes, "cpu_s", (json_int_t)c->read_timeout_ms / 1000 + 1,
        "max_cells", (json_int_t)0);
}

static void on_reading(void *arg, enum reading_state state)
{
    struct item *it = arg;
    if (state != READING_BIG)
        it->owner->reading--;
    if (state == READING_DIED) {
        bool innocent = reading_was_killed(it->reading) && ++it->killed <= KILLED_MAX;
        free(it->why);
        it->why = str_dup(reading_why(it->reading));
        reading_close(it->reading);
        it->reading = NULL;
        it->stage = innocent ? ITEM_SPOOLED : ITEM_DIED;
        it->retried = true;
    } else {
        kill_point("read");
        it->stage = ITEM_READ;
    }
    intake_go(it->owner);
}

static int open_spool(const struct item *it)
{
    CLEANUP_FREE char *path = str_printf("%s/spool/%s", it->owner->setup.state_dir, it->sub.public_id);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static void start_reading(struct item *it)
{
    struct intake *in = it->owner;
    bool slot = in->reading < in->max_readers || (it->retried && item_is_turn(it));
    if (!slot || !reader_pool_ready(in->setup.readers))
        return;
    CLEANUP_FD int fd = open_spool(it);
    if (fd == -ENOENT && it->claimed) {
        it->stage = ITEM_RECORDED; // the copy is gone, the original is not
        item_go(it);
        return;
    }
    struct error err;
    if (fd < 0) {
        it->code = "file_vanished";
        (void)error_sys(&it->err, fd, _("cannot open the file"));
        it->stage = ITEM_REFUSED;
        item_go(it);
        return;
    }
    json_t *request = read_request(it);
    int r = reading_start(&it->reading, in->setup.loop, in->setup.readers, request, fd,
                          it->plan->config->read_timeout_ms, on_reading, it, &err);
    json_decref(request);
    if (r == 0) {
        in->reading++;
        it->stage = ITEM_READING;
    } else if (r != -EAGAIN) {
        item_fail(it, &err);
    }
}

// ---- receipt ----

static void on_answered(struct receipt_job *job)
{
    struct item *it = job->arg;
    it->busy = false;
    it->stage = ITEM_ANSWERED;
    if (job->r && job->r != UV_ECANCELED)
        log_warn("source %s: the receipt of %s cannot be written: %s; tried again later", it->source->name,
                 it->sub.public_id, job->err.msg);
    intake_go(it->owner);
}

static void start_receipt(struct item *it)
{
    it->busy = true;
    it->receipt = (struct receipt_job){.plan = it->plan,
                                       .folder = it->source->path,
                                       .submission = it->sub.id,
                                       .done = on_answered,
                                       .arg = it};
    receipts_submit(it->owner->setup.receipts, &it->receipt);
}

// ---- archive ----

// Thread pool.
static void do_archive(uv_work_t *work)
{
    struct item *it = work->data;
    const bool refused = strcmp(it->sub.state, "rejected") == 0 || strcmp(it->sub.state, "quarantined") == 0;
    const struct archive_request q = {
        .state_dir = it->owner->setup.state_dir,
        .folder = it->source->path,
        .claimed = it->sub.claimed,
        .spool = it->sub.spool,
        .public_id = it->sub.public_id,
        .file = it->sub.file,
        .timezone = it->plan->config->timezone,
        .received_at = it->sub.received_at,
        .refused = refused,
        .reasons = it->receipt.text ? it->receipt.text : it->sub.message,
        .size = it->sub.size,
        .mtime_ns = it->copy.mtime_ns,
    };
    it->r = archive_store(&q, &it->archived, &it->err);
    if (it->r == -ENOENT && refused)
        it->r = 0; // it had vanished: there is nothing to keep
    if (it->r)
        return;
    kill_point("archived");
    it->r = archive_remove(&q, &it->err);
    kill_point("removed");
}

static void on_archived(uv_work_t *work, int status)
{
    struct item *it = work->data;
    (void)status;
    it->busy = false;
    it->stage = ITEM_FILED;
    if (it->r)
        log_warn("source %s: %s (%s) cannot be archived: %s; tried again later", it->source->name,
                 it->sub.file, it->sub.public_id, it->err.msg);
    intake_go(it->owner);
}

static void start_archive(struct item *it)
{
    if (!it->sub.claimed && !it->sub.spool) {
        it->r = 0;
        it->stage = ITEM_FILED;
        item_go(it);
        return;
    }
    it->busy = true;
    (void)uv_queue_work(it->owner->setup.loop, &it->work, do_archive, on_archived);
}

void item_go(struct item *it)
{
    if (it->busy || it->owner->closing || it->retry_ms > item_now_ms(it))
        return;
    it->retry_ms = 0;
    switch (it->stage) {
    case ITEM_CLAIMED:
        item_record(it);
        break;
    case ITEM_RECORDED:
        start_copy(it);
        break;
    case ITEM_COPIED:
        item_note_spooled(it);
        break;
    case ITEM_SPOOLED:
        start_reading(it);
        break;
    case ITEM_READ:
        if (item_is_turn(it))
            item_store(it);
        break;
    case ITEM_DIED:
        item_note_death(it);
        break;
    case ITEM_REFUSED:
        if (item_is_turn(it))
            item_end(it);
        break;
    case ITEM_ENDED:
        start_receipt(it);
        break;
    case ITEM_ANSWERED:
        start_archive(it);
        break;
    case ITEM_FILED:
        item_mark(it);
        break;
    case ITEM_READING:
    case ITEM_GONE:
    case ITEM_STAGE_COUNT:
        break;
    }
}
