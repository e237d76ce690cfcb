// SPDX-License-Identifier: Apache-2.0
// The words of a receipt, in the manner of a letter from the office. Pure: values in, text out.
#pragma once

#include "base/buf.h"
#include "report/receipt_data.h"

// `correction`: file name of the correction file beside the receipt, or NULL if there is none.
void receipt_text_write(const struct receipt_data *r, const char *correction, struct buf *out);
