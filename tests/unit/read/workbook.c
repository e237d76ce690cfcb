// SPDX-License-Identifier: Apache-2.0
// XLSX for tests.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workbook.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

lxw_workbook *workbook_in_memory(int *ret_fd)
{
    *ret_fd = memfd_create("workbook", MFD_CLOEXEC);
    assert_true(*ret_fd >= 0);
    char *path = str_printf("/proc/self/fd/%d", *ret_fd);
    lxw_workbook *w = workbook_new(path);
    free(path);
    assert_non_null(w);
    return w;
}

void workbook_rows(lxw_worksheet *sheet, unsigned row, const char *const *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t col = 0;
        for (const char *s = rows[i];; col++) {
            size_t len = strcspn(s, "|");
            char *text = str_ndup(s, len);
            if (*text == '=')
                assert_int_equal(
                    worksheet_write_number(sheet, row + (unsigned)i, col, strtod(text + 1, NULL), NULL), 0);
            else if (*text)
                assert_int_equal(worksheet_write_string(sheet, row + (unsigned)i, col, text, NULL), 0);
            free(text);
            if (!s[len])
                break;
            s += len + 1;
        }
    }
}
