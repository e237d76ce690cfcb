// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "flow/candidate.h"
#include "flow/settle.h"

#define QUIET 2000

struct look {
    int64_t at, size, mtime;
    bool moved_in;
};

// When (and whether) a file is taken after these looks.
struct scenario {
    const char *what;
    struct look looks[4];
    int64_t now;
    int64_t quiet;
    enum settle_verdict verdict;
    int64_t again;
};

static const struct scenario scenarios[] = {
    {"renamed in: at once", {{100, 5, 1, true}}, 100, QUIET, SETTLE_READY, INT64_MAX},
    {"written in place: not at first sight", {{100, 5, 1, false}}, 100, QUIET, SETTLE_WAIT, 2100},
    {"quiet, but seen only once", {{100, 5, 1, false}}, 2100, QUIET, SETTLE_WAIT, 2100},
    {"quiet and seen twice the same",
     {{100, 5, 1, false}, {2100, 5, 1, false}},
     2100,
     QUIET,
     SETTLE_READY,
     INT64_MAX},
    {"seen twice, but not quiet long enough",
     {{100, 5, 1, false}, {900, 5, 1, false}},
     900,
     QUIET,
     SETTLE_WAIT,
     2100},
    {"grown in between: from the beginning",
     {{100, 5, 1, false}, {2100, 9, 1, false}},
     2100,
     QUIET,
     SETTLE_WAIT,
     4100},
    {"same size, other time: from the beginning",
     {{100, 5, 1, false}, {2100, 5, 2, false}},
     2100,
     QUIET,
     SETTLE_WAIT,
     4100},
    {"renamed in after a first look",
     {{100, 5, 1, false}, {200, 5, 1, true}},
     200,
     QUIET,
     SETTLE_READY,
     INT64_MAX},
    {"renamed in, then written to", {{100, 5, 1, true}, {200, 9, 2, true}}, 200, QUIET, SETTLE_WAIT, 2200},
    {"empty: waits for an event", {{100, 0, 1, true}}, 9000, QUIET, SETTLE_WAIT, INT64_MAX},
    {"empty, then filled",
     {{100, 0, 1, false}, {300, 4, 2, false}, {2300, 4, 2, false}},
     2300,
     QUIET,
     SETTLE_READY,
     INT64_MAX},
    {"--once takes what it sees", {{100, 5, 1, false}}, 100, -1, SETTLE_READY, INT64_MAX},
    {"--once takes an empty file", {{100, 0, 1, false}}, 100, -1, SETTLE_READY, INT64_MAX},
};

static void a_file_is_taken_when_it_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        const struct scenario *s = &scenarios[i];
        struct settle settle = {0};
        int64_t again;
        for (size_t k = 0; k < ARRAY_SIZE(s->looks) && s->looks[k].at; k++) {
            const struct settle_seen seen = {
                .size = s->looks[k].size, .mtime_ns = s->looks[k].mtime, .ino = 7};
            settle_observe(&settle, &seen, s->looks[k].moved_in, s->looks[k].at);
        }
        enum settle_verdict v = settle_decide(&settle, s->now, s->quiet, &again);
        if (v != s->verdict || again != s->again)
            fail_msg("%s: verdict %d, again at %lld", s->what, v, (long long)again);
    }
}

static void another_file_under_the_same_name_starts_anew(void **state)
{
    (void)state;
    struct settle settle = {0};
    int64_t again;
    const struct settle_seen first = {.size = 5, .mtime_ns = 1, .ino = 7},
                             second = {.size = 5, .mtime_ns = 1, .ino = 8};
    settle_observe(&settle, &first, false, 100);
    settle_observe(&settle, &second, true, 200); // mv over it
    assert_int_equal(settle_decide(&settle, 200, QUIET, &again), SETTLE_READY);
}

static void scratch_files_are_left_alone(void **state)
{
    (void)state;
    static const char *const left[] = {".hidden", "~$报表.xlsx", ".~lock.a.xlsx#", "a.tmp",
                                       "a.TMP",   "a.csv.part",  "b.filepart"};
    static const char *const taken[] = {"报表.xlsx", "a.csv", "tmp", "part.csv", "~a.csv"};
    for (size_t i = 0; i < ARRAY_SIZE(left); i++)
        assert_true(settle_ignored(left[i]));
    for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
        assert_false(settle_ignored(taken[i]));
}

static void merge(struct candidate_list *l, const struct folder_entry *entries, size_t n, const char *moved,
                  int64_t now)
{
    struct folder_listing listing = {.entries = mem_array(n, sizeof *entries), .n = n};
    struct name_list names = {0};
    for (size_t i = 0; i < n; i++) {
        listing.entries[i] = entries[i];
        listing.entries[i].name = str_dup(entries[i].name);
    }
    if (moved)
        name_list_add(&names, moved, 10);
    candidate_list_merge(l, &listing, &names, false, now);
    folder_listing_deinit(&listing);
    name_list_deinit(&names);
}

static void claims_free(struct folder_claim *claims, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(claims[i].name);
    free(claims);
}

static void files_found_together_go_by_time_then_name(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    struct folder_claim *claims;
    int64_t again;
    const struct folder_entry entries[] = {{"a", {1, 30, 1}, NULL},
                                           {"b", {1, 10, 2}, NULL},
                                           {"c", {1, 10, 3}, NULL},
                                           {"d", {1, 5, 4}, "a link"}};
    merge(&l, entries, 4, NULL, 0);
    size_t n = candidate_list_ready(&l, 0, -1, 2, &claims, &again);
    assert_int_equal(n, 2);
    assert_string_equal(claims[0].name, "b");
    assert_string_equal(claims[1].name, "c");
    claims_free(claims, n);
    candidate_list_deinit(&l);
}

static void a_name_that_went_is_forgotten(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    struct folder_claim *claims;
    int64_t again;
    const struct folder_entry both[] = {{"a", {1, 1, 1}, NULL}, {"b", {1, 1, 2}, NULL}};
    merge(&l, both, 2, NULL, 0);
    merge(&l, both + 1, 1, NULL, 100);
    merge(&l, both, 2, NULL, 5000);
    size_t n = candidate_list_ready(&l, 5000, QUIET, 9, &claims, &again); // "a" is new again, "b" has settled
    assert_int_equal(n, 1);
    assert_string_equal(claims[0].name, "b");
    assert_int_equal(again, 7000);
    claims_free(claims, n);
    candidate_list_deinit(&l);
}

static void a_refused_claim_waits_for_a_change(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    struct folder_claim *claims;
    int64_t again;
    struct folder_entry entry = {"a", {1, 1, 1}, NULL};
    merge(&l, &entry, 1, "a", 0);
    size_t n = candidate_list_ready(&l, 0, QUIET, 9, &claims, &again);
    assert_int_equal(n, 1);
    claims[0].r = -13;
    assert_false(candidate_list_claimed(&l, claims, n));
    claims_free(claims, n);
    assert_int_equal(candidate_list_ready(&l, 9000, QUIET, 9, &claims, &again), 0);
    free(claims);
    entry.seen.mtime_ns = 2; // someone mended it
    merge(&l, &entry, 1, NULL, 9000);
    merge(&l, &entry, 1, NULL, 12000);
    n = candidate_list_ready(&l, 12000, QUIET, 9, &claims, &again);
    assert_int_equal(n, 1);
    claims_free(claims, n);
    candidate_list_deinit(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_taken_when_it_is_complete),
        cmocka_unit_test(another_file_under_the_same_name_starts_anew),
        cmocka_unit_test(scratch_files_are_left_alone),
        cmocka_unit_test(files_found_together_go_by_time_then_name),
        cmocka_unit_test(a_name_that_went_is_forgotten),
        cmocka_unit_test(a_refused_claim_waits_for_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
