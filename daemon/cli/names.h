// SPDX-License-Identifier: Apache-2.0
// Names of schools and counties for tables, looked up once each.
#pragma once

#include "cli/cli.h"
#include "store/result.h"

struct names;

struct names *names_new(struct cli *cli, struct store *s);
struct names *names_free(struct names *n);
const char *names_of(struct names *n,
                     const struct result *r); // of its entity; "" if unknown; good until names_free
