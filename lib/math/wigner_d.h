/* Wigner D matrices of a rotation matrix.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MATH_WIGNER_D_H
#define EQFI_MATH_WIGNER_D_H

#include <equiformer/wigner.h>

/* Doubles in D^0..D^(l-1), hence where D^l begins: l (4l^2 - 1) / 3. */
static inline int eqfi_wigner_d_offset(int l) { return l * (4 * l * l - 1) / 3; }

/* D^0, D^1, .. D^lmax of a proper rotation, one after the other:
 * eqfi_wigner_d_offset(lmax + 1) doubles. */
eqf_status eqfi_wigner_d(eqf_context *context, int lmax, const double rotation[9], double *d);

#endif
