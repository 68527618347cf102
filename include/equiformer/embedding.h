/* libequiformer: embeddings of atoms and of their surroundings.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_EMBEDDING_H
#define EQUIFORMER_EMBEDDING_H

#include <equiformer/module.h>
#include <equiformer/wigner.h>

typedef struct eqf_edge_degree_options {
    size_t size;
    const eqf_irreps *irreps_out;
    const eqf_irreps *irreps_sh;
    int n_radial; /* radial features, hidden layers */
    const int *radial_layers;
    double average_degree; /* sums over edges are divided by its square root */
    eqf_cg_convention convention;
} eqf_edge_degree_options;

#define EQF_EDGE_DEGREE_OPTIONS_INIT                                                                                   \
    {                                                                                                                  \
        sizeof(eqf_edge_degree_options), 0, 0, 0, 0, 15.57930850982666, EQF_CG_E3NN_05                                 \
    }

/* Which map of eqf_graph tells the row of the table. */
typedef enum eqf_embedding_kind {
    EQF_EMBED_TYPE = 0, /* atom_type */
    EQF_EMBED_TAG = 1   /* atom_tag */
} eqf_embedding_kind;

EQF_BEGIN_DECLS

/* Linear of the one-hot type (or tag) of each atom: a row of the table atom_type_lin.tp.weight [types][0e channels], plus
 * atom_type_lin.bias.0; zero for l > 0. It has no input: the graph's map tells the row. Since 0.1. */
EQF_API eqf_status eqf_atom_embedding_create(eqf_context *context, eqf_embedding_kind kind, int types,
                                             const eqf_irreps *out, eqf_module **module);

/* ones -> exp -> depthwise product with sh, weights rad(radial) -> proj -> sum over the edges of each receiver /
 * sqrt(average_degree); inputs sh, radial. Parameters: exp.*, rad.*, proj.*. Since 0.1. */
EQF_API eqf_status eqf_edge_degree_create(eqf_context *context, const eqf_edge_degree_options *options,
                                          eqf_module **module);

EQF_END_DECLS

#endif
