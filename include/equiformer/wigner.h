/* libequiformer: rotations and coupling coefficients in the real basis of the
 * library.
 *
 * Basis: the y axis is the pole; the l = 1 harmonics are (x, y, z); for l = 2
 * the order is xz, xy, (3y^2-r^2)/2, yz, (z^2-x^2)/2 up to norm. Rotations are
 * right-handed, R = Ry(alpha) Rx(beta) Ry(gamma) with gamma acting first, and
 * Y(R x) = D(R) Y(x). Matrices are row-major.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_WIGNER_H
#define EQUIFORMER_WIGNER_H

#include <equiformer/irreps.h>

/* Sign of the 3j of triples: e3nn 0.5 and later, or e3nn 0.4 (published
 * checkpoints). */
typedef enum eqf_cg_convention { EQF_CG_E3NN_05 = 0, EQF_CG_E3NN_04 = 1 } eqf_cg_convention;

EQF_BEGIN_DECLS

/* C[m1][m2][m3], (2l1+1)(2l2+1)(2l3+1) doubles, sum of squares 1; l
 * 0..EQF_LMAX, |l1-l2| <= l3 <= l1+l2, else EQF_ERROR_RANGE. Accurate to 1e-14.
 * Since 0.1. */
EQF_API eqf_status eqf_wigner_3j(eqf_context *context, eqf_cg_convention convention, int l1, int l2, int l3, double *c);

/* D^l, (2l+1)^2 doubles, from Euler angles in radians; l 0..EQF_LMAX. Since
 * 0.1. */
EQF_API eqf_status eqf_wigner_d(eqf_context *context, int l, double alpha, double beta, double gamma, double *d);

/* R (9 doubles) from Euler angles. Since 0.1. */
EQF_API void eqf_rotation_from_angles(double alpha, double beta, double gamma, double *rotation);

/* Euler angles of a proper rotation; |R^T R - 1| and |det R - 1| above 1e-8 are
 * EQF_ERROR_ARGUMENT. Since 0.1. */
EQF_API eqf_status eqf_rotation_to_angles(eqf_context *context, const double *rotation, double *alpha, double *beta,
                                          double *gamma);

/* A rotation drawn uniformly (Haar measure); the same seed gives the same
 * rotation everywhere. Since 0.1. */
EQF_API void eqf_rotation_random(uint64_t seed, double *rotation);

/* out[row] = D(R) in[row] for rows x eqf_irreps_dim doubles in exchange layout.
 * R is orthogonal, proper or not (an improper R = -R' applies p D(R')). in and
 * out may be the same array. Since 0.1. */
EQF_API eqf_status eqf_irreps_rotate(eqf_context *context, const eqf_irreps *irreps, const double *rotation,
                                     int64_t rows, const double *in, double *out);

EQF_END_DECLS

#endif
