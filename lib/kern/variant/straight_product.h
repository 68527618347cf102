/* The generated kernels of depthwise products.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_STRAIGHT_PRODUCT_H
#define EQFI_KERN_STRAIGHT_PRODUCT_H

#include "kern/variant/declarations.h"
#include "kern/variant/lanes.h"

/* One row of a plan that is straight: the argument of the role is stored, or added to, as always in role y. */
void EQFI_KERN(eqfi_straight_product)(const eqfi_product_plan *plan, eqfi_role role, real *const row[EQFI_ROLES],
                                      bool add);

#endif
