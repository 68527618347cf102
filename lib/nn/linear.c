/* Linear maps between equal irreps.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include <equiformer/linear.h>

#include "nn/module.h"

typedef struct linear {
    eqf_module base;
    eqfi_linear_plan *plan;
    bool bias;
} linear;

enum { WEIGHT, FIRST_BIAS };

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    (void)graph;
    const linear *self = (const linear *)module;
    eqf_var y = eqfi_emit_linear(program, self->plan, false, module->out, in[0],
                                 eqfi_record_parameter(program, module, WEIGHT, scope));
    int next = FIRST_BIAS;
    for (int k = 0; self->bias && k < eqf_irreps_blocks(module->out); k++) {
        eqf_irrep irrep = eqf_irreps_block_at(module->out, k)->irrep;
        if (irrep.l == 0 && irrep.p == 1)
            y = eqfi_record_bias(program, y, k, eqfi_record_parameter(program, module, next++, scope));
    }
    return y;
}

static void destroy(eqf_module *module) { eqfi_release(&module->allocator, ((linear *)module)->plan); }

static const eqfi_module_class linear_class = {"linear", sizeof(linear), record, destroy};

/* Weights are normal with variance 1 / (channels that are summed into the same output). */
static eqf_status add_weight(eqf_context *context, linear *self)
{
    eqf_status status = EQF_OK;
    const eqfi_linear_plan *plan = self->plan;
    eqfi_init_run *runs = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)plan->n, sizeof *runs, (void **)&runs));
    for (int i = 0; i < plan->n; i++) {
        double fan_in = 0;
        for (int j = 0; j < plan->n; j++)
            if (plan->paths[j].out.offset == plan->paths[i].out.offset) fan_in += plan->paths[j].in.mul;
        runs[i] = (eqfi_init_run){EQFI_INIT_NORMAL, (int64_t)plan->paths[i].in.mul * plan->paths[i].out.mul,
                                  1 / sqrt(fan_in), 0};
    }
    EQFI_TRY(eqfi_module_add_parameter_runs(context, &self->base, "tp.weight", 1, &plan->weights,
                                            EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY, plan->n, runs));
fail:
    eqfi_delete(context, runs);
    return status;
}

static eqf_status add_biases(eqf_context *context, linear *self)
{
    eqf_status status = EQF_OK;
    const eqf_irreps *out = self->base.out;
    for (int k = 0, n = 0; self->bias && k < eqf_irreps_blocks(out); k++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(out, k);
        if (b->irrep.l != 0 || b->irrep.p != 1) continue;
        char name[32];
        snprintf(name, sizeof name, "bias.%d", n++);
        EQFI_TRY(eqfi_module_add_parameter(context, &self->base, name, 1, &(int64_t){b->mul}, EQF_PARAMETER_TRAINABLE,
                                           (eqfi_init_run){EQFI_INIT_FILL, 0, 0, 0}));
    }
fail:
    return status;
}

eqf_status eqf_linear_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *out, int bias,
                             eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *simple = NULL;
    EQFI_TRY(eqfi_module_new(context, &linear_class, &made));
    linear *self = (linear *)made;
    EQFI_TRY(eqf_irreps_simplify(context, out, &simple));
    eqfi_module_add_input(made, in, EQFI_ON_ROWS);
    eqfi_module_set_output(made, simple, EQFI_ON_ROWS);
    self->bias = bias != 0;
    EQFI_TRY(eqfi_linear_plan_create(context, in, simple, &self->plan));
    EQFI_TRY(add_weight(context, self));
    EQFI_TRY(add_biases(context, self));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(simple);
    eqf_module_free(made);
    return status;
}

eqf_status eqfi_add_linear(eqf_context *context, eqf_module *module, const char *name, const eqf_irreps *in,
                           const eqf_irreps *out, int bias)
{
    eqf_module *child;
    eqf_status status = eqf_linear_create(context, in, out, bias, &child);
    return status == EQF_OK ? eqfi_module_add_child(context, module, name, child) : status;
}
