// SPDX-License-Identifier: Apache-2.0
#include "conf_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

int folder_setup(void **state)
{
    struct folder *f = mem_alloc(sizeof *f);
    strncpy(f->path, "/tmp/junheng-conf-XXXXXX", sizeof f->path - 1);
    *state = f;
    return mkdtemp(f->path) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int folder_teardown(void **state)
{
    struct folder *f = *state;
    int r = nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return r;
}

char *folder_write(const struct folder *f, const char *name, const char *text)
{
    char *path = str_printf("%s/%s", f->path, name);
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0)
        abort();
    return path;
}
