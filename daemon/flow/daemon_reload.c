// SPDX-License-Identifier: Apache-2.0
// Reload: a new plan is loaded beside the running one and takes its place whole, or not at all.
// Happy path: load (thread pool) → tables (writer) → every part gets the new plan → the askers are answered.
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/daemon_parts.h"

struct reload {
    uv_work_t work;
    struct daemon *owner;
    char *path;
    struct plan *plan;
    int r;
    struct error err;
};

// Thread pool: plugins are described.
static void do_reload(uv_work_t *work)
{
    struct reload *k = work->data;
    k->r = plan_load(k->path, &k->plan, &k->err);
}

void daemon_answer_waiters(struct daemon *d)
{
    for (size_t i = 0; i < d->n_waiters; i++) {
        if (d->reload_error)
            control_fail(d->waiters[i], d->reload_error);
        else
            control_reply(d->waiters[i], json_pack("{s:b}", "ok", 1));
    }
    d->n_waiters = 0;
}

static void reload_end(struct daemon *d, const char *error)
{
    struct reload *k = TAKE(d->reload);
    free(d->reload_error);
    d->reload_error = str_dup(error);
    d->reloaded_ms = (int64_t)uv_now(d->setup.loop);
    if (error && daemon_is_up(d)) {
        log_error("not reloaded, the old configuration goes on: %s", error);
        runner_run_as_described(d->runner);
    } else if (!error) {
        log_notice("reloaded: %zu sources, %zu plugins, %zu that cannot be used", k->plan->config->n_sources,
                   k->plan->catalog->n_plugins, k->plan->n_failures);
    }
    service_status(d->service);
    plan_unref(k->plan);
    free(k->path);
    free(k);
    daemon_answer_waiters(d);
    if (d->reload_again && daemon_is_up(d)) {
        d->reload_again = false;
        daemon_reload(d);
    }
}

static void on_reload_synced(struct writer_job *job)
{
    struct daemon *d = job->arg;
    struct error err = job->err;
    int r = job->r;
    d->syncing = false;
    plan_unref(d->sync_plan);
    d->sync_plan = NULL;
    if (!r && daemon_is_up(d))
        r = reader_pool_set_plan(d->readers, d->reload->plan, &err);
    if (!r && daemon_is_up(d))
        daemon_adopt_plan(d, d->reload->plan);
    reload_end(d, r ? err.msg : NULL);
    if (!daemon_is_up(d))
        daemon_begin_close(d);
}

static const char *needs_restart(const struct config *now, const struct config *then)
{
    if (strcmp(now->state, then->state) != 0)
        return "state";
    if (strcmp(now->control_socket, then->control_socket) != 0)
        return "control_socket";
    if (strcmp(now->language, then->language) != 0)
        return "language";
    return strcmp(now->timezone, then->timezone) != 0 ? "timezone" : NULL;
}

static void on_reload_loaded(uv_work_t *work, int status)
{
    struct reload *k = work->data;
    struct daemon *d = k->owner;
    (void)status;
    if (!daemon_is_up(d)) {
        reload_end(d, _("the daemon is stopping"));
        daemon_begin_close(d);
        return;
    }
    const char *key = k->r ? NULL : needs_restart(k->plan->config, d->plan->config);
    if (key)
        k->r =
            error_set(&k->err, -EINVAL, _("a changed %s needs a restart: systemctl restart junhengd"), key);
    if (k->r)
        reload_end(d, k->err.msg);
    else
        daemon_sync_catalog(d, k->plan, daemon_work_sync, on_reload_synced);
}

void daemon_reload(struct daemon *d)
{
    if (!daemon_is_up(d) || d->reload || d->syncing) {
        d->reload_again = true;
        return;
    }
    struct reload *k = mem_alloc(sizeof *k);
    *k = (struct reload){.owner = d, .path = str_dup(d->plan->config->path)};
    k->work.data = k;
    d->reload = k;
    (void)uv_queue_work(d->setup.loop, &k->work, do_reload, on_reload_loaded);
}

void daemon_reload_for(struct daemon *d, struct control_request *q)
{
    if (d->n_waiters == RELOAD_WAITERS_MAX) {
        control_fail(q, _("too many requests at once"));
        return;
    }
    d->waiters[d->n_waiters++] = q;
    daemon_reload(d);
}
