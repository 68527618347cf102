/* libequiformer: graph attention, feed-forward networks and transformer blocks.
 *
 * All act on a graph: eqf_graph must have edge_src and edge_dst. Inputs x are features of atoms, sh the spherical
 * harmonics of edge vectors (component, normalized), radial the radial features of edges.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_ATTENTION_H
#define EQUIFORMER_ATTENTION_H

#include <equiformer/norm.h>
#include <equiformer/wigner.h>

typedef struct eqf_attention_options {
    size_t size;
    const eqf_irreps *irreps_in; /* of x */
    const eqf_irreps *irreps_sh;
    const eqf_irreps *irreps_out;
    const eqf_irreps *irreps_head;     /* of one head */
    const eqf_irreps *irreps_pre_attn; /* of messages; NULL: irreps_in */
    int num_heads;
    int n_radial; /* layers of the radial networks before their output: radial features, hidden.. */
    const int *radial_layers;
    eqf_cg_convention convention;
} eqf_attention_options;

#define EQF_ATTENTION_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(eqf_attention_options), 0, 0, 0, 0, 0, 1, 0, 0, EQF_CG_E3NN_05                                          \
    }

typedef struct eqf_block_options {
    size_t size;
    eqf_attention_options attention;  /* irreps_in: of the block; irreps_out is not used */
    const eqf_irreps *irreps_mlp_mid; /* hidden irreps of the feed-forward network */
    const eqf_irreps *irreps_out;     /* of the block */
    eqf_norm_kind norm;
} eqf_block_options;

#define EQF_BLOCK_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(eqf_block_options), EQF_ATTENTION_OPTIONS_INIT, 0, 0, EQF_NORM_LAYER                                    \
    }

EQF_BEGIN_DECLS

/* Graph attention with nonlinear messages; inputs x, sh, radial. Liao and Smidt, ICLR 2023, section 4.
 * Parameters: alpha_dot, merge_src.*, merge_dst.*, sep_act.*, sep_alpha.*, sep_value.*, proj.*. Since 0.1. */
EQF_API eqf_status eqf_graph_attention_create(eqf_context *context, const eqf_attention_options *options,
                                              eqf_module **module);

/* Linear to the gate input of irreps_mid, gate, Linear; input x. Parameters: fctp_1.*, fctp_2.*. Since 0.1. */
EQF_API eqf_status eqf_feed_forward_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *mid,
                                           const eqf_irreps *out, eqf_module **module);

/* y = x + attention(norm_1 x); y + feed_forward(norm_2 y), the first y through ffn_shortcut where irreps change.
 * Inputs x, sh, radial. Parameters: norm_1.*, ga.*, norm_2.*, ffn.*, ffn_shortcut.*. Since 0.1. */
EQF_API eqf_status eqf_block_create(eqf_context *context, const eqf_block_options *options, eqf_module **module);

EQF_END_DECLS

#endif
