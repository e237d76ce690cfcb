// SPDX-License-Identifier: Apache-2.0
// Whether a file in a drop folder may be taken.
#include "flow/settle.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

bool settle_ignored(const char *name)
{
    static const char *const endings[] = {".tmp", ".part", ".filepart", ".crdownload"};
    if (name[0] == '.' || strncmp(name, "~$", 2) == 0)
        return true;
    size_t n = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
        size_t m = strlen(endings[i]);
        if (n >= m && strcasecmp(name + n - m, endings[i]) == 0)
            return true;
    }
    return false;
}

static bool same(const struct settle_seen *a, const struct settle_seen *b)
{
    return a->size == b->size && a->mtime_ns == b->mtime_ns && a->ino == b->ino;
}

void settle_observe(struct settle *s, const struct settle_seen *seen, bool moved_in, int64_t now_ms)
{
    if (s->times && same(&s->seen, seen)) {
        s->times++;
        s->moved_in |= moved_in;
        return;
    }
    // Written to after it was renamed in: the convention does not hold for this one.
    bool written_after = s->times && s->seen.ino == seen->ino;
    *s = (struct settle){
        .seen = *seen, .times = 1, .moved_in = moved_in && !written_after, .changed_ms = now_ms};
}

enum settle_verdict settle_decide(const struct settle *s, int64_t now_ms, int64_t quiet_ms,
                                  int64_t *ret_again_ms)
{
    *ret_again_ms = INT64_MAX;
    if (quiet_ms < 0)
        return SETTLE_READY;
    if (s->seen.size == 0)
        return SETTLE_WAIT;
    if (s->moved_in)
        return SETTLE_READY;
    int64_t until = s->changed_ms + quiet_ms;
    if (now_ms >= until && s->times >= 2)
        return SETTLE_READY;
    *ret_again_ms = now_ms >= until ? now_ms : until;
    return SETTLE_WAIT;
}
