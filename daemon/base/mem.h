// SPDX-License-Identifier: Apache-2.0
// Allocation that aborts when memory is out (the daemon restarts into the same state), and scope-bound
// release.
#pragma once

#include <stddef.h>
#include <stdlib.h>

void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));              // zeroed
void *mem_array(size_t n, size_t size) __attribute__((malloc, returns_nonnull)); // zeroed, overflow-checked
void *mem_grow(void *p, size_t n, size_t size) __attribute__((returns_nonnull)); // realloc, overflow-checked
char *str_dup(const char *s) __attribute__((malloc));                            // NULL gives NULL
char *str_ndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *str_printf(const char *fmt, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

#define CLEANUP(f) __attribute__((cleanup(f)))
// Hands the pointer over: yields it and leaves NULL behind.
#define TAKE(p)                                                                                              \
    __extension__({                                                                                          \
        __typeof__(p) take_ = (p);                                                                           \
        (p) = NULL;                                                                                          \
        take_;                                                                                               \
    })
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

void mem_free_at(void *pp); // for CLEANUP on any pointer from malloc
void fd_close_at(int *fd);  // for CLEANUP; -1 is fine
#define CLEANUP_FREE CLEANUP(mem_free_at)
#define CLEANUP_FD CLEANUP(fd_close_at)
