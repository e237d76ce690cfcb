// SPDX-License-Identifier: Apache-2.0
// Delivers a batch: channels side by side, the jobs of one channel one after the other.
#pragma once

#include "base/error.h"
#include "main/send_job.h"

// Writes a line per job to `out_fd` as soon as its outcome is known. When a job fails in a way that may pass,
// the later ones of its channel are not tried: {"ok":false,"tried":false}. -EPIPE and the like when nobody
// reads.
int send_run(struct send_batch *b, int out_fd, struct error *err);
