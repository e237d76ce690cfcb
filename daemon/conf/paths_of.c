// SPDX-License-Identifier: Apache-2.0
// Paths as text.
#include "conf/paths_of.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

static void add_parts(struct buf *b, const char *path)
{
    while (*path) {
        path += strspn(path, "/");
        size_t n = strcspn(path, "/");
        if (n == 2 && memcmp(path, "..", 2) == 0) {
            while (b->len && b->data[--b->len] != '/')
                ;
            if (b->data)
                b->data[b->len] = '\0';
        } else if (n && !(n == 1 && *path == '.')) {
            buf_addc(b, '/');
            buf_add(b, path, n);
        }
        path += n;
    }
}

char *path_join(const char *dir, const char *path)
{
    struct buf b = BUF_INIT;
    if (*path != '/')
        add_parts(&b, dir);
    add_parts(&b, path);
    if (!b.len)
        buf_addc(&b, '/');
    return buf_take(&b);
}

char *path_absolute(const char *path)
{
    char cwd[PATH_MAX];
    return path_join(getcwd(cwd, sizeof cwd) ? cwd : "/", path);
}

char *path_real(const char *path)
{
    CLEANUP_FREE char *head = str_dup(path);
    for (;;) {
        char *real = realpath(head, NULL);
        if (real) {
            char *whole = path_join(real, *(path + strlen(head)) ? path + strlen(head) + 1 : ".");
            free(real);
            return whole;
        }
        char *slash = strrchr(head, '/');
        if (!slash || slash == head)
            return str_dup(path);
        *slash = '\0';
    }
}

bool path_within(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    if (n == 1)
        return true; // "/"
    return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash != path ? str_ndup(path, (size_t)(slash - path)) : str_dup("/");
}
