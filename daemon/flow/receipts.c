// SPDX-License-Identifier: Apache-2.0
// Receipts, written beside the loop.
#include "flow/receipts.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "flow/folder.h"
#include "flow/kill_point.h"
#include "report/receipt.h"
#include "store/store.h"

#define SLOTS 3 // of the pool's threads: claims and copies must not wait for receipts

struct receipt_slot {
    uv_work_t work;
    struct receipts *owner;
    struct store *store; // opened at first use
    struct receipt_job *job;
};

struct receipts {
    uv_loop_t *loop;
    char *db_path;
    struct receipt_slot slots[SLOTS];
    struct receipt_job *first, **last;
    uv_async_t async; // completes what is cancelled, and holds the loop until closed
    bool closing, async_closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static int write_into(struct receipt_job *job, const struct receipt_data *data)
{
    CLEANUP_FD int dir = folder_open(job->folder, FOLDER_RECEIPTS, &job->err);
    return dir < 0 ? dir : receipt_write(data, dir, &job->name, &job->err);
}

// Thread pool. Touches only the slot and its job. A kill after the rename leaves a receipt that is written
// over.
static void do_receipt(uv_work_t *work)
{
    struct receipt_slot *slot = work->data;
    struct receipt_job *job = slot->job;
    struct receipt_data *data = NULL;
    job->r = slot->store ? 0 : store_open(&slot->store, slot->owner->db_path, STORE_READ, &job->err);
    if (!job->r)
        job->r = receipt_load(slot->store, job->plan->catalog, job->plan->config, job->submission, &data,
                              &job->err);
    if (job->r)
        return;
    struct buf text = BUF_INIT;
    receipt_text(data, &text);
    job->text = text.len ? buf_take(&text) : str_dup("");
    job->r = write_into(job, data);
    (void)receipt_free(data);
    kill_point("receipt");
}

static struct receipt_job *pop(struct receipts *r)
{
    struct receipt_job *job = r->first;
    if (job && !(r->first = job->next))
        r->last = &r->first;
    return job;
}

static void on_async_closed(uv_handle_t *handle)
{
    struct receipts *r = handle->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;
    for (size_t i = 0; i < SLOTS; i++) {
        if (r->slots[i].store)
            (void)store_close(r->slots[i].store);
    }
    free(r->db_path);
    free(r);
    closed(arg);
}

static void maybe_closed(struct receipts *r)
{
    if (!r->closing || r->async_closing)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        if (r->slots[i].job)
            return;
    }
    r->async_closing = true;
    uv_close((uv_handle_t *)&r->async, on_async_closed);
}

static void start(struct receipts *r);

static void on_done(uv_work_t *work, int status)
{
    (void)status;
    struct receipt_slot *slot = work->data;
    struct receipts *r = slot->owner;
    struct receipt_job *job = slot->job;
    slot->job = NULL;
    job->done(job);
    start(r);
    maybe_closed(r);
}

static void start(struct receipts *r)
{
    for (size_t i = 0; i < SLOTS && r->first && !r->closing; i++) {
        struct receipt_slot *slot = &r->slots[i];
        if (slot->job)
            continue;
        slot->job = pop(r);
        (void)uv_queue_work(r->loop, &slot->work, do_receipt, on_done);
    }
}

static void on_async(uv_async_t *handle)
{
    struct receipts *r = handle->data;
    struct receipt_job *job;
    while (r->closing && (job = pop(r))) {
        job->r = error_set(&job->err, UV_ECANCELED, "the daemon is stopping");
        job->done(job);
    }
}

struct receipts *receipts_open(uv_loop_t *loop, const char *db_path)
{
    struct receipts *r = mem_alloc(sizeof *r);
    r->loop = loop;
    r->db_path = str_dup(db_path);
    r->last = &r->first;
    r->async.data = r;
    (void)uv_async_init(loop, &r->async, on_async);
    for (size_t i = 0; i < SLOTS; i++) {
        r->slots[i].owner = r;
        r->slots[i].work.data = &r->slots[i];
    }
    return r;
}

void receipts_submit(struct receipts *r, struct receipt_job *job)
{
    job->next = NULL;
    job->r = 0;
    *r->last = job;
    r->last = &job->next;
    if (r->closing)
        (void)uv_async_send(&r->async);
    else
        start(r);
}

void receipts_close(struct receipts *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    on_async(&r->async);
    maybe_closed(r);
}
