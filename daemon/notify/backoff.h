// SPDX-License-Identifier: Apache-2.0
// When a delivery that failed is tried again.
#pragma once

#include <stdint.h>

// Doubles from `initial_ms` with every attempt (1: the first has just failed) up to `max_ms`; between half of
// that and the whole, by `jitter` in 0…1, so that messages that failed together do not come back together.
// What the receiver asked for (`retry_after_ms`, 0: nothing) is waited for at least, a day at most.
int64_t backoff_ms(int64_t attempts, int64_t initial_ms, int64_t max_ms, int64_t retry_after_ms,
                   double jitter);
