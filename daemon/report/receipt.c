// SPDX-License-Identifier: Apache-2.0
// Writing the receipt and the correction file into the source's receipts/ folder.
#include "report/receipt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "report/correction.h"
#include "report/receipt_data.h"
#include "report/receipt_text.h"

struct receipt_data *receipt_free(struct receipt_data *r)
{
    if (!r)
        return NULL;
    for (size_t i = 0; r->tables && i < r->detail.n_tables; i++)
        free(r->tables[i].title);
    submission_detail_deinit(&r->detail);
    for (size_t i = 0; i < r->n_coverage; i++) {
        struct receipt_coverage *c = &r->coverage[i];
        for (size_t k = 0; k < c->n_absent; k++) {
            free(c->absent[k].code);
            free(c->absent[k].name);
        }
        free(c->absent);
        free(c->county);
        free(c->county_name);
    }
    for (size_t i = 0; i < r->n_units; i++)
        free(r->units[i]);
    free(r->coverage);
    free(r->tables);
    free(r->submitter);
    free(r->units);
    free(r->office_phone);
    free(r->dataset_title);
    free(r->county_name);
    free(r->due);
    free(r);
    return NULL;
}

static char *correction_name(const struct receipt_data *r)
{
    if (!correction_wanted(r))
        return NULL;
    return str_printf("%s_%s%s", r->detail.sub.public_id, _("to correct"), correction_suffix(r));
}

void receipt_text(const struct receipt_data *r, struct buf *out)
{
    CLEANUP_FREE char *correction = correction_name(r);
    receipt_text_write(r, correction, out);
}

// A reader of the folder never sees half a file: written aside, synced, renamed.
static int write_file(int dir_fd, const char *name, const struct buf *content, struct error *err)
{
    CLEANUP_FREE char *temporary = str_printf(".%s.part", name);
    if (unlinkat(dir_fd, temporary, 0) < 0 && errno != ENOENT)
        return error_sys(err, -errno, "%s", temporary);
    CLEANUP_FD int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_sys(err, -errno, "%s", temporary);
    int r = frame_write_all(fd, buf_str(content), content->len);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlinkat(dir_fd, temporary, 0);
        return error_sys(err, r, "%s", name);
    }
    return 0;
}

// For Windows editors: byte order mark and CRLF.
static void add_for_windows(struct buf *out, const char *text)
{
    buf_adds(out, "\xef\xbb\xbf");
    for (; *text; text++) {
        if (*text == '\n')
            buf_addc(out, '\r');
        buf_addc(out, *text);
    }
}

int receipt_write(const struct receipt_data *r, int dir_fd, char **ret_name, struct error *err)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT, file = BUF_INIT, correction = BUF_INIT;
    CLEANUP_FREE char *correction_file = correction_name(r);
    CLEANUP_FREE char *name = str_printf("%s_%s.txt", r->detail.sub.public_id, _("receipt"));
    receipt_text_write(r, correction_file, &text);
    add_for_windows(&file, buf_str(&text));
    int e = 0;
    if (correction_file) {
        e = correction_make(r, &correction, err);
        if (e == 0)
            e = write_file(dir_fd, correction_file, &correction, err);
    }
    // The receipt last: it names the correction file.
    if (e == 0)
        e = write_file(dir_fd, name, &file, err);
    if (e == 0 && fsync(dir_fd) < 0)
        e = error_sys(err, -errno, "receipts");
    if (e == 0)
        *ret_name = TAKE(name);
    return e;
}
