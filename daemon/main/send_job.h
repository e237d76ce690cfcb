// SPDX-License-Identifier: Apache-2.0
// One delivery as the daemon asks for it (daemon/README.md, "Send"), checked before anything is opened.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum send_type { SEND_WEBHOOK, SEND_SMTP };
enum send_tls { SEND_TLS_NONE, SEND_TLS_STARTTLS, SEND_TLS_IMPLICIT };

struct send_job {
    int64_t id;
    enum send_type type;
    char *channel, *key;
    char *ca_file; // NULL: the system's
    int64_t timeout_ms;
    // webhook
    char *url, **headers; // NULL-terminated
    char *body;           // JSON text
    // smtp
    char *host, *user, *from, **to;
    char *password; // wiped as soon as the transfer has it
    int port;
    enum send_tls tls;
    char *subject, *text, *html; // html may be NULL
    struct error wrong;          // code ≠ 0: the job cannot be carried out; reported as its outcome
    bool wrong_for_good;         // no later attempt can be better
};

struct send_batch {
    struct send_job *jobs;
    size_t n;
};

// -EINVAL when the batch is no array of jobs with ids. A job that is wrong in itself is kept, with `wrong`.
// Password files are read here, before the sandbox stands.
int send_batch_parse(const json_t *j, struct send_batch *ret, struct error *err);
void send_batch_deinit(struct send_batch *b);
void send_job_wipe(struct send_job *job); // the password
// Takes "a@b" or "Name <a@b>" apart; false if it is neither. *ret_name (may be NULL itself) NULL: none. The
// caller's.
bool send_address(const char *mailbox, char **ret_address, char **ret_name);
