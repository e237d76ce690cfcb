// SPDX-License-Identifier: Apache-2.0
// A loop that must end without handles, and a folder that is gone afterwards.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <uv.h>

struct flow_fixture {
    uv_loop_t loop;
    char dir[64]; // absolute, empty at the start
    uv_timer_t limit;
};

int flow_setup(void **state);
int flow_teardown(void **state); // fails on a handle that is still open
// Turns the loop until *flag; fails after 20 s.
void flow_run_until(struct flow_fixture *f, const bool *flag);
void flow_closed(void *flag);                                    // a `closed` callback that sets a bool
char *flow_path(const struct flow_fixture *f, const char *name); // the caller's
void flow_write(const char *path, const char *text);
char *flow_read(const char *path); // NULL if it is not there; the caller's
bool flow_exists(const char *path);
