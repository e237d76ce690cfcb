// SPDX-License-Identifier: Apache-2.0
// The drop folders.
#include "flow/watch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/candidate.h"
#include "flow/look.h"

#define EVENT_BYTES (64u << 10)
#define MISSING_RETRY_MS 1000
#define CLAIM_BATCH 64
#define MOVED_MAX 100000 // names remembered between two looks; further ones wait their quiet period

struct source {
    struct watch *owner;
    struct source *next;
    uv_timer_t timer;
    char *name, *path;
    int64_t settle_ms, rescan_ms;
    struct candidate_list candidates;
    struct name_list moved;
    int wd;             // -1: none
    bool dirty, lift;   // to be looked at; barred files get another chance
    bool looked, found; // once looked at; .claimed/ has been handed over
    bool made;          // made if missing, once
    bool missing;       // the folder cannot be read
    bool dead;          // no longer configured: goes when the look at hand is over
    struct look *busy;
    int64_t again_ms, looked_ms, lifted_ms, pause_ms;
    char *problem; // missing, or no watch
};

struct watch {
    uv_loop_t *loop;
    uv_poll_t poll;
    struct watch_hooks hooks;
    struct source *sources;
    int ifd;
    bool at_once, closing, poll_open;
    void (*closed)(void *arg);
    void *closed_arg;
    char events[EVENT_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));
};

static void source_go(struct source *s);

static int64_t loop_ms(const struct watch *w)
{
    return (int64_t)uv_now(w->loop);
}

static void set_problem(struct source *s, const char *problem)
{
    if (problem && (!s->problem || strcmp(s->problem, problem) != 0))
        log_warn("source %s: %s; trying again", s->name, problem);
    if (!problem && s->problem)
        log_notice("source %s: the folder %s is watched again", s->name, s->path);
    free(s->problem);
    s->problem = str_dup(problem);
}

static void maybe_closed(struct watch *w)
{
    if (!w->closing || w->sources || w->poll_open)
        return;
    void (*closed)(void *) = w->closed;
    void *arg = w->closed_arg;
    (void)close(w->ifd);
    free(w);
    closed(arg);
}

static void on_source_closed(uv_handle_t *handle)
{
    struct source *s = handle->data;
    struct watch *w = s->owner;
    struct source **at = &w->sources;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    candidate_list_deinit(&s->candidates);
    name_list_deinit(&s->moved);
    free(s->name);
    free(s->path);
    free(s->problem);
    free(s);
    maybe_closed(w);
}

static void source_end(struct source *s)
{
    s->dead = true;
    (void)uv_timer_stop(&s->timer);
    if (s->busy || uv_is_closing((uv_handle_t *)&s->timer))
        return;
    if (s->wd >= 0)
        (void)inotify_rm_watch(s->owner->ifd, s->wd);
    uv_close((uv_handle_t *)&s->timer, on_source_closed);
}

static void take_wd(struct source *s, const struct look *k)
{
    if (s->wd >= 0 && s->wd != k->wd)
        (void)inotify_rm_watch(s->owner->ifd, s->wd);
    s->wd = k->wd;
}

static void on_listed(uv_work_t *work, int status)
{
    struct look *k = work->data;
    struct source *s = k->source;
    (void)status;
    s->busy = NULL;
    s->looked = true;
    s->looked_ms = loop_ms(s->owner);
    s->pause_ms = k->took_ms > 5 ? 4 * k->took_ms : 0;
    if (s->dead) {
        look_free(k);
        source_end(s);
        return;
    }
    take_wd(s, k);
    s->made &= !k->make_r;
    s->missing = k->r != 0;
    if (k->r) {
        set_problem(s, k->err.msg);
        candidate_list_deinit(&s->candidates);
    } else if (k->wd_error) {
        CLEANUP_FREE char *text = str_printf(_("no events for %s (%s): looked through every %lld s only"),
                                             s->path, strerror(-k->wd_error), (long long)s->rescan_ms / 1000);
        set_problem(s, text);
    } else {
        set_problem(s, NULL);
    }
    if (!k->r) {
        candidate_list_merge(&s->candidates, &k->listing, &k->moved, s->lift, loop_ms(s->owner));
        s->lift = false;
    }
    if (!k->r && !s->found) {
        s->found = true;
        s->owner->hooks.on_found(s->owner->hooks.arg, s->name, k->listing.claimed, k->listing.n_claimed);
    }
    look_free(k);
    source_go(s);
}

static void on_claimed(uv_work_t *work, int status)
{
    struct look *k = work->data;
    struct source *s = k->source;
    (void)status;
    s->busy = NULL;
    if (s->owner->closing) {
        // What has been renamed is found in .claimed/ by the next start.
    } else if (k->r) {
        set_problem(s, k->err.msg);
        s->looked_ms = loop_ms(s->owner);
        s->missing = true;
        candidate_list_deinit(&s->candidates);
    } else {
        s->owner->hooks.on_claimed(s->owner->hooks.arg, s->name, k->claims, k->n_claims);
        s->dirty |= candidate_list_claimed(&s->candidates, k->claims, k->n_claims);
    }
    look_free(k);
    if (s->dead)
        source_end(s);
    else
        source_go(s);
}

static struct look *look_begin(struct source *s)
{
    return s->busy = look_new(s->path, s->owner->ifd, s);
}

static void source_list(struct source *s)
{
    struct look *k = look_begin(s);
    k->with_claimed = !s->found;
    k->make = !s->made;
    k->moved = s->moved;
    s->moved = (struct name_list){0};
    s->dirty = false;
    s->made = true;
    (void)uv_queue_work(s->owner->loop, &k->work, look_list, on_listed);
}

// True if a claim is under way. `s->again_ms` is set to when a settling file may be ready.
static bool source_claim(struct source *s)
{
    struct watch *w = s->owner;
    size_t room = w->hooks.room(w->hooks.arg);
    struct folder_claim *claims;
    int64_t quiet = w->at_once ? -1 : s->settle_ms;
    size_t n = candidate_list_ready(&s->candidates, loop_ms(w), quiet,
                                    room < CLAIM_BATCH ? room : CLAIM_BATCH, &claims, &s->again_ms);
    if (!n) {
        free(claims);
        return false;
    }
    struct look *k = look_begin(s);
    k->claims = claims;
    k->n_claims = n;
    (void)uv_queue_work(w->loop, &k->work, look_claim, on_claimed);
    return true;
}

static void on_timer(uv_timer_t *timer)
{
    struct source *s = timer->data;
    if (s->busy || s->dead)
        return;
    if (loop_ms(s->owner) - s->lifted_ms >= s->rescan_ms) {
        s->lifted_ms = loop_ms(s->owner);
        s->lift = true;
    }
    source_list(s);
}

// Once for each file: what cannot be taken is tried again at every rescan.
static void report_untaken(struct source *s)
{
    for (size_t i = 0; i < s->candidates.n; i++) {
        struct candidate *c = &s->candidates.items[i];
        if (c->unfit && !c->reported)
            log_warn("source %s: %s is left alone: %s", s->name, c->name, _(c->unfit));
        else if (c->barred && !c->reported)
            log_warn("source %s: %s cannot be taken: %s; it is tried again at every rescan", s->name, c->name,
                     strerror(-c->refusal));
        c->reported |= c->unfit || c->barred;
    }
}

// What is to be done next about a source: claim, look, or wait for the earliest of settling, pacing and
// rescan.
static void source_go(struct source *s)
{
    struct watch *w = s->owner;
    if (s->busy || s->dead || w->closing)
        return;
    report_untaken(s);
    if (s->looked && source_claim(s))
        return;
    int64_t now = loop_ms(w),
            rescan = s->missing && s->rescan_ms > MISSING_RETRY_MS ? MISSING_RETRY_MS : s->rescan_ms;
    int64_t due = s->looked_ms + rescan;
    if (s->again_ms < due)
        due = s->again_ms;
    if (s->dirty)
        due = now;
    if (due < s->looked_ms + s->pause_ms) // a folder that takes long to read is not read without end
        due = s->looked_ms + s->pause_ms;
    if (!s->looked || (due <= now && s->dirty))
        source_list(s);
    else
        (void)uv_timer_start(&s->timer, on_timer, due > now ? (uint64_t)(due - now) : 1, 0);
}

static void mark_all(struct watch *w)
{
    for (struct source *s = w->sources; s; s = s->next)
        s->dirty = true;
}

static void on_event(struct watch *w, const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW) {
        log_notice("more happened in the drop folders than the kernel could report: all are looked through");
        mark_all(w);
        return;
    }
    bool self = e->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF);
    bool file = e->len && !(e->mask & IN_ISDIR) && !settle_ignored(e->name);
    for (struct source *s = w->sources; s; s = s->next) {
        if (s->wd != e->wd) {
            s->dirty |= s->busy && s->wd < 0; // may be the watch that its look is just setting
            continue;
        }
        if (self)
            s->wd = -1;
        if (file && (e->mask & IN_MOVED_TO))
            name_list_add(&s->moved, e->name, MOVED_MAX);
        if (file && (e->mask & IN_CREATE))
            candidate_list_opened(&s->candidates, e->name);
        else if (file)
            candidate_list_closed(&s->candidates, e->name);
        s->dirty |= self || file;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    (void)status;
    (void)events;
    for (;;) {
        ssize_t n = read(w->ifd, w->events, sizeof w->events);
        if (n <= 0)
            break;
        for (char *p = w->events; p < w->events + n;) {
            const struct inotify_event *e = (const struct inotify_event *)(const void *)p;
            on_event(w, e);
            p += sizeof *e + e->len;
        }
    }
    for (struct source *s = w->sources; s; s = s->next) {
        if (s->dirty)
            source_go(s);
    }
}

int watch_open(struct watch **ret, uv_loop_t *loop, const struct watch_hooks *hooks, bool at_once,
               struct error *err)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return error_sys(err, -errno, _("cannot watch folders (see fs.inotify.max_user_instances)"));
    struct watch *w = mem_alloc(sizeof *w);
    *w = (struct watch){.loop = loop, .hooks = *hooks, .ifd = fd, .at_once = at_once, .poll_open = true};
    w->poll.data = w;
    int r = uv_poll_init(loop, &w->poll, fd);
    if (r) {
        (void)close(fd);
        free(w);
        return error_set(err, r, "inotify: %s", uv_strerror(r));
    }
    (void)uv_poll_start(&w->poll, UV_READABLE, on_readable);
    *ret = w;
    return 0;
}

static struct source *find_source(struct watch *w, const struct source_config *c)
{
    for (struct source *s = w->sources; s; s = s->next) {
        if (!s->dead && strcmp(s->name, c->name) == 0 && strcmp(s->path, c->path) == 0)
            return s;
    }
    return NULL;
}

static struct source *source_new(struct watch *w, const struct source_config *c)
{
    struct source *s = mem_alloc(sizeof *s);
    *s = (struct source){.owner = w, .wd = -1, .again_ms = INT64_MAX, .dirty = true};
    s->name = str_dup(c->name);
    s->path = str_dup(c->path);
    s->timer.data = s;
    (void)uv_timer_init(w->loop, &s->timer);
    struct source **at = &w->sources;
    while (*at)
        at = &(*at)->next;
    return *at = s;
}

static bool is_configured(const struct config *c, const struct source *s)
{
    const struct source_config *sc = config_source(c, s->name);
    return sc && strcmp(sc->path, s->path) == 0;
}

void watch_set_plan(struct watch *w, struct plan *plan)
{
    const struct config *c = plan->config;
    for (struct source *s = w->sources, *next; s; s = next) {
        next = s->next;
        if (!is_configured(c, s))
            source_end(s);
    }
    for (size_t i = 0; i < c->n_sources; i++) {
        struct source *s = find_source(w, &c->sources[i]);
        if (!s)
            s = source_new(w, &c->sources[i]);
        s->settle_ms = c->sources[i].settle_ms;
        s->rescan_ms = c->rescan_ms;
        s->dirty = true;
        s->made = false;
        source_go(s);
    }
}

void watch_rescan(struct watch *w)
{
    for (struct source *s = w->sources; s; s = s->next) {
        s->dirty = s->lift = true;
        source_go(s);
    }
}

void watch_poke(struct watch *w)
{
    for (struct source *s = w->sources; s; s = s->next) {
        if (s->candidates.n)
            source_go(s);
    }
}

bool watch_standing(const struct watch *w)
{
    for (const struct source *s = w->sources; s; s = s->next) {
        if (!s->looked && !s->dead)
            return false;
    }
    return true;
}

static size_t count_waiting(const struct source *s, size_t *ret_unfit)
{
    size_t waiting = 0;
    *ret_unfit = 0;
    for (size_t i = 0; i < s->candidates.n; i++) {
        const struct candidate *c = &s->candidates.items[i];
        bool empty = c->settle.seen.size == 0 && !s->owner->at_once;
        *ret_unfit += c->unfit || c->barred || empty;
        waiting += !c->unfit && !c->barred && !empty;
    }
    return waiting;
}

bool watch_idle(const struct watch *w)
{
    size_t unfit;
    for (const struct source *s = w->sources; s; s = s->next) {
        if (!s->dead && (s->busy || s->dirty || !s->looked || count_waiting(s, &unfit)))
            return false;
    }
    return true;
}

bool watch_troubled(const struct watch *w)
{
    for (const struct source *s = w->sources; s; s = s->next) {
        if (s->missing)
            return true;
        for (size_t i = 0; i < s->candidates.n; i++) {
            if (s->candidates.items[i].barred)
                return true;
        }
    }
    return false;
}

json_t *watch_status(const struct watch *w)
{
    json_t *out = json_array();
    for (const struct source *s = w->sources; s; s = s->next) {
        size_t unfit, waiting = count_waiting(s, &unfit);
        const char *state = !s->looked   ? "starting"
                            : s->missing ? "missing"
                            : s->problem ? "polled"
                                         : "watched";
        (void)json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s?, s:i, s:i}", "name", s->name, "path",
                                                   s->path, "state", state, "problem", s->problem, "waiting",
                                                   (int)waiting, "unfit", (int)unfit));
    }
    return out;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    w->poll_open = false;
    maybe_closed(w);
}

void watch_close(struct watch *w, void (*closed)(void *arg), void *arg)
{
    w->closing = true;
    w->closed = closed;
    w->closed_arg = arg;
    uv_close((uv_handle_t *)&w->poll, on_poll_closed);
    for (struct source *s = w->sources, *next; s; s = next) {
        next = s->next;
        source_end(s);
    }
}
