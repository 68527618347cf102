/* Feed-forward networks.
 * SPDX-License-Identifier: MIT */
#include <equiformer/attention.h>
#include <equiformer/gate.h>
#include <equiformer/linear.h>
#include <equiformer/tensor_product.h>

#include "nn/module.h"

typedef struct feed_forward {
    eqf_module base;
    double proj_drop;
} feed_forward;

enum { FCTP_1, FCTP_1_GATE, FCTP_2 };

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    eqf_var attributes = module->n_in > 1 ? in[1] : (eqf_var){0};
    eqf_var y = eqfi_record_child(program, module, FCTP_1, scope, graph, (eqf_var[]){in[0], attributes});
    y = eqfi_record_child(program, module, FCTP_1_GATE, scope, graph, &y);
    y = eqfi_record_child(program, module, FCTP_2, scope, graph, (eqf_var[]){y, attributes});
    double proj_drop = ((const feed_forward *)module)->proj_drop;
    return eqfi_record_dropout(program, y, EQF_PER_CHANNEL, proj_drop, scope, "proj_drop");
}

bool eqfi_has_mid_scalars(const eqf_module *module)
{
    return eqfi_scalars(module->children[FCTP_1_GATE].module->out) > 0;
}

eqf_var eqfi_record_feed_forward_scalars(eqf_program *program, const eqf_module *module, const char *scope, eqf_var x)
{
    char name[EQFI_NAME_MAX];
    const eqf_module *first = module->children[FCTP_1].module, *second = module->children[FCTP_2].module;
    int mid = eqfi_scalars(module->children[FCTP_1_GATE].module->out);
    if (!eqfi_record_scope(program, module, FCTP_1, scope, name)) return (eqf_var){0};
    eqf_var y = eqf_apply(program, EQF_SILU, eqfi_record_linear_scalars(program, first, name, mid, x));
    y = eqf_multiply(program, eqfi_activation_constant(EQF_ACTIVATION_SILU), y);
    if (!eqfi_record_scope(program, module, FCTP_2, scope, name)) return (eqf_var){0};
    y = eqfi_record_linear_scalars(program, second, name, eqfi_scalars(module->out), y);
    double proj_drop = ((const feed_forward *)module)->proj_drop;
    return eqfi_record_dropout(program, y, EQF_PER_CHANNEL, proj_drop, scope, "proj_drop");
}

static const eqfi_module_class feed_forward_class = {"feed_forward", sizeof(feed_forward), record, NULL};

/* A linear map, or a fully connected product with attributes; either with biases. */
static eqf_status add_map(eqf_context *context, eqf_module *module, const char *name, const eqf_irreps *in,
                          const eqf_irreps *node_attr, const eqf_irreps *out)
{
    eqf_module *child;
    if (node_attr == NULL) return eqfi_add_linear(context, module, name, in, out, 1);
    eqf_status status = eqfi_biased_product_create(context, in, node_attr, out, &child);
    return status == EQF_OK ? eqfi_module_add_child(context, module, name, child) : status;
}

eqf_status eqf_feed_forward_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *node_attr,
                                   const eqf_irreps *mid, const eqf_irreps *out, double proj_drop, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *gate = NULL;
    EQFI_CHECK(proj_drop >= 0 && proj_drop < 1, EQF_ERROR_RANGE, "proj_drop %g, expected 0 to below 1", proj_drop);
    EQFI_TRY(eqfi_module_new(context, &feed_forward_class, &made));
    ((feed_forward *)made)->proj_drop = proj_drop;
    EQFI_TRY(eqf_gate_create(context, mid, &gate));
    EQFI_TRY(add_map(context, made, "fctp_1", in, node_attr, eqf_module_irreps_in(gate, 0)));
    EQFI_TRY(eqfi_module_add_child(context, made, "fctp_1.gate", eqf_module_retain(gate)));
    EQFI_TRY(add_map(context, made, "fctp_2", eqf_module_irreps_out(gate), node_attr, out));
    eqfi_module_add_input(made, in, EQFI_ON_ROWS);
    if (node_attr != NULL) eqfi_module_add_input(made, node_attr, EQFI_ON_ROWS);
    eqfi_module_set_output(made, out, EQFI_ON_ROWS);
    *module = made;
    made = NULL;
fail:
    eqf_module_free(gate);
    eqf_module_free(made);
    return status;
}
