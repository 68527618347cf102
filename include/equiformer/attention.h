/* libequiformer: graph attention, feed-forward networks and transformer blocks.
 *
 * All act on a graph: eqf_graph must have edge_src and edge_dst. Inputs x are features of atoms, sh the spherical
 * harmonics of edge vectors (component, normalized), radial the radial features of edges.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_ATTENTION_H
#define EQUIFORMER_ATTENTION_H

#include <equiformer/norm.h>
#include <equiformer/wigner.h>

/* How the columns of queries, keys and values are divided among the heads of dot-product attention. */
typedef enum eqf_head_split {
    EQF_HEAD_SPLIT_PUBLISHED =
        0, /* as the published implementation: with both parities present, heads mix them, and the
                                      result is not equivariant under inversion */
    EQF_HEAD_SPLIT_EQUIVARIANT = 1 /* by irreps; the same where there is one parity per l */
} eqf_head_split;

typedef struct eqf_attention_options {
    size_t size;
    const eqf_irreps *irreps_in; /* of x */
    const eqf_irreps *irreps_sh;
    const eqf_irreps *irreps_out;
    const eqf_irreps *irreps_head;     /* of one head */
    const eqf_irreps *irreps_pre_attn; /* of messages; NULL: irreps_in */
    int num_heads;                     /* 1 to 65536 */
    int n_radial; /* layers of the radial networks before their output: radial features, hidden.. */
    const int *radial_layers;
    eqf_cg_convention convention;
    int linear_message;           /* graph attention: one product and linear instead of two with a gate */
    int rescale_degree;           /* sums over edges times the number of edges of the receiver */
    double average_degree;        /* dot product with rescale_degree: divided by it */
    eqf_head_split head_split;    /* dot product */
    double alpha_drop, proj_drop; /* in training: of attention weights, of output channels */
} eqf_attention_options;

#define EQF_ATTENTION_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(eqf_attention_options), 0, 0, 0, 0, 0, 1, 0, 0, EQF_CG_E3NN_05, 0, 0, 15.57930850982666,                \
            EQF_HEAD_SPLIT_PUBLISHED, 0, 0                                                                             \
    }

typedef enum eqf_attention_kind { EQF_ATTENTION_GRAPH = 0, EQF_ATTENTION_DOT_PRODUCT = 1 } eqf_attention_kind;

typedef struct eqf_block_options {
    size_t size;
    eqf_attention_kind kind;
    const eqf_attention_options *attention; /* irreps_in: of the block; irreps_out is not used */
    const eqf_irreps *irreps_mlp_mid;       /* hidden irreps of the feed-forward network */
    const eqf_irreps *irreps_node_attr;     /* see eqf_feed_forward_create; NULL: none */
    const eqf_irreps *irreps_out;           /* of the block */
    eqf_norm_kind norm;
    double drop_path; /* in training: probability of leaving out a residual branch, per graph */
} eqf_block_options;

#define EQF_BLOCK_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(eqf_block_options), EQF_ATTENTION_GRAPH, 0, 0, 0, 0, EQF_NORM_LAYER, 0                                  \
    }

EQF_BEGIN_DECLS

/* Graph attention; inputs x, sh, radial. Liao and Smidt, ICLR 2023, section 4.
 * Parameters: alpha_dot, merge_src.*, merge_dst.*, sep_act.*, sep_alpha.*, sep_value.* (linear messages: sep.*), proj.*.
 * Since 0.1. */
EQF_API eqf_status eqf_graph_attention_create(eqf_context *context, const eqf_attention_options *options,
                                              eqf_module **module);

/* Dot-product attention; inputs x, sh, radial. Parameters: query.*, merge_src.*, merge_dst.*, key_value.*, proj.*.
 * Since 0.1. */
EQF_API eqf_status eqf_dot_product_attention_create(eqf_context *context, const eqf_attention_options *options,
                                                    eqf_module **module);

/* Linear to the gate input of irreps_mid, gate, Linear; input x. With node attributes (NULL: none) both linears are fully
 * connected products with them, the second input. proj_drop: dropout of output channels in training.
 * Parameters: fctp_1.*, fctp_2.*. Since 0.1. */
EQF_API eqf_status eqf_feed_forward_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *node_attr,
                                           const eqf_irreps *mid, const eqf_irreps *out, double proj_drop,
                                           eqf_module **module);

/* y = x + attention(norm_1 x); y + feed_forward(norm_2 y), the first y through ffn_shortcut where irreps change.
 * Inputs x, sh, radial and, with node attributes, those. Parameters: norm_1.*, ga.* (dot product: dpa.*), norm_2.*, ffn.*,
 * ffn_shortcut.*. Since 0.1. */
EQF_API eqf_status eqf_block_create(eqf_context *context, const eqf_block_options *options, eqf_module **module);

EQF_END_DECLS

#endif
