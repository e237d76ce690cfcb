// SPDX-License-Identifier: Apache-2.0
// Clauses that several kinds of texts share.
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "notify/view.h"

// A short number with its unit: "15 人", "3157.5㎡" (a blank before words, none before signs).
void part_amount(struct buf *out, double v, int max_decimals, const char *unit);
// A need: rounded up in the first decimal, never down.
void part_need(struct buf *out, double v, const char *unit);
// "0.66 人", and where the rounded value hides the verdict "4.196 人（四舍五入 4.20，按原值判定不达标）".
void part_value(struct buf *out, const struct indicator *ind, double v, double threshold,
                enum verdict verdict);
void part_threshold(struct buf *out, const struct indicator *ind, double v); // "≥7.5㎡"
void part_limit(struct buf *out, double v);                                  // of a 差异系数: "0.50"
void part_percent(struct buf *out, double share);                            // "74.7%"
void part_numeral(struct buf *out, size_t i);                                // ① for 0; "(21)" beyond ⑳
void part_period(struct buf *out, const char *period);                    // 2025-2026 学年初（9月1日）
void part_period_name(struct buf *out, const char *period);               // 2025-2026 学年
void part_date(struct buf *out, const char *timezone, int64_t wall_ms);   // 2025年10月13日
void part_day(struct buf *out, const char *timezone, int64_t wall_ms);    // 10月13日
void part_minute(struct buf *out, const char *timezone, int64_t wall_ms); // 10月13日 09:41
// 城南区第三小学（2101020031）, each part as far as it is known.
void part_entity(struct buf *out, const struct alert_view *v);
// 教督〔2017〕6号 资源配置第（三）、（五）项: clauses of one document together, those that differ in the
// number alone joined.
struct part_basis {
    const char *document, *clause;
};
void part_bases(struct buf *out, const struct part_basis *bases, size_t n);

// Whole lines with their line feed; nothing where nothing is known.
void line_reference(struct buf *out, const struct alert_view *v);   // 口径：
void line_origins(struct buf *out, const struct alert_view *v);     // 数据：
void line_responsible(struct buf *out, const struct alert_view *v); // 责任：
void line_request(struct buf *out, const struct alert_view *v);     // 请于 …前反馈
void line_number(struct buf *out, const struct alert_view *v); // 编号 2025-0137 ｜ resource.school_rule
