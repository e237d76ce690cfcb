// SPDX-License-Identifier: Apache-2.0
// Copying, hashing and looking over the file of a plugin.
#include "host/plugin_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"

extern const ElfW(Ehdr) __ehdr_start
    __attribute__((visibility("hidden"))); // this program's own header, by the linker

#define COPY_CHUNK 65536

static int cut_short(struct error *err, size_t have, unsigned long long need)
{
    return error_set(err, -ENOEXEC,
                     _("the file is cut short: it needs %2$llu bytes and has %1$zu; copy it again"), have,
                     need);
}

static int check_segments(int fd, size_t size, const ElfW(Ehdr) * h, struct error *err)
{
    if (h->e_phentsize != sizeof(ElfW(Phdr)))
        return error_set(err, -ENOEXEC, _("not a shared object that this machine can load"));
    for (unsigned i = 0; i < h->e_phnum; i++) {
        ElfW(Phdr) p;
        off_t at = (off_t)(h->e_phoff + i * sizeof p);
        if (h->e_phoff > size || pread(fd, &p, sizeof p, at) != (ssize_t)sizeof p)
            return cut_short(err, size, (unsigned long long)h->e_phoff + (i + 1) * sizeof p);
        if (p.p_type == PT_LOAD && (p.p_offset > size || p.p_filesz > size - p.p_offset))
            return cut_short(err, size, (unsigned long long)p.p_offset + p.p_filesz);
    }
    return 0;
}

static int check_elf(int fd, size_t size, struct error *err)
{
    ElfW(Ehdr) h;
    if (size < SELFMAG || pread(fd, &h, SELFMAG, 0) != SELFMAG || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0)
        return error_set(err, -ENOEXEC, _("not a shared object; build the plugin with `cc -shared -fPIC`"));
    if (pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
        return cut_short(err, size, sizeof h);
    if (h.e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
        h.e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] || h.e_machine != __ehdr_start.e_machine)
        return error_set(err, -ENOEXEC, _("built for another kind of machine; build the plugin on this one"));
    if (h.e_type != ET_DYN)
        return error_set(err, -ENOEXEC, _("not a shared object; build the plugin with `cc -shared -fPIC`"));
    return check_segments(fd, size, &h, err);
}

static int copy_and_hash(int in, int out, EVP_MD_CTX *md, size_t *ret_size, struct error *err)
{
    char chunk[COPY_CHUNK];
    size_t size = 0;
    for (;;) {
        ssize_t n = read(in, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_sys(err, -errno, _("cannot read the file"));
        if (n == 0)
            break;
        size += (size_t)n;
        if (size > PLUGIN_FILE_MAX)
            return error_set(err, -EFBIG, _("larger than %u MiB, which no plugin is"), PLUGIN_FILE_MAX >> 20);
        int r = frame_write_all(out, chunk, (size_t)n);
        if (r < 0)
            return error_sys(err, r, _("cannot copy the file into memory"));
        if (EVP_DigestUpdate(md, chunk, (size_t)n) != 1)
            return error_set(err, -EIO, "SHA-256 failed");
    }
    *ret_size = size;
    return 0;
}

static int fill(int in, struct plugin_file *f, struct error *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char digest[32] = {0};
    int r = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 ? 0 : error_set(err, -EIO, "SHA-256 failed");
    if (r == 0)
        r = copy_and_hash(in, f->fd, md, &f->size, err);
    if (r == 0 && EVP_DigestFinal_ex(md, digest, NULL) != 1)
        r = error_set(err, -EIO, "SHA-256 failed");
    EVP_MD_CTX_free(md);
    if (r < 0)
        return r;
    for (size_t i = 0; i < sizeof digest; i++) {
        f->sha256[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        f->sha256[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    if (fcntl(f->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return error_sys(err, -errno, _("cannot copy the file into memory"));
    return check_elf(f->fd, f->size, err);
}

static int open_regular(const char *path, int *ret, struct error *err)
{
    // O_NONBLOCK: a pipe under that name must not hold us up before it is seen to be none.
    *ret = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (*ret < 0 || fstat(*ret, &st) < 0)
        return error_sys(err, -errno, "%s", path);
    return S_ISREG(st.st_mode) ? 0 : error_set(err, -EINVAL, _("%s: not a regular file"), path);
}

int plugin_file_copy(const char *path, struct plugin_file *ret, struct error *err)
{
    CLEANUP_FD int in = -1;
    int r = open_regular(path, &in, err);
    if (r < 0)
        return r;
    struct plugin_file f = {.fd = memfd_create("junheng-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (f.fd < 0)
        return error_sys(err, -errno, _("%s: cannot copy the file into memory"), path);
    r = fill(in, &f, err);
    if (r < 0) {
        plugin_file_deinit(&f);
        (void)error_prefix(err, "%s", path);
        return r;
    }
    *ret = f;
    return 0;
}

void plugin_file_deinit(struct plugin_file *f)
{
    fd_close_at(&f->fd);
    f->fd = -1;
}
