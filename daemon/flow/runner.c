// SPDX-License-Identifier: Apache-2.0
// Computing: which plugin runs when, over which scopes.
#include "flow/runner.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/evaluate.h"
#include "flow/run.h"

#define LIST_LIMIT 1000 // scopes listed for a plugin in one go
#define RETRY_MS 5000   // after a failure that is not the plugin's
#define RUN_SCOPES 64   // of one run at most: T2 is one transaction, the measures lie in memory
#define RUN_SCOPES_FIRST 8
#define RUN_BYTES (1u << 20) // what a run should say; ten times that as JSON values

static struct run_plugin *find_plugin(const struct runner *r, const char *name)
{
    for (struct run_plugin *p = r->plugins; p; p = p->next) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

static struct run_plugin *plugin_of(struct runner *r, const char *name)
{
    struct run_plugin *p = find_plugin(r, name);
    if (p)
        return p;
    p = mem_alloc(sizeof *p);
    *p = (struct run_plugin){.owner = r, .name = str_dup(name), .next = r->plugins, .check_alert = true};
    r->plugins = p;
    return p;
}

// ---- listing ----

struct listing {
    struct writer_job job;
    struct runner *owner;
    struct plan *plan;
    char *version;            // of the standards, with the due dates that have passed
    struct scope_list *lists; // by the catalogue's plugins
    bool *busy;
};

static void listing_free(struct listing *l)
{
    for (size_t i = 0; i < l->plan->catalog->n_plugins; i++)
        scope_list_deinit(&l->lists[i]);
    free(l->lists);
    free(l->busy);
    free(l->version);
    plan_unref(l->plan);
    free(l);
}

// Writer thread. Reads only.
static int work_list(struct store *s, struct writer_job *job)
{
    struct listing *l = job->arg;
    const struct catalog *c = l->plan->catalog;
    const struct scope_basis basis = {
        .version = l->version, .standards = l->plan->standards, .config = l->plan->config};
    int r = 0;
    for (size_t i = 0; i < c->n_plugins && !r; i++) {
        if (!l->busy[i])
            r = scope_list_dirty(s, c->plugins[i], &basis, LIST_LIMIT, &l->lists[i], &job->err);
    }
    return r;
}

static bool gives(const struct catalog *c, const char *plugin, const char *indicator)
{
    const struct indicator *ind = catalog_indicator(c, indicator);
    return ind && strcmp(ind->plugin, plugin) == 0;
}

// Runs are ordered by inputs: a plugin waits while one whose indicators it reads is dirty or running.
static bool must_wait(const struct listing *l, const struct plugin_info *p)
{
    const struct catalog *c = l->plan->catalog;
    for (size_t i = 0; i < c->n_plugins; i++) {
        if (c->plugins[i] == p || (!l->busy[i] && !l->lists[i].n))
            continue;
        for (size_t k = 0; k < p->n_inputs; k++) {
            if (p->inputs[k].indicator && gives(c, c->plugins[i]->name, p->inputs[k].indicator))
                return true;
        }
    }
    return false;
}

static bool file_changed(const struct plan *plan, const struct plugin_info *p)
{
    struct stat st;
    for (size_t i = 0; i < plan->n_stamps; i++) {
        const struct plugin_stamp *t = &plan->stamps[i];
        if (strcmp(t->path, p->path) != 0)
            continue;
        int64_t mtime_ns =
            stat(p->path, &st) < 0 ? 0 : (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        return mtime_ns != t->mtime_ns || (uint64_t)st.st_ino != t->ino || st.st_size != t->size;
    }
    return false;
}

static size_t run_size(const struct run_plugin *p)
{
    if (p->suspect)
        return 1;
    size_t fit = p->scope_bytes ? RUN_BYTES / p->scope_bytes : RUN_SCOPES_FIRST;
    return fit < 1 ? 1 : fit > RUN_SCOPES ? RUN_SCOPES : fit;
}

// Moves the scopes of one run out of the list: those to be re-judged, or those to be computed; after a death
// one at a time.
static struct scope_list choose(struct scope_list *from, const struct run_plugin *p)
{
    struct scope_list out = {.items = mem_array(from->n, sizeof *out.items)};
    const bool rejudge = from->items[0].rejudge_only;
    const size_t max = rejudge ? RUN_SCOPES : run_size(p);
    size_t kept = 0;
    for (size_t i = 0; i < from->n; i++) {
        struct scope_item *it = &from->items[i];
        if (it->rejudge_only == rejudge && out.n < max)
            out.items[out.n++] = *it;
        else
            from->items[kept++] = *it;
    }
    from->n = kept;
    return out;
}

static void consider(struct runner *r, struct listing *l, size_t i)
{
    const struct plugin_info *info = l->plan->catalog->plugins[i];
    struct run_plugin *p = plugin_of(r, info->name);
    if (!p->run && !l->busy[i] && !l->lists[i].n)
        p->suspect = false;
    if (p->run || !l->lists[i].n)
        return;
    if (must_wait(l, info)) {
        r->waiting = true;
        return;
    }
    if (!r->as_described && file_changed(l->plan, info)) {
        r->waiting = true;
        r->setup.on_plugin_changed(r->setup.arg);
        return;
    }
    struct scope_list scopes = choose(&l->lists[i], p);
    run_begin(p, l->plan, info, l->version, &scopes);
}

static void on_retry(uv_timer_t *timer)
{
    runner_kick(timer->data);
}

static void on_listed(struct writer_job *job)
{
    struct listing *l = job->arg;
    struct runner *r = l->owner;
    r->listing = false;
    r->waiting = false;
    if (job->r && job->r != UV_ECANCELED) {
        log_error("what must be computed cannot be listed: %s; next try in %d s", job->err.msg,
                  RETRY_MS / 1000);
        runner_retry_later(r);
    }
    for (size_t i = 0; i < l->plan->catalog->n_plugins && !job->r && !r->closing; i++)
        consider(r, l, i);
    listing_free(l);
    if (r->again)
        runner_kick(r);
    runner_maybe_closed(r);
}

void runner_kick(struct runner *r)
{
    if (r->closing || !r->plan)
        return;
    r->again = r->listing;
    if (r->listing)
        return;
    const struct catalog *c = r->plan->catalog;
    struct listing *l = mem_alloc(sizeof *l);
    *l = (struct listing){.owner = r, .plan = plan_ref(r->plan)};
    l->version = evaluate_version(r->plan->config, r->plan->standards, run_wall_ms());
    l->lists = mem_array(c->n_plugins, sizeof *l->lists);
    l->busy = mem_array(c->n_plugins, sizeof *l->busy);
    for (size_t i = 0; i < c->n_plugins; i++)
        l->busy[i] = plugin_of(r, c->plugins[i]->name)->run != NULL;
    l->job = (struct writer_job){.mode = WRITER_SHARED, .work = work_list, .done = on_listed, .arg = l};
    r->listing = true;
    writer_submit(r->setup.writer, &l->job);
}

void runner_prepare(struct runner *r)
{
    const struct catalog *c = r->plan && !r->closing ? r->plan->catalog : NULL;
    for (size_t i = 0; c && i < c->n_plugins; i++)
        run_prepare(r, c->plugins[i]);
}

void runner_retry_later(struct runner *r)
{
    if (!r->closing)
        (void)uv_timer_start(&r->timer, on_retry, RETRY_MS, 0);
}

// ---- plan ----

struct plan_alerts {
    struct writer_job job;
    struct runner *owner;
    struct plan *plan;
};

// A plugin that cannot be loaded is an alert of our own; one that can, and has nothing set aside, ends its
// alert.
static int work_plan_alerts(struct store *s, struct writer_job *job)
{
    struct plan_alerts *a = job->arg;
    const struct alert_context ctx = run_alert_context(a->plan);
    int r = 0;
    for (size_t i = 0; i < a->plan->n_failures && !r; i++) {
        const struct plugin_failure *f = &a->plan->failures[i];
        CLEANUP_FREE char *text = str_printf(_("Plugin %s cannot be used: %s"), f->name, f->message);
        r = alert_own_raise(s, &ctx, "plugin", f->name, "orange", text, &job->err);
    }
    for (size_t i = 0; i < a->plan->catalog->n_plugins && !r; i++)
        r = run_clear_alert(s, &ctx, a->plan->catalog->plugins[i]->name, &job->err);
    return r;
}

static void on_plan_alerts(struct writer_job *job)
{
    struct plan_alerts *a = job->arg;
    struct runner *r = a->owner;
    if (job->r && job->r != UV_ECANCELED)
        log_error("alerts about plugins cannot be written: %s", job->err.msg);
    r->telling--;
    plan_unref(a->plan);
    free(a);
    if (!r->closing)
        r->setup.on_evaluated(r->setup.arg);
    runner_maybe_closed(r);
}

void runner_set_plan(struct runner *r, struct plan *plan)
{
    plan_unref(r->plan);
    r->plan = plan_ref(plan);
    r->as_described = false;
    struct plan_alerts *a = mem_alloc(sizeof *a);
    *a = (struct plan_alerts){.owner = r, .plan = plan_ref(plan)};
    a->job = (struct writer_job){
        .mode = WRITER_SHARED, .work = work_plan_alerts, .done = on_plan_alerts, .arg = a};
    r->telling++;
    writer_submit(r->setup.writer, &a->job);
    runner_kick(r);
}

void runner_run_as_described(struct runner *r)
{
    r->as_described = true;
    runner_kick(r);
}

// ---- the rest ----

struct runner *runner_open(const struct runner_setup *setup)
{
    struct runner *r = mem_alloc(sizeof *r);
    r->setup = *setup;
    r->timer.data = r;
    (void)uv_timer_init(setup->loop, &r->timer);
    return r;
}

size_t runner_running(const struct runner *r)
{
    size_t n = 0;
    for (const struct run_plugin *p = r->plugins; p; p = p->next)
        n += p->run != NULL;
    return n;
}

bool runner_idle(const struct runner *r)
{
    return !r->listing && !r->telling && !r->waiting && !runner_running(r) &&
           !uv_is_active((const uv_handle_t *)&r->timer);
}

json_t *runner_status(const struct runner *r)
{
    json_t *out = json_array();
    const struct catalog *c = r->plan ? r->plan->catalog : NULL; // NULL: still starting
    for (size_t i = 0; c && i < c->n_plugins; i++) {
        const struct run_plugin *p = find_plugin(r, c->plugins[i]->name);
        (void)json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:b, s:i, s:i, s:s?}", "name",
                                                   c->plugins[i]->name, "version", c->plugins[i]->version,
                                                   "path", c->plugins[i]->path, "running", p && p->run,
                                                   "runs", p ? p->runs : 0, "deaths", p ? p->deaths : 0,
                                                   "last_error", p ? p->last_error : NULL));
    }
    return out;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct runner *r = handle->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;
    while (r->plugins) {
        struct run_plugin *p = r->plugins;
        r->plugins = p->next;
        free(p->name);
        free(p->last_error);
        free(p);
    }
    plan_unref(r->plan);
    free(r);
    closed(arg);
}

void runner_maybe_closed(struct runner *r)
{
    if (r->closing && !r->listing && !r->telling && !runner_running(r) &&
        !uv_is_closing((uv_handle_t *)&r->timer))
        uv_close((uv_handle_t *)&r->timer, on_timer_closed);
}

void runner_close(struct runner *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    for (struct run_plugin *p = r->plugins; p; p = p->next) {
        if (p->run)
            run_kill(p->run);
    }
    runner_maybe_closed(r);
}
