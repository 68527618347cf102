/* The calculator: its life, binding systems, energies.
 * SPDX-License-Identifier: MIT */
#include "model/calculator.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include <equiformer/exchange.h>
#include <equiformer/structure.h>

#include "ad/run.h"
#include "base/struct.h"
#include "nn/module.h"

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
    made->matmul = eqf_context_matmul(context);
    EQFI_TRY(eqf_neighbors_create(context, &made->neighbors));
    *calculator = made;
    return EQF_OK;
fail:
    eqf_calculator_free(made);
    return status;
}

/* Every growing array of a calculator: what it is made of, and the bytes of an element. */
enum { BLOCKS = 25 };

static void list_blocks(const eqf_calculator *c, void *blocks[BLOCKS], size_t bytes[BLOCKS])
{
    const eqfi_indices *const indices[] = {&c->types,       &c->graph,         &c->tags,          &c->atom_count,
                                           &c->nearest.src, &c->nearest.dst,   &c->nearest.shift, &c->hessian.src,
                                           &c->hessian.dst, &c->hessian.graph, &c->hessian.types, &c->hessian.tags,
                                           &c->edge_pair};
    const eqfi_reals *const reals[] = {&c->nearest.vector,
                                       &c->nearest.distance,
                                       &c->energy,
                                       &c->atoms,
                                       &c->gradient,
                                       &c->auxiliary,
                                       &c->moments,
                                       &c->hessian.vectors,
                                       &c->hessian.tangents,
                                       &c->hessian.gradient,
                                       &c->hessian.directions,
                                       &c->hessian.products};
    enum { INDICES = sizeof indices / sizeof *indices, REALS = sizeof reals / sizeof *reals };
    _Static_assert(INDICES + REALS == BLOCKS, "every array is listed");
    for (int i = 0; i < INDICES; i++) {
        blocks[i] = indices[i]->at;
        bytes[i] = indices[i]->capacity * sizeof *indices[i]->at;
    }
    for (int i = 0; i < REALS; i++) {
        blocks[INDICES + i] = reals[i]->at;
        bytes[INDICES + i] = reals[i]->capacity * sizeof *reals[i]->at;
    }
}

void eqf_calculator_free(eqf_calculator *calculator)
{
    if (calculator == NULL) return;
    eqf_allocator allocator = calculator->allocator;
    void *blocks[BLOCKS];
    size_t bytes[BLOCKS];
    list_blocks(calculator, blocks, bytes);
    for (int i = 0; i < BLOCKS; i++) eqfi_release(&allocator, blocks[i]);
    for (int i = 0; i < EQFI_CALCULATOR_PROGRAMS; i++) eqf_run_free(calculator->runs[i]);
    eqf_neighbors_free(calculator->neighbors);
    eqf_model_free(calculator->model);
    eqfi_release(&allocator, calculator);
}

eqf_status eqfi_calculator_set_parameters(eqf_context *context, eqf_calculator *calculator,
                                          const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    eqf_model *model = NULL;
    EQFI_TRY(eqf_model_assemble(context, eqf_model_config(calculator->model), parameters, &model));
    for (int i = 0; i < EQFI_CALCULATOR_PROGRAMS; i++)
        if (calculator->runs[i] != NULL) EQFI_TRY(eqf_run_set_parameters(context, calculator->runs[i], parameters));
    eqf_model_free(calculator->model);
    calculator->model = model;
    return EQF_OK;
fail:
    eqf_model_free(model);
    return status;
}

eqf_status eqf_calculator_set_skin(eqf_context *context, eqf_calculator *calculator, double skin)
{
    return eqf_neighbors_set_skin(context, calculator->neighbors, skin);
}

int64_t eqf_calculator_searches(const eqf_calculator *calculator)
{
    return eqf_neighbors_searches(calculator->neighbors);
}

int64_t eqf_calculator_edges(const eqf_calculator *calculator) { return calculator->last_edges; }

void eqf_calculator_edge_list(const eqf_calculator *calculator, eqf_edges *edges) { *edges = calculator->edges; }

size_t eqf_calculator_bytes(const eqf_calculator *calculator)
{
    void *blocks[BLOCKS];
    size_t bytes[BLOCKS], sum = eqf_neighbors_bytes(calculator->neighbors);
    list_blocks(calculator, blocks, bytes);
    for (int i = 0; i < BLOCKS; i++) sum += bytes[i];
    for (int i = 0; i < EQFI_CALCULATOR_PROGRAMS; i++)
        if (calculator->runs[i] != NULL) sum += eqf_run_bytes(calculator->runs[i]);
    return sum;
}

/* ------------------------------------------------------------------------------------------------------- programs -- */

/* The gradient, and the derivative of its product with a tangent: (Hessian by edge vectors) . tangent. */
static void record_hessian(eqf_program *program, const eqf_irreps *vector, eqf_var energy, eqf_var vectors)
{
    eqf_var gradient, product;
    eqf_var tangent = eqf_input_double(program, "tangents", eqf_program_rows(program, "edges"), vector);
    eqf_grad(program, 1, &energy, NULL, 1, &vectors, &gradient);
    eqf_grad(program, 1, &gradient, &tangent, 1, &vectors, &product);
    eqf_output(program, "product", product);
}

/* Atoms of each graph on all processes, which share the model's offset of energies. */
static void record_count(eqf_program *program)
{
    eqf_rows atoms = eqf_program_rows(program, "atoms"), graphs = eqf_program_rows(program, "graphs");
    eqf_var ones = eqf_broadcast(program, atoms, eqfi_record_filled(program, 1, 1));
    eqf_map atom_graph = eqf_program_map(program, "atom_graph", atoms, graphs);
    eqf_output(program, "count", eqf_all_reduce(program, eqf_segment_sum(program, atom_graph, ones)));
}

eqf_status eqfi_calculator_run(eqf_context *context, eqf_calculator *calculator, int which, eqf_run **run)
{
    eqf_status status = EQF_OK;
    eqf_program *program = NULL;
    eqf_irreps *vector = NULL;
    eqf_model_outputs model;
    eqf_var gradient;
    if (calculator->runs[which] != NULL) {
        *run = calculator->runs[which];
        return EQF_OK;
    }
    EQFI_TRY(eqf_irreps_parse(context, "1x1o", &vector));
    EQFI_TRY(eqf_program_create(context, &program));
    eqf_program_set_distributed(program, calculator->distributed);
    eqf_program_set_paired(program, which & EQFI_BY_PAIRS);
    eqf_var vectors = eqf_input_double(program, "vectors", eqf_program_rows(program, "edges"), vector);
    eqf_model_record(program, calculator->model, "", vectors, &model);
    if (which == EQFI_HESSIAN_PROGRAM) {
        record_hessian(program, vector, model.energy, vectors);
    } else {
        eqf_output(program, "atom_energy", model.atom_energy);
        eqf_output(program, "energy", model.energy);
        if (calculator->distributed && eqf_model_energy_offset(calculator->model) != 0) record_count(program);
        if (which & EQFI_WITH_GRADIENT) {
            eqf_grad(program, 1, &model.energy, NULL, 1, &vectors, &gradient);
            eqf_output(program, "gradient", gradient);
        }
        if (which & EQFI_WITH_AUXILIARY) eqf_output(program, "auxiliary", model.auxiliary);
    }
    EQFI_TRY(eqf_program_end(context, program));
    EQFI_TRY(eqfi_run_create(context, program, calculator->model->parameters, calculator->precision, calculator->matmul,
                             &calculator->runs[which]));
    *run = calculator->runs[which];
fail:
    eqf_irreps_free(vector);
    eqf_program_free(program);
    return status;
}

/* -------------------------------------------------------------------------------------------------------- binding -- */

static eqf_status check_system(eqf_context *context, const eqf_system *system)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(system->natoms >= 0 && system->graphs >= 0 && (system->natoms == 0 || system->graphs > 0),
               EQF_ERROR_RANGE, "%lld atoms in %lld systems", (long long)system->natoms, (long long)system->graphs);
    EQFI_CHECK(system->natoms == 0 || (system->atomic_numbers != NULL && system->positions != NULL), EQF_ERROR_ARGUMENT,
               "a system of %lld atoms without atomic numbers or positions", (long long)system->natoms);
    EQFI_CHECK(system->natoms == 0 || system->graphs == 1 || system->graph != NULL, EQF_ERROR_ARGUMENT,
               "%lld systems without the system of each atom", (long long)system->graphs);
fail:
    return status;
}

eqf_status eqfi_bind_atoms(eqf_context *context, eqf_calculator *calculator, const eqf_system *system)
{
    eqf_status status = EQF_OK;
    int64_t n = system->natoms;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->types, n));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->graph, n));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->tags, n));
    for (int64_t i = 0; i < n; i++) {
        int z = system->atomic_numbers[i], tag = system->tags == NULL ? 0 : system->tags[i];
        const char *symbol = eqf_element_symbol(z);
        calculator->types.at[i] = eqf_model_type(calculator->model, z);
        EQFI_CHECK(calculator->types.at[i] >= 0, EQF_ERROR_NOT_FOUND,
                   "atom %lld has atomic number %d (%s), which the model does not cover", (long long)i, z,
                   symbol == NULL ? "no element" : symbol);
        EQFI_CHECK(tag >= 0 && tag <= 2, EQF_ERROR_RANGE, "atom %lld has the tag %d, expected 0, 1 or 2", (long long)i,
                   tag);
        calculator->graph.at[i] = system->graph == NULL ? 0 : system->graph[i];
        calculator->tags.at[i] = tag;
    }
fail:
    return status;
}

eqf_status eqfi_calculator_bind(eqf_context *context, eqf_calculator *calculator, const eqf_system *system)
{
    eqf_status status = EQF_OK;
    eqf_edges edges;
    int64_t most = eqf_model_config(calculator->model)->max_neighbors;
    calculator->has_gradient = false;
    calculator->edges = (eqf_edges){.count = 0};
    EQFI_TRY(check_system(context, system));
    EQFI_TRY(eqfi_bind_atoms(context, calculator, system));
    EQFI_TRY(eqf_neighbors_find(context, calculator->neighbors, eqf_model_cutoff(calculator->model), system->natoms,
                                system->positions, system->graphs, calculator->graph.at, system->cell, system->pbc,
                                &edges));
    EQFI_CHECK(edges.coincident == 0, EQF_ERROR_ARGUMENT, "%lld pairs of atoms are at the same place",
               (long long)edges.coincident);
    if (most > 0) EQFI_TRY(eqfi_keep_nearest(context, calculator, most, &edges));
    calculator->edges = edges;
fail:
    return status;
}

eqf_status eqfi_find_pairs(eqf_context *context, eqf_calculator *calculator)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->edge_pair, calculator->edges.count));
    EQFI_TRY(eqf_edge_pairs(context, &calculator->edges, calculator->edge_pair.at, &calculator->pairs));
fail:
    return status;
}

eqf_status eqfi_bind_run(eqf_context *context, eqf_run *run, const eqf_calculator *calculator, int64_t natoms,
                         int64_t nsenders, int64_t graphs)
{
    eqf_status status = EQF_OK;
    const eqf_edges *edges = &calculator->edges;
    EQFI_TRY(eqf_run_set_rows(context, run, "atoms", natoms));
    EQFI_TRY(eqf_run_set_rows(context, run, "senders", nsenders));
    EQFI_TRY(eqf_run_set_rows(context, run, "edges", edges->count));
    EQFI_TRY(eqf_run_set_rows(context, run, "graphs", graphs));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_src", edges->src));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_dst", edges->dst));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_graph", calculator->graph.at));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_type", calculator->types.at));
    EQFI_TRY(eqf_run_set_map(context, run, "sender_type", calculator->types.at));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_tag", calculator->tags.at));
    EQFI_TRY(eqf_run_set_rows(context, run, "pairs", calculator->pairs));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_pair", calculator->edge_pair.at));
    EQFI_TRY(eqf_run_set_input(context, run, "vectors", edges->vector));
fail:
    return status;
}

/* -------------------------------------------------------------------------------------------------------- results -- */

eqf_status eqfi_check_finite(eqf_context *context, const char *what, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return eqfi_fail(context, EQF_ERROR_NOT_FINITE, "%s %zu of the result is not a finite number", what, i);
    return EQF_OK;
}

/* E = scale E_network + the shifts of its atoms' elements. */
eqf_status eqfi_get_energies(eqf_context *context, eqf_calculator *calculator, const eqf_run *run, int64_t natoms,
                             int64_t graphs)
{
    eqf_status status = EQF_OK;
    double scale = eqf_model_energy_scale(calculator->model), *energy, *atoms;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->energy, graphs));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->atoms, natoms));
    energy = calculator->energy.at;
    atoms = calculator->atoms.at;
    EQFI_TRY(eqf_run_get_output(context, run, "energy", energy));
    EQFI_TRY(eqf_run_get_output(context, run, "atom_energy", atoms));
    for (int64_t g = 0; g < graphs; g++) energy[g] *= scale;
    for (int64_t i = 0; i < natoms; i++) {
        double shift = eqf_model_energy_shift(calculator->model, calculator->types.at[i]);
        atoms[i] = scale * atoms[i] + shift;
        energy[calculator->graph.at[i]] += shift;
    }
    EQFI_TRY(eqfi_check_finite(context, "energy", (size_t)graphs, energy));
fail:
    return status;
}

/* The model's offset goes to each graph, whose atoms share it. */
static eqf_status add_offset(eqf_context *context, eqf_calculator *calculator, const eqf_system *system)
{
    eqf_status status = EQF_OK;
    double offset = eqf_model_energy_offset(calculator->model);
    if (offset == 0) return EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->atom_count, system->graphs));
    int32_t *count = calculator->atom_count.at;
    const int32_t *graph = calculator->graph.at;
    for (int64_t g = 0; g < system->graphs; g++) {
        calculator->energy.at[g] += offset;
        count[g] = 0;
    }
    for (int64_t i = 0; i < system->natoms; i++) count[graph[i]]++;
    for (int64_t i = 0; i < system->natoms; i++) calculator->atoms.at[i] += offset / count[graph[i]];
fail:
    return status;
}

static eqf_status get_auxiliary(eqf_context *context, eqf_calculator *calculator, const eqf_run *run,
                                const eqf_system *system)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->auxiliary, 3 * system->natoms));
    EQFI_TRY(eqf_run_get_output(context, run, "auxiliary", calculator->auxiliary.at));
    for (int64_t i = 0; i < 3 * system->natoms; i++)
        calculator->auxiliary.at[i] *= eqf_model_auxiliary_scale(calculator->model);
    EQFI_TRY(eqfi_check_finite(context, "auxiliary component", 3 * (size_t)system->natoms, calculator->auxiliary.at));
fail:
    return status;
}

static bool wants_gradient(const eqf_results *results)
{
    return results->forces != NULL || results->stress != NULL || results->virial != NULL ||
           results->atom_virial != NULL || results->edge_gradient != NULL;
}

/* Gradients by single edges are those of a program that does not know pairs. */
static bool pays_by_pairs(const eqf_calculator *calculator, const eqf_results *results)
{
    return calculator->edges.count <= EQFI_PAIRED_EDGES && results->edge_gradient == NULL &&
           !eqf_model_config(calculator->model)->use_atom_edge_attr;
}

static void copy_result(double *to, const double *from, int64_t n)
{
    if (to != NULL && n > 0) memcpy(to, from, (size_t)n * sizeof *to);
}

eqf_status eqf_calculator_compute(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                  eqf_results *results)
{
    eqf_status status = EQF_OK;
    eqf_run *run;
    eqf_system own_system = EQF_SYSTEM_INIT;
    eqf_results own_results = EQF_RESULTS_INIT;
    EQFI_TAKE(eqf_system, system, own_system);
    EQFI_TAKE(eqf_results, results, own_results);
    EQFI_CHECK(results->auxiliary == NULL || eqf_model_config(calculator->model)->use_auxiliary_task,
               EQF_ERROR_UNSUPPORTED, "the auxiliary output is asked for, but the model has no auxiliary head");
    int which =
        (wants_gradient(results) ? EQFI_WITH_GRADIENT : 0) | (results->auxiliary != NULL ? EQFI_WITH_AUXILIARY : 0);
    EQFI_TRY(eqfi_calculator_bind(context, calculator, system));
    if (results->stress != NULL) EQFI_TRY(eqfi_check_stress(context, system));
    if (pays_by_pairs(calculator, results)) {
        EQFI_TRY(eqfi_find_pairs(context, calculator));
        which |= EQFI_BY_PAIRS;
    }
    EQFI_TRY(eqfi_calculator_run(context, calculator, which, &run));
    EQFI_TRY(eqfi_bind_run(context, run, calculator, system->natoms, system->natoms, system->graphs));
    EQFI_TRY(eqf_run_execute(context, run));
    EQFI_TRY(eqfi_get_energies(context, calculator, run, system->natoms, system->graphs));
    EQFI_TRY(add_offset(context, calculator, system));
    if (which & EQFI_WITH_GRADIENT) EQFI_TRY(eqfi_get_gradient(context, calculator, run));
    if (which & EQFI_WITH_AUXILIARY) EQFI_TRY(get_auxiliary(context, calculator, run, system));
    calculator->last_edges = calculator->edges.count;
    copy_result(results->energy, calculator->energy.at, system->graphs);
    copy_result(results->atom_energy, calculator->atoms.at, system->natoms);
    copy_result(results->auxiliary, calculator->auxiliary.at, 3 * system->natoms);
    eqfi_get_derivatives(calculator, system, results);
fail:
    return status;
}
