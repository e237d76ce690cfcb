// SPDX-License-Identifier: Apache-2.0
// Civil time in an IANA zone without touching TZ: the zone is a setting, and threads share the environment.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ZONE_RFC3339_MAX 40

struct civil {
    int year, month, day, hour, minute, second;
    int offset_s; // east of Greenwich
};

bool zone_known(const char *zone);
// The wall clock at `wall_ms` (since 1970 UTC). An unknown zone, or a system without zone data, gives UTC+8,
// the only zone of the country this serves.
struct civil zone_civil(const char *zone, int64_t wall_ms);
// "2025-10-13T09:41:07+08:00"
void zone_rfc3339(const char *zone, int64_t wall_ms, char out[ZONE_RFC3339_MAX]);
