/* The assembled network: embeddings, blocks, norm, heads.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include <equiformer/attention.h>
#include <equiformer/embedding.h>
#include <equiformer/head.h>
#include <equiformer/linear.h>
#include <equiformer/spherical_harmonics.h>

#include "model/model.h"
#include "nn/module.h"

/* Children by what they are for; -1 where a network has none. Blocks follow each other. */
typedef struct network {
    eqf_module base;
    int sh, atom_embed, tag_embed, rbf, edge_deg_embed, edge_src_embed, edge_dst_embed;
    int first_block, num_layers, norm, head, head_skip, auxiliary_head;
    bool attention_head, smooth, scalar_dropout;
    int frame_lmax; /* of what attention turns into frames of edges */
    double out_drop, cutoff;
    double scale; /* 1 / sqrt(average number of atoms): energies of atoms are sums' shares */
} network;

/* ------------------------------------------------------------------------------------------------------ recording -- */

/* A recording of the network: what its steps share. */
typedef struct recording {
    eqf_program *program;
    const network *self;
    const char *scope;
    eqf_graph graph;
    eqf_var sh, radial;
} recording;

static eqf_var child(const recording *r, int i, const eqf_var *in)
{
    return eqfi_record_child(r->program, &r->self->base, i, r->scope, &r->graph, in);
}

static eqf_var with_edges(const recording *r, int i, eqf_var x)
{
    return child(r, i, (eqf_var[]){x, r->sh, r->radial});
}

/* Radial features: the basis, behind the embeddings of sender and receiver if the network has them. */
static eqf_var radial_features(const recording *r, eqf_var distance)
{
    eqf_program *program = r->program;
    eqf_var basis = eqf_from_double(program, child(r, r->self->rbf, &distance));
    if (r->self->edge_src_embed < 0) return basis;
    recording senders = *r;
    if (r->graph.sender_type.id != 0) senders.graph.atom_type = r->graph.sender_type;
    eqf_var src = eqf_gather(program, r->graph.edge_src, child(&senders, r->self->edge_src_embed, NULL));
    eqf_var dst = eqf_gather(program, r->graph.edge_dst, child(r, r->self->edge_dst_embed, NULL));
    return eqf_concat(program, eqf_concat(program, src, dst), basis);
}

/* The mean length of the edges of a pair, if radial features are those of pairs: each has half of its gradient. */
static eqf_var pair_distance(const recording *r, eqf_var distance)
{
    eqf_program *program = r->program;
    eqf_map pairs = r->graph.edge_pair;
    if (pairs.id == 0 || r->self->edge_src_embed >= 0) return distance;
    eqf_var ones = eqf_to_double(program, eqfi_record_filled(program, 1, 1));
    ones = eqf_segment_sum(program, pairs, eqf_broadcast(program, eqf_var_rows(program, distance), ones));
    return eqf_scale(program, eqf_segment_sum(program, pairs, distance), eqf_power(program, ones, -1, 1), EQF_PER_ROW,
                     1);
}

/* Harmonics and radial features of the edges, and the weights that fade at the cut-off. Geometry is computed in float64: a
 * narrow Gaussian turns the last bit of a distance in float32 into the fourth digit of a force. */
static void record_edges(recording *r, eqf_var vectors)
{
    eqf_program *program = r->program;
    vectors = eqf_to_double(program, vectors);
    r->sh = eqf_from_double(program, child(r, r->self->sh, &vectors));
    if (r->self->frame_lmax > 0)
        r->graph.edge_frame = eqf_from_double(program, eqf_edge_frames(program, vectors, r->self->frame_lmax));
    eqf_var distance = eqf_power(program, eqf_dot(program, vectors, vectors, EQF_PER_ROW, 1), 0.5, 1e-24);
    r->radial = radial_features(r, pair_distance(r, distance));
    if (!r->self->smooth) return;
    eqf_var t = eqf_multiply(program, 1 / r->self->cutoff, distance);
    t = eqfi_emit_unary(program, &(eqfi_unary_plan){EQFI_FUNCTION_ENVELOPE, 0, 0, 0}, t);
    r->graph.edge_weight = eqf_from_double(program, t);
}

/* Dropout of the last features; OC20 drops 0e channels alone. */
static eqf_var out_dropout(const recording *r, eqf_var x)
{
    const eqf_irreps *irreps = eqf_var_irreps(r->program, x);
    double p = r->self->out_drop;
    if (!r->self->scalar_dropout || irreps == NULL || !r->program->training || p == 0)
        return eqfi_record_dropout(r->program, x, EQF_PER_CHANNEL, p, r->scope, "out_dropout");
    eqf_var all = {0};
    for (int i = 0; i < eqf_irreps_blocks(irreps) && eqfi_recording(r->program); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        eqf_var part = eqf_channels(r->program, x, i, 0, b->mul);
        if (b->irrep.l == 0 && b->irrep.p == 1)
            part = eqfi_record_dropout(r->program, part, EQF_PER_CHANNEL, p, r->scope, "out_dropout");
        all = i == 0 ? part : eqf_concat(r->program, all, part);
    }
    return all;
}

static eqf_var record_head(const recording *r, eqf_var x)
{
    const network *self = r->self;
    eqf_var energy = self->attention_head ? with_edges(r, self->head, x) : child(r, self->head, &x);
    if (self->head_skip >= 0) energy = eqf_add(r->program, energy, child(r, self->head_skip, &x));
    return eqf_multiply(r->program, self->scale, energy);
}

void eqfi_network_record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                         eqf_var vectors, eqf_var *atom_energy, eqf_var *auxiliary)
{
    const network *self = (const network *)module;
    recording r = {.program = program, .self = self, .scope = scope, .graph = *graph};
    record_edges(&r, vectors);
    eqf_var x = child(&r, self->atom_embed, NULL);
    if (self->tag_embed >= 0) x = eqf_add(program, x, child(&r, self->tag_embed, NULL));
    x = eqf_add(program, x, child(&r, self->edge_deg_embed, (eqf_var[]){r.sh, r.radial}));
    for (int i = 0; i < self->num_layers; i++) x = with_edges(&r, self->first_block + i, x);
    x = out_dropout(&r, child(&r, self->norm, &x));
    *atom_energy = record_head(&r, x);
    *auxiliary = self->auxiliary_head < 0 ? (eqf_var){0} : with_edges(&r, self->auxiliary_head, x);
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    eqf_var energy, auxiliary;
    eqfi_network_record(program, module, scope, graph, in[0], &energy, &auxiliary);
    return energy;
}

static const eqfi_module_class network_class = {"equiformer", sizeof(network), record, NULL};

/* ------------------------------------------------------------------------------------------------------- creation -- */

/* Adds a child whose creation answered `status`; *index is its number. */
static eqf_status add(eqf_context *context, eqf_module *made, const char *name, eqf_status status, eqf_module *module,
                      int *index)
{
    if (status != EQF_OK) return status;
    *index = made->n_children;
    return eqfi_module_add_child(context, made, name, module);
}

/* The radial features, then the hidden layers of radial networks. */
static int radial_layers(const eqf_config *config, int layers[EQFI_LAYERS_MAX + 1])
{
    layers[0] = config->number_of_basis;
    if (config->use_atom_edge_attr) layers[0] += 2 * eqf_irreps_dim(config->irreps_atom_edge_attr);
    for (int i = 0; i < config->fc_neurons.n; i++) layers[i + 1] = config->fc_neurons.values[i];
    return config->fc_neurons.n + 1;
}

static eqf_status add_embedding(eqf_context *context, eqf_module *made, const char *name, eqf_embedding_kind kind,
                                int types, const eqf_irreps *irreps, int *index)
{
    eqf_module *module = NULL;
    eqf_status status = eqf_atom_embedding_create(context, kind, types, irreps, &module);
    return add(context, made, name, status, module, index);
}

static eqf_status add_edge_degree(eqf_context *context, const eqf_config *config, eqf_module *made, int *index)
{
    eqf_module *module = NULL;
    int layers[EQFI_LAYERS_MAX + 1];
    eqf_edge_degree_options options = EQF_EDGE_DEGREE_OPTIONS_INIT;
    options.irreps_out = config->irreps_node_embedding;
    options.irreps_sh = config->irreps_sh;
    options.n_radial = radial_layers(config, layers);
    options.radial_layers = layers;
    options.average_degree = config->avg_degree;
    options.convention = (eqf_cg_convention)config->convention;
    eqf_status status = eqf_edge_degree_create(context, &options, &module);
    return add(context, made, "edge_deg_embed", status, module, index);
}

static eqf_status add_embeddings(eqf_context *context, const eqf_config *config, network *self)
{
    enum { TAGS = 3 };
    eqf_status status = EQF_OK;
    eqf_module *made = &self->base, *module = NULL;
    int types = config->atom_types.n;
    status = eqf_spherical_harmonics_create(context, config->irreps_sh, EQF_HARMONICS_COMPONENT, 1, &module);
    EQFI_TRY(add(context, made, "sh", status, module, &self->sh));
    EQFI_TRY(add_embedding(context, made, "atom_embed", EQF_EMBED_TYPE, types, config->irreps_node_embedding,
                           &self->atom_embed));
    if (config->family == EQFI_FAMILY_OC20)
        EQFI_TRY(add_embedding(context, made, "tag_embed", EQF_EMBED_TAG, TAGS, config->irreps_node_embedding,
                               &self->tag_embed));
    status = eqf_radial_basis_create(context, (eqf_radial_kind)config->basis_type, config->number_of_basis,
                                     config->max_radius, &module);
    EQFI_TRY(add(context, made, "rbf", status, module, &self->rbf));
    EQFI_TRY(add_edge_degree(context, config, made, &self->edge_deg_embed));
    if (config->use_atom_edge_attr) {
        EQFI_TRY(add_embedding(context, made, "edge_src_embed", EQF_EMBED_TYPE, types, config->irreps_atom_edge_attr,
                               &self->edge_src_embed));
        EQFI_TRY(add_embedding(context, made, "edge_dst_embed", EQF_EMBED_TYPE, types, config->irreps_atom_edge_attr,
                               &self->edge_dst_embed));
    }
fail:
    return status;
}

/* What attention has in common in blocks and heads. */
static eqf_attention_options attention_options(const eqf_config *config, int *layers)
{
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    options.irreps_sh = config->irreps_sh;
    options.irreps_head = config->irreps_head;
    options.irreps_pre_attn = config->irreps_pre_attn;
    options.num_heads = config->num_heads;
    options.n_radial = radial_layers(config, layers);
    options.radial_layers = layers;
    options.convention = (eqf_cg_convention)config->convention;
    options.linear_message = !config->nonlinear_message;
    options.rescale_degree = config->rescale_degree;
    options.average_degree = config->avg_degree;
    options.head_split = (eqf_head_split)config->head_split;
    options.alpha_drop = config->alpha_drop;
    options.proj_drop = config->proj_drop;
    return options;
}

static eqf_status add_blocks(eqf_context *context, const eqf_config *config, network *self)
{
    eqf_status status = EQF_OK;
    int layers[EQFI_LAYERS_MAX + 1];
    eqf_block_options block = EQF_BLOCK_OPTIONS_INIT;
    block.kind = config->dot_product_attention ? EQF_ATTENTION_DOT_PRODUCT : EQF_ATTENTION_GRAPH;
    eqf_attention_options attention = attention_options(config, layers);
    attention.irreps_in = config->irreps_node_embedding;
    block.attention = &attention;
    block.irreps_mlp_mid = config->irreps_mlp_mid;
    block.norm = (eqf_norm_kind)config->norm_layer;
    block.drop_path = config->drop_path_rate;
    self->first_block = self->base.n_children;
    for (int i = 0; i < config->num_layers; i++) {
        eqf_module *module = NULL;
        char name[32];
        int index;
        snprintf(name, sizeof name, "blocks.%d", i);
        block.irreps_out = i < config->num_layers - 1 ? config->irreps_node_embedding : config->irreps_feature;
        status = eqf_block_create(context, &block, &module);
        EQFI_TRY(add(context, &self->base, name, status, module, &index));
    }
fail:
    return status;
}

/* Attention from the last features to one irrep: as graph attention with the model's heads. */
static eqf_status add_attention_head(eqf_context *context, const eqf_config *config, network *self, const char *name,
                                     const char *out, int *index)
{
    eqf_status status = EQF_OK;
    eqf_module *module = NULL;
    eqf_irreps *irreps = NULL;
    int layers[EQFI_LAYERS_MAX + 1];
    eqf_attention_options options = attention_options(config, layers);
    EQFI_TRY(eqf_irreps_parse(context, out, &irreps));
    options.irreps_in = config->irreps_feature;
    options.irreps_out = irreps;
    status = eqf_graph_attention_create(context, &options, &module);
    EQFI_TRY(add(context, &self->base, name, status, module, index));
fail:
    eqf_irreps_free(irreps);
    return status;
}

static eqf_status add_heads(eqf_context *context, const eqf_config *config, network *self)
{
    eqf_status status = EQF_OK;
    eqf_module *module = NULL;
    eqf_irreps *one = NULL;
    const eqf_irreps *feature = config->irreps_feature;
    self->attention_head = config->use_attention_head;
    if (config->use_attention_head) {
        EQFI_TRY(add_attention_head(context, config, self, "head", "1x0e", &self->head));
    } else {
        status = eqf_head_create(context, feature, &module);
        EQFI_TRY(add(context, &self->base, "head", status, module, &self->head));
    }
    if (config->use_attention_head && config->family == EQFI_FAMILY_OC20) {
        EQFI_TRY(eqfi_scalar_irreps(context, 1, &one));
        status = eqf_linear_create(context, feature, one, 1, &module);
        EQFI_TRY(add(context, &self->base, "head_skip_connect", status, module, &self->head_skip));
    }
    if (config->use_auxiliary_task) {
        const char *vector = eqf_irreps_channels_of(feature, (eqf_irrep){1, -1}) > 0 ? "1x1o" : "1x1e";
        EQFI_TRY(add_attention_head(context, config, self, "auxiliary_head", vector, &self->auxiliary_head));
    }
fail:
    eqf_irreps_free(one);
    return status;
}

/* The highest degree of messages and of values. */
static int degree_of_frames(const eqf_config *config)
{
    const eqf_irreps *all[] = {config->irreps_node_embedding, config->irreps_feature, config->irreps_pre_attn,
                               config->irreps_head};
    int lmax = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] != NULL && eqf_irreps_lmax(all[i]) > lmax) lmax = eqf_irreps_lmax(all[i]);
    return lmax;
}

static eqf_status set_interface(eqf_context *context, eqf_module *made)
{
    eqf_status status = EQF_OK;
    eqf_irreps *vector = NULL, *energy = NULL;
    EQFI_TRY(eqf_irreps_parse(context, "1x1o", &vector));
    EQFI_TRY(eqfi_scalar_irreps(context, 1, &energy));
    eqfi_module_add_input(made, vector, EQFI_ON_EDGES);
    eqfi_module_set_output(made, energy, EQFI_ON_ATOMS);
fail:
    eqf_irreps_free(vector);
    eqf_irreps_free(energy);
    return status;
}

eqf_status eqfi_network_create(eqf_context *context, const eqf_config *config, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *norm = NULL;
    EQFI_TRY(eqfi_config_check(context, config));
    EQFI_TRY(eqfi_module_new(context, &network_class, &made));
    network *self = (network *)made;
    self->tag_embed = self->edge_src_embed = self->edge_dst_embed = self->head_skip = self->auxiliary_head = -1;
    self->num_layers = config->num_layers;
    self->scale = 1 / sqrt(config->avg_num_nodes);
    self->cutoff = config->max_radius;
    self->smooth = config->cutoff_mode == EQFI_CUTOFF_SMOOTH;
    self->frame_lmax = degree_of_frames(config);
    self->out_drop = config->out_drop;
    self->scalar_dropout = config->family == EQFI_FAMILY_OC20;
    EQFI_TRY(add_embeddings(context, config, self));
    EQFI_TRY(add_blocks(context, config, self));
    status = eqf_norm_create(context, (eqf_norm_kind)config->norm_layer, config->irreps_feature, 1e-5, &norm);
    EQFI_TRY(add(context, made, "norm", status, norm, &self->norm));
    EQFI_TRY(add_heads(context, config, self));
    EQFI_TRY(set_interface(context, made));
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}
