/* libequiformer: real spherical harmonics of vectors, in the basis of wigner.h.
 *
 * The harmonics of degree l are homogeneous polynomials of degree l in (x, y,
 * z); on the unit sphere they are the usual ones.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_SPHERICAL_HARMONICS_H
#define EQUIFORMER_SPHERICAL_HARMONICS_H

#include <equiformer/module.h>

/* Sum of squares of the 2l+1 harmonics of a unit vector. */
typedef enum eqf_harmonics {
    EQF_HARMONICS_COMPONENT = 0, /* 2l+1 */
    EQF_HARMONICS_NORM = 1,      /* 1 */
    EQF_HARMONICS_INTEGRAL = 2   /* (2l+1)/(4 pi) */
} eqf_harmonics;

EQF_BEGIN_DECLS

/* y[i][l*l + l + m] of the vectors xyz[i][3], i < n, l 0..lmax <= EQF_LMAX, m
 * -l..l: n x (lmax+1)^2 doubles. normalize 1 evaluates at x / max(|x|, 1e-12),
 * normalize 0 the polynomials at x itself; either way the zero vector has Y_0
 * as everywhere and 0 for l > 0. Coordinates that are not finite give numbers
 * that are not, for l > 0. Since 0.1. */
EQF_API eqf_status eqf_spherical_harmonics(eqf_context *context, int lmax, eqf_harmonics normalization, int normalize,
                                           int64_t n, const double *xyz, double *y);

/* The same for many vectors, on the context's threads, in the precision of the arrays and by components: y[k][i], k = l*l + l + m,
 * i < n, and unless gradient is NULL gradient[k][a][i], the derivatives by coordinate a of vector i; (lmax+1)^2 x n and
 * (lmax+1)^2 x 3 x n numbers. xyz, y and gradient are arrays of float (EQF_FLOAT32) or double (EQF_FLOAT64) that do not
 * overlap. With normalize 1, squares of lengths must be in the range of the numbers. Since 0.1. */
EQF_API eqf_status eqf_spherical_harmonics_columns(eqf_context *context, int lmax, eqf_harmonics normalization,
                                                   int normalize, eqf_precision precision, int64_t n, const void *xyz,
                                                   void *y, void *gradient);

/* The same as a module from vectors (1x1o) to irreps 1x0e + 1x1p + ..., differentiable as often as wanted. The parities are
 * the caller's: SE(3) models write 1x1e. Since 0.1. */
EQF_API eqf_status eqf_spherical_harmonics_create(eqf_context *context, const eqf_irreps *irreps,
                                                  eqf_harmonics normalization, int normalize, eqf_module **module);

EQF_END_DECLS

#endif
