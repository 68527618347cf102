/* Equivariant normalization.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <equiformer/norm.h>

#include "nn/module.h"

typedef struct norm {
    eqf_module base;
    eqf_norm_kind kind;
    double eps;
} norm;

enum { AFFINE_WEIGHT, AFFINE_BIAS, MEAN_SHIFT };

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
    eqf_status status = eqfi_new(program->context, (size_t)n, sizeof *values, (void **)&values);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int i = 0; i < n; i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        values[i] = 1.0 / (b->mul * (2 * b->irrep.l + 1));
    }
    eqf_var constant = eqfi_record_values(program, n, values);
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

/* Means over the atoms of each graph, on atoms again: sums divided by the number of atoms. */
static eqf_var graph_mean(eqf_program *program, eqf_map atom_graph, eqf_rows atoms, eqf_var x)
{
    eqf_var ones = eqf_broadcast(program, atoms, eqfi_record_filled(program, 1, 1));
    eqf_var count = eqf_all_reduce(program, eqf_segment_sum(program, atom_graph, ones));
    eqf_var sum = eqf_all_reduce(program, eqf_segment_sum(program, atom_graph, x));
    eqf_var mean = eqf_scale(program, sum, eqf_power(program, count, -1, 1), EQF_PER_ROW, 1);
    return eqf_gather(program, atom_graph, mean);
}

/* 1 / (components) of each channel. */
static eqf_var channel_weights(eqf_program *program, const eqf_irreps *irreps)
{
    int n = eqf_irreps_channels(irreps), next = 0;
    double *values;
    eqf_status status = eqfi_new(program->context, (size_t)n, sizeof *values, (void **)&values);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        for (int u = 0; u < b->mul; u++) values[next++] = 1.0 / (2 * b->irrep.l + 1);
    }
    eqf_var constant = eqfi_record_values(program, n, values);
    eqfi_delete(program->context, values);
    return constant;
}

/* By channel: how much of the mean it loses. 0e channels lose shift times their mean, or all of it without shift. */
static eqf_var mean_factors(eqf_program *program, const eqf_irreps *irreps, eqf_var shift)
{
    eqf_var all = {0};
    int first = 0;
    for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, i);
        bool scalar = b->irrep.l == 0 && b->irrep.p == 1;
        eqf_var piece = scalar && shift.id != 0 ? eqf_channels(program, shift, 0, first, b->mul)
                                                : eqfi_record_filled(program, b->mul, scalar ? 1 : 0);
        all = i == 0 ? piece : eqf_concat(program, all, piece);
        if (scalar) first += b->mul;
    }
    return all;
}

/* Statistics over the atoms of a graph. shift is no variable for the instance norm. */
static eqf_var record_graph_norm(eqf_program *program, const norm *self, eqf_map atom_graph, eqf_var x, eqf_var weight,
                                 eqf_var bias, eqf_var shift)
{
    eqf_rows atoms = eqf_var_rows(program, x);
    if (!eqfi_recording(program)) return (eqf_var){0};
    const eqf_irreps *irreps = eqf_var_irreps(program, x);
    if (atom_graph.id == 0)
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "norm: the graph has no map atom_graph");
    if (eqfi_scalars(irreps) > 0) {
        eqf_var mean = graph_mean(program, atom_graph, atoms, x);
        mean = eqf_scale(program, mean, mean_factors(program, irreps, shift), EQF_PER_CHANNEL, 1);
        x = eqf_combine(program, 1, x, -1, mean);
    }
    eqf_var square = eqf_dot(program, x, x, EQF_PER_CHANNEL, 1);
    square = eqf_scale(program, square, channel_weights(program, irreps), EQF_PER_CHANNEL, 1);
    square = graph_mean(program, atom_graph, atoms, square);
    square = eqf_add(program, square, eqfi_record_filled(program, eqf_irreps_channels(irreps), self->eps));
    eqf_var y = eqf_scale(program, x, eqf_power(program, square, -0.5, 0), EQF_PER_CHANNEL, 1);
    y = eqf_scale(program, y, weight, EQF_PER_CHANNEL, 1);
    return bias.id == 0 ? y : add_scalar_bias(program, y, bias);
}

/* The norm of x, which has the module's irreps, or the first `scalars` of them, which are 0e. */
static eqf_var record_part(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                           int scalars, eqf_var x)
{
    const norm *self = (const norm *)module;
    eqf_var weight = eqfi_record_parameter(program, module, AFFINE_WEIGHT, scope), bias = {0}, shift = {0};
    if (scalars > 0) weight = eqf_channels(program, weight, 0, 0, scalars);
    if (eqfi_scalars(module->out) > 0) bias = eqfi_record_parameter(program, module, AFFINE_BIAS, scope);
    if (self->kind == EQF_NORM_LAYER || self->kind == EQF_NORM_FAST_LAYER)
        return eqfi_record_layer_norm(program, x, self->eps, weight, bias);
    if (self->kind == EQF_NORM_GRAPH && bias.id != 0) shift = eqfi_record_parameter(program, module, MEAN_SHIFT, scope);
    return record_graph_norm(program, self, graph->atom_graph, x, weight, bias, shift);
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    return record_part(program, module, scope, graph, 0, in[0]);
}

eqf_var eqfi_record_norm_scalars(eqf_program *program, const eqf_module *module, const char *scope,
                                 const eqf_graph *graph, eqf_var x)
{
    return record_part(program, module, scope, graph, eqfi_scalars(module->out), x);
}

static const eqfi_module_class norm_class = {"norm", sizeof(norm), record, NULL};

eqf_status eqf_norm_create(eqf_context *context, eqf_norm_kind kind, const eqf_irreps *irreps, double eps,
                           eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    const eqfi_init_run one = {EQFI_INIT_FILL, 0, 1, 0}, zero = {EQFI_INIT_FILL, 0, 0, 0};
    int64_t channels = eqf_irreps_channels(irreps), scalars = eqfi_scalars(irreps);
    EQFI_CHECK((int)kind >= EQF_NORM_LAYER && kind <= EQF_NORM_FAST_LAYER, EQF_ERROR_ARGUMENT,
               "unknown kind %d of norm", (int)kind);
    EQFI_CHECK(isfinite(eps) && eps >= 0, EQF_ERROR_RANGE, "a norm with eps %g, expected 0 or more", eps);
    EQFI_TRY(eqfi_module_new(context, &norm_class, &made));
    ((norm *)made)->kind = kind;
    ((norm *)made)->eps = eps;
    eqfi_row_role rows = kind == EQF_NORM_GRAPH || kind == EQF_NORM_INSTANCE ? EQFI_ON_ATOMS : EQFI_ON_ROWS;
    eqfi_module_add_input(made, irreps, rows);
    eqfi_module_set_output(made, irreps, rows);
    EQFI_TRY(eqfi_module_add_parameter(context, made, "affine_weight", 1, &channels, EQF_PARAMETER_TRAINABLE, one));
    EQFI_TRY(eqfi_module_add_parameter(context, made, "affine_bias", 1, &scalars, EQF_PARAMETER_TRAINABLE, zero));
    if (kind == EQF_NORM_GRAPH)
        EQFI_TRY(eqfi_module_add_parameter(context, made, "mean_shift", 1, &scalars, EQF_PARAMETER_TRAINABLE, one));
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}
