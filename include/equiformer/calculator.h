/* libequiformer: the calculator - energies of structures and their derivatives by positions and cell.
 *
 * Lengths are in the unit of the model's positions, energies in its unit of energy (Angstrom and eV unless its
 * configuration says otherwise). One calculator belongs to one thread at a time; it reuses its memory, and allocates
 * nothing when it is called again for a structure that is not larger.
 *
 * Definitions and signs are those of docs/calculator.md. A strain takes every vector r to r (1 + strain), rows being
 * vectors: dE/dstrain = sum over edges of (edge vector) (x) dE/d(edge vector).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_CALCULATOR_H
#define EQUIFORMER_CALCULATOR_H

#include <equiformer/model.h>
#include <equiformer/neighbors.h>

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
    const int *tags;           /* [natoms] 0, 1 or 2, for models that embed them (OC20); NULL: all 0 */
} eqf_system;

#define EQF_SYSTEM_INIT                                                                                                \
    {                                                                                                                  \
        sizeof(eqf_system), 0, 0, 0, 1, 0, 0, 0, 0                                                                     \
    }

/* What to compute; pointers that are NULL are not computed. */
typedef struct eqf_results {
    size_t size;
    double *energy;      /* [graphs] */
    double *atom_energy; /* [natoms]; their sum over a system is its energy */
    double *forces;      /* [natoms][3], -dE/dr */
    double *stress;      /* [graphs][9] dE/dstrain / volume, symmetric, positive under tension; every system must be
                            periodic in three directions */
    double *virial;      /* [graphs][9] -dE/dstrain, symmetric; of any system */
    double *atom_virial; /* [natoms][9] half of every edge's share at either end, -(1/2) r (x) dE/dr: not symmetric;
                            their sum over a system is its virial */
    const double **edge_gradient; /* where to put the address of dE/dr of the edges ([edges][3], order and vectors of
                                     eqf_calculator_edge_list), which is the calculator's until its next call */
    double *auxiliary;            /* [natoms][3] vectors of the auxiliary head; EQF_ERROR_UNSUPPORTED without one */
} eqf_results;

#define EQF_RESULTS_INIT                                                                                               \
    {                                                                                                                  \
        sizeof(eqf_results), 0, 0, 0, 0, 0, 0, 0, 0                                                                    \
    }

typedef struct eqf_hessian_options {
    size_t size;
    size_t memory; /* bytes of temporary arrays: as many directions are multiplied at a time as have room, at least one;
                      0: 64 MiB */
} eqf_hessian_options;

#define EQF_HESSIAN_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(eqf_hessian_options), 0                                                                                 \
    }

EQF_BEGIN_DECLS

/* The model is retained. precision is the one of the computation. Since 0.1. */
EQF_API eqf_status eqf_calculator_create(eqf_context *context, const eqf_model *model, eqf_precision precision,
                                         eqf_calculator **calculator);
EQF_API void eqf_calculator_free(eqf_calculator *calculator); /* NULL is fine. Since 0.1. */

/* Computes what results ask for. Errors (nothing is written then): EQF_ERROR_NOT_FOUND for an element that the model does
 * not cover, EQF_ERROR_NOT_FINITE for positions or results, those of eqf_neighbors_find; two atoms at the same place, and
 * stress without a cell that is periodic in three directions, are EQF_ERROR_ARGUMENT. Atoms without neighbours, single
 * atoms and empty systems have a defined energy. Since 0.1. */
EQF_API eqf_status eqf_calculator_compute(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                          eqf_results *results);

/* The Hessian d2E/dr dr, [3 natoms][3 natoms], coordinate 3 i + a being component a of atom i; symmetric. The systems of
 * a batch are blocks on its diagonal, the rest is 0. options may be NULL. Warns through the context's log as
 * eqf_calculator_check_symmetry does. Errors as above. Since 0.1. */
EQF_API eqf_status eqf_calculator_hessian(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                          const eqf_hessian_options *options, double *hessian);

/* products[k] = H directions[k] for n directions, each [natoms][3], without the matrix. options may be NULL. Errors as
 * above. Since 0.1. */
EQF_API eqf_status eqf_calculator_hvp(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                      const eqf_hessian_options *options, int64_t n, const double *directions,
                                      double *products);

/* Looks for atoms whose surroundings are nearly symmetric, which makes derivatives of published models ill-conditioned
 * (docs/conventions.md): where sum_e u_e Y_l(e) over the neighbours of every element is shorter than a thousandth of
 * sqrt(2l+1) sum_e u_e, u being the polynomial envelope. *count is their number; degrees [natoms] the lowest such l > 0
 * of each, 0 for the others; either may be NULL. If there are any, one warning through the context's log names the first.
 * Since 0.1. */
EQF_API eqf_status eqf_calculator_check_symmetry(eqf_context *context, eqf_calculator *calculator,
                                                 const eqf_system *system, int *degrees, int64_t *count);

/* A skin of the calculator's neighbour list, in the unit of lengths: eqf_neighbors_set_skin. Worth it where the same
 * system comes again with atoms that have moved a little, as in dynamics; results are the same bits. 0: none, the
 * default. Since 0.1. */
EQF_API eqf_status eqf_calculator_set_skin(eqf_context *context, eqf_calculator *calculator, double skin);

/* How many calls have searched for neighbours. Since 0.1. */
EQF_API int64_t eqf_calculator_searches(const eqf_calculator *calculator);

/* Number of edges of the last computation that succeeded, and bytes of memory that the calculator holds. Since 0.1. */
EQF_API int64_t eqf_calculator_edges(const eqf_calculator *calculator);
EQF_API size_t eqf_calculator_bytes(const eqf_calculator *calculator);

/* The edges of the last call, the calculator's until its next one; none if it refused its system. Since 0.1. */
EQF_API void eqf_calculator_edge_list(const eqf_calculator *calculator, eqf_edges *edges);

EQF_END_DECLS

#endif
