// SPDX-License-Identifier: Apache-2.0
// A mail as it goes over the wire: MIME multipart/alternative in UTF-8, ASCII only, CRLF.
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "main/send_job.h"

// -EINVAL: a header value would not stay on its line.
int send_mail_build(const struct send_job *job, int64_t now_s, struct buf *out, struct error *err);
