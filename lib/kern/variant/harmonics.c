/* Solid harmonics by recurrence in the degree, a few rows at a time so that rows fill the vector registers.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"

enum { ROWS = 16, COLUMNS = (EQF_LMAX + 1) * (EQF_LMAX + 1) };

static void block_of_rows(const eqfi_harmonics_plan *plan, real r[3][ROWS], real y[][ROWS])
{
    int columns = (plan->lmax + 1) * (plan->lmax + 1);
    for (int i = 0; i < ROWS; i++) y[0][i] = 1;
    memset(y[1], 0, (size_t)(columns - 1) * sizeof y[0]);
    for (int t = 0; t < plan->n; t++) {
        const eqfi_harmonics_term *term = &plan->terms[t];
        const real c = (real)EQFI_VALUE(term), *below = y[term->m1], *axis = r[term->axis];
        real *above = y[term->m3];
#pragma omp simd
        for (int i = 0; i < ROWS; i++) above[i] += c * below[i] * axis[i];
    }
}

void EQFI_KERN(eqfi_harmonics)(const eqfi_harmonics_plan *plan, int64_t first, int64_t last, eqfi_operand x,
                               eqfi_operand out)
{
    int columns = (plan->lmax + 1) * (plan->lmax + 1);
    real r[3][ROWS], y[COLUMNS][ROWS];
    for (int64_t row = first; row < last; row += ROWS) {
        int n = last - row < ROWS ? (int)(last - row) : ROWS;
        memset(r, 0, sizeof r);
        for (int i = 0; i < n; i++)
            for (int a = 0; a < 3; a++) r[a][i] = ((const real *)x.data + (row + i) * x.stride)[a];
        block_of_rows(plan, r, y);
        for (int i = 0; i < n; i++) {
            real *to = (real *)out.data + (row + i) * out.stride;
            for (int c = 0; c < columns; c++) to[c] = y[c][i];
        }
    }
}
