// SPDX-License-Identifier: Apache-2.0
// Diagnostics: to the journal with fields when stderr is the journal, else to stderr with a level prefix.
// Only callbacks and main log; everything below returns a struct error.
#pragma once

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARN = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

void log_init(const char *program, enum log_level max);
// Control bytes in the finished line are shown as \xNN: names of dropped files are hostile.
void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// `fields` is NULL-terminated "KEY=value" strings for the journal; on a terminal they are left out.
void log_fields(enum log_level level, const char *const *fields, const char *message);

#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_notice(...) log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
