// SPDX-License-Identifier: Apache-2.0
// Diagnostics to the journal or to stderr.
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <systemd/sd-journal.h>

#include "base/buf.h"
#include "base/mem.h"

// The one place of mutable process-wide state: set once at start, read after.
static struct {
    const char *program;
    enum log_level max;
    bool journal, terminal;
} log_state = {.program = "junheng", .max = LOG_LEVEL_INFO};

static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    unsigned long long dev, ino;
    if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2 || fstat(STDERR_FILENO, &st) < 0)
        return false;
    return st.st_dev == dev && st.st_ino == ino;
}

void log_init(const char *program, enum log_level max)
{
    log_state.program = program;
    log_state.max = max;
    log_state.journal = stderr_is_journal();
    log_state.terminal = isatty(STDERR_FILENO);
}

static void clean_line(struct buf *out, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f)
            buf_addf(out, "\\x%02x", c);
        else
            buf_addc(out, (char)c);
    }
}

static void to_journal(enum log_level level, const char *const *fields, const char *line)
{
    struct iovec iov[32];
    size_t n = 0;
    CLEANUP_FREE char *message = str_printf("MESSAGE=%s", line);
    CLEANUP_FREE char *priority = str_printf("PRIORITY=%d", (int)level);
    CLEANUP_FREE char *ident = str_printf("SYSLOG_IDENTIFIER=%s", log_state.program);
    const char *own[] = {message, priority, ident};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        iov[n++] = (struct iovec){.iov_base = (void *)(uintptr_t)own[i], .iov_len = strlen(own[i])};
    for (; fields && *fields && n < ARRAY_SIZE(iov); fields++)
        iov[n++] = (struct iovec){.iov_base = (void *)(uintptr_t)*fields, .iov_len = strlen(*fields)};
    (void)sd_journal_sendv(iov, (int)n);
}

void log_fields(enum log_level level, const char *const *fields, const char *message)
{
    if (level > log_state.max)
        return;
    CLEANUP(buf_deinit) struct buf line = BUF_INIT;
    clean_line(&line, message);
    if (log_state.journal) {
        to_journal(level, fields, buf_str(&line));
        return;
    }
    if (!log_state.terminal)
        fprintf(stderr, "<%d>%s: %s\n", (int)level, log_state.program, buf_str(&line));
    else
        fprintf(stderr, "%s: %s\n", log_state.program, buf_str(&line));
}

void log_at(enum log_level level, const char *fmt, ...)
{
    if (level > log_state.max)
        return;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    log_fields(level, NULL, buf_str(&text));
}
