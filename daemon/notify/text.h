// SPDX-License-Identifier: Apache-2.0
// What people read, in the daemon's language: the first line alone makes sense on a phone.
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "notify/view.h"

// The whole text; its first line (up to the first line feed) is the subject.
void text_alert(const struct alert_view *v, struct buf *out);
// The first line as subject. The caller's.
char *text_subject(const char *text);
// The same text as HTML with inline styles; everything is escaped. `severity` colours the head.
void text_html(const char *text, enum severity severity, struct buf *out);
// The alert as an object of a webhook's `alerts`. new reference.
json_t *text_alert_json(const struct alert_view *v);
