// SPDX-License-Identifier: Apache-2.0
// School stages (学段). `none` stands for figures that have no stage.
#pragma once

#include <stdbool.h>

enum stage { STAGE_NONE, STAGE_PRIMARY, STAGE_JUNIOR, STAGE_SENIOR, STAGE_COUNT };

const char *stage_id(enum stage s);    // "", "primary", "junior", "senior": keys in JSON, SQL and YAML
const char *stage_title(enum stage s); // translated: 小学, 初中, 高中
bool stage_parse(const char *id, enum stage *ret);
