/* libequiformer: equivariant normalization.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_NORM_H
#define EQUIFORMER_NORM_H

#include <equiformer/module.h>

/* Values of configuration files: "layer". */
typedef enum eqf_norm_kind {
    EQF_NORM_LAYER = 0 /* per row and block, over channels and components */
} eqf_norm_kind;

EQF_BEGIN_DECLS

/* Layer norm: per block, 0e channels lose their mean; every block is divided by sqrt(mean over channels and components of
 * the square + eps), times affine_weight per channel, 0e plus affine_bias. eps is 1e-5 in published models.
 * Parameters: affine_weight (channels), affine_bias (0e channels). Since 0.1. */
EQF_API eqf_status eqf_norm_create(eqf_context *context, eqf_norm_kind kind, const eqf_irreps *irreps, double eps,
                                   eqf_module **module);

EQF_END_DECLS

#endif
