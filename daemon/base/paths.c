// SPDX-License-Identifier: Apache-2.0
// Where the program's own parts lie.
#include "base/paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static char *exe_dir(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return str_dup("/usr/bin");
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    return str_ndup(path, slash ? (size_t)(slash - path) : 0);
}

// The root of the build tree, if this program runs from one; else NULL. Programs are built in daemon/main,
// tests in tests/unit and so on, so a few levels up are tried; the mark is written by conf/meson.build.
static char *build_root(void)
{
    CLEANUP_FREE char *dir = exe_dir();
    for (int up = 0; up < 4; up++) {
        CLEANUP_FREE char *mark = str_printf("%s/conf/.junheng-build", dir);
        if (access(mark, F_OK) == 0)
            return TAKE(dir);
        // cppcheck-suppress nullPointer ; it thinks that TAKE goes on
        char *slash = strrchr(dir, '/');
        if (!slash || slash == dir)
            break;
        *slash = '\0';
    }
    return NULL;
}

// An installed tree that was moved (DESTDIR, a prefix under one folder) is found relative to the program.
static char *installed(const char *compiled_in)
{
    CLEANUP_FREE char *dir = exe_dir();
    size_t skip = strcmp(compiled_in, "/usr") > 0 && strncmp(compiled_in, "/usr/", 5) == 0 ? 5 : 0;
    if (skip) {
        static const char *const up[] = {"..", "../.."}; // bin and sbin; libexec/junheng
        for (size_t i = 0; i < ARRAY_SIZE(up); i++) {
            char *path = str_printf("%s/%s/%s", dir, up[i], compiled_in + skip);
            if (access(path, F_OK) == 0)
                return path;
            free(path);
        }
    }
    return str_dup(compiled_in);
}

char *paths_worker(const char *name)
{
    const char *env = getenv("JUNHENG_WORKER_DIR");
    if (env && env[0] == '/')
        return str_printf("%s/%s", env, name);
    CLEANUP_FREE char *root = build_root();
    if (root)
        return str_printf("%s/daemon/%s", root, name);
    CLEANUP_FREE char *dir = installed(JUNHENG_LIBEXECDIR);
    return str_printf("%s/%s", dir, name);
}

char *paths_data(const char *sub)
{
    const char *env = getenv("JUNHENG_DATA_DIR");
    CLEANUP_FREE char *root = build_root();
    CLEANUP_FREE char *dir = env    ? str_dup(env)
                             : root ? str_printf("%s/conf", root)
                                    : installed(JUNHENG_DATADIR);
    return str_printf("%s%s%s", dir, *sub ? "/" : "", sub);
}

char *paths_plugin_dir(void)
{
    CLEANUP_FREE char *root = build_root();
    return root ? str_printf("%s/plugins", root) : installed(JUNHENG_PLUGINDIR);
}

char *paths_locale_dir(void)
{
    CLEANUP_FREE char *root = build_root();
    return root ? str_printf("%s/daemon/po", root) : installed(JUNHENG_LOCALEDIR);
}
