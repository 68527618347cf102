/* Harmonic vibrations. SPDX-License-Identifier: MIT */
#ifndef TOOLS_VIBRATIONS_H
#define TOOLS_VIBRATIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct vibrations {
    int n;               /* modes: 3 natoms less what moves as a whole */
    bool linear;         /* a molecule whose atoms are on a line */
    double *frequencies; /* [n] ascending; those of directions in which the energy falls are imaginary: negative here */
    double *modes;       /* [n][natoms][3] displacements, of length 1 */
} vibrations;

/* From the Hessian [3 natoms][3 natoms], which is overwritten. unit is the frequency of an oscillator whose force constant
 * and mass are 1. Translations are taken out, rotations too unless the system is periodic. False if memory is exhausted or
 * the numbers are not finite. */
bool vibrations_find(int64_t natoms, const double *positions, const double *masses, bool periodic, double unit,
                     double *hessian, vibrations *v);
void vibrations_free(vibrations *v);

#endif
