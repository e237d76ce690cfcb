// SPDX-License-Identifier: Apache-2.0
// The copy of our own.
#include "flow/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "flow/folder.h"

#define CHUNK (64u << 10)

static int64_t mtime_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

// -ENOENT, -EINVAL and -EFBIG speak of the file handed in alone.
static int ours(int r)
{
    return r == -ENOENT || r == -EINVAL || r == -EFBIG ? -EIO : r;
}

static int open_claimed(const struct spool_request *q, struct stat *st, struct error *err)
{
    CLEANUP_FD int dir = folder_open_claimed(q->folder, err);
    if (dir < 0)
        return ours(dir);
    CLEANUP_FD int fd = folder_open_file(dir, q->claimed, st, err);
    if (fd < 0)
        return fd;
    if (st->st_size > q->max_bytes)
        return error_set(err, -EFBIG, _("the file has %lld bytes; at most %lld are taken (max_file_bytes)"),
                         (long long)st->st_size, (long long)q->max_bytes);
    int out = fd;
    fd = -1;
    return out;
}

// Copies to the end; *ret_size is what came.
static int copy_hashed(int in, int out, EVP_MD_CTX *ctx, int64_t max, int64_t *ret_size)
{
    CLEANUP_FREE char *chunk = mem_alloc(CHUNK);
    int64_t size = 0;
    for (;;) {
        ssize_t n = read(in, chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        size += n;
        if (size > max)
            return -EAGAIN; // it grew past what fstat said
        if (EVP_DigestUpdate(ctx, chunk, (size_t)n) != 1)
            return -EIO;
        int r = frame_write_all(out, chunk, (size_t)n);
        if (r)
            return r;
    }
    *ret_size = size;
    return 0;
}

static int copy_checked(int in, int out, const struct stat *before, const struct spool_request *q,
                        struct spool_result *ret)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct stat after;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int r = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
    if (!r)
        r = copy_hashed(in, out, ctx, q->max_bytes, &ret->size);
    if (!r)
        r = EVP_DigestFinal_ex(ctx, digest, NULL) == 1 ? 0 : -EIO;
    EVP_MD_CTX_free(ctx);
    if (!r && fstat(in, &after) < 0)
        r = -errno;
    if (!r && (after.st_size != before->st_size || mtime_of(&after) != mtime_of(before) ||
               after.st_size != ret->size))
        r = -EAGAIN;
    if (!r && fsync(out) < 0)
        r = -errno;
    for (int i = 0; !r && i < 32; i++)
        (void)snprintf(ret->sha256 + 2 * i, 3, "%02x", digest[i]);
    ret->mtime_ns = mtime_of(before);
    return r;
}

int spool_copy(const struct spool_request *q, struct spool_result *ret, struct error *err)
{
    struct stat st;
    struct spool_result result = {0};
    CLEANUP_FD int in = open_claimed(q, &st, err);
    if (in < 0)
        return in;
    CLEANUP_FREE char *part = str_printf("%s/%s.part", q->spool_dir, q->name);
    CLEANUP_FREE char *path = str_printf("%s/%s", q->spool_dir, q->name);
    CLEANUP_FD int out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return ours(error_sys(err, -errno, _("cannot write %s"), part));
    int r = copy_checked(in, out, &st, q, &result);
    if (!r && rename(part, path) < 0)
        r = -errno;
    if (r) {
        (void)unlink(part);
        return r == -EAGAIN ? error_set(err, r, _("the file changed while it was copied"))
                            : ours(error_sys(err, r, _("copying into the spool")));
    }
    *ret = result;
    return 0;
}
