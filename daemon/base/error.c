// SPDX-License-Identifier: Apache-2.0
// Error values that gather context on their way up.
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Macros for the analyzer only.
#undef error_set
#undef error_sys

static int set_v(struct error *err, int code, const char *fmt, va_list ap)
{
    assert(code < 0);
    if (err) {
        err->code = code;
        (void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    }
    return code;
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_v(err, code, fmt, ap);
    va_end(ap);
    return code;
}

int error_sys(struct error *err, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_v(err, code, fmt, ap);
    va_end(ap);
    if (err) {
        size_t n = strlen(err->msg);
        (void)snprintf(err->msg + n, sizeof err->msg - n, ": %s", strerror(-code));
    }
    return code;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char prefix[sizeof err->msg], rest[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    memcpy(rest, err->msg, sizeof rest);
    size_t n = strlen(prefix);
    memcpy(err->msg, prefix, n + 1);
    (void)snprintf(err->msg + n, sizeof err->msg - n, ": %s", rest);
    return err->code;
}
