// SPDX-License-Identifier: Apache-2.0
// One visit to a drop folder in the thread pool: a listing (with its watch), or a batch of claims.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "flow/candidate.h"
#include "flow/folder.h"

struct look {
    uv_work_t work;
    void *source; // whose look it is; loop only
    char *path;
    int ifd, wd, wd_error;
    bool with_claimed, make;
    int make_r; // whether the folder could be made, or was there
    struct folder_listing listing;
    struct folder_claim *claims;
    size_t n_claims;
    struct name_list moved; // names reported as renamed in before the look began
    int r;
    struct error err;
    int64_t took_ms;
};

struct look *look_new(const char *path, int ifd, void *source);
void look_free(struct look *k);
void look_list(uv_work_t *work);  // Thread pool
void look_claim(uv_work_t *work); // Thread pool
