/* Molecular dynamics. SPDX-License-Identifier: MIT */
#include "dynamics.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------- random numbers -- */

/* SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014): 53 bits in (0, 1). */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

/* Standard normal, by Box and Muller. */
static double normal(uint64_t *state)
{
    const double two_pi = 6.283185307179586476925286766559;
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(two_pi * uniform(state));
}

/* Spread of a component of the velocity of an atom in equilibrium with the bath. */
static double thermal_speed(const dynamics *d, int64_t atom)
{
    return sqrt(d->temperature * d->acceleration / d->masses[atom]);
}

/* ---------------------------------------------------------------------------------------------------------- motion -- */

double dynamics_kinetic(const dynamics *d)
{
    double sum = 0;
    for (int64_t i = 0; i < 3 * d->natoms; i++) sum += d->masses[i / 3] * d->velocities[i] * d->velocities[i];
    return 0.5 * sum / d->acceleration;
}

double dynamics_freedom(const dynamics *d)
{
    return d->friction > 0 || d->natoms < 2 ? 3.0 * (double)d->natoms : 3.0 * (double)d->natoms - 3;
}

static void stop_centre(dynamics *d)
{
    double momentum[3] = {0}, mass = 0;
    for (int64_t i = 0; i < d->natoms; i++) {
        mass += d->masses[i];
        for (int a = 0; a < 3; a++) momentum[a] += d->masses[i] * d->velocities[3 * i + a];
    }
    for (int64_t i = 0; i < 3 * d->natoms; i++) d->velocities[i] -= momentum[i % 3] / mass;
}

bool dynamics_begin(dynamics *d)
{
    d->heat = 0;
    for (int64_t i = 0; i < 3 * d->natoms; i++) d->velocities[i] = thermal_speed(d, i / 3) * normal(&d->random);
    if (d->natoms > 1) stop_centre(d);
    return d->compute(d->user, d->positions, &d->potential, d->forces);
}

static void kick(dynamics *d, double time)
{
    for (int64_t i = 0; i < 3 * d->natoms; i++)
        d->velocities[i] += time * d->acceleration * d->forces[i] / d->masses[i / 3];
}

static void drift(dynamics *d, double time)
{
    for (int64_t i = 0; i < 3 * d->natoms; i++) d->positions[i] += time * d->velocities[i];
}

/* The exact solution of dv = -friction v dt + noise over one step. */
static void exchange(dynamics *d)
{
    double before = dynamics_kinetic(d);
    double kept = exp(-d->friction * d->timestep), fresh = sqrt(-expm1(-2 * d->friction * d->timestep));
    for (int64_t i = 0; i < 3 * d->natoms; i++)
        d->velocities[i] = kept * d->velocities[i] + fresh * thermal_speed(d, i / 3) * normal(&d->random);
    d->heat += dynamics_kinetic(d) - before;
}

bool dynamics_step(dynamics *d)
{
    kick(d, 0.5 * d->timestep);
    if (d->friction > 0) {
        drift(d, 0.5 * d->timestep);
        exchange(d);
        drift(d, 0.5 * d->timestep);
    } else {
        drift(d, d->timestep);
    }
    if (!d->compute(d->user, d->positions, &d->potential, d->forces)) return false;
    kick(d, 0.5 * d->timestep);
    return true;
}

/* ------------------------------------------------------------------------------------------------------ regression -- */

/* Running sums of deviations (B. P. Welford, Technometrics 4 (1962) 419). */
void regression_add(regression *r, double x, double y)
{
    double n = (double)++r->n, dx = x - r->mean_x, dy = y - r->mean_y;
    r->mean_x += dx / n;
    r->mean_y += dy / n;
    r->xx += dx * (x - r->mean_x);
    r->xy += dx * (y - r->mean_y);
    r->yy += dy * (y - r->mean_y);
}

double regression_slope(const regression *r) { return r->xx > 0 ? r->xy / r->xx : 0; }

double regression_spread(const regression *r)
{
    double left = r->n > 0 ? (r->yy - regression_slope(r) * r->xy) / (double)r->n : 0;
    return left > 0 ? sqrt(left) : 0;
}
