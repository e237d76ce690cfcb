// SPDX-License-Identifier: Apache-2.0
// One file on its way. Inside of intake: item.c are the steps, item_store.c what is written about them.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "flow/intake.h"
#include "flow/reading.h"
#include "flow/spool.h"
#include "store/ingest.h"
#include "store/submission.h"

enum item_stage {
    ITEM_CLAIMED,  // lies in .claimed/, not yet recorded
    ITEM_RECORDED, // to be copied into the spool
    ITEM_COPIED,   // copied; the row does not say so yet
    ITEM_SPOOLED,  // to be read
    ITEM_READING,
    ITEM_READ,     // frames are here: T1 when it is its turn
    ITEM_DIED,     // its reader died: counted, then read again or set aside
    ITEM_REFUSED,  // cannot even be copied: to be ended with `code` and `err`
    ITEM_ENDED,    // stored, rejected, quarantined or duplicate: receipt
    ITEM_ANSWERED, // to be archived
    ITEM_FILED,    // to be marked as done
    ITEM_GONE,
    ITEM_STAGE_COUNT
};

struct intake {
    struct intake_setup setup;
    struct plan *plan;
    struct item *first, **last; // in the order of claiming
    size_t n, reading, max_readers;
    struct recovery *recovery; // rows still to be taken up
    uv_timer_t tick;
    bool space_short, closing, going, go_again;
    void (*closed)(void *arg);
    void *closed_arg;
};

struct item {
    struct intake *owner;
    struct item *next;
    enum item_stage stage;
    bool busy;        // a step is under way; its completion goes on
    bool turn;        // as it was when the step began: nothing of this source is ahead
    int64_t retry_ms; // on the loop's clock, 0: at once
    int failures;
    struct plan *plan;
    const struct source_config *source;
    char *claimed;
    int64_t mtime_ms;
    struct submission sub;
    struct spool_result copy;
    struct reading *reading;
    const char *code; // of a refusal
    bool changed;     // T1 changed facts
    int killed;       // readers of it that were killed from outside
    bool retried;     // its reader has died before: does not wait for a slot
    char *why;        // how its reader died
    struct writer_job job;
    struct receipt_job receipt;
    uv_work_t work;
    int r;
    struct error err;
    char *archived;
};

// item.c
void item_go(struct item *it);                            // the next step, if it can be taken now
void item_fail(struct item *it, const struct error *err); // try this stage again after a pause
int64_t item_now_ms(const struct item *it);
bool item_is_turn(const struct item *it);
void item_free(struct item *it);
enum item_stage item_stage_of(const struct submission *sub);
void intake_go(struct intake *in); // every item that can
void intake_drop(struct item *it);

// item_store.c: writer jobs; each completion sets the stage and calls intake_go()
void item_record(struct item *it);
void item_note_spooled(struct item *it);
void item_store(struct item *it);
void item_note_death(struct item *it);
void item_end(struct item *it);
void item_mark(struct item *it);
