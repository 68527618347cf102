/* Sums, products and contractions of rows, channel by channel.
 * SPDX-License-Identifier: MIT */
#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"

/* Whether rows follow one another without gaps: several of few columns go as one of many. */
static inline bool is_dense(const eqfi_operand *x, int columns)
{
    return x->data == NULL || (x->stride == columns && x->index == NULL);
}

static inline void combine_row(int64_t columns, real alpha, const real *a, real beta, const real *b, real *out,
                               bool add)
{
    if (b != NULL && add) {
#pragma omp simd
        for (int64_t i = 0; i < columns; i++) out[i] += alpha * a[i] + beta * b[i];
    } else if (b != NULL) {
#pragma omp simd
        for (int64_t i = 0; i < columns; i++) out[i] = alpha * a[i] + beta * b[i];
    } else if (add) {
#pragma omp simd
        for (int64_t i = 0; i < columns; i++) out[i] += alpha * a[i];
    } else {
#pragma omp simd
        for (int64_t i = 0; i < columns; i++) out[i] = alpha * a[i];
    }
}

void EQFI_KERN(eqfi_combine)(int64_t first, int64_t last, int columns, double alpha, eqfi_operand a, double beta,
                             eqfi_operand b, eqfi_operand out, bool accumulate)
{
    bool dense = is_dense(&a, columns) && is_dense(&b, columns) && is_dense(&out, columns);
    int64_t step = dense ? last - first : 1;
    for (int64_t r = first; r < last; r += step) {
        const real *rb = b.data == NULL ? NULL : (const real *)b.data + eqfi_operand_at(&b, r);
        combine_row(step * columns, (real)alpha, (const real *)a.data + eqfi_operand_at(&a, r), (real)beta, rb,
                    (real *)out.data + r * out.stride, accumulate);
    }
}

/* A block whose channels have a factor each, which all components of a channel share. */
INLINE void scale_channels(int64_t mul, int dim, const real *x, const real *s, real *out, bool add)
{
    int64_t u = 0;
    for (; u + EQFI_LANES <= mul; u += EQFI_LANES) {
        eqfi_lanes factor = get(s + u);
        for (int m = 0; m < dim; m++) give(add, out + m * mul + u, get(x + m * mul + u) * factor);
    }
    for (; u < mul; u++)
        for (int64_t i = u; i < dim * mul; i += mul) out[i] = add ? out[i] + x[i] * s[u] : x[i] * s[u];
}

/* `per` channels have a factor. */
INLINE void scale_groups(int64_t mul, int dim, int64_t per, const real *x, const real *s, real *out, bool add)
{
    for (int m = 0; m < dim; m++) {
        for (int64_t group = 0; group * per < mul; group++, x += per, out += per) {
            const real factor = s[group];
            int64_t u = 0;
            for (; u + EQFI_LANES <= per; u += EQFI_LANES) give(add, out + u, get(x + u) * factor);
            for (; u < per; u++) out[u] = add ? out[u] + x[u] * factor : x[u] * factor;
        }
    }
}

/* One block of rows. Rows of scalars without gaps are one long row, with its factors or with the factor that all share. */
static void scale_block(const eqfi_group_block *g, int64_t rows, eqfi_operand x, eqfi_operand s, eqfi_operand out,
                        bool add)
{
    const int mul = g->block.mul, dim = g->block.dim, per = g->per;
    const real *from = x.data, *factors = s.data;
    real *to = out.data;
    const bool dense = dim == 1 && is_dense(&x, mul) && is_dense(&out, mul);
    if (dense && per == 1 && is_dense(&s, mul)) {
        scale_channels(rows * mul, dim, from, factors, to, add);
        return;
    }
    if (dense && mul == 1 && s.stride == 0) {
        scale_groups(rows, dim, rows, from, factors, to, add);
        return;
    }
    for (int64_t r = 0; r < rows; r++, from += x.stride, factors += s.stride, to += out.stride) {
        if (per == 1)
            scale_channels(mul, dim, from, factors, to, add);
        else
            scale_groups(mul, dim, per, from, factors, to, add);
    }
}

/* Block by block, so that sizes are looked up once for a strip of rows, which stays in the first cache. */
void EQFI_KERN(eqfi_scale)(const eqfi_group_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand s,
                           eqfi_operand out, bool accumulate)
{
    if (!plan->covers && !accumulate) EQFI_KERN(eqfi_zero)(first, last, plan->columns, out);
    for (int i = 0; i < plan->n; i++) {
        const eqfi_group_block *g = &plan->blocks[i];
        scale_block(g, last - first, eqfi_from(x, first * x.stride + g->block.offset),
                    eqfi_from(s, first * s.stride + g->first), eqfi_from(out, first * out.stride + g->beside),
                    accumulate);
    }
}

/* The sum of the products of n channels. */
INLINE real contract(int n, const real *x, const real *y)
{
    eqfi_lanes sums = {0};
    int u = 0;
    for (; u + EQFI_LANES <= n; u += EQFI_LANES) sums += get(x + u) * get(y + u);
    real sum = u > 0 ? lanes_sum(sums) : 0;
    for (; u < n; u++) sum += x[u] * y[u];
    return sum;
}

/* A block whose channels are groups of their own: the sums over their components are stored, or added. */
INLINE void dot_channels(int mul, int dim, const real *x, const real *y, real *out, bool add)
{
    int u = 0;
    for (; u + EQFI_LANES <= mul; u += EQFI_LANES) {
        eqfi_lanes sum = {0};
        if (add) sum = get(out + u);
        for (int m = 0; m < dim; m++) sum += get(x + m * mul + u) * get(y + m * mul + u);
        give(false, out + u, sum);
    }
    for (; u < mul; u++) {
        real sum = add ? out[u] : 0;
        for (int i = u; i < dim * mul; i += mul) sum += x[i] * y[i];
        out[u] = sum;
    }
}

INLINE void dot_groups(int mul, int dim, int per, const real *x, const real *y, real *out, bool add)
{
    for (int m = 0; m < dim; m++, add = true) {
        real *sum = out;
        for (int u = 0; u < mul; u += per, x += per, y += per, sum++) *sum = (add ? *sum : 0) + contract(per, x, y);
    }
}

/* Rows that share a result go one by one, in their order. Blocks that share groups add to what those before them stored. */
void EQFI_KERN(eqfi_dot)(const eqfi_group_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand y,
                         eqfi_operand out, bool accumulate)
{
    const int64_t step = out.stride == 0 ? 1 : last - first;
    if (!accumulate && plan->n == 0) EQFI_KERN(eqfi_zero)(first, last, plan->groups, out);
    for (int64_t begin = first; begin < last; begin += step) {
        for (int i = 0, stored = 0; i < plan->n; i++) {
            const eqfi_group_block *g = &plan->blocks[i];
            const int mul = g->block.mul, dim = g->block.dim, per = g->per;
            const bool add = accumulate || g->first < stored;
            if (!add) stored = g->first + mul / per;
            const real *left = (const real *)x.data + begin * x.stride + g->block.offset;
            const real *right = (const real *)y.data + begin * y.stride + g->beside;
            real *to = (real *)out.data + begin * out.stride + g->first;
            for (int64_t r = 0; r < step; r++, left += x.stride, right += y.stride, to += out.stride) {
                if (per == 1)
                    dot_channels(mul, dim, left, right, to, add);
                else
                    dot_groups(mul, dim, per, left, right, to, add);
            }
        }
    }
}
