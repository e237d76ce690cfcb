// SPDX-License-Identifier: Apache-2.0
// A drop folder as the file system shows it.
#include "flow/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define LISTING_MAX 200000 // names of one folder looked at in one go; the rest is found when these are gone
#define CLAIMED_PREFIX 22  // 16 digits, '-', 4 digits, '-'

// Under ProtectSystem=strict all but the state folder is read-only, and the way out is not obvious.
static int not_made(struct error *err, int r, const char *made, const char *source)
{
    if (r != -EROFS)
        return error_sys(err, r, _("cannot make the folder %s"), made);
    return error_set(
        err, r,
        _("the folder %1$s is read-only for the service. Make it for the user junheng, then: systemctl edit "
          "junhengd, [Service] ReadWritePaths=%1$s, and systemctl restart junhengd"),
        source);
}

int folder_make(const char *path, struct error *err)
{
    CLEANUP_FREE char *p = str_dup(path);
    for (char *slash = strchr(p + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(p, 0777) < 0 && errno != EEXIST)
            return not_made(err, -errno, p, path);
        *slash = '/';
    }
    return mkdir(p, 0777) < 0 && errno != EEXIST ? not_made(err, -errno, p, path) : 0;
}

// The folder itself is the administrator's word and may be a link; below it nothing is.
static int open_sub(const char *path, const char *sub, bool make, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_sys(err, -errno, _("cannot open the folder %s"), path);
    if (!sub)
        return fd;
    CLEANUP_FD int dir = fd;
    mode_t mode = strcmp(sub, FOLDER_CLAIMED) == 0 ? 0700 : 0777;
    if (make && mkdirat(dir, sub, mode) < 0 && errno != EEXIST) {
        int r = -errno;
        CLEANUP_FREE char *made = str_printf("%s/%s", path, sub);
        return not_made(err, r, made, path);
    }
    fd = openat(dir, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? error_sys(err, -errno, _("cannot open the folder %s/%s"), path, sub) : fd;
}

int folder_open(const char *path, const char *sub, struct error *err)
{
    return open_sub(path, sub, true, err);
}

int folder_open_claimed(const char *path, struct error *err)
{
    return open_sub(path, FOLDER_CLAIMED, false, err);
}

static struct settle_seen seen_of(const struct stat *st)
{
    return (struct settle_seen){.size = st->st_size,
                                .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
                                .ino = st->st_ino};
}

static const char *unfit(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return N_("it is not a regular file");
    if (st->st_nlink != 1)
        return N_("it has a second name (hard link) elsewhere");
    return NULL;
}

int folder_open_file(int dir, const char *name, struct stat *ret, struct error *err)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_sys(err, -errno, _("cannot open the file"));
    int fd = unfit(&st) ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && !unfit(&st) && errno != ELOOP)
        return error_sys(err, -errno, _("cannot open the file"));
    if (fd < 0 || fstat(fd, &st) < 0 || unfit(&st)) {
        if (fd >= 0)
            (void)close(fd);
        return error_set(err, -EINVAL,
                         _("not a regular file of its own (a link, or with a second name elsewhere)"));
    }
    *ret = st;
    return fd;
}

static int entry_compare(const void *a, const void *b)
{
    return strcmp(((const struct folder_entry *)a)->name, ((const struct folder_entry *)b)->name);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_entries(int fd, struct folder_listing *l, struct error *err)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    if (!d) {
        int r = -errno;
        if (copy >= 0)
            (void)close(copy);
        return error_sys(err, r, _("cannot list the folder"));
    }
    struct dirent *e;
    size_t cap = 0;
    errno = 0;
    while (l->n < LISTING_MAX && (e = readdir(d))) {
        struct stat st;
        if (settle_ignored(e->d_name) || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            S_ISDIR(st.st_mode)) {
            errno = 0;
            continue;
        }
        if (l->n == cap) {
            cap = cap ? 2 * cap : 64;
            l->entries = mem_grow(l->entries, cap, sizeof *l->entries);
        }
        l->entries[l->n++] =
            (struct folder_entry){.name = str_dup(e->d_name), .seen = seen_of(&st), .unfit = unfit(&st)};
        errno = 0;
    }
    int r = errno ? error_sys(err, -errno, _("cannot list the folder")) : 0;
    (void)closedir(d);
    if (l->n)
        qsort(l->entries, l->n, sizeof *l->entries, entry_compare);
    return r;
}

static int list_claimed(const char *path, struct folder_listing *l, struct error *err)
{
    int fd = folder_open(path, FOLDER_CLAIMED, err);
    if (fd < 0)
        return fd;
    DIR *d = fdopendir(fd);
    if (!d) {
        (void)close(fd);
        return error_sys(err, -ENOMEM, _("cannot list the folder"));
    }
    struct dirent *e;
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        l->claimed = mem_grow(l->claimed, l->n_claimed + 1, sizeof *l->claimed);
        l->claimed[l->n_claimed++] = str_dup(e->d_name);
    }
    (void)closedir(d);
    if (l->n_claimed)
        qsort(l->claimed, l->n_claimed, sizeof *l->claimed, name_compare);
    return 0;
}

int folder_list(const char *path, bool with_claimed, struct folder_listing *ret, struct error *err)
{
    struct folder_listing l = {0};
    CLEANUP_FD int fd = folder_open(path, NULL, err);
    int r = fd < 0 ? fd : list_entries(fd, &l, err);
    if (!r && with_claimed)
        r = list_claimed(path, &l, err);
    if (r) {
        folder_listing_deinit(&l);
        return r;
    }
    *ret = l;
    return 0;
}

void folder_listing_deinit(struct folder_listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->entries[i].name);
    for (size_t i = 0; i < l->n_claimed; i++)
        free(l->claimed[i]);
    free(l->entries);
    free(l->claimed);
    *l = (struct folder_listing){0};
}

static int rename_to(int from_dir, const char *from, int to_dir, const char *to)
{
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    return renameat(from_dir, from, to_dir, to) < 0 ? -errno
                                                    : 0; // shares without the flag; the name is unique anyway
}

static int claim_one(int dir, int claimed_dir, struct folder_claim *c, uint64_t stamp, unsigned number)
{
    struct stat st;
    CLEANUP_FD int fd = openat(dir, c->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ESTALE : -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    struct settle_seen now = seen_of(&st);
    if (unfit(&st) || now.size != c->seen.size || now.mtime_ns != c->seen.mtime_ns || now.ino != c->seen.ino)
        return -ESTALE;
    char *name = folder_claimed_name(c->name, stamp, number);
    int r = rename_to(dir, c->name, claimed_dir, name);
    if (r) {
        free(name);
        return r == -ENOENT ? -ESTALE : r;
    }
    c->claimed = name;
    c->mtime_ms = now.mtime_ns / 1000000;
    return 0;
}

int folder_claim(const char *path, struct folder_claim *claims, size_t n, uint64_t stamp, struct error *err)
{
    CLEANUP_FD int dir = folder_open(path, NULL, err);
    if (dir < 0)
        return dir;
    CLEANUP_FD int claimed = folder_open(path, FOLDER_CLAIMED, err);
    if (claimed < 0)
        return claimed;
    for (size_t i = 0; i < n; i++)
        claims[i].r = claim_one(dir, claimed, &claims[i], stamp, (unsigned)i);
    return 0;
}

// Length of the valid UTF-8 sequence at s, 0 if there is none.
static size_t utf8_len(const unsigned char *s, unsigned *ret_char)
{
    static const struct {
        unsigned char mask, lead;
        unsigned min;
    } kinds[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        if ((s[0] & kinds[k].mask) != kinds[k].lead)
            continue;
        unsigned c = s[0] & (unsigned char)~kinds[k].mask;
        for (size_t i = 1; i <= k; i++) {
            if ((s[i] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (s[i] & 0x3f);
        }
        if (c < kinds[k].min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return 0;
        *ret_char = c;
        return k + 1;
    }
    return 0;
}

static bool is_harmful(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == '/';
}

char *folder_clean_name(const char *name)
{
    CLEANUP(buf_deinit) struct buf out = BUF_INIT;
    for (const unsigned char *p = (const unsigned char *)name; *p;) {
        unsigned c = 0;
        size_t n = utf8_len(p, &c);
        if (n && !is_harmful(c))
            buf_add(&out, p, n);
        else
            buf_addc(&out, '_');
        p += n ? n : 1;
    }
    return out.len ? buf_take(&out) : str_dup("_");
}

// The ending and the start are kept: both tell what the file is. Cut between characters.
char *folder_claimed_name(const char *name, uint64_t stamp, unsigned number)
{
    size_t room = NAME_MAX - CLAIMED_PREFIX, n = strlen(name);
    const char *dot = strrchr(name, '.');
    if (n > room) {
        const char *end = dot && n - (size_t)(dot - name) < 16 ? dot : name + n;
        size_t keep = room - strlen(end);
        while (keep && ((unsigned char)name[keep] & 0xc0) == 0x80)
            keep--;
        return str_printf("%016llx-%04x-%.*s%s", (unsigned long long)stamp, number & 0xffff, (int)keep, name,
                          end);
    }
    return str_printf("%016llx-%04x-%s", (unsigned long long)stamp, number & 0xffff, name);
}

char *folder_dropped_name(const char *claimed)
{
    size_t n = strlen(claimed);
    bool ours = n > CLAIMED_PREFIX && strspn(claimed, "0123456789abcdef") == 16 && claimed[16] == '-' &&
                strspn(claimed + 17, "0123456789abcdef") >= 4 && claimed[21] == '-';
    return folder_clean_name(ours ? claimed + CLAIMED_PREFIX : claimed);
}
