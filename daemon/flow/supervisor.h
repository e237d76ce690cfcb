// SPDX-License-Identifier: Apache-2.0
// Worker processes: started in a session of their own, fed, listened to, and ended by their limits. A line on
// a worker's stderr goes to the log under its name. Happy path: start → input written and closed → output →
// exit and end of both pipes → on_end. A worker that outlives its time, or says more than it may, is killed
// with its process group and ends the same way. One spare of each kind may be started ahead; nobody hears of
// its end until it has been given work. on_end comes exactly once for every started worker, also at shutdown.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"

struct supervisor;
struct worker;

struct worker_end {
    int exit_code, signal; // signal 0: it ended by itself
    bool timed_out, too_much;
};

struct worker_spec {
    const char *name;        // of the program, for the log: junheng-run
    const char *const *argv; // argv[0] the path; NULL-terminated
    const char *field;       // journal field beside its lines, "PLUGIN=resource", or NULL
    const void *input;       // written to stdin, which is closed after; copied
    size_t input_len;
    int fd3;            // handed over as descriptor 3, or -1; the caller closes its own
    int64_t timeout_ms; // 0: none
    size_t max_output;  // bytes of stdout; 0: none expected, goes nowhere
    void (*on_output)(void *arg, const char *data, size_t len);
    void (*on_end)(void *arg, const struct worker_end *end);
    void *arg;
};

struct supervisor *supervisor_open(uv_loop_t *loop);
// Starts a process ahead that has no input yet, unless one of the same argv waits already: only name, argv
// and field count. What is not used within a minute is ended; a failure is left to the start in earnest.
void supervisor_prepare(struct supervisor *s, const struct worker_spec *spec);
// Takes the waiting process of the same argv if there is one.
int supervisor_start(struct supervisor *s, const struct worker_spec *spec, struct worker **ret,
                     struct error *err);
void worker_kill(struct worker *w); // the process group, at once; on_end follows
int worker_pid(const struct worker *w);
size_t supervisor_running(const struct supervisor *s);
uint64_t supervisor_beat(const struct supervisor *s);
// Kills what still runs; `closed` comes after the last on_end.
void supervisor_close(struct supervisor *s, void (*closed)(void *arg), void *arg);
// "died of signal 9 (Killed)", "ended with exit code 3", "ran out of time": for messages. Chosen by what came
// first.
void worker_end_text(const struct worker_end *end, char *out, size_t size);
