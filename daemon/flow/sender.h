// SPDX-License-Identifier: Apache-2.0
// Delivery: what is due in the outbox goes to junheng-send, journal messages to the journal, and outcomes
// back into the outbox as they come. Happy path: kick → due (writer) → junheng-send → a line per outcome →
// report (writer) → due again, until nothing is; then a timer for the next. A sender that dies fails what it
// had not answered for. A kill between the receiver's answer and our COMMIT repeats the delivery under the
// same idempotency key; any other kill repeats nothing.
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "flow/plan.h"
#include "flow/supervisor.h"
#include "flow/writer.h"

struct sender;

struct sender_setup {
    uv_loop_t *loop;
    struct writer *writer;
    struct supervisor *supervisor;
};

struct sender *sender_open(const struct sender_setup *setup);
void sender_set_plan(struct sender *s, struct plan *plan);
void sender_kick(struct sender *s);
void sender_prepare(struct sender *s);    // a file is coming: starts a process ahead
bool sender_idle(const struct sender *s); // nothing due was left over when last looked, nothing under way
// What is being delivered is finished; after `grace_ms` it is killed and will be sent again. The writer still
// runs.
void sender_finish(struct sender *s, uint64_t grace_ms, void (*finished)(void *arg), void *arg);
void sender_close(struct sender *s, void (*closed)(void *arg),
                  void *arg); // the writer must have been stopped
