/* What graph attention and dot-product attention share.
 * SPDX-License-Identifier: MIT */
#include "nn/attention.h"

#include <math.h>
#include <stdio.h>

#include <equiformer/linear.h>
#include <equiformer/radial.h>
#include <equiformer/tensor_product.h>

#include "tensor/frame.h"

/* ------------------------------------------------------------------------------------------------------- creation -- */

void eqfi_attention_destroy(eqf_module *module)
{
    eqfi_attention *self = (eqfi_attention *)module;
    for (int i = 0; i < 3; i++) eqf_irreps_free(self->split[i]);
}

static bool is_probability(double x) { return x >= 0 && x < 1; }

static eqf_status check_options(eqf_context *context, const eqf_attention_options *options)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(options->irreps_in != NULL && options->irreps_sh != NULL && options->irreps_out != NULL &&
                   options->irreps_head != NULL,
               EQF_ERROR_ARGUMENT, "attention needs irreps_in, irreps_sh, irreps_out and irreps_head");
    EQFI_CHECK(options->num_heads >= 1 && options->num_heads <= 65536, EQF_ERROR_RANGE, "%d heads, expected 1 to 65536",
               options->num_heads);
    EQFI_CHECK(options->n_radial >= 1 && options->radial_layers != NULL, EQF_ERROR_RANGE,
               "%d radial layers, expected 1 or more", options->n_radial);
    EQFI_CHECK(!options->rescale_degree || (isfinite(options->average_degree) && options->average_degree > 0),
               EQF_ERROR_RANGE, "an average degree of %g, expected a positive number", options->average_degree);
    EQFI_CHECK(is_probability(options->alpha_drop) && is_probability(options->proj_drop), EQF_ERROR_RANGE,
               "alpha_drop %g and proj_drop %g, expected 0 to below 1", options->alpha_drop, options->proj_drop);
fail:
    return status;
}

eqf_status eqfi_attention_new(eqf_context *context, const eqfi_module_class *class,
                              const eqf_attention_options *options, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *radial = NULL;
    EQFI_TRY(check_options(context, options));
    EQFI_TRY(eqfi_scalar_irreps(context, options->radial_layers[0], &radial));
    EQFI_TRY(eqfi_module_new(context, class, &made));
    eqfi_attention *self = (eqfi_attention *)made;
    self->heads = options->num_heads;
    self->rescale_degree = options->rescale_degree != 0;
    self->degree_scale = 1;
    self->alpha_drop = options->alpha_drop;
    self->proj_drop = options->proj_drop;
    eqfi_module_add_input(made, options->irreps_in, EQFI_ON_ATOMS);
    eqfi_module_add_input(made, options->irreps_sh, EQFI_ON_EDGES);
    eqfi_module_add_input(made, radial, EQFI_ON_EDGES);
    eqfi_module_set_output(made, options->irreps_out, EQFI_ON_ATOMS);
    *module = made;
fail:
    eqf_irreps_free(radial);
    return status;
}

eqf_status eqfi_attention_heads(eqf_context *context, const eqf_irreps *head, int heads, eqf_irreps_order order,
                                eqf_irreps **all)
{
    eqf_status status = EQF_OK;
    eqf_irreps *repeated = NULL, *sorted = NULL;
    EQFI_TRY(eqf_irreps_repeat(context, head, heads, &repeated));
    EQFI_TRY(eqf_irreps_sort(context, repeated, order, &sorted, NULL, NULL));
    EQFI_TRY(eqf_irreps_simplify(context, sorted, all));
fail:
    eqf_irreps_free(repeated);
    eqf_irreps_free(sorted);
    return status;
}

eqf_status eqfi_attention_add_message(eqf_context *context, eqf_module *module, const eqf_attention_options *options,
                                      const char *name, const eqf_irreps *wanted, const eqf_module **dtp)
{
    eqf_status status = EQF_OK;
    const eqf_irreps *in = options->irreps_in;
    const eqf_irreps *pre = options->irreps_pre_attn != NULL ? options->irreps_pre_attn : in;
    eqf_module *product;
    char text[32];
    eqf_tensor_product_options product_options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    product_options.convention = options->convention;
    EQFI_TRY(eqfi_add_linear(context, module, "merge_src", in, pre, 1));
    EQFI_TRY(eqfi_add_linear(context, module, "merge_dst", in, pre, 0));
    EQFI_TRY(eqf_depthwise_create(context, pre, options->irreps_sh, wanted, &product_options, &product));
    snprintf(text, sizeof text, "%s.dtp.tp", name);
    *dtp = product;
    EQFI_TRY(eqfi_module_add_child(context, module, text, product));
    snprintf(text, sizeof text, "%s.dtp_rad", name);
    EQFI_TRY(eqfi_add_radial_mlp(context, module, text, options->n_radial, options->radial_layers,
                                 eqf_tensor_product_weights(product)));
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------ recording -- */

/* merge_src of the senders. Of graphs with ghosts the narrower of its argument and its result is exchanged: ghosts' rows
 * of the result are not computed here unless that saves columns. */
static eqf_var record_senders(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                              eqf_var x)
{
    const eqf_module *merge = module->children[EQFI_MERGE_SRC].module;
    if (!eqfi_recording(program)) return (eqf_var){0};
    bool has_map = graph->edge_src.id >= 1 && (size_t)graph->edge_src.id <= program->maps.n;
    eqf_rows senders = eqf_var_rows(program, x);
    if (has_map) senders.id = program->maps.items[graph->edge_src.id - 1].to;
    bool first = eqf_irreps_dim(eqf_module_irreps_in(merge, 0)) < eqf_irreps_dim(eqf_module_irreps_out(merge));
    if (first) x = eqf_with_ghosts(program, senders, x);
    x = eqfi_record_child(program, module, EQFI_MERGE_SRC, scope, graph, &x);
    return first ? x : eqf_with_ghosts(program, senders, x);
}

/* Whether irreps are those of harmonics: one channel of each degree, in order. */
static bool are_harmonics(const eqf_irreps *irreps)
{
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        if (b->mul != 1 || b->irrep.l != i) return false;
    }
    return true;
}

/* Whether the frames of edges are there, and pay. */
static bool has_frames(const eqf_program *program, const eqf_module *module, const eqf_graph *graph,
                       const eqf_irreps *turned)
{
    if (!eqfi_recording(program) || program->plain || graph->edge_frame.id == 0 || turned == NULL) return false;
    const eqf_module *dtp = module->children[EQFI_DTP].module;
    const eqf_irreps *in = eqf_module_irreps_in(dtp, 0);
    if (!are_harmonics(eqf_module_irreps_in(dtp, 1))) return false;
    int lmax = eqfi_frame_degree(program, graph->edge_frame);
    return eqf_irreps_lmax(in) > 0 && eqfi_product_can_be_framed(eqfi_product_plan_of(dtp)) &&
           eqfi_rotation_is_straight(in, lmax) && eqfi_rotation_is_straight(turned, lmax);
}

eqfi_message eqfi_attention_record_message(eqf_program *program, const eqf_module *module, const char *scope,
                                           const eqf_graph *graph, const eqf_var *in, const eqf_irreps *turned)
{
    eqf_var x = in[0], sh = in[1], radial = in[2];
    eqf_var src = record_senders(program, module, scope, graph, x);
    eqf_var dst = eqfi_record_child(program, module, EQFI_MERGE_DST, scope, graph, &x);
    eqf_var message =
        eqf_add(program, eqf_gather(program, graph->edge_src, src), eqf_gather(program, graph->edge_dst, dst));
    eqf_var weights = eqfi_record_child(program, module, EQFI_RADIAL, scope, graph, &radial);
    weights = eqfi_record_on_edges(program, graph, weights);
    if (!has_frames(program, module, graph, turned))
        return (eqfi_message){
            eqfi_record_child(program, module, EQFI_DTP, scope, graph, (eqf_var[]){message, sh, weights}), false};
    message = eqfi_emit_rotation(program, graph->edge_frame, false, message);
    return (eqfi_message){eqfi_record_product_in_frame(program, module->children[EQFI_DTP].module, message, weights),
                          true};
}

eqf_var eqfi_attention_record_linear(eqf_program *program, const eqf_module *module, int linear, const char *scope,
                                     const eqf_graph *graph, eqfi_message message)
{
    char name[EQFI_NAME_MAX];
    if (!message.framed) return eqfi_record_child(program, module, linear, scope, graph, &message.product);
    if (!eqfi_record_scope(program, module, linear, scope, name)) return (eqf_var){0};
    return eqfi_record_linear_in_frame(program, module->children[linear].module, name,
                                       module->children[EQFI_DTP].module, message.product);
}

eqf_var eqfi_attention_turn_back(eqf_program *program, const eqf_graph *graph, eqfi_message message, eqf_var x)
{
    return message.framed ? eqfi_emit_rotation(program, graph->edge_frame, true, x) : x;
}

/* With smooth weights u the attention weight is u u exp(logit) / (sum of u exp(logit) + 1e-16): even an only neighbour
 * fades out. */
eqf_var eqfi_attention_weights(eqf_program *program, const eqf_module *module, const char *scope,
                               const eqf_graph *graph, eqf_var logits)
{
    const eqfi_attention *self = (const eqfi_attention *)module;
    eqf_var u = graph->edge_weight, a = eqf_segment_softmax(program, graph->edge_dst, logits, u);
    if (u.id != 0) a = eqf_scale(program, a, eqf_scale(program, u, u, EQF_PER_CHANNEL, 1), EQF_PER_ROW, 1);
    return eqfi_record_dropout(program, a, EQF_PER_CHANNEL, self->alpha_drop, scope, "alpha_dropout");
}

eqf_var eqfi_attention_sum(eqf_program *program, const eqf_module *module, const eqf_graph *graph, eqf_var value,
                           eqf_var weights)
{
    value = eqf_scale(program, value, weights, EQF_PER_HEAD, ((const eqfi_attention *)module)->heads);
    return eqfi_attention_rescale(program, module, graph, eqf_segment_sum(program, graph->edge_dst, value));
}

eqf_var eqfi_attention_rescale(eqf_program *program, const eqf_module *module, const eqf_graph *graph, eqf_var sum)
{
    const eqfi_attention *self = (const eqfi_attention *)module;
    if (!self->rescale_degree || !eqfi_recording(program)) return sum;
    eqf_var u = graph->edge_weight;
    if (u.id == 0) {
        eqf_rows edges = {program->maps.items[graph->edge_dst.id - 1].from};
        u = eqf_broadcast(program, edges, eqfi_record_filled(program, 1, 1));
    }
    eqf_var degree = eqf_multiply(program, self->degree_scale, eqf_segment_sum(program, graph->edge_dst, u));
    return eqf_scale(program, sum, degree, EQF_PER_ROW, 1);
}
