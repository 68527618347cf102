/* Harmonic vibrations: eigenvalues of the Hessian in coordinates x = sqrt(mass) r, without what moves the system as a
 * whole. SPDX-License-Identifier: MIT */
#include "vibrations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eigen.h"

/* Rows of t (6 at most) span the motions of the whole, each of length 1 and at right angles to the others: translations,
 * and rotations about the principal axes through the centre of mass. Returns their number. */
static int find_rigid(int64_t natoms, const double *positions, const double *masses, bool periodic, double *t)
{
    double mass = 0, centre[3] = {0}, inertia[9] = {0}, moments[3], axes[9];
    int64_t size = 3 * natoms;
    memset(t, 0, 6 * (size_t)size * sizeof *t);
    for (int64_t i = 0; i < natoms; i++) mass += masses[i];
    for (int64_t i = 0; i < size; i++) {
        t[(i % 3) * size + i] = sqrt(masses[i / 3] / mass);
        centre[i % 3] += masses[i / 3] * positions[i] / mass;
    }
    if (periodic) return 3;
    for (int64_t i = 0; i < natoms; i++) {
        double r[3], square = 0;
        for (int a = 0; a < 3; a++) r[a] = positions[3 * i + a] - centre[a];
        for (int a = 0; a < 3; a++) square += r[a] * r[a];
        for (int a = 0; a < 9; a++) inertia[a] += masses[i] * ((a % 4 == 0 ? square : 0) - r[a / 3] * r[a % 3]);
    }
    if (!symmetric_eigen(3, inertia, moments, axes)) return 3;
    int n = 3;
    for (int k = 0; k < 3; k++) {
        if (moments[k] <= 1e-6 * moments[2]) continue; /* the axis of a linear molecule; a single atom */
        const double *w = &axes[3 * k];
        for (int64_t i = 0; i < natoms; i++)
            for (int a = 0; a < 3; a++) {
                int b = (a + 1) % 3, c = (a + 2) % 3;
                double cross = w[b] * (positions[3 * i + c] - centre[c]) - w[c] * (positions[3 * i + b] - centre[b]);
                t[n * size + 3 * i + a] = sqrt(masses[i] / moments[k]) * cross;
            }
        n++;
    }
    return n;
}

static double largest_row_sum(int64_t n, const double *a)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < n; k++) sum += fabs(a[n * i + k]);
        most = fmax(most, sum);
    }
    return most;
}

/* h = (1 - t t^T) h (1 - t t^T) + value t t^T: t becomes the eigenvector of this value. */
static void move_away(int64_t n, const double *t, double value, double *h, double *ht)
{
    double tht = 0;
    for (int64_t i = 0; i < n; i++) {
        ht[i] = 0;
        for (int64_t k = 0; k < n; k++) ht[i] += h[n * i + k] * t[k];
        tht += ht[i] * t[i];
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++) h[n * i + k] += (tht + value) * t[i] * t[k] - t[i] * ht[k] - ht[i] * t[k];
}

/* Displacements r = x / sqrt(mass), of length 1. */
static void to_displacements(int64_t natoms, const double *masses, double *mode)
{
    double square = 0;
    for (int64_t i = 0; i < 3 * natoms; i++) {
        mode[i] /= sqrt(masses[i / 3]);
        square += mode[i] * mode[i];
    }
    for (int64_t i = 0; i < 3 * natoms; i++) mode[i] /= sqrt(square);
}

bool vibrations_find(int64_t natoms, const double *positions, const double *masses, bool periodic, double unit,
                     double *hessian, vibrations *v)
{
    int64_t size = 3 * natoms;
    double *t = malloc(7 * (size_t)size * sizeof *t);
    *v = (vibrations){.frequencies = malloc((size_t)size * sizeof *v->frequencies),
                      .modes = malloc((size_t)(size * size) * sizeof *v->modes)};
    bool found = t != NULL && v->frequencies != NULL && v->modes != NULL;
    if (found) {
        int rigid = find_rigid(natoms, positions, masses, periodic, t);
        for (int64_t i = 0; i < size * size; i++) hessian[i] /= sqrt(masses[i / size / 3]) * sqrt(masses[i % size / 3]);
        double beyond = 2 * largest_row_sum(size, hessian) + 1; /* above all others: those of the whole are last */
        for (int k = 0; k < rigid; k++) move_away(size, &t[k * size], beyond, hessian, &t[6 * size]);
        v->n = (int)size - rigid;
        v->linear = !periodic && rigid == 5;
        found = symmetric_eigen((int)size, hessian, v->frequencies, v->modes);
    }
    for (int k = 0; found && k < v->n; k++) {
        v->frequencies[k] = copysign(unit * sqrt(fabs(v->frequencies[k])), v->frequencies[k]);
        to_displacements(natoms, masses, &v->modes[k * size]);
    }
    free(t);
    if (!found) vibrations_free(v);
    return found;
}

void vibrations_free(vibrations *v)
{
    free(v->frequencies);
    free(v->modes);
    *v = (vibrations){0};
}
