// SPDX-License-Identifier: Apache-2.0
// The loop over transfers. Happy path: every channel starts its first job; when one ends its line is written
// and the channel's next job starts. Failure: the channel's rest is given back untried. End: no channel has a
// job under way.
#include "main/send_run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "main/send_transfer.h"

#define CHANNELS_AT_ONCE 16
#define POLL_MS 1000

struct channel {
    const char *name;
    size_t next; // job to start next
    bool busy, given_up;
};

struct run {
    struct send_batch *batch;
    CURLM *multi;
    struct channel *channels;
    size_t n_channels, busy;
    int out_fd;
};

static int write_line(const struct run *run, json_t *line, struct error *err)
{
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    CLEANUP_FREE char *with_end = str_printf("%s\n", text);
    free(text);
    int r = frame_write_all(run->out_fd, with_end, strlen(with_end));
    return r < 0 ? error_sys(err, r, "writing an outcome") : 0;
}

static int report(const struct run *run, const struct send_job *job, const struct send_outcome *o,
                  struct error *err)
{
    if (o->ok)
        return write_line(run, json_pack("{s:I, s:b}", "id", (json_int_t)job->id, "ok", 1), err);
    CLEANUP_FREE char *why = clean_line(o->error);
    json_t *line = json_pack("{s:I, s:b, s:s, s:b}", "id", (json_int_t)job->id, "ok", 0, "error", why,
                             "permanent", o->permanent);
    if (o->retry_after_s > 0)
        (void)json_object_set_new(line, "retry_after_s", json_integer(o->retry_after_s));
    return write_line(run, line, err);
}

static int report_untried(const struct run *run, const struct send_job *job, struct error *err)
{
    return write_line(
        run,
        json_pack("{s:I, s:b, s:b, s:s, s:b}", "id", (json_int_t)job->id, "ok", 0, "tried", 0, "error",
                  _("not tried: an earlier message of the channel could not be delivered"), "permanent", 0),
        err);
}

static bool of_channel(const struct send_job *job, const struct channel *c)
{
    return strcmp(job->channel ? job->channel : "", c->name) == 0;
}

static struct channel *channel_of(const struct run *run, const struct send_job *job)
{
    for (size_t i = 0; i < run->n_channels; i++) {
        if (of_channel(job, &run->channels[i]))
            return &run->channels[i];
    }
    return NULL;
}

static void find_channels(struct run *run)
{
    run->channels = mem_array(run->batch->n + 1, sizeof *run->channels);
    for (size_t i = 0; i < run->batch->n; i++) {
        const struct send_job *job = &run->batch->jobs[i];
        if (!channel_of(run, job))
            run->channels[run->n_channels++] =
                (struct channel){.name = job->channel ? job->channel : "", .next = i};
    }
}

static bool passing(const struct send_outcome *o)
{
    return !o->ok && !o->permanent;
}

static struct send_outcome outcome_of_wrong(const struct send_job *job, const struct error *wrong)
{
    struct send_outcome o = {.permanent = job->wrong_for_good};
    (void)snprintf(o.error, sizeof o.error, "%.500s", wrong->msg);
    return o;
}

// Starts one job; 1 when a transfer is under way, 0 when its outcome is written already.
static int start_job(struct run *run, struct channel *c, struct send_job *job, struct error *err)
{
    struct send_transfer *t;
    struct error wrong = job->wrong;
    if (!wrong.code && send_transfer_new(job, (int64_t)time(NULL), &t, &wrong) == 0) {
        (void)curl_multi_add_handle(run->multi, send_transfer_handle(t));
        c->busy = true;
        run->busy++;
        return 1;
    }
    struct send_outcome o = outcome_of_wrong(job, &wrong);
    c->given_up = passing(&o);
    return report(run, job, &o, err);
}

// Starts the channel's next job, or writes what becomes of those that cannot start.
static int channel_go_on(struct run *run, struct channel *c, struct error *err)
{
    int r = 0;
    while (r == 0 && !c->busy && c->next < run->batch->n) {
        struct send_job *job = &run->batch->jobs[c->next++];
        if (!of_channel(job, c))
            continue;
        r = c->given_up ? report_untried(run, job, err) : start_job(run, c, job, err);
    }
    return r < 0 ? r : 0;
}

static int start_channels(struct run *run, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < run->n_channels && run->busy < CHANNELS_AT_ONCE; i++)
        r = channel_go_on(run, &run->channels[i], err);
    return r;
}

static int finish(struct run *run, CURL *easy, CURLcode code, struct error *err)
{
    struct send_transfer *t = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    const struct send_job *job = send_transfer_job(t);
    struct send_outcome o = send_transfer_end(t, code);
    struct channel *c = channel_of(run, job);
    (void)curl_multi_remove_handle(run->multi, easy);
    (void)send_transfer_free(t);
    c->busy = false;
    c->given_up = passing(&o);
    run->busy--;
    return report(run, job, &o, err);
}

static int finish_ended(struct run *run, struct error *err)
{
    int left, r = 0;
    for (CURLMsg *m; r == 0 && (m = curl_multi_info_read(run->multi, &left));) {
        if (m->msg == CURLMSG_DONE)
            r = finish(run, m->easy_handle, m->data.result, err);
    }
    return r;
}

static int loop(struct run *run, struct error *err)
{
    int r = start_channels(run, err);
    while (r == 0 && run->busy > 0) {
        int running;
        CURLMcode m = curl_multi_perform(run->multi, &running);
        if (m == CURLM_OK && running == (int)run->busy)
            m = curl_multi_poll(run->multi, NULL, 0, POLL_MS, NULL);
        if (m != CURLM_OK)
            return error_set(err, -EIO, "curl: %s", curl_multi_strerror(m));
        r = finish_ended(run, err);
        if (r == 0)
            r = start_channels(run, err);
    }
    return r;
}

int send_run(struct send_batch *b, int out_fd, struct error *err)
{
    struct run run = {.batch = b, .multi = curl_multi_init(), .out_fd = out_fd};
    if (!run.multi)
        abort(); // memory is out
    (void)signal(SIGPIPE, SIG_IGN);
    find_channels(&run);
    int r = loop(&run, err);
    // On an error transfers may still be under way: the process ends, and they with it.
    if (r == 0)
        (void)curl_multi_cleanup(run.multi);
    free(run.channels);
    return r;
}
