/* libequiformer: linear maps between equal irreps.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_LINEAR_H
#define EQUIFORMER_LINEAR_H

#include <equiformer/module.h>

EQF_BEGIN_DECLS

/* out[w] = sum_u W[u][w] x[u] for every pair of blocks of equal irreps, plus a bias for 0e channels. The output irreps
 * are simplified first; an output without matching input is zero (or its bias).
 * Parameters: tp.weight (blocks of in, then of out, each [in][out]); with bias 1, bias.k for the k-th 0e block of the
 * output. Since 0.1. */
EQF_API eqf_status eqf_linear_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *out, int bias,
                                     eqf_module **module);

EQF_END_DECLS

#endif
