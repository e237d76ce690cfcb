// SPDX-License-Identifier: Apache-2.0
// One message on its way into the outbox, for every channel of a set.
#pragma once

#include <jansson.h>

#include "notify/alert.h"
#include "notify/route.h"

struct message {
    const char *kind; // alert, resolved, digest, notice
    const char *key;  // the channel's name is added: KEY/CHANNEL
    const char *text; // whole text, first line is the subject
    enum severity severity;
    json_t *ids;    // public ids
    json_t *alerts; // objects of the webhook body
    json_t *fields; // of the journal
};

void message_deinit(struct message *m);
// Writes an outbox row for each channel of the set; a key that is there already is no second message.
// *ret_queued is increased by what was added.
int message_queue(struct store *s, const struct alert_context *ctx, const struct message *m,
                  const struct channel_set *to, int64_t *ret_queued, struct error *err);
