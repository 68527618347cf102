/* The generated kernels of depthwise products.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_STRAIGHT_PRODUCT_H
#define EQFI_KERN_STRAIGHT_PRODUCT_H

#include "kern/variant/declarations.h"

enum { EQFI_LANES = EQFI_VECTOR_BYTES / sizeof(real) };

typedef real eqfi_lanes __attribute__((vector_size(EQFI_VECTOR_BYTES), aligned(sizeof(real)), may_alias));

static inline eqfi_lanes get(const real *at) { return *(const eqfi_lanes *)(uintptr_t)at; }

/* Stores the value, or adds it. */
static inline void give(bool add, real *at, eqfi_lanes value)
{
    if (add) value += get(at);
    *(eqfi_lanes *)(uintptr_t)at = value;
}

/* One row of a plan that is straight: the argument of the role is stored, or added to, as always in role y. */
void EQFI_KERN(eqfi_straight_product)(const eqfi_product_plan *plan, eqfi_role role, real *const row[EQFI_ROLES],
                                      bool add);

#endif
