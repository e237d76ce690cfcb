// SPDX-License-Identifier: Apache-2.0
// Rows of the outbox. When and to whom is decided in notify/.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct outbox_row {
    int64_t id;
    char *key, *channel, *kind, *alerts; // alerts: JSON array of public ids
    char *subject, *text, *html, *json, *fields;
    int64_t created_at, attempts, next_at;
};

void outbox_row_deinit(struct outbox_row *o);
// Within the caller's transaction. A key that is there already is left alone: *ret_added false.
int outbox_row_add(struct store *s, const struct outbox_row *o, bool *ret_added, struct error *err);

// What is pending, oldest first, without the bodies: not 0 from `fn` ends the walk and is returned. Only id,
// channel, attempts and next_at are set.
typedef int outbox_row_fn(const struct outbox_row *o, void *arg);
int outbox_row_each_pending(struct store *s, outbox_row_fn *fn, void *arg, struct error *err);
int outbox_row_load(struct store *s, int64_t id, struct outbox_row *ret,
                    struct error *err); // pending; -ENOENT

int outbox_row_sent(struct store *s, int64_t id, int64_t now_ms, struct error *err);
// One more attempt failed; `dead`: none will follow.
int outbox_row_failed(struct store *s, int64_t id, const char *why, int64_t next_at, bool dead,
                      struct error *err);
int outbox_row_count(struct store *s, int64_t *ret_pending, int64_t *ret_dead, struct error *err);
