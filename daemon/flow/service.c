// SPDX-License-Identifier: Apache-2.0
// What systemd is told.
#include "flow/service.h"

#include <stdbool.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "base/mem.h"

#define STATUS_MS 2000

struct service {
    struct service_setup setup;
    uv_timer_t status_timer, watchdog_timer;
    uint64_t writer_beat, supervisor_beat;
    char said[256];
    bool sick;
    int open;
    void (*closed)(void *arg);
    void *closed_arg;
};

void service_status(struct service *s)
{
    char line[sizeof s->said] = "";
    s->setup.status(s->setup.arg, line, sizeof line);
    if (strcmp(line, s->said) == 0)
        return;
    memcpy(s->said, line, sizeof line);
    (void)sd_notifyf(0, "STATUS=%s", line);
}

static void on_status(uv_timer_t *timer)
{
    service_status(timer->data);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct service *s = timer->data;
    uint64_t writer = s->setup.writer_beat(s->setup.arg), supervisor = s->setup.supervisor_beat(s->setup.arg);
    bool sick = writer == s->writer_beat || supervisor == s->supervisor_beat;
    if (sick && !s->sick)
        log_error("%s has not moved since the last look; the watchdog is not fed",
                  writer == s->writer_beat ? "the writer" : "the supervisor");
    s->sick = sick;
    s->writer_beat = writer;
    s->supervisor_beat = supervisor;
    if (!sick)
        (void)sd_notify(0, "WATCHDOG=1");
}

struct service *service_open(const struct service_setup *setup)
{
    struct service *s = mem_alloc(sizeof *s);
    uint64_t limit_us = 0;
    *s = (struct service){.setup = *setup, .open = 2};
    s->status_timer.data = s->watchdog_timer.data = s;
    (void)uv_timer_init(setup->loop, &s->status_timer);
    (void)uv_timer_init(setup->loop, &s->watchdog_timer);
    if (sd_watchdog_enabled(0, &limit_us) > 0) {
        uint64_t third_ms = limit_us / 3000 ? limit_us / 3000 : 1;
        (void)uv_timer_start(&s->watchdog_timer, on_watchdog, third_ms, third_ms);
    }
    return s;
}

void service_ready(struct service *s)
{
    (void)sd_notify(0, "READY=1");
    service_status(s);
    (void)uv_timer_start(&s->status_timer, on_status, STATUS_MS, STATUS_MS);
}

void service_stopping(struct service *s)
{
    (void)uv_timer_stop(&s->status_timer);
    (void)sd_notify(0, "STOPPING=1");
}

static void on_closed(uv_handle_t *handle)
{
    struct service *s = handle->data;
    if (--s->open)
        return;
    void (*closed)(void *) = s->closed;
    void *arg = s->closed_arg;
    free(s);
    closed(arg);
}

void service_close(struct service *s, void (*closed)(void *arg), void *arg)
{
    s->closed = closed;
    s->closed_arg = arg;
    uv_close((uv_handle_t *)&s->status_timer, on_closed);
    uv_close((uv_handle_t *)&s->watchdog_timer, on_closed);
}
