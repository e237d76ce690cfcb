// SPDX-License-Identifier: Apache-2.0
// Back-off.
#include "notify/backoff.h"

#define DAY_MS (24 * 3600 * 1000LL)

int64_t backoff_ms(int64_t attempts, int64_t initial_ms, int64_t max_ms, int64_t retry_after_ms,
                   double jitter)
{
    int64_t delay = initial_ms > 0 ? initial_ms : 1;
    for (int64_t i = 1; i < attempts && delay < max_ms; i++)
        delay *= 2;
    if (delay > max_ms && max_ms > 0)
        delay = max_ms;
    double share = jitter >= 0 && jitter <= 1 ? jitter : 1; // also for NAN
    int64_t half = delay / 2;
    delay = half + (int64_t)((double)(delay - half) * share);
    if (retry_after_ms > DAY_MS)
        retry_after_ms = DAY_MS;
    return delay > retry_after_ms ? delay : retry_after_ms;
}
