// SPDX-License-Identifier: Apache-2.0
// One file's conversation with its reader: frames are gathered up to 8 MiB; then the pipe is left to push
// back until the writer pulls the rest through it. Happy path: start → bytes → end of the pipe and of the
// child → on_event with READING_WHOLE. A child that dies, runs out of time or leaves half a frame ends as
// READING_DIED. READING_BIG comes at most once, before either.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/error.h"
#include "flow/reader_pool.h"

#define READING_BUFFER (8u << 20)

enum reading_state { READING_RUNS, READING_BIG, READING_WHOLE, READING_DIED };

struct reading;
typedef void reading_fn(void *arg, enum reading_state state);

// `in_fd` stays the caller's. -EAGAIN: no reader just now.
int reading_start(struct reading **ret, uv_loop_t *loop, struct reader_pool *pool, json_t *request, int in_fd,
                  int64_t timeout_ms, reading_fn *on_event, void *arg, struct error *err);
enum reading_state reading_state(const struct reading *r);
struct buf *reading_frames(struct reading *r); // what has come; for the writer while a job is under way
int reading_fd(struct reading *r);             // of a big one: non-blocking, good until reading_close
// It was killed, but not by us and not for anything it did: the machine, a person, or its server went with
// it.
bool reading_was_killed(const struct reading *r);
const char *reading_why(const struct reading *r); // how it died
// Ends the child if it still runs; no event follows. NULL is fine.
void reading_close(struct reading *r);
