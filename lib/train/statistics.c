/* What a data set is like. SPDX-License-Identifier: MIT */
#include "train/dataset.h"

#include <math.h>

#include "base/struct.h"

/* Mean and sum of squared deviations so far (B. P. Welford, Technometrics 4 (1962) 419). */
typedef struct moments {
    int64_t count;
    double mean, squares;
} moments;

static void take(moments *m, double value)
{
    double before = value - m->mean;
    m->mean += before / (double)++m->count;
    m->squares += before * (value - m->mean);
}

static double mean(const moments *m) { return m->count > 0 ? m->mean : NAN; }

static double deviation(const moments *m) { return m->count > 1 ? sqrt(m->squares / (double)(m->count - 1)) : NAN; }

/* Squares of components. */
typedef struct components {
    int64_t count;
    double squares, largest;
} components;

static void take_components(components *c, int64_t n, const double *values)
{
    for (int64_t i = 0; i < n; i++) {
        c->squares += values[i] * values[i];
        c->largest = fmax(c->largest, fabs(values[i]));
    }
    c->count += n;
}

static double root_mean_square(const components *c) { return c->count > 0 ? sqrt(c->squares / (double)c->count) : NAN; }

/* No two atoms of a system that is not periodic are farther apart. */
static double extent(const eqf_structure *s)
{
    double square = 0;
    for (int d = 0; d < 3; d++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = 0; i < s->natoms; i++) {
            low = fmin(low, s->positions[3 * i + d]);
            high = fmax(high, s->positions[3 * i + d]);
        }
        square += (high - low) * (high - low);
    }
    return sqrt(square);
}

/* The cut-off is doubled until there is a pair; `least` is the smallest distance found before. */
static eqf_status nearest(eqf_context *context, const eqf_structure *s, eqf_neighbors *neighbors, double *least)
{
    eqf_status status = EQF_OK;
    bool periodic = s->pbc[0] || s->pbc[1] || s->pbc[2];
    if (s->natoms < 2 && !periodic) return EQF_OK;
    double farthest = periodic ? INFINITY : extent(s);
    for (double cutoff = 2, before = 0; before <= farthest && before < *least; before = cutoff, cutoff *= 2) {
        eqf_edges edges;
        EQFI_TRY(
            eqf_neighbors_find(context, neighbors, cutoff, s->natoms, s->positions, 1, NULL, s->cell, s->pbc, &edges));
        for (int64_t i = 0; i < edges.count; i++) {
            const double *v = &edges.vector[3 * i];
            *least = fmin(*least, sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]));
        }
        if (edges.coincident > 0) *least = 0;
        if (edges.count > 0) break;
    }
fail:
    return status;
}

typedef struct survey {
    moments energy, energy_per_atom;
    components forces, stress;
    double energy_min, energy_max;
} survey;

static void take_sample(survey *all, const eqf_structure *s, eqf_statistics *made)
{
    made->atoms += s->natoms;
    if (s->natoms > made->atoms_max) made->atoms_max = s->natoms;
    for (int64_t i = 0; i < s->natoms; i++) made->elements[s->atomic_numbers[i]]++;
    if (s->has_energy) {
        take(&all->energy, s->energy);
        take(&all->energy_per_atom, s->energy / (double)s->natoms);
        made->energy_min = fmin(made->energy_min, s->energy);
        made->energy_max = fmax(made->energy_max, s->energy);
    }
    if (s->forces != NULL) take_components(&all->forces, 3 * s->natoms, s->forces);
    if (s->has_stress) take_components(&all->stress, 9, s->stress);
}

eqf_status eqf_dataset_statistics(eqf_context *context, const eqf_dataset *dataset, eqf_statistics *statistics)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_neighbors *neighbors = NULL;
    EQFI_CHECK(dataset != NULL && statistics != NULL, EQF_ERROR_ARGUMENT, "dataset or statistics is NULL");
    EQFI_TRY(eqfi_struct_check(context, "eqf_statistics", statistics));
    EQFI_TRY(eqf_neighbors_create(context, &neighbors));
    survey all = {.energy = {0, 0, 0}};
    eqf_statistics made = EQF_STATISTICS_INIT;
    made.samples = eqf_dataset_samples(dataset);
    made.labels = eqf_dataset_labels(dataset);
    made.distance_min = INFINITY;
    made.energy_min = made.energy_max = NAN; /* which fmin and fmax pass over */
    for (int64_t i = 0; i < made.samples; i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        EQFI_TRY(eqf_dataset_get(context, dataset, i, &sample));
        take_sample(&all, sample.structure, &made);
        EQFI_TRY(nearest(context, sample.structure, neighbors, &made.distance_min));
    }
    made.energy_mean = mean(&all.energy);
    made.energy_deviation = deviation(&all.energy);
    made.energy_per_atom_mean = mean(&all.energy_per_atom);
    made.energy_per_atom_deviation = deviation(&all.energy_per_atom);
    made.force_rms = root_mean_square(&all.forces);
    made.force_max = all.forces.count > 0 ? all.forces.largest : NAN;
    made.stress_rms = root_mean_square(&all.stress);
    eqfi_struct_give(statistics, sizeof made, &made);
fail:
    eqf_neighbors_free(neighbors);
    return status;
}
