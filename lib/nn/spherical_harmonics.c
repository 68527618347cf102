/* Spherical harmonics as a module.
 * SPDX-License-Identifier: MIT */
#include <equiformer/spherical_harmonics.h>

#include "base/threads.h"
#include "kern/kernels.h"
#include "math/spherical_harmonics.h"
#include "nn/module.h"

typedef struct harmonics {
    eqf_module base;
    eqf_harmonics normalization;
    bool normalize;
} harmonics;

/* Every degree times its factor relative to `component`. */
static eqf_var renormalize(eqf_program *program, eqf_harmonics normalization, eqf_var y)
{
    double factors[EQF_LMAX + 1];
    const eqf_irreps *irreps = eqf_var_irreps(program, y);
    if (normalization == EQF_HARMONICS_COMPONENT || irreps == NULL) return y;
    int n = eqf_irreps_blocks(irreps);
    for (int l = 0; l < n; l++) factors[l] = eqfi_harmonics_factor(normalization, l);
    eqf_irreps *scalars;
    eqf_status status = eqfi_scalar_irreps(program->context, n, &scalars);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    y = eqf_scale(program, y, eqf_constant(program, scalars, factors), EQF_PER_BLOCK, 1);
    eqf_irreps_free(scalars);
    return y;
}

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    (void)scope, (void)graph;
    const harmonics *self = (const harmonics *)module;
    eqf_var x = in[0];
    if (self->normalize) { /* x / max(|x|, 1e-12) */
        eqf_var square = eqf_dot(program, x, x, EQF_PER_ROW, 1);
        x = eqf_scale(program, x, eqf_power(program, square, -0.5, 1e-24), EQF_PER_ROW, 1);
    }
    return renormalize(program, self->normalization, eqf_solid_harmonics(program, x, module->out));
}

static const eqfi_module_class harmonics_class = {"spherical_harmonics", sizeof(harmonics), record, NULL};

eqf_status eqf_spherical_harmonics_create(eqf_context *context, const eqf_irreps *irreps, eqf_harmonics normalization,
                                          int normalize, eqf_module **module)
{
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    eqf_irreps *vector = NULL;
    EQFI_CHECK((int)normalization >= 0 && normalization <= EQF_HARMONICS_INTEGRAL, EQF_ERROR_ARGUMENT,
               "unknown normalization %d of spherical harmonics", (int)normalization);
    int n = eqf_irreps_blocks(irreps);
    EQFI_CHECK(n > 0, EQF_ERROR_SHAPE, "spherical harmonics without irreps, expected 1x0e + ...");
    for (int l = 0; l < n; l++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(irreps, l);
        EQFI_CHECK(b->mul == 1 && b->irrep.l == l, EQF_ERROR_SHAPE,
                   "block %d of spherical harmonics is %dx%d, expected 1x%d", l, b->mul, b->irrep.l, l);
    }
    EQFI_TRY(eqf_irreps_create(context, 1, &(eqf_irreps_block){1, {1, -1}, 0}, &vector));
    EQFI_TRY(eqfi_module_new(context, &harmonics_class, &made));
    ((harmonics *)made)->normalization = normalization;
    ((harmonics *)made)->normalize = normalize != 0;
    eqfi_module_add_input(made, vector, EQFI_ON_ROWS);
    eqfi_module_set_output(made, irreps, EQFI_ON_ROWS);
    *module = made;
fail:
    eqf_irreps_free(vector);
    return status;
}

/* ---------------------------------------------------------------------------------------------------- raw arrays -- */

enum { POINTS_PER_TASK = 1024 };

typedef struct columns_task {
    eqfi_harmonics_request request;
    const eqfi_kernels *kernels;
} columns_task;

static void run_columns(void *argument, int64_t task)
{
    const columns_task *t = argument;
    int64_t first = task * POINTS_PER_TASK, last = first + POINTS_PER_TASK;
    t->kernels->harmonics_columns(&t->request, first, last < t->request.n ? last : t->request.n);
}

eqf_status eqf_spherical_harmonics_columns(eqf_context *context, int lmax, eqf_harmonics normalization, int normalize,
                                           eqf_precision precision, int64_t n, const void *xyz, void *y, void *gradient)
{
    eqf_status status = EQF_OK;
    eqfi_harmonics_plan *plan = NULL;
    EQFI_CHECK(lmax >= 0 && lmax <= EQF_LMAX, EQF_ERROR_RANGE, "lmax is %d, expected 0 to %d", lmax, EQF_LMAX);
    EQFI_CHECK((int)normalization >= 0 && normalization <= EQF_HARMONICS_INTEGRAL, EQF_ERROR_ARGUMENT,
               "unknown normalization %d of spherical harmonics", (int)normalization);
    EQFI_CHECK(precision == EQF_FLOAT32 || precision == EQF_FLOAT64, EQF_ERROR_ARGUMENT,
               "precision %d, expected EQF_FLOAT32 or EQF_FLOAT64", (int)precision);
    EQFI_CHECK(n >= 0, EQF_ERROR_RANGE, "%lld vectors, expected 0 or more", (long long)n);
    EQFI_CHECK(n == 0 || (xyz != NULL && y != NULL), EQF_ERROR_ARGUMENT, "xyz and y must not be NULL");
    if (lmax > EQFI_STRAIGHT_LMAX) EQFI_TRY(eqfi_harmonics_plan_create(context, lmax, &plan));
    columns_task t = {
        .request =
            {.plan = plan, .lmax = lmax, .normalize = normalize != 0, .n = n, .xyz = xyz, .y = y, .gradient = gradient},
        .kernels = eqfi_kernels_select(precision, eqfi_cpu_isa())};
    for (int l = 0; l <= lmax; l++) t.request.factor[l] = eqfi_harmonics_factor(normalization, l);
    eqfi_parallel(context, (n + POINTS_PER_TASK - 1) / POINTS_PER_TASK, run_columns, &t);
fail:
    eqfi_delete(context, plan);
    return status;
}
