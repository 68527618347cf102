/* Dot-product attention.
 *
 *     q       = query(x)[dst], per head
 *     k, v    = key_value(message (x) sh): twice as many heads, the first half are keys
 *     alpha   = softmax over the edges of each receiver of <q, k>, each irrep of q divided by sqrt(2l+1), all of it by
 *               sqrt(irreps of a head)
 *     out     = proj(sum over edges of alpha v)
 *
 * Linear maps here have irreps sorted as e3nn sorts them (0o before 0e). The published implementation divides that memory
 * among the heads in the written order of the head irreps: where both parities occur, channels of one parity are taken for
 * those of the other. EQF_HEAD_SPLIT_EQUIVARIANT divides by irreps.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <equiformer/linear.h>

#include "base/struct.h"
#include "nn/attention.h"

enum { KEY_VALUE = EQFI_MESSAGE_CHILDREN, QUERY, PROJ };

/* Irreps of all heads of q and v, and of k and v together, as they are divided; and those of the maps' results. */
enum { HEADS, DOUBLE_HEADS, SORTED };

/* Half 0 or 1 of every block of x, whose irreps are DOUBLE_HEADS. */
static eqf_var half(eqf_program *program, const eqfi_attention *self, eqf_var x, int which)
{
    const eqf_irreps *heads = self->split[HEADS];
    eqf_var all = {0};
    for (int i = 0; i < eqf_irreps_blocks(heads) && eqfi_recording(program); i++) {
        int mul = eqf_irreps_block_at(heads, i)->mul;
        eqf_var part = eqf_channels(program, x, i, which * mul, mul);
        all = i == 0 ? part : eqf_concat(program, all, part);
    }
    return all;
}

/* 1 / sqrt((2l+1) (irreps of a head)) per block. */
static eqf_var scaled_query(eqf_program *program, const eqfi_attention *self, eqf_var q)
{
    double factors[64];
    const eqf_irreps *heads = self->split[HEADS];
    int n = eqf_irreps_blocks(heads);
    double irreps = (double)eqf_irreps_channels(heads) / self->heads;
    for (int i = 0; i < n; i++) factors[i] = 1 / sqrt((2 * eqf_irreps_block_at(heads, i)->irrep.l + 1) * irreps);
    return eqf_scale(program, q, eqfi_record_values(program, n, factors), EQF_PER_BLOCK, 1);
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    const eqfi_attention *self = (const eqfi_attention *)module;
    eqf_var q = eqfi_record_child(program, module, QUERY, scope, graph, in);
    q = scaled_query(program, self, eqfi_emit_reinterpret(program, q, self->split[HEADS]));
    const eqf_irreps *turned = eqf_module_irreps_out(module->children[KEY_VALUE].module);
    eqfi_message z = eqfi_attention_record_message(program, module, scope, graph, in, turned);
    eqf_var kv = eqfi_attention_record_linear(program, module, KEY_VALUE, scope, graph, z);
    kv = eqfi_attention_turn_back(program, graph, z, kv);
    kv = eqfi_emit_reinterpret(program, kv, self->split[DOUBLE_HEADS]);
    eqf_var k = half(program, self, kv, 0), v = half(program, self, kv, 1);
    eqf_var logits = eqf_dot(program, eqf_gather(program, graph->edge_dst, q), k, EQF_PER_HEAD, self->heads);
    eqf_var alpha = eqfi_attention_weights(program, module, scope, graph, logits);
    eqf_var sum = eqfi_attention_sum(program, module, graph, v, alpha);
    sum = eqfi_emit_reinterpret(program, sum, self->split[SORTED]);
    sum = eqfi_record_child(program, module, PROJ, scope, graph, &sum);
    return eqfi_record_dropout(program, sum, EQF_PER_CHANNEL, self->proj_drop, scope, "proj_drop");
}

static const eqfi_module_class dot_product_class = {"dot_product_attention", sizeof(eqfi_attention), record,
                                                    eqfi_attention_destroy};

/* The irreps of n heads in the order in which memory is divided. */
static eqf_status divided(eqf_context *context, const eqf_attention_options *options, int n, eqf_irreps **irreps)
{
    if (options->head_split == EQF_HEAD_SPLIT_EQUIVARIANT)
        return eqfi_attention_heads(context, options->irreps_head, n, EQF_ORDER_E3NN, irreps);
    return eqf_irreps_repeat(context, options->irreps_head, n, irreps);
}

static eqf_status add_children(eqf_context *context, eqf_module *made, const eqf_attention_options *options)
{
    eqf_status status = EQF_OK;
    eqfi_attention *self = (eqfi_attention *)made;
    eqf_irreps *key_value = NULL;
    const eqf_module *dtp;
    int heads = options->num_heads;
    EQFI_TRY(eqfi_attention_heads(context, options->irreps_head, heads, EQF_ORDER_E3NN, &self->split[SORTED]));
    EQFI_TRY(eqfi_attention_heads(context, options->irreps_head, 2 * heads, EQF_ORDER_E3NN, &key_value));
    EQFI_TRY(divided(context, options, heads, &self->split[HEADS]));
    EQFI_TRY(divided(context, options, 2 * heads, &self->split[DOUBLE_HEADS]));
    EQFI_TRY(eqfi_attention_add_message(context, made, options, "key_value", key_value, &dtp));
    EQFI_TRY(eqfi_add_linear(context, made, "key_value.lin", eqf_module_irreps_out(dtp), key_value, 1));
    EQFI_TRY(eqfi_add_linear(context, made, "query", options->irreps_in, self->split[SORTED], 1));
    EQFI_TRY(eqfi_add_linear(context, made, "proj", self->split[SORTED], options->irreps_out, 1));
fail:
    eqf_irreps_free(key_value);
    return status;
}

/* Adjacent blocks of one irrep would be merged, and their heads with them. */
static eqf_status check_head(eqf_context *context, const eqf_irreps *head)
{
    eqf_status status = EQF_OK;
    eqf_irreps *simple = NULL;
    EQFI_TRY(eqf_irreps_simplify(context, head, &simple));
    EQFI_CHECK(eqf_irreps_equal(simple, head) && eqf_irreps_blocks(head) <= 64, EQF_ERROR_SHAPE,
               "irreps_head of dot-product attention must be simplified, with at most 64 blocks");
fail:
    eqf_irreps_free(simple);
    return status;
}

eqf_status eqf_dot_product_attention_create(eqf_context *context, const eqf_attention_options *options,
                                            eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_attention_options own = EQF_ATTENTION_OPTIONS_INIT;
    EQFI_TAKE(eqf_attention_options, options, own);
    EQFI_TRY(eqfi_attention_new(context, &dot_product_class, options, &made));
    EQFI_CHECK((int)options->head_split >= 0 && options->head_split <= EQF_HEAD_SPLIT_EQUIVARIANT, EQF_ERROR_ARGUMENT,
               "unknown head split %d", (int)options->head_split);
    EQFI_TRY(check_head(context, options->irreps_head));
    ((eqfi_attention *)made)->degree_scale = 1 / options->average_degree;
    EQFI_TRY(add_children(context, made, options));
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}
