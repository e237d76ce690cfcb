// SPDX-License-Identifier: Apache-2.0
// The control socket: one JSON line a request, one a reply, in order. Who may connect may ask (mode 0660: the
// daemon's user and group, and root); the peer's credentials name the actor of ack and silence.
#pragma once

#include <jansson.h>
#include <sys/types.h>
#include <uv.h>

#include "base/error.h"

struct control;
struct control_request;

// Answers each request once with control_reply(), at once or later.
typedef void control_fn(void *arg, struct control_request *q);

// Takes the place of a socket that a dead daemon left: the caller holds the lock of the state folder. *ret is
// set and to be closed also on failure.
int control_open(struct control **ret, uv_loop_t *loop, const char *path, control_fn *handle, void *arg,
                 struct error *err);
const json_t *control_body(const struct control_request *q);
const char *control_text(const struct control_request *q, const char *key); // NULL if it is no text
uid_t control_uid(const struct control_request *q);
// The peer's user name, or "uid 1000". May ask a directory server: not on the loop.
void control_actor(uid_t uid, char *out, size_t size);
// Takes the reference. NULL-safe for a peer that has gone.
void control_reply(struct control_request *q, json_t *reply);
void control_fail(struct control_request *q, const char *message);
// Requests that are still open are answered by their owners after this; the peers no longer hear it.
void control_close(struct control *c, void (*closed)(void *arg), void *arg);
