// SPDX-License-Identifier: Apache-2.0
// Where files end.
#include "flow/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/zone.h"
#include "flow/folder.h"

#define CHUNK (64u << 10)
#define NAME_BYTES 180 // of the dropped name: public id, .zst and .part must fit beside it

static char *base_name(const struct archive_request *q)
{
    CLEANUP_FREE char *clean = folder_clean_name(q->file);
    size_t n = strlen(clean), keep = n < NAME_BYTES ? n : NAME_BYTES;
    while (keep < n && keep && ((unsigned char)clean[keep] & 0xc0) == 0x80)
        keep--;
    return str_printf("%s_%.*s", q->public_id, (int)keep, clean);
}

static char *target_dir(const struct archive_request *q)
{
    if (q->refused)
        return str_dup("quarantine");
    struct civil c = zone_civil(q->timezone, q->received_at);
    return str_printf("archive/%04d/%02d/%02d", c.year, c.month, c.day);
}

static int make_dirs(const char *state_dir, const char *rel, struct error *err)
{
    CLEANUP_FREE char *path = str_printf("%s/%s", state_dir, rel);
    for (char *p = path + strlen(state_dir) + 1; p;) {
        char *slash = strchr(p, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(path, 0750) < 0 && errno != EEXIST)
            return error_sys(err, -errno, _("cannot make the folder %s"), path);
        if (slash)
            *slash = '/';
        p = slash ? slash + 1 : NULL;
    }
    return 0;
}

static int open_content(const struct archive_request *q, struct error *err)
{
    if (q->spool) {
        CLEANUP_FREE char *path = str_printf("%s/spool/%s", q->state_dir, q->spool);
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 || errno != ENOENT)
            return fd >= 0 ? fd : error_sys(err, -errno, _("cannot open %s"), path);
    }
    if (!q->claimed)
        return error_set(err, -ENOENT, _("the file is no longer there"));
    CLEANUP_FD int dir = folder_open_claimed(q->folder, err);
    if (dir < 0)
        return dir;
    struct stat st;
    return folder_open_file(dir, q->claimed, &st, err);
}

// A whole chunk; less only at the end of the file.
static ssize_t read_chunk(int fd, char *chunk)
{
    size_t have = 0;
    while (have < CHUNK) {
        ssize_t n = read(fd, chunk + have, CHUNK - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static int copy_plain(int in, int out)
{
    CLEANUP_FREE char *chunk = mem_alloc(CHUNK);
    ssize_t n;
    int r = 0;
    while (!r && (n = read_chunk(in, chunk)) != 0)
        r = n < 0 ? (int)n : frame_write_all(out, chunk, (size_t)n);
    return r;
}

static int compress_chunk(ZSTD_CCtx *z, ZSTD_inBuffer *in, bool last, char *buf, int out)
{
    size_t left;
    do {
        ZSTD_outBuffer o = {.dst = buf, .size = CHUNK};
        left = ZSTD_compressStream2(z, &o, in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return -EIO;
        int r = frame_write_all(out, buf, o.pos);
        if (r)
            return r;
    } while (last ? left != 0 : in->pos < in->size);
    return 0;
}

static int copy_compressed(int in, int out)
{
    CLEANUP_FREE char *chunk = mem_alloc(CHUNK);
    CLEANUP_FREE char *buf = mem_alloc(CHUNK);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (!z)
        return -ENOMEM;
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    int r = 0;
    for (bool last = false; !r && !last;) {
        ssize_t n = read_chunk(in, chunk);
        // A small file ends with its first chunk: zstd then knows its size and makes tables as small.
        last = n < (ssize_t)CHUNK;
        ZSTD_inBuffer i = {.src = chunk, .size = n > 0 ? (size_t)n : 0};
        r = n < 0 ? (int)n : compress_chunk(z, &i, last, buf, out);
    }
    (void)ZSTD_freeCCtx(z);
    return r;
}

// A new file under a temporary name, for `finish`.
static int start_file(int dir, const char *name, char part[NAME_MAX + 1], struct error *err)
{
    (void)snprintf(part, NAME_MAX + 1, ".%s.part", name);
    int fd = openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    return fd < 0 ? error_sys(err, -errno, _("cannot write %s"), name) : fd;
}

static int finish_file(int dir, int fd, const char *part, const char *name, int r, struct error *err)
{
    if (!r && fsync(fd) < 0)
        r = -errno;
    if (!r && renameat(dir, part, dir, name) < 0)
        r = -errno;
    if (!r)
        return 0;
    (void)unlinkat(dir, part, 0);
    return error_sys(err, r, _("cannot write %s"), name);
}

static int write_reasons(int dir, const char *base, const char *reasons, struct error *err)
{
    char part[NAME_MAX + 1];
    CLEANUP_FREE char *name = str_printf("%s.txt", base);
    CLEANUP_FD int fd = start_file(dir, name, part, err);
    if (fd < 0)
        return fd;
    int r = frame_write_all(fd, reasons, strlen(reasons));
    return finish_file(dir, fd, part, name, r, err);
}

static int write_content(const struct archive_request *q, int in, int dir, const char *name,
                         struct error *err)
{
    char part[NAME_MAX + 1];
    CLEANUP_FD int fd = start_file(dir, name, part, err);
    if (fd < 0)
        return fd;
    return finish_file(dir, fd, part, name, q->refused ? copy_plain(in, fd) : copy_compressed(in, fd), err);
}

static int store_in(const struct archive_request *q, int dir, const char *base, const char *name,
                    struct error *err)
{
    CLEANUP_FD int in = open_content(q, err);
    int r = in < 0 ? in : write_content(q, in, dir, name, err);
    if (in == -ENOENT && faccessat(dir, name, F_OK, 0) == 0)
        r = 0; // killed after the removal: the archive stands
    if (in == -EINVAL && q->refused)
        r = 0; // a link or the like: what it leads to is not ours to keep
    if (!r && q->refused && q->reasons)
        r = write_reasons(dir, base, q->reasons, err);
    return r;
}

int archive_store(const struct archive_request *q, char **ret_path, struct error *err)
{
    CLEANUP_FREE char *rel = target_dir(q);
    CLEANUP_FREE char *base = base_name(q);
    CLEANUP_FREE char *name = q->refused ? str_dup(base) : str_printf("%s.zst", base);
    CLEANUP_FREE char *path = str_printf("%s/%s", q->state_dir, rel);
    int r = make_dirs(q->state_dir, rel, err);
    if (r)
        return r;
    CLEANUP_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return error_sys(err, -errno, _("cannot open the folder %s"), path);
    r = store_in(q, dir, base, name, err);
    if (!r && fsync(dir) < 0)
        r = error_sys(err, -errno, _("cannot write %s"), path);
    if (!r)
        *ret_path = str_printf("%s/%s", rel, name);
    return r;
}

static bool written_after(const struct archive_request *q, const struct stat *st)
{
    int64_t mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    return st->st_size != q->size || (q->mtime_ns && mtime_ns != q->mtime_ns);
}

// Under its own name if that is free, else under the claimed one: nothing in the folder is written over. What
// is not a file of its own lies there as anything else that is left alone.
static int give_back(const struct archive_request *q, int dir, struct error *err)
{
    CLEANUP_FD int folder = folder_open(q->folder, NULL, err);
    if (folder < 0)
        return folder;
    CLEANUP_FREE char *name = folder_dropped_name(q->claimed);
    if (renameat2(dir, q->claimed, folder, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (renameat2(dir, q->claimed, folder, q->claimed, RENAME_NOREPLACE) == 0)
        return 0;
    return error_sys(err, -errno, _("cannot give the changed file back into %s"), q->folder);
}

static int remove_original(const struct archive_request *q, struct error *err)
{
    CLEANUP_FD int dir = folder_open_claimed(q->folder, err);
    if (dir < 0)
        return dir;
    struct stat st;
    if (fstatat(dir, q->claimed, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : error_sys(err, -errno, _("cannot remove the original"));
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || (q->spool && written_after(q, &st)))
        return give_back(q, dir, err);
    if (unlinkat(dir, q->claimed, 0) < 0)
        return error_sys(err, -errno, _("cannot remove the original"));
    // An original that came back after a power cut would be taken for a new submission.
    return fsync(dir) < 0 && errno != EINVAL ? error_sys(err, -errno, _("cannot remove the original")) : 0;
}

int archive_remove(const struct archive_request *q, struct error *err)
{
    int r = q->claimed ? remove_original(q, err) : 0;
    if (r || !q->spool)
        return r;
    CLEANUP_FREE char *path = str_printf("%s/spool/%s", q->state_dir, q->spool);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_sys(err, -errno, _("cannot remove %s"), path);
    return 0;
}
