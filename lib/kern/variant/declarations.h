/* The kernels of one precision and instruction set.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_DECLARATIONS_H
#define EQFI_KERN_DECLARATIONS_H

#include <equiformer/irreps.h>

#include "kern/variant.h"

/* The member of a coefficient in the precision at hand. */
#if EQFI_VARIANT_REAL == 32
#define EQFI_VALUE(coefficient) ((coefficient)->f32)
#else
#define EQFI_VALUE(coefficient) ((coefficient)->f64)
#endif

/* The row of member i of a segment: of number order[i], or i. */
static inline real *eqfi_member(eqfi_operand x, const int32_t *order, int64_t i)
{
    return (real *)x.data + (order == NULL ? i : order[i]) * x.stride;
}

/* The same rows, so many elements further on. */
static inline eqfi_operand eqfi_from(eqfi_operand x, int64_t elements)
{
    x.data = (real *)x.data + elements;
    return x;
}

#define EQFI_KERNEL_DECLARATION(name) eqfi_##name##_kernel EQFI_KERN(eqfi_##name);
EQFI_KERNEL_LIST(EQFI_KERNEL_DECLARATION)
#undef EQFI_KERNEL_DECLARATION

extern const eqfi_kernels EQFI_KERN(eqfi_kernels);

#endif
