/* A module as a function of its inputs x_i, against golden arrays: out = f(x), grad<i> = d<c, out>/dx_i with the
 * cotangent c, and hvp<i> = d(sum_j <grad<j>, v<j>>)/dx_i with directions v. Recorded as one program; value and first
 * derivative also by eqf_module_apply and eqf_module_vjp. SPDX-License-Identifier: MIT */
#include "golden.h"

#include <stdio.h>
#include <string.h>

enum { INPUTS_MAX = 8, LEAF_SIZE = 32 };

typedef struct function {
    golden_case *c;
    const eqf_module *module;
    int n; /* inputs */
    const char *rows;
    int64_t count[INPUTS_MAX]; /* elements of the inputs */
    const double *in[INPUTS_MAX];
    eqf_graph_data graph;
    int64_t n_out;
    golden_order order; /* up to which derivatives are given */
    eqf_parameters *parameters;
} function;

static const char *leaf_of(const char *stem, int i, char leaf[LEAF_SIZE])
{
    snprintf(leaf, LEAF_SIZE, "%s%d", stem, i);
    return leaf;
}

static int64_t rows_of(const function *f, char letter)
{
    return letter == '1' ? 1 : letter == 'e' ? f->graph.edges : f->graph.atoms;
}

/* ---------------------------------------------------------------------------------------------------------- input -- */

static void read_graph(function *f)
{
    golden_case *c = f->c;
    const eqfi_array *out = golden_find(c, "out");
    if (out == NULL) golden_fail(c, "the file has no array out");
    f->graph = (eqf_graph_data)EQF_GRAPH_DATA_INIT;
    f->graph.atoms = out == NULL ? 0 : golden_rows(out);
    f->graph.graphs = 1;
    f->n_out = f->graph.atoms * eqf_irreps_dim(eqf_module_irreps_out(f->module));
    const eqfi_array *edges = eqfi_safetensors_find(c->file->data, "graph/edge_src");
    if (edges != NULL && strchr(f->rows, 'e') != NULL) {
        const char *const names[2] = {"graph/edge_src", "graph/edge_dst"};
        int32_t *ends[2];
        for (int i = 0; i < 2; i++) {
            double *values = golden_read_from_file(c, names[i], edges->count);
            ends[i] = (int32_t *)golden_doubles(c, edges->count);
            for (int64_t e = 0; values != NULL && e < edges->count; e++) ends[i][e] = (int32_t)values[e];
        }
        f->graph.edges = edges->count;
        f->graph.edge_src = ends[0];
        f->graph.edge_dst = ends[1];
    }
    if (golden_has(c, "batch")) {
        int n, *batch = golden_ints(c, "batch", &n);
        if (n != f->graph.atoms) golden_fail(c, "batch has %d atoms, out %lld", n, (long long)f->graph.atoms);
        for (int i = 0; i < n; i++)
            if (batch[i] >= f->graph.graphs) f->graph.graphs = batch[i] + 1;
        f->graph.atom_graph = batch;
    }
}

static void read_inputs(function *f)
{
    golden_case *c = f->c;
    char leaf[LEAF_SIZE];
    f->n = eqf_module_inputs(f->module);
    if (f->n > (int)strlen(f->rows)) /* the last inputs may be missing: node attributes */
        golden_fail(c, "the module has %d inputs, expected at most %zu", f->n, strlen(f->rows));
    for (int i = 0; i < f->n && golden_good(c); i++) {
        f->count[i] = rows_of(f, f->rows[i]) * eqf_irreps_dim(eqf_module_irreps_in(f->module, i));
        f->in[i] = golden_read(c, leaf_of("in", i, leaf), f->count[i]);
    }
    f->order = GOLDEN_VALUE;
    if (!c->values_only && golden_find(c, "cotangent") != NULL) f->order = GOLDEN_FIRST;
    if (f->order == GOLDEN_FIRST && golden_find(c, "v0") != NULL) f->order = GOLDEN_SECOND;
}

static void read_parameters(function *f)
{
    golden_case *c = f->c;
    if (GOLDEN_TRY(c, eqf_parameters_create(c->context, EQF_FLOAT64, &f->parameters)) &&
        GOLDEN_TRY(c, eqf_module_init(c->context, f->module, "", 1, f->parameters)))
        golden_read_parameters(c, "param/", f->parameters);
}

/* -------------------------------------------------------------------------------------------------------- program -- */

static eqf_graph declare_graph(const function *f, eqf_program *p)
{
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_graph graph = {.edge_src = {0}};
    if (f->graph.edge_src != NULL) {
        graph.edge_src = eqf_program_map(p, "edge_src", edges, atoms);
        graph.edge_dst = eqf_program_map(p, "edge_dst", edges, atoms);
    }
    if (f->graph.atom_graph != NULL)
        graph.atom_graph = eqf_program_map(p, "atom_graph", atoms, eqf_program_rows(p, "graphs"));
    return graph;
}

static void record_derivatives(const function *f, eqf_program *p, const eqf_var *in, eqf_var out)
{
    char leaf[LEAF_SIZE];
    eqf_var cotangent = eqf_input(p, "cotangent", eqf_var_rows(p, out), eqf_module_irreps_out(f->module));
    eqf_var gradients[INPUTS_MAX], directions[INPUTS_MAX], seconds[INPUTS_MAX];
    eqf_grad(p, 1, &out, &cotangent, f->n, in, gradients);
    for (int i = 0; i < f->n; i++) eqf_output(p, leaf_of("grad", i, leaf), gradients[i]);
    if (f->order < GOLDEN_SECOND) return;
    for (int i = 0; i < f->n; i++)
        directions[i] = eqf_input(p, leaf_of("v", i, leaf), eqf_var_rows(p, in[i]), eqf_module_irreps_in(f->module, i));
    eqf_grad(p, f->n, gradients, directions, f->n, in, seconds);
    for (int i = 0; i < f->n; i++) eqf_output(p, leaf_of("hvp", i, leaf), seconds[i]);
}

static eqf_program *record(const function *f)
{
    golden_case *c = f->c;
    char leaf[LEAF_SIZE];
    eqf_program *p = NULL;
    if (!GOLDEN_TRY(c, eqf_program_create(c->context, &p))) return NULL;
    eqf_graph graph = declare_graph(f, p);
    eqf_var in[INPUTS_MAX];
    for (int i = 0; i < f->n; i++) {
        eqf_rows rows = f->rows[i] == '1'   ? eqf_rows_one()
                        : f->rows[i] == 'e' ? eqf_program_rows(p, "edges")
                                            : eqf_program_rows(p, "atoms");
        in[i] = eqf_input(p, leaf_of("in", i, leaf), rows, eqf_module_irreps_in(f->module, i));
    }
    eqf_var out = eqf_module_record(p, f->module, "", &graph, in);
    eqf_output(p, "out", out);
    if (f->order > GOLDEN_VALUE) record_derivatives(f, p, in, out);
    GOLDEN_TRY(c, eqf_program_end(c->context, p));
    return p;
}

static void set_input(const function *f, eqf_run *run, const char *name, int64_t count)
{
    double *values = golden_read(f->c, name, count);
    if (values != NULL) GOLDEN_TRY(f->c, eqf_run_set_input(f->c->context, run, name, values));
}

static void bind(const function *f, eqf_run *run)
{
    golden_case *c = f->c;
    char leaf[LEAF_SIZE];
    const eqf_graph_data *graph = &f->graph;
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "atoms", graph->atoms));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "edges", graph->edges));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "graphs", graph->graphs));
    if (graph->edge_src != NULL) GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "edge_src", graph->edge_src));
    if (graph->edge_dst != NULL) GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "edge_dst", graph->edge_dst));
    if (graph->atom_graph != NULL) GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "atom_graph", graph->atom_graph));
    for (int i = 0; i < f->n; i++) set_input(f, run, leaf_of("in", i, leaf), f->count[i]);
    if (f->order >= GOLDEN_FIRST) set_input(f, run, "cotangent", f->n_out);
    for (int i = 0; i < f->n && f->order >= GOLDEN_SECOND; i++) set_input(f, run, leaf_of("v", i, leaf), f->count[i]);
}

static void compare_output(const function *f, const eqf_run *run, const char *name, golden_order order, int64_t count)
{
    double *values = golden_doubles(f->c, count);
    if (GOLDEN_TRY(f->c, eqf_run_get_output(f->c->context, run, name, values)))
        golden_compare(f->c, name, order, count, values);
}

static void check_program(const function *f)
{
    golden_case *c = f->c;
    char leaf[LEAF_SIZE];
    eqf_run *run = NULL;
    eqf_program *program = record(f);
    if (GOLDEN_TRY(c, eqf_run_create(c->context, program, f->parameters, c->precision, &run))) {
        bind(f, run);
        GOLDEN_TRY(c, eqf_run_execute(c->context, run));
        compare_output(f, run, "out", GOLDEN_VALUE, f->n_out);
        for (int i = 0; i < f->n && f->order >= GOLDEN_FIRST; i++)
            compare_output(f, run, leaf_of("grad", i, leaf), GOLDEN_FIRST, f->count[i]);
        for (int i = 0; i < f->n && f->order >= GOLDEN_SECOND; i++)
            compare_output(f, run, leaf_of("hvp", i, leaf), GOLDEN_SECOND, f->count[i]);
    }
    eqf_run_free(run);
    eqf_program_free(program);
}

/* ------------------------------------------------------------------------------------------------- evaluated at once -- */

static eqf_tensor *tensor_of(const function *f, const eqf_irreps *irreps, int64_t rows, const double *values)
{
    eqf_tensor *tensor = NULL;
    golden_case *c = f->c;
    if (GOLDEN_TRY(c, eqf_tensor_create(c->context, irreps, rows, c->precision, &tensor)) && values != NULL)
        eqf_tensor_set(tensor, values);
    return tensor;
}

static void compare_tensor(const function *f, const char *leaf, golden_order order, const eqf_tensor *tensor)
{
    if (!golden_good(f->c)) return;
    int64_t count = eqf_tensor_rows(tensor) * eqf_irreps_dim(eqf_tensor_irreps(tensor));
    double *values = golden_doubles(f->c, count);
    eqf_tensor_get(tensor, values);
    golden_compare(f->c, leaf, order, count, values);
}

static void check_direct(const function *f)
{
    golden_case *c = f->c;
    char leaf[LEAF_SIZE];
    eqf_tensor *in[INPUTS_MAX] = {0}, *gradients[INPUTS_MAX] = {0};
    const eqf_irreps *irreps_out = eqf_module_irreps_out(f->module);
    eqf_tensor *out = tensor_of(f, irreps_out, f->graph.atoms, NULL), *cotangent = NULL;
    for (int i = 0; i < f->n; i++) {
        const eqf_irreps *irreps = eqf_module_irreps_in(f->module, i);
        in[i] = tensor_of(f, irreps, rows_of(f, f->rows[i]), f->in[i]);
        gradients[i] = tensor_of(f, irreps, rows_of(f, f->rows[i]), NULL);
    }
    if (GOLDEN_TRY(c, eqf_module_apply(c->context, f->module, "", f->parameters, &f->graph,
                                       (const eqf_tensor *const *)in, out)))
        compare_tensor(f, "out", GOLDEN_VALUE, out);
    if (f->order >= GOLDEN_FIRST) {
        cotangent = tensor_of(f, irreps_out, f->graph.atoms, golden_read(c, "cotangent", f->n_out));
        GOLDEN_TRY(c, eqf_module_vjp(c->context, f->module, "", f->parameters, &f->graph, (const eqf_tensor *const *)in,
                                     cotangent, gradients));
        for (int i = 0; i < f->n; i++) compare_tensor(f, leaf_of("grad", i, leaf), GOLDEN_FIRST, gradients[i]);
    }
    for (int i = 0; i < f->n; i++) {
        eqf_tensor_free(in[i]);
        eqf_tensor_free(gradients[i]);
    }
    eqf_tensor_free(out);
    eqf_tensor_free(cotangent);
}

void golden_function(golden_case *c, const eqf_module *module, const char *rows)
{
    function f = {.c = c, .module = module, .rows = rows};
    read_graph(&f);
    read_inputs(&f);
    if (golden_good(c)) read_parameters(&f);
    if (golden_good(c)) check_program(&f);
    if (golden_good(c)) check_direct(&f);
    eqf_parameters_free(f.parameters);
}
