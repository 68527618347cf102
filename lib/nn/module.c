/* Modules: what all of them share.
 * SPDX-License-Identifier: MIT */
#include "nn/module.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"

/* ----------------------------------------------------------------------------------------------------------- life -- */

eqf_status eqfi_module_new(eqf_context *context, const eqfi_module_class *class, eqf_module **module)
{
    eqf_module *made = NULL;
    eqf_status status = eqfi_new(context, 1, class->size, (void **)&made);
    if (status != EQF_OK) return status;
    made->class = class;
    made->allocator = *eqfi_allocator(context);
    atomic_init(&made->references, 1);
    *module = made;
    return EQF_OK;
}

eqf_module *eqf_module_retain(const eqf_module *module)
{
    eqf_module *shared = (eqf_module *)(uintptr_t)module;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void eqf_module_free(eqf_module *module)
{
    if (module == NULL || atomic_fetch_sub_explicit(&module->references, 1, memory_order_acq_rel) > 1) return;
    eqf_allocator allocator = module->allocator;
    if (module->class->destroy != NULL) module->class->destroy(module);
    for (int i = 0; i < module->n_in; i++) eqf_irreps_free(module->in[i]);
    eqf_irreps_free(module->out);
    for (int i = 0; i < module->n_parameters; i++) eqfi_release(&allocator, module->parameters[i].runs);
    eqfi_release(&allocator, module->parameters);
    for (int i = 0; i < module->n_children; i++) eqf_module_free(module->children[i].module);
    eqfi_release(&allocator, module->children);
    eqfi_release(&allocator, module);
}

const char *eqf_module_kind(const eqf_module *module) { return module->class->kind; }

int eqf_module_inputs(const eqf_module *module) { return module->n_in; }

const eqf_irreps *eqf_module_irreps_in(const eqf_module *module, int i)
{
    return i < 0 || i >= module->n_in ? NULL : module->in[i];
}

const eqf_irreps *eqf_module_irreps_out(const eqf_module *module) { return module->out; }

/* ------------------------------------------------------------------------------------------------------- building -- */

void eqfi_module_add_input(eqf_module *module, const eqf_irreps *irreps, eqfi_row_role rows)
{
    module->in_rows[module->n_in] = rows;
    module->in[module->n_in++] = eqf_irreps_retain(irreps);
}

void eqfi_module_set_output(eqf_module *module, const eqf_irreps *irreps, eqfi_row_role rows)
{
    module->out = eqf_irreps_retain(irreps);
    module->out_rows = rows;
}

eqf_status eqfi_module_add_child(eqf_context *context, eqf_module *module, const char *name, eqf_module *child)
{
    size_t capacity = (size_t)module->n_children;
    eqf_status status =
        eqfi_grow(context, capacity + 1, sizeof *module->children, &capacity, (void **)&module->children);
    if (status != EQF_OK) {
        eqf_module_free(child);
        return status;
    }
    eqfi_child *added = &module->children[module->n_children++];
    snprintf(added->name, sizeof added->name, "%s", name);
    added->module = child;
    return EQF_OK;
}

eqf_status eqfi_module_add_parameter_runs(eqf_context *context, eqf_module *module, const char *name, int ndim,
                                          const int64_t *shape, unsigned flags, int n_runs, const eqfi_init_run *runs)
{
    eqf_status status = EQF_OK;
    eqfi_parameter made = {.ndim = ndim, .count = 1, .flags = flags, .n_runs = n_runs};
    size_t capacity = (size_t)module->n_parameters;
    EQFI_TRY(eqfi_grow(context, capacity + 1, sizeof made, &capacity, (void **)&module->parameters));
    EQFI_TRY(eqfi_new(context, (size_t)n_runs, sizeof *runs, (void **)&made.runs));
    snprintf(made.name, sizeof made.name, "%s", name);
    for (int d = 0; d < ndim; d++) {
        made.shape[d] = shape[d];
        made.count *= shape[d];
    }
    if (n_runs > 0) memcpy(made.runs, runs, (size_t)n_runs * sizeof *runs);
    module->parameters[module->n_parameters++] = made;
fail:
    return status;
}

eqf_status eqfi_module_add_parameter(eqf_context *context, eqf_module *module, const char *name, int ndim,
                                     const int64_t *shape, unsigned flags, eqfi_init_run init)
{
    init.count = 1;
    for (int d = 0; d < ndim; d++) init.count *= shape[d];
    return eqfi_module_add_parameter_runs(context, module, name, ndim, shape, flags, 1, &init);
}

eqf_status eqfi_scalar_irreps(eqf_context *context, int n, eqf_irreps **irreps)
{
    return eqf_irreps_create(context, 1, &(eqf_irreps_block){n, {0, 1}, 0}, irreps);
}

/* ------------------------------------------------------------------------------------------------- initial values -- */

static double initial_value(const eqfi_init_run *run, int64_t i, uint64_t seed, uint64_t stream, int64_t index)
{
    switch (run->kind) {
    case EQFI_INIT_FILL: return run->a;
    case EQFI_INIT_NORMAL: return run->a * eqfi_rng_normal(seed, stream, (uint64_t)index);
    case EQFI_INIT_UNIFORM: return run->a + (run->b - run->a) * eqfi_rng_uniform(seed, stream, (uint64_t)index);
    case EQFI_INIT_RAMP: break;
    }
    return run->count > 1 ? run->a + (run->b - run->a) * (double)i / (double)(run->count - 1) : run->a;
}

eqf_status eqfi_join_name(eqf_context *context, const char *scope, const char *name, char full[EQFI_NAME_MAX])
{
    int length = snprintf(full, EQFI_NAME_MAX, "%s%s%s", scope, scope[0] == '\0' ? "" : ".", name);
    if (length < EQFI_NAME_MAX) return EQF_OK;
    return eqfi_fail(context, EQF_ERROR_RANGE, "the parameter name %s.%s has more than %d characters", scope, name,
                     EQFI_NAME_MAX - 1);
}

static eqf_status set_initial(eqf_context *context, const eqfi_parameter *parameter, const char *full, uint64_t seed,
                              eqf_parameters *parameters)
{
    double *values = NULL;
    eqf_status status = eqfi_new(context, (size_t)parameter->count, sizeof *values, (void **)&values);
    if (status != EQF_OK) return status;
    int64_t index = 0;
    uint64_t stream = eqfi_hash_text(full);
    for (int r = 0; r < parameter->n_runs; r++)
        for (int64_t i = 0; i < parameter->runs[r].count; i++, index++)
            values[index] = initial_value(&parameter->runs[r], i, seed, stream, index);
    status = eqf_parameters_set(context, parameters, eqf_parameters_find(parameters, full), values);
    eqfi_delete(context, values);
    return status;
}

/* Adds the parameters of a module and its children, with initial values if there is a seed. */
static eqf_status add_parameters(eqf_context *context, const eqf_module *module, const char *scope,
                                 const uint64_t *seed, eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    char full[EQFI_NAME_MAX];
    for (int i = 0; i < module->n_parameters; i++) {
        const eqfi_parameter *parameter = &module->parameters[i];
        eqf_parameter_info info = {.name = full, .ndim = parameter->ndim, .flags = parameter->flags};
        memcpy(info.shape, parameter->shape, sizeof info.shape);
        EQFI_TRY(eqfi_join_name(context, scope, parameter->name, full));
        EQFI_TRY(eqf_parameters_add(context, parameters, &info));
        if (seed != NULL) EQFI_TRY(set_initial(context, parameter, full, *seed, parameters));
    }
    for (int i = 0; i < module->n_children; i++) {
        EQFI_TRY(eqfi_join_name(context, scope, module->children[i].name, full));
        EQFI_TRY(add_parameters(context, module->children[i].module, full, seed, parameters));
    }
fail:
    return status;
}

eqf_status eqf_module_init(eqf_context *context, const eqf_module *module, const char *scope, uint64_t seed,
                           eqf_parameters *parameters)
{
    return add_parameters(context, module, scope, &seed, parameters);
}

eqf_status eqfi_module_declare(eqf_context *context, const eqf_module *module, const char *scope,
                               eqf_parameters *parameters)
{
    return add_parameters(context, module, scope, NULL, parameters);
}

/* ------------------------------------------------------------------------------------------------------ recording -- */

static void release_module(void *module) { eqf_module_free(module); }

static bool check_inputs(eqf_program *program, const eqf_module *module, const eqf_var *inputs)
{
    for (int i = 0; i < module->n_in && eqfi_recording(program); i++) {
        if (!eqfi_is_var(program, inputs[i])) {
            eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "%s: input %d is no variable", module->class->kind, i);
            break;
        }
        int expected = eqfi_intern_type(program, module->in[i]);
        if (expected < 0 || eqfi_var(program, inputs[i])->type == expected) continue;
        char own[256], wanted[256];
        eqf_irreps_format(eqf_var_irreps(program, inputs[i]), own, sizeof own, NULL);
        eqf_irreps_format(module->in[i], wanted, sizeof wanted, NULL);
        eqfi_record_fail(program, EQF_ERROR_SHAPE, "%s: input %d has irreps %s, expected %s", module->class->kind, i,
                         own, wanted);
    }
    return eqfi_recording(program);
}

/* What is read without regard to how it got into the graph; maps are checked where they are read. */
static bool check_graph(eqf_program *program, const eqf_module *module, const eqf_graph *graph)
{
    if (graph->edge_frame.id != 0 && !eqfi_is_var(program, graph->edge_frame))
        eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "%s: edge_frame is no variable", module->class->kind);
    const struct {
        const char *name;
        eqf_map map;
    } maps[] = {{"edge_src", graph->edge_src},      {"edge_dst", graph->edge_dst},   {"edge_pair", graph->edge_pair},
                {"atom_graph", graph->atom_graph},  {"atom_type", graph->atom_type}, {"atom_tag", graph->atom_tag},
                {"sender_type", graph->sender_type}};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (maps[i].map.id < 0 || (size_t)maps[i].map.id > program->maps.n)
            eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "%s: %s is no map", module->class->kind, maps[i].name);
    return eqfi_recording(program);
}

eqf_var eqf_module_record(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                          const eqf_var *inputs)
{
    static const eqf_graph nothing = {{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}};
    if (!eqfi_recording(program) || !check_inputs(program, module, inputs)) return (eqf_var){0};
    if (graph != NULL && !check_graph(program, module, graph)) return (eqf_var){0};
    /* Nodes point to the module's plans. */
    if (!eqfi_program_keep(program, eqf_module_retain(module), release_module)) return (eqf_var){0};
    return module->class->record(program, module, scope, graph == NULL ? &nothing : graph, inputs);
}

bool eqfi_record_scope(eqf_program *program, const eqf_module *module, int i, const char *scope,
                       char full[EQFI_NAME_MAX])
{
    if (!eqfi_recording(program)) return false;
    eqf_status status = eqfi_join_name(program->context, scope, module->children[i].name, full);
    if (status == EQF_OK) return true;
    eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    return false;
}

eqf_var eqfi_record_child(eqf_program *program, const eqf_module *module, int i, const char *scope,
                          const eqf_graph *graph, const eqf_var *in)
{
    char full[EQFI_NAME_MAX];
    if (!eqfi_record_scope(program, module, i, scope, full)) return (eqf_var){0};
    return eqf_module_record(program, module->children[i].module, full, graph, in);
}

static eqf_var record_own(eqf_program *program, const eqf_module *module, int i, const char *scope, eqf_rows rows,
                          bool wide)
{
    char full[EQFI_NAME_MAX];
    if (!eqfi_recording(program)) return (eqf_var){0};
    const eqfi_parameter *parameter = &module->parameters[i];
    eqf_status status = eqfi_join_name(program->context, scope, parameter->name, full);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    int64_t count = parameter->rows > 0 ? parameter->count / parameter->rows : parameter->count;
    return wide ? eqf_parameter_double(program, full, rows, count) : eqf_parameter(program, full, rows, count);
}

eqf_var eqfi_record_table(eqf_program *program, const eqf_module *module, int i, const char *scope, eqf_rows types)
{
    return record_own(program, module, i, scope, types, false);
}

eqf_var eqfi_record_parameter(eqf_program *program, const eqf_module *module, int i, const char *scope)
{
    return record_own(program, module, i, scope, eqf_rows_one(), false);
}

eqf_var eqfi_record_parameter_like(eqf_program *program, const eqf_module *module, int i, const char *scope, eqf_var x)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    return record_own(program, module, i, scope, eqf_rows_one(), eqfi_var(program, x)->wide);
}

eqf_var eqfi_record_values(eqf_program *program, int n, const double *values)
{
    eqf_irreps *irreps;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_scalar_irreps(program->context, n, &irreps);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    eqf_var x = eqf_constant(program, irreps, values);
    eqf_irreps_free(irreps);
    return x;
}

eqf_var eqfi_record_filled(eqf_program *program, int n, double value)
{
    double *values;
    if (!eqfi_recording(program)) return (eqf_var){0};
    eqf_status status = eqfi_new(program->context, (size_t)n, sizeof *values, (void **)&values);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (int i = 0; i < n; i++) values[i] = value;
    eqf_var x = eqfi_record_values(program, n, values);
    eqfi_delete(program->context, values);
    return x;
}

eqf_var eqfi_record_on_edges(eqf_program *program, const eqf_graph *graph, eqf_var x)
{
    if (!eqfi_recording(program) || graph->edge_pair.id == 0) return x;
    bool of_pairs = eqf_var_rows(program, x).id == program->maps.items[graph->edge_pair.id - 1].to;
    return of_pairs ? eqf_gather(program, graph->edge_pair, x) : x;
}

eqf_var eqfi_record_bias(eqf_program *program, eqf_var y, int block, eqf_var bias)
{
    const eqf_irreps *out = eqf_var_irreps(program, y);
    if (out == NULL || bias.id == 0) return (eqf_var){0};
    const eqf_irreps *in = eqf_var_irreps(program, bias);
    eqf_var placed = eqf_irreps_equal(in, out) ? bias : eqfi_emit_place(program, bias, in, 0, out, block, 1);
    return eqf_add(program, y, placed);
}
