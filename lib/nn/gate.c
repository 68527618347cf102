/* Activations and gates.
 * SPDX-License-Identifier: MIT */
#include <equiformer/gate.h>

#include "nn/module.h"

/* ----------------------------------------------------------------------------------------------------- activation -- */

typedef struct activation {
    eqf_module base;
    eqf_activation kind;
} activation;

/* 1 / sqrt(E f(z)^2) over normal z, as the published implementation sampled it. */
static const double constants[] = {
    [EQF_ACTIVATION_SILU] = 1.6791767923989418,
    [EQF_ACTIVATION_SIGMOID] = 1.8467055342154763,
    [EQF_ACTIVATION_TANH] = 1.5937334472592695,
    [EQF_ACTIVATION_SMOOTH_LEAKY_RELU] = 1.531320475574866,
};

double eqfi_activation_constant(int kind) { return constants[kind]; }

/* (1+a)/2 x + (1-a)/2 x (2 sigmoid(x) - 1) = a x + (1-a) SiLU(x), a = 0.2 */
static const double leak = 0.2;

static eqf_var record_activation(eqf_program *program, const eqf_module *module, const char *scope,
                                 const eqf_graph *graph, const eqf_var *in)
{
    static const eqf_function functions[] = {
        [EQF_ACTIVATION_SILU] = EQF_SILU,
        [EQF_ACTIVATION_SIGMOID] = EQF_SIGMOID,
        [EQF_ACTIVATION_TANH] = EQF_TANH,
        [EQF_ACTIVATION_SMOOTH_LEAKY_RELU] = EQF_SILU,
    };
    (void)scope, (void)graph;
    eqf_activation kind = ((const activation *)module)->kind;
    eqf_var y = eqf_apply(program, functions[kind], in[0]);
    if (kind == EQF_ACTIVATION_SMOOTH_LEAKY_RELU)
        return eqf_combine(program, constants[kind] * leak, in[0], constants[kind] * (1 - leak), y);
    return eqf_multiply(program, constants[kind], y);
}

static const eqfi_module_class activation_class = {"activation", sizeof(activation), record_activation, NULL};

eqf_status eqf_activation_create(eqf_context *context, eqf_activation kind, const eqf_irreps *irreps,
                                 eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    char text[256];
    EQFI_CHECK((int)kind >= EQF_ACTIVATION_SILU && kind <= EQF_ACTIVATION_SMOOTH_LEAKY_RELU, EQF_ERROR_ARGUMENT,
               "unknown activation %d", (int)kind);
    eqf_irreps_format(irreps, text, sizeof text, NULL);
    EQFI_CHECK(eqfi_scalars(irreps) == eqf_irreps_dim(irreps), EQF_ERROR_SHAPE,
               "an activation of irreps %s, expected 0e only", text);
    EQFI_TRY(eqfi_module_new(context, &activation_class, &made));
    ((activation *)made)->kind = kind;
    eqfi_module_add_input(made, irreps, EQFI_ON_ROWS);
    eqfi_module_set_output(made, irreps, EQFI_ON_ROWS);
    *module = made;
fail:
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- gate -- */

/* The first block of the input holds the scalars s and the gates g. As SiLU(s) = s sigmoid(s), the output is the scalars
 * and gated channels, each times a constant times the sigmoid of the channel at the same place in that block. */
static eqf_var record_factors(eqf_program *program, const eqf_module *module, eqf_var x)
{
    int channels = eqf_irreps_channels(module->out), scalars = eqfi_scalars(module->out);
    eqf_var factor = eqf_apply(program, EQF_SIGMOID, eqf_channels(program, x, 0, 0, channels));
    eqf_var silu = eqfi_record_filled(program, scalars, constants[EQF_ACTIVATION_SILU]);
    eqf_var sigmoid = eqfi_record_filled(program, channels - scalars, constants[EQF_ACTIVATION_SIGMOID]);
    return eqf_scale(program, factor, eqf_concat(program, silu, sigmoid), EQF_PER_CHANNEL, 1);
}

eqf_var eqfi_record_gate_at_axis(eqf_program *program, const eqf_module *module, eqf_var x)
{
    int channels = eqf_irreps_channels(module->out), scalars = eqfi_scalars(module->out);
    eqf_var factor = record_factors(program, module, x), value = eqf_channels(program, x, 0, 0, scalars);
    if (channels > scalars)
        value = eqf_concat(program, value, eqf_channels(program, x, 0, channels, channels - scalars));
    return eqf_scale(program, value, factor, EQF_PER_CHANNEL, 1);
}

static eqf_var record_gate(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                           const eqf_var *in)
{
    (void)scope, (void)graph;
    int channels = eqf_irreps_channels(module->out), scalars = eqfi_scalars(module->out);
    eqf_var factor = record_factors(program, module, in[0]);

    /* In the input the gates follow the scalars in the block that the output has for scalars alone. */
    eqf_var value = in[0];
    if (channels > scalars && eqfi_recording(program)) {
        int n = eqf_irreps_blocks(module->out);
        value = eqfi_emit_place(program, in[0], module->in[0], scalars > 0 ? 0 : 1, module->out, 0, n);
    }
    return eqf_scale(program, value, factor, EQF_PER_CHANNEL, 1);
}

static const eqfi_module_class gate_class = {"gate", sizeof(eqf_module), record_gate, NULL};

/* Scalars + gates, then the gated blocks; and the output that belongs to it. */
static eqf_status gate_irreps(eqf_context *context, const eqf_irreps *wanted, eqf_irreps **in, eqf_irreps **out)
{
    eqf_status status = EQF_OK;
    eqf_irreps_block *blocks = NULL;
    int scalars = eqfi_scalars(wanted), n = eqf_irreps_blocks(wanted), used = 0;
    EQFI_TRY(eqfi_new(context, (size_t)n + 2, sizeof *blocks, (void **)&blocks));
    if (scalars > 0) blocks[used++] = (eqf_irreps_block){scalars, {0, 1}, 0};
    for (int i = 0; i < n; i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(wanted, i);
        if (b->mul > 0 && (b->irrep.l != 0 || b->irrep.p != 1)) blocks[used++] = *b;
    }
    EQFI_TRY(eqf_irreps_create(context, used, blocks, out));
    int gates = eqf_irreps_channels(wanted) - scalars;
    if (scalars == 0) {
        for (int i = used++; i > 0; i--) blocks[i] = blocks[i - 1];
        blocks[0] = (eqf_irreps_block){0, {0, 1}, 0};
    }
    blocks[0].mul += gates;
    EQFI_TRY(eqf_irreps_create(context, used, blocks, in));
fail:
    if (status != EQF_OK) {
        eqf_irreps_free(*out);
        *out = NULL;
    }
    eqfi_delete(context, blocks);
    return status;
}

eqf_status eqf_gate_create(eqf_context *context, const eqf_irreps *out, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *irreps_in = NULL, *irreps_out = NULL;
    EQFI_CHECK(eqf_irreps_channels(out) > 0, EQF_ERROR_SHAPE, "a gate without channels");
    EQFI_TRY(gate_irreps(context, out, &irreps_in, &irreps_out));
    EQFI_TRY(eqfi_module_new(context, &gate_class, &made));
    eqfi_module_add_input(made, irreps_in, EQFI_ON_ROWS);
    eqfi_module_set_output(made, irreps_out, EQFI_ON_ROWS);
    *module = made;
fail:
    eqf_irreps_free(irreps_in);
    eqf_irreps_free(irreps_out);
    return status;
}
