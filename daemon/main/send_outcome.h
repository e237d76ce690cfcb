// SPDX-License-Identifier: Apache-2.0
// What the end of a transfer means. No I/O.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

#include "main/send_job.h"

struct send_outcome {
    bool ok;
    bool permanent;     // trying again cannot help
    long retry_after_s; // as the receiver asked; 0: it did not
    char error[512];    // one sentence, no secret in it
};

struct send_end {
    CURLcode code;
    long status; // HTTP status, or the last reply of the mail server; 0: none
    long retry_after_s;
    bool cut;           // we stopped reading a reply that was too long
    const char *detail; // curl's error text, may be ""
    const char *reply;  // beginning of the answer, may be ""
};

struct send_outcome send_outcome_webhook(const struct send_end *end);
struct send_outcome send_outcome_smtp(const struct send_end *end);
