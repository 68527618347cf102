/* The second door of modules: evaluation at once on irreps tensors, through a program of one module.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/struct.h"
#include "nn/module.h"
#include "tensor/tensor.h"

/* A call: its tensors, and the program and run that answer it. */
typedef struct call {
    eqf_context *context;
    const eqf_module *module;
    eqf_graph_data own_data;
    const eqf_graph_data *data; /* NULL if the module needs none */
    const eqf_tensor *const *inputs;
    eqf_precision precision;
    int64_t rows; /* of inputs on rows */
    eqf_program *program;
    eqf_rows on_rows, atoms, edges, graphs, types, tags;
    eqf_graph graph;
    eqf_var in[EQFI_MODULE_INPUTS], out;
    eqf_run *run;
    int32_t *one_graph; /* the graph of each atom where the caller gives none */
} call;

static char *input_name(int i, char name[16])
{
    snprintf(name, 16, "in%d", i);
    return name;
}

/* Channel by channel the same, however they are divided into blocks. */
static bool same_channels(const eqf_irreps *a, const eqf_irreps *b)
{
    int i = 0, k = 0, used_a = 0, used_b = 0, n_a = eqf_irreps_blocks(a), n_b = eqf_irreps_blocks(b);
    for (;;) {
        for (; i < n_a && used_a == eqf_irreps_block_at(a, i)->mul; i++) used_a = 0;
        for (; k < n_b && used_b == eqf_irreps_block_at(b, k)->mul; k++) used_b = 0;
        if (i == n_a || k == n_b) return i == n_a && k == n_b;
        const eqf_irreps_block *block_a = eqf_irreps_block_at(a, i), *block_b = eqf_irreps_block_at(b, k);
        if (block_a->irrep.l != block_b->irrep.l || block_a->irrep.p != block_b->irrep.p) return false;
        int left_a = block_a->mul - used_a, left_b = block_b->mul - used_b, common = left_a < left_b ? left_a : left_b;
        used_a += common;
        used_b += common;
    }
}

static eqf_status check_tensor(const call *c, const char *what, int i, const eqf_tensor *tensor,
                               const eqf_irreps *irreps, int64_t rows)
{
    eqf_status status = EQF_OK;
    eqf_context *context = c->context;
    char own[256], wanted[256];
    EQFI_CHECK(tensor != NULL, EQF_ERROR_ARGUMENT, "%s: %s %d is NULL", c->module->class->kind, what, i);
    eqf_irreps_format(tensor->irreps, own, sizeof own, NULL);
    eqf_irreps_format(irreps, wanted, sizeof wanted, NULL);
    EQFI_CHECK(same_channels(tensor->irreps, irreps), EQF_ERROR_SHAPE, "%s: %s %d has irreps %s, expected %s",
               c->module->class->kind, what, i, own, wanted);
    EQFI_CHECK(tensor->rows == rows, EQF_ERROR_SHAPE, "%s: %s %d has %lld rows, expected %lld", c->module->class->kind,
               what, i, (long long)tensor->rows, (long long)rows);
    EQFI_CHECK(tensor->precision == c->precision, EQF_ERROR_SHAPE, "%s: %s %d differs in precision",
               c->module->class->kind, what, i);
fail:
    return status;
}

static int64_t rows_of(const call *c, eqfi_row_role role)
{
    if (role == EQFI_ON_ROWS) return c->rows;
    if (c->data == NULL) return -1;
    return role == EQFI_ON_ATOMS ? c->data->atoms : c->data->edges;
}

/* Rows of input i: an input on rows may have a single one, which is repeated. */
static bool is_single(const call *c, int i)
{
    return c->module->in_rows[i] == EQFI_ON_ROWS && c->inputs[i]->rows == 1 && c->rows != 1;
}

static eqf_status check_call(call *c)
{
    eqf_status status = EQF_OK;
    eqf_context *context = c->context;
    const eqf_module *module = c->module;
    bool needs_graph = module->out_rows != EQFI_ON_ROWS;
    for (int i = 0; i < module->n_in; i++) {
        EQFI_CHECK(c->inputs[i] != NULL, EQF_ERROR_ARGUMENT, "%s: input %d is NULL", module->class->kind, i);
        if (module->in_rows[i] == EQFI_ON_ROWS && (c->rows == 1 || c->inputs[i]->rows == 0))
            c->rows = c->inputs[i]->rows;
        needs_graph = needs_graph || module->in_rows[i] != EQFI_ON_ROWS;
    }
    EQFI_CHECK(!needs_graph || c->data != NULL, EQF_ERROR_ARGUMENT, "%s needs a graph", module->class->kind);
    if (needs_graph)
        EQFI_TAKE(eqf_graph_data, c->data, c->own_data);
    else
        c->data = NULL;
    if (module->n_in > 0) c->precision = c->inputs[0]->precision;
    for (int i = 0; i < module->n_in; i++)
        EQFI_TRY(check_tensor(c, "input", i, c->inputs[i], module->in[i],
                              is_single(c, i) ? 1 : rows_of(c, module->in_rows[i])));
fail:
    return status;
}

static eqf_rows row_set(const call *c, eqfi_row_role role)
{
    return role == EQFI_ON_ROWS ? c->on_rows : role == EQFI_ON_ATOMS ? c->atoms : c->edges;
}

static void record_call(call *c, const char *scope)
{
    char name[16];
    eqf_program *program = c->program;
    c->on_rows = eqf_program_rows(program, "rows");
    c->atoms = eqf_program_rows(program, "atoms");
    c->edges = eqf_program_rows(program, "edges");
    c->graphs = eqf_program_rows(program, "graphs");
    c->types = eqf_program_rows(program, "types");
    c->tags = eqf_program_rows(program, "tags");
    c->graph.edge_src = eqf_program_map(program, "edge_src", c->edges, c->atoms);
    c->graph.edge_dst = eqf_program_map(program, "edge_dst", c->edges, c->atoms);
    c->graph.atom_graph = eqf_program_map(program, "atom_graph", c->atoms, c->graphs);
    c->graph.atom_type = eqf_program_map(program, "atom_type", c->atoms, c->types);
    c->graph.atom_tag = eqf_program_map(program, "atom_tag", c->atoms, c->tags);
    for (int i = 0; i < c->module->n_in; i++)
        c->in[i] = eqf_input(program, input_name(i, name),
                             is_single(c, i) ? eqf_rows_one() : row_set(c, c->module->in_rows[i]), c->module->in[i]);
    c->out = eqf_module_record(program, c->module, scope, &c->graph, c->in);
    if (c->out.id != 0) c->out = eqf_broadcast(program, row_set(c, c->module->out_rows), c->out);
}

/* Sets an input of the run from a tensor. */
static eqf_status set_tensor(call *c, const char *name, const eqf_tensor *tensor)
{
    double *values;
    eqf_status status =
        eqfi_new(c->context, (size_t)tensor->rows * (size_t)tensor->layout->columns, sizeof *values, (void **)&values);
    if (status != EQF_OK) return status;
    eqf_tensor_get(tensor, values);
    status = eqf_run_set_input(c->context, c->run, name, values);
    eqfi_delete(c->context, values);
    return status;
}

static eqf_status get_tensor(call *c, const char *name, eqf_tensor *tensor)
{
    double *values;
    eqf_status status =
        eqfi_new(c->context, (size_t)tensor->rows * (size_t)tensor->layout->columns, sizeof *values, (void **)&values);
    if (status != EQF_OK) return status;
    status = eqf_run_get_output(c->context, c->run, name, values);
    if (status == EQF_OK) eqf_tensor_set(tensor, values);
    eqfi_delete(c->context, values);
    return status;
}

/* Row sets and maps that the module does not use need not be set. */
static eqf_status bind_graph(call *c)
{
    eqf_status status = EQF_OK;
    const eqf_graph_data *data = c->data;
    if (data == NULL) return EQF_OK;
    const int32_t *atom_graph = data->atom_graph;
    if (atom_graph == NULL) {
        EQFI_TRY(eqfi_new(c->context, (size_t)data->atoms, sizeof *c->one_graph, (void **)&c->one_graph));
        atom_graph = c->one_graph;
    }
    const struct {
        const char *name;
        const int32_t *target;
    } maps[] = {{"edge_src", data->edge_src},
                {"edge_dst", data->edge_dst},
                {"atom_graph", atom_graph},
                {"atom_type", data->atom_type},
                {"atom_tag", data->atom_tag}};
    EQFI_TRY(eqf_run_set_rows(c->context, c->run, "atoms", data->atoms));
    EQFI_TRY(eqf_run_set_rows(c->context, c->run, "edges", data->edges));
    EQFI_TRY(eqf_run_set_rows(c->context, c->run, "graphs", data->graphs > 0 ? data->graphs : 1));
    for (int i = 0; i < 5; i++)
        if (maps[i].target != NULL) EQFI_TRY(eqf_run_set_map(c->context, c->run, maps[i].name, maps[i].target));
fail:
    return status;
}

/* Ends the program, binds everything and executes. */
static eqf_status run_call(call *c, const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    char name[16];
    EQFI_TRY(eqf_program_end(c->context, c->program));
    EQFI_TRY(eqf_run_create(c->context, c->program, parameters, c->precision, &c->run));
    EQFI_TRY(eqf_run_set_rows(c->context, c->run, "rows", c->rows));
    EQFI_TRY(bind_graph(c));
    for (int i = 0; i < c->module->n_in; i++) EQFI_TRY(set_tensor(c, input_name(i, name), c->inputs[i]));
fail:
    return status;
}

static void end_call(call *c)
{
    eqf_run_free(c->run);
    eqfi_delete(c->context, c->one_graph);
    eqf_program_free(c->program);
}

eqf_status eqf_module_apply(eqf_context *context, const eqf_module *module, const char *scope,
                            const eqf_parameters *parameters, const eqf_graph_data *graph,
                            const eqf_tensor *const *inputs, eqf_tensor *output)
{
    eqf_status status = EQF_OK;
    call c = {.context = context,
              .module = module,
              .own_data = EQF_GRAPH_DATA_INIT,
              .data = graph,
              .inputs = inputs,
              .rows = 1};
    EQFI_CHECK(output != NULL, EQF_ERROR_ARGUMENT, "%s: the output is NULL", module->class->kind);
    c.precision = output->precision;
    EQFI_TRY(check_call(&c));
    EQFI_TRY(check_tensor(&c, "output", 0, output, module->out, rows_of(&c, module->out_rows)));
    EQFI_TRY(eqf_program_create(context, &c.program));
    record_call(&c, scope);
    eqf_output(c.program, "out", c.out);
    EQFI_TRY(run_call(&c, parameters));
    EQFI_TRY(eqf_run_execute(context, c.run));
    EQFI_TRY(get_tensor(&c, "out", output));
fail:
    end_call(&c);
    return status;
}

eqf_status eqf_module_vjp(eqf_context *context, const eqf_module *module, const char *scope,
                          const eqf_parameters *parameters, const eqf_graph_data *graph,
                          const eqf_tensor *const *inputs, const eqf_tensor *cotangent, eqf_tensor *const *gradients)
{
    eqf_status status = EQF_OK;
    char name[16];
    eqf_var g[EQFI_MODULE_INPUTS];
    call c = {.context = context,
              .module = module,
              .own_data = EQF_GRAPH_DATA_INIT,
              .data = graph,
              .inputs = inputs,
              .rows = 1};
    EQFI_CHECK(cotangent != NULL, EQF_ERROR_ARGUMENT, "%s: the cotangent is NULL", module->class->kind);
    c.precision = cotangent->precision;
    EQFI_TRY(check_call(&c));
    EQFI_TRY(check_tensor(&c, "cotangent", 0, cotangent, module->out, rows_of(&c, module->out_rows)));
    for (int i = 0; i < module->n_in; i++)
        if (gradients[i] != NULL)
            EQFI_TRY(check_tensor(&c, "gradient", i, gradients[i], module->in[i], inputs[i]->rows));
    if (module->n_in == 0) return EQF_OK;
    EQFI_TRY(eqf_program_create(context, &c.program));
    record_call(&c, scope);
    eqf_var seed = eqf_input(c.program, "cotangent", row_set(&c, module->out_rows), module->out);
    eqf_grad(c.program, 1, &c.out, &seed, module->n_in, c.in, g);
    for (int i = 0; i < module->n_in; i++) eqf_output(c.program, input_name(i, name), g[i]);
    EQFI_TRY(run_call(&c, parameters));
    EQFI_TRY(set_tensor(&c, "cotangent", cotangent));
    EQFI_TRY(eqf_run_execute(context, c.run));
    for (int i = 0; i < module->n_in; i++)
        if (gradients[i] != NULL) EQFI_TRY(get_tensor(&c, input_name(i, name), gradients[i]));
fail:
    end_call(&c);
    return status;
}
