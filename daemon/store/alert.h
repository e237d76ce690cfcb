// SPDX-License-Identifier: Apache-2.0
// Rows of alerts and their history. What may become of an alert is decided in notify/; here it is only
// written down.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/period.h"
#include "store/store.h"

struct alert_row {
    int64_t id;
    char *public_id, *indicator, *entity, *stage, *period, *county, *name, *severity, *state, *close_reason;
    char *acked_by, *ack_note, *text;
    double value, threshold;                                                           // NAN: none
    int64_t opened_at, changed_at, resolved_at, submission, ack_until, silenced_until; // 0: none
};

void alert_row_deinit(struct alert_row *a);
// The alert of this indicator, entity and stage that is not resolved. 1 found, 0 none, -errno.
int alert_row_find_open(struct store *s, const char *indicator, const char *entity, const char *stage,
                        struct alert_row *ret, struct error *err);
int alert_row_find(struct store *s, const char *public_id, struct alert_row *ret,
                   struct error *err); // 1, 0, -errno
// Writes a new row: gives it `id` and the next number of the year of opened_at in `timezone`, which is never
// used again.
int alert_row_insert(struct store *s, struct alert_row *a, const char *timezone, struct error *err);
// Writes every member that can change, by id.
int alert_row_update(struct store *s, const struct alert_row *a, struct error *err);
// `detail` a JSON object or NULL; `actor` "junheng" or a person.
int alert_event_add(struct store *s, int64_t alert, int64_t at_ms, const char *kind, const char *actor,
                    const char *detail, struct error *err);
// The detail of the latest event of that kind; *ret NULL if there is none, else the caller's.
int alert_event_last(struct store *s, int64_t alert, const char *kind, char **ret, struct error *err);
// Acknowledgements and silences whose time is over: the alert is `firing` again.
int alert_row_expire(struct store *s, int64_t now_ms, struct error *err);

// Whether there are results of this indicator, entity and stage of a later period; *ret_judged: one that is
// neither without data nor provisional.
int alert_later_results(struct store *s, const char *indicator, const char *entity, int stage,
                        const struct period *than, bool *ret_any, bool *ret_judged, struct error *err);
// Whether the county has handed in figures of a later period of that kind that has begun by `today`
// (YYYYMMDD): what comes in for this one is a back-fill. A slip of the pen in the year, such as 2052, does
// not count.
int alert_county_is_past(struct store *s, const char *county, const struct period *than, int today, bool *ret,
                         struct error *err);
