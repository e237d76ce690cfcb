// SPDX-License-Identifier: Apache-2.0
// Allocation that aborts when memory is out.
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *must(void *p)
{
    if (!p) {
        static const char msg[] = "<2>out of memory\n";
        (void)!write(STDERR_FILENO, msg, sizeof msg - 1);
        abort();
    }
    return p;
}

void *mem_alloc(size_t n)
{
    return must(calloc(1, n ? n : 1));
}

void *mem_array(size_t n, size_t size)
{
    return must(calloc(n ? n : 1, size));
}

void *mem_grow(void *p, size_t n, size_t size)
{
    return must(reallocarray(p, n ? n : 1, size));
}

char *str_dup(const char *s)
{
    return s ? must(strdup(s)) : NULL;
}

char *str_ndup(const char *s, size_t n)
{
    return must(strndup(s, n));
}

char *str_printf(const char *fmt, ...)
{
    char *out = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&out, fmt, ap);
    va_end(ap);
    return must(n < 0 ? NULL : out);
}

void mem_free_at(void *pp)
{
    void *p;
    memcpy(&p, pp, sizeof p);
    free(p);
}

void fd_close_at(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
