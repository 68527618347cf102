/* The cases of the benchmark, all through public calls.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aspirin.h"

static const char *const sh_text[] = {"1x0e", "1x0e+1x1e", "1x0e+1x1e+1x2e", "1x0e+1x1e+1x2e+1x3e"};
static const char *const node_text[] = {"", "256x0e+128x1e", "128x0e+64x1e+32x2e", "128x0e+64x1e+64x2e+32x3e"};
static const char *const head_text[] = {"", "32x0e+16x1e", "32x0e+16x1e+8x2e", "32x0e+16x1e+16x2e+8x3e"};

static eqf_irreps *parse(eqf_context *context, const char *text)
{
    eqf_irreps *irreps;
    bench_check(context, eqf_irreps_parse(context, text, &irreps));
    return irreps;
}

/* ---------------------------------------------------------------------------------------------- modules in programs -- */

typedef struct program_state {
    eqf_context *context;
    eqf_run *run;
    eqf_module *module;
    eqf_parameters *parameters;
    int32_t *maps; /* of an attention: edge_src, edge_dst */
} program_state;

static void run_program(void *state)
{
    program_state *s = state;
    bench_check(s->context, eqf_run_execute(s->context, s->run));
}

static void free_program(void *state)
{
    program_state *s = state;
    eqf_run_free(s->run);
    eqf_module_free(s->module);
    eqf_parameters_free(s->parameters);
    free(s->maps);
    free(s);
}

/* Numbers without structure. */
static double *numbers(size_t n)
{
    double *x = bench_new(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = sin(1.7 * (double)i + 0.3);
    return x;
}

/* Records the module alone: inputs in0, in1, .. on the rows given by name, and begins a run with parameters. */
static void begin_run(program_state *s, const char *const *rows, const int64_t *counts)
{
    char name[16];
    eqf_program *program;
    eqf_var in[3];
    bench_check(s->context, eqf_program_create(s->context, &program));
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_graph graph = {.edge_src = eqf_program_map(program, "edge_src", edges, atoms),
                       .edge_dst = eqf_program_map(program, "edge_dst", edges, atoms)};
    for (int i = 0; i < eqf_module_inputs(s->module); i++) {
        snprintf(name, sizeof name, "in%d", i);
        in[i] = eqf_input(program, name, eqf_program_rows(program, rows[i]), eqf_module_irreps_in(s->module, i));
    }
    eqf_output(program, "out", eqf_module_record(program, s->module, "", &graph, in));
    bench_check(s->context, eqf_program_end(s->context, program));
    bench_check(s->context, eqf_parameters_create(s->context, EQF_FLOAT32, &s->parameters));
    bench_check(s->context, eqf_module_init(s->context, s->module, "", 1, s->parameters));
    bench_check(s->context, eqf_run_create(s->context, program, s->parameters, EQF_FLOAT32, &s->run));
    for (int i = 0; i < eqf_module_inputs(s->module); i++)
        bench_check(s->context, eqf_run_set_rows(s->context, s->run, rows[i], counts[i]));
    for (int i = 0; i < eqf_module_inputs(s->module); i++) {
        double *values = numbers((size_t)counts[i] * (size_t)eqf_irreps_dim(eqf_module_irreps_in(s->module, i)));
        snprintf(name, sizeof name, "in%d", i);
        bench_check(s->context, eqf_run_set_input(s->context, s->run, name, values));
        free(values);
    }
    eqf_program_free(program);
}

enum { VECTORS = 10000 };

typedef struct harmonics_state {
    eqf_context *context;
    int lmax;
    float *gradient; /* or NULL */
} harmonics_state;

/* Aligned, for stores that do not cross lines of the cache. */
static _Alignas(64) float xyz[3 * VECTORS], components[16 * VECTORS], derivatives[48 * VECTORS];

static void run_harmonics(void *state)
{
    harmonics_state *s = state;
    bench_check(s->context, eqf_spherical_harmonics_columns(s->context, s->lmax, EQF_HARMONICS_COMPONENT, 1,
                                                            EQF_FLOAT32, VECTORS, xyz, components, s->gradient));
}

static void prepare_harmonics(eqf_context *context, const bench_case *self, bench_work *work)
{
    harmonics_state *s = bench_new(sizeof *s);
    s->context = context;
    s->lmax = self->lmax;
    s->gradient = self->forces ? derivatives : NULL;
    for (int i = 0; i < 3 * VECTORS; i++) xyz[i] = (float)sin(1.7 * i + 0.3);
    *work = (bench_work){run_harmonics, free, s, VECTORS, 0, 0, NULL};
}

static void prepare_harmonics_module(eqf_context *context, const bench_case *self, bench_work *work)
{
    program_state *s = bench_new(sizeof *s);
    eqf_irreps *irreps = parse(context, sh_text[self->lmax]);
    s->context = context;
    bench_check(context, eqf_spherical_harmonics_create(context, irreps, EQF_HARMONICS_COMPONENT, 1, &s->module));
    begin_run(s, (const char *const[]){"vectors"}, (const int64_t[]){VECTORS});
    eqf_irreps_free(irreps);
    *work = (bench_work){run_program, free_program, s, VECTORS, 0, 0, NULL};
}

/* Multiplications of a depthwise product: channels times non-zero coefficients. */
static double product_flop(eqf_context *context, const eqf_module *module)
{
    double count = 0, *c = bench_new(23 * 23 * 23 * sizeof *c);
    for (int i = 0; i < eqf_tensor_product_instructions(module); i++) {
        eqf_instruction n;
        bench_check(context, eqf_tensor_product_instruction(context, module, i, &n, NULL));
        const eqf_irreps_block *a = eqf_irreps_block_at(eqf_module_irreps_in(module, 0), n.in1);
        const eqf_irreps_block *b = eqf_irreps_block_at(eqf_module_irreps_in(module, 1), n.in2);
        const eqf_irreps_block *o = eqf_irreps_block_at(eqf_module_irreps_out(module), n.out);
        bench_check(context, eqf_wigner_3j(context, EQF_CG_E3NN_05, a->irrep.l, b->irrep.l, o->irrep.l, c));
        int size = (2 * a->irrep.l + 1) * (2 * b->irrep.l + 1) * (2 * o->irrep.l + 1);
        for (int k = 0; k < size; k++)
            if (fabs(c[k]) > 1e-12) count += a->mul;
    }
    free(c);
    return 2 * count;
}

/* As many edges as a network takes at a time: a batch that fills more than the caches measures them instead. */
enum { PRODUCT_EDGES = 32 };

static void prepare_product(eqf_context *context, const bench_case *self, bench_work *work)
{
    program_state *s = bench_new(sizeof *s);
    eqf_irreps *node = parse(context, node_text[self->lmax]), *sh = parse(context, sh_text[self->lmax]);
    s->context = context;
    bench_check(context, eqf_depthwise_create(context, node, sh, node, NULL, &s->module));
    begin_run(s, (const char *const[]){"edges", "edges", "edges"},
              (const int64_t[]){PRODUCT_EDGES, PRODUCT_EDGES, PRODUCT_EDGES});
    eqf_irreps_free(node);
    eqf_irreps_free(sh);
    *work = (bench_work){run_program, free_program, s, PRODUCT_EDGES, product_flop(context, s->module), 0, NULL};
}

/* ------------------------------------------------------------------------------------------------------ attention -- */

/* Senders, then receivers; and the edge vectors. */
static int64_t aspirin_edges(eqf_context *context, int32_t **maps, double **vectors)
{
    eqf_neighbors *neighbors;
    eqf_edges edges;
    bench_check(context, eqf_neighbors_create(context, &neighbors));
    bench_check(context, eqf_neighbors_find(context, neighbors, 5, ASPIRIN_ATOMS, &aspirin_positions[0][0], 1, NULL,
                                            NULL, NULL, &edges));
    *maps = bench_new(2 * (size_t)edges.count * sizeof **maps);
    *vectors = bench_new(3 * (size_t)edges.count * sizeof **vectors);
    for (int64_t i = 0; i < 3 * edges.count; i++) (*vectors)[i] = edges.vector[i];
    for (int64_t e = 0; e < edges.count; e++) {
        (*maps)[e] = edges.src[e];
        (*maps)[edges.count + e] = edges.dst[e];
    }
    eqf_neighbors_free(neighbors);
    return edges.count;
}

static void prepare_attention(eqf_context *context, const bench_case *self, bench_work *work)
{
    program_state *s = bench_new(sizeof *s);
    eqf_irreps *node = parse(context, node_text[self->lmax]), *sh = parse(context, sh_text[self->lmax]);
    eqf_irreps *head = parse(context, head_text[self->lmax]);
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    options.irreps_in = options.irreps_out = node;
    options.irreps_sh = sh;
    options.irreps_head = head;
    options.num_heads = 4;
    options.n_radial = 3;
    options.radial_layers = (const int[]){32, 64, 64};
    s->context = context;
    bench_check(context, eqf_graph_attention_create(context, &options, &s->module));
    double *vectors;
    int64_t edges = aspirin_edges(context, &s->maps, &vectors);
    free(vectors);
    begin_run(s, (const char *const[]){"atoms", "edges", "edges"}, (const int64_t[]){ASPIRIN_ATOMS, edges, edges});
    bench_check(context, eqf_run_set_map(context, s->run, "edge_src", s->maps));
    bench_check(context, eqf_run_set_map(context, s->run, "edge_dst", s->maps + edges));
    eqf_irreps_free(node);
    eqf_irreps_free(sh);
    eqf_irreps_free(head);
    *work = (bench_work){run_program, free_program, s, (double)edges, 0, 0, NULL};
}

/* --------------------------------------------------------------------------------------------------------- models -- */

enum { COPIES_MAX = 8 };

/* Aspirin, or a batch of copies. */
typedef struct model_state {
    eqf_context *context;
    eqf_calculator *calculator;
    eqf_results results;
    int copies;
    int numbers[COPIES_MAX * ASPIRIN_ATOMS];
    int32_t graph[COPIES_MAX * ASPIRIN_ATOMS];
    double positions[COPIES_MAX * ASPIRIN_ATOMS][3];
    double energy[COPIES_MAX], forces[3 * COPIES_MAX * ASPIRIN_ATOMS];
} model_state;

static void run_model(void *state)
{
    model_state *s = state;
    eqf_system system = EQF_SYSTEM_INIT;
    system.natoms = s->copies * ASPIRIN_ATOMS;
    system.graphs = s->copies;
    system.graph = s->graph;
    system.atomic_numbers = s->numbers;
    system.positions = &s->positions[0][0];
    bench_check(s->context, eqf_calculator_compute(s->context, s->calculator, &system, &s->results));
}

static double bytes_per_edge(void *state)
{
    const eqf_calculator *calculator = ((model_state *)state)->calculator;
    return (double)eqf_calculator_bytes(calculator) / (double)eqf_calculator_edges(calculator);
}

static void free_model(void *state)
{
    model_state *s = state;
    eqf_calculator_free(s->calculator);
    free(s);
}

/* FLOPs of an energy that the ratio refers to: the arithmetic of the published model for aspirin. */
static const double energy_flop[] = {0, 0, 1.90e9, 5.25e9};

static eqf_model *preset_model(eqf_context *context, int lmax)
{
    eqf_config *config;
    eqf_model *model;
    const char *name = lmax == 2 ? "graph_attention_transformer_nonlinear_exp_l2_md17"
                                 : "graph_attention_transformer_nonlinear_exp_l3_md17";
    bench_check(context, eqf_config_preset(context, name, &config));
    bench_check(context, eqf_model_create(context, config, 1, EQF_FLOAT32, &model));
    eqf_config_free(config);
    return model;
}

static void prepare_model(eqf_context *context, const bench_case *self, bench_work *work)
{
    model_state *s = bench_new(sizeof *s);
    eqf_model *model = preset_model(context, self->lmax);
    s->context = context;
    bench_check(context, eqf_calculator_create(context, model, EQF_FLOAT32, &s->calculator));
    s->results = (eqf_results)EQF_RESULTS_INIT;
    s->results.energy = s->energy;
    s->copies = self->copies > 0 ? self->copies : 1;
    for (int i = 0; i < s->copies * ASPIRIN_ATOMS; i++) {
        s->graph[i] = i / ASPIRIN_ATOMS;
        s->numbers[i] = aspirin_numbers[i % ASPIRIN_ATOMS];
        for (int k = 0; k < 3; k++) s->positions[i][k] = aspirin_positions[i % ASPIRIN_ATOMS][k];
    }
    if (self->forces) s->results.forces = s->forces;
    eqf_model_free(model);
    double flop = energy_flop[self->lmax] * (self->forces ? 2 : 1);
    *work = (bench_work){run_model, free_model, s, s->copies, flop, flop, bytes_per_edge};
}

/* ----------------------------------------------------------------------------------------------------- neighbours -- */

enum { SIDE = 47, CRYSTAL_ATOMS = SIDE * SIDE * SIDE };

typedef struct neighbors_state {
    eqf_context *context;
    eqf_neighbors *neighbors;
    double positions[CRYSTAL_ATOMS][3], cell[9];
} neighbors_state;

static void run_neighbors(void *state)
{
    neighbors_state *s = state;
    eqf_edges edges;
    bench_check(s->context, eqf_neighbors_find(s->context, s->neighbors, 5, CRYSTAL_ATOMS, &s->positions[0][0], 1, NULL,
                                               s->cell, (const int[]){1, 1, 1}, &edges));
}

static void free_neighbors(void *state)
{
    eqf_neighbors_free(((neighbors_state *)state)->neighbors);
    free(state);
}

/* A disturbed cubic crystal with about 50 neighbours within 5 Angstrom. */
static void prepare_neighbors(eqf_context *context, const bench_case *self, bench_work *work)
{
    static const double spacing = 2.2;
    neighbors_state *s = bench_new(sizeof *s);
    (void)self;
    s->context = context;
    bench_check(context, eqf_neighbors_create(context, &s->neighbors));
    for (int k = 0; k < 3; k++) s->cell[4 * k] = SIDE * spacing;
    for (int i = 0; i < CRYSTAL_ATOMS; i++) {
        const int place[3] = {i / (SIDE * SIDE), i / SIDE % SIDE, i % SIDE};
        for (int k = 0; k < 3; k++) s->positions[i][k] = spacing * place[k] + 0.2 * sin(1.3 * i + 2.1 * k);
    }
    *work = (bench_work){run_neighbors, free_neighbors, s, CRYSTAL_ATOMS, 0, 0, NULL};
}

/* ------------------------------------------------------------------------------------------------------ gradients -- */

typedef struct gradient_state {
    eqf_context *context;
    eqf_run *run;
    int64_t edges;
    int32_t *maps, types[ASPIRIN_ATOMS], graph[ASPIRIN_ATOMS];
} gradient_state;

static void run_gradient(void *state)
{
    gradient_state *s = state;
    bench_check(s->context, eqf_run_execute(s->context, s->run));
}

static double gradient_bytes_per_edge(void *state)
{
    gradient_state *s = state;
    return (double)eqf_run_bytes(s->run) / (double)s->edges;
}

static void free_gradient(void *state)
{
    gradient_state *s = state;
    eqf_run_free(s->run);
    free(s->maps);
    free(s);
}

/* F = -dE/dr by the edge vectors r_src - r_dst + ... */
static eqf_var record_forces(eqf_program *p, eqf_var energy, eqf_var vectors)
{
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_var slope;
    eqf_grad(p, 1, &energy, NULL, 1, &vectors, &slope);
    return eqf_combine(p, 1, eqf_segment_sum(p, eqf_program_map(p, "edge_dst", edges, atoms), slope), -1,
                       eqf_segment_sum(p, eqf_program_map(p, "edge_src", edges, atoms), slope));
}

/* The gradient of E, or of E + sum F, with respect to all parameters: what a step of training computes. */
static eqf_program *gradient_program(eqf_context *context, const eqf_model *model, int forces)
{
    const eqf_parameters *parameters = eqf_model_parameters(model);
    int n = 0, all = eqf_parameters_arrays(parameters);
    eqf_program *p;
    eqf_irreps *vector = parse(context, "1x1o");
    eqf_model_outputs recorded;
    eqf_var *wrt = bench_new((size_t)all * sizeof *wrt), *gradients = bench_new((size_t)all * sizeof *gradients);
    bench_check(context, eqf_program_create(context, &p));
    eqf_var vectors = eqf_input_double(p, "vectors", eqf_program_rows(p, "edges"), vector), loss[2];
    eqf_model_record(p, model, "", vectors, &recorded);
    loss[0] = recorded.energy;
    if (forces) loss[1] = record_forces(p, recorded.energy, vectors);
    for (int i = 0; i < all; i++) {
        eqf_parameter_info info;
        bench_check(context, eqf_parameters_info(context, parameters, i, &info));
        if (info.flags & EQF_PARAMETER_TRAINABLE) wrt[n++] = eqf_program_parameter(p, info.name);
    }
    eqf_grad(p, forces ? 2 : 1, loss, NULL, n, wrt, gradients);
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        eqf_output(p, name, gradients[i]);
    }
    bench_check(context, eqf_program_end(context, p));
    eqf_irreps_free(vector);
    free(wrt);
    free(gradients);
    return p;
}

static void prepare_gradient(eqf_context *context, const bench_case *self, bench_work *work)
{
    gradient_state *s = bench_new(sizeof *s);
    eqf_model *model = preset_model(context, self->lmax);
    eqf_program *program = gradient_program(context, model, self->forces);
    s->context = context;
    bench_check(context, eqf_run_create(context, program, eqf_model_parameters(model), EQF_FLOAT32, &s->run));
    double *vectors;
    int64_t edges = s->edges = aspirin_edges(context, &s->maps, &vectors);
    for (int i = 0; i < ASPIRIN_ATOMS; i++) s->types[i] = eqf_model_type(model, aspirin_numbers[i]);
    bench_check(context, eqf_run_set_rows(context, s->run, "atoms", ASPIRIN_ATOMS));
    bench_check(context, eqf_run_set_rows(context, s->run, "edges", edges));
    bench_check(context, eqf_run_set_rows(context, s->run, "graphs", 1));
    bench_check(context, eqf_run_set_map(context, s->run, "edge_src", s->maps));
    bench_check(context, eqf_run_set_map(context, s->run, "edge_dst", s->maps + edges));
    bench_check(context, eqf_run_set_map(context, s->run, "atom_graph", s->graph));
    bench_check(context, eqf_run_set_map(context, s->run, "atom_type", s->types));
    bench_check(context, eqf_run_set_input(context, s->run, "vectors", vectors));
    free(vectors);
    eqf_program_free(program);
    eqf_model_free(model);
    double flop = energy_flop[self->lmax] * (self->forces ? 6 : 3);
    *work = (bench_work){run_gradient, free_gradient, s, 1, flop, flop, gradient_bytes_per_edge};
}

const bench_case bench_cases[] = {
    {"neighbors-103823", "atom", prepare_neighbors, 0, 0, 0},
    {"sh-l2", "vector", prepare_harmonics, 2, 0, 0},
    {"sh-l3", "vector", prepare_harmonics, 3, 0, 0},
    {"sh-l2-gradient", "vector", prepare_harmonics, 2, 1, 0},
    {"sh-l3-gradient", "vector", prepare_harmonics, 3, 1, 0},
    {"sh-module-l2", "vector", prepare_harmonics_module, 2, 0, 0},
    {"sh-module-l3", "vector", prepare_harmonics_module, 3, 0, 0},
    {"dtp-l1", "edge", prepare_product, 1, 0, 0},
    {"dtp-l2", "edge", prepare_product, 2, 0, 0},
    {"dtp-l3", "edge", prepare_product, 3, 0, 0},
    {"attention-l2", "edge", prepare_attention, 2, 0, 0},
    {"attention-l3", "edge", prepare_attention, 3, 0, 0},
    {"aspirin-l2-energy", "evaluation", prepare_model, 2, 0, 0},
    {"aspirin-l2-forces", "evaluation", prepare_model, 2, 1, 0},
    {"aspirin-l2-x8-forces", "molecule", prepare_model, 2, 1, COPIES_MAX},
    {"aspirin-l2-energy-gradient", "evaluation", prepare_gradient, 2, 0, 0},
    {"aspirin-l2-force-gradient", "evaluation", prepare_gradient, 2, 1, 0},
    {"aspirin-l3-energy", "evaluation", prepare_model, 3, 0, 0},
    {"aspirin-l3-forces", "evaluation", prepare_model, 3, 1, 0},
    {"aspirin-l3-energy-gradient", "evaluation", prepare_gradient, 3, 0, 0},
    {"aspirin-l3-force-gradient", "evaluation", prepare_gradient, 3, 1, 0},
};

const int bench_case_count = sizeof bench_cases / sizeof bench_cases[0];
