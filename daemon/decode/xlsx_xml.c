// SPDX-License-Identifier: Apache-2.0
// Parts as streamed XML: expat with limits on depth, bytes and single tokens, without DTDs.
#include <errno.h>
#include <expat.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/xlsx.h"

enum {
    BLOCK = 64 << 10,
    MAX_TOKEN = 1 << 20, // a tag with its attributes; expat keeps and scans it again with each block
};

struct parse {
    struct xlsx *x;
    int64_t part;
    XML_Parser parser;
    const struct xml_handlers *handlers;
    void *arg;
    struct error *err;
    unsigned depth;
    uint64_t fed;
    int result; // 1 or -errno of a handler: the parser has been stopped
};

int xlsx_damaged(struct xlsx *x, int64_t part, struct error *err)
{
    const char *name = part >= 0 && (size_t)part < x->n_names ? x->names[part] : "";
    return decoder_refuse(x->d, "damaged", err,
                          _("The workbook is damaged (part \"%s\"). "
                            "Please open it in Excel or WPS, save it again and hand that in."),
                          name);
}

static inline const char *local(const char *name)
{
    if (name[0] && !name[1]) // most are c, v, r, s, t
        return name;
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *xml_attr(const char **attrs, const char *name)
{
    for (; *attrs; attrs += 2)
        if (strcmp(local(attrs[0]), name) == 0)
            return attrs[1];
    return NULL;
}

static void settle(struct parse *p, int r)
{
    if (r != 0 && p->result == 0) {
        p->result = r;
        (void)XML_StopParser(p->parser, XML_FALSE);
    }
}

static void on_start(void *arg, const char *name, const char **attrs)
{
    struct parse *p = arg;
    if (p->result)
        return;
    if (++p->depth > p->x->d->limits->max_xml_depth)
        settle(p, xlsx_damaged(p->x, p->part, p->err));
    else if (p->handlers->start)
        settle(p, p->handlers->start(p->arg, local(name), attrs, p->err));
}

static void on_end(void *arg, const char *name)
{
    struct parse *p = arg;
    if (p->result)
        return;
    p->depth--;
    if (p->handlers->end)
        settle(p, p->handlers->end(p->arg, local(name), p->err));
}

static void on_text(void *arg, const char *s, int n)
{
    struct parse *p = arg;
    if (!p->result && p->handlers->text)
        settle(p, p->handlers->text(p->arg, s, (size_t)n, p->err));
}

// A DTD is where entities come from; no spreadsheet program writes one.
static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                       int has_internal)
{
    struct parse *p = arg;
    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    settle(p,
           decoder_refuse(
               p->x->d, "damaged", p->err,
               _("The workbook has a document type declaration inside, which no spreadsheet program writes. "
                 "Please open it in Excel or WPS, save it again and hand that in.")));
}

static void parse_init(struct parse *p)
{
    p->parser = XML_ParserCreate(NULL);
    if (!p->parser)
        abort(); // out of memory
    XML_SetUserData(p->parser, p);
    XML_SetElementHandler(p->parser, on_start, on_end);
    if (p->handlers->text)
        XML_SetCharacterDataHandler(p->parser, on_text);
    XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
}

static int count_bytes(struct xlsx *x, size_t n, struct error *err)
{
    x->d->bytes_out += n;
    if (x->d->bytes_out <= x->d->limits->max_bytes_out)
        return 0;
    return decoder_refuse(
        x->d, "too_large", err,
        _("The workbook is larger than %llu MiB when unpacked. Please hand it in as several smaller files."),
        (unsigned long long)(x->d->limits->max_bytes_out >> 20));
}

// After expat has taken a block: 0, 1 to stop, or why not to go on.
static int after_block(struct parse *p, enum XML_Status status, size_t n)
{
    p->fed += n;
    if (p->result)
        return p->result;
    if (status == XML_STATUS_ERROR)
        return xlsx_damaged(p->x, p->part, p->err);
    XML_Index at = XML_GetCurrentByteIndex(p->parser);
    if (at >= 0 && p->fed > (uint64_t)at + MAX_TOKEN)
        return xlsx_damaged(p->x, p->part, p->err);
    return 0;
}

static int refuse_read(struct xlsx *x, int64_t part, zip_file_t *f, struct error *err)
{
    zip_error_t *e = f ? zip_file_get_error(f) : zip_get_error(x->zip);
    if (zip_error_code_zip(e) == ZIP_ER_NOPASSWD || zip_error_code_zip(e) == ZIP_ER_WRONGPASSWD)
        return decoder_refuse(
            x->d, "encrypted", err,
            _("The workbook is protected by a password. Please save it without a password."));
    return decoder_refuse(
        x->d, "bad_zip", err,
        _("The part \"%s\" of the workbook cannot be unpacked: the file is damaged or was cut off. "
          "Please open it in Excel or WPS, save it again and hand that in."),
        x->names[part]);
}

static int stream(struct parse *p, zip_file_t *f)
{
    for (;;) {
        void *block = XML_GetBuffer(p->parser, BLOCK);
        if (!block)
            return xlsx_damaged(p->x, p->part, p->err);
        zip_int64_t n = zip_fread(f, block, BLOCK);
        if (n < 0)
            return refuse_read(p->x, p->part, f, p->err);
        int r = count_bytes(p->x, (size_t)n, p->err);
        if (r == 0)
            r = after_block(p, XML_ParseBuffer(p->parser, (int)n, n == 0), (size_t)n);
        if (r != 0 || n == 0)
            return r < 0 ? r : 0;
    }
}

int xlsx_part_parse(struct xlsx *x, int64_t part, const struct xml_handlers *h, void *arg, struct error *err)
{
    zip_file_t *f = zip_fopen_index(x->zip, (zip_uint64_t)part, 0);
    if (!f)
        return refuse_read(x, part, NULL, err);
    struct parse p = {.x = x, .part = part, .handlers = h, .arg = arg, .err = err};
    parse_init(&p);
    int r = stream(&p, f);
    XML_ParserFree(p.parser);
    (void)zip_fclose(f);
    return r;
}

int xlsx_memory_parse(struct xlsx *x, const struct buf *xml, int64_t part, const struct xml_handlers *h,
                      void *arg, struct error *err)
{
    struct parse p = {.x = x, .part = part, .handlers = h, .arg = arg, .err = err};
    parse_init(&p);
    int r = 0;
    for (size_t at = 0; r == 0;) {
        size_t n = xml->len - at < BLOCK ? xml->len - at : BLOCK;
        bool last = at + n == xml->len;
        r = after_block(&p, XML_Parse(p.parser, buf_str(xml) + at, (int)n, last), n);
        at += n;
        if (last)
            break;
    }
    XML_ParserFree(p.parser);
    return r < 0 ? r : 0;
}

int xlsx_part_load(struct xlsx *x, int64_t part, size_t max, struct buf *out, struct error *err)
{
    zip_file_t *f = zip_fopen_index(x->zip, (zip_uint64_t)part, 0);
    if (!f)
        return refuse_read(x, part, NULL, err);
    int r = 0;
    for (;;) {
        buf_reserve(out, BLOCK);
        zip_int64_t n = zip_fread(f, out->data + out->len, BLOCK);
        if (n < 0)
            r = refuse_read(x, part, f, err);
        if (n <= 0)
            break;
        out->len += (size_t)n;
        r = out->len > max ? xlsx_damaged(x, part, err) : count_bytes(x, (size_t)n, err);
        if (r < 0)
            break;
    }
    (void)zip_fclose(f);
    return r;
}
