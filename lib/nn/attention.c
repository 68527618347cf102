/* Graph attention with nonlinear messages (Liao and Smidt, ICLR 2023, section 4.2).
 *
 *     message = merge_src(x)[src] + merge_dst(x)[dst]
 *     z       = message (x) sh, weights from the radial network
 *     alpha   = softmax over the edges of each receiver of alpha_dot . SmoothLeakyReLU(sep_alpha(z))
 *     value   = sep_value.lin(gate(sep_act.lin(z)) (x) sh)
 *     out     = proj(sum over edges of alpha value)
 *
 * SPDX-License-Identifier: MIT */
#include <equiformer/attention.h>

#include <math.h>

#include <equiformer/gate.h>
#include <equiformer/linear.h>
#include <equiformer/radial.h>
#include <equiformer/tensor_product.h>

#include "nn/module.h"

typedef struct attention {
    eqf_module base;
    int heads;
} attention;

enum { ALPHA_DOT };
enum { MERGE_SRC, MERGE_DST, DTP, RADIAL, LIN, GATE, ALPHA, ALPHA_ACTIVATION, VALUE_DTP, VALUE_LIN, PROJ };

/* Attention weights, heads x 0e, from the products of all edges. */
static eqf_var record_weights(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                              eqf_var z)
{
    int heads = ((const attention *)module)->heads;
    eqf_var a = eqfi_record_child(program, module, ALPHA, scope, graph, &z);
    a = eqfi_record_child(program, module, ALPHA_ACTIVATION, scope, graph, &a);
    a = eqf_dot(program, a, eqfi_record_parameter(program, module, ALPHA_DOT, scope), EQF_PER_HEAD, heads);
    return eqf_segment_softmax(program, graph->edge_dst, a, (eqf_var){0});
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    eqf_var x = in[0], sh = in[1], radial = in[2];
    eqf_var src = eqfi_record_child(program, module, MERGE_SRC, scope, graph, &x);
    eqf_var dst = eqfi_record_child(program, module, MERGE_DST, scope, graph, &x);
    eqf_var message =
        eqf_add(program, eqf_gather(program, graph->edge_src, src), eqf_gather(program, graph->edge_dst, dst));
    eqf_var weights = eqfi_record_child(program, module, RADIAL, scope, graph, &radial);
    eqf_var z = eqfi_record_child(program, module, DTP, scope, graph, (eqf_var[]){message, sh, weights});
    eqf_var alpha = record_weights(program, module, scope, graph, z);

    eqf_var value = eqfi_record_child(program, module, LIN, scope, graph, &z);
    value = eqfi_record_child(program, module, GATE, scope, graph, &value);
    value = eqfi_record_child(program, module, VALUE_DTP, scope, graph, (eqf_var[]){value, sh});
    value = eqfi_record_child(program, module, VALUE_LIN, scope, graph, &value);
    value = eqf_scale(program, value, alpha, EQF_PER_HEAD, ((const attention *)module)->heads);
    value = eqf_segment_sum(program, graph->edge_dst, value);
    return eqfi_record_child(program, module, PROJ, scope, graph, &value);
}

static const eqfi_module_class attention_class = {"graph_attention", sizeof(attention), record, NULL};

/* ------------------------------------------------------------------------------------------------------- creation -- */

/* The irreps of all heads, and of the logits before their contraction (K per head, K being the 0e channels of a head). */
static eqf_status head_irreps(eqf_context *context, const eqf_attention_options *options, eqf_irreps **all,
                              eqf_irreps **logits)
{
    eqf_status status = EQF_OK;
    eqf_irreps *repeated = NULL, *sorted = NULL;
    EQFI_TRY(eqf_irreps_repeat(context, options->irreps_head, options->num_heads, &repeated));
    EQFI_TRY(eqf_irreps_sort(context, repeated, EQF_ORDER_EVEN_FIRST, &sorted, NULL, NULL));
    EQFI_TRY(eqf_irreps_simplify(context, sorted, all));
    EQFI_CHECK(eqfi_scalars(*all) > 0, EQF_ERROR_SHAPE, "heads without 0e channels, which attention weights need");
    EQFI_TRY(eqfi_scalar_irreps(context, eqfi_scalars(*all), logits));
fail:
    eqf_irreps_free(repeated);
    eqf_irreps_free(sorted);
    return status;
}

static eqf_status add_depthwise(eqf_context *context, eqf_module *module, const char *name, const eqf_irreps *in,
                                const eqf_attention_options *options, const eqf_irreps *wanted, eqf_tp_weights weights,
                                const eqf_module **child)
{
    eqf_tensor_product_options product = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    eqf_module *made;
    product.weights = weights;
    product.convention = options->convention;
    eqf_status status = eqf_depthwise_create(context, in, options->irreps_sh, wanted, &product, &made);
    if (status != EQF_OK) return status;
    *child = made;
    return eqfi_module_add_child(context, module, name, made);
}

static eqf_status add_children(eqf_context *context, eqf_module *made, const eqf_attention_options *options,
                               const eqf_irreps *all, const eqf_irreps *logits)
{
    eqf_status status = EQF_OK;
    const eqf_irreps *in = options->irreps_in;
    const eqf_irreps *pre = options->irreps_pre_attn != NULL ? options->irreps_pre_attn : in;
    const eqf_module *dtp, *value_dtp;
    eqf_module *gate = NULL, *activation = NULL;
    EQFI_TRY(eqf_gate_create(context, pre, &gate));
    EQFI_TRY(eqf_activation_create(context, EQF_ACTIVATION_SMOOTH_LEAKY_RELU, logits, &activation));

    EQFI_TRY(eqfi_add_linear(context, made, "merge_src", in, pre, 1));
    EQFI_TRY(eqfi_add_linear(context, made, "merge_dst", in, pre, 0));
    EQFI_TRY(add_depthwise(context, made, "sep_act.dtp.tp", pre, options, pre, EQF_WEIGHTS_INPUT, &dtp));
    EQFI_TRY(eqfi_add_radial_mlp(context, made, "sep_act.dtp_rad", options->n_radial, options->radial_layers,
                                 eqf_tensor_product_weights(dtp)));
    EQFI_TRY(
        eqfi_add_linear(context, made, "sep_act.lin", eqf_module_irreps_out(dtp), eqf_module_irreps_in(gate, 0), 1));
    EQFI_TRY(eqfi_module_add_child(context, made, "sep_act.gate", eqf_module_retain(gate)));
    EQFI_TRY(eqfi_add_linear(context, made, "sep_alpha", eqf_module_irreps_out(dtp), logits, 1));
    EQFI_TRY(eqfi_module_add_child(context, made, "alpha_act", eqf_module_retain(activation)));
    EQFI_TRY(add_depthwise(context, made, "sep_value.dtp.tp", eqf_module_irreps_out(gate), options, all,
                           EQF_WEIGHTS_INTERNAL, &value_dtp));
    EQFI_TRY(eqfi_add_linear(context, made, "sep_value.lin", eqf_module_irreps_out(value_dtp), all, 1));
    EQFI_TRY(eqfi_add_linear(context, made, "proj", all, options->irreps_out, 1));
fail:
    eqf_module_free(gate);
    eqf_module_free(activation);
    return status;
}

eqf_status eqf_graph_attention_create(eqf_context *context, const eqf_attention_options *options, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *all = NULL, *logits = NULL, *radial = NULL;
    EQFI_CHECK(options->size == sizeof *options, EQF_ERROR_ARGUMENT, "attention options of size %zu, expected %zu",
               options->size, sizeof *options);
    EQFI_CHECK(options->irreps_in != NULL && options->irreps_sh != NULL && options->irreps_out != NULL &&
                   options->irreps_head != NULL,
               EQF_ERROR_ARGUMENT, "attention needs irreps_in, irreps_sh, irreps_out and irreps_head");
    EQFI_CHECK(options->num_heads >= 1, EQF_ERROR_RANGE, "%d heads, expected 1 or more", options->num_heads);
    EQFI_TRY(head_irreps(context, options, &all, &logits));
    EQFI_TRY(eqfi_module_new(context, &attention_class, &made));
    ((attention *)made)->heads = options->num_heads;
    EQFI_TRY(add_children(context, made, options, all, logits));
    EQFI_TRY(eqfi_scalar_irreps(context, options->radial_layers[0], &radial));
    eqfi_module_add_input(made, options->irreps_in, EQFI_ON_ATOMS);
    eqfi_module_add_input(made, options->irreps_sh, EQFI_ON_EDGES);
    eqfi_module_add_input(made, radial, EQFI_ON_EDGES);
    eqfi_module_set_output(made, options->irreps_out, EQFI_ON_ATOMS);
    int per_head = eqfi_scalars(all) / options->num_heads;
    double bound = sqrt(6.0 / (options->num_heads + per_head));
    EQFI_TRY(eqfi_module_add_parameter(context, made, "alpha_dot", 3, (int64_t[]){1, options->num_heads, per_head},
                                       EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY,
                                       (eqfi_init_run){EQFI_INIT_UNIFORM, 0, -bound, bound}));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(all);
    eqf_irreps_free(logits);
    eqf_irreps_free(radial);
    eqf_module_free(made);
    return status;
}
