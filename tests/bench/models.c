/* Evaluations of published models for aspirin: energies, forces, and the gradients of losses.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aspirin.h"

enum { COPIES_MAX = 8 };

/* FLOPs of an energy that the ratio refers to: the arithmetic of the published model for aspirin; 0: not counted. */
static const double energy_flop[] = {0, 0, 1.90e9, 5.25e9};

/* What the rest costs, in energies. */
static const double energies_of[] = {
    [BENCH_ENERGY] = 1, [BENCH_FORCES] = 2, [BENCH_ENERGY_GRADIENT] = 3, [BENCH_FORCE_GRADIENT] = 6};

int64_t bench_aspirin_edges(eqf_context *context, int32_t **maps, double **vectors)
{
    int64_t pairs;
    eqf_neighbors *neighbors;
    eqf_edges edges;
    bench_check(context, eqf_neighbors_create(context, &neighbors));
    bench_check(context, eqf_neighbors_find(context, neighbors, 5, ASPIRIN_ATOMS, &aspirin_positions[0][0], 1, NULL,
                                            NULL, NULL, &edges));
    *maps = bench_new(3 * (size_t)edges.count * sizeof **maps);
    *vectors = bench_new(3 * (size_t)edges.count * sizeof **vectors);
    for (int64_t i = 0; i < 3 * edges.count; i++) (*vectors)[i] = edges.vector[i];
    for (int64_t e = 0; e < edges.count; e++) {
        (*maps)[e] = edges.src[e];
        (*maps)[edges.count + e] = edges.dst[e];
    }
    bench_check(context, eqf_edge_pairs(context, &edges, *maps + 2 * edges.count, &pairs));
    eqf_neighbors_free(neighbors);
    return edges.count;
}

/* L = 1 is that of L = 2 without its l = 2. */
static const char *const first_degree[][2] = {{"irreps_node_embedding", "128x0e+64x1e"},
                                              {"irreps_sh", "1x0e+1x1e"},
                                              {"irreps_head", "32x0e+16x1e"},
                                              {"irreps_mlp_mid", "384x0e+192x1e"}};

eqf_model *bench_published_model(eqf_context *context, int lmax)
{
    eqf_config *config;
    eqf_model *model;
    const char *name = lmax == 3 ? "graph_attention_transformer_nonlinear_exp_l3_md17"
                                 : "graph_attention_transformer_nonlinear_exp_l2_md17";
    bench_check(context, eqf_config_preset(context, name, &config));
    for (size_t i = 0; lmax == 1 && i < sizeof first_degree / sizeof *first_degree; i++)
        bench_check(context, eqf_config_set(context, config, first_degree[i][0], first_degree[i][1]));
    bench_check(context, eqf_model_create(context, config, 1, EQF_FLOAT32, &model));
    eqf_config_free(config);
    return model;
}

int bench_layers(eqf_context *context, const eqf_model *model)
{
    char *text;
    bench_check(context, eqf_config_get(context, eqf_model_config(model), "num_layers", &text));
    int layers = atoi(text);
    eqf_text_free(context, text);
    return layers;
}

/* ------------------------------------------------------------------------------------------------ energies, forces -- */

/* Aspirin, or a batch of copies. */
typedef struct model_state {
    eqf_context *context;
    eqf_calculator *calculator;
    eqf_results results;
    int copies, layers;
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

static int model_figures(void *state, bench_figure figures[BENCH_FIGURES])
{
    const model_state *s = state;
    double bytes = (double)eqf_calculator_bytes(s->calculator), edges = (double)eqf_calculator_edges(s->calculator);
    figures[0] = (bench_figure){"bytes_per_edge", bytes / edges};
    figures[1] = (bench_figure){"bytes_per_edge_and_layer", bytes / edges / s->layers};
    return 2;
}

static void free_model(void *state)
{
    model_state *s = state;
    eqf_calculator_free(s->calculator);
    free(s);
}

void bench_prepare_model(eqf_context *context, const bench_case *self, bench_work *work)
{
    model_state *s = bench_new(sizeof *s);
    eqf_model *model = bench_published_model(context, self->lmax);
    s->context = context;
    bench_check(context, eqf_calculator_create(context, model, EQF_FLOAT32, &s->calculator));
    s->results = (eqf_results)EQF_RESULTS_INIT;
    s->results.energy = s->energy;
    s->copies = (int)self->size;
    s->layers = bench_layers(context, model);
    for (int i = 0; i < s->copies * ASPIRIN_ATOMS; i++) {
        s->graph[i] = i / ASPIRIN_ATOMS;
        s->numbers[i] = aspirin_numbers[i % ASPIRIN_ATOMS];
        memcpy(s->positions[i], aspirin_positions[i % ASPIRIN_ATOMS], sizeof s->positions[i]);
    }
    if (self->what == BENCH_FORCES) s->results.forces = s->forces;
    eqf_model_free(model);
    double flop = energy_flop[self->lmax] * energies_of[self->what];
    *work = (bench_work){run_model, free_model, s, s->copies, flop, flop, model_figures};
}

/* ------------------------------------------------------------------------------------------------------ gradients -- */

typedef struct gradient_state {
    eqf_context *context;
    eqf_run *run;
    int64_t edges;
    int layers;
    int32_t *maps, types[ASPIRIN_ATOMS], graph[ASPIRIN_ATOMS];
} gradient_state;

static void run_gradient(void *state)
{
    gradient_state *s = state;
    bench_check(s->context, eqf_run_execute(s->context, s->run));
}

static int gradient_figures(void *state, bench_figure figures[BENCH_FIGURES])
{
    const gradient_state *s = state;
    double bytes = (double)eqf_run_bytes(s->run), edges = (double)s->edges;
    figures[0] = (bench_figure){"bytes_per_edge", bytes / edges};
    figures[1] = (bench_figure){"bytes_per_edge_and_layer", bytes / edges / s->layers};
    return 2;
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
    eqf_irreps *vector = bench_irreps(context, "1x1o");
    eqf_model_outputs recorded;
    eqf_var *wrt = bench_new((size_t)all * sizeof *wrt), *gradients = bench_new((size_t)all * sizeof *gradients);
    bench_check(context, eqf_program_create(context, &p));
    eqf_program_set_paired(p, 1);
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

void bench_prepare_gradient(eqf_context *context, const bench_case *self, bench_work *work)
{
    gradient_state *s = bench_new(sizeof *s);
    eqf_model *model = bench_published_model(context, self->lmax);
    eqf_program *program = gradient_program(context, model, self->what == BENCH_FORCE_GRADIENT);
    s->context = context;
    bench_check(context, eqf_run_create(context, program, eqf_model_parameters(model), EQF_FLOAT32, &s->run));
    double *vectors;
    int64_t edges = s->edges = bench_aspirin_edges(context, &s->maps, &vectors);
    for (int i = 0; i < ASPIRIN_ATOMS; i++) s->types[i] = eqf_model_type(model, aspirin_numbers[i]);
    bench_check(context, eqf_run_set_rows(context, s->run, "atoms", ASPIRIN_ATOMS));
    bench_check(context, eqf_run_set_rows(context, s->run, "edges", edges));
    bench_check(context, eqf_run_set_rows(context, s->run, "pairs", edges / 2)); /* each way there is a way back */
    bench_check(context, eqf_run_set_rows(context, s->run, "graphs", 1));
    bench_check(context, eqf_run_set_map(context, s->run, "edge_src", s->maps));
    bench_check(context, eqf_run_set_map(context, s->run, "edge_dst", s->maps + edges));
    bench_check(context, eqf_run_set_map(context, s->run, "edge_pair", s->maps + 2 * edges));
    bench_check(context, eqf_run_set_map(context, s->run, "atom_graph", s->graph));
    bench_check(context, eqf_run_set_map(context, s->run, "atom_type", s->types));
    bench_check(context, eqf_run_set_input(context, s->run, "vectors", vectors));
    free(vectors);
    s->layers = bench_layers(context, model);
    eqf_program_free(program);
    eqf_model_free(model);
    double flop = energy_flop[self->lmax] * energies_of[self->what];
    *work = (bench_work){run_gradient, free_gradient, s, 1, flop, flop, gradient_figures};
}
