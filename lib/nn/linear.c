/* Linear maps between equal irreps.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include <equiformer/linear.h>
#include <equiformer/tensor_product.h>

#include "nn/module.h"
#include "tensor/frame.h"

typedef struct linear {
    eqf_module base;
    eqfi_linear_plan *plan;
} linear;

enum { WEIGHT, FIRST_BIAS };

/* y plus the biases, parameters first, first+1, .. of the module. */
static eqf_var record_biases(eqf_program *program, const eqf_module *module, int first, const char *scope, eqf_var y)
{
    for (int k = 0; first < module->n_parameters && k < eqf_irreps_blocks(module->out); k++) {
        eqf_irrep irrep = eqf_irreps_block_at(module->out, k)->irrep;
        if (irrep.l == 0 && irrep.p == 1)
            y = eqfi_record_bias(program, y, k, eqfi_record_parameter(program, module, first++, scope));
    }
    return y;
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    (void)graph;
    eqf_var weight = eqfi_record_parameter(program, module, WEIGHT, scope);
    eqf_var y = eqfi_emit_linear(program, ((const linear *)module)->plan, false, module->out, in[0], weight);
    return record_biases(program, module, FIRST_BIAS, scope, y);
}

/* The linear map with another plan for its weights, which the program takes over, if making it went well. */
static eqf_var record_plan(eqf_program *program, const eqf_module *module, const char *scope, eqf_status status,
                           eqfi_linear_plan *plan, const eqf_irreps *out, eqf_var x)
{
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    const eqfi_linear_plan *kept = eqfi_intern_plan(program, plan, eqfi_linear_plan_bytes(plan));
    if (kept == NULL) return (eqf_var){0};
    return eqfi_emit_linear(program, kept, false, out, x, eqfi_record_parameter(program, module, WEIGHT, scope));
}

eqf_var eqfi_record_linear_part(eqf_program *program, const eqf_module *module, const char *scope,
                                const eqf_irreps *part, eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    eqf_irreps *in;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqf_irreps_simplify(program->context, module->in[0], &in);
    if (status == EQF_OK) {
        status = eqfi_linear_plan_restrict(program->context, ((const linear *)module)->plan, in, part, &plan);
        eqf_irreps_free(in);
    }
    eqf_var y = record_plan(program, module, scope, status, plan, module->out, x);
    return record_biases(program, module, FIRST_BIAS, scope, y);
}

/* The same, to n x 0e. */
static eqf_var record_scalar_plan(eqf_program *program, const eqf_module *module, const char *scope, eqf_status status,
                                  eqfi_linear_plan *plan, int n, eqf_var x)
{
    eqf_irreps *out = NULL;
    if (status == EQF_OK) status = eqfi_scalar_irreps(program->context, n, &out);
    if (status != EQF_OK) eqfi_delete(program->context, plan);
    eqf_var y = record_plan(program, module, scope, status, plan, out, x);
    eqf_irreps_free(out);
    return y;
}

eqf_var eqfi_record_linear_scalars(eqf_program *program, const eqf_module *module, const char *scope, int n_out,
                                   eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_linear_plan_scalars(program->context, ((const linear *)module)->plan,
                                                 eqf_irreps_dim(eqf_var_irreps(program, x)), n_out, &plan);
    eqf_var y = record_scalar_plan(program, module, scope, status, plan, n_out, x);
    if (module->n_parameters == FIRST_BIAS) return y;
    eqf_var bias = eqfi_record_parameter(program, module, FIRST_BIAS, scope);
    return eqf_add(program, y, eqf_channels(program, bias, 0, 0, n_out));
}

eqf_var eqfi_record_linear_at_axis(eqf_program *program, const eqf_module *module, const char *scope,
                                   const eqf_module *product, eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_linear_plan_at_axis(program->context, ((const linear *)module)->plan,
                                                 eqfi_product_plan_of(product), module->out, &plan);
    eqf_var y = record_scalar_plan(program, module, scope, status, plan, eqf_irreps_channels(module->out), x);
    if (module->n_parameters == FIRST_BIAS) return y;
    return eqfi_record_bias(program, y, 0, eqfi_record_parameter(program, module, FIRST_BIAS, scope));
}

eqf_var eqfi_record_linear_in_frame(eqf_program *program, const eqf_module *module, const char *scope,
                                    const eqf_module *product, eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_linear_plan_in_frame(program->context, ((const linear *)module)->plan,
                                                  eqfi_product_plan_of(product), &plan);
    eqf_var y = record_plan(program, module, scope, status, plan, module->out, x);
    return record_biases(program, module, FIRST_BIAS, scope, y);
}

/* y plus a bias on block k of irreps `out`, by head times a factor for each head. */
static eqf_var add_scaled_bias(eqf_program *program, eqf_var y, const eqf_irreps *out, int k, eqf_var bias, int heads,
                               eqf_var factors)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    bias = eqfi_emit_place(program, bias, eqf_var_irreps(program, bias), 0, out, k, 1);
    return eqf_add(program, y, eqf_scale(program, bias, factors, EQF_PER_HEAD, heads));
}

eqf_var eqfi_record_linear_by_head(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                   eqf_var factors, eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_linear_plan_by_head(program->context, ((const linear *)module)->plan, heads, &plan);
    eqf_var y = record_plan(program, module, scope, status, plan, module->out, x);
    for (int k = 0, next = FIRST_BIAS; next < module->n_parameters && k < eqf_irreps_blocks(module->out); k++) {
        eqf_irrep irrep = eqf_irreps_block_at(module->out, k)->irrep;
        if (irrep.l != 0 || irrep.p != 1) continue;
        eqf_var bias = eqfi_record_parameter(program, module, next++, scope);
        y = add_scaled_bias(program, y, module->out, k, bias, heads, factors);
    }
    return y;
}

eqf_var eqfi_record_linear_of_axial(eqf_program *program, const eqf_module *module, const char *scope,
                                    const eqf_module *product, int heads, eqf_var factors, eqf_var x)
{
    eqfi_linear_plan *plan = NULL, *by_head = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_context *context = program->context;
    int n_out = eqfi_scalars(module->out);
    eqf_status status =
        eqfi_linear_plan_of_axial(context, ((const linear *)module)->plan, eqfi_product_plan_of(product),
                                  product->in[0], eqfi_scalars(product->out), n_out, &plan);
    if (status == EQF_OK) status = eqfi_linear_plan_by_head(context, plan, heads, &by_head);
    eqfi_delete(context, plan);
    eqf_var y = record_scalar_plan(program, module, scope, status, by_head, n_out, x);
    if (module->n_parameters == FIRST_BIAS || !eqfi_recording(program)) return y;
    eqf_var bias = eqfi_record_parameter(program, module, FIRST_BIAS, scope);
    return add_scaled_bias(program, y, eqf_var_irreps(program, y), 0, bias, heads, factors);
}

/* ------------------------------------------------------------------------------------------------------ in halves -- */

/* The first or second halves, of all heads, of the biases of the first block. */
static eqf_var record_half_biases(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                  int half)
{
    eqf_var all = {0}, bias = eqfi_record_parameter(program, module, FIRST_BIAS, scope);
    if (!eqfi_recording(program)) return all;
    int n = eqf_irreps_dim(eqf_var_irreps(program, bias)) / (2 * heads);
    for (int h = 0; h < heads; h++) {
        eqf_var own = eqf_channels(program, bias, 0, (2 * h + half) * n, n);
        all = h == 0 ? own : eqf_concat(program, all, own);
    }
    return all;
}

eqf_var eqfi_record_linear_first_halves(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                        const eqf_irreps *out, eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_linear_plan_first_halves(program->context, ((const linear *)module)->plan, heads,
                                                      eqf_irreps_dim(out), &plan);
    eqf_var y = record_plan(program, module, scope, status, plan, out, x);
    return eqf_add(program, y, record_half_biases(program, module, scope, heads, 0));
}

eqf_var eqfi_record_linear_second_halves(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                         const eqf_irreps *out, eqf_var factors, eqf_var x)
{
    eqfi_linear_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_linear_plan_second_halves(program->context, ((const linear *)module)->plan, heads,
                                                       eqf_irreps_dim(module->out) - eqf_irreps_dim(out), &plan);
    eqf_var y = record_plan(program, module, scope, status, plan, out, x);
    eqf_irreps *simple;
    status = eqf_irreps_simplify(program->context, out, &simple);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    y = add_scaled_bias(program, y, simple, 0, record_half_biases(program, module, scope, heads, 1), heads, factors);
    eqf_irreps_free(simple);
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

/* bias.0, bias.1, .. for the 0e blocks of the output. */
static eqf_status add_biases(eqf_context *context, eqf_module *module)
{
    eqf_status status = EQF_OK;
    for (int k = 0, n = 0; k < eqf_irreps_blocks(module->out); k++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(module->out, k);
        if (b->irrep.l != 0 || b->irrep.p != 1) continue;
        char name[32];
        snprintf(name, sizeof name, "bias.%d", n++);
        EQFI_TRY(eqfi_module_add_parameter(context, module, name, 1, &(int64_t){b->mul}, EQF_PARAMETER_TRAINABLE,
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
    EQFI_TRY(eqfi_linear_plan_create(context, in, simple, &self->plan));
    EQFI_TRY(add_weight(context, self));
    if (bias) EQFI_TRY(add_biases(context, made));
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

/* -------------------------------------------------------------------------------------------------- with attributes -- */

static eqf_var record_product(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                              const eqf_var *in)
{
    return record_biases(program, module, 0, scope, eqfi_record_child(program, module, 0, scope, graph, in));
}

static const eqfi_module_class product_class = {"biased_product", sizeof(eqf_module), record_product, NULL};

eqf_status eqfi_biased_product_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *attributes,
                                      const eqf_irreps *out, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL, *product;
    eqf_irreps *simple = NULL;
    eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    options.weights = EQF_WEIGHTS_INTERNAL;
    EQFI_TRY(eqfi_module_new(context, &product_class, &made));
    EQFI_TRY(eqf_irreps_simplify(context, out, &simple));
    EQFI_TRY(eqf_fully_connected_create(context, in, attributes, simple, &options, &product));
    EQFI_TRY(eqfi_module_add_child(context, made, "tp", product));
    eqfi_module_add_input(made, in, EQFI_ON_ROWS);
    eqfi_module_add_input(made, attributes, EQFI_ON_ROWS);
    eqfi_module_set_output(made, simple, EQFI_ON_ROWS);
    EQFI_TRY(add_biases(context, made));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(simple);
    eqf_module_free(made);
    return status;
}
