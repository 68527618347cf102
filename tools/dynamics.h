/* Molecular dynamics: velocity Verlet, and Langevin dynamics in the splitting BAOAB (B. Leimkuhler and C. Matthews, Appl.
 * Math. Res. Express 2013 (2013) 34), which is velocity Verlet without friction.
 *
 * Units are those of the caller; `acceleration` makes them fit: a = acceleration * force / mass.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_DYNAMICS_H
#define TOOLS_DYNAMICS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct dynamics {
    int64_t natoms;
    const double *masses;                    /* [natoms] */
    double *positions, *velocities, *forces; /* [natoms][3]; forces are those at positions */
    double potential;
    double acceleration;
    double timestep;
    double friction;    /* rate at which velocities are forgotten; 0: none */
    double temperature; /* of the bath, as energy: Boltzmann's constant times degrees */
    double heat;        /* energy taken from the bath so far */
    uint64_t random;    /* state of the generator; its seed at first */
    void *user;
    bool (*compute)(void *user, const double *positions, double *potential, double *forces);
} dynamics;

/* Draws velocities from the distribution of Maxwell and Boltzmann at `temperature`, takes away the motion of the centre of
 * mass, and computes forces. False if `compute` fails. */
bool dynamics_begin(dynamics *d);

/* One step of time; false if `compute` fails. */
bool dynamics_step(dynamics *d);

double dynamics_kinetic(const dynamics *d);

/* Degrees of freedom that velocities have: 3 less without friction, since the centre of mass is at rest. */
double dynamics_freedom(const dynamics *d);

/* A straight line through points, least squares. */
typedef struct regression {
    int64_t n;
    double mean_x, mean_y, xx, xy, yy; /* sums of products of deviations from the means */
} regression;

void regression_add(regression *r, double x, double y);
double regression_slope(const regression *r);
double regression_spread(const regression *r); /* root mean square distance of y from the line */

#endif
