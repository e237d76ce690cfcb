// SPDX-License-Identifier: Apache-2.0
// One delivery under way: a curl handle with everything it borrows.
#pragma once

#include <curl/curl.h>
#include <stdint.h>

#include "base/error.h"
#include "main/send_job.h"
#include "main/send_outcome.h"

struct send_transfer;

// The handle, ready to be added to a multi; its CURLOPT_PRIVATE is the transfer. The job's password is wiped.
int send_transfer_new(struct send_job *job, int64_t now_s, struct send_transfer **ret, struct error *err);
struct send_transfer *send_transfer_free(struct send_transfer *t);
CURL *send_transfer_handle(struct send_transfer *t);
struct send_job *send_transfer_job(struct send_transfer *t);
struct send_outcome send_transfer_end(struct send_transfer *t, CURLcode code);
