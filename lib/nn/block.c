/* Transformer blocks.
 * SPDX-License-Identifier: MIT */
#include <equiformer/attention.h>

#include "base/struct.h"
#include "nn/attention.h"

typedef struct block {
    eqf_module base;
    double drop_path;
} block;

enum { NORM_1, ATTENTION, NORM_2, FEED_FORWARD, SHORTCUT };

/* Whether scalars are all that the block gives, and all that it needs of what attention gives, as the last block of models for
 * energies; attributes of nodes and dropout of channels are for the general case. */
static bool gives_scalars(const eqf_program *program, const eqf_module *module)
{
    const eqf_irreps *in = module->in[0], *out = module->out;
    const eqf_irreps_block *first = eqf_irreps_block_at(in, 0);
    const eqf_module *attention = module->children[ATTENTION].module;
    bool drops = program->training && ((const eqfi_attention *)attention)->proj_drop > 0;
    return !program->plain && !drops && module->n_in == 3 && module->n_children > SHORTCUT && first != NULL &&
           eqfi_scalars(out) == eqf_irreps_dim(out) && eqfi_scalars(in) > 0 && eqfi_scalars(in) < eqf_irreps_dim(in) &&
           first->irrep.l == 0 && first->irrep.p == 1 && first->mul == eqfi_scalars(in) &&
           eqfi_has_mid_scalars(module->children[FEED_FORWARD].module);
}

static eqf_var record_scalars(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                              const eqf_var *in)
{
    double drop_path = ((const block *)module)->drop_path;
    char name[EQFI_NAME_MAX];
    eqf_var y = eqfi_record_child(program, module, NORM_1, scope, graph, &in[0]);
    if (!eqfi_record_scope(program, module, ATTENTION, scope, name)) return (eqf_var){0};
    y = eqfi_record_attention_scalars(program, module->children[ATTENTION].module, name, graph,
                                      (eqf_var[]){y, in[1], in[2]});
    y = eqfi_record_drop_path(program, y, graph->atom_graph, drop_path, scope, "drop_path_1");
    eqf_var x = eqf_add(program, eqf_channels(program, in[0], 0, 0, eqfi_scalars(module->in[0])), y);
    if (!eqfi_record_scope(program, module, NORM_2, scope, name)) return (eqf_var){0};
    y = eqfi_record_norm_scalars(program, module->children[NORM_2].module, name, graph, x);
    if (!eqfi_record_scope(program, module, FEED_FORWARD, scope, name)) return (eqf_var){0};
    y = eqfi_record_feed_forward_scalars(program, module->children[FEED_FORWARD].module, name, y);
    if (!eqfi_record_scope(program, module, SHORTCUT, scope, name)) return (eqf_var){0};
    x = eqfi_record_linear_scalars(program, module->children[SHORTCUT].module, name, eqfi_scalars(module->out), x);
    y = eqfi_record_drop_path(program, y, graph->atom_graph, drop_path, scope, "drop_path_2");
    return eqf_add(program, x, y);
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    double drop_path = ((const block *)module)->drop_path;
    eqf_var x = in[0], sh = in[1], radial = in[2];
    if (gives_scalars(program, module)) return record_scalars(program, module, scope, graph, in);
    eqf_var y = eqfi_record_child(program, module, NORM_1, scope, graph, &x);
    y = eqfi_record_child(program, module, ATTENTION, scope, graph, (eqf_var[]){y, sh, radial});
    y = eqfi_record_drop_path(program, y, graph->atom_graph, drop_path, scope, "drop_path_1");
    x = eqf_add(program, x, y);
    y = eqfi_record_child(program, module, NORM_2, scope, graph, &x);
    y = eqfi_record_child(program, module, FEED_FORWARD, scope, graph,
                          (eqf_var[]){y, module->n_in > 3 ? in[3] : (eqf_var){0}});
    if (module->n_children > SHORTCUT) x = eqfi_record_child(program, module, SHORTCUT, scope, graph, &x);
    y = eqfi_record_drop_path(program, y, graph->atom_graph, drop_path, scope, "drop_path_2");
    return eqf_add(program, x, y);
}

static const eqfi_module_class block_class = {"block", sizeof(block), record, NULL};

static eqf_status add_norm(eqf_context *context, eqf_module *module, const char *name, eqf_norm_kind kind,
                           const eqf_irreps *irreps)
{
    eqf_module *child;
    eqf_status status = eqf_norm_create(context, kind, irreps, 1e-5, &child);
    return status == EQF_OK ? eqfi_module_add_child(context, module, name, child) : status;
}

static eqf_status add_attention(eqf_context *context, eqf_module *module, eqf_attention_kind kind,
                                const eqf_attention_options *attention)
{
    eqf_module *child;
    bool dot = kind == EQF_ATTENTION_DOT_PRODUCT;
    eqf_status status = dot ? eqf_dot_product_attention_create(context, attention, &child)
                            : eqf_graph_attention_create(context, attention, &child);
    return status == EQF_OK ? eqfi_module_add_child(context, module, dot ? "dpa" : "ga", child) : status;
}

eqf_status eqf_block_create(eqf_context *context, const eqf_block_options *options, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *ffn = NULL;
    eqf_block_options own = EQF_BLOCK_OPTIONS_INIT;
    eqf_attention_options attention = EQF_ATTENTION_OPTIONS_INIT;
    EQFI_TAKE(eqf_block_options, options, own);
    EQFI_TRY(eqfi_struct_take(context, "eqf_attention_options", options->attention, sizeof attention, &attention));
    EQFI_CHECK(attention.irreps_in != NULL && options->irreps_mlp_mid != NULL && options->irreps_out != NULL,
               EQF_ERROR_ARGUMENT, "a block needs irreps_in, irreps_mlp_mid and irreps_out");
    EQFI_CHECK(options->drop_path >= 0 && options->drop_path < 1, EQF_ERROR_RANGE,
               "drop_path %g, expected 0 to below 1", options->drop_path);
    const eqf_irreps *in = attention.irreps_in;
    attention.irreps_out = in;
    EQFI_TRY(eqfi_module_new(context, &block_class, &made));
    ((block *)made)->drop_path = options->drop_path;
    EQFI_TRY(add_norm(context, made, "norm_1", options->norm, in));
    EQFI_TRY(add_attention(context, made, options->kind, &attention));
    EQFI_TRY(add_norm(context, made, "norm_2", options->norm, in));
    EQFI_TRY(eqf_feed_forward_create(context, in, options->irreps_node_attr, options->irreps_mlp_mid,
                                     options->irreps_out, attention.proj_drop, &ffn));
    EQFI_TRY(eqfi_module_add_child(context, made, "ffn", ffn));
    if (!eqf_irreps_equal(in, options->irreps_out))
        EQFI_TRY(eqfi_add_linear(context, made, "ffn_shortcut", in, options->irreps_out, 1));
    const eqf_module *child = made->children[ATTENTION].module;
    for (int i = 0; i < child->n_in; i++) eqfi_module_add_input(made, child->in[i], child->in_rows[i]);
    if (options->irreps_node_attr != NULL) eqfi_module_add_input(made, options->irreps_node_attr, EQFI_ON_ATOMS);
    eqfi_module_set_output(made, options->irreps_out, EQFI_ON_ATOMS);
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}
