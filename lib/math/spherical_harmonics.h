/* Solid harmonics and their gradients, in double, for set-up.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MATH_SPHERICAL_HARMONICS_H
#define EQFI_MATH_SPHERICAL_HARMONICS_H

#include <equiformer/spherical_harmonics.h>

/* y[l*l + l + m], (lmax+1)^2 values: homogeneous polynomials of degree l =
 * 0..lmax with |Y_l|^2 = (2l+1) r^(2l). */
void eqfi_solid_harmonics(int lmax, const double xyz[3], double *y);

/* The constants g[a][m][n] (3, 2l+1, 2l-1) with d Y_lm / d r_a = sum_n
 * g[a][m][n] Y_(l-1)n; l 1..EQF_LMAX, else EQF_ERROR_RANGE. */
eqf_status eqfi_solid_harmonics_gradient(eqf_context *context, int l, double *g);

/* Harmonics of degree l in a normalization over those in `component`. */
double eqfi_harmonics_factor(eqf_harmonics normalization, int l);

#endif
