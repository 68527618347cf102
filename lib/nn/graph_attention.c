/* Graph attention (Liao and Smidt, ICLR 2023, section 4.2).
 *
 *     message = merge_src(x)[src] + merge_dst(x)[dst]
 *     z       = message (x) sh, weights from the radial network
 *     alpha   = softmax over the edges of each receiver of alpha_dot . SmoothLeakyReLU(sep_alpha(z))
 *     value   = sep_value.lin(gate(sep_act.lin(z)) (x) sh)
 *     out     = proj(sum over edges of alpha value)
 *
 * Linear messages have one linear map of z, to the channels of the logits and of the value together (sep.lin).
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <equiformer/gate.h>
#include <equiformer/linear.h>
#include <equiformer/tensor_product.h>

#include "base/struct.h"
#include "nn/attention.h"
#include "tensor/frame.h"

enum { ALPHA_DOT };

/* Children after those of the message. */
enum { LIN = EQFI_MESSAGE_CHILDREN, GATE, ALPHA, ALPHA_ACTIVATION, VALUE_DTP, VALUE_LIN, PROJ };
enum { SEP_LIN = EQFI_MESSAGE_CHILDREN, SEP_ALPHA_ACTIVATION, SEP_PROJ };

/* alpha_dot . activation(channels), heads x 0e. */
static eqf_var record_logits(eqf_program *program, const eqf_module *module, int activation, const char *scope,
                             const eqf_graph *graph, eqf_var channels)
{
    eqf_var a = eqfi_record_child(program, module, activation, scope, graph, &channels);
    return eqf_dot(program, a, eqfi_record_parameter(program, module, ALPHA_DOT, scope), EQF_PER_HEAD,
                   ((const eqfi_attention *)module)->heads);
}

static eqf_var finish(eqf_program *program, const eqf_module *module, int proj, const char *scope,
                      const eqf_graph *graph, eqf_var sum)
{
    eqf_var out = eqfi_record_child(program, module, proj, scope, graph, &sum);
    double proj_drop = ((const eqfi_attention *)module)->proj_drop;
    return eqfi_record_dropout(program, out, EQF_PER_CHANNEL, proj_drop, scope, "proj_drop");
}

/* The sum of alpha value over edges. The weights of the second product and of its linear map are those of all edges, so
 * that both are applied to sum of alpha gated (x) sh once per receiver and head; biases to the sum of alpha. */
static eqf_var record_value(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                            eqf_var gated, eqf_var sh, eqf_var alpha)
{
    int heads = ((const eqfi_attention *)module)->heads;
    const eqf_module *dtp = module->children[VALUE_DTP].module, *lin = module->children[VALUE_LIN].module;
    char name[EQFI_NAME_MAX];
    eqf_var sum = {0};
    if (!program->plain && eqfi_record_scope(program, module, VALUE_DTP, scope, name))
        sum = eqfi_record_product_by_head(program, dtp, name, heads, graph->edge_dst, gated, sh, alpha);
    if (sum.id == 0) {
        eqf_var value = eqfi_record_child(program, module, VALUE_DTP, scope, graph, (eqf_var[]){gated, sh});
        value = eqfi_record_child(program, module, VALUE_LIN, scope, graph, &value);
        return eqfi_attention_sum(program, module, graph, value, alpha);
    }
    if (!eqfi_record_scope(program, module, VALUE_LIN, scope, name)) return (eqf_var){0};
    eqf_var total = eqf_segment_sum(program, graph->edge_dst, alpha);
    sum = eqfi_record_linear_by_head(program, lin, name, heads, total, sum);
    return eqfi_attention_rescale(program, module, graph, sum);
}

/* The scalars of the sum of alpha value over edges, from a message in the frames of the edges: there harmonics have one component,
 * and a channel makes one scalar, so that nothing is turned back. Weights and factors come after the sum. */
static eqf_var record_scalar_value(eqf_program *program, const eqf_module *module, const char *scope,
                                   const eqf_graph *graph, eqfi_message z, eqf_var alpha)
{
    int heads = ((const eqfi_attention *)module)->heads;
    const eqf_module *dtp = module->children[VALUE_DTP].module;
    char name[EQFI_NAME_MAX];
    if (!eqfi_record_scope(program, module, LIN, scope, name)) return (eqf_var){0};
    eqf_var value = eqfi_record_linear_at_axis(program, module->children[LIN].module, name,
                                               module->children[EQFI_DTP].module, z.product);
    value = eqfi_record_gate_at_axis(program, module->children[GATE].module, value);
    eqf_var sum = eqfi_emit_outer(program, graph->edge_dst, value, alpha);
    if (!eqfi_record_scope(program, module, VALUE_DTP, scope, name)) return (eqf_var){0};
    eqf_var own = eqfi_record_product_factors(program, dtp, name), factors = own;
    for (int h = 1; h < heads; h++) factors = eqf_concat(program, factors, own);
    sum = eqf_scale(program, sum, factors, EQF_PER_CHANNEL, 1);
    if (!eqfi_record_scope(program, module, VALUE_LIN, scope, name)) return (eqf_var){0};
    eqf_var total = eqf_segment_sum(program, graph->edge_dst, alpha);
    sum = eqfi_record_linear_of_axial(program, module->children[VALUE_LIN].module, name, dtp, heads, total, sum);
    return eqfi_attention_rescale(program, module, graph, sum);
}

/* All of the result, or its scalars. */
static eqf_var record_part(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                           const eqf_var *in, bool scalars)
{
    const eqf_irreps *turned = eqf_module_irreps_out(module->children[GATE].module);
    int n = eqfi_scalars(module->out);
    eqfi_message z = eqfi_attention_record_message(program, module, scope, graph, in, turned);
    eqf_var logits = eqfi_attention_record_linear(program, module, ALPHA, scope, graph, z);
    logits = record_logits(program, module, ALPHA_ACTIVATION, scope, graph, logits);
    if (scalars && z.framed && eqfi_product_can_be_framed(eqfi_product_plan_of(module->children[VALUE_DTP].module))) {
        eqf_var alpha = eqfi_attention_weights(program, module, scope, graph, logits);
        eqf_var sum = record_scalar_value(program, module, scope, graph, z, alpha);
        char name[EQFI_NAME_MAX];
        if (!eqfi_record_scope(program, module, PROJ, scope, name)) return (eqf_var){0};
        return eqfi_record_linear_scalars(program, module->children[PROJ].module, name, n, sum);
    }
    eqf_var value = eqfi_attention_record_linear(program, module, LIN, scope, graph, z);
    value = eqfi_record_child(program, module, GATE, scope, graph, &value);
    value = eqfi_attention_turn_back(program, graph, z, value);
    eqf_var alpha = eqfi_attention_weights(program, module, scope, graph, logits);
    eqf_var sum = record_value(program, module, scope, graph, value, in[1], alpha);
    eqf_var out = finish(program, module, PROJ, scope, graph, sum);
    return scalars ? eqf_channels(program, out, 0, 0, n) : out;
}

static eqf_var record_nonlinear(eqf_program *program, const eqf_module *module, const char *scope,
                                const eqf_graph *graph, const eqf_var *in)
{
    return record_part(program, module, scope, graph, in, false);
}

static const eqfi_module_class nonlinear_class = {"graph_attention", sizeof(eqfi_attention), record_nonlinear,
                                                  eqfi_attention_destroy};

eqf_var eqfi_record_attention_scalars(eqf_program *program, const eqf_module *module, const char *scope,
                                      const eqf_graph *graph, const eqf_var *in)
{
    if (module->class == &nonlinear_class) return record_part(program, module, scope, graph, in, true);
    eqf_var out = module->class->record(program, module, scope, graph, in);
    return eqf_channels(program, out, 0, 0, eqfi_scalars(module->out));
}

/* Of the 0e channels of each head, the first half goes into the logits. The irreps with these halves as blocks of their
 * own, head by head, then the other blocks; and those of logits and value. */
enum { MERGED, LOGITS, VALUE };

/* Halves first, first + 2, .. of y, then the other blocks if `others` of them are wanted. */
static eqf_var pick_halves(eqf_program *program, const eqfi_attention *self, eqf_var y, int first, int others,
                           const eqf_irreps *out)
{
    int *from, heads = self->heads;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_new(program->context, (size_t)(heads + others), sizeof *from, (void **)&from);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int h = 0; h < heads; h++) from[h] = first + 2 * h;
    for (int i = 0; i < others; i++) from[heads + i] = 2 * heads + i;
    eqf_var picked = eqfi_emit_pick(program, y, self->split[MERGED], from, out, NULL, heads + others);
    eqfi_delete(program->context, from);
    return picked;
}

/* What is linear in z may be applied to its sums: the logits are computed for each edge, the values once per receiver and head
 * from the sum of alpha z. */
static eqf_var record_summed_first(eqf_program *program, const eqf_module *module, const char *scope,
                                   const eqf_graph *graph, const eqf_var *in)
{
    const eqfi_attention *self = (const eqfi_attention *)module;
    const eqf_module *lin = module->children[SEP_LIN].module;
    char name[EQFI_NAME_MAX];
    if (!eqfi_record_scope(program, module, SEP_LIN, scope, name)) return (eqf_var){0};
    eqf_var z = eqfi_attention_record_message(program, module, scope, graph, in, NULL).product;
    eqf_var logits = eqfi_record_linear_first_halves(program, lin, name, self->heads, self->split[LOGITS], z);
    logits = record_logits(program, module, SEP_ALPHA_ACTIVATION, scope, graph, logits);
    eqf_var alpha = eqfi_attention_weights(program, module, scope, graph, logits);
    eqf_var total = eqf_segment_sum(program, graph->edge_dst, alpha);
    eqf_var sum = eqfi_emit_outer(program, graph->edge_dst, z, alpha);
    sum = eqfi_record_linear_second_halves(program, lin, name, self->heads, self->split[VALUE], total, sum);
    sum = eqfi_attention_rescale(program, module, graph, sum);
    return finish(program, module, SEP_PROJ, scope, graph, sum);
}

static eqf_var record_linear(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                             const eqf_var *in)
{
    const eqfi_attention *self = (const eqfi_attention *)module;
    if (!program->plain) return record_summed_first(program, module, scope, graph, in);
    eqf_var z = eqfi_attention_record_message(program, module, scope, graph, in, NULL).product;
    eqf_var y = eqfi_record_child(program, module, SEP_LIN, scope, graph, &z);
    int others = eqf_irreps_blocks(self->split[VALUE]) - self->heads;
    eqf_var logits = pick_halves(program, self, y, 0, 0, self->split[LOGITS]);
    eqf_var value = pick_halves(program, self, y, 1, others, self->split[VALUE]);
    logits = record_logits(program, module, SEP_ALPHA_ACTIVATION, scope, graph, logits);
    eqf_var alpha = eqfi_attention_weights(program, module, scope, graph, logits);
    eqf_var sum = eqfi_attention_sum(program, module, graph, value, alpha);
    return finish(program, module, SEP_PROJ, scope, graph, sum);
}

static const eqfi_module_class linear_class = {"graph_attention", sizeof(eqfi_attention), record_linear,
                                               eqfi_attention_destroy};

/* ------------------------------------------------------------------------------------------------------- creation -- */

static eqf_status add_nonlinear(eqf_context *context, eqf_module *made, const eqf_attention_options *options,
                                const eqf_irreps *all, const eqf_irreps *logits)
{
    eqf_status status = EQF_OK;
    const eqf_irreps *pre = options->irreps_pre_attn != NULL ? options->irreps_pre_attn : options->irreps_in;
    const eqf_module *dtp;
    eqf_module *gate = NULL, *child;
    eqf_tensor_product_options product = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    product.weights = EQF_WEIGHTS_INTERNAL;
    product.convention = options->convention;
    EQFI_TRY(eqf_gate_create(context, pre, &gate));
    EQFI_TRY(eqfi_attention_add_message(context, made, options, "sep_act", pre, &dtp));
    EQFI_TRY(
        eqfi_add_linear(context, made, "sep_act.lin", eqf_module_irreps_out(dtp), eqf_module_irreps_in(gate, 0), 1));
    EQFI_TRY(eqfi_module_add_child(context, made, "sep_act.gate", eqf_module_retain(gate)));
    EQFI_TRY(eqfi_add_linear(context, made, "sep_alpha", eqf_module_irreps_out(dtp), logits, 1));
    EQFI_TRY(eqf_activation_create(context, EQF_ACTIVATION_SMOOTH_LEAKY_RELU, logits, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "alpha_act", child));
    EQFI_TRY(eqf_depthwise_create(context, eqf_module_irreps_out(gate), options->irreps_sh, all, &product, &child));
    EQFI_TRY(eqfi_module_add_child(context, made, "sep_value.dtp.tp", child));
    EQFI_TRY(eqfi_add_linear(context, made, "sep_value.lin", eqf_module_irreps_out(child), all, 1));
    EQFI_TRY(eqfi_add_linear(context, made, "proj", all, options->irreps_out, 1));
fail:
    eqf_module_free(gate);
    return status;
}

/* `heads` blocks of n x 0e, each `copies` times, then the blocks of all that are not 0e. */
static eqf_status split_irreps(eqf_context *context, int heads, int n, int copies, const eqf_irreps *all,
                               eqf_irreps **split)
{
    int used = 0, others = all == NULL ? 0 : eqf_irreps_blocks(all);
    eqf_irreps_block *blocks;
    eqf_status status = eqfi_new(context, (size_t)(heads * copies + others), sizeof *blocks, (void **)&blocks);
    if (status != EQF_OK) return status;
    for (int h = 0; h < heads * copies; h++) blocks[used++] = (eqf_irreps_block){n, {0, 1}, 0};
    for (int i = 0; i < others; i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(all, i);
        if (b->irrep.l != 0 || b->irrep.p != 1) blocks[used++] = *b;
    }
    status = eqf_irreps_create(context, used, blocks, split);
    eqfi_delete(context, blocks);
    return status;
}

static eqf_status add_linear_message(eqf_context *context, eqf_module *made, const eqf_attention_options *options,
                                     const eqf_irreps *all, const eqf_irreps *logits)
{
    eqf_status status = EQF_OK;
    eqfi_attention *self = (eqfi_attention *)made;
    const eqf_module *dtp;
    eqf_module *activation;
    eqf_irreps *both = NULL, *merged = NULL;
    int per_head = eqfi_scalars(all) / options->num_heads;
    EQFI_TRY(split_irreps(context, self->heads, per_head, 2, all, &self->split[MERGED]));
    EQFI_TRY(split_irreps(context, self->heads, per_head, 1, NULL, &self->split[LOGITS]));
    EQFI_TRY(split_irreps(context, self->heads, per_head, 1, all, &self->split[VALUE]));
    EQFI_TRY(eqf_irreps_concat(context, logits, all, &both));
    EQFI_TRY(eqf_irreps_simplify(context, both, &merged));
    EQFI_TRY(eqfi_attention_add_message(context, made, options, "sep", merged, &dtp));
    EQFI_TRY(eqfi_add_linear(context, made, "sep.lin", eqf_module_irreps_out(dtp), merged, 1));
    EQFI_TRY(eqf_activation_create(context, EQF_ACTIVATION_SMOOTH_LEAKY_RELU, logits, &activation));
    EQFI_TRY(eqfi_module_add_child(context, made, "alpha_act", activation));
    EQFI_TRY(eqfi_add_linear(context, made, "proj", all, options->irreps_out, 1));
fail:
    eqf_irreps_free(both);
    eqf_irreps_free(merged);
    return status;
}

eqf_status eqf_graph_attention_create(eqf_context *context, const eqf_attention_options *options, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *all = NULL, *logits = NULL;
    eqf_attention_options own = EQF_ATTENTION_OPTIONS_INIT;
    EQFI_TAKE(eqf_attention_options, options, own);
    EQFI_TRY(eqfi_attention_new(context, options->linear_message ? &linear_class : &nonlinear_class, options, &made));
    EQFI_TRY(eqfi_attention_heads(context, options->irreps_head, options->num_heads, EQF_ORDER_EVEN_FIRST, &all));
    int per_head = eqfi_scalars(all) / options->num_heads;
    EQFI_CHECK(per_head > 0, EQF_ERROR_SHAPE, "heads without 0e channels, which attention weights need");
    EQFI_TRY(eqfi_scalar_irreps(context, eqfi_scalars(all), &logits));
    if (options->linear_message)
        EQFI_TRY(add_linear_message(context, made, options, all, logits));
    else
        EQFI_TRY(add_nonlinear(context, made, options, all, logits));
    double bound = sqrt(6.0 / (options->num_heads + per_head));
    EQFI_TRY(eqfi_module_add_parameter(context, made, "alpha_dot", 3, (int64_t[]){1, options->num_heads, per_head},
                                       EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY,
                                       (eqfi_init_run){EQFI_INIT_UNIFORM, 0, -bound, bound}));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(all);
    eqf_irreps_free(logits);
    eqf_module_free(made);
    return status;
}
