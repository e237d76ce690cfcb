// SPDX-License-Identifier: Apache-2.0
// Delivery.
#include "flow/sender.h"

#include <string.h>
#include <strings.h>
#include <time.h>
#include <systemd/sd-journal.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/paths.h"
#include "flow/kill_point.h"
#include "notify/outbox.h"

#define BATCH 20
#define OUTPUT_MAX (4u << 20)
#define TIMER_MAX_MS (3600 * 1000)
#define RETRY_MS 5000 // after a failure of our own
#define LINE_SPARE_MS 30000

struct sender {
    struct sender_setup setup;
    struct plan *plan;
    uv_timer_t timer;
    struct writer_job due_job, report_job;
    struct plan *job_plan;  // of the jobs at hand
    json_t *jobs, *journal; // due
    int64_t next_ms;
    json_t *unanswered; // ids with the sender, as the keys of an object
    json_t *outcomes;   // not yet reported
    json_t *reported;   // in report_job
    struct worker *worker;
    struct buf line;
    uv_work_t log_work;
    bool listing, logging, reporting, again, closing, finishing;
    void (*finished)(void *arg);
    void *finished_arg;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void go_on(struct sender *s);

static int64_t wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool is_busy(const struct sender *s)
{
    return s->listing || s->logging || s->reporting || s->worker;
}

static void on_timer(uv_timer_t *timer)
{
    struct sender *s = timer->data;
    if (s->finishing && s->worker)
        worker_kill(s->worker);
    else
        sender_kick(s);
}

// ---- outcomes ----

// Writer thread. A kill before the COMMIT repeats these deliveries under their keys.
static int work_report(struct store *store, struct writer_job *job)
{
    struct sender *s = job->arg;
    double jitter = (double)(uv_hrtime() % 1000) / 1000.0;
    return outbox_report(store, s->job_plan->config, s->reported, wall_ms(), jitter, &job->err);
}

static void on_reported(struct writer_job *job)
{
    struct sender *s = job->arg;
    s->reporting = false;
    if (job->r && job->r != UV_ECANCELED)
        log_error("outcomes of deliveries cannot be written: %s; these will be sent again", job->err.msg);
    else if (!job->r)
        kill_point("reported");
    json_decref(s->reported);
    s->reported = NULL;
    go_on(s);
}

static void report(struct sender *s)
{
    if (s->reporting || json_array_size(s->outcomes) == 0)
        return;
    kill_point("sent");
    s->reporting = true;
    s->reported = s->outcomes;
    s->outcomes = json_array();
    s->report_job =
        (struct writer_job){.mode = WRITER_OWN, .work = work_report, .done = on_reported, .arg = s};
    writer_submit(s->setup.writer, &s->report_job);
}

static void note_outcome(struct sender *s, json_t *outcome)
{
    char key[24];
    json_t *id = json_object_get(outcome, "id");
    (void)snprintf(key, sizeof key, "%lld", (long long)json_integer_value(id));
    if (!json_is_integer(id) || json_object_del(s->unanswered, key)) {
        log_warn("junheng-send answered for a message that it was not given; ignored");
        return;
    }
    if (!json_is_true(json_object_get(outcome, "ok")))
        log_warn("message %s was not delivered: %s", key,
                 json_string_value(json_object_get(outcome, "error")));
    (void)json_array_append(s->outcomes, outcome);
}

static void on_output(void *arg, const char *data, size_t len)
{
    struct sender *s = arg;
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n') {
            buf_addc(&s->line, data[i]);
            continue;
        }
        json_t *outcome = json_loadb(buf_str(&s->line), s->line.len, 0, NULL);
        note_outcome(s, outcome);
        json_decref(outcome);
        buf_reset(&s->line);
    }
    report(s);
}

// What it did not answer for counts as failed.
static void on_worker_end(void *arg, const struct worker_end *end)
{
    struct sender *s = arg;
    char text[128], message[200];
    const char *key;
    json_t *value;
    s->worker = NULL;
    sender_prepare(s); // for the next batch
    buf_reset(&s->line);
    worker_end_text(end, text, sizeof text);
    (void)snprintf(message, sizeof message, "junheng-send %s", text);
    // Killed by us at shutdown: not an attempt, it is simply sent again by the next start.
    if (!s->closing && !(s->finishing && end->signal)) {
        json_object_foreach(s->unanswered, key, value)
        {
            (void)json_array_append_new(s->outcomes, json_pack("{s:O, s:b, s:s, s:b}", "id", value, "ok", 0,
                                                               "error", message, "permanent", 0));
        }
        if (json_object_size(s->unanswered))
            log_warn("%s with %zu messages unanswered; they are tried again", message,
                     json_object_size(s->unanswered));
    }
    (void)json_object_clear(s->unanswered);
    report(s);
    go_on(s);
}

// ---- sending ----

static int64_t batch_timeout(const struct sender *s)
{
    int64_t total = LINE_SPARE_MS;
    size_t i;
    json_t *job;
    json_array_foreach(s->jobs, i, job)
    {
        json_t *t = json_object_get(json_object_get(job, "config"), "timeout_ms");
        total += json_is_integer(t) ? (int64_t)json_integer_value(t) : 30000;
    }
    return total;
}

static int start_worker(struct sender *s, struct error *err)
{
    CLEANUP_FREE char *path = paths_worker("junheng-send");
    CLEANUP_FREE char *text = json_dumps(s->jobs, JSON_COMPACT);
    const char *argv[] = {path, NULL};
    const struct worker_spec spec = {
        .name = "junheng-send",
        .argv = argv,
        .input = text,
        .input_len = text ? strlen(text) : 0,
        .fd3 = -1,
        .timeout_ms = batch_timeout(s),
        .max_output = OUTPUT_MAX,
        .on_output = on_output,
        .on_end = on_worker_end,
        .arg = s,
    };
    return supervisor_start(s->setup.supervisor, &spec, &s->worker, err);
}

void sender_prepare(struct sender *s)
{
    CLEANUP_FREE char *path = paths_worker("junheng-send");
    const char *argv[] = {path, NULL};
    const struct worker_spec spec = {.name = "junheng-send", .argv = argv};
    if (!s->closing && !s->finishing && s->plan && s->plan->config->n_channels)
        supervisor_prepare(s->setup.supervisor, &spec);
}

static void send_jobs(struct sender *s)
{
    size_t i;
    json_t *job;
    struct error err;
    json_array_foreach(s->jobs, i, job)
    {
        char key[24];
        json_t *id = json_object_get(job, "id");
        (void)snprintf(key, sizeof key, "%lld", (long long)json_integer_value(id));
        (void)json_object_set(s->unanswered, key, id);
    }
    if (start_worker(s, &err)) {
        log_error("%s; next try in %d s", err.msg, RETRY_MS / 1000);
        (void)json_object_clear(s->unanswered);
        (void)uv_timer_start(&s->timer, on_timer, RETRY_MS, 0);
    }
    json_decref(s->jobs);
    s->jobs = NULL;
}

// ---- journal ----

static void to_journal(json_t *message)
{
    struct iovec iov[32];
    char *texts[32];
    size_t n = 0;
    const char *key, *body = json_string_value(json_object_get(message, "text"));
    const char *subject = json_string_value(json_object_get(message, "subject"));
    json_t *value;
    texts[n++] = str_printf("MESSAGE=%s", body ? body : subject ? subject : "");
    texts[n++] = str_printf("PRIORITY=%d", LOG_LEVEL_WARN);
    texts[n++] = str_dup("SYSLOG_IDENTIFIER=junheng");
    json_object_foreach(json_object_get(message, "fields"), key, value)
    {
        const char *text = json_string_value(value);
        if (text && n < ARRAY_SIZE(texts))
            texts[n++] = str_printf("%s%s=%s", strncmp(key, "JUNHENG_", 8) == 0 ? "" : "JUNHENG_", key, text);
    }
    for (size_t i = 0; i < n; i++)
        iov[i] = (struct iovec){.iov_base = texts[i], .iov_len = strlen(texts[i])};
    (void)sd_journal_sendv(iov, (int)n); // 0 also where there is no journal
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
}

// Thread pool: a journal that is stuck must not hold the loop.
static void do_log(uv_work_t *work)
{
    struct sender *s = work->data;
    size_t i;
    json_t *message;
    json_array_foreach(s->journal, i, message)
    {
        size_t k;
        json_t *alert;
        to_journal(message);
        json_array_foreach(json_object_get(message, "each"), k, alert) to_journal(alert);
    }
}

static void on_logged(uv_work_t *work, int status)
{
    struct sender *s = work->data;
    size_t i;
    json_t *message;
    (void)status;
    s->logging = false;
    json_array_foreach(s->journal, i, message)
    {
        const char *subject = json_string_value(json_object_get(message, "subject"));
        log_notice("%s", subject ? subject : "alert");
        (void)json_array_append_new(s->outcomes,
                                    json_pack("{s:O, s:b}", "id", json_object_get(message, "id"), "ok", 1));
    }
    json_decref(s->journal);
    s->journal = NULL;
    report(s);
    go_on(s);
}

// ---- what is due ----

// Writer thread. Reads only.
static int work_due(struct store *store, struct writer_job *job)
{
    struct sender *s = job->arg;
    int64_t now = wall_ms();
    int r = outbox_due(store, s->job_plan->config, now, BATCH, &s->jobs, &s->next_ms, &job->err);
    if (!r)
        r = outbox_due_journal(store, s->job_plan->config, now, BATCH, &s->journal, &job->err);
    return r;
}

static void wait_for_next(struct sender *s)
{
    int64_t pause = s->next_ms == INT64_MAX ? TIMER_MAX_MS : s->next_ms - wall_ms();
    pause = pause < 10 ? 10 : pause > TIMER_MAX_MS ? TIMER_MAX_MS : pause;
    (void)uv_timer_start(&s->timer, on_timer, (uint64_t)pause, 0);
}

static void on_due(struct writer_job *job)
{
    struct sender *s = job->arg;
    s->listing = false;
    if (job->r && job->r != UV_ECANCELED) {
        log_error("the outbox cannot be read: %s; next try in %d s", job->err.msg, RETRY_MS / 1000);
        (void)uv_timer_start(&s->timer, on_timer, RETRY_MS, 0);
    }
    bool some = json_array_size(s->jobs) || json_array_size(s->journal);
    if (!job->r && some && !s->finishing && !s->closing) {
        s->again = true; // there may be more than one batch
        if (json_array_size(s->journal)) {
            s->logging = true;
            (void)uv_queue_work(s->setup.loop, &s->log_work, do_log, on_logged);
        }
        if (json_array_size(s->jobs))
            send_jobs(s);
    }
    if (!s->logging) {
        json_decref(s->journal);
        s->journal = NULL;
    }
    json_decref(s->jobs);
    s->jobs = NULL;
    if (!job->r && !some && !s->again && !s->closing && !s->finishing)
        wait_for_next(s);
    else
        go_on(s);
}

static void list_due(struct sender *s)
{
    plan_unref(s->job_plan);
    s->job_plan = plan_ref(s->plan);
    s->listing = true;
    s->again = false;
    (void)uv_timer_stop(&s->timer);
    s->due_job = (struct writer_job){.mode = WRITER_SHARED, .work = work_due, .done = on_due, .arg = s};
    writer_submit(s->setup.writer, &s->due_job);
}

static void on_closed(uv_handle_t *handle)
{
    struct sender *s = handle->data;
    void (*closed)(void *) = s->closed;
    void *arg = s->closed_arg;
    plan_unref(s->plan);
    plan_unref(s->job_plan);
    json_decref(s->unanswered);
    json_decref(s->outcomes);
    buf_deinit(&s->line);
    free(s);
    closed(arg);
}

static void go_on(struct sender *s)
{
    if (is_busy(s))
        return;
    if (s->closing) {
        if (!uv_is_closing((uv_handle_t *)&s->timer))
            uv_close((uv_handle_t *)&s->timer, on_closed);
    } else if (json_array_size(s->outcomes)) {
        report(s);
    } else if (s->finishing) {
        void (*finished)(void *) = s->finished;
        s->finished = NULL;
        if (finished)
            finished(s->finished_arg);
    } else if (s->again && !uv_is_active((uv_handle_t *)&s->timer)) {
        list_due(s);
    }
}

struct sender *sender_open(const struct sender_setup *setup)
{
    struct sender *s = mem_alloc(sizeof *s);
    *s = (struct sender){
        .setup = *setup, .unanswered = json_object(), .outcomes = json_array(), .next_ms = INT64_MAX};
    s->timer.data = s->log_work.data = s;
    (void)uv_timer_init(setup->loop, &s->timer);
    return s;
}

void sender_set_plan(struct sender *s, struct plan *plan)
{
    plan_unref(s->plan);
    s->plan = plan_ref(plan);
    sender_kick(s);
}

void sender_kick(struct sender *s)
{
    if (s->closing || s->finishing || !s->plan)
        return;
    s->again = true;
    if (!is_busy(s))
        list_due(s);
}

bool sender_idle(const struct sender *s)
{
    return !is_busy(s) && !s->again;
}

void sender_finish(struct sender *s, uint64_t grace_ms, void (*finished)(void *arg), void *arg)
{
    s->finishing = true;
    s->finished = finished;
    s->finished_arg = arg;
    (void)uv_timer_start(&s->timer, on_timer, grace_ms, 0);
    go_on(s);
}

void sender_close(struct sender *s, void (*closed)(void *arg), void *arg)
{
    s->closing = true;
    s->closed = closed;
    s->closed_arg = arg;
    if (s->worker)
        worker_kill(s->worker);
    go_on(s);
}
