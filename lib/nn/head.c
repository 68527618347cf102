/* Heads.
 * SPDX-License-Identifier: MIT */
#include <equiformer/head.h>

#include <equiformer/gate.h>

#include "nn/module.h"

enum { LINEAR_0, ACTIVATION, LINEAR_2 };

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    eqf_var y = in[0];
    for (int i = LINEAR_0; i <= LINEAR_2; i++) y = eqfi_record_child(program, module, i, scope, graph, &y);
    return y;
}

static const eqfi_module_class head_class = {"head", sizeof(eqf_module), record, NULL};

eqf_status eqf_head_create(eqf_context *context, const eqf_irreps *in, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *activation = NULL;
    eqf_irreps *scalars = NULL, *one = NULL;
    EQFI_CHECK(eqfi_scalars(in) > 0, EQF_ERROR_SHAPE, "a head of irreps without 0e");
    EQFI_TRY(eqfi_scalar_irreps(context, eqfi_scalars(in), &scalars));
    EQFI_TRY(eqfi_scalar_irreps(context, 1, &one));
    EQFI_TRY(eqfi_module_new(context, &head_class, &made));
    EQFI_TRY(eqfi_add_linear(context, made, "0", in, scalars, 1));
    EQFI_TRY(eqf_activation_create(context, EQF_ACTIVATION_SILU, scalars, &activation));
    EQFI_TRY(eqfi_module_add_child(context, made, "1", activation));
    EQFI_TRY(eqfi_add_linear(context, made, "2", scalars, one, 1));
    eqfi_module_add_input(made, in, EQFI_ON_ROWS);
    eqfi_module_set_output(made, one, EQFI_ON_ROWS);
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(scalars);
    eqf_irreps_free(one);
    eqf_module_free(made);
    return status;
}
