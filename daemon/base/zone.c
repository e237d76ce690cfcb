// SPDX-License-Identifier: Apache-2.0
// Reads the zone's compiled rules (TZif, RFC 8536), of which Debian installs the kind that lists every change
// to 2037.
#include "base/zone.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX 65536
#define HEAD 44

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return be32toh(v);
}

static int64_t be64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return (int64_t)be64toh(v);
}

// Whole file, or 0 bytes.
static size_t zone_read(const char *zone, unsigned char *data)
{
    if (!zone || !*zone || zone[0] == '/' || strstr(zone, "..") || strlen(zone) > 64)
        return 0;
    CLEANUP_FREE char *path = str_printf("%s%s", ZONE_DIR, zone);
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size_t n = 0;
    while (n < ZONE_FILE_MAX) {
        ssize_t r = read(fd, data + n, ZONE_FILE_MAX - n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            break;
        n += (size_t)r;
    }
    return n;
}

// The counts of the header at `p`; false if that is none or its numbers cannot be.
static bool head(const unsigned char *p, size_t left, struct counts *ret)
{
    if (left < HEAD || memcmp(p, "TZif", 4) != 0)
        return false;
    *ret =
        (struct counts){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
    return ret->isut < 4096 && ret->isstd < 4096 && ret->leap < 4096 && ret->time < 4096 && ret->type > 0 &&
           ret->type < 256 && ret->chars < 4096;
}

static bool offset_at(const unsigned char *data, size_t n, int64_t s, int *ret)
{
    struct counts c;
    if (!head(data, n, &c) || data[4] < '2')
        return false;
    size_t skip = HEAD + c.time * 5 + c.type * 6 + c.chars + c.leap * 8 + c.isstd + c.isut;
    if (skip > n || !head(data + skip, n - skip, &c))
        return false;
    const unsigned char *times = data + skip + HEAD, *kinds = times + (size_t)c.time * 8,
                        *types = kinds + c.time;
    if (skip + HEAD + (size_t)c.time * 9 + (size_t)c.type * 6 > n)
        return false;
    size_t kind = 0;
    for (size_t i = 0; i < c.time && be64(times + i * 8) <= s; i++)
        kind = kinds[i];
    if (kind >= c.type)
        return false;
    *ret = (int)(int32_t)be32(types + kind * 6);
    return abs(*ret) <= 26 * 3600;
}

static bool zone_offset(const char *zone, int64_t s, int *ret)
{
    CLEANUP_FREE unsigned char *data = mem_alloc(ZONE_FILE_MAX);
    size_t n = zone_read(zone, data);
    return offset_at(data, n, s, ret);
}

bool zone_known(const char *zone)
{
    int offset;
    return zone_offset(zone, 0, &offset);
}

struct civil zone_civil(const char *zone, int64_t wall_ms)
{
    int64_t s = wall_ms / 1000 - (wall_ms % 1000 < 0);
    int offset = 8 * 3600;
    (void)zone_offset(zone, s, &offset); // unknown: as the header says
    time_t local = (time_t)(s + offset);
    struct tm tm = {0};
    (void)gmtime_r(&local, &tm);
    return (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                          tm.tm_min,         tm.tm_sec,     offset};
}

void zone_rfc3339(const char *zone, int64_t wall_ms, char out[ZONE_RFC3339_MAX])
{
    struct civil c = zone_civil(zone, wall_ms);
    int minutes = abs(c.offset_s) / 60;
    (void)snprintf(out, ZONE_RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", c.year, c.month, c.day,
                   c.hour, c.minute, c.second, c.offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
