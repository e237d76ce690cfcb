// SPDX-License-Identifier: Apache-2.0
// What went wrong, in words an operator can act on; each level adds what it knows.
#pragma once

#include <stddef.h>

struct error {
    int code; // negative errno
    char msg[1024];
};

// Fills `err` (may be NULL) and returns `code`, a negative errno, so callers write `return error_set(...)`.
int error_set(struct error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
// Puts "prefix: " before the message that is there; returns the code that is there.
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// As error_set, with strerror(-code) appended after ": ".
int error_sys(struct error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// The static analyzer sees one file at a time: this tells it that a failure is the code given.
#ifdef __clang_analyzer__
#define error_set(err, code, ...) ((void)(error_set)(err, code, __VA_ARGS__), (code))
#define error_sys(err, code, ...) ((void)(error_sys)(err, code, __VA_ARGS__), (code))
#endif
