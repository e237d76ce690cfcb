// SPDX-License-Identifier: Apache-2.0
#include "flow_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "flow/archive.h"
#include "flow/folder.h"
#include "flow/spool.h"

static struct folder_claim claim_named(const struct flow_fixture *f, const char *name)
{
    struct folder_listing l;
    struct error err;
    struct folder_claim c = {.name = str_dup(name), .r = 1};
    assert_int_equal(folder_list(f->dir, false, &l, &err), 0);
    for (size_t i = 0; i < l.n; i++) {
        if (strcmp(l.entries[i].name, name) == 0)
            c.seen = l.entries[i].seen;
    }
    folder_listing_deinit(&l);
    return c;
}

static void claim_free(struct folder_claim *c)
{
    free(c->name);
    free(c->claimed);
}

static void a_claim_moves_the_file_and_keeps_its_name_readable(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *path = flow_path(f, "学校资源.csv");
    struct error err;
    flow_write(path, "x");
    struct folder_claim c = claim_named(f, "学校资源.csv");
    assert_int_equal(folder_claim(f->dir, &c, 1, 0x1234, &err), 0);
    assert_int_equal(c.r, 0);
    assert_false(flow_exists(path));
    CLEANUP_FREE char *dropped = folder_dropped_name(c.claimed);
    assert_string_equal(dropped, "学校资源.csv");
    struct folder_listing l;
    assert_int_equal(folder_list(f->dir, true, &l, &err), 0);
    assert_int_equal(l.n, 0);
    assert_int_equal(l.n_claimed, 1);
    assert_string_equal(l.claimed[0], c.claimed);
    folder_listing_deinit(&l);
    claim_free(&c);
}

static void a_file_that_changed_since_it_was_seen_is_not_claimed(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *path = flow_path(f, "a.csv");
    struct error err;
    flow_write(path, "x");
    struct folder_claim c = claim_named(f, "a.csv");
    flow_write(path, "xyz");
    assert_int_equal(folder_claim(f->dir, &c, 1, 1, &err), 0);
    assert_int_equal(c.r, -ESTALE);
    assert_true(flow_exists(path));
    claim_free(&c);
}

static void links_and_pipes_are_never_fit(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *file = flow_path(f, "a.csv");
    CLEANUP_FREE char *hard = flow_path(f, "hard.csv");
    CLEANUP_FREE char *soft = flow_path(f, "soft.csv");
    CLEANUP_FREE char *pipe = flow_path(f, "pipe.csv");
    struct folder_listing l;
    struct error err;
    flow_write(file, "x");
    assert_int_equal(link(file, hard), 0);
    assert_int_equal(symlink("/etc/passwd", soft), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(folder_list(f->dir, false, &l, &err), 0);
    assert_int_equal(l.n, 4);
    for (size_t i = 0; i < l.n; i++)
        assert_non_null(l.entries[i].unfit);
    folder_listing_deinit(&l);
}

static void a_claimed_folder_that_is_a_link_is_refused(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *link_path = flow_path(f, ".claimed");
    CLEANUP_FREE char *elsewhere = flow_path(f, "elsewhere");
    struct error err;
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(symlink(elsewhere, link_path), 0);
    struct folder_claim c = {.name = (char *)(uintptr_t) "a.csv"};
    assert_true(folder_claim(f->dir, &c, 1, 1, &err) < 0);
    assert_non_null(strstr(err.msg, ".claimed"));
}

static void hostile_names_are_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } names[] = {{"a\nb.csv", "a_b.csv"},
                 {"\x1b[31m.csv", "_[31m.csv"},
                 {"\xe2\x80\xae"
                  "vsc.exe",
                  "_vsc.exe"}, // right-to-left override
                 {"\xff\xfe.csv", "__.csv"},
                 {"\xc0\xaf.csv", "__.csv"}, // overlong '/'
                 {"城南区.csv", "城南区.csv"},
                 {"𠮷.csv", "𠮷.csv"}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        CLEANUP_FREE char *clean = folder_clean_name(names[i].in);
        assert_string_equal(clean, names[i].out);
    }
}

static void a_long_name_fits_and_keeps_its_ending(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'a', sizeof name);
    memcpy(name + 240, "\xe5\x8c\xba\xe5\x8c\xba\xe5\x8c\xba", 9);
    memcpy(name + 250, ".xlsx", 6);
    CLEANUP_FREE char *claimed = folder_claimed_name(name, 1, 2);
    assert_true(strlen(claimed) <= NAME_MAX);
    CLEANUP_FREE char *dropped = folder_dropped_name(claimed);
    assert_string_equal(dropped + strlen(dropped) - 5, ".xlsx");
    assert_null(strchr(dropped, '_'));
}

struct spooled {
    struct folder_claim claim;
    struct spool_result result;
    char *state_dir, *spool_dir;
};

static void spool_one(struct flow_fixture *f, const char *text, struct spooled *s)
{
    CLEANUP_FREE char *path = flow_path(f, "drop/a.csv");
    CLEANUP_FREE char *drop = flow_path(f, "drop");
    struct error err;
    s->state_dir = flow_path(f, "state");
    s->spool_dir = flow_path(f, "state/spool");
    assert_int_equal(folder_make(drop, &err), 0);
    assert_int_equal(folder_make(s->spool_dir, &err), 0);
    flow_write(path, text);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    s->claim = (struct folder_claim){
        .name = str_dup("a.csv"),
        .seen = {.size = st.st_size,
                 .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                 .ino = st.st_ino}};
    assert_int_equal(folder_claim(drop, &s->claim, 1, 1, &err), 0);
    assert_int_equal(s->claim.r, 0);
    const struct spool_request q = {.folder = drop,
                                    .claimed = s->claim.claimed,
                                    .spool_dir = s->spool_dir,
                                    .name = "S-1",
                                    .max_bytes = 1000};
    assert_int_equal(spool_copy(&q, &s->result, &err), 0);
}

static void spooled_free(struct spooled *s)
{
    claim_free(&s->claim);
    free(s->state_dir);
    free(s->spool_dir);
}

static void the_spool_has_a_copy_and_its_hash(void **state)
{
    struct flow_fixture *f = *state;
    struct spooled s;
    spool_one(f, "abc", &s);
    assert_string_equal(s.result.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(s.result.size, 3);
    CLEANUP_FREE char *copy = flow_path(f, "state/spool/S-1");
    CLEANUP_FREE char *text = flow_read(copy);
    assert_string_equal(text, "abc");
    spooled_free(&s);
}

static void a_file_over_the_limit_is_refused_with_both_numbers(void **state)
{
    struct flow_fixture *f = *state;
    struct spooled s;
    struct error err;
    struct spool_result result;
    i18n_init("en");
    spool_one(f, "abc", &s);
    CLEANUP_FREE char *drop = flow_path(f, "drop");
    const struct spool_request q = {
        .folder = drop, .claimed = s.claim.claimed, .spool_dir = s.spool_dir, .name = "S-2", .max_bytes = 2};
    assert_int_equal(spool_copy(&q, &result, &err), -EFBIG);
    assert_string_equal(err.msg, "the file has 3 bytes; at most 2 are taken (max_file_bytes)");
    CLEANUP_FREE char *part = flow_path(f, "state/spool/S-2.part");
    assert_false(flow_exists(part));
    spooled_free(&s);
}

static struct archive_request request_of(const struct spooled *s, const char *drop)
{
    return (struct archive_request){.state_dir = s->state_dir,
                                    .folder = drop,
                                    .claimed = s->claim.claimed,
                                    .spool = "S-1",
                                    .public_id = "S-1",
                                    .file = "a.csv",
                                    .timezone = "Asia/Shanghai",
                                    .received_at = 1760344867000, // 2025-10-13 16:41 in Shanghai
                                    .size = s->result.size,
                                    .mtime_ns = s->result.mtime_ns};
}

static void the_archive_holds_the_bytes_under_the_day_and_the_rest_is_gone(void **state)
{
    struct flow_fixture *f = *state;
    struct spooled s;
    struct error err;
    char *path = NULL, plain[16];
    spool_one(f, "abc", &s);
    CLEANUP_FREE char *drop = flow_path(f, "drop");
    const struct archive_request q = request_of(&s, drop);
    assert_int_equal(archive_store(&q, &path, &err), 0);
    assert_string_equal(path, "archive/2025/10/13/S-1_a.csv.zst");
    assert_int_equal(archive_remove(&q, &err), 0);
    CLEANUP_FREE char *full = str_printf("%s/%s", s.state_dir, path);
    int fd = open(full, O_RDONLY);
    char packed[256];
    ssize_t n = read(fd, packed, sizeof packed);
    (void)close(fd);
    assert_int_equal(ZSTD_decompress(plain, sizeof plain, packed, (size_t)n), 3);
    assert_memory_equal(plain, "abc", 3);
    CLEANUP_FREE char *spool = flow_path(f, "state/spool/S-1");
    CLEANUP_FREE char *original = str_printf("%s/.claimed/%s", drop, s.claim.claimed);
    assert_false(flow_exists(spool));
    assert_false(flow_exists(original));
    free(path);
    // After a kill before the row is marked, the same again finds the archive standing.
    assert_int_equal(archive_store(&q, &path, &err), 0);
    assert_int_equal(archive_remove(&q, &err), 0);
    free(path);
    spooled_free(&s);
}

static void a_refused_file_lies_in_quarantine_beside_its_reasons(void **state)
{
    struct flow_fixture *f = *state;
    struct spooled s;
    struct error err;
    char *path = NULL;
    spool_one(f, "abc", &s);
    CLEANUP_FREE char *drop = flow_path(f, "drop");
    struct archive_request q = request_of(&s, drop);
    q.refused = true;
    q.reasons = "because";
    assert_int_equal(archive_store(&q, &path, &err), 0);
    assert_string_equal(path, "quarantine/S-1_a.csv");
    CLEANUP_FREE char *full = str_printf("%s/%s", s.state_dir, path);
    CLEANUP_FREE char *reasons = str_printf("%s.txt", full);
    CLEANUP_FREE char *text = flow_read(full);
    CLEANUP_FREE char *why = flow_read(reasons);
    assert_string_equal(text, "abc");
    assert_string_equal(why, "because");
    free(path);
    spooled_free(&s);
}

static void an_original_that_was_written_to_after_the_copy_comes_back(void **state)
{
    struct flow_fixture *f = *state;
    struct spooled s;
    struct error err;
    char *path = NULL;
    spool_one(f, "abc", &s);
    CLEANUP_FREE char *drop = flow_path(f, "drop");
    CLEANUP_FREE char *original = str_printf("%s/.claimed/%s", drop, s.claim.claimed);
    CLEANUP_FREE char *back = str_printf("%s/a.csv", drop);
    flow_write(original, "abcdef");
    const struct archive_request q = request_of(&s, drop);
    assert_int_equal(archive_store(&q, &path, &err), 0);
    assert_int_equal(archive_remove(&q, &err), 0);
    CLEANUP_FREE char *text = flow_read(back);
    assert_string_equal(text, "abcdef");
    free(path);
    spooled_free(&s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_claim_moves_the_file_and_keeps_its_name_readable),
        T(a_file_that_changed_since_it_was_seen_is_not_claimed),
        T(links_and_pipes_are_never_fit),
        T(a_claimed_folder_that_is_a_link_is_refused),
        T(hostile_names_are_cleaned),
        T(a_long_name_fits_and_keeps_its_ending),
        T(the_spool_has_a_copy_and_its_hash),
        T(a_file_over_the_limit_is_refused_with_both_numbers),
        T(the_archive_holds_the_bytes_under_the_day_and_the_rest_is_gone),
        T(a_refused_file_lies_in_quarantine_beside_its_reasons),
        T(an_original_that_was_written_to_after_the_copy_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
