/* Recording and binding objectives.
 *
 * Everything is standardised: energies are (energy - shifts - offset) / scale, forces and stress are divided by the
 * scale, displacements by that of the auxiliary vectors, so that the network's outputs are compared as they are.
 * SPDX-License-Identifier: MIT */
#include "train/objective.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 32 };

/* -------------------------------------------------------------------------------------------------------- recording -- */

typedef struct recording {
    eqf_program *program;
    const eqf_irreps *vector, *scalar; /* 1x1o, 1x0e */
    eqf_var vectors, slope;            /* of the edges; derivative of the energy by them */
    eqf_model_outputs outputs;
} recording;

/* dE/d(edge vector), recorded once. */
static eqf_var slope(recording *r)
{
    if (r->slope.id == 0) eqf_grad(r->program, 1, &r->outputs.energy, NULL, 1, &r->vectors, &r->slope);
    return r->slope;
}

static eqf_var sum_at(recording *r, const char *map, eqf_var x)
{
    eqf_rows atoms = eqf_program_rows(r->program, "atoms"), edges = eqf_program_rows(r->program, "edges");
    return eqf_segment_sum(r->program, eqf_program_map(r->program, map, edges, atoms), x);
}

static eqf_var record_energy(recording *r) { return r->outputs.energy; }

static eqf_var scaled_by_graph(recording *r, const char *name, eqf_var x)
{
    eqf_var factor = eqf_input_double(r->program, name, eqf_program_rows(r->program, "graphs"), r->scalar);
    return eqf_scale(r->program, x, factor, EQF_PER_ROW, 1);
}

static eqf_var record_energy_per_atom(recording *r) { return scaled_by_graph(r, "inverse_atoms", r->outputs.energy); }

/* F = -dE/dr: an edge vector is r_src - r_dst plus a lattice vector. */
static eqf_var record_forces(recording *r)
{
    return eqf_combine(r->program, 1, sum_at(r, "edge_dst", slope(r)), -1, sum_at(r, "edge_src", slope(r)));
}

/* dE/dstrain / volume, row by row: sum over edges of (component a of the vector) (derivative by the vector). */
static eqf_var record_stress(recording *r)
{
    eqf_program *p = r->program;
    eqf_rows atoms = eqf_program_rows(p, "atoms"), graphs = eqf_program_rows(p, "graphs");
    eqf_var strain = {0};
    for (int a = 0; a < 3; a++) {
        const double axis[3] = {a == 0, a == 1, a == 2};
        eqf_var unit = eqf_to_double(p, eqf_constant(p, r->vector, axis));
        eqf_var row = eqf_scale(p, slope(r), eqf_dot(p, r->vectors, unit, EQF_PER_ROW, 1), EQF_PER_ROW, 1);
        strain = a == 0 ? row : eqf_concat(p, strain, row);
    }
    strain = eqf_segment_sum(p, eqf_program_map(p, "atom_graph", atoms, graphs), sum_at(r, "edge_dst", strain));
    return scaled_by_graph(r, "inverse_volume", strain);
}

static eqf_var record_displacement(recording *r) { return eqf_to_double(r->program, r->outputs.auxiliary); }

/* What a term compares: where its rows come from, its numbers per row, the labels that it needs. */
static const struct {
    eqf_var (*record)(recording *r);
    int columns;
    unsigned label;
    bool by_atom;
} quantities[] = {
    [EQF_QUANTITY_ENERGY] = {record_energy, 1, EQF_LABEL_ENERGY, false},
    [EQF_QUANTITY_ENERGY_PER_ATOM] = {record_energy_per_atom, 1, EQF_LABEL_ENERGY, false},
    [EQF_QUANTITY_FORCES] = {record_forces, 3, EQF_LABEL_FORCES, true},
    [EQF_QUANTITY_STRESS] = {record_stress, 9, EQF_LABEL_STRESS, false},
    [EQF_QUANTITY_DISPLACEMENT] = {record_displacement, 3, EQF_LABEL_RELAXED, true},
};

static const char *term_name(const char *what, int term, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s%d", what, term);
    return name;
}

/* One term: its value as an output, and its share of the loss. */
static eqf_var record_term(recording *r, const eqf_loss_term *term, int k)
{
    eqf_program *p = r->program;
    char name[NAME_SIZE];
    eqf_var prediction = quantities[term->quantity].record(r);
    eqf_rows rows = eqf_var_rows(p, prediction);
    eqf_var target = eqf_input_double(p, term_name("target", k, name), rows, eqf_var_irreps(p, prediction));
    eqf_var weights = eqf_input_double(p, term_name("rows", k, name), rows, r->scalar);
    eqf_var value = eqf_loss(p, term->kind, term->delta, prediction, target, weights);
    eqf_output(p, term_name("term", k, name), value);
    eqf_var weight = eqf_input_double(p, term_name("weight", k, name), eqf_rows_one(), r->scalar);
    return eqf_scale(p, value, weight, EQF_PER_ROW, 1);
}

static eqf_status record(eqf_context *context, const eqf_recipe *recipe, const eqfi_objective *objective,
                         const eqf_model *model, const eqf_parameters *parameters, eqf_program **program)
{
    eqf_status status = EQF_OK;
    eqf_irreps *vector = NULL, *scalar = NULL;
    eqf_var loss = {0};
    EQFI_TRY(eqf_irreps_parse(context, "1x1o", &vector));
    EQFI_TRY(eqf_irreps_parse(context, "1x0e", &scalar));
    EQFI_TRY(eqf_program_create(context, program));
    eqf_program_set_training(*program, 1);
    eqf_program_set_flops_per_byte(*program, recipe->flops_per_byte);
    eqf_program_set_paired(*program, 1);
    recording r = {.program = *program, .vector = vector, .scalar = scalar};
    r.vectors = eqf_input_double(*program, "vectors", eqf_program_rows(*program, "edges"), vector);
    eqf_model_record(*program, model, "", r.vectors, &r.outputs);
    for (int k = 0; k < objective->n; k++) {
        eqf_var share = record_term(&r, &objective->terms[k], k);
        loss = k == 0 ? share : eqf_add(*program, loss, share);
    }
    eqf_output(*program, "loss", loss);
    eqf_loss_gradients(*program, loss, parameters);
    EQFI_TRY(eqf_program_end(context, *program));
fail:
    eqf_irreps_free(vector);
    eqf_irreps_free(scalar);
    return status;
}

eqf_status eqfi_objective_create(eqf_context *context, const eqf_recipe *recipe, const eqf_model *model,
                                 const eqf_parameters *parameters, eqf_precision precision, eqfi_objective *objective)
{
    eqf_status status = EQF_OK;
    eqf_program *program = NULL;
    objective->n = 0;
    for (int q = 0; q < EQF_QUANTITIES; q++) {
        eqf_loss_term term = recipe->terms[q];
        term.delta = recipe->huber_delta;
        if (isnan(term.weight_final)) term.weight_final = term.weight;
        if (eqfi_recipe_wants(recipe, (eqf_quantity)q)) objective->terms[objective->n++] = term;
    }
    EQFI_TRY(record(context, recipe, objective, model, parameters, &program));
    EQFI_TRY(eqf_run_create(context, program, parameters, precision, &objective->run));
fail:
    eqf_program_free(program);
    return status;
}

void eqfi_objective_release(const eqf_allocator *allocator, eqfi_objective *objective)
{
    for (int k = 0; k < EQF_QUANTITIES; k++) {
        eqfi_release(allocator, objective->targets[k].at);
        eqfi_release(allocator, objective->rows[k].at);
    }
    eqfi_release(allocator, objective->factors.at);
    eqf_run_free(objective->run);
}

size_t eqfi_objective_bytes(const eqfi_objective *objective)
{
    size_t numbers = objective->factors.capacity;
    for (int k = 0; k < EQF_QUANTITIES; k++) numbers += objective->targets[k].capacity + objective->rows[k].capacity;
    return numbers * sizeof(double) + (objective->run == NULL ? 0 : eqf_run_bytes(objective->run));
}

unsigned eqfi_label_of(eqf_quantity quantity) { return quantities[quantity].label; }

unsigned eqfi_objective_labels(const eqfi_objective *objective)
{
    unsigned labels = 0;
    for (int k = 0; k < objective->n; k++) labels |= quantities[objective->terms[k].quantity].label;
    return labels;
}

/* ---------------------------------------------------------------------------------------------------------- binding -- */

typedef struct binding {
    const eqf_model *model;
    const eqf_calculator *calculator;
    const eqfi_batch *batch;
    const eqfi_extent *all;
} binding;

/* (energy - shifts - offset) / scale, divided by the number of atoms or not. */
static void fill_energies(const binding *b, bool per_atom, double *target)
{
    double scale = eqf_model_energy_scale(b->model), offset = eqf_model_energy_offset(b->model);
    for (int64_t g = 0, i = 0; g < b->batch->graphs; g++) {
        double rest = b->batch->energy.at[g] - offset;
        int64_t first = i;
        for (; i < b->batch->atoms && b->batch->graph.at[i] == g; i++)
            rest -= eqf_model_energy_shift(b->model, b->calculator->types.at[i]);
        target[g] = rest / (per_atom && i > first ? scale * (double)(i - first) : scale);
    }
}

static void fill_scaled(int64_t n, const double *labels, double scale, double *target)
{
    for (int64_t i = 0; i < n; i++) target[i] = labels[i] / scale;
}

static void fill_target(const binding *b, eqf_quantity quantity, double *target)
{
    double scale = eqf_model_energy_scale(b->model);
    switch (quantity) {
    case EQF_QUANTITY_ENERGY: fill_energies(b, false, target); break;
    case EQF_QUANTITY_ENERGY_PER_ATOM: fill_energies(b, true, target); break;
    case EQF_QUANTITY_FORCES: fill_scaled(3 * b->batch->atoms, b->batch->forces.at, scale, target); break;
    case EQF_QUANTITY_STRESS: fill_scaled(9 * b->batch->graphs, b->batch->stress.at, scale, target); break;
    case EQF_QUANTITY_DISPLACEMENT:
        fill_scaled(3 * b->batch->atoms, b->batch->displacement.at, eqf_model_auxiliary_scale(b->model), target);
        break;
    }
}

static void fill_rows(const binding *b, eqf_quantity quantity, int64_t n, double *rows)
{
    int64_t all = quantity == EQF_QUANTITY_DISPLACEMENT ? b->all->free
                  : quantity == EQF_QUANTITY_FORCES     ? b->all->atoms
                                                        : b->all->graphs;
    for (int64_t i = 0; i < n; i++) {
        bool counts = quantity != EQF_QUANTITY_DISPLACEMENT || b->batch->tags.at[i] > 0;
        rows[i] = counts ? 1 / (double)all : 0;
    }
}

static eqf_status bind_term(eqf_context *context, eqfi_objective *o, const binding *b, int k, double progress)
{
    eqf_status status = EQF_OK;
    char name[NAME_SIZE];
    const eqf_loss_term *term = &o->terms[k];
    int64_t n = quantities[term->quantity].by_atom ? b->batch->atoms : b->batch->graphs;
    double weight = term->weight + progress * (term->weight_final - term->weight);
    EQFI_TRY(EQFI_PROVIDE(context, o->targets[k], n * quantities[term->quantity].columns));
    EQFI_TRY(EQFI_PROVIDE(context, o->rows[k], n));
    fill_target(b, term->quantity, o->targets[k].at);
    fill_rows(b, term->quantity, n, o->rows[k].at);
    EQFI_TRY(eqf_run_set_input(context, o->run, term_name("target", k, name), o->targets[k].at));
    EQFI_TRY(eqf_run_set_input(context, o->run, term_name("rows", k, name), o->rows[k].at));
    EQFI_TRY(eqf_run_set_input(context, o->run, term_name("weight", k, name), &weight));
fail:
    return status;
}

/* 1 / atoms or 1 / volume of each graph. */
static eqf_status bind_factors(eqf_context *context, eqfi_objective *o, const eqfi_batch *batch, eqf_quantity quantity)
{
    eqf_status status = EQF_OK;
    bool stress = quantity == EQF_QUANTITY_STRESS;
    EQFI_TRY(EQFI_PROVIDE(context, o->factors, batch->graphs));
    for (int64_t g = 0; g < batch->graphs; g++) o->factors.at[g] = stress ? eqfi_batch_volume(batch, g) : 0;
    for (int64_t i = 0; !stress && i < batch->atoms; i++) o->factors.at[batch->graph.at[i]]++;
    for (int64_t g = 0; g < batch->graphs; g++) {
        EQFI_CHECK(!stress || o->factors.at[g] > 0, EQF_ERROR_ARGUMENT,
                   "system %lld of the batch has a stress, but its cell has no volume", (long long)g);
        o->factors.at[g] = o->factors.at[g] > 0 ? 1 / o->factors.at[g] : 0;
    }
    EQFI_TRY(eqf_run_set_input(context, o->run, stress ? "inverse_volume" : "inverse_atoms", o->factors.at));
fail:
    return status;
}

eqf_status eqfi_objective_bind(eqf_context *context, eqfi_objective *objective, const eqf_calculator *calculator,
                               const eqfi_batch *batch, const eqfi_extent *all, double progress)
{
    eqf_status status = EQF_OK;
    eqf_system system = eqfi_batch_system(batch);
    binding b = {calculator->model, calculator, batch, all};
    EQFI_TRY(eqfi_bind_run(context, objective->run, calculator, system.natoms, system.natoms, system.graphs));
    for (int k = 0; k < objective->n; k++) {
        eqf_quantity quantity = objective->terms[k].quantity;
        EQFI_TRY(bind_term(context, objective, &b, k, progress));
        if (quantity == EQF_QUANTITY_STRESS || quantity == EQF_QUANTITY_ENERGY_PER_ATOM)
            EQFI_TRY(bind_factors(context, objective, batch, quantity));
    }
fail:
    return status;
}

eqf_status eqfi_objective_values(eqf_context *context, const eqfi_objective *objective, double *values)
{
    eqf_status status = EQF_OK;
    char name[NAME_SIZE];
    EQFI_TRY(eqf_run_get_output(context, objective->run, "loss", &values[0]));
    for (int k = 0; k < objective->n; k++)
        EQFI_TRY(eqf_run_get_output(context, objective->run, term_name("term", k, name), &values[1 + k]));
fail:
    return status;
}
