// SPDX-License-Identifier: Apache-2.0
#include "golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"

void golden_check(const char *text, const char *file)
{
    CLEANUP_FREE char *path = str_printf("%s/tests/unit/notify/golden/%s", TEST_SOURCE_DIR, file);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s cannot be read", path);
    CLEANUP(buf_deinit) struct buf expect = BUF_INIT;
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&expect, part, n);
    (void)fclose(f);
    assert_string_equal(text, buf_str(&expect));
}
