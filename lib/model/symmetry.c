/* Nearly symmetric surroundings, where the published norm makes derivatives ill-conditioned (docs/conventions.md).
 *
 * Features of degree l > 0 begin as sums over neighbours of a function of element and distance times Y_l. Those vanish
 * where symmetry, say of a tetrahedron, cancels the sums over the neighbours of every element; what rounding or a small
 * displacement leaves is divided by sqrt(mean square + 1e-5) and blown up.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <equiformer/structure.h>

#include "base/struct.h"
#include "math/spherical_harmonics.h"
#include "model/calculator.h"

/* Sums are small where their length is below this share of what neighbours in one direction would give. */
static const double threshold = 1e-3;

static int highest_degree(const eqf_config *config)
{
    int edges = eqf_irreps_lmax(config->irreps_sh), atoms = eqf_irreps_lmax(config->irreps_node_embedding);
    return edges < atoms ? edges : atoms;
}

/* u = (1-t)^3 (1 + 3t + 6t^2 + 10t^3 + 15t^4), t = distance / cut-off: 1 - 21 t^5 + 35 t^6 - 15 t^7. */
static double envelope(double t)
{
    double s = 1 - t;
    return s * s * s * (1 + t * (3 + t * (6 + t * (10 + t * 15))));
}

/* moments[type][l l + l + m] = sum over edges first..last-1 of u Y_lm. */
static void add_moments(const eqf_calculator *calculator, int64_t first, int64_t last, int lmax, double *moments)
{
    double y[(EQF_LMAX + 1) * (EQF_LMAX + 1)], cutoff = eqf_model_cutoff(calculator->model);
    int n = (lmax + 1) * (lmax + 1);
    for (int64_t e = first; e < last; e++) {
        const double *r = &calculator->edges.vector[3 * e];
        double *sums = &moments[n * calculator->types.at[calculator->edges.src[e]]];
        double distance = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]), u = envelope(distance / cutoff);
        eqfi_solid_harmonics(lmax, (const double[3]){r[0] / distance, r[1] / distance, r[2] / distance}, y);
        for (int k = 0; k < n; k++) sums[k] += u * y[k];
    }
}

/* Whether the sums of a degree are small for every element; not so without neighbours. The sum of u Y_0 is that of u. */
static bool cancels(int types, int lmax, int l, const double *moments)
{
    bool any = false;
    for (int t = 0; t < types; t++) {
        const double *sums = &moments[(lmax + 1) * (lmax + 1) * t];
        double square = 0;
        if (sums[0] <= 0) continue;
        any = true;
        for (int m = 0; m < 2 * l + 1; m++) square += sums[l * l + m] * sums[l * l + m];
        if (sqrt(square) >= threshold * sums[0] * sqrt(2.0 * l + 1)) return false;
    }
    return any;
}

static eqf_status find_degrees(eqf_context *context, eqf_calculator *calculator, const eqf_system *system, int *degrees,
                               int64_t *count, int64_t *first, int *first_degree)
{
    eqf_status status = EQF_OK;
    const eqf_config *config = eqf_model_config(calculator->model);
    int lmax = highest_degree(config), types = config->atom_types.n;
    size_t n = (size_t)types * (size_t)((lmax + 1) * (lmax + 1));
    int64_t begin = 0, end;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->moments, n));
    for (int64_t i = 0; i < system->natoms; i++, begin = end) {
        int degree = 0;
        for (end = begin; end < calculator->edges.count && calculator->edges.dst[end] == i; end++) {
        }
        memset(calculator->moments.at, 0, n * sizeof *calculator->moments.at);
        add_moments(calculator, begin, end, lmax, calculator->moments.at);
        for (int l = lmax; l > 0; l--)
            if (cancels(types, lmax, l, calculator->moments.at)) degree = l;
        if (degrees != NULL) degrees[i] = degree;
        if (degree == 0) continue;
        if ((*count)++ > 0) continue;
        *first = i;
        *first_degree = degree;
    }
fail:
    return status;
}

eqf_status eqfi_warn_symmetry(eqf_context *context, eqf_calculator *calculator, const eqf_system *system, int *degrees,
                              int64_t *count)
{
    eqf_status status = EQF_OK;
    int64_t found = 0, first = 0;
    int degree = 0;
    char others[64] = "";
    EQFI_TRY(find_degrees(context, calculator, system, degrees, &found, &first, &degree));
    if (found > 1) snprintf(others, sizeof others, ", and so have %lld more atoms", (long long)found - 1);
    if (found > 0)
        eqfi_log(
            context, EQF_LOG_WARNING,
            "atom %lld (%s) has nearly symmetric surroundings (degree %d cancels)%s: derivatives of the energy are "
            "ill-conditioned there, displace the atoms",
            (long long)first, eqf_element_symbol(system->atomic_numbers[first]), degree, others);
    if (count != NULL) *count = found;
fail:
    return status;
}

eqf_status eqf_calculator_check_symmetry(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                         int *degrees, int64_t *count)
{
    eqf_status status = EQF_OK;
    eqf_system own = EQF_SYSTEM_INIT;
    EQFI_TAKE(eqf_system, system, own);
    EQFI_TRY(eqfi_calculator_bind(context, calculator, system));
    EQFI_TRY(eqfi_warn_symmetry(context, calculator, system, degrees, count));
fail:
    return status;
}
