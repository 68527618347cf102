/* Lattices of the neighbour list: checked, reduced, divided into bins.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/neighbors.h"

static double dot(const double a[3], const double b[3]) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static double length(const double a[3]) { return sqrt(dot(a, a)); }

static void cross(const double a[3], const double b[3], double c[3])
{
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
}

static void normalize(double a[3])
{
    double whole = length(a);
    for (int k = 0; k < 3; k++) a[k] = whole > 0 ? a[k] / whole : 0;
}

/* Unit vectors across the periodic directions. */
static void complete(double basis[3][3], const bool periodic[3])
{
    bool known[3] = {periodic[0], periodic[1], periodic[2]};
    for (int d = 0; d < 3; d++) {
        if (known[d]) continue;
        int e = (d + 1) % 3, f = (d + 2) % 3;
        if (known[e] && known[f]) {
            cross(basis[e], basis[f], basis[d]);
        } else if (!known[e] && !known[f]) {
            for (int k = 0; k < 3; k++) basis[d][k] = k == d;
        } else {
            /* across the one vector there is, from the axis least along it */
            const double *only = basis[known[e] ? e : f];
            int least = 0;
            for (int k = 1; k < 3; k++)
                if (fabs(only[k]) < fabs(only[least])) least = k;
            double axis[3] = {least == 0, least == 1, least == 2};
            cross(only, axis, basis[d]);
        }
        normalize(basis[d]);
        known[d] = true;
    }
}

/* Volume of the unit vectors along the basis: 1 if orthogonal, 0 if flat. */
static double relative_volume(double basis[3][3])
{
    double unit[3][3], across[3];
    for (int d = 0; d < 3; d++) {
        memcpy(unit[d], basis[d], sizeof unit[d]);
        normalize(unit[d]);
    }
    cross(unit[1], unit[2], across);
    return fabs(dot(unit[0], across));
}

/* Adds multiples of the other vectors to vector d if that shortens it. */
static bool shorten(eqfi_lattice *lattice, int d, int e, double of_e, int f, double of_f)
{
    double candidate[3];
    for (int k = 0; k < 3; k++)
        candidate[k] = lattice->basis[d][k] + of_e * lattice->basis[e][k] + of_f * lattice->basis[f][k];
    double now = dot(lattice->basis[d], lattice->basis[d]);
    if (!(dot(candidate, candidate) < now * (1 - 1e-9))) return false;
    memcpy(lattice->basis[d], candidate, sizeof candidate);
    for (int k = 0; k < 3; k++) lattice->change[d][k] += of_e * lattice->change[e][k] + of_f * lattice->change[f][k];
    return true;
}

/* Minkowski's conditions in up to three dimensions: no vector gets shorter by
 * adding multiples of one other, or plus or minus each of two others (Semaev,
 * "A 3-dimensional lattice reduction algorithm", CaLC 2001). */
static bool shorten_one(eqfi_lattice *lattice, int d)
{
    bool shorter = false;
    int e = (d + 1) % 3, f = (d + 2) % 3;
    const int others[2] = {e, f};
    for (int k = 0; k < 2; k++) {
        if (!lattice->periodic[others[k]]) continue;
        const double *other = lattice->basis[others[k]];
        double multiple = round(dot(lattice->basis[d], other) / dot(other, other));
        if (multiple != 0 && shorten(lattice, d, others[k], -multiple, others[1 - k], 0)) shorter = true;
    }
    if (!lattice->periodic[e] || !lattice->periodic[f]) return shorter;
    for (int signs = 0; signs < 4; signs++)
        if (shorten(lattice, d, e, signs & 1 ? 1 : -1, f, signs & 2 ? 1 : -1)) shorter = true;
    return shorter;
}

static void reduce(eqfi_lattice *lattice)
{
    bool shorter = true;
    for (int turn = 0; shorter && turn < 200; turn++) {
        shorter = false;
        for (int d = 0; d < 3; d++)
            if (lattice->periodic[d] && shorten_one(lattice, d)) shorter = true;
    }
}

static void invert(eqfi_lattice *lattice)
{
    for (int d = 0; d < 3; d++) {
        double *row = lattice->inverse[d];
        cross(lattice->basis[(d + 1) % 3], lattice->basis[(d + 2) % 3], row);
        double volume = dot(lattice->basis[d], row);
        for (int k = 0; k < 3; k++) row[k] /= volume;
        lattice->height[d] = 1 / length(row);
    }
}

static eqf_status check_vector(eqf_context *context, int64_t graph, int d, const double vector[3])
{
    eqf_status status = EQF_OK;
    double largest = 0;
    for (int k = 0; k < 3; k++) {
        EQFI_CHECK(isfinite(vector[k]), EQF_ERROR_NOT_FINITE,
                   "component %d of lattice vector %d of graph %" PRId64 " is %g, expected a finite number", k, d,
                   graph, vector[k]);
        EQFI_CHECK(fabs(vector[k]) <= EQFI_COORDINATE_MAX, EQF_ERROR_RANGE,
                   "component %d of lattice vector %d of graph %" PRId64 " is %g, expected at most %g in size", k, d,
                   graph, vector[k], EQFI_COORDINATE_MAX);
        if (fabs(vector[k]) > largest) largest = fabs(vector[k]);
    }
    EQFI_CHECK(largest > 1e-30, EQF_ERROR_ARGUMENT,
               "lattice vector %d of graph %" PRId64 " is zero, but this direction is periodic", d, graph);
fail:
    return status;
}

eqf_status eqfi_lattice_set(eqf_context *context, int64_t graph, const double *cell, const int *pbc,
                            eqfi_lattice *lattice)
{
    eqf_status status = EQF_OK;
    *lattice = (eqfi_lattice){.size = 0};
    for (int d = 0; d < 3; d++) {
        lattice->periodic[d] = pbc != NULL && pbc[d] != 0;
        if (!lattice->periodic[d]) continue;
        EQFI_TRY(check_vector(context, graph, d, &cell[3 * d]));
        memcpy(lattice->cell[d], &cell[3 * d], sizeof lattice->cell[d]);
        memcpy(lattice->basis[d], &cell[3 * d], sizeof lattice->basis[d]);
        lattice->change[d][d] = 1;
    }

    complete(lattice->basis, lattice->periodic);
    double volume = relative_volume(lattice->basis);
    EQFI_CHECK(volume >= 1e-10, EQF_ERROR_ARGUMENT,
               "lattice vectors of graph %" PRId64 " are linearly dependent: volume over product of lengths is %g, "
               "expected 1e-10 or more",
               graph, volume);

    reduce(lattice);
    for (int d = 0; d < 3; d++) {
        if (!lattice->periodic[d]) continue;
        memset(lattice->basis[d], 0, sizeof lattice->basis[d]);
        for (int k = 0; k < 3; k++) {
            double times = lattice->change[d][k];
            EQFI_CHECK(fabs(times) < EQFI_SHIFT_MAX, EQF_ERROR_RANGE,
                       "lattice vectors of graph %" PRId64 " are so skewed that images are %g vectors apart, "
                       "expected fewer than %d",
                       graph, fabs(times), EQFI_SHIFT_MAX);
            lattice->spread[d] += fabs(times) * length(lattice->cell[k]);
            for (int x = 0; x < 3; x++) lattice->basis[d][x] += times * lattice->cell[k][x];
        }
    }
    complete(lattice->basis, lattice->periodic);
    invert(lattice);
fail:
    return status;
}

eqf_status eqfi_lattice_divide(eqf_context *context, int64_t graph, double cutoff, eqfi_lattice *lattice)
{
    eqf_status status = EQF_OK;
    /* Lengths added up on the way from positions to a distance, for both atoms
     * and the image. Some twenty roundings happen, each by half an epsilon. */
    double lengths = cutoff + 2 * lattice->size;
    for (int d = 0; d < 3; d++) lengths += (cutoff / lattice->height[d] + 2) * lattice->spread[d];
    lattice->tolerance = 128 * DBL_EPSILON * lengths;
    double reach = cutoff + lattice->tolerance;

    double count = 1, farthest[3] = {0, 0, 0};
    for (int d = 0; d < 3; d++) {
        if (!lattice->periodic[d]) {
            lattice->scale[d] = 1 / fmax(reach, lengths * 0x1p-50); /* keeps bins within 64 bits */
            lattice->steps[d] = 1;
            continue;
        }
        double fit = fmin(floor(lattice->height[d] / reach), 0x1p40);
        double images = ceil(reach / lattice->height[d]);
        count *= 2 * images + 1;
        EQFI_CHECK(count <= EQFI_IMAGES_MAX, EQF_ERROR_RANGE,
                   "cut-off %g reaches more than %d images of the cell of graph %" PRId64, cutoff, EQFI_IMAGES_MAX,
                   graph);
        for (int k = 0; k < 3; k++) farthest[k] += images * fabs(lattice->change[d][k]);
        lattice->scale[d] = fmax(fit, 1);
        lattice->bins[d] = (int64_t)lattice->scale[d];
        lattice->images[d] = (int64_t)images;
        lattice->steps[d] = (int64_t)images;
    }
    for (int k = 0; k < 3; k++)
        EQFI_CHECK(farthest[k] < EQFI_SHIFT_MAX, EQF_ERROR_RANGE,
                   "cut-off %g reaches images of graph %" PRId64 " that are %g vectors apart, expected fewer than %d",
                   cutoff, graph, farthest[k], EQFI_SHIFT_MAX);
fail:
    return status;
}
