// SPDX-License-Identifier: Apache-2.0
// The daemon as a whole.
#include "flow/daemon.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/daemon_parts.h"
#include "notify/outbox.h"
#include "store/scope.h"

#define TICK_MS 20
#define FINISH_MS 3000
#define GATHER_MS 1500

bool daemon_is_up(const struct daemon *d)
{
    return d->phase == DAEMON_STARTING || d->phase == DAEMON_RUNNING;
}

bool daemon_idle(const struct daemon *d)
{
    return d->phase == DAEMON_RUNNING && !uv_is_active((const uv_handle_t *)&d->gather) && !d->syncing &&
           !d->reload && watch_idle(d->watch) && intake_idle(d->intake) && runner_idle(d->runner) &&
           sender_idle(d->sender);
}

// ---- what the parts tell each other ----

static size_t hook_room(void *arg)
{
    struct daemon *d = arg;
    return daemon_is_up(d) ? intake_room(d->intake) : 0;
}

static void hook_claimed(void *arg, const char *source, const struct folder_claim *claims, size_t n)
{
    struct daemon *d = arg;
    intake_claimed(d->intake, source, claims, n);
    if (daemon_is_up(d)) {
        runner_prepare(d->runner);
        sender_prepare(d->sender);
    }
}

static void hook_found(void *arg, const char *source, char *const *claimed, size_t n)
{
    intake_found(((struct daemon *)arg)->intake, source, claimed, n);
}

static void compute(struct daemon *d)
{
    (void)uv_timer_stop(&d->gather);
    runner_kick(d->runner);
    sender_kick(d->sender);
}

static void on_gathered(uv_timer_t *timer)
{
    compute(timer->data);
}

// Files handed in together are computed together, as far as they come within GATHER_MS: one digest instead of
// many, and a county is not computed anew for each of its schools. A single file waits for nothing.
static void hook_stored(void *arg)
{
    struct daemon *d = arg;
    if (!daemon_is_up(d))
        return;
    if (!intake_unstored(d->intake))
        compute(d);
    else if (!uv_is_active((uv_handle_t *)&d->gather))
        (void)uv_timer_start(&d->gather, on_gathered, GATHER_MS, 0);
}

static bool hook_gathering(void *arg)
{
    return uv_is_active((const uv_handle_t *)&((const struct daemon *)arg)->gather);
}

static void hook_more_room(void *arg)
{
    struct daemon *d = arg;
    if (!daemon_is_up(d))
        return;
    watch_poke(d->watch);
    if (uv_is_active((uv_handle_t *)&d->gather) && !intake_unstored(d->intake) && watch_idle(d->watch))
        compute(d);
}

static void hook_evaluated(void *arg)
{
    struct daemon *d = arg;
    if (daemon_is_up(d))
        sender_kick(d->sender);
}

static void hook_plugin_changed(void *arg)
{
    struct daemon *d = arg;
    log_notice("a plugin's file has changed: everything is described anew");
    daemon_reload(d);
}

static void hook_readers(void *arg)
{
    struct daemon *d = arg;
    if (d->intake && daemon_is_up(d))
        intake_readers_ready(d->intake);
}

static uint64_t hook_writer_beat(void *arg)
{
    return writer_beat(((struct daemon *)arg)->writer);
}

static uint64_t hook_supervisor_beat(void *arg)
{
    return supervisor_beat(((struct daemon *)arg)->supervisor);
}

static void hook_status(void *arg, char *out, size_t size)
{
    struct daemon *d = arg;
    size_t files = intake_running(d->intake), runs = runner_running(d->runner);
    if (d->reload_error)
        (void)snprintf(out, size, _("The last reload was refused: %.150s"), d->reload_error);
    else if (files || runs)
        (void)snprintf(out, size, _("At work: %zu files, %zu plugin runs; %zu folders watched"), files, runs,
                       d->plan->config->n_sources);
    else
        (void)snprintf(out, size, _("Waiting for files; %zu folders watched"), d->plan->config->n_sources);
}

// ---- start ----

static void on_recovered(void *arg)
{
    struct daemon *d = arg;
    if (!daemon_is_up(d))
        return;
    d->watching = true;
    watch_set_plan(d->watch, d->plan);
    runner_set_plan(d->runner, d->plan);
    sender_set_plan(d->sender, d->plan);
}

// Writer thread.
int daemon_work_sync(struct store *s, struct writer_job *job)
{
    struct daemon *d = job->arg;
    return store_sync_catalog(s, d->sync_plan->catalog, &job->err);
}

// Writer thread.
static int work_first_sync(struct store *s, struct writer_job *job)
{
    int r = daemon_work_sync(s, job);
    return r ? r : scope_try_again(s, &job->err);
}

static void on_first_sync(struct writer_job *job)
{
    struct daemon *d = job->arg;
    d->syncing = false;
    plan_unref(d->sync_plan);
    d->sync_plan = NULL;
    struct error err = job->err;
    int r = job->r;
    if (!r && daemon_is_up(d))
        r = reader_pool_set_plan(d->readers, d->plan, &err);
    if (r && daemon_is_up(d)) {
        log_error("%s", err.msg);
        d->exit_code = r == -EINVAL ? EX_CONFIG : EX_IOERR;
        daemon_stop(d);
        return;
    }
    if (daemon_is_up(d))
        intake_recover(d->intake, on_recovered, d);
}

void daemon_sync_catalog(struct daemon *d, struct plan *plan, writer_work_fn *work, writer_done_fn *done)
{
    d->syncing = true;
    d->sync_plan = plan_ref(plan);
    d->sync_job = (struct writer_job){.mode = WRITER_OWN, .work = work, .done = done, .arg = d};
    writer_submit(d->writer, &d->sync_job);
}

void daemon_adopt_plan(struct daemon *d, struct plan *plan)
{
    plan_unref(d->plan);
    d->plan = plan_ref(plan);
    intake_set_plan(d->intake, plan);
    intake_recover(d->intake, NULL, NULL); // files of a source that is configured again
    watch_set_plan(d->watch, plan);
    runner_set_plan(d->runner, plan);
    sender_set_plan(d->sender, plan);
}

// ---- rounds ----

struct plugin_look {
    uv_work_t work;
    struct daemon *owner;
    struct plan *plan;
    bool changed;
};

// Thread pool.
static void do_look(uv_work_t *work)
{
    struct plugin_look *k = work->data;
    k->changed = plan_plugins_changed(k->plan);
}

static void on_looked(uv_work_t *work, int status)
{
    struct plugin_look *k = work->data;
    struct daemon *d = k->owner;
    (void)status;
    d->looking = false;
    if (k->changed && daemon_is_up(d) && k->plan == d->plan)
        hook_plugin_changed(d);
    plan_unref(k->plan);
    free(k);
    if (!daemon_is_up(d))
        daemon_begin_close(d);
}

// Every rescan: what a failure left behind, what a due date makes due, plugins that came or changed.
static void on_round(uv_timer_t *timer)
{
    struct daemon *d = timer->data;
    if (d->phase != DAEMON_RUNNING)
        return;
    intake_recover(d->intake, NULL, NULL);
    runner_kick(d->runner);
    sender_kick(d->sender);
    (void)uv_timer_start(timer, on_round, (uint64_t)d->plan->config->rescan_ms, 0);
    if (d->looking)
        return;
    struct plugin_look *k = mem_alloc(sizeof *k);
    *k = (struct plugin_look){.owner = d, .plan = plan_ref(d->plan)};
    k->work.data = k;
    d->looking = true;
    (void)uv_queue_work(d->setup.loop, &k->work, do_look, on_looked);
}

static void become_ready(struct daemon *d)
{
    d->phase = DAEMON_RUNNING;
    log_notice("ready: %zu sources, %zu plugins", d->plan->config->n_sources, d->plan->catalog->n_plugins);
    for (size_t i = 0; i < d->plan->n_failures; i++)
        log_warn("plugin %s (%s): %s", d->plan->failures[i].name, d->plan->failures[i].path,
                 d->plan->failures[i].message);
    service_ready(d->service);
    (void)uv_timer_start(&d->rounds, on_round, (uint64_t)d->plan->config->rescan_ms, 0);
    if (!d->setup.once)
        (void)uv_timer_stop(&d->tick);
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *d = timer->data;
    if (d->phase == DAEMON_STARTING && !d->syncing && d->watching && watch_standing(d->watch))
        become_ready(d);
    if (d->setup.once && (daemon_idle(d) || intake_stuck(d->intake)))
        daemon_stop(d);
}

// ---- stop ----

static void on_all_closed(void *arg)
{
    struct daemon *d = arg;
    void (*stopped)(void *, int) = d->setup.on_stopped;
    void *stopped_arg = d->setup.arg;
    int code = d->exit_code;
    plan_unref(d->plan);
    free(d->db_path);
    free(d->reload_error);
    free(d);
    stopped(stopped_arg, code);
}

// The parts that use the writer go first, the writer last.
static void on_part_closed(void *arg)
{
    struct daemon *d = arg;
    if (--d->closing_parts == 0)
        writer_close(d->writer, on_all_closed, d);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

// From here on nothing new is written: what is not finished is taken up by the next start.
void daemon_begin_close(struct daemon *d)
{
    if (d->phase == DAEMON_CLOSING || !d->finished || d->reload || d->looking)
        return;
    d->phase = DAEMON_CLOSING;
    writer_stop(d->writer);
    daemon_answer_waiters(d);
    d->closing_parts = 12;
    uv_close((uv_handle_t *)&d->gather, on_timer_closed);
    uv_close((uv_handle_t *)&d->tick, on_timer_closed);
    uv_close((uv_handle_t *)&d->rounds, on_timer_closed);
    service_close(d->service, on_part_closed, d);
    control_close(d->control, on_part_closed, d);
    watch_close(d->watch, on_part_closed, d);
    intake_close(d->intake, on_part_closed, d);
    runner_close(d->runner, on_part_closed, d);
    sender_close(d->sender, on_part_closed, d);
    receipts_close(d->receipts, on_part_closed, d);
    reader_pool_close(d->readers, on_part_closed, d);
    supervisor_close(d->supervisor, on_part_closed, d);
}

static void on_sender_finished(void *arg)
{
    struct daemon *d = arg;
    d->finished = true;
    daemon_begin_close(d);
}

// Writer thread. Reads only.
static int work_pending(struct store *s, struct writer_job *job)
{
    struct daemon *d = job->arg;
    return outbox_pending(s, &d->pending, &d->dead, &job->err);
}

static void on_pending(struct writer_job *job)
{
    struct daemon *d = job->arg;
    if (job->r)
        log_error("the outbox cannot be counted: %s", job->err.msg);
    else if (d->pending || d->dead)
        (void)fprintf(stderr,
                      _("%lld messages are not delivered yet and stay in the outbox; %lld were given up\n"),
                      (long long)d->pending, (long long)d->dead);
    sender_finish(d->sender, 0, on_sender_finished, d);
}

void daemon_stop(struct daemon *d)
{
    if (!daemon_is_up(d))
        return;
    d->phase = DAEMON_FINISHING;
    service_stopping(d->service);
    (void)uv_timer_stop(&d->tick);
    (void)uv_timer_stop(&d->gather);
    (void)uv_timer_stop(&d->rounds);
    if (!d->setup.once) {
        sender_finish(d->sender, FINISH_MS, on_sender_finished, d);
        return;
    }
    if (!d->exit_code && (watch_troubled(d->watch) || !intake_idle(d->intake)))
        d->exit_code = EX_TEMPFAIL;
    d->sync_job = (struct writer_job){.mode = WRITER_OWN, .work = work_pending, .done = on_pending, .arg = d};
    writer_submit(d->writer, &d->sync_job);
}

// ---- open ----

static void open_parts(struct daemon *d)
{
    uv_loop_t *loop = d->setup.loop;
    const struct intake_setup intake = {.loop = loop,
                                        .writer = d->writer,
                                        .readers = d->readers,
                                        .receipts = d->receipts,
                                        .state_dir = d->plan->config->state,
                                        .on_stored = hook_stored,
                                        .on_room = hook_more_room,
                                        .arg = d};
    const struct runner_setup runner = {.loop = loop,
                                        .writer = d->writer,
                                        .supervisor = d->supervisor,
                                        .db_path = d->db_path,
                                        .on_evaluated = hook_evaluated,
                                        .on_plugin_changed = hook_plugin_changed,
                                        .gathering = hook_gathering,
                                        .arg = d};
    const struct sender_setup sender = {.loop = loop, .writer = d->writer, .supervisor = d->supervisor};
    const struct service_setup service = {.loop = loop,
                                          .writer_beat = hook_writer_beat,
                                          .supervisor_beat = hook_supervisor_beat,
                                          .status = hook_status,
                                          .arg = d};
    d->intake = intake_open(&intake);
    d->runner = runner_open(&runner);
    d->sender = sender_open(&sender);
    d->service = service_open(&service);
    intake_set_plan(d->intake, d->plan);
}

int daemon_open(struct daemon **ret, const struct daemon_setup *setup, struct error *err)
{
    struct daemon *d = mem_alloc(sizeof *d);
    uv_loop_t *loop = setup->loop;
    const struct watch_hooks hooks = {
        .room = hook_room, .on_claimed = hook_claimed, .on_found = hook_found, .arg = d};
    *d = (struct daemon){.setup = *setup, .started_ms = (int64_t)uv_now(loop)};
    d->db_path = str_printf("%s/junheng.db", setup->plan->config->state);
    int r = watch_open(&d->watch, loop, &hooks, setup->once, err);
    if (!r)
        r = writer_open(&d->writer, loop, d->db_path, err);
    if (r) {
        if (d->watch)
            watch_close(d->watch, free, d); // `d` is the last to go
        free(d->db_path);
        if (!d->watch)
            free(d);
        return r;
    }
    d->plan = plan_ref(setup->plan);
    d->tick.data = d->rounds.data = d->gather.data = d;
    (void)uv_timer_init(loop, &d->gather);
    (void)uv_timer_init(loop, &d->tick);
    (void)uv_timer_init(loop, &d->rounds);
    d->supervisor = supervisor_open(loop);
    d->readers = reader_pool_open(loop, d->supervisor, hook_readers, d);
    d->receipts = receipts_open(loop, d->db_path);
    open_parts(d);
    *ret = d;
    r = control_open(&d->control, loop, d->plan->config->control_socket, daemon_handle, d, err);
    if (r) {
        d->exit_code = EX_OSERR;
        d->finished = true;
        daemon_begin_close(d);
        return r;
    }
    (void)uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
    daemon_sync_catalog(d, d->plan, work_first_sync, on_first_sync);
    return 0;
}
