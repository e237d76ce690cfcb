// SPDX-License-Identifier: Apache-2.0
// The five verdicts and the words for them.
#pragma once

#include <stdbool.h>

enum verdict { VERDICT_PASS, VERDICT_FLOOR, VERDICT_FAIL, VERDICT_NO_DATA, VERDICT_EXEMPT, VERDICT_COUNT };

const char *verdict_id(enum verdict v); // "pass", "floor", "fail", "no_data", "exempt"
const char *
verdict_title(enum verdict v); // translated: 达标, 未达标（达到 85%）, 不达标, 数据缺失（待补报）, 不适用
bool verdict_parse(const char *id, enum verdict *ret);
