// SPDX-License-Identifier: Apache-2.0
// What people do to alerts: acknowledge (签收) and silence (暂不提醒).
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "notify/alert.h"
#include "store/alert.h"

struct doing {
    const char *state; // acknowledged, silenced
    const char *who, *note;
    int64_t until_ms, now_ms;
};

static void set_text(char **at, const char *text)
{
    free(*at);
    *at = str_dup(text);
}

static int write_doing(struct store *s, struct alert_row *a, const struct doing *d, struct error *err)
{
    set_text(&a->state, d->state);
    set_text(&a->acked_by, d->who);
    set_text(&a->ack_note, d->note);
    a->changed_at = d->now_ms;
    a->ack_until = a->silenced_until = 0;
    *(strcmp(d->state, "silenced") == 0 ? &a->silenced_until : &a->ack_until) = d->until_ms;
    json_t *j = json_pack("{s:s?}", "note", d->note);
    if (!j)
        return error_set(err, -EILSEQ, "%s", _("the note is not valid UTF-8 text"));
    if (d->until_ms)
        (void)json_object_set_new(j, "until", json_integer(d->until_ms));
    CLEANUP_FREE char *detail = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    int r = alert_row_update(s, a, err);
    return r < 0 ? r : alert_event_add(s, a->id, d->now_ms, d->state, d->who, detail, err);
}

static int do_to(struct store *s, const char *public_id, const struct doing *d, struct error *err)
{
    if (d->until_ms && d->until_ms <= d->now_ms)
        return error_set(err, -EINVAL, _("the end must lie in the future"));
    CLEANUP(alert_row_deinit) struct alert_row a = {0};
    int r = alert_row_find(s, public_id, &a, err);
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, -ENOENT, _("there is no alert %s; `junheng alerts` lists them"), public_id);
    if (strcmp(a.state, "resolved") == 0)
        return error_set(err, -EALREADY,
                         _("alert %s is resolved already: nothing is left to be done with it"), public_id);
    return write_doing(s, &a, d, err);
}

static int in_transaction(struct store *s, const char *public_id, const struct doing *d, struct error *err)
{
    bool own = sqlite3_get_autocommit(store_db(s));
    int r = own ? store_begin(s, err) : 0;
    if (r < 0)
        return r;
    r = do_to(s, public_id, d, err);
    if (r == 0 && own)
        r = store_commit(s, err);
    if (r < 0 && own)
        store_rollback(s);
    return r;
}

int alert_ack(struct store *s, const char *public_id, const char *who, const char *note, int64_t until_ms,
              int64_t now_ms, struct error *err)
{
    const struct doing d = {
        .state = "acknowledged", .who = who, .note = note, .until_ms = until_ms, .now_ms = now_ms};
    return in_transaction(s, public_id, &d, err);
}

int alert_silence(struct store *s, const char *public_id, const char *who, const char *note, int64_t until_ms,
                  int64_t now_ms, struct error *err)
{
    const struct doing d = {
        .state = "silenced", .who = who, .note = note, .until_ms = until_ms, .now_ms = now_ms};
    return in_transaction(s, public_id, &d, err);
}
