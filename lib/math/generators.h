/* Generators of rotations.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MATH_GENERATORS_H
#define EQFI_MATH_GENERATORS_H

#include <equiformer/wigner.h>

/* D^l of a rotation by small angles w about x, y and z is 1 + sum_k w_k G_k, with G_k[m][n] at (k (2l+1) + m) (2l+1) + n. */
eqf_status eqfi_rotation_generators(eqf_context *context, int l, double *generators);

#endif
