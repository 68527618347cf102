/* Radial bases, and the networks that turn them into weights.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include <equiformer/radial.h>

#include "nn/module.h"

/* ---------------------------------------------------------------------------------------------------------- bases -- */

typedef struct radial_basis {
    eqf_module base;
    eqf_radial_kind kind;
    int n;
    double cutoff;
} radial_basis;

enum { GAUSSIAN_MEAN, GAUSSIAN_STD, GAUSSIAN_WEIGHT, GAUSSIAN_BIAS };
enum { EXP_MEANS, EXP_BETAS };
enum { BESSEL_FREQUENCIES };

/* n equal columns. */
static eqf_var repeat(eqf_program *program, int n, eqf_var x)
{
    return eqf_scale(program, eqfi_record_filled(program, n, 1), x, EQF_PER_ROW, 1);
}

static eqf_var square(eqf_program *program, eqf_var x) { return eqf_scale(program, x, x, EQF_PER_CHANNEL, 1); }

/* exp(-((x - mean)/s)^2 / 2) / (sqrt(2 * 3.14159) s), x = weight d/r_c + bias, s = |std| + 1e-5. The truncated pi belongs
 * to the published definition. */
static eqf_var record_gaussian(eqf_program *program, const radial_basis *self, const char *scope, eqf_var distance)
{
    const eqf_module *module = &self->base;
    eqf_var x =
        eqf_scale(program, distance, eqfi_record_parameter_like(program, module, GAUSSIAN_WEIGHT, scope, distance),
                  EQF_PER_CHANNEL, 1);
    x = eqf_combine(program, 1 / self->cutoff, x, 1,
                    eqfi_record_parameter_like(program, module, GAUSSIAN_BIAS, scope, distance));
    eqf_var s = eqf_apply(program, EQF_ABS, eqfi_record_parameter_like(program, module, GAUSSIAN_STD, scope, distance));
    eqf_var inverse = eqf_power(program, eqf_add(program, s, eqfi_record_filled(program, self->n, 1e-5)), -1, 0);
    x = eqf_combine(program, 1, repeat(program, self->n, x), -1,
                    eqfi_record_parameter_like(program, module, GAUSSIAN_MEAN, scope, distance));
    eqf_var z = square(program, eqf_scale(program, x, inverse, EQF_PER_CHANNEL, 1));
    eqf_var density = eqf_multiply(program, 1 / sqrt(2 * 3.14159), inverse);
    return eqf_scale(program, eqf_apply(program, EQF_EXP, eqf_multiply(program, -0.5, z)), density, EQF_PER_CHANNEL, 1);
}

/* (cos(pi d/r_c) + 1)/2 exp(-beta (exp(-5 d/r_c) - mu)^2) for d < r_c */
static eqf_var record_exp(eqf_program *program, const radial_basis *self, const char *scope, eqf_var distance)
{
    const eqf_module *module = &self->base;
    eqf_var t = eqf_multiply(program, 1 / self->cutoff, distance);
    eqf_var x = eqf_apply(program, EQF_EXP, eqf_multiply(program, -5, t));
    x = eqf_combine(program, 1, repeat(program, self->n, x), -1,
                    eqfi_record_parameter_like(program, module, EXP_MEANS, scope, distance));
    x = eqf_scale(program, square(program, x), eqfi_record_parameter_like(program, module, EXP_BETAS, scope, distance),
                  EQF_PER_CHANNEL, 1);
    x = eqf_apply(program, EQF_EXP, eqf_multiply(program, -1, x));
    eqf_var envelope = eqfi_emit_unary(program, &(eqfi_unary_plan){EQFI_FUNCTION_COSINE, 0, 0, 0}, t);
    return eqf_scale(program, x, envelope, EQF_PER_ROW, 1);
}

/* sqrt(2/r_c^3) sin(f t) / t envelope(t), t = d/r_c */
static eqf_var record_bessel(eqf_program *program, const radial_basis *self, const char *scope, eqf_var distance)
{
    double rc = self->cutoff;
    eqf_var t = eqf_multiply(program, 1 / rc, distance);
    eqf_var x = eqf_scale(program, repeat(program, self->n, t),
                          eqfi_record_parameter_like(program, &self->base, BESSEL_FREQUENCIES, scope, distance),
                          EQF_PER_CHANNEL, 1);
    eqf_var envelope = eqfi_emit_unary(program, &(eqfi_unary_plan){EQFI_FUNCTION_ENVELOPE, 0, 0, 0}, t);
    envelope = eqf_scale(program, envelope, eqf_power(program, t, -1, 1e-12), EQF_PER_CHANNEL, 1);
    envelope = eqf_multiply(program, sqrt(2 / (rc * rc * rc)), envelope);
    return eqf_scale(program, eqf_apply(program, EQF_SIN, x), envelope, EQF_PER_ROW, 1);
}

static eqf_var record_basis(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                            const eqf_var *in)
{
    (void)graph;
    const radial_basis *self = (const radial_basis *)module;
    static eqf_var (*const table[])(eqf_program *, const radial_basis *, const char *, eqf_var) = {
        [EQF_RADIAL_GAUSSIAN] = record_gaussian, [EQF_RADIAL_EXP] = record_exp, [EQF_RADIAL_BESSEL] = record_bessel};
    return table[self->kind](program, self, scope, in[0]);
}

static const eqfi_module_class basis_class = {"radial_basis", sizeof(radial_basis), record_basis, NULL};

static eqf_status add_gaussian_parameters(eqf_context *context, eqf_module *module, int n)
{
    static const int64_t one[2] = {1, 1};
    const int64_t shape[2] = {1, n};
    const struct {
        const char *name;
        const int64_t *shape;
        eqfi_init_run init;
    } table[] = {{"mean", shape, {EQFI_INIT_UNIFORM, 0, 0, 1}},
                 {"std", shape, {EQFI_INIT_UNIFORM, 0, 1.0 / n, 1}},
                 {"weight", one, {EQFI_INIT_FILL, 0, 1, 0}},
                 {"bias", one, {EQFI_INIT_FILL, 0, 0, 0}}};
    eqf_status status = EQF_OK;
    for (int i = 0; i < 4 && status == EQF_OK; i++)
        status = eqfi_module_add_parameter(context, module, table[i].name, 2, table[i].shape, EQF_PARAMETER_TRAINABLE,
                                           table[i].init);
    return status;
}

/* mu from exp(-r_c) to 1 in equal steps, beta = (2/N (1 - exp(-r_c)))^-2 */
static eqf_status add_exp_parameters(eqf_context *context, eqf_module *module, int n, double cutoff)
{
    double start = exp(-cutoff), width = 2.0 / n * (1 - start);
    eqf_status status = eqfi_module_add_parameter(context, module, "means", 1, &(int64_t){n}, 0,
                                                  (eqfi_init_run){EQFI_INIT_RAMP, 0, start, 1});
    if (status != EQF_OK) return status;
    return eqfi_module_add_parameter(context, module, "betas", 1, &(int64_t){n}, 0,
                                     (eqfi_init_run){EQFI_INIT_FILL, 0, 1 / (width * width), 0});
}

static eqf_status add_parameters(eqf_context *context, eqf_module *module, eqf_radial_kind kind, int n, double cutoff)
{
    static const double pi = 3.14159265358979323846;
    switch (kind) {
    case EQF_RADIAL_GAUSSIAN: return add_gaussian_parameters(context, module, n);
    case EQF_RADIAL_EXP: return add_exp_parameters(context, module, n, cutoff);
    case EQF_RADIAL_BESSEL: break;
    }
    return eqfi_module_add_parameter(context, module, "rbf.frequencies", 1, &(int64_t){n}, EQF_PARAMETER_TRAINABLE,
                                     (eqfi_init_run){EQFI_INIT_RAMP, 0, pi, n * pi});
}

eqf_status eqf_radial_basis_create(eqf_context *context, eqf_radial_kind kind, int n, double cutoff,
                                   eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *distance = NULL, *out = NULL;
    EQFI_CHECK((int)kind >= EQF_RADIAL_GAUSSIAN && kind <= EQF_RADIAL_BESSEL, EQF_ERROR_ARGUMENT,
               "unknown radial basis %d", (int)kind);
    EQFI_CHECK(n > 0, EQF_ERROR_RANGE, "%d radial functions, expected 1 or more", n);
    EQFI_CHECK(isfinite(cutoff) && cutoff > 0, EQF_ERROR_RANGE, "a cut-off of %g, expected a positive number", cutoff);
    EQFI_TRY(eqfi_scalar_irreps(context, 1, &distance));
    EQFI_TRY(eqfi_scalar_irreps(context, n, &out));
    EQFI_TRY(eqfi_module_new(context, &basis_class, &made));
    radial_basis *self = (radial_basis *)made;
    self->kind = kind;
    self->n = n;
    self->cutoff = cutoff;
    eqfi_module_add_input(made, distance, EQFI_ON_ROWS);
    eqfi_module_set_output(made, out, EQFI_ON_ROWS);
    EQFI_TRY(add_parameters(context, made, kind, n, cutoff));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(distance);
    eqf_irreps_free(out);
    eqf_module_free(made);
    return status;
}

/* -------------------------------------------------------------------------------------------------------- network -- */

typedef struct radial_mlp {
    eqf_module base;
    int n_linear;
    eqfi_linear_plan **plans; /* of the transposed maps: weights are [out][in] */
} radial_mlp;

/* Parameters of a hidden layer; the last layer has weight and offset. */
enum { HIDDEN_WEIGHT, HIDDEN_BIAS, HIDDEN_NORM_WEIGHT, HIDDEN_NORM_BIAS, HIDDEN_PARAMETERS };

/* Layer i, of which the first n outputs are wanted. */
static eqf_var record_layer(eqf_program *program, const radial_mlp *self, int i, const char *scope, eqf_var x, int n)
{
    const eqf_module *module = &self->base;
    eqfi_linear_plan *plan;
    eqf_irreps *out;
    int first = i * HIDDEN_PARAMETERS;
    eqf_var weight = eqfi_record_parameter(program, module, first + HIDDEN_WEIGHT, scope);
    eqf_var bias = eqfi_record_parameter(program, module, first + HIDDEN_BIAS, scope);
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_scalar_irreps(program->context, n, &out);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    status = eqfi_linear_plan_restrict(program->context, self->plans[i], eqf_var_irreps(program, bias), out, &plan);
    const eqfi_linear_plan *kept =
        status == EQF_OK ? eqfi_intern_plan(program, plan, eqfi_linear_plan_bytes(plan)) : NULL;
    if (status != EQF_OK) eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    if (kept != NULL) x = eqfi_emit_linear(program, kept, true, out, x, weight);
    eqf_irreps_free(out);
    return kept == NULL ? (eqf_var){0} : eqf_add(program, x, eqf_channels(program, bias, 0, 0, n));
}

eqf_var eqfi_record_radial_mlp(eqf_program *program, const eqf_module *module, const char *scope, eqf_var x, int n)
{
    const radial_mlp *self = (const radial_mlp *)module;
    int last = self->n_linear - 1;
    for (int i = 0; i < last; i++) {
        int first = i * HIDDEN_PARAMETERS;
        x = record_layer(program, self, i, scope, x, self->plans[i]->columns_in);
        x = eqfi_record_layer_norm(program, x, 1e-5,
                                   eqfi_record_parameter(program, module, first + HIDDEN_NORM_WEIGHT, scope),
                                   eqfi_record_parameter(program, module, first + HIDDEN_NORM_BIAS, scope));
        x = eqf_apply(program, EQF_SILU, x);
    }
    return record_layer(program, self, last, scope, x, n);
}

static eqf_var record_mlp(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                          const eqf_var *in)
{
    (void)graph;
    return eqfi_record_radial_mlp(program, module, scope, in[0], eqf_irreps_dim(module->out));
}

static void destroy_mlp(eqf_module *module)
{
    radial_mlp *self = (radial_mlp *)module;
    for (int i = 0; self->plans != NULL && i < self->n_linear; i++) eqfi_release(&module->allocator, self->plans[i]);
    eqfi_release(&module->allocator, self->plans);
}

static const eqfi_module_class mlp_class = {"radial_mlp", sizeof(radial_mlp), record_mlp, destroy_mlp};

static eqf_status add_layer(eqf_context *context, eqf_module *module, int layer, const char *suffix, int ndim,
                            const int64_t *shape, unsigned flags, eqfi_init_run init)
{
    char name[32];
    snprintf(name, sizeof name, "net.%d.%s", layer, suffix);
    return eqfi_module_add_parameter(context, module, name, ndim, shape, EQF_PARAMETER_TRAINABLE | flags, init);
}

/* Linear i, with its norm if it is hidden. Weights are uniform within 1/sqrt(in). */
static eqf_status add_linear(eqf_context *context, radial_mlp *self, int i, int in, int out)
{
    eqf_status status = EQF_OK;
    eqf_module *module = &self->base;
    eqf_irreps *irreps_in = NULL, *irreps_out = NULL;
    double bound = 1 / sqrt(in);
    const eqfi_init_run uniform = {EQFI_INIT_UNIFORM, 0, -bound, bound};
    const eqfi_init_run zero = {EQFI_INIT_FILL, 0, 0, 0}, one = {EQFI_INIT_FILL, 0, 1, 0};
    EQFI_TRY(eqfi_scalar_irreps(context, in, &irreps_in));
    EQFI_TRY(eqfi_scalar_irreps(context, out, &irreps_out));
    EQFI_TRY(eqfi_linear_plan_create(context, irreps_out, irreps_in, &self->plans[i]));
    EQFI_TRY(add_layer(context, module, 3 * i, "weight", 2, (int64_t[]){out, in}, EQF_PARAMETER_DECAY, uniform));
    if (i == self->n_linear - 1) {
        EQFI_TRY(eqfi_module_add_parameter(context, module, "offset", 1, &(int64_t){out},
                                           EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY, uniform));
    } else {
        EQFI_TRY(add_layer(context, module, 3 * i, "bias", 1, &(int64_t){out}, 0, zero));
        EQFI_TRY(add_layer(context, module, 3 * i + 1, "weight", 1, &(int64_t){out}, 0, one));
        EQFI_TRY(add_layer(context, module, 3 * i + 1, "bias", 1, &(int64_t){out}, 0, zero));
    }
fail:
    eqf_irreps_free(irreps_in);
    eqf_irreps_free(irreps_out);
    return status;
}

eqf_status eqf_radial_mlp_create(eqf_context *context, int n, const int *layers, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *in = NULL, *out = NULL;
    EQFI_CHECK(n >= 2, EQF_ERROR_RANGE, "a radial network of %d layers, expected 2 or more", n);
    for (int i = 0; i < n; i++)
        EQFI_CHECK(layers[i] > 0, EQF_ERROR_RANGE, "layer %d of a radial network has %d channels, expected 1 or more",
                   i, layers[i]);
    EQFI_TRY(eqfi_module_new(context, &mlp_class, &made));
    radial_mlp *self = (radial_mlp *)made;
    self->n_linear = n - 1;
    EQFI_TRY(eqfi_new(context, (size_t)self->n_linear, sizeof *self->plans, (void **)&self->plans));
    EQFI_TRY(eqfi_scalar_irreps(context, layers[0], &in));
    EQFI_TRY(eqfi_scalar_irreps(context, layers[n - 1], &out));
    eqfi_module_add_input(made, in, EQFI_ON_ROWS);
    eqfi_module_set_output(made, out, EQFI_ON_ROWS);
    for (int i = 0; i < self->n_linear; i++) EQFI_TRY(add_linear(context, self, i, layers[i], layers[i + 1]));
    *module = made;
    made = NULL;
fail:
    eqf_irreps_free(in);
    eqf_irreps_free(out);
    eqf_module_free(made);
    return status;
}

eqf_status eqfi_add_radial_mlp(eqf_context *context, eqf_module *module, const char *name, int n, const int *layers,
                               int64_t out)
{
    eqf_status status = EQF_OK;
    eqf_module *child = NULL;
    int *all = NULL;
    EQFI_CHECK(n >= 1 && layers != NULL, EQF_ERROR_RANGE, "radial layers: %d of them, expected 1 or more", n);
    EQFI_TRY(eqfi_new(context, (size_t)n + 1, sizeof *all, (void **)&all));
    for (int i = 0; i < n; i++) all[i] = layers[i];
    all[n] = (int)out;
    EQFI_TRY(eqf_radial_mlp_create(context, n + 1, all, &child));
    EQFI_TRY(eqfi_module_add_child(context, module, name, child));
fail:
    eqfi_delete(context, all);
    return status;
}
