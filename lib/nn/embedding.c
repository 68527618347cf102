/* Embeddings of atoms and of their surroundings.
 * SPDX-License-Identifier: MIT */
#include <equiformer/embedding.h>

#include <math.h>

#include <equiformer/linear.h>
#include <equiformer/radial.h>
#include <equiformer/tensor_product.h>

#include "base/struct.h"
#include "nn/module.h"

/* ---------------------------------------------------------------------------------------------------------- atoms -- */

typedef struct atom_embedding {
    eqf_module base;
    eqf_embedding_kind kind;
    int block; /* of the output: its 0e channels */
} atom_embedding;

enum { TABLE, BIAS };

static eqf_var record_atoms(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                            const eqf_var *in)
{
    (void)in;
    const atom_embedding *self = (const atom_embedding *)module;
    eqf_map map = self->kind == EQF_EMBED_TAG ? graph->atom_tag : graph->atom_type;
    if (!eqfi_recording(program)) return (eqf_var){0};
    if (map.id == 0)
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "atom_embedding: the graph has no map %s",
                                self->kind == EQF_EMBED_TAG ? "atom_tag" : "atom_type");
    eqf_rows types = {program->maps.items[map.id - 1].to};
    eqf_var rows = eqf_gather(program, map, eqfi_record_table(program, module, TABLE, scope, types));
    rows = eqf_add(program, rows, eqfi_record_parameter(program, module, BIAS, scope));
    const eqf_irreps *scalars = eqf_var_irreps(program, rows);
    return scalars == NULL ? rows : eqfi_emit_place(program, rows, scalars, 0, module->out, self->block, 1);
}

static const eqfi_module_class atom_class = {"atom_embedding", sizeof(atom_embedding), record_atoms, NULL};

eqf_status eqf_atom_embedding_create(eqf_context *context, eqf_embedding_kind kind, int types, const eqf_irreps *out,
                                     eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *simple = NULL;
    int found = 0, block = 0;
    EQFI_CHECK(kind == EQF_EMBED_TYPE || kind == EQF_EMBED_TAG, EQF_ERROR_ARGUMENT, "unknown kind %d of embedding",
               (int)kind);
    EQFI_CHECK(types > 0, EQF_ERROR_RANGE, "an embedding of %d types, expected 1 or more", types);
    EQFI_TRY(eqf_irreps_simplify(context, out, &simple));
    for (int i = 0; i < eqf_irreps_blocks(simple); i++) {
        eqf_irrep irrep = eqf_irreps_block_at(simple, i)->irrep;
        if (irrep.l == 0 && irrep.p == 1) found++, block = i;
    }
    EQFI_CHECK(found == 1, EQF_ERROR_SHAPE, "irreps of an atom embedding have %d blocks of 0e, expected one", found);
    EQFI_TRY(eqfi_module_new(context, &atom_class, &made));
    ((atom_embedding *)made)->kind = kind;
    ((atom_embedding *)made)->block = block;
    eqfi_module_set_output(made, simple, EQFI_ON_ATOMS);
    int64_t channels = eqf_irreps_block_at(simple, block)->mul;
    EQFI_TRY(eqfi_module_add_parameter(context, made, "atom_type_lin.tp.weight", 1, &(int64_t){types * channels},
                                       EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY,
                                       (eqfi_init_run){EQFI_INIT_NORMAL, 0, 1, 0}));
    made->parameters[TABLE].rows = types;
    EQFI_TRY(eqfi_module_add_parameter(context, made, "atom_type_lin.bias.0", 1, &channels, EQF_PARAMETER_TRAINABLE,
                                       (eqfi_init_run){EQFI_INIT_FILL, 0, 0, 0}));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(simple);
    eqf_module_free(made);
    return status;
}

/* ---------------------------------------------------------------------------------------------------- edge degree -- */

typedef struct edge_degree {
    eqf_module base;
    double scale;       /* 1 / sqrt(average degree) */
    eqf_module *scalar; /* the paths of the product whose input is 0e, NULL if they are not the first ones */
} edge_degree;

enum { EXP, DW, RAD, PROJ };

/* The embedding of "one" has 0e channels alone: only the product's paths from them give anything but zero. As the first
 * block of the input is 0e, their weights come first, and in each output irrep their channels. */
static eqf_var record_scalar_paths(eqf_program *program, const eqf_module *module, const char *scope,
                                   const eqf_graph *graph, eqf_var x, const eqf_var *in)
{
    const edge_degree *self = (const edge_degree *)module;
    char name[EQFI_NAME_MAX];
    if (!eqfi_record_scope(program, module, RAD, scope, name)) return (eqf_var){0};
    x = eqf_channels(program, x, 0, 0, eqf_irreps_dim(eqf_module_irreps_in(self->scalar, 0)));
    eqf_var weights = eqfi_record_radial_mlp(program, module->children[RAD].module, name, in[1],
                                             (int)eqf_tensor_product_weights(self->scalar));
    weights = eqfi_record_on_edges(program, graph, weights);
    x = eqf_module_record(program, self->scalar, "", NULL, (eqf_var[]){x, in[0], weights});
    if (!eqfi_record_scope(program, module, PROJ, scope, name)) return (eqf_var){0};
    return eqfi_record_linear_part(program, module->children[PROJ].module, name, eqf_var_irreps(program, x), x);
}

static eqf_var record_all_paths(eqf_program *program, const eqf_module *module, const char *scope,
                                const eqf_graph *graph, eqf_var x, const eqf_var *in)
{
    eqf_var weights = eqfi_record_child(program, module, RAD, scope, graph, &in[1]);
    weights = eqfi_record_on_edges(program, graph, weights);
    x = eqfi_record_child(program, module, DW, scope, graph, (eqf_var[]){x, in[0], weights});
    return eqfi_record_child(program, module, PROJ, scope, graph, &x);
}

static eqf_var record_edges(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                            const eqf_var *in)
{
    const edge_degree *self = (const edge_degree *)module;
    eqf_var one = eqfi_record_filled(program, 1, 1);
    eqf_var x = eqfi_record_child(program, module, EXP, scope, graph, &one);
    x = self->scalar != NULL ? record_scalar_paths(program, module, scope, graph, x, in)
                             : record_all_paths(program, module, scope, graph, x, in);
    if (graph->edge_weight.id != 0) x = eqf_scale(program, x, graph->edge_weight, EQF_PER_ROW, 1);
    return eqf_multiply(program, self->scale, eqf_segment_sum(program, graph->edge_dst, x));
}

static void destroy_edges(eqf_module *module) { eqf_module_free(((edge_degree *)module)->scalar); }

static const eqfi_module_class edge_class = {"edge_degree", sizeof(edge_degree), record_edges, destroy_edges};

static eqf_status add_edge_children(eqf_context *context, eqf_module *made, const eqf_edge_degree_options *options)
{
    eqf_status status = EQF_OK;
    eqf_irreps *one = NULL;
    eqf_module *dw = NULL;
    eqf_tensor_product_options product = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    product.convention = options->convention;
    EQFI_TRY(eqfi_scalar_irreps(context, 1, &one));
    EQFI_TRY(eqfi_add_linear(context, made, "exp", one, options->irreps_out, 1));
    EQFI_TRY(
        eqf_depthwise_create(context, options->irreps_out, options->irreps_sh, options->irreps_out, &product, &dw));
    EQFI_TRY(eqfi_module_add_child(context, made, "dw.tp", dw));
    EQFI_TRY(eqfi_add_radial_mlp(context, made, "rad", options->n_radial, options->radial_layers,
                                 eqf_tensor_product_weights(dw)));
    EQFI_TRY(eqfi_add_linear(context, made, "proj", eqf_module_irreps_out(dw), options->irreps_out, 1));
fail:
    eqf_irreps_free(one);
    return status;
}

static eqf_status add_scalar_paths(eqf_context *context, edge_degree *self, const eqf_edge_degree_options *options)
{
    eqf_status status = EQF_OK;
    eqf_irreps *simple = NULL, *scalars = NULL;
    eqf_tensor_product_options product = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    product.convention = options->convention;
    EQFI_TRY(eqf_irreps_simplify(context, options->irreps_out, &simple));
    const eqf_irreps_block *first = eqf_irreps_block_at(simple, 0);
    if (first != NULL && first->irrep.l == 0 && first->irrep.p == 1 && first->mul == eqfi_scalars(simple) &&
        eqf_irreps_block_at(options->irreps_out, 0)->mul == first->mul) {
        EQFI_TRY(eqfi_scalar_irreps(context, first->mul, &scalars));
        EQFI_TRY(
            eqf_depthwise_create(context, scalars, options->irreps_sh, options->irreps_out, &product, &self->scalar));
    }
fail:
    eqf_irreps_free(simple);
    eqf_irreps_free(scalars);
    return status;
}

eqf_status eqf_edge_degree_create(eqf_context *context, const eqf_edge_degree_options *options, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *radial = NULL;
    eqf_edge_degree_options own = EQF_EDGE_DEGREE_OPTIONS_INIT;
    EQFI_TAKE(eqf_edge_degree_options, options, own);
    EQFI_CHECK(options->irreps_out != NULL && options->irreps_sh != NULL, EQF_ERROR_ARGUMENT,
               "an edge-degree embedding needs irreps_out and irreps_sh");
    EQFI_CHECK(isfinite(options->average_degree) && options->average_degree > 0, EQF_ERROR_RANGE,
               "an average degree of %g, expected a positive number", options->average_degree);
    EQFI_TRY(eqfi_module_new(context, &edge_class, &made));
    ((edge_degree *)made)->scale = 1 / sqrt(options->average_degree);
    EQFI_TRY(add_edge_children(context, made, options));
    EQFI_TRY(add_scalar_paths(context, (edge_degree *)made, options));
    EQFI_TRY(eqfi_scalar_irreps(context, options->radial_layers[0], &radial));
    eqfi_module_add_input(made, options->irreps_sh, EQFI_ON_EDGES);
    eqfi_module_add_input(made, radial, EQFI_ON_EDGES);
    eqfi_module_set_output(made, options->irreps_out, EQFI_ON_ATOMS);
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(radial);
    eqf_module_free(made);
    return status;
}
