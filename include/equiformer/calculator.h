/* libequiformer: the calculator - energies and forces of structures.
 *
 * Lengths are in the unit of the model's positions, energies in its unit of energy (Angstrom and eV unless its
 * configuration says otherwise). One calculator belongs to one thread at a time; it reuses its memory, and allocates
 * nothing when it is called again for a structure that is not larger.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_CALCULATOR_H
#define EQUIFORMER_CALCULATOR_H

#include <equiformer/model.h>

typedef struct eqf_calculator eqf_calculator;

/* A batch of systems. Arrays are borrowed for the call. */
typedef struct eqf_system {
    size_t size;
    int64_t natoms;
    const int *atomic_numbers; /* [natoms] */
    const double *positions;   /* [natoms][3] */
    int64_t graphs;            /* number of systems, 1 by default */
    const int32_t *graph;      /* [natoms] system of each atom, ascending; NULL if there is one */
    const double *cell;        /* [graphs][9], rows are lattice vectors; NULL without */
    const int *pbc;            /* [graphs][3]; NULL: not periodic */
} eqf_system;

#define EQF_SYSTEM_INIT                                                                                                \
    {                                                                                                                  \
        sizeof(eqf_system), 0, 0, 0, 1, 0, 0, 0                                                                        \
    }

/* What to compute; pointers that are NULL are not computed. */
typedef struct eqf_results {
    size_t size;
    double *energy;      /* [graphs] */
    double *atom_energy; /* [natoms] */
    double *forces;      /* [natoms][3], -dE/dr */
} eqf_results;

#define EQF_RESULTS_INIT                                                                                               \
    {                                                                                                                  \
        sizeof(eqf_results), 0, 0, 0                                                                                   \
    }

EQF_BEGIN_DECLS

/* The model is retained. precision is the one of the computation. Since 0.1. */
EQF_API eqf_status eqf_calculator_create(eqf_context *context, const eqf_model *model, eqf_precision precision,
                                         eqf_calculator **calculator);
EQF_API void eqf_calculator_free(eqf_calculator *calculator); /* NULL is fine. Since 0.1. */

/* Computes what results ask for. Errors (nothing is written then): EQF_ERROR_NOT_FOUND for an element that the model does
 * not cover, EQF_ERROR_NOT_FINITE for positions or results, those of eqf_neighbors_find; two atoms at the same place are
 * EQF_ERROR_ARGUMENT. Atoms without neighbours, single atoms and empty systems have a defined energy. Since 0.1. */
EQF_API eqf_status eqf_calculator_compute(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                          eqf_results *results);

/* Number of edges of the last computation, and bytes of memory that the calculator holds. Since 0.1. */
EQF_API int64_t eqf_calculator_edges(const eqf_calculator *calculator);
EQF_API size_t eqf_calculator_bytes(const eqf_calculator *calculator);

EQF_END_DECLS

#endif
