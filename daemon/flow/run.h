// SPDX-License-Identifier: Apache-2.0
// One run of a plugin, from its process to T2. Inside of runner.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "flow/runner.h"
#include "notify/alert.h"
#include "store/scope.h"

struct run;

// What is known of a plugin across its runs and across reloads.
struct run_plugin {
    struct runner *owner;
    struct run_plugin *next;
    char *name;
    struct run *run;  // under way, or NULL
    bool suspect;     // it has died: its scopes run one by one until all are clean or set aside
    bool check_alert; // an alert about it may be open
    int killed;       // runs in a row that were killed from outside
    int runs, deaths;
    size_t scope_bytes; // what it said of a scope at most in its last run, 0: not known yet
    char *last_error;
};

struct runner {
    struct runner_setup setup;
    struct plan *plan;
    struct run_plugin *plugins;
    uv_timer_t timer; // try again after a failure that is not a plugin's
    bool listing, again;
    bool waiting; // something is dirty and cannot run yet
    bool as_described;
    bool closing;
    int telling; // jobs about alerts under way
    void (*closed)(void *arg);
    void *closed_arg;
};

// Takes the scopes. Ends by runner_kick(). `version` is the one they were listed by.
void run_begin(struct run_plugin *p, struct plan *plan, const struct plugin_info *info, const char *version,
               struct scope_list *scopes);
// A process that waits for its job: exec and linking take longer than most jobs.
void run_prepare(struct runner *r, const struct plugin_info *info);
int64_t run_wall_ms(void);
void run_kill(struct run *run);
struct alert_context run_alert_context(const struct plan *plan);
// Ends the alert about a plugin if none of its scopes is set aside. In the caller's transaction.
int run_clear_alert(struct store *s, const struct alert_context *ctx, const char *plugin, struct error *err);

void runner_retry_later(struct runner *r);
void runner_maybe_closed(struct runner *r);
