// SPDX-License-Identifier: Apache-2.0
// 差异系数: how unevenly a resource lies among the schools of a county, weighted by pupils, population form.
//   xᵢ = Xᵢ/Pᵢ,  X̄ = ΣXᵢ/ΣPᵢ,  S = √(Σ Pᵢ(xᵢ−X̄)²/ΣPᵢ),  CV = S/X̄
#pragma once

#include <stddef.h>

struct cv_point {
    double x, p; // raw total and pupils (p > 0), both finite
};

enum cv_state {
    CV_NONE,      // no point: there is no row
    CV_ONE,       // a single school differs from nobody: exempt
    CV_ZERO_MEAN, // nothing to divide by: no_data
    CV_KNOWN
};

struct cv {
    enum cv_state state;
    double mean, s, cv; // raw, without the indicator's scale (the CV has none); NAN where undefined
    double pupils;
};

struct cv_share {
    double share;   // of S², 0…1; the shares sum to 1
    double without; // the CV if this point were not there; NAN if that has none
};

// `shares` may be NULL, else takes n. Sums are compensated: exact to about 1e-15 whatever the number of
// schools. O(n).
struct cv cv_compute(const struct cv_point *points, size_t n, struct cv_share *shares);
