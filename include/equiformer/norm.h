/* libequiformer: equivariant normalization.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_NORM_H
#define EQUIFORMER_NORM_H

#include <equiformer/module.h>

/* Values of configuration files: "layer", "graph", "instance", "fast_layer". */
typedef enum eqf_norm_kind {
    EQF_NORM_LAYER = 0,     /* per row and block, over channels and components */
    EQF_NORM_GRAPH = 1,     /* per channel, over the atoms of a graph and components, mean times mean_shift */
    EQF_NORM_INSTANCE = 2,  /* the same with the whole mean */
    EQF_NORM_FAST_LAYER = 3 /* the same function as layer: another published name */
} eqf_norm_kind;

EQF_BEGIN_DECLS

/* Layer norm: per block, 0e channels lose their mean; every block is divided by sqrt(mean over channels and components of
 * the square + eps), times affine_weight per channel, 0e plus affine_bias. eps is 1e-5 in published models.
 * Graph norm: per channel, 0e lose mean_shift times their mean over the atoms of the graph; every channel is divided by
 * sqrt(mean over atoms and components of the square + eps). It needs eqf_graph's atom_graph, as instance norm does.
 * Parameters: affine_weight (channels), affine_bias (0e channels), for graph norm mean_shift (0e channels). Since 0.1. */
EQF_API eqf_status eqf_norm_create(eqf_context *context, eqf_norm_kind kind, const eqf_irreps *irreps, double eps,
                                   eqf_module **module);

EQF_END_DECLS

#endif
