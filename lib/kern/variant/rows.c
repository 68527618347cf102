/* Moving rows and columns, and sums over the rows of a segment.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kern/variant/declarations.h"

void EQFI_KERN(eqfi_zero)(int64_t first, int64_t last, int columns, eqfi_operand out)
{
    for (int64_t r = first; r < last; r++) memset((real *)out.data + r * out.stride, 0, (size_t)columns * sizeof(real));
}

void EQFI_KERN(eqfi_select)(const eqfi_select_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand out)
{
    for (int64_t r = first; r < last; r++) {
        const real *from = (const real *)x.data + r * x.stride;
        real *to = (real *)out.data + r * out.stride;
        if (!plan->covers) memset(to, 0, (size_t)plan->columns_out * sizeof(real));
        for (int i = 0; i < plan->n; i++) {
            eqfi_select_run run = plan->runs[i];
            memcpy(to + run.to, from + run.from, (size_t)run.count * sizeof(real));
        }
    }
}

void EQFI_KERN(eqfi_gather)(int64_t first, int64_t last, int columns, const int32_t *index, eqfi_operand x,
                            eqfi_operand out)
{
    for (int64_t r = first; r < last; r++)
        memcpy((real *)out.data + r * out.stride, (const real *)x.data + index[r] * x.stride,
               (size_t)columns * sizeof(real));
}

static inline const real *member(eqfi_operand x, const int32_t *order, int64_t i)
{
    return (const real *)x.data + (order == NULL ? i : order[i]) * x.stride;
}

void EQFI_KERN(eqfi_segment_sum)(int64_t first, int64_t last, int columns, const int64_t *offsets, const int32_t *order,
                                 eqfi_operand x, eqfi_operand out)
{
    for (int64_t s = first; s < last; s++) {
        real *sum = (real *)out.data + s * out.stride;
        int64_t i = offsets[s], end = offsets[s + 1];
        if (i + 1 < end) { /* two at first, so that a sum of two, as of a pair, is written once */
            const real *a = member(x, order, i), *b = member(x, order, i + 1);
#pragma omp simd
            for (int c = 0; c < columns; c++) sum[c] = a[c] + b[c];
        } else if (i < end) {
            memcpy(sum, member(x, order, i), (size_t)columns * sizeof(real));
        } else {
            memset(sum, 0, (size_t)columns * sizeof(real));
        }
        for (i += 2; i < end; i++) {
            const real *row = member(x, order, i);
#pragma omp simd
            for (int c = 0; c < columns; c++) sum[c] += row[c];
        }
    }
}

static void softmax_column(int column, int64_t begin, int64_t end, const int32_t *order, eqfi_operand x, eqfi_operand u,
                           eqfi_operand out)
{
    real maximum = -INFINITY, sum = 0;
    for (int64_t i = begin; i < end; i++) {
        real value = member(x, order, i)[column];
        if (value > maximum) maximum = value;
    }
    for (int64_t i = begin; i < end; i++) {
        real *to = (real *)out.data + (order == NULL ? i : order[i]) * out.stride;
        to[column] = (real)exp(member(x, order, i)[column] - maximum);
        sum += u.data == NULL ? to[column] : to[column] * *member(u, order, i);
    }
    real inverse = 1 / (sum + (real)1e-16);
    for (int64_t i = begin; i < end; i++)
        ((real *)out.data + (order == NULL ? i : order[i]) * out.stride)[column] *= inverse;
}

void EQFI_KERN(eqfi_segment_softmax)(int64_t first, int64_t last, int columns, const int64_t *offsets,
                                     const int32_t *order, eqfi_operand x, eqfi_operand u, eqfi_operand out)
{
    for (int64_t s = first; s < last; s++)
        for (int column = 0; column < columns; column++)
            softmax_column(column, offsets[s], offsets[s + 1], order, x, u, out);
}
