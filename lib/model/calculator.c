/* The calculator.
 * SPDX-License-Identifier: MIT */
#include <equiformer/calculator.h>

#include <math.h>
#include <string.h>

#include <equiformer/neighbors.h>
#include <equiformer/structure.h>

#include "model/model.h"

/* One program: energies, or energies and their derivatives with respect to edge vectors. */
enum { ENERGY, FORCES, PROGRAMS };

struct eqf_calculator {
    eqf_allocator allocator;
    eqf_model *model;
    eqf_precision precision;
    eqf_neighbors *neighbors;
    eqf_run *runs[PROGRAMS]; /* made when first needed */
    int64_t edges;
    int32_t *types;   /* [atoms] */
    int32_t *graph;   /* [atoms] zeros, where the caller gives none */
    double *energy;   /* [graphs] */
    double *atoms;    /* [atoms] energies */
    double *gradient; /* [edges][3] */
    double *forces;   /* [atoms][3] */
    size_t types_capacity, graph_capacity, energy_capacity, atoms_capacity, gradient_capacity, forces_capacity;
};

/* ----------------------------------------------------------------------------------------------------------- life -- */

eqf_status eqf_calculator_create(eqf_context *context, const eqf_model *model, eqf_precision precision,
                                 eqf_calculator **calculator)
{
    eqf_status status = EQF_OK;
    eqf_calculator *made = NULL;
    EQFI_CHECK(precision == EQF_FLOAT32 || precision == EQF_FLOAT64, EQF_ERROR_ARGUMENT,
               "precision %d, expected EQF_FLOAT32 or EQF_FLOAT64", (int)precision);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->model = eqf_model_retain(model);
    made->precision = precision;
    EQFI_TRY(eqf_neighbors_create(context, &made->neighbors));
    *calculator = made;
    return EQF_OK;
fail:
    eqf_calculator_free(made);
    return status;
}

void eqf_calculator_free(eqf_calculator *calculator)
{
    if (calculator == NULL) return;
    eqf_allocator allocator = calculator->allocator;
    for (int i = 0; i < PROGRAMS; i++) eqf_run_free(calculator->runs[i]);
    eqf_neighbors_free(calculator->neighbors);
    eqf_model_free(calculator->model);
    eqfi_release(&allocator, calculator->types);
    eqfi_release(&allocator, calculator->graph);
    eqfi_release(&allocator, calculator->energy);
    eqfi_release(&allocator, calculator->atoms);
    eqfi_release(&allocator, calculator->gradient);
    eqfi_release(&allocator, calculator->forces);
    eqfi_release(&allocator, calculator);
}

int64_t eqf_calculator_edges(const eqf_calculator *calculator) { return calculator->edges; }

size_t eqf_calculator_bytes(const eqf_calculator *calculator)
{
    size_t bytes = calculator->types_capacity * sizeof(int32_t) + calculator->graph_capacity * sizeof(int32_t);
    bytes += (calculator->energy_capacity + calculator->atoms_capacity + calculator->gradient_capacity +
              calculator->forces_capacity) *
             sizeof(double);
    for (int i = 0; i < PROGRAMS; i++)
        if (calculator->runs[i] != NULL) bytes += eqf_run_bytes(calculator->runs[i]);
    return bytes;
}

/* ------------------------------------------------------------------------------------------------------- programs -- */

static eqf_status make_run(eqf_context *context, const eqf_calculator *calculator, int which, eqf_run **run)
{
    eqf_status status = EQF_OK;
    eqf_program *program = NULL;
    eqf_irreps *vector = NULL;
    eqf_var atom_energy, energy, gradient;
    EQFI_TRY(eqf_irreps_parse(context, "1x1o", &vector));
    EQFI_TRY(eqf_program_create(context, &program));
    eqf_var vectors = eqf_input(program, "vectors", eqf_program_rows(program, "edges"), vector);
    eqf_model_record(program, calculator->model, vectors, &atom_energy, &energy);
    eqf_output(program, "atom_energy", atom_energy);
    eqf_output(program, "energy", energy);
    if (which == FORCES) {
        eqf_grad(program, 1, &energy, NULL, 1, &vectors, &gradient);
        eqf_output(program, "gradient", gradient);
    }
    EQFI_TRY(eqf_program_end(context, program));
    EQFI_TRY(eqf_run_create(context, program, calculator->model->parameters, calculator->precision, run));
fail:
    eqf_irreps_free(vector);
    eqf_program_free(program);
    return status;
}

/* -------------------------------------------------------------------------------------------------------- binding -- */

static eqf_status check_system(eqf_context *context, const eqf_system *system, const eqf_results *results)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(system->size == sizeof *system && results->size == sizeof *results, EQF_ERROR_ARGUMENT,
               "a system of size %zu and results of size %zu, expected %zu and %zu", system->size, results->size,
               sizeof *system, sizeof *results);
    EQFI_CHECK(system->natoms >= 0 && system->graphs >= 0 && (system->natoms == 0 || system->graphs > 0),
               EQF_ERROR_RANGE, "%lld atoms in %lld systems", (long long)system->natoms, (long long)system->graphs);
    EQFI_CHECK(system->natoms == 0 || (system->atomic_numbers != NULL && system->positions != NULL), EQF_ERROR_ARGUMENT,
               "a system of %lld atoms without atomic numbers or positions", (long long)system->natoms);
    EQFI_CHECK(system->natoms == 0 || system->graphs == 1 || system->graph != NULL, EQF_ERROR_ARGUMENT,
               "%lld systems without the system of each atom", (long long)system->graphs);
fail:
    return status;
}

static eqf_status bind_atoms(eqf_context *context, eqf_calculator *calculator, const eqf_system *system)
{
    eqf_status status = EQF_OK;
    size_t n = (size_t)system->natoms;
    EQFI_TRY(
        eqfi_grow(context, n, sizeof *calculator->types, &calculator->types_capacity, (void **)&calculator->types));
    EQFI_TRY(
        eqfi_grow(context, n, sizeof *calculator->graph, &calculator->graph_capacity, (void **)&calculator->graph));
    EQFI_TRY(
        eqfi_grow(context, n, sizeof *calculator->atoms, &calculator->atoms_capacity, (void **)&calculator->atoms));
    EQFI_TRY(eqfi_grow(context, 3 * n, sizeof *calculator->forces, &calculator->forces_capacity,
                       (void **)&calculator->forces));
    EQFI_TRY(eqfi_grow(context, (size_t)system->graphs, sizeof *calculator->energy, &calculator->energy_capacity,
                       (void **)&calculator->energy));
    for (size_t i = 0; i < n; i++) {
        int z = system->atomic_numbers[i];
        const char *symbol = eqf_element_symbol(z);
        calculator->types[i] = eqf_model_type(calculator->model, z);
        EQFI_CHECK(calculator->types[i] >= 0, EQF_ERROR_NOT_FOUND,
                   "atom %zu has atomic number %d (%s), which the model does not cover", i, z,
                   symbol == NULL ? "no element" : symbol);
        calculator->graph[i] = system->graph == NULL ? 0 : system->graph[i];
    }
fail:
    return status;
}

static eqf_status bind_run(eqf_context *context, eqf_run *run, const eqf_calculator *calculator,
                           const eqf_system *system, const eqf_edges *edges)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqf_run_set_rows(context, run, "atoms", system->natoms));
    EQFI_TRY(eqf_run_set_rows(context, run, "edges", edges->count));
    EQFI_TRY(eqf_run_set_rows(context, run, "graphs", system->graphs));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_src", edges->src));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_dst", edges->dst));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_graph", calculator->graph));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_type", calculator->types));
    EQFI_TRY(eqf_run_set_input(context, run, "vectors", edges->vector));
fail:
    return status;
}

/* -------------------------------------------------------------------------------------------------------- results -- */

static eqf_status check_finite(eqf_context *context, const char *what, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return eqfi_fail(context, EQF_ERROR_NOT_FINITE, "%s %zu of the result is not a finite number", what, i);
    return EQF_OK;
}

/* Edge vectors are r_src - r_dst + ..: forces are sums over edges in their order. */
static eqf_status get_forces(eqf_context *context, eqf_calculator *calculator, int64_t natoms, const eqf_edges *edges)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_grow(context, 3 * (size_t)edges->count, sizeof *calculator->gradient, &calculator->gradient_capacity,
                       (void **)&calculator->gradient));
    EQFI_TRY(eqf_run_get_output(context, calculator->runs[FORCES], "gradient", calculator->gradient));
    memset(calculator->forces, 0, 3 * (size_t)natoms * sizeof *calculator->forces);
    for (int64_t e = 0; e < edges->count; e++) {
        for (int a = 0; a < 3; a++) {
            calculator->forces[3 * edges->src[e] + a] -= calculator->gradient[3 * e + a];
            calculator->forces[3 * edges->dst[e] + a] += calculator->gradient[3 * e + a];
        }
    }
    EQFI_TRY(check_finite(context, "force component", 3 * (size_t)natoms, calculator->forces));
fail:
    return status;
}

static void copy_result(double *to, const double *from, size_t n)
{
    if (to != NULL && n > 0) memcpy(to, from, n * sizeof *to);
}

eqf_status eqf_calculator_compute(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                  eqf_results *results)
{
    eqf_status status = EQF_OK;
    eqf_edges edges;
    int which = results->forces != NULL ? FORCES : ENERGY;
    eqf_run **run = &calculator->runs[which];
    EQFI_TRY(check_system(context, system, results));
    EQFI_TRY(bind_atoms(context, calculator, system));
    EQFI_TRY(eqf_neighbors_find(context, calculator->neighbors, eqf_model_cutoff(calculator->model), system->natoms,
                                system->positions, system->graphs, calculator->graph, system->cell, system->pbc,
                                &edges));
    EQFI_CHECK(edges.coincident == 0, EQF_ERROR_ARGUMENT, "%lld pairs of atoms are at the same place",
               (long long)edges.coincident);
    if (*run == NULL) EQFI_TRY(make_run(context, calculator, which, run));
    EQFI_TRY(bind_run(context, *run, calculator, system, &edges));
    EQFI_TRY(eqf_run_execute(context, *run));
    EQFI_TRY(eqf_run_get_output(context, *run, "energy", calculator->energy));
    EQFI_TRY(eqf_run_get_output(context, *run, "atom_energy", calculator->atoms));
    EQFI_TRY(check_finite(context, "energy", (size_t)system->graphs, calculator->energy));
    if (which == FORCES) EQFI_TRY(get_forces(context, calculator, system->natoms, &edges));
    calculator->edges = edges.count;
    copy_result(results->energy, calculator->energy, (size_t)system->graphs);
    copy_result(results->atom_energy, calculator->atoms, (size_t)system->natoms);
    copy_result(results->forces, calculator->forces, 3 * (size_t)system->natoms);
fail:
    return status;
}
