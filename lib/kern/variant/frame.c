/* Rotations into frames of edges (lib/kern/plans.h).
 *
 * Degree 1 has the axes of the frame for rows; higher degrees come from the one below as solid harmonics do, once for the
 * components before and once for those behind the rotation: both sides of Y_l(R r) = D_l Y_l(r) are the same sums of
 * products of Y_(l-1) and r.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/vector_math.h"

typedef real vector __attribute__((vector_size(EQFI_VECTOR_BYTES), aligned(sizeof(real)), may_alias));

enum { LANES = EQFI_VECTOR_BYTES / sizeof(real) };

static real dot(const real *a, const real *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static void cross(const real *a, const real *b, real *out)
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* A right-handed frame, in lane i: y along the edge, x across it and the axis from which the edge is farthest. */
static void find_axes(const real *edge, int lane, real axes[9][LANES])
{
    real length = real_sqrt(dot(edge, edge)), away[3] = {0}, own[9];
    if (!(length >= (real)1e-12)) return;
    int farthest = 0;
    for (int i = 1; i < 3; i++)
        if (real_abs(edge[i]) < real_abs(edge[farthest])) farthest = i;
    away[farthest] = 1;
    for (int i = 0; i < 3; i++) own[3 + i] = edge[i] / length;
    cross(away, own + 3, own);
    length = real_sqrt(dot(own, own));
    for (int i = 0; i < 3; i++) own[i] /= length;
    cross(own, own + 3, own + 6);
    for (int i = 0; i < 9; i++) axes[i][lane] = own[i];
}

/* The terms from begin on that are of degree l. */
static int degree_end(const eqfi_harmonics_plan *plan, int begin, int l)
{
    int end = begin;
    while (end < plan->n && plan->terms[end].m3 < (l + 1) * (l + 1)) end++;
    return end;
}

/* D_l from D_(l-1) and the axes, D_1, by the terms of degree l, for a vector of edges. */
static void raise_degree(const eqfi_harmonics_term *terms, int n, int l, const vector *axes, const vector *below,
                         vector *d)
{
    int dim = 2 * l + 1, dim_below = 2 * l - 1, first = l * l, first_below = (l - 1) * (l - 1);
    real norm = 0; /* sum of the squares for one component */
    for (int i = 0; i < n; i++)
        if (terms[i].m3 == first) norm += EQFI_VALUE(&terms[i]) * EQFI_VALUE(&terms[i]);
    memset(d, 0, (size_t)(dim * dim) * sizeof *d);
    for (int i = 0; i < n; i++) {
        const vector *from = below + (terms[i].m1 - first_below) * dim_below, *axis = axes + 3 * terms[i].axis;
        vector *to = d + (terms[i].m3 - first) * dim;
        for (int k = 0; k < n; k++)
            to[terms[k].m3 - first] += EQFI_VALUE(&terms[i]) * EQFI_VALUE(&terms[k]) / norm *
                                       from[terms[k].m1 - first_below] * axis[terms[k].axis];
    }
}

static void frames_of(const eqfi_harmonics_plan *plan, real axes[9][LANES], vector *d)
{
    d[0] = 1 - (vector){0};
    if (plan->lmax > 0) memcpy(d + eqfi_frame_offset(1), axes, 9 * sizeof *d);
    for (int l = 2, end, begin = degree_end(plan, 0, 1); l <= plan->lmax; l++, begin = end) {
        end = degree_end(plan, begin, l);
        raise_degree(plan->terms + begin, end - begin, l, d + eqfi_frame_offset(1), d + eqfi_frame_offset(l - 1),
                     d + eqfi_frame_offset(l));
    }
}

/* d: room for the rotations of a vector of edges. */
static void run(const eqfi_harmonics_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand out,
                vector *d)
{
    int columns = eqfi_frame_columns(plan->lmax);
    for (int64_t row = first; row < last; row += LANES) {
        real axes[9][LANES] = {{0}};
        int count = last - row < LANES ? (int)(last - row) : LANES;
        for (int i = 0; i < count; i++) find_axes((const real *)x.data + (row + i) * x.stride, i, axes);
        frames_of(plan, axes, d);
        for (int i = 0; i < count; i++) {
            real *to = (real *)out.data + (row + i) * out.stride;
            const real *from = (const real *)d + i;
            for (int c = 0; c < columns; c++) to[c] = from[c * LANES];
        }
    }
}

/* High degrees need much room, which low ones need not have on their stack. */
static __attribute__((noinline)) void run_high(const eqfi_harmonics_plan *plan, int64_t first, int64_t last,
                                               eqfi_operand x, eqfi_operand out)
{
    enum { DIM = 2 * EQF_LMAX + 1, COLUMNS = (EQF_LMAX + 1) * DIM * (DIM + 2) / 3 };
    vector d[COLUMNS];
    run(plan, first, last, x, out, d);
}

void EQFI_KERN(eqfi_frame)(const eqfi_harmonics_plan *plan, int64_t first, int64_t last, eqfi_operand x,
                           eqfi_operand out)
{
    enum { DIM = 2 * EQFI_STRAIGHT_LMAX + 1, COLUMNS = (EQFI_STRAIGHT_LMAX + 1) * DIM * (DIM + 2) / 3 };
    vector d[COLUMNS];
    if (plan->lmax <= EQFI_STRAIGHT_LMAX)
        run(plan, first, last, x, out, d);
    else
        run_high(plan, first, last, x, out);
}
