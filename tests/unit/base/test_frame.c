// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/frame.h"
#include "base/mem.h"

static void a_frame_comes_back_only_when_whole(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    frame_add(&b, 'T', "hello", 5);
    frame_add(&b, 'Z', "", 0);
    struct frame f;
    for (size_t n = 0; n < FRAME_HEAD + 5; n++)
        assert_int_equal(frame_next((const uint8_t *)b.data, n, &f), 0);
    assert_int_equal(frame_next((const uint8_t *)b.data, b.len, &f), 1);
    assert_int_equal(f.type, 'T');
    assert_int_equal(f.len, 5);
    assert_memory_equal(f.data, "hello", 5);
    buf_consume(&b, FRAME_HEAD + f.len);
    assert_int_equal(frame_next((const uint8_t *)b.data, b.len, &f), 1);
    assert_int_equal(f.type, 'Z');
}

static void a_length_beyond_the_limit_is_nonsense(void **state)
{
    (void)state;
    struct frame f;
    const uint8_t in[FRAME_HEAD] = {0xff, 0xff, 0xff, 0xff, 'T'};
    assert_int_equal(frame_next(in, sizeof in, &f), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_comes_back_only_when_whole),
        cmocka_unit_test(a_length_beyond_the_limit_is_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
