// SPDX-License-Identifier: Apache-2.0
#include "flow_fixture.h"

#include <stdlib.h>

#include "base/mem.h"
#include "flow/candidate.h"

#define QUIET_MS 2000

// Looks twice at a folder with the one file a.csv; how many are ready `later_ms` after that.
static size_t ready(struct candidate_list *l, int64_t later_ms, int64_t quiet_ms)
{
    struct name_list moved = {0};
    for (int i = 0; i < 2; i++) {
        struct folder_listing listing = {.entries = mem_alloc(sizeof *listing.entries), .n = 1};
        listing.entries[0] =
            (struct folder_entry){.name = str_dup("a.csv"), .seen = {.size = 7, .mtime_ns = 1, .ino = 2}};
        candidate_list_merge(l, &listing, &moved, false, 0);
        folder_listing_deinit(&listing);
    }
    struct folder_claim *claims;
    int64_t again;
    size_t n = candidate_list_ready(l, later_ms, quiet_ms, 10, &claims, &again);
    for (size_t i = 0; i < n; i++)
        free(claims[i].name);
    free(claims);
    assert_true(n > 0 || again > later_ms);
    return n;
}

static void a_file_that_its_writer_holds_open_waits_for_the_end(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    candidate_list_opened(&l, "a.csv");
    assert_int_equal(ready(&l, QUIET_MS + 1, QUIET_MS), 0);
    candidate_list_closed(&l, "a.csv");
    assert_int_equal(ready(&l, QUIET_MS + 1, QUIET_MS), 1);
    candidate_list_deinit(&l);
}

static void a_file_that_is_never_closed_is_taken_in_the_end(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    candidate_list_opened(&l, "a.csv");
    assert_int_equal(ready(&l, OPEN_MAX_MS - 1, QUIET_MS), 0);
    assert_int_equal(ready(&l, OPEN_MAX_MS, QUIET_MS), 1);
    candidate_list_deinit(&l);
}

static void who_wants_everything_at_once_gets_open_files_too(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    candidate_list_opened(&l, "a.csv");
    assert_int_equal(ready(&l, 0, -1), 1);
    candidate_list_deinit(&l);
}

static void names_that_are_gone_make_room_for_new_ones(void **state)
{
    (void)state;
    struct candidate_list l = {0};
    for (int i = 0; i < 5000; i++) {
        CLEANUP_FREE char *name = str_printf("%d.csv", i);
        candidate_list_opened(&l, name);
    }
    candidate_list_opened(&l, "a.csv");
    assert_true(l.open.n <= 1000);
    assert_int_equal(ready(&l, QUIET_MS + 1, QUIET_MS), 0);
    candidate_list_deinit(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_its_writer_holds_open_waits_for_the_end),
        cmocka_unit_test(a_file_that_is_never_closed_is_taken_in_the_end),
        cmocka_unit_test(who_wants_everything_at_once_gets_open_files_too),
        cmocka_unit_test(names_that_are_gone_make_room_for_new_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
