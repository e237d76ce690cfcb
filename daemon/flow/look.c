// SPDX-License-Identifier: Apache-2.0
// One visit to a drop folder in the thread pool.
#include "flow/look.h"

#include <errno.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "flow/kill_point.h"

#define WATCH_MASK (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct look *look_new(const char *path, int ifd, void *source)
{
    struct look *k = mem_alloc(sizeof *k);
    *k = (struct look){.source = source, .path = str_dup(path), .ifd = ifd, .wd = -1};
    k->work.data = k;
    return k;
}

void look_free(struct look *k)
{
    for (size_t i = 0; i < k->n_claims; i++) {
        free(k->claims[i].name);
        free(k->claims[i].claimed);
    }
    free(k->claims);
    folder_listing_deinit(&k->listing);
    name_list_deinit(&k->moved);
    free(k->path);
    free(k);
}

// The watch is set before the folder is read: what comes between is seen twice rather than never.
void look_list(uv_work_t *work)
{
    struct look *k = work->data;
    uint64_t start = uv_hrtime();
    struct error not_made;
    k->make_r = k->make ? folder_make(k->path, &not_made) : 0;
    k->wd = inotify_add_watch(k->ifd, k->path, WATCH_MASK);
    k->wd_error = k->wd < 0 ? -errno : 0;
    k->r = folder_list(k->path, k->with_claimed, &k->listing, &k->err);
    if (k->r && k->make_r)
        k->err = not_made;
    if (!k->r && k->make) {
        int fd = folder_open(k->path, FOLDER_RECEIPTS, NULL); // so that a clerk sees where answers come
        if (fd >= 0)
            (void)close(fd);
    }
    k->took_ms = (int64_t)((uv_hrtime() - start) / 1000000);
}

void look_claim(uv_work_t *work)
{
    struct look *k = work->data;
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    uint64_t stamp = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
    k->r = folder_claim(k->path, k->claims, k->n_claims, stamp, &k->err);
    kill_point("claimed");
}
