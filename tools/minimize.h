/* Minimisation by the limited-memory BFGS method (J. Nocedal, Math. Comp. 35 (1980) 773), with steps of bounded length that
 * are shortened until the energy falls.
 *
 * A landscape is seen from where one stands: it answers for a step from there, and moves when it is told to. Coordinates
 * may thus be what suits a place, such as a strain of the present cell. SPDX-License-Identifier: MIT */
#ifndef TOOLS_MINIMIZE_H
#define TOOLS_MINIMIZE_H

#include <stdbool.h>
#include <stddef.h>

enum { MINIMIZER_MEMORY = 20 };

typedef struct minimizer {
    size_t n;         /* coordinates, in triples: positions of atoms, rows of a strain */
    double longest;   /* length that no triple of a step exceeds */
    double stiffness; /* guess of the curvature before there is any knowledge */
    double noise;     /* energies that differ by less are equal */
    void *user;
    /* Energy and gradient where `step` leads; false ends the minimisation. */
    bool (*at)(void *user, const double *step, double *energy, double *gradient);
    void (*move)(void *user); /* stand where `at` was asked last */

    double energy, *gradient; /* where we stand; [n] */
    int pairs;                /* steps and changes of the gradient that are remembered, the newest last */
    double *steps, *changes;  /* [MINIMIZER_MEMORY][n] */
    double curvature[MINIMIZER_MEMORY];
    double *step, *trial; /* [n] */
} minimizer;

typedef enum minimizer_result { MINIMIZER_MOVED, MINIMIZER_STUCK, MINIMIZER_FAILED } minimizer_result;

/* n, longest, stiffness, noise, user, at and move are set. Evaluates where we stand. False if memory is exhausted, or `at`
 * fails. */
bool minimizer_begin(minimizer *m);
void minimizer_end(minimizer *m);

/* One step: STUCK if the energy falls along none, FAILED if `at` fails. */
minimizer_result minimizer_step(minimizer *m);

/* Length of the longest triple. */
double longest_triple(size_t n, const double *x);

#endif
