/* Solid harmonics and their gradients, a vector of points at a time: straight-line code that lib/gen writes for low degrees,
 * above them by recurrence in the degree.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"
#include "kern/variant/vector_math.h"

typedef real vector __attribute__((vector_size(EQFI_VECTOR_BYTES)));

enum { LANES = EQFI_LANES, COLUMNS = (EQF_LMAX + 1) * (EQF_LMAX + 1) };

#define EACH _Pragma("GCC unroll 16")

#include "harmonics.h"

/* Y from the terms of the degrees above `from`, whose harmonics are there; and gradients g[3 i + axis] unless NULL. */
static void recur(const eqfi_harmonics_plan *plan, int from, const vector r[3], vector *y, vector *g)
{
    int begin = (from + 1) * (from + 1), end = (plan->lmax + 1) * (plan->lmax + 1);
    memset(y + begin, 0, (size_t)(end - begin) * sizeof *y);
    if (g != NULL) memset(g + 3 * begin, 0, (size_t)(end - begin) * 3 * sizeof *g);
    for (int t = 0; t < plan->n; t++) {
        const eqfi_harmonics_term *term = &plan->terms[t];
        const real c = (real)EQFI_VALUE(term);
        if (term->m3 < begin) continue;
        y[term->m3] += c * y[term->m1] * r[term->axis];
        if (g == NULL) continue;
        g[3 * term->m3 + term->axis] += c * y[term->m1];
        for (int a = 0; a < 3; a++) g[3 * term->m3 + a] += c * g[3 * term->m1 + a] * r[term->axis];
    }
}

INLINE void harmonics_at(const eqfi_harmonics_plan *plan, int lmax, const vector r[3], vector *y, vector *g)
{
    solid(lmax, r[0], r[1], r[2], y);
    if (g != NULL) solid_gradient(lmax, y, g);
    if (lmax > EQFI_STRAIGHT_LMAX) recur(plan, EQFI_STRAIGHT_LMAX, r, y, g);
}

static int smaller(int64_t left) { return left < LANES ? (int)left : LANES; }

/* Points of a program's rows; beyond `count` there is (1, 0, 0). */
static void read_rows(const real *from, int64_t stride, int count, vector r[3])
{
    real own[3][LANES];
    for (int i = 0; i < LANES; i++)
        for (int a = 0; a < 3; a++) own[a][i] = i < count ? from[i * stride + a] : (real)(a == 0);
    memcpy(r, own, sizeof own);
}

void EQFI_KERN(eqfi_harmonics)(const eqfi_harmonics_plan *plan, int64_t first, int64_t last, eqfi_operand x,
                               eqfi_operand out)
{
    int columns = (plan->lmax + 1) * (plan->lmax + 1);
    for (int64_t row = first; row < last; row += LANES) {
        vector r[3], y[COLUMNS];
        int count = smaller(last - row);
        read_rows((const real *)x.data + row * x.stride, x.stride, count, r);
        harmonics_at(plan, plan->lmax, r, y, NULL);
        for (int i = 0; i < count; i++) {
            real *to = (real *)out.data + (row + i) * out.stride;
            const real *from = (const real *)y + i;
            for (int c = 0; c < columns; c++) to[c] = from[c * LANES];
        }
    }
}

/* --------------------------------------------------------------------------------------------------------- columns -- */

/* Points to unit vectors; inverse becomes 1 / max(|r|, 1e-12), radial 1, or 0 where that is no inverse length. */
INLINE void unit(vector r[3], vector *inverse, vector *radial)
{
    static const real shortest = (real)1e-12;
    real square[LANES], over[LANES], whole[LANES];
    const vector sum = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    memcpy(square, &sum, sizeof sum);
#pragma omp simd
    for (int i = 0; i < LANES; i++) {
        real length = real_sqrt(square[i]);
        whole[i] = length >= shortest ? (real)1 : (real)0;
        over[i] = 1 / (length < shortest ? shortest : length);
    }
    memcpy(inverse, over, sizeof over);
    memcpy(radial, whole, sizeof whole);
    for (int a = 0; a < 3; a++) r[a] *= *inverse;
}

/* Of homogeneous polynomials of degree l at the unit vector n: d Y(r/|r|) / dr = (G - l Y n) / |r|. */
INLINE void project(int lmax, const vector n[3], const vector *y, vector inverse, vector radial, vector *g)
{
    EACH for (int l = 0; l <= lmax; l++)
    {
        const vector degree = (real)l * radial * inverse;
        EACH for (int k = l * l; k < (l + 1) * (l + 1); k++)
        {
            const vector along = degree * y[k];
            EACH for (int a = 0; a < 3; a++) g[3 * k + a] = g[3 * k + a] * inverse - along * n[a];
        }
    }
}

/* A vector of points to columns that are `step` numbers long. */
INLINE void block(int lmax, const bool derive, const eqfi_harmonics_request *q, const real *xyz, real *to_y,
                  real *to_gradient, int64_t step)
{
    vector r[3], inverse = {0}, radial = {0}, y[COLUMNS], g[3 * COLUMNS];
    split_triples(get(xyz), get(xyz + LANES), get(xyz + 2 * LANES), r);
    if (q->normalize) unit(r, &inverse, &radial);
    harmonics_at(q->plan, lmax, r, y, derive ? g : NULL);
    if (derive && q->normalize) project(lmax, r, y, inverse, radial, g);
    EACH for (int l = 0; l <= lmax; l++)
    {
        const real factor = (real)q->factor[l];
        EACH for (int k = l * l; k < (l + 1) * (l + 1); k++) give(false, to_y + k * step, factor * y[k]);
        if (!derive) continue;
        EACH for (int i = 3 * l * l; i < 3 * (l + 1) * (l + 1); i++) give(false, to_gradient + i * step, factor * g[i]);
    }
}

INLINE void blocks(int lmax, const bool derive, const eqfi_harmonics_request *q, int64_t first, int64_t last)
{
    const real *xyz = q->xyz;
    real *y = q->y, *gradient = q->gradient;
    for (int64_t row = first; row < last; row += LANES)
        block(lmax, derive, q, xyz + 3 * row, y + row, derive ? gradient + row : NULL, q->n);
}

/* Loops with the degree in their code for those that are common. */
static void whole_blocks(const eqfi_harmonics_request *q, int64_t first, int64_t last)
{
    switch (q->lmax * 2 + (q->gradient != NULL)) {
    case 2: blocks(1, false, q, first, last); break;
    case 3: blocks(1, true, q, first, last); break;
    case 4: blocks(2, false, q, first, last); break;
    case 5: blocks(2, true, q, first, last); break;
    case 6: blocks(3, false, q, first, last); break;
    case 7: blocks(3, true, q, first, last); break;
    default: blocks(q->lmax, q->gradient != NULL, q, first, last);
    }
}

void EQFI_KERN(eqfi_harmonics_columns)(const eqfi_harmonics_request *q, int64_t first, int64_t last)
{
    int64_t row = last - (last - first) % LANES;
    whole_blocks(q, first, row);
    if (row == last) return;
    /* the last ones, with (1, 1, 1) for those that lack */
    real xyz[3 * LANES], y[COLUMNS * LANES], gradient[3 * COLUMNS * LANES];
    size_t count = (size_t)(last - row), columns = (size_t)((q->lmax + 1) * (q->lmax + 1));
    for (size_t i = 0; i < 3 * LANES; i++) xyz[i] = i < 3 * count ? ((const real *)q->xyz)[3 * row + (int64_t)i] : 1;
    eqfi_harmonics_request rest = *q;
    rest.n = LANES;
    rest.xyz = xyz;
    rest.y = y;
    rest.gradient = q->gradient == NULL ? NULL : gradient;
    whole_blocks(&rest, 0, LANES);
    for (size_t k = 0; k < columns; k++)
        memcpy((real *)q->y + (int64_t)k * q->n + row, y + k * LANES, count * sizeof(real));
    for (size_t k = 0; k < 3 * columns && q->gradient != NULL; k++)
        memcpy((real *)q->gradient + (int64_t)k * q->n + row, gradient + k * LANES, count * sizeof(real));
}
