/* The assembled network: embeddings, blocks, norm, head.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include <equiformer/attention.h>
#include <equiformer/embedding.h>
#include <equiformer/head.h>
#include <equiformer/spherical_harmonics.h>

#include "model/model.h"
#include "nn/module.h"

typedef struct network {
    eqf_module base;
    int num_layers;
    double scale; /* 1 / sqrt(average number of atoms): energies of atoms are sums' shares */
} network;

/* The children; then the blocks, the norm and the head. */
enum { HARMONICS, ATOM_EMBED, RBF, EDGE_DEG_EMBED, FIRST_BLOCK };

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    const network *self = (const network *)module;
    eqf_var sh = eqfi_record_child(program, module, HARMONICS, scope, graph, in);
    eqf_var distance = eqf_power(program, eqf_dot(program, in[0], in[0], EQF_PER_ROW, 1), 0.5, 1e-24);
    eqf_var radial = eqfi_record_child(program, module, RBF, scope, graph, &distance);
    eqf_var x = eqfi_record_child(program, module, ATOM_EMBED, scope, graph, NULL);
    x = eqf_add(program, x, eqfi_record_child(program, module, EDGE_DEG_EMBED, scope, graph, (eqf_var[]){sh, radial}));
    for (int i = 0; i < self->num_layers; i++)
        x = eqfi_record_child(program, module, FIRST_BLOCK + i, scope, graph, (eqf_var[]){x, sh, radial});
    x = eqfi_record_child(program, module, FIRST_BLOCK + self->num_layers, scope, graph, &x);
    x = eqfi_record_child(program, module, FIRST_BLOCK + self->num_layers + 1, scope, graph, &x);
    return eqf_multiply(program, self->scale, x);
}

static const eqfi_module_class network_class = {"equiformer", sizeof(network), record, NULL};

/* The radial features, then the hidden layers of radial networks. */
static int radial_layers(const eqf_config *config, int layers[EQFI_LAYERS_MAX + 1])
{
    layers[0] = config->number_of_basis;
    for (int i = 0; i < config->fc_neurons.n; i++) layers[i + 1] = config->fc_neurons.values[i];
    return config->fc_neurons.n + 1;
}

static eqf_status add_embeddings(eqf_context *context, const eqf_config *config, eqf_module *made)
{
    eqf_status status = EQF_OK;
    eqf_module *child;
    int layers[EQFI_LAYERS_MAX + 1];
    eqf_edge_degree_options edge = EQF_EDGE_DEGREE_OPTIONS_INIT;
    edge.irreps_out = config->irreps_node_embedding;
    edge.irreps_sh = config->irreps_sh;
    edge.n_radial = radial_layers(config, layers);
    edge.radial_layers = layers;
    edge.average_degree = config->avg_degree;
    edge.convention = (eqf_cg_convention)config->convention;
    EQFI_TRY(eqf_spherical_harmonics_create(context, config->irreps_sh, EQF_HARMONICS_COMPONENT, 1, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "sh", child));
    EQFI_TRY(eqf_atom_embedding_create(context, config->atom_types.n, config->irreps_node_embedding, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "atom_embed", child));
    EQFI_TRY(eqf_radial_basis_create(context, (eqf_radial_kind)config->basis_type, config->number_of_basis,
                                     config->max_radius, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "rbf", child));
    EQFI_TRY(eqf_edge_degree_create(context, &edge, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "edge_deg_embed", child));
fail:
    return status;
}

static eqf_status add_blocks(eqf_context *context, const eqf_config *config, eqf_module *made)
{
    eqf_status status = EQF_OK;
    eqf_module *child;
    int layers[EQFI_LAYERS_MAX + 1];
    eqf_block_options block = EQF_BLOCK_OPTIONS_INIT;
    block.attention.irreps_in = config->irreps_node_embedding;
    block.attention.irreps_sh = config->irreps_sh;
    block.attention.irreps_head = config->irreps_head;
    block.attention.irreps_pre_attn = config->irreps_pre_attn;
    block.attention.num_heads = config->num_heads;
    block.attention.n_radial = radial_layers(config, layers);
    block.attention.radial_layers = layers;
    block.attention.convention = (eqf_cg_convention)config->convention;
    block.irreps_mlp_mid = config->irreps_mlp_mid;
    block.norm = (eqf_norm_kind)config->norm_layer;
    for (int i = 0; i < config->num_layers; i++) {
        char name[32];
        snprintf(name, sizeof name, "blocks.%d", i);
        block.irreps_out = i < config->num_layers - 1 ? config->irreps_node_embedding : config->irreps_feature;
        EQFI_TRY(eqf_block_create(context, &block, &child));
        EQFI_TRY(eqfi_module_add_child(context, made, name, child));
    }
fail:
    return status;
}

eqf_status eqfi_network_create(eqf_context *context, const eqf_config *config, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *child;
    eqf_irreps *energy = NULL;
    EQFI_TRY(eqfi_config_check(context, config));
    EQFI_TRY(eqfi_module_new(context, &network_class, &made));
    ((network *)made)->num_layers = config->num_layers;
    ((network *)made)->scale = 1 / sqrt(config->avg_num_nodes);
    EQFI_TRY(add_embeddings(context, config, made));
    EQFI_TRY(add_blocks(context, config, made));
    EQFI_TRY(eqf_norm_create(context, (eqf_norm_kind)config->norm_layer, config->irreps_feature, 1e-5, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "norm", child));
    EQFI_TRY(eqf_head_create(context, config->irreps_feature, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "head", child));
    EQFI_TRY(eqfi_scalar_irreps(context, 1, &energy));
    eqfi_module_add_input(made, eqf_module_irreps_in(made->children[HARMONICS].module, 0), EQFI_ON_EDGES);
    eqfi_module_set_output(made, energy, EQFI_ON_ATOMS);
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(energy);
    eqf_module_free(made);
    return status;
}
