// SPDX-License-Identifier: Apache-2.0
// The transactional outbox: what junheng-send is given, and what becomes of it. Writer thread.
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "conf/config.h"
#include "store/store.h"

// Messages that are due, as the JSON array of jobs that junheng-send reads (secrets by file name only);
// journal channels are not in it. At most `limit`. *ret_next_ms: when the next one will be due, INT64_MAX if
// none is pending. Nothing marks them as taken: report every job of a batch (one whose sender died as failed)
// before asking again. Per channel they come in order: while the oldest has just failed, the later ones of
// its channel wait with it; one that has failed HOLD_ATTEMPTS times is overtaken, so that a message that its
// receiver cannot stomach does not block all.
#define OUTBOX_HOLD_ATTEMPTS 6
int outbox_due(struct store *s, const struct config *conf, int64_t now_ms, size_t limit, json_t **ret_jobs,
               int64_t *ret_next_ms, struct error *err);
// Journal messages that are due,
// [{"id":1,"kind":…,"subject":…,"text":…,"severity":"red"|null,"fields":{"JUNHENG_ALERT":…},
// "each":[{"text":…,"fields":…}]}], `each` the alerts of a digest: the caller logs them and reports each
// message as delivered.
int outbox_due_journal(struct store *s, const struct config *conf, int64_t now_ms, size_t limit, json_t **ret,
                       struct error *err);
// Outcomes as junheng-send reports them: [{"id":1,"ok":true} |
// {"id":1,"ok":false,"error":"…","permanent":false,"retry_after_s":30,"tried":false}], the last two optional.
// What was not tried waits with the message before it and has no attempt counted. `jitter` in 0…1 spreads the
// retry. All in one transaction of its own.
int outbox_report(struct store *s, const struct config *conf, const json_t *outcomes, int64_t now_ms,
                  double jitter, struct error *err);
int outbox_pending(struct store *s, int64_t *ret_pending, int64_t *ret_dead, struct error *err);
