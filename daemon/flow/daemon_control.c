// SPDX-License-Identifier: Apache-2.0
// What the control socket may ask of the daemon: status, reload, rescan, ack, silence, retry.
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/daemon_parts.h"
#include "notify/alert.h"
#include "notify/outbox.h"
#include "store/scope.h"

// A change that a person asks for, on its way through the writer.
struct change {
    struct writer_job job;
    struct daemon *owner;
    struct control_request *request;
    char *cmd, *id, *note;
    int64_t until_ms, pending, dead;
    uid_t uid;
};

static int64_t wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void change_free(struct change *c)
{
    free(c->cmd);
    free(c->id);
    free(c->note);
    free(c);
}

// Writer thread.
static int work_change(struct store *s, struct writer_job *job)
{
    struct change *c = job->arg;
    char who[64];
    control_actor(c->uid, who, sizeof who);
    if (strcmp(c->cmd, "ack") == 0)
        return alert_ack(s, c->id, who, c->note, c->until_ms, wall_ms(), &job->err);
    if (strcmp(c->cmd, "silence") == 0)
        return alert_silence(s, c->id, who, c->note, c->until_ms, wall_ms(), &job->err);
    return scope_lift(s, c->id, &job->err);
}

static void on_changed(struct writer_job *job)
{
    struct change *c = job->arg;
    if (job->r) {
        control_fail(c->request, job->err.msg);
    } else {
        if (strcmp(c->cmd, "retry") == 0)
            runner_kick(c->owner->runner);
        control_reply(c->request, json_pack("{s:b}", "ok", 1));
    }
    change_free(c);
}

static void change(struct daemon *d, struct control_request *q, const char *id)
{
    if (!id || !*id) {
        control_fail(q, _("expected an \"id\" (or, for retry, a \"plugin\")"));
        return;
    }
    struct change *c = mem_alloc(sizeof *c);
    *c = (struct change){.owner = d, .request = q, .uid = control_uid(q)};
    c->cmd = str_dup(control_text(q, "cmd"));
    c->id = str_dup(id);
    c->note = str_dup(control_text(q, "note"));
    c->until_ms = (int64_t)json_integer_value(json_object_get(control_body(q), "until_ms"));
    c->job = (struct writer_job){.mode = WRITER_SHARED, .work = work_change, .done = on_changed, .arg = c};
    writer_submit(d->writer, &c->job);
}

// Writer thread. Reads only.
static int work_count(struct store *s, struct writer_job *job)
{
    struct change *c = job->arg;
    return outbox_pending(s, &c->pending, &c->dead, &job->err);
}

static json_t *failures(const struct plan *p)
{
    json_t *out = json_array();
    for (size_t i = 0; i < p->n_failures; i++)
        (void)json_array_append_new(out, json_pack("{s:s, s:s, s:s}", "name", p->failures[i].name, "path",
                                                   p->failures[i].path, "message", p->failures[i].message));
    return out;
}

static void on_counted(struct writer_job *job)
{
    static const char *const phases[] = {"starting", "running", "stopping", "stopping"};
    struct change *c = job->arg;
    struct daemon *d = c->owner;
    int64_t now = (int64_t)uv_now(d->setup.loop);
    json_t *reply = json_pack(
        "{s:b, s:s, s:i, s:s, s:I, s:b, s:o, s:o, s:o, s:o, s:i, s:{s:I, s:I}, s:s?}", "ok", 1, "version",
        JUNHENG_VERSION, "pid", (int)getpid(), "phase", phases[d->phase], "uptime_s",
        (json_int_t)((now - d->started_ms) / 1000), "idle", daemon_idle(d), "sources", watch_status(d->watch),
        "intake", intake_status(d->intake), "plugins", runner_status(d->runner), "plugin_failures",
        failures(d->plan), "writer_waiting", (int)writer_waiting(d->writer), "outbox", "pending",
        (json_int_t)c->pending, "dead", (json_int_t)c->dead, "reload_error", d->reload_error);
    control_reply(c->request, reply);
    change_free(c);
}

static void status(struct daemon *d, struct control_request *q)
{
    struct change *c = mem_alloc(sizeof *c);
    *c = (struct change){.owner = d, .request = q};
    c->job = (struct writer_job){.mode = WRITER_OWN, .work = work_count, .done = on_counted, .arg = c};
    writer_submit(d->writer, &c->job);
}

void daemon_handle(void *arg, struct control_request *q)
{
    struct daemon *d = arg;
    const char *cmd = control_text(q, "cmd");
    if (d->phase >= DAEMON_FINISHING) {
        control_fail(q, _("the daemon is stopping"));
    } else if (strcmp(cmd, "status") == 0) {
        status(d, q);
    } else if (strcmp(cmd, "reload") == 0) {
        daemon_reload_for(d, q);
    } else if (strcmp(cmd, "rescan") == 0) {
        watch_rescan(d->watch);
        control_reply(q, json_pack("{s:b}", "ok", 1));
    } else if (strcmp(cmd, "ack") == 0 || strcmp(cmd, "silence") == 0) {
        change(d, q, control_text(q, "id"));
    } else if (strcmp(cmd, "retry") == 0) {
        change(d, q, control_text(q, "plugin"));
    } else {
        control_fail(q, _("unknown command"));
    }
}
