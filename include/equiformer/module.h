/* libequiformer: modules - the pieces of a network as immutable handles.
 *
 * A module is a plan: shapes, tables, names and initial values of its parameters, but not their numbers. It has two
 * doors: eqf_module_record puts it into a program, eqf_module_apply and eqf_module_vjp evaluate it at once on irreps
 * tensors. Constructors are in the header of each noun (linear.h, tensor_product.h, norm.h, gate.h, radial.h,
 * attention.h, embedding.h, head.h, spherical_harmonics.h).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_MODULE_H
#define EQUIFORMER_MODULE_H

#include <equiformer/program.h>
#include <equiformer/tensor.h>

typedef struct eqf_module eqf_module; /* immutable, shareable between threads */

/* The graph that a module works on; modules that act on rows alone ignore it. Unused maps may be no map.
 *
 * With frames of the edges (edges x scalars), attention is faster. The harmonics that it is given must then be those of the same
 * edges, of unit vectors, with EQF_HARMONICS_COMPONENT. */
typedef struct eqf_graph {
    eqf_map edge_src;    /* edge -> sending atom; or -> sender, among which ghosts follow the atoms (exchange.h) */
    eqf_map edge_dst;    /* edge -> receiving atom */
    eqf_map edge_pair;   /* edge -> pair, if radial features are those of pairs of opposite edges (eqf_edge_pairs) */
    eqf_map atom_graph;  /* atom -> graph */
    eqf_map atom_type;   /* atom -> type, a row of the table of an embedding */
    eqf_map atom_tag;    /* atom -> tag, likewise */
    eqf_map sender_type; /* sender -> type, of graphs with ghosts (exchange.h), whose edge_src leads to senders */
    eqf_var edge_frame;  /* eqf_edge_frames, see above, or no variable */
    eqf_var edge_weight; /* edges x 1x0e that fade to 0 at the cut-off (smooth models), or no variable: 1 */
} eqf_graph;

/* The same with numbers, for direct evaluation. */
typedef struct eqf_graph_data {
    size_t size;
    int64_t atoms, edges, graphs;
    const int32_t *edge_src, *edge_dst; /* [edges] */
    const int32_t *atom_graph;          /* [atoms], NULL if there is one graph */
    const int32_t *atom_type;           /* [atoms], NULL if no module needs it */
    const int32_t *atom_tag;            /* likewise */
} eqf_graph_data;

#define EQF_GRAPH_DATA_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(eqf_graph_data), 0, 0, 0, 0, 0, 0, 0, 0                                                                 \
    }

EQF_BEGIN_DECLS

EQF_API eqf_module *eqf_module_retain(const eqf_module *module); /* never fails. Since 0.1. */
EQF_API void eqf_module_free(eqf_module *module);                /* NULL is fine. Since 0.1. */

EQF_API const char *eqf_module_kind(const eqf_module *module); /* "linear", "graph_attention", ... Since 0.1. */
EQF_API int eqf_module_inputs(const eqf_module *module);       /* number of inputs. Since 0.1. */

/* Irreps of input i and of the output, borrowed; NULL out of range. Since 0.1. */
EQF_API const eqf_irreps *eqf_module_irreps_in(const eqf_module *module, int i);
EQF_API const eqf_irreps *eqf_module_irreps_out(const eqf_module *module);

/* Records the module on its inputs; parameters are named scope.name (scope "" adds nothing). Since 0.1. */
EQF_API eqf_var eqf_module_record(eqf_program *program, const eqf_module *module, const char *scope,
                                  const eqf_graph *graph, const eqf_var *inputs);

/* Adds the module's parameters, named scope.name, with published initial values. A value depends on seed and name
 * alone. Since 0.1. */
EQF_API eqf_status eqf_module_init(eqf_context *context, const eqf_module *module, const char *scope, uint64_t seed,
                                   eqf_parameters *parameters);

/* output = module(inputs): eqf_module_inputs tensors, the output made by the caller with the right irreps and rows. graph
 * may be NULL where the module needs none. Since 0.1. */
EQF_API eqf_status eqf_module_apply(eqf_context *context, const eqf_module *module, const char *scope,
                                    const eqf_parameters *parameters, const eqf_graph_data *graph,
                                    const eqf_tensor *const *inputs, eqf_tensor *output);

/* gradients[i] = d <cotangent, module(inputs)> / d inputs[i]; entries of gradients may be NULL. Since 0.1. */
EQF_API eqf_status eqf_module_vjp(eqf_context *context, const eqf_module *module, const char *scope,
                                  const eqf_parameters *parameters, const eqf_graph_data *graph,
                                  const eqf_tensor *const *inputs, const eqf_tensor *cotangent,
                                  eqf_tensor *const *gradients);

EQF_END_DECLS

#endif
