/* Sums, products and contractions of rows, channel by channel.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"

static inline void combine_row(int columns, real alpha, const real *a, real beta, const real *b, real *out, bool add)
{
    if (b != NULL && add) {
#pragma omp simd
        for (int i = 0; i < columns; i++) out[i] += alpha * a[i] + beta * b[i];
    } else if (b != NULL) {
#pragma omp simd
        for (int i = 0; i < columns; i++) out[i] = alpha * a[i] + beta * b[i];
    } else if (add) {
#pragma omp simd
        for (int i = 0; i < columns; i++) out[i] += alpha * a[i];
    } else {
#pragma omp simd
        for (int i = 0; i < columns; i++) out[i] = alpha * a[i];
    }
}

void EQFI_KERN(eqfi_combine)(int64_t first, int64_t last, int columns, double alpha, eqfi_operand a, double beta,
                             eqfi_operand b, eqfi_operand out, bool accumulate)
{
    for (int64_t r = first; r < last; r++) {
        const real *rb = b.data == NULL ? NULL : (const real *)b.data + eqfi_operand_at(&b, r);
        combine_row(columns, (real)alpha, (const real *)a.data + eqfi_operand_at(&a, r), (real)beta, rb,
                    (real *)out.data + r * out.stride, accumulate);
    }
}

/* A block whose channels have a factor each, which all components of a channel share. */
static inline void scale_channels(int mul, int dim, const real *x, const real *s, real *out, bool add)
{
    int u = 0;
    for (; u + EQFI_LANES <= mul; u += EQFI_LANES) {
        eqfi_lanes factor = get(s + u);
        for (int m = 0; m < dim; m++) give(add, out + m * mul + u, get(x + m * mul + u) * factor);
    }
    for (; u < mul; u++)
        for (int i = u; i < dim * mul; i += mul) out[i] = add ? out[i] + x[i] * s[u] : x[i] * s[u];
}

static inline void scale_row(const eqfi_group_plan *plan, const real *x, const real *s, real *out, bool add)
{
    for (int i = 0; i < plan->n; i++) {
        const eqfi_group_block *g = &plan->blocks[i];
        if (g->per == 1) {
            scale_channels(g->block.mul, g->block.dim, x + g->block.offset, s + g->first, out + g->beside, add);
            continue;
        }
        for (int m = 0; m < g->block.dim; m++) {
            const real *from = x + g->block.offset + m * g->block.mul;
            real *to = out + g->beside + m * g->block.mul;
            for (int u = 0; u < g->block.mul; u += g->per)
                combine_row(g->per, s[g->first + u / g->per], from + u, 0, NULL, to + u, add);
        }
    }
}

void EQFI_KERN(eqfi_scale)(const eqfi_group_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand s,
                           eqfi_operand out, bool accumulate)
{
    for (int64_t r = first; r < last; r++) {
        real *to = (real *)out.data + r * out.stride;
        if (!plan->covers && !accumulate) memset(to, 0, (size_t)plan->columns * sizeof(real));
        scale_row(plan, (const real *)x.data + r * x.stride, (const real *)s.data + r * s.stride, to, accumulate);
    }
}

static inline real contract(int n, const real *x, const real *y)
{
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int u = 0; u < n; u++) sum += x[u] * y[u];
    return sum;
}

/* A block whose channels are groups of their own: the sums over their components are added. */
static inline void dot_channels(int mul, int dim, const real *x, const real *y, real *out)
{
    int u = 0;
    for (; u + EQFI_LANES <= mul; u += EQFI_LANES) {
        eqfi_lanes sum = get(out + u);
        for (int m = 0; m < dim; m++) sum += get(x + m * mul + u) * get(y + m * mul + u);
        give(false, out + u, sum);
    }
    for (; u < mul; u++)
        for (int i = u; i < dim * mul; i += mul) out[u] += x[i] * y[i];
}

static inline void dot_row(const eqfi_group_plan *plan, const real *x, const real *y, real *out)
{
    for (int i = 0; i < plan->n; i++) {
        const eqfi_group_block *g = &plan->blocks[i];
        if (g->per == 1) {
            dot_channels(g->block.mul, g->block.dim, x + g->block.offset, y + g->beside, out + g->first);
            continue;
        }
        for (int m = 0; m < g->block.dim; m++) {
            const real *a = x + g->block.offset + m * g->block.mul, *b = y + g->beside + m * g->block.mul;
            for (int u = 0; u < g->block.mul; u += g->per) out[g->first + u / g->per] += contract(g->per, a + u, b + u);
        }
    }
}

void EQFI_KERN(eqfi_dot)(const eqfi_group_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand y,
                         eqfi_operand out, bool accumulate)
{
    for (int64_t r = first; r < last; r++) {
        real *sum = (real *)out.data + r * out.stride;
        if (!accumulate)
            for (int i = 0; i < plan->groups; i++) sum[i] = 0;
        dot_row(plan, (const real *)x.data + r * x.stride, (const real *)y.data + r * y.stride, sum);
    }
}
