// SPDX-License-Identifier: Apache-2.0
// Receipts, written beside the loop: a few slots of the thread pool, each with a read-only store of its own.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "flow/plan.h"

struct receipts;
struct receipt_slot;

// Embedded in its owner; `done` comes exactly once, on the loop, never within receipts_submit().
struct receipt_job {
    const struct plan *plan; // held by the owner until done
    const char *folder;      // the source's
    int64_t submission;
    void (*done)(struct receipt_job *job);
    void *arg;
    int r; // of writing the file
    struct error err;
    char *name; // of the receipt's file; NULL when r
    char *text; // of the receipt, also when it could not be written there; NULL if not even loaded
    struct receipt_job *next;
};

struct receipts *receipts_open(uv_loop_t *loop, const char *db_path);
void receipts_submit(struct receipts *r, struct receipt_job *job);
// What waits ends with UV_ECANCELED, what runs is finished.
void receipts_close(struct receipts *r, void (*closed)(void *arg), void *arg);
