/* Derivatives of the energy: forces, stress, virials, all from the gradient g_e = dE/dr_e by edge vectors.
 *
 * Edge vectors are r_e = r_src - r_dst + shift . cell. A displacement moves those of the atom's edges; a strain, which
 * takes every vector r to r (1 + strain), moves them all: dE/dstrain_ab = sum_e r_ea g_eb. Since rotations leave the
 * energy alone, that sum is symmetric but for rounding, and is made so.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/calculator.h"

static double determinant(const double *m)
{
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

eqf_status eqfi_check_stress(eqf_context *context, const eqf_system *system)
{
    eqf_status status = EQF_OK;
    for (int64_t g = 0; g < system->graphs; g++) {
        const int *pbc = system->pbc == NULL ? NULL : &system->pbc[3 * g];
        int axes = pbc == NULL ? 0 : (pbc[0] != 0) + (pbc[1] != 0) + (pbc[2] != 0);
        EQFI_CHECK(axes == 3 && system->cell != NULL, EQF_ERROR_ARGUMENT,
                   "the stress of system %lld, which is periodic in %d directions, is asked for, expected 3",
                   (long long)g, axes);
        double volume = fabs(determinant(&system->cell[9 * g]));
        EQFI_CHECK(volume > 0 && isfinite(volume), EQF_ERROR_ARGUMENT,
                   "the stress of system %lld is asked for, whose cell has the volume %g, expected a positive one",
                   (long long)g, volume);
    }
fail:
    return status;
}

eqf_status eqfi_get_gradient(eqf_context *context, eqf_calculator *calculator, const eqf_run *run)
{
    eqf_status status = EQF_OK;
    size_t n = 3 * (size_t)calculator->edges.count;
    double scale = eqf_model_energy_scale(calculator->model);
    EQFI_TRY(EQFI_PROVIDE(context, calculator->gradient, n));
    EQFI_TRY(eqf_run_get_output(context, run, "gradient", calculator->gradient.at));
    for (size_t i = 0; i < n; i++) calculator->gradient.at[i] *= scale;
    EQFI_TRY(eqfi_check_finite(context, "derivative by edge component", n, calculator->gradient.at));
    calculator->has_gradient = true;
fail:
    return status;
}

void eqfi_scatter_forces(const eqf_edges *edges, int64_t natoms, const double *gradient, double *out)
{
    if (natoms > 0) memset(out, 0, 3 * (size_t)natoms * sizeof *out);
    for (int64_t e = 0; e < edges->count; e++) {
        for (int a = 0; a < 3; a++) {
            out[3 * (int64_t)edges->src[e] + a] -= gradient[3 * e + a];
            out[3 * (int64_t)edges->dst[e] + a] += gradient[3 * e + a];
        }
    }
}

/* -factor r (x) g added to a virial. */
static void add_virial(double factor, const double *r, const double *g, double *virial)
{
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) virial[3 * a + b] -= factor * r[a] * g[b];
}

void eqfi_get_virials(const eqf_calculator *calculator, int64_t graphs, double *virial)
{
    const eqf_edges *edges = &calculator->edges;
    if (graphs > 0) memset(virial, 0, 9 * (size_t)graphs * sizeof *virial);
    for (int64_t e = 0; e < edges->count; e++)
        add_virial(1, &edges->vector[3 * e], &calculator->gradient.at[3 * e],
                   &virial[9 * (int64_t)calculator->graph.at[edges->dst[e]]]);
    for (int64_t g = 0; g < graphs; g++) {
        double *w = &virial[9 * g];
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < a; b++) w[3 * a + b] = w[3 * b + a] = 0.5 * (w[3 * a + b] + w[3 * b + a]);
    }
}

void eqfi_get_atom_virials(const eqf_calculator *calculator, int64_t natoms, double to_sender, double *virial)
{
    const eqf_edges *edges = &calculator->edges;
    if (natoms > 0) memset(virial, 0, 9 * (size_t)natoms * sizeof *virial);
    for (int64_t e = 0; e < edges->count; e++) {
        add_virial(to_sender, &edges->vector[3 * e], &calculator->gradient.at[3 * e],
                   &virial[9 * (int64_t)edges->src[e]]);
        add_virial(1 - to_sender, &edges->vector[3 * e], &calculator->gradient.at[3 * e],
                   &virial[9 * (int64_t)edges->dst[e]]);
    }
}

void eqfi_get_derivatives(const eqf_calculator *calculator, const eqf_system *system, const eqf_results *results)
{
    if (results->forces != NULL)
        eqfi_scatter_forces(&calculator->edges, system->natoms, calculator->gradient.at, results->forces);
    if (results->atom_virial != NULL) eqfi_get_atom_virials(calculator, system->natoms, 0.5, results->atom_virial);
    if (results->virial != NULL) eqfi_get_virials(calculator, system->graphs, results->virial);
    if (results->stress != NULL) {
        eqfi_get_virials(calculator, system->graphs, results->stress);
        for (int64_t i = 0; i < 9 * system->graphs; i++)
            results->stress[i] /= -fabs(determinant(&system->cell[9 * (i / 9)]));
    }
    if (results->edge_gradient != NULL) *results->edge_gradient = calculator->gradient.at;
}
