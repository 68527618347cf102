/* Tensor products: general, depthwise and fully connected.
 * SPDX-License-Identifier: MIT */
#include <equiformer/tensor_product.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/struct.h"
#include "math/spherical_harmonics.h"
#include "nn/module.h"
#include "tensor/frame.h"

typedef struct tensor_product {
    eqf_module base;
    eqfi_product_plan *plan;
    eqf_tp_weights weights;
    int n;
    eqf_instruction *instructions;
    double *factors;
} tensor_product;

static eqf_var record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in)
{
    (void)graph;
    const tensor_product *self = (const tensor_product *)module;
    eqf_var weight = {0};
    if (module->n_parameters > 0)
        weight = eqfi_record_parameter(program, module, 0, scope);
    else if (module->n_in == 3)
        weight = in[2];
    return eqfi_emit_product(program, self->plan, module->out, in[0], in[1], weight);
}

/* Every component of y times every factor: component m of y is at columns heads m + h. */
static eqf_status factors_plan(eqf_context *context, const eqf_irreps *factors, const eqf_irreps *y,
                               eqfi_product_plan **plan, eqf_irreps **out)
{
    eqf_status status = EQF_OK;
    int n = eqf_irreps_blocks(y), heads = eqf_irreps_dim(factors);
    eqf_instruction *paths = NULL;
    eqf_irreps_block *blocks = NULL;
    double *scales = NULL;
    *out = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *paths, (void **)&paths));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *blocks, (void **)&blocks));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *scales, (void **)&scales));
    for (int i = 0; i < n; i++) {
        eqf_irrep irrep = eqf_irreps_block_at(y, i)->irrep;
        paths[i] = (eqf_instruction){0, i, i, EQF_UVU, 0};
        blocks[i] = (eqf_irreps_block){heads, irrep, 0};
        scales[i] = sqrt(2 * irrep.l + 1); /* of C(0, l, l) */
    }
    EQFI_TRY(eqf_irreps_create(context, n, blocks, out));
    EQFI_TRY(eqfi_product_plan_create(context, EQF_CG_E3NN_05, factors, y, *out, n, paths, scales, plan));
fail:
    eqfi_delete(context, paths);
    eqfi_delete(context, blocks);
    eqfi_delete(context, scales);
    return status;
}

static eqf_var record_factors(eqf_program *program, eqf_var factors, eqf_var y)
{
    eqfi_product_plan *plan;
    eqf_irreps *out;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status =
        factors_plan(program->context, eqf_var_irreps(program, factors), eqf_var_irreps(program, y), &plan, &out);
    if (status != EQF_OK) {
        eqf_irreps_free(out);
        return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    }
    const eqfi_product_plan *kept = eqfi_intern_plan(program, plan, 0);
    eqf_var product = {0};
    if (kept != NULL) product = eqfi_emit_product(program, kept, out, factors, y, (eqf_var){0});
    eqf_irreps_free(out);
    return product;
}

eqf_var eqfi_record_product_by_head(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                    eqf_map map, eqf_var x, eqf_var y, eqf_var factors)
{
    eqfi_product_plan *plan = NULL;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status =
        eqfi_product_plan_by_head(program->context, ((const tensor_product *)module)->plan, heads, &plan);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    const eqfi_product_plan *kept = plan == NULL ? NULL : eqfi_intern_plan(program, plan, 0);
    if (kept == NULL) return (eqf_var){0};
    eqf_var sum = eqfi_emit_outer(program, map, x, record_factors(program, factors, y));
    return eqfi_emit_contract(program, kept, sum, eqfi_record_parameter(program, module, 0, scope));
}

const eqfi_product_plan *eqfi_product_plan_of(const eqf_module *module)
{
    return ((const tensor_product *)module)->plan;
}

enum { HARMONICS = (EQF_LMAX + 1) * (EQF_LMAX + 1) };

/* Those that the second argument has in the frame of an edge. */
static void harmonics_at_axis(const eqf_module *module, double harmonics[HARMONICS])
{
    static const double axis[3] = {0, 1, 0};
    eqfi_solid_harmonics(eqf_irreps_lmax(module->in[1]), axis, harmonics);
}

eqf_var eqfi_record_product_in_frame(eqf_program *program, const eqf_module *module, eqf_var x, eqf_var weights)
{
    double harmonics[HARMONICS];
    eqfi_product_plan *plan;
    eqf_irreps *out;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_product_plan_in_frame(program->context, eqfi_product_plan_of(module), &plan);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    const eqfi_product_plan *kept = eqfi_intern_plan(program, plan, 0);
    if (kept == NULL) return (eqf_var){0};
    status = eqfi_scalar_irreps(program->context, kept->columns[EQFI_ROLE_OUT], &out);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    harmonics_at_axis(module, harmonics);
    eqf_var y = eqf_constant(program, module->in[1], harmonics);
    eqf_var product = eqfi_emit_product(program, kept, out, x, y, weights);
    eqf_irreps_free(out);
    return product;
}

/* The weight of each channel, in order, as runs of consecutive weights; 0 where there is none. */
static eqf_var pick_weights(eqf_program *program, eqf_var weights, int n, const int64_t *weight)
{
    eqf_var all = {0};
    for (int first = 0, last; first < n; first = last) {
        for (last = first + 1; last < n && weight[last] == weight[last - 1] + (weight[first] >= 0); last++) continue;
        eqf_var run = weight[first] < 0 ? eqfi_record_filled(program, last - first, 0)
                                        : eqf_channels(program, weights, 0, (int)weight[first], last - first);
        all = first == 0 ? run : eqf_concat(program, all, run);
    }
    return all;
}

eqf_var eqfi_record_product_factors(eqf_program *program, const eqf_module *module, const char *scope)
{
    double harmonics[HARMONICS], *factor = NULL;
    int64_t *weight = NULL;
    int n = eqf_irreps_channels(module->in[0]);
    eqf_var all = {0};
    eqf_status status = EQF_OK;
    if (!eqfi_recording(program)) return all;
    EQFI_TRY(eqfi_new(program->context, (size_t)n, sizeof *weight, (void **)&weight));
    EQFI_TRY(eqfi_new(program->context, (size_t)n, sizeof *factor, (void **)&factor));
    harmonics_at_axis(module, harmonics);
    EQFI_TRY(eqfi_product_at_axis(program->context, eqfi_product_plan_of(module), module->in[0],
                                  eqfi_scalars(module->out), harmonics, weight, factor));
    all = pick_weights(program, eqfi_record_parameter(program, module, 0, scope), n, weight);
    all = eqf_scale(program, all, eqfi_record_values(program, n, factor), EQF_PER_CHANNEL, 1);
fail:
    if (status != EQF_OK) all = eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    eqfi_delete(program->context, weight);
    eqfi_delete(program->context, factor);
    return all;
}

static void destroy(eqf_module *module)
{
    tensor_product *self = (tensor_product *)module;
    eqfi_release(&module->allocator, self->plan);
    eqfi_release(&module->allocator, self->instructions);
    eqfi_release(&module->allocator, self->factors);
}

static const eqfi_module_class tensor_product_class = {"tensor_product", sizeof(tensor_product), record, destroy};

/* --------------------------------------------------------------------------------------------------- instructions -- */

static int mul_of(const eqf_irreps *irreps, int block) { return eqf_irreps_block_at(irreps, block)->mul; }

static bool multiplicities_fit(eqf_tp_mode mode, int mul1, int mul2, int mul3)
{
    switch (mode) {
    case EQF_UVW: return true;
    case EQF_UVU: return mul3 == mul1;
    case EQF_UVV: return mul3 == mul2;
    case EQF_UUW: return mul2 == mul1;
    case EQF_UUU: return mul2 == mul1 && mul3 == mul1;
    case EQF_UVUV: return mul3 == (int64_t)mul1 * mul2;
    }
    return false;
}

static eqf_status check_instruction(eqf_context *context, const eqf_irreps *const irreps[3], int i,
                                    const eqf_instruction *instruction)
{
    eqf_status status = EQF_OK;
    const int index[3] = {instruction->in1, instruction->in2, instruction->out};
    const eqf_irreps_block *b[3];
    for (int k = 0; k < 3; k++) {
        b[k] = eqf_irreps_block_at(irreps[k], index[k]);
        EQFI_CHECK(b[k] != NULL, EQF_ERROR_RANGE, "instruction %d: block %d of %s, expected 0 to %d", i, index[k],
                   (const char *const[]){"in1", "in2", "out"}[k], eqf_irreps_blocks(irreps[k]) - 1);
    }
    EQFI_CHECK((int)instruction->mode >= EQF_UVW && instruction->mode <= EQF_UVUV, EQF_ERROR_ARGUMENT,
               "instruction %d: unknown mode %d", i, (int)instruction->mode);
    EQFI_CHECK(multiplicities_fit(instruction->mode, b[0]->mul, b[1]->mul, b[2]->mul), EQF_ERROR_SHAPE,
               "instruction %d: multiplicities %d, %d, %d do not fit the mode", i, b[0]->mul, b[1]->mul, b[2]->mul);
    int l1 = b[0]->irrep.l, l2 = b[1]->irrep.l, l3 = b[2]->irrep.l;
    EQFI_CHECK(abs(l1 - l2) <= l3 && l3 <= l1 + l2 && b[0]->irrep.p * b[1]->irrep.p == b[2]->irrep.p, EQF_ERROR_SHAPE,
               "instruction %d: %d%c is not in the product of %d%c and %d%c", i, l3, b[2]->irrep.p > 0 ? 'e' : 'o', l1,
               b[0]->irrep.p > 0 ? 'e' : 'o', l2, b[1]->irrep.p > 0 ? 'e' : 'o');
fail:
    return status;
}

/* Elements that an instruction sums into one output. */
static double elements_of(eqf_tp_mode mode, int mul1, int mul2)
{
    switch (mode) {
    case EQF_UVW: return (double)mul1 * mul2;
    case EQF_UVU: return mul2;
    case EQF_UVV:
    case EQF_UUW: return mul1;
    case EQF_UUU:
    case EQF_UVUV: break;
    }
    return 1;
}

static double factor_of(const eqf_irreps *const irreps[3], int n, const eqf_instruction *all, int i,
                        const eqf_tensor_product_options *options)
{
    const eqf_instruction *own = &all[i];
    double x = 0;
    for (int j = 0; j < n; j++) {
        if (all[j].out != own->out) continue;
        const eqf_instruction *counted = options->path_normalization == EQF_PATH_PATH ? own : &all[j];
        x += elements_of(counted->mode, mul_of(irreps[0], counted->in1), mul_of(irreps[1], counted->in2));
    }
    if (options->path_normalization == EQF_PATH_NONE) x = 1;
    int l1 = eqf_irreps_block_at(irreps[0], own->in1)->irrep.l, l2 = eqf_irreps_block_at(irreps[1], own->in2)->irrep.l;
    int l3 = eqf_irreps_block_at(irreps[2], own->out)->irrep.l;
    double a = options->irrep_normalization == EQF_IRREP_COMPONENT ? 2 * l3 + 1 : (2 * l1 + 1) * (2 * l2 + 1);
    return x > 0 ? sqrt(a / x) : 0;
}

/* ------------------------------------------------------------------------------------------------------- creation -- */

/* Normal weights: of variance 1 where factors normalize the path, else 1 / (elements that are summed into the output). */
static eqf_status add_internal_weights(eqf_context *context, tensor_product *self, eqf_path_normalization normalization)
{
    eqf_status status = EQF_OK;
    const eqf_irreps *in1 = self->base.in[0], *in2 = self->base.in[1], *out = self->base.out;
    eqfi_init_run *runs = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)self->n, sizeof *runs, (void **)&runs));
    for (int i = 0; i < self->n; i++) {
        const eqf_instruction *own = &self->instructions[i];
        double fan_in = 0;
        for (int j = 0; j < self->n; j++) {
            const eqf_instruction *other = &self->instructions[j];
            if (other->out == own->out)
                fan_in += elements_of(other->mode, mul_of(in1, other->in1), mul_of(in2, other->in2));
        }
        int64_t count =
            eqfi_instruction_weights(own, mul_of(in1, own->in1), mul_of(in2, own->in2), mul_of(out, own->out));
        bool normalized = normalization != EQF_PATH_NONE || fan_in == 0;
        runs[i] = (eqfi_init_run){EQFI_INIT_NORMAL, count, normalized ? 1 : 1 / sqrt(fan_in), 0};
    }
    EQFI_TRY(eqfi_module_add_parameter_runs(context, &self->base, "weight", 1,
                                            &(int64_t){self->plan->columns[EQFI_ROLE_W]},
                                            EQF_PARAMETER_TRAINABLE | EQF_PARAMETER_DECAY, self->n, runs));
fail:
    eqfi_delete(context, runs);
    return status;
}

static eqf_status add_weights(eqf_context *context, tensor_product *self, const eqf_tensor_product_options *options)
{
    eqf_status status = EQF_OK;
    eqf_irreps *irreps = NULL;
    int count = self->plan->columns[EQFI_ROLE_W];
    if (count == 0) return EQF_OK;
    if (options->weights == EQF_WEIGHTS_INTERNAL)
        return add_internal_weights(context, self, options->path_normalization);
    EQFI_TRY(eqfi_scalar_irreps(context, count, &irreps));
    eqfi_module_add_input(&self->base, irreps, EQFI_ON_ROWS);
fail:
    eqf_irreps_free(irreps);
    return status;
}

static eqf_status check_options(eqf_context *context, const eqf_tensor_product_options *options)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK((int)options->irrep_normalization >= 0 && options->irrep_normalization <= EQF_IRREP_NORM &&
                   (int)options->path_normalization >= 0 && options->path_normalization <= EQF_PATH_PATH &&
                   (int)options->weights >= 0 && options->weights <= EQF_WEIGHTS_INTERNAL &&
                   (int)options->convention >= 0 && options->convention <= EQF_CG_E3NN_04,
               EQF_ERROR_ARGUMENT, "tensor product options %d, %d, %d, %d: one is not of its enumeration",
               (int)options->irrep_normalization, (int)options->path_normalization, (int)options->weights,
               (int)options->convention);
fail:
    return status;
}

eqf_status eqf_tensor_product_create(eqf_context *context, const eqf_irreps *in1, const eqf_irreps *in2,
                                     const eqf_irreps *out, int n, const eqf_instruction *instructions,
                                     const eqf_tensor_product_options *options, eqf_module **module)
{
    eqf_tensor_product_options own = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    eqf_status status = EQF_OK;
    eqf_module *made = NULL;
    const eqf_irreps *irreps[3] = {in1, in2, out};
    EQFI_TAKE(eqf_tensor_product_options, options, own);
    EQFI_TRY(check_options(context, options));
    EQFI_CHECK(n >= 0, EQF_ERROR_RANGE, "%d instructions, expected 0 or more", n);
    for (int i = 0; i < n; i++) EQFI_TRY(check_instruction(context, irreps, i, &instructions[i]));
    EQFI_TRY(eqfi_module_new(context, &tensor_product_class, &made));
    tensor_product *self = (tensor_product *)made;
    eqfi_module_add_input(made, in1, EQFI_ON_ROWS);
    eqfi_module_add_input(made, in2, EQFI_ON_ROWS);
    eqfi_module_set_output(made, out, EQFI_ON_ROWS);
    self->weights = options->weights;
    self->n = n;
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *self->instructions, (void **)&self->instructions));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *self->factors, (void **)&self->factors));
    if (n > 0) memcpy(self->instructions, instructions, (size_t)n * sizeof *instructions);
    for (int i = 0; i < n; i++) self->factors[i] = factor_of(irreps, n, instructions, i, options);
    EQFI_TRY(eqfi_product_plan_create(context, options->convention, in1, in2, out, n, instructions, self->factors,
                                      &self->plan));
    EQFI_TRY(add_weights(context, self, options));
    *module = made;
    made = NULL;
fail:
    eqf_module_free(made);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- builders -- */

typedef struct path_list {
    eqf_instruction *instructions;
    eqf_irreps_block *outputs;
    size_t n, instruction_capacity, output_capacity;
} path_list;

static eqf_status add_path(eqf_context *context, path_list *list, int i, int j, int k, eqf_tp_mode mode,
                           eqf_irreps_block output)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_grow(context, list->n + 1, sizeof *list->instructions, &list->instruction_capacity,
                       (void **)&list->instructions));
    EQFI_TRY(eqfi_grow(context, list->n + 1, sizeof *list->outputs, &list->output_capacity, (void **)&list->outputs));
    list->instructions[list->n] = (eqf_instruction){i, j, k, mode, 1};
    list->outputs[list->n++] = output;
fail:
    return status;
}

static void free_paths(eqf_context *context, path_list *list)
{
    eqfi_delete(context, list->instructions);
    eqfi_delete(context, list->outputs);
}

static bool is_wanted(const eqf_irreps *wanted, eqf_irrep irrep)
{
    if (irrep.l == 0 && irrep.p == 1) return true;
    for (int i = 0; i < eqf_irreps_blocks(wanted); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(wanted, i);
        if (b->irrep.l == irrep.l && b->irrep.p == irrep.p) return true;
    }
    return false;
}

static eqf_status depthwise_paths(eqf_context *context, const eqf_irreps *in, const eqf_irreps *sh,
                                  const eqf_irreps *wanted, path_list *list)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < eqf_irreps_blocks(in); i++) {
        for (int j = 0; j < eqf_irreps_blocks(sh); j++) {
            eqf_irrep product[2 * EQF_LMAX + 1];
            const eqf_irreps_block *a = eqf_irreps_block_at(in, i), *b = eqf_irreps_block_at(sh, j);
            int n = eqf_irrep_product(a->irrep, b->irrep, 2 * EQF_LMAX + 1, product);
            for (int k = 0; k < n; k++)
                if (is_wanted(wanted, product[k]))
                    EQFI_TRY(add_path(context, list, i, j, (int)list->n, EQF_UVU,
                                      (eqf_irreps_block){a->mul, product[k], 0}));
        }
    }
fail:
    return status;
}

eqf_status eqf_depthwise_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *sh,
                                const eqf_irreps *wanted, const eqf_tensor_product_options *options,
                                eqf_module **module)
{
    eqf_status status = EQF_OK;
    path_list list = {NULL, NULL, 0, 0, 0};
    eqf_irreps *generated = NULL, *sorted = NULL;
    int *place = NULL;
    EQFI_TRY(depthwise_paths(context, in, sh, wanted, &list));
    EQFI_TRY(eqf_irreps_create(context, (int)list.n, list.outputs, &generated));
    EQFI_TRY(eqfi_new(context, list.n, sizeof *place, (void **)&place));
    EQFI_TRY(eqf_irreps_sort(context, generated, EQF_ORDER_EVEN_FIRST, &sorted, place, NULL));
    for (size_t i = 0; i < list.n; i++) list.instructions[i].out = place[i];
    EQFI_TRY(eqf_tensor_product_create(context, in, sh, sorted, (int)list.n, list.instructions, options, module));
fail:
    eqf_irreps_free(generated);
    eqf_irreps_free(sorted);
    eqfi_delete(context, place);
    free_paths(context, &list);
    return status;
}

eqf_status eqf_fully_connected_create(eqf_context *context, const eqf_irreps *in1, const eqf_irreps *in2,
                                      const eqf_irreps *out, const eqf_tensor_product_options *options,
                                      eqf_module **module)
{
    eqf_status status = EQF_OK;
    path_list list = {NULL, NULL, 0, 0, 0};
    for (int i = 0; i < eqf_irreps_blocks(in1); i++) {
        for (int j = 0; j < eqf_irreps_blocks(in2); j++) {
            for (int k = 0; k < eqf_irreps_blocks(out); k++) {
                eqf_irrep a = eqf_irreps_block_at(in1, i)->irrep, b = eqf_irreps_block_at(in2, j)->irrep;
                eqf_irrep c = eqf_irreps_block_at(out, k)->irrep;
                if (abs(a.l - b.l) <= c.l && c.l <= a.l + b.l && a.p * b.p == c.p)
                    EQFI_TRY(add_path(context, &list, i, j, k, EQF_UVW, *eqf_irreps_block_at(out, k)));
            }
        }
    }
    EQFI_TRY(eqf_tensor_product_create(context, in1, in2, out, (int)list.n, list.instructions, options, module));
fail:
    free_paths(context, &list);
    return status;
}

/* -------------------------------------------------------------------------------------------------------- queries -- */

int64_t eqf_tensor_product_weights(const eqf_module *module)
{
    if (module->class != &tensor_product_class) return -1;
    return ((const tensor_product *)module)->plan->columns[EQFI_ROLE_W];
}

int eqf_tensor_product_instructions(const eqf_module *module)
{
    return module->class == &tensor_product_class ? ((const tensor_product *)module)->n : -1;
}

eqf_status eqf_tensor_product_instruction(eqf_context *context, const eqf_module *module, int i,
                                          eqf_instruction *instruction, double *factor)
{
    eqf_status status = EQF_OK;
    const tensor_product *self = (const tensor_product *)module;
    int n = eqf_tensor_product_instructions(module);
    EQFI_CHECK(i >= 0 && i < n, EQF_ERROR_RANGE, "instruction %d of a %s, expected 0 to %d", i, module->class->kind,
               n - 1);
    *instruction = self->instructions[i];
    if (factor != NULL) *factor = self->factors[i];
fail:
    return status;
}
