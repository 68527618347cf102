/* The benchmark's molecule.
 * SPDX-License-Identifier: MIT */
#ifndef BENCH_ASPIRIN_H
#define BENCH_ASPIRIN_H

enum { ASPIRIN_ATOMS = 21 };

extern const int aspirin_numbers[ASPIRIN_ATOMS];
extern const double aspirin_positions[ASPIRIN_ATOMS][3]; /* Angstrom */

#endif
