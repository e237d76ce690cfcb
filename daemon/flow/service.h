// SPDX-License-Identifier: Apache-2.0
// What systemd is told: READY, a living STATUS, the watchdog, RELOADING and STOPPING. Without systemd nothing
// happens.
#pragma once

#include <stdint.h>
#include <uv.h>

struct service;

struct service_setup {
    uv_loop_t *loop;
    // Counts that rise while each part is alive; the watchdog is fed only if both have risen since the last
    // time (the loop's own beat is the timer).
    uint64_t (*writer_beat)(void *arg);
    uint64_t (*supervisor_beat)(void *arg);
    void (*status)(void *arg, char *out, size_t size); // one line
    void *arg;
};

struct service *service_open(const struct service_setup *setup);
void service_ready(struct service *s);
void service_status(struct service *s); // says it now
void service_stopping(struct service *s);
void service_close(struct service *s, void (*closed)(void *arg), void *arg);
