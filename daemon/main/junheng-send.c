// SPDX-License-Identifier: Apache-2.0
// junheng-send: delivers one batch of messages (JSON on stdin, a line per outcome on stdout) and ends.
// Sees neither database nor spool; reads what TLS and name resolution need, and the channels' CA files.
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exit.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "main/send_job.h"
#include "main/send_run.h"
#include "sandbox/sandbox.h"

#define BATCH_BYTES_MAX (256u << 20)

static int read_batch(struct buf *in, struct error *err)
{
    for (;;) {
        buf_reserve(in, 65536);
        ssize_t n = read(STDIN_FILENO, in->data + in->len, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_sys(err, -errno, "reading the batch");
        if (n == 0)
            return 0;
        in->len += (size_t)n;
        in->data[in->len] = '\0';
        if (in->len > BATCH_BYTES_MAX)
            return error_set(err, -EFBIG, "the batch is longer than %u bytes", BATCH_BYTES_MAX);
    }
}

static int parse(const struct buf *in, struct send_batch *ret, struct error *err)
{
    json_error_t e;
    json_t *j = json_loadb(buf_str(in), in->len, 0, &e);
    if (!j)
        return error_set(err, -EINVAL, "the batch is not JSON: line %d: %s", e.line, e.text);
    int r = send_batch_parse(j, ret, err);
    json_decref(j);
    return r;
}

static int enter_sandbox(const struct send_batch *b, struct error *err)
{
    size_t n = 0;
    while (sandbox_network_paths[n])
        n++;
    CLEANUP_FREE const char **paths = mem_array(n + b->n + 1, sizeof *paths);
    memcpy(paths, sandbox_network_paths, n * sizeof *paths);
    for (size_t i = 0; i < b->n; i++) {
        if (b->jobs[i].ca_file)
            paths[n++] = b->jobs[i].ca_file;
    }
    const struct sandbox_rules rules = {.profile = SANDBOX_SENDER, .read_paths = paths};
    return sandbox_enter(&rules, err);
}

static int deliver(struct error *err)
{
    CLEANUP(buf_deinit) struct buf in = BUF_INIT;
    CLEANUP(send_batch_deinit) struct send_batch batch = {0};
    int r = read_batch(&in, err);
    if (r == 0)
        r = parse(&in, &batch, err);
    if (r == 0)
        r = enter_sandbox(&batch, err);
    return r < 0 ? r : send_run(&batch, STDOUT_FILENO, err);
}

int main(int argc, char **argv)
{
    i18n_init(NULL);
    log_init("junheng-send", LOG_LEVEL_INFO);
    if (argc > 1) {
        fprintf(stderr, "usage: %s <batch.json\n", argv[0]);
        return EX_USAGE;
    }
    if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) {
        log_error("curl cannot be started");
        return EX_SOFTWARE;
    }
    struct error err = {0};
    int r = deliver(&err);
    curl_global_cleanup();
    if (r < 0)
        log_error("%s", err.msg);
    return r == 0 ? EX_OK : r == -EINVAL || r == -EFBIG ? EX_DATAERR : r == -EPIPE ? EX_IOERR : EX_SOFTWARE;
}
