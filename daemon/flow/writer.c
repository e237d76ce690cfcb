// SPDX-License-Identifier: Apache-2.0
// The writer thread.
#include "flow/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <sqlite3.h>

#include "base/mem.h"

#define GROUP_MAX 128      // jobs that share a COMMIT
#define GROUP_MS 100       // a group is closed when it has lasted this long
#define BEAT_NS 500000000L // an idle writer beats this often

struct job_queue {
    struct writer_job *first, **last;
};

struct writer {
    uv_async_t async;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job_queue waiting, finished; // under lock
    bool stop;                          // under lock
    atomic_bool stopping;
    atomic_uint_fast64_t beat;
    struct store *store; // writer thread's
    size_t unfinished;   // loop's
    bool joined;         // loop's
    writer_closed_fn *closed;
    void *closed_arg;
};

static void queue_init(struct job_queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_push(struct job_queue *q, struct writer_job *job)
{
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
}

static struct writer_job *queue_pop(struct job_queue *q)
{
    struct writer_job *job = q->first;
    if (job && !(q->first = job->next))
        q->last = &q->first;
    return job;
}

static void queue_append(struct job_queue *q, struct job_queue *more)
{
    if (!more->first)
        return;
    *q->last = more->first;
    q->last = more->last;
    queue_init(more);
}

static int64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

// SQLite may end the whole transaction by itself (disk full, I/O error): then the group has nothing left to
// commit.
static bool in_transaction(struct writer *w)
{
    return sqlite3_get_autocommit(store_db(w->store)) == 0;
}

// Writer thread. 0, or the error that ends the whole group.
static int run_in_savepoint(struct writer *w, struct writer_job *job)
{
    int r = store_savepoint(w->store, &job->err);
    if (r)
        return job->r = r;
    job->r = job->work(w->store, job);
    if (!in_transaction(w))
        return job->r = job->r ? job->r : error_set(&job->err, -EIO, "the database ended the transaction");
    if (job->r)
        return store_rollback_savepoint(w->store, &job->err);
    r = store_release(w->store, &job->err);
    return r ? job->r = r : 0;
}

static struct writer_job *next_shared(struct writer *w)
{
    struct writer_job *job = NULL;
    (void)pthread_mutex_lock(&w->lock);
    if (!w->stop && w->waiting.first && w->waiting.first->mode == WRITER_SHARED)
        job = queue_pop(&w->waiting);
    (void)pthread_mutex_unlock(&w->lock);
    return job;
}

static void fail_all(struct job_queue *group, int r, const struct error *err)
{
    for (struct writer_job *j = group->first; j; j = j->next) {
        if (j->r == 0) {
            j->r = r;
            j->err = *err;
        }
    }
}

// Writer thread.
static void run_group(struct writer *w, struct writer_job *job, struct job_queue *group)
{
    struct error err = {0};
    int64_t until = now_ms() + GROUP_MS;
    int r = store_begin(w->store, &err);
    queue_push(group, job);
    for (int n = 1; !r; n++) {
        r = run_in_savepoint(w, job);
        writer_beat_here(w);
        if (r)
            err = job->err;
        if (r || n >= GROUP_MAX || now_ms() >= until || !(job = next_shared(w)))
            break;
        queue_push(group, job);
    }
    if (!r)
        r = store_commit(w->store, &err);
    if (r) {
        store_rollback(w->store);
        fail_all(group, r, &err);
    }
}

static void finish(struct writer *w, struct job_queue *done)
{
    (void)pthread_mutex_lock(&w->lock);
    queue_append(&w->finished, done);
    (void)pthread_mutex_unlock(&w->lock);
    (void)uv_async_send(&w->async);
}

// Writer thread. False: stop.
static bool take(struct writer *w, struct writer_job **ret)
{
    (void)pthread_mutex_lock(&w->lock);
    while (!w->stop && !w->waiting.first) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += BEAT_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_cond_timedwait(&w->wake, &w->lock, &until);
        writer_beat_here(w);
    }
    bool go = !w->stop;
    *ret = go ? queue_pop(&w->waiting) : NULL;
    (void)pthread_mutex_unlock(&w->lock);
    return go;
}

static int canceled(struct error *err)
{
    return error_set(err, UV_ECANCELED, "the daemon is stopping");
}

static void cancel_waiting(struct writer *w)
{
    struct job_queue all;
    queue_init(&all);
    (void)pthread_mutex_lock(&w->lock);
    queue_append(&all, &w->waiting);
    (void)pthread_mutex_unlock(&w->lock);
    for (struct writer_job *j = all.first; j; j = j->next)
        j->r = canceled(&j->err);
    finish(w, &all);
}

// Writer thread. Touches only jobs and w->store.
static void *writer_main(void *arg)
{
    struct writer *w = arg;
    struct writer_job *job;
    while (take(w, &job)) {
        struct job_queue done;
        queue_init(&done);
        if (job->mode == WRITER_SHARED) {
            run_group(w, job, &done);
        } else {
            job->r = job->work(w->store, job);
            if (in_transaction(w))
                store_rollback(w->store);
            queue_push(&done, job);
        }
        writer_beat_here(w);
        finish(w, &done);
    }
    cancel_waiting(w);
    return NULL;
}

// Async sends coalesce: everything that is finished is taken.
static void on_async(uv_async_t *handle)
{
    struct writer *w = handle->data;
    struct job_queue done;
    queue_init(&done);
    (void)pthread_mutex_lock(&w->lock);
    queue_append(&done, &w->finished);
    (void)pthread_mutex_unlock(&w->lock);
    struct writer_job *job;
    while ((job = queue_pop(&done))) {
        assert(w->unfinished > 0);
        w->unfinished--;
        job->done(job);
    }
}

int writer_open(struct writer **ret, uv_loop_t *loop, const char *db_path, struct error *err)
{
    struct writer *w = mem_alloc(sizeof *w);
    int r = store_open(&w->store, db_path, STORE_WRITE, err);
    if (r) {
        free(w);
        return r;
    }
    queue_init(&w->waiting);
    queue_init(&w->finished);
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&w->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)pthread_mutex_init(&w->lock, NULL);
    w->async.data = w;
    r = uv_async_init(loop, &w->async, on_async);
    assert(r == 0); // fails only without descriptors at start, when nothing runs yet
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before); // inherited: signals are the loop's
    r = pthread_create(&w->thread, NULL, writer_main, w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(r == 0);
    *ret = w;
    return 0;
}

void writer_submit(struct writer *w, struct writer_job *job)
{
    assert(job->work && job->done && !w->closed);
    job->r = 0;
    job->err.msg[0] = '\0';
    w->unfinished++;
    (void)pthread_mutex_lock(&w->lock);
    if (w->stop) {
        job->r = canceled(&job->err);
        queue_push(&w->finished, job);
        (void)uv_async_send(&w->async);
    } else {
        queue_push(&w->waiting, job);
        (void)pthread_cond_signal(&w->wake);
    }
    (void)pthread_mutex_unlock(&w->lock);
}

size_t writer_waiting(const struct writer *w)
{
    return w->unfinished;
}

uint64_t writer_beat(struct writer *w)
{
    return atomic_load(&w->beat);
}

void writer_beat_here(struct writer *w)
{
    atomic_fetch_add(&w->beat, 1);
}

bool writer_stopping(struct writer *w)
{
    return atomic_load(&w->stopping);
}

static void on_async_closed(uv_handle_t *handle)
{
    struct writer *w = handle->data;
    writer_closed_fn *closed = w->closed;
    void *arg = w->closed_arg;
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    closed(arg);
}

void writer_stop(struct writer *w)
{
    atomic_store(&w->stopping, true);
    (void)pthread_mutex_lock(&w->lock);
    w->stop = true;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL); // one job at most, and long ones look at writer_stopping()
    w->joined = true;
}

void writer_close(struct writer *w, writer_closed_fn *closed, void *arg)
{
    if (!w->joined)
        writer_stop(w);
    while (w->unfinished)
        on_async(&w->async);
    w->closed = closed;
    w->closed_arg = arg;
    w->store = store_close(w->store);
    uv_close((uv_handle_t *)&w->async, on_async_closed);
}
