// SPDX-License-Identifier: Apache-2.0
// The container: libzip over pread of our descriptor, entry names made comparable.
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/xlsx.h"

enum { MAX_ENTRIES = 20000 };

struct pread_source {
    struct decoder *d;
    uint64_t offset;
    zip_error_t error;
};

static zip_int64_t source_stat(struct pread_source *s, void *data, zip_uint64_t len)
{
    if (len < sizeof(zip_stat_t))
        return -1;
    zip_stat_t st;
    zip_stat_init(&st);
    st.size = s->d->size;
    st.valid |= ZIP_STAT_SIZE;
    memcpy(data, &st, sizeof st);
    return sizeof st;
}

static zip_int64_t on_source(void *arg, void *data, zip_uint64_t len, zip_source_cmd_t cmd)
{
    struct pread_source *s = arg;
    size_t n;
    if (cmd == ZIP_SOURCE_OPEN) {
        s->offset = 0;
    } else if (cmd == ZIP_SOURCE_READ) {
        if (decoder_read(s->d, s->offset, data, len, &n, NULL) < 0) {
            zip_error_set(&s->error, ZIP_ER_READ, EIO);
            return -1;
        }
        s->offset += n;
        return (zip_int64_t)n;
    } else if (cmd == ZIP_SOURCE_SEEK) {
        zip_int64_t to = zip_source_seek_compute_offset(s->offset, s->d->size, data, len, &s->error);
        if (to < 0)
            return -1;
        s->offset = (uint64_t)to;
    } else if (cmd == ZIP_SOURCE_TELL) {
        return (zip_int64_t)s->offset;
    } else if (cmd == ZIP_SOURCE_STAT) {
        return source_stat(s, data, len);
    } else if (cmd == ZIP_SOURCE_ERROR) {
        return zip_error_to_data(&s->error, data, len);
    } else if (cmd == ZIP_SOURCE_SUPPORTS) {
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    } else if (cmd == ZIP_SOURCE_FREE) {
        zip_error_fini(&s->error);
        free(s);
    }
    return 0;
}

static zip_t *open_container(struct decoder *d)
{
    zip_error_t error;
    zip_error_init(&error);
    struct pread_source *s = mem_alloc(sizeof *s);
    s->d = d;
    zip_error_init(&s->error);
    zip_source_t *source = zip_source_function_create(on_source, s, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !zip)
        zip_source_free(source);
    else if (!source)
        free(s);
    zip_error_fini(&error);
    return zip;
}

static char *comparable(const char *name)
{
    while (*name == '/' || *name == '\\')
        name++;
    char *out = str_dup(name);
    for (char *p = out; *p; p++)
        *p = *p == '\\' ? '/' : *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
    return out;
}

int xlsx_open(struct xlsx *x, struct error *err)
{
    x->zip = open_container(x->d);
    zip_int64_t n = x->zip ? zip_get_num_entries(x->zip, 0) : -1;
    if (n < 0 || n > MAX_ENTRIES)
        return decoder_refuse(x->d, "bad_zip", err,
                              _("The workbook cannot be opened: the file is damaged or was cut off. "
                                "Please open it in Excel or WPS, save it again and hand that in."));
    x->names = mem_array((size_t)n, sizeof *x->names);
    x->n_names = (size_t)n;
    for (size_t i = 0; i < x->n_names; i++) {
        const char *name = zip_get_name(x->zip, i, ZIP_FL_ENC_GUESS);
        x->names[i] = comparable(name ? name : "");
    }
    return 0;
}

void xlsx_close(struct xlsx *x)
{
    for (size_t i = 0; i < x->n_names; i++)
        free(x->names[i]);
    for (size_t i = 0; i < x->n_sheets; i++) {
        free(x->sheets[i].name);
        free(x->sheets[i].rel_id);
    }
    free(x->names);
    free(x->sheets);
    free(x->formats);
    free(x->string_start);
    buf_deinit(&x->strings);
    if (x->zip)
        zip_discard(x->zip);
    *x = (struct xlsx){.d = x->d};
}

int64_t xlsx_part_find(const struct xlsx *x, const char *name)
{
    for (size_t i = 0; i < x->n_names; i++)
        if (strcmp(x->names[i], name) == 0)
            return (int64_t)i;
    return -1;
}

uint64_t xlsx_part_size(struct xlsx *x, int64_t part)
{
    zip_stat_t st;
    if (zip_stat_index(x->zip, (zip_uint64_t)part, 0, &st) < 0 || !(st.valid & ZIP_STAT_SIZE))
        return UINT64_MAX;
    return st.size;
}

// "xl/workbook.xml" and "../a/b.xml" give "a/b.xml".
char *xlsx_part_resolve(const char *from_part, const char *target)
{
    bool absolute = *target == '/' || *target == '\\';
    const char *slash = strrchr(from_part, '/');
    CLEANUP_FREE char *folder = str_ndup(from_part, absolute || !slash ? 0 : (size_t)(slash - from_part));
    CLEANUP_FREE char *joined = str_printf("%s/%s", folder, target);
    char *path = comparable(joined), *out = path;
    for (char *word = path; *word;) {
        size_t n = strcspn(word, "/");
        char *next = word[n] ? word + n + 1 : word + n;
        if (n == 2 && memcmp(word, "..", 2) == 0) {
            while (out > path && *--out != '/')
                ;
        } else if (n && !(n == 1 && *word == '.')) {
            if (out > path)
                *out++ = '/';
            memmove(out, word, n);
            out += n;
        }
        word = next;
    }
    *out = '\0';
    return path;
}
