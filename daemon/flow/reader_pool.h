// SPDX-License-Identifier: Apache-2.0
// The client of junheng-read's fork server: hands over files, hears how children ended, starts the server
// again when it dies. Protocol: read/wire.h. Happy path: server started → hello with the catalogue → a job
// with two descriptors → "started" → "ended" → on_end. When the server dies all its jobs end with
// `server_died`; it is started again after a pause that doubles. A new plan starts a new server; the old one
// is let go when its last job has ended.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "flow/plan.h"
#include "flow/supervisor.h"

struct reader_pool;
struct reader_server;

// Embedded in its owner; on_end comes exactly once for a job that was started, never within reader_start().
struct reader_job {
    uint64_t id;
    struct reader_server *server;
    struct reader_job *next;
    void (*on_end)(struct reader_job *job, const struct worker_end *end, bool server_died);
};

struct reader_pool *reader_pool_open(uv_loop_t *loop, struct supervisor *sv, void (*on_ready)(void *arg),
                                     void *arg);
int reader_pool_set_plan(struct reader_pool *p, const struct plan *plan, struct error *err);
bool reader_pool_ready(const struct reader_pool *p);
// `request` as in read/wire.h without "id" (it is set here). Both descriptors stay the caller's.
// -EAGAIN: no server just now, on_ready will say.
int reader_start(struct reader_pool *p, struct reader_job *job, json_t *request, int in_fd, int out_fd,
                 struct error *err);
void reader_kill(struct reader_job *job); // on_end follows
// Ends the servers; jobs end with server_died before `closed`.
void reader_pool_close(struct reader_pool *p, void (*closed)(void *arg), void *arg);
