/* Between exchange layout in double and rows in ir_mul; between precisions.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "kern/variant/declarations.h"

void EQFI_KERN(eqfi_import)(const eqfi_layout *layout, int64_t first, int64_t last, const double *values,
                            eqfi_operand out)
{
    for (int64_t r = first; r < last; r++) {
        const double *from = values + r * layout->columns;
        real *to = (real *)out.data + r * out.stride;
        for (int i = 0; i < layout->n; i++) {
            eqfi_block b = layout->blocks[i];
            for (int u = 0; u < b.mul; u++)
                for (int m = 0; m < b.dim; m++) to[b.offset + m * b.mul + u] = (real)from[b.offset + u * b.dim + m];
        }
    }
}

void EQFI_KERN(eqfi_export)(const eqfi_layout *layout, int64_t first, int64_t last, eqfi_operand x, double *values)
{
    for (int64_t r = first; r < last; r++) {
        const real *from = (const real *)x.data + r * x.stride;
        double *to = values + r * layout->columns;
        for (int i = 0; i < layout->n; i++) {
            eqfi_block b = layout->blocks[i];
            for (int u = 0; u < b.mul; u++)
                for (int m = 0; m < b.dim; m++) to[b.offset + u * b.dim + m] = (double)from[b.offset + m * b.mul + u];
        }
    }
}

void EQFI_KERN(eqfi_widen)(int64_t first, int64_t last, int columns, eqfi_operand x, eqfi_operand out)
{
    for (int64_t r = first; r < last; r++) {
        const real *from = (const real *)x.data + r * x.stride;
        double *to = (double *)out.data + r * out.stride;
        for (int c = 0; c < columns; c++) to[c] = (double)from[c];
    }
}

/* Numbers whose squares are subnormal become zero, so that no product of two is: arithmetic with subnormal numbers is a hundred
 * times slower, and radial functions far from their centres are full of them. */
void EQFI_KERN(eqfi_narrow)(int64_t first, int64_t last, int columns, eqfi_operand x, eqfi_operand out)
{
    const double smallest = EQFI_VARIANT_REAL == 32 ? 0x1p-63 : 0x1p-511; /* square roots of FLT_MIN and DBL_MIN */
    for (int64_t r = first; r < last; r++) {
        const double *from = (const double *)x.data + r * x.stride;
        real *to = (real *)out.data + r * out.stride;
        for (int c = 0; c < columns; c++) to[c] = fabs(from[c]) < smallest ? 0 : (real)from[c];
    }
}
