/* Feed-forward networks and transformer blocks.
 * SPDX-License-Identifier: MIT */
#include <equiformer/attention.h>
#include <equiformer/gate.h>
#include <equiformer/linear.h>

#include "nn/module.h"

/* --------------------------------------------------------------------------------------------------- feed-forward -- */

enum { FCTP_1, FCTP_1_GATE, FCTP_2 };

static eqf_var record_feed_forward(eqf_program *program, const eqf_module *module, const char *scope,
                                   const eqf_graph *graph, const eqf_var *in)
{
    eqf_var y = eqfi_record_child(program, module, FCTP_1, scope, graph, in);
    y = eqfi_record_child(program, module, FCTP_1_GATE, scope, graph, &y);
    return eqfi_record_child(program, module, FCTP_2, scope, graph, &y);
}

static const eqfi_module_class feed_forward_class = {"feed_forward", sizeof(eqf_module), record_feed_forward, NULL};

eqf_status eqf_feed_forward_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *mid,
                                   const eqf_irreps *out, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *gate = NULL;
    EQFI_TRY(eqfi_module_new(context, &feed_forward_class, &made));
    EQFI_TRY(eqf_gate_create(context, mid, &gate));
    EQFI_TRY(eqfi_add_linear(context, made, "fctp_1", in, eqf_module_irreps_in(gate, 0), 1));
    EQFI_TRY(eqfi_module_add_child(context, made, "fctp_1.gate", eqf_module_retain(gate)));
    EQFI_TRY(eqfi_add_linear(context, made, "fctp_2", eqf_module_irreps_out(gate), out, 1));
    eqfi_module_add_input(made, in, EQFI_ON_ROWS);
    eqfi_module_set_output(made, out, EQFI_ON_ROWS);
    *module = made;
    made = NULL;
fail:
    eqf_module_free(gate);
    eqf_module_free(made);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- block -- */

enum { NORM_1, ATTENTION, NORM_2, FEED_FORWARD, SHORTCUT };

static eqf_var record_block(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                            const eqf_var *in)
{
    eqf_var x = in[0], sh = in[1], radial = in[2];
    eqf_var y = eqfi_record_child(program, module, NORM_1, scope, graph, &x);
    y = eqfi_record_child(program, module, ATTENTION, scope, graph, (eqf_var[]){y, sh, radial});
    x = eqf_add(program, x, y);
    y = eqfi_record_child(program, module, NORM_2, scope, graph, &x);
    y = eqfi_record_child(program, module, FEED_FORWARD, scope, graph, &y);
    if (module->n_children > SHORTCUT) x = eqfi_record_child(program, module, SHORTCUT, scope, graph, &x);
    return eqf_add(program, x, y);
}

static const eqfi_module_class block_class = {"block", sizeof(eqf_module), record_block, NULL};

static eqf_status add_norm(eqf_context *context, eqf_module *module, const char *name, eqf_norm_kind kind,
                           const eqf_irreps *irreps)
{
    eqf_module *child;
    eqf_status status = eqf_norm_create(context, kind, irreps, 1e-5, &child);
    return status == EQF_OK ? eqfi_module_add_child(context, module, name, child) : status;
}

eqf_status eqf_block_create(eqf_context *context, const eqf_block_options *options, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *ga = NULL, *ffn = NULL;
    EQFI_CHECK(options->size == sizeof *options, EQF_ERROR_ARGUMENT, "block options of size %zu, expected %zu",
               options->size, sizeof *options);
    EQFI_CHECK(options->attention.irreps_in != NULL && options->irreps_mlp_mid != NULL && options->irreps_out != NULL,
               EQF_ERROR_ARGUMENT, "a block needs irreps_in, irreps_mlp_mid and irreps_out");
    eqf_attention_options attention = options->attention;
    const eqf_irreps *in = attention.irreps_in;
    attention.irreps_out = in;
    EQFI_TRY(eqfi_module_new(context, &block_class, &made));
    EQFI_TRY(add_norm(context, made, "norm_1", options->norm, in));
    EQFI_TRY(eqf_graph_attention_create(context, &attention, &ga));
    EQFI_TRY(eqfi_module_add_child(context, made, "ga", ga));
    EQFI_TRY(add_norm(context, made, "norm_2", options->norm, in));
    EQFI_TRY(eqf_feed_forward_create(context, in, options->irreps_mlp_mid, options->irreps_out, &ffn));
    EQFI_TRY(eqfi_module_add_child(context, made, "ffn", ffn));
    if (!eqf_irreps_equal(in, options->irreps_out))
        EQFI_TRY(eqfi_add_linear(context, made, "ffn_shortcut", in, options->irreps_out, 1));
    for (int i = 0; i < ga->n_in; i++) eqfi_module_add_input(made, ga->in[i], ga->in_rows[i]);
    eqfi_module_set_output(made, options->irreps_out, EQFI_ON_ATOMS);
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}
