/* Equivariant normalization.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <equiformer/norm.h>

#include "nn/module.h"

typedef struct norm {
    eqf_module base;
    double eps;
} norm;

enum { AFFINE_WEIGHT, AFFINE_BIAS };

/* Per block: a value for 0e blocks, another for the rest, in every column of a row of these irreps. */
static eqf_var column_constant(eqf_program *program, const eqf_irreps *irreps, bool divide_by_mul)
{
    double *values;
    eqf_status status = eqfi_new(program->context, (size_t)eqf_irreps_dim(irreps), sizeof *values, (void **)&values);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        for (int c = 0; b->irrep.l == 0 && b->irrep.p == 1 && c < b->mul; c++)
            values[b->offset + c] = divide_by_mul ? 1.0 / b->mul : 1;
    }
    eqf_var constant = eqf_constant(program, irreps, values);
    eqfi_delete(program->context, values);
    return constant;
}

/* 1 / (channels * components) of each block. */
static eqf_var block_weights(eqf_program *program, const eqf_irreps *irreps)
{
    int n = eqf_irreps_blocks(irreps);
    double *values;
    eqf_irreps *blocks;
    eqf_var constant = {0};
    eqf_status status = eqfi_new(program->context, (size_t)n, sizeof *values, (void **)&values);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int i = 0; i < n; i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        values[i] = 1.0 / (b->mul * (2 * b->irrep.l + 1));
    }
    status = eqfi_scalar_irreps(program->context, n, &blocks);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    } else {
        constant = eqf_constant(program, blocks, values);
        eqf_irreps_free(blocks);
    }
    eqfi_delete(program->context, values);
    return constant;
}

/* The bias belongs to the 0e channels of all blocks in order. */
static eqf_var add_scalar_bias(eqf_program *program, eqf_var y, eqf_var bias)
{
    const eqf_irreps *irreps = eqf_var_irreps(program, y);
    int first = 0;
    for (int i = 0; irreps != NULL && i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        if (b->irrep.l != 0 || b->irrep.p != 1) continue;
        y = eqfi_record_bias(program, y, i, eqf_channels(program, bias, 0, first, b->mul));
        first += b->mul;
        if (!eqfi_recording(program)) break;
    }
    return y;
}

eqf_var eqfi_record_layer_norm(eqf_program *program, eqf_var x, double eps, eqf_var weight, eqf_var bias)
{
    const eqf_irreps *irreps = eqf_var_irreps(program, x);
    if (irreps == NULL || !eqfi_recording(program)) return (eqf_var){0};
    if (eqfi_scalars(irreps) > 0) {
        eqf_var mean = eqf_dot(program, x, column_constant(program, irreps, true), EQF_PER_BLOCK, 1);
        eqf_var centre = eqf_scale(program, column_constant(program, irreps, false), mean, EQF_PER_BLOCK, 1);
        x = eqf_combine(program, 1, x, -1, centre);
    }
    eqf_var square = eqf_dot(program, x, x, EQF_PER_BLOCK, 1);
    square = eqf_scale(program, square, block_weights(program, irreps), EQF_PER_CHANNEL, 1);
    square = eqf_add(program, square, eqfi_record_filled(program, eqf_irreps_blocks(irreps), eps));
    eqf_var y = eqf_scale(program, x, eqf_power(program, square, -0.5, 0), EQF_PER_BLOCK, 1);
    y = eqf_scale(program, y, weight, EQF_PER_CHANNEL, 1);
    return bias.id == 0 ? y : add_scalar_bias(program, y, bias);
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    (void)graph;
    const norm *self = (const norm *)module;
    eqf_var bias = {0};
    if (eqfi_scalars(module->out) > 0) bias = eqfi_record_parameter(program, module, AFFINE_BIAS, scope);
    return eqfi_record_layer_norm(program, in[0], self->eps,
                                  eqfi_record_parameter(program, module, AFFINE_WEIGHT, scope), bias);
}

static const eqfi_module_class norm_class = {"norm", sizeof(norm), record, NULL};

eqf_status eqf_norm_create(eqf_context *context, eqf_norm_kind kind, const eqf_irreps *irreps, double eps,
                           eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    EQFI_CHECK(kind == EQF_NORM_LAYER, EQF_ERROR_ARGUMENT, "unknown kind %d of norm", (int)kind);
    EQFI_CHECK(isfinite(eps) && eps >= 0, EQF_ERROR_RANGE, "a norm with eps %g, expected 0 or more", eps);
    EQFI_TRY(eqfi_module_new(context, &norm_class, &made));
    ((norm *)made)->eps = eps;
    eqfi_module_add_input(made, irreps, EQFI_ON_ROWS);
    eqfi_module_set_output(made, irreps, EQFI_ON_ROWS);
    EQFI_TRY(eqfi_module_add_parameter(context, made, "affine_weight", 1, &(int64_t){eqf_irreps_count(irreps)},
                                       EQF_PARAMETER_TRAINABLE, (eqfi_init_run){EQFI_INIT_FILL, 0, 1, 0}));
    EQFI_TRY(eqfi_module_add_parameter(context, made, "affine_bias", 1, &(int64_t){eqfi_scalars(irreps)},
                                       EQF_PARAMETER_TRAINABLE, (eqfi_init_run){EQFI_INIT_FILL, 0, 0, 0}));
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}
