// SPDX-License-Identifier: Apache-2.0
// 差异系数 in two passes with compensated sums.
#include "judge/cv.h"

#include <math.h>

// Neumaier: the rounding error of each addition is kept and added at the end.
struct sum {
    double total, lost;
};

static void sum_add(struct sum *s, double v)
{
    double t = s->total + v;
    s->lost += fabs(s->total) >= fabs(v) ? (s->total - t) + v : (v - t) + s->total;
    s->total = t;
}

static double sum_value(const struct sum *s)
{
    return s->total + s->lost;
}

// Where one point holds nearly all of S², taking it out of the sums would cancel every digit: computed
// afresh. At most two points can be so (their shares sum to 1), which keeps the whole O(n).
#define CANCELS 0.9999

// A CV below this is the rounding of xᵢ itself: all schools are equal.
#define NOISE 1e-13

struct moments {
    double pupils, mean, squares; // squares: Σ p(x−mean)²
    size_t n;
};

static struct moments moments_of(const struct cv_point *points, size_t n, size_t skip)
{
    struct sum p = {0}, x = {0}, first = {0}, second = {0};
    struct moments m = {0};
    for (size_t i = 0; i < n; i++) {
        if (i == skip)
            continue;
        sum_add(&p, points[i].p);
        sum_add(&x, points[i].x);
        m.n++;
    }
    m.pupils = sum_value(&p);
    m.mean = sum_value(&x) / m.pupils;
    for (size_t i = 0; i < n; i++) {
        if (i == skip)
            continue;
        double d = points[i].x / points[i].p - m.mean;
        sum_add(&first, points[i].p * d);
        sum_add(&second, points[i].p * d * d);
    }
    double left = sum_value(&first); // not quite 0: what the rounded mean is off by
    m.squares = fmax(0, sum_value(&second) - left * left / m.pupils);
    if (m.squares <= m.pupils * m.mean * m.mean * NOISE * NOISE)
        m.squares = 0;
    return m;
}

static double cv_of(const struct moments *m)
{
    return m->n > 1 && m->mean > 0 ? sqrt(m->squares / m->pupils) / m->mean : NAN;
}

static double without(const struct cv_point *points, size_t n, size_t i, const struct moments *all)
{
    if (n < 3)
        return NAN;
    if (all->squares == 0)
        return 0;
    double p = points[i].p, rest = all->pupils - p;
    double d = points[i].x / p - all->mean;
    double taken = p * d * d * all->pupils / rest;
    struct moments m;
    if (!(taken < CANCELS * all->squares) || p > CANCELS * all->pupils)
        m = moments_of(points, n, i);
    else
        m = (struct moments){rest, all->mean - p * d / rest, all->squares - taken, n - 1};
    return cv_of(&m);
}

struct cv cv_compute(const struct cv_point *points, size_t n, struct cv_share *shares)
{
    struct cv r = {CV_NONE, NAN, NAN, NAN, 0};
    if (n == 0)
        return r;
    struct moments all = moments_of(points, n, n);
    r.pupils = all.pupils;
    r.mean = all.mean;
    r.s = sqrt(all.squares / all.pupils);
    r.cv = cv_of(&all);
    r.state = n == 1 ? CV_ONE : all.mean > 0 ? CV_KNOWN : CV_ZERO_MEAN;
    for (size_t i = 0; shares && i < n; i++) {
        double d = points[i].x / points[i].p - all.mean;
        shares[i].share = all.squares > 0 ? points[i].p * d * d / all.squares : 0;
        shares[i].without = r.state == CV_KNOWN ? without(points, n, i, &all) : NAN;
    }
    return r;
}
