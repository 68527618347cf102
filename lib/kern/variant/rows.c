/* Moving rows and columns, and sums and softmax over the rows of a segment.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"
#include "kern/variant/vector_math.h"

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

void EQFI_KERN(eqfi_segment_sum)(int64_t first, int64_t last, int columns, const int64_t *offsets, const int32_t *order,
                                 eqfi_operand x, eqfi_operand out)
{
    for (int64_t s = first; s < last; s++) {
        real *sum = (real *)out.data + s * out.stride;
        int64_t i = offsets[s], end = offsets[s + 1];
        if (i + 1 < end) { /* two at first, so that a sum of two, as of a pair, is written once */
            const real *a = eqfi_member(x, order, i), *b = eqfi_member(x, order, i + 1);
#pragma omp simd
            for (int c = 0; c < columns; c++) sum[c] = a[c] + b[c];
        } else if (i < end) {
            memcpy(sum, eqfi_member(x, order, i), (size_t)columns * sizeof(real));
        } else {
            memset(sum, 0, (size_t)columns * sizeof(real));
        }
        for (i += 2; i < end; i++) {
            const real *row = eqfi_member(x, order, i);
#pragma omp simd
            for (int c = 0; c < columns; c++) sum[c] += row[c];
        }
    }
}

/* ------------------------------------------------------------------------------------------------------- softmax -- */

enum { COLUMNS = 8, MEMBERS = 32 };

/* Of n <= COLUMNS columns, a block of members at a time. */
INLINE void softmax(const int n, int64_t begin, int64_t end, const int32_t *order, eqfi_operand x, eqfi_operand u,
                    eqfi_operand out)
{
    real maximum[COLUMNS], sum[COLUMNS], block[MEMBERS * COLUMNS];
    for (int c = 0; c < n; c++) {
        maximum[c] = -INFINITY;
        sum[c] = 0;
    }
    for (int64_t i = begin; i < end; i++) {
        const real *row = eqfi_member(x, order, i);
        for (int c = 0; c < n; c++) maximum[c] = row[c] > maximum[c] ? row[c] : maximum[c];
    }
    for (int64_t i = begin; i < end; i += MEMBERS) {
        int count = end - i < MEMBERS ? (int)(end - i) : MEMBERS;
        for (int m = 0; m < count; m++) {
            const real *row = eqfi_member(x, order, i + m);
            for (int c = 0; c < n; c++) block[m * n + c] = row[c] - maximum[c];
        }
#pragma omp simd
        for (int k = 0; k < count * n; k++) block[k] = real_exp_negative(block[k]);
        for (int m = 0; m < count; m++) {
            const real weight = u.data == NULL ? 1 : *eqfi_member(u, order, i + m);
            real *to = eqfi_member(out, order, i + m);
            for (int c = 0; c < n; c++) {
                to[c] = block[m * n + c];
                sum[c] += weight * to[c];
            }
        }
    }
    for (int c = 0; c < n; c++) sum[c] = 1 / (sum[c] + (real)1e-16);
    for (int64_t i = begin; i < end; i++) {
        real *to = eqfi_member(out, order, i);
        for (int c = 0; c < n; c++) to[c] *= sum[c];
    }
}

void EQFI_KERN(eqfi_segment_softmax)(int64_t first, int64_t last, int columns, const int64_t *offsets,
                                     const int32_t *order, eqfi_operand x, eqfi_operand u, eqfi_operand out)
{
    for (int column = 0, n; column < columns; column += n) {
        const eqfi_operand from = eqfi_from(x, column), to = eqfi_from(out, column);
        n = columns - column < COLUMNS ? columns - column : COLUMNS;
        for (int64_t s = first; s < last; s++) {
            if (n == 4)
                softmax(4, offsets[s], offsets[s + 1], order, from, u, to);
            else
                softmax(n, offsets[s], offsets[s + 1], order, from, u, to);
        }
    }
}
