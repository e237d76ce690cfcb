// SPDX-License-Identifier: Apache-2.0
// What the daemon is made of. Inside of daemon.c and daemon_control.c.
#pragma once

#include "flow/control.h"
#include "flow/daemon.h"
#include "flow/intake.h"
#include "flow/reader_pool.h"
#include "flow/receipts.h"
#include "flow/runner.h"
#include "flow/sender.h"
#include "flow/service.h"
#include "flow/supervisor.h"
#include "flow/watch.h"
#include "flow/writer.h"

#define RELOAD_WAITERS_MAX 32

enum daemon_phase { DAEMON_STARTING, DAEMON_RUNNING, DAEMON_FINISHING, DAEMON_CLOSING };

struct daemon {
    struct daemon_setup setup;
    struct plan *plan;
    enum daemon_phase phase;
    char *db_path;
    struct writer *writer;
    struct supervisor *supervisor;
    struct reader_pool *readers;
    struct receipts *receipts;
    struct intake *intake;
    struct runner *runner;
    struct sender *sender;
    struct watch *watch;
    struct control *control;
    struct service *service;
    uv_timer_t gather;       // facts have changed, and more files are on their way
    uv_timer_t tick, rounds; // `tick` only until READY or with --once
    struct writer_job sync_job;
    struct plan *sync_plan;
    bool syncing, looking, reload_again;
    bool finished;         // what was being delivered when it was told to stop has ended
    bool watching;         // unfinished files are known, folders are being watched
    struct reload *reload; // under way
    struct control_request *waiters[RELOAD_WAITERS_MAX];
    size_t n_waiters;
    char *reload_error; // of the last reload, NULL: it was well
    int64_t started_ms, reloaded_ms;
    int closing_parts, exit_code;
    int64_t pending, dead; // messages, as counted at the end of --once
};

void daemon_handle(void *arg, struct control_request *q); // daemon_control.c
void daemon_reload_for(struct daemon *d, struct control_request *q);
bool daemon_idle(const struct daemon *d);
bool daemon_is_up(const struct daemon *d);
void daemon_begin_close(struct daemon *d); // if nothing is under way that must end first
void daemon_adopt_plan(struct daemon *d, struct plan *plan);
void daemon_sync_catalog(struct daemon *d, struct plan *plan, writer_work_fn *work, writer_done_fn *done);
int daemon_work_sync(struct store *s, struct writer_job *job); // Writer thread
void daemon_answer_waiters(struct daemon *d);                  // of a reload (daemon_reload.c)
