/* libequiformer: radial bases and the networks that turn them into tensor-product weights.
 *
 * Distances and cut-off are in the same unit (Angstrom in published models).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_RADIAL_H
#define EQUIFORMER_RADIAL_H

#include <equiformer/module.h>

/* Values of configuration files: "gaussian", "exp", "bessel". */
typedef enum eqf_radial_kind {
    EQF_RADIAL_GAUSSIAN =
        0,                /* exp(-((x-mean)/s)^2/2) / (sqrt(2*3.14159) s), x = weight d/r_c + bias, s = |std| + 1e-5 */
    EQF_RADIAL_EXP = 1,   /* (cos(pi d/r_c)+1)/2 exp(-beta (exp(-5 d/r_c) - mu)^2) for d < r_c */
    EQF_RADIAL_BESSEL = 2 /* sqrt(2/r_c^3) sin(f d/r_c) / (d/r_c) times the polynomial envelope with p = 5 */
} eqf_radial_kind;

EQF_BEGIN_DECLS

/* A module from distances (1x0e) to n basis functions (n x 0e).
 * Parameters: gaussian: mean, std [1][n], weight, bias [1][1]; exp: means, betas [n], which are
 * constants; bessel: rbf.frequencies [n], n pi at first. Since 0.1. */
EQF_API eqf_status eqf_radial_basis_create(eqf_context *context, eqf_radial_kind kind, int n, double cutoff,
                                           eqf_module **module);

/* layers[0] -> .. -> layers[n-1]: each hidden layer is Linear, LayerNorm (eps 1e-5), bare SiLU; the last one Linear
 * without bias plus `offset`. Weights are [out][in]. Parameters for n = 4: net.0.weight, net.0.bias, net.1.weight,
 * net.1.bias, net.3.weight, net.3.bias, net.4.weight, net.4.bias, net.6.weight, offset. Since 0.1. */
EQF_API eqf_status eqf_radial_mlp_create(eqf_context *context, int n, const int *layers, eqf_module **module);

EQF_END_DECLS

#endif
