// SPDX-License-Identifier: Apache-2.0
// One run of a plugin, from its process to T2.
#include "flow/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/paths.h"
#include "conf/setting.h"
#include "flow/evaluate.h"
#include "flow/kill_point.h"
#include "flow/run_output.h"
#include "store/dataset_table.h"
#include "store/run.h"

#define OUTPUT_MAX (64u << 20) // one county of 20,000 schools
#define REASON_MAX 600
#define KILLED_MAX 5

struct run {
    struct run_plugin *plugin;
    struct plan *plan;
    const struct plugin_info *info;
    char *version;
    struct scope_list scopes;
    struct worker *worker;
    struct worker_end end;
    struct buf frames;
    struct run_output output;
    uv_work_t work;
    struct writer_job job;
    int r;
    struct error err; // why it failed
    int64_t started_ms;
    bool set_aside, ours; // `ours`: the failure is not the plugin's
    struct evaluation_result result;
};

int64_t run_wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct alert_context run_alert_context(const struct plan *plan)
{
    return (struct alert_context){.catalog = plan->catalog,
                                  .config = plan->config,
                                  .standards = plan->standards,
                                  .now_ms = run_wall_ms()};
}

int run_clear_alert(struct store *s, const struct alert_context *ctx, const char *plugin, struct error *err)
{
    int64_t active = 0;
    int r = scope_set_aside_count(s, plugin, &active, err);
    return r || active ? r : alert_own_clear(s, ctx, "plugin", plugin, err);
}

static void run_end(struct run *run)
{
    struct run_plugin *p = run->plugin;
    struct runner *r = p->owner;
    p->run = NULL;
    scope_list_deinit(&run->scopes);
    run_output_deinit(&run->output);
    buf_deinit(&run->frames);
    free(run->version);
    bool ours = run->ours;
    plan_unref(run->plan);
    free(run);
    if (r->closing)
        runner_maybe_closed(r);
    else if (ours)
        runner_retry_later(r);
    else if (!r->setup.gathering(r->setup.arg))
        runner_kick(r);
}

static void fail_ours(struct run *run, const char *doing, const char *message)
{
    if (!run->plugin->owner->closing)
        log_error("plugin %s: %s: %s; trying again", run->plugin->name, doing, message);
    run->ours = true;
    run_end(run);
}

// ---- death ----

// Writer thread. A kill before the COMMIT forgets this death: the run is simply repeated.
static int work_failed(struct store *s, struct writer_job *job)
{
    struct run *run = job->arg;
    const char *name = run->plugin->name;
    int64_t id, now = run_wall_ms();
    char reason[REASON_MAX];
    (void)snprintf(reason, sizeof reason, "%s", run->err.msg);
    const struct run_row row = {.plugin = run->info,
                                .started_ms = run->started_ms,
                                .ended_ms = now,
                                .outcome = "failed",
                                .message = reason,
                                .scopes = run->scopes.n};
    int r = run_record(s, &row, &id, &job->err);
    run->set_aside = false;
    for (size_t i = 0; i < run->scopes.n && !r; i++) {
        bool active = false;
        r = scope_failed(s, run->info, &run->scopes.items[i], reason, now, &active, &job->err);
        run->set_aside |= active;
    }
    if (r || !run->set_aside)
        return r;
    const struct scope_item *first = &run->scopes.items[0];
    CLEANUP_FREE char *text = str_printf(
        _("Plugin %s failed twice on %s, county %s, and was set aside for it: %s. The rest goes on. When "
          "it is mended: junheng plugins retry %s"),
        name, first->period, *first->county ? first->county : "-", reason, name);
    const struct alert_context ctx = run_alert_context(run->plan);
    return alert_own_raise(s, &ctx, "plugin", name, "orange", text, &job->err);
}

static void on_failed(struct writer_job *job)
{
    struct run *run = job->arg;
    struct run_plugin *p = run->plugin;
    if (job->r) {
        fail_ours(run, "its failure cannot be written", job->err.msg);
        return;
    }
    p->deaths++;
    p->suspect = true;
    p->check_alert = true;
    free(p->last_error);
    p->last_error = str_dup(run->err.msg);
    CLEANUP_FREE char *field = str_printf("PLUGIN=%s", p->name);
    CLEANUP_FREE char *file = str_printf("FILE=%s", run->info->path);
    const char *fields[] = {field, file, NULL};
    CLEANUP_FREE char *text = str_printf("plugin %s: %s; %s", p->name, run->err.msg,
                                         run->set_aside ? "set aside for these scopes" : "tried once more");
    log_fields(LOG_LEVEL_WARN, fields, text);
    if (run->set_aside && !p->owner->closing)
        p->owner->setup.on_evaluated(p->owner->setup.arg); // the alert waits in the outbox
    run_end(run);
}

static void count_death(struct run *run)
{
    if (run->plugin->owner->closing) {
        run_end(run);
        return;
    }
    run->job = (struct writer_job){.mode = WRITER_SHARED, .work = work_failed, .done = on_failed, .arg = run};
    writer_submit(run->plugin->owner->setup.writer, &run->job);
}

// ---- T2 ----

// Writer thread.
static int work_evaluate(struct store *s, struct writer_job *job)
{
    struct run *run = job->arg;
    const struct evaluation e = {.catalog = run->plan->catalog,
                                 .config = run->plan->config,
                                 .standards = run->plan->standards,
                                 .plugin = run->info,
                                 .scopes = &run->scopes,
                                 .measures = run->output.measures,
                                 .started_ms = run->started_ms,
                                 .now_ms = run_wall_ms(),
                                 .version = run->version};
    int r = evaluate_apply(s, &e, &run->result, &job->err);
    if (r || !run->plugin->check_alert)
        return r;
    const struct alert_context ctx = run_alert_context(run->plan);
    r = store_begin(s, &job->err);
    if (!r)
        r = run_clear_alert(s, &ctx, run->plugin->name, &job->err);
    if (!r)
        r = store_commit(s, &job->err);
    return r;
}

static void on_evaluated(struct writer_job *job)
{
    struct run *run = job->arg;
    struct run_plugin *p = run->plugin;
    struct runner *r = p->owner;
    if (job->r == -EPROTO) {
        run->err = job->err;
        count_death(run);
        return;
    }
    if (job->r) {
        fail_ours(run, "its results cannot be stored", job->err.msg);
        return;
    }
    kill_point("t2-committed");
    if (run->result.measures_skipped)
        log_warn(
            "plugin %s: %lld measures are of schools whose code is that of their county; these are not judged",
            p->name, (long long)run->result.measures_skipped);
    p->runs++;
    p->killed = 0;
    p->check_alert = p->suspect;
    log_info(
        "plugin %s: %zu scopes computed in %lld ms, %lld results changed, %lld alerts opened, %lld resolved",
        p->name, run->scopes.n, (long long)(run_wall_ms() - run->started_ms),
        (long long)run->result.results_changed, (long long)run->result.alerts_opened,
        (long long)run->result.alerts_resolved);
    if (!r->closing)
        r->setup.on_evaluated(r->setup.arg);
    run_end(run);
}

static void evaluate(struct run *run)
{
    run->job =
        (struct writer_job){.mode = WRITER_OWN, .work = work_evaluate, .done = on_evaluated, .arg = run};
    writer_submit(run->plugin->owner->setup.writer, &run->job);
}

// ---- process ----

// Thread pool: a province's measures are a hundred megabytes of JSON.
static void do_parse(uv_work_t *work)
{
    struct run *run = work->data;
    run->r = run_output_parse(&run->frames, &run->output, &run->err);
    buf_deinit(&run->frames);
    run->frames = BUF_INIT;
}

static void log_lines(const struct run *run)
{
    CLEANUP_FREE char *field = str_printf("PLUGIN=%s", run->plugin->name);
    const char *fields[] = {field, NULL};
    for (size_t i = 0; i < run->output.n_logs; i++) {
        CLEANUP_FREE char *text = str_printf("plugin %s: %s", run->plugin->name, run->output.logs[i]);
        log_fields(LOG_LEVEL_NOTICE, fields, text);
    }
}

// Killed, but not by us: by a person, or for want of memory elsewhere. Not laid to the plugin's charge a few
// times.
static bool was_killed(struct run *run)
{
    const struct worker_end *e = &run->end;
    return e->signal == SIGKILL && !e->timed_out && !e->too_much && ++run->plugin->killed <= KILLED_MAX;
}

static void on_parsed(uv_work_t *work, int status)
{
    struct run *run = work->data;
    (void)status;
    log_lines(run);
    // What it said of its failure is worth more than how its process ended; a kill of ours is worth more than
    // both.
    if (run->r != -ECANCELED &&
        (run->r || run->end.timed_out || run->end.too_much || run->end.signal || run->end.exit_code)) {
        bool ended_badly = run->end.timed_out || run->end.too_much || run->end.signal || run->end.exit_code;
        char text[128];
        worker_end_text(&run->end, text, sizeof text);
        if (ended_badly)
            (void)error_set(&run->err, -EPROTO, "%s", text);
        run->r = -EPROTO;
    }
    if (run->r == -EPROTO && was_killed(run)) {
        log_warn("plugin %s: its process was killed from outside; the run is repeated", run->plugin->name);
        run_end(run);
        return;
    }
    if (run->r) {
        count_death(run);
        return;
    }
    kill_point("run-done");
    evaluate(run);
}

static void on_output(void *arg, const char *data, size_t len)
{
    struct run *run = arg;
    buf_add(&run->frames, data, len);
}

static void on_worker_end(void *arg, const struct worker_end *end)
{
    struct run *run = arg;
    run->worker = NULL;
    run->end = *end;
    run_prepare(run->plugin->owner, run->info); // for the next one
    run->plugin->scope_bytes = run->frames.len / run->scopes.n + 1;
    if (run->plugin->owner->closing) {
        run_end(run);
        return;
    }
    (void)uv_queue_work(run->plugin->owner->setup.loop, &run->work, do_parse, on_parsed);
}

static json_t *job_datasets(const struct run *run)
{
    json_t *out = json_array();
    for (size_t i = 0; i < run->info->n_inputs; i++) {
        const char *id = run->info->inputs[i].dataset;
        const struct dataset *d = id ? catalog_dataset(run->plan->catalog, id) : NULL;
        if (d)
            (void)json_array_append_new(out, dataset_describe(d));
    }
    return out;
}

static json_t *job_settings(const struct run *run)
{
    const char **periods = mem_array(run->scopes.n, sizeof *periods);
    for (size_t i = 0; i < run->scopes.n; i++)
        periods[i] = run->scopes.items[i].period;
    json_t *out = setting_list(run->plan->standards, run->info, periods, run->scopes.n);
    free(periods);
    return out;
}

static char *job_text(const struct run *run)
{
    json_t *scopes = json_array();
    for (size_t i = 0; i < run->scopes.n; i++) {
        const struct scope_item *it = &run->scopes.items[i];
        (void)json_array_append_new(scopes,
                                    json_pack("{s:s, s:s}", "period", it->period, "county", it->county));
    }
    const struct config *c = run->plan->config;
    json_t *job =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:{s:I, s:I}}", "db", run->plugin->owner->setup.db_path,
                  "scopes", scopes, "datasets", job_datasets(run), "settings", job_settings(run), "options",
                  plan_plugin_options(run->plan, run->info), "limits", "memory_bytes",
                  (json_int_t)c->run_memory_bytes, "cpu_s", (json_int_t)c->run_timeout_ms / 1000 + 1);
    char *text = json_dumps(job, JSON_COMPACT);
    json_decref(job);
    return text;
}

static int start_process(struct run *run, struct error *err)
{
    CLEANUP_FREE char *path = paths_worker("junheng-run");
    CLEANUP_FREE char *text = job_text(run);
    CLEANUP_FREE char *field = str_printf("PLUGIN=%s", run->plugin->name);
    const char *argv[] = {path, run->info->path, NULL};
    if (!text)
        return error_set(err, -EINVAL, "the job is not valid UTF-8");
    const struct worker_spec spec = {
        .name = "junheng-run",
        .argv = argv,
        .field = field,
        .input = text,
        .input_len = strlen(text),
        .fd3 = -1,
        .timeout_ms = run->plan->config->run_timeout_ms,
        .max_output = OUTPUT_MAX,
        .on_output = on_output,
        .on_end = on_worker_end,
        .arg = run,
    };
    return supervisor_start(run->plugin->owner->setup.supervisor, &spec, &run->worker, err);
}

void run_prepare(struct runner *r, const struct plugin_info *info)
{
    CLEANUP_FREE char *path = paths_worker("junheng-run");
    CLEANUP_FREE char *field = str_printf("PLUGIN=%s", info->name);
    const char *argv[] = {path, info->path, NULL};
    const struct worker_spec spec = {.name = "junheng-run", .argv = argv, .field = field};
    if (!r->closing)
        supervisor_prepare(r->setup.supervisor, &spec);
}

void run_begin(struct run_plugin *p, struct plan *plan, const struct plugin_info *info, const char *version,
               struct scope_list *scopes)
{
    struct run *run = mem_alloc(sizeof *run);
    *run = (struct run){
        .plugin = p, .plan = plan_ref(plan), .info = info, .scopes = *scopes, .started_ms = run_wall_ms()};
    run->version = str_dup(version);
    run->work.data = run;
    p->run = run;
    if (scopes->items[0].rejudge_only) {
        evaluate(run);
        return;
    }
    struct error err = {0};
    if (start_process(run, &err))
        fail_ours(run, "its process cannot be started", err.msg);
}

void run_kill(struct run *run)
{
    if (run->worker)
        worker_kill(run->worker);
}
