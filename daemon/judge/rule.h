// SPDX-License-Identifier: Apache-2.0
// Several indicators judged together: so many members must pass, the others reach their floor (School rule: 6
// of 7, the remaining one at 85 %). Three-valued: what is known to fail fails, whatever is still missing.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/verdict.h"

struct rule_member {
    enum verdict verdict;
    bool estimated;
};

struct rule_judgement {
    enum verdict verdict;
    size_t counted;                        // members that are not exempt
    size_t passed, below, failed, unknown; // pass; floor or fail; fail; no_data
    size_t allowed;                        // how many may stay below their threshold
    bool at_floor;                         // passes, with a member at its floor: say so
    bool estimated;                        // the verdict would not stand without estimated members
};

// More than n − pass_min members below, or any that fails: fail, even with gaps elsewhere; else any no_data:
// no_data; else pass. Exempt members do not count, and do not use up what is allowed; all exempt (or none):
// exempt.
struct rule_judgement rule_judge(const struct rule_member *members, size_t n, unsigned pass_min);
