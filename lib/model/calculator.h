/* The calculator from inside: what its parts share.
 *
 *     calculator.c  life, binding of a system, energies      derivatives.c  forces, stress, virials
 *     hessian.c     Hessians and their products              symmetry.c     nearly symmetric surroundings
 *     domain.c      systems with ghosts                      nearest.c      a limited number of neighbours
 *
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_CALCULATOR_H
#define EQFI_MODEL_CALCULATOR_H

#include <equiformer/calculator.h>

#include "model/model.h"

/* Growing arrays. */
typedef struct eqfi_reals {
    double *at;
    size_t capacity;
} eqfi_reals;

typedef struct eqfi_indices {
    int32_t *at;
    size_t capacity;
} eqfi_indices;

/* Room for n elements. */
#define EQFI_PROVIDE(context, array, n)                                                                                \
    eqfi_grow((context), (size_t)(n), sizeof *(array).at, &(array).capacity, (void **)&(array).at)

/* Programs are made when first needed. The first of them compute energies: with derivatives by edge vectors,
 * with the auxiliary output, by pairs of edges; the last one computes products of the Hessian. */
enum {
    EQFI_WITH_GRADIENT = 1,
    EQFI_WITH_AUXILIARY = 2,
    EQFI_BY_PAIRS = 4,
    EQFI_HESSIAN_PROGRAM = 8,
    EQFI_CALCULATOR_PROGRAMS
};

/* Up to so many edges, radial networks are computed by pairs of edges: what they give stays in the caches. */
enum { EQFI_PAIRED_EDGES = 1 << 14 };

struct eqf_calculator {
    eqf_allocator allocator;
    eqf_model *model;
    eqf_precision precision;
    eqf_matmul matmul;
    bool distributed; /* programs have ghosts: row set "senders" (domain.c) */
    eqf_neighbors *neighbors;
    eqf_run *runs[EQFI_CALCULATOR_PROGRAMS];
    eqf_edges edges;         /* of the system that was bound last */
    int64_t pairs;           /* of edges, found by eqfi_find_pairs */
    int64_t last_edges;      /* of the last computation that succeeded */
    bool has_gradient;       /* `gradient` belongs to `edges` */
    eqfi_indices types;      /* [atoms] row of the embedding */
    eqfi_indices graph;      /* [atoms] */
    eqfi_indices tags;       /* [atoms] */
    eqfi_indices edge_pair;  /* [edges] */
    eqfi_indices atom_count; /* [graphs] */
    eqfi_reals energy;       /* [graphs] */
    eqfi_reals atoms;        /* [atoms] energies */
    eqfi_reals gradient;     /* [edges][3] of the energy */
    eqfi_reals auxiliary;    /* [atoms][3] */

    /* The edges that are left where the model's number of neighbours is limited. */
    struct {
        eqfi_indices src, dst, shift;
        eqfi_reals vector, distance;
    } nearest;

    /* Copies of a system, one for each direction that is multiplied by the Hessian at a time. */
    struct {
        double bytes_per_edge; /* of the arena, measured */
        eqfi_indices src, dst, types, graph, tags;
        eqfi_reals vectors, tangents, gradient; /* [copies][edges][3] */
        eqfi_reals directions, products;        /* [directions][atoms][3] */
    } hessian;
    eqfi_reals moments; /* of one atom's surroundings: [types][(lmax + 1)^2] */
};

/* Checks a system, finds its edges, and fills types, graph and tags. */
eqf_status eqfi_calculator_bind(eqf_context *context, eqf_calculator *calculator, const eqf_system *system);

/* nearest.c: leaves to each receiver its `most` nearest senders at most, the first of equally far ones. */
eqf_status eqfi_keep_nearest(eqf_context *context, eqf_calculator *calculator, int64_t most, eqf_edges *edges);

/* Other parameters of the same configuration. */
eqf_status eqfi_calculator_set_parameters(eqf_context *context, eqf_calculator *calculator,
                                          const eqf_parameters *parameters);

/* Records and ends a program that adds to the model what `which` says, and binds it to the model's parameters. */
eqf_status eqfi_calculator_run(eqf_context *context, eqf_calculator *calculator, int which, eqf_run **run);

/* Fills types, graph and tags of a system's atoms. */
eqf_status eqfi_bind_atoms(eqf_context *context, eqf_calculator *calculator, const eqf_system *system);

/* Finds the pairs of the edges, for programs by pairs. */
eqf_status eqfi_find_pairs(eqf_context *context, eqf_calculator *calculator);

/* Sizes, maps and vectors of the edges and atoms that are bound. nsenders: with ghosts. */
eqf_status eqfi_bind_run(eqf_context *context, eqf_run *run, const eqf_calculator *calculator, int64_t natoms,
                         int64_t nsenders, int64_t graphs);

/* Energies of the last run. */
eqf_status eqfi_get_energies(eqf_context *context, eqf_calculator *calculator, const eqf_run *run, int64_t natoms,
                             int64_t graphs);

/* Numbers of a result, or EQF_ERROR_NOT_FINITE. */
eqf_status eqfi_check_finite(eqf_context *context, const char *what, size_t n, const double *values);

/* derivatives.c: whether the systems have what a stress needs; the gradient of the last run; and what follows from it. */
eqf_status eqfi_check_stress(eqf_context *context, const eqf_system *system);
eqf_status eqfi_get_gradient(eqf_context *context, eqf_calculator *calculator, const eqf_run *run);
void eqfi_get_derivatives(const eqf_calculator *calculator, const eqf_system *system, const eqf_results *results);

/* -dE/dstrain of the edges of each system, symmetric; and shares of atoms, `to_sender` of each edge's at its sender. */
void eqfi_get_virials(const eqf_calculator *calculator, int64_t graphs, double *virial);
void eqfi_get_atom_virials(const eqf_calculator *calculator, int64_t natoms, double to_sender, double *virial);

/* Forces of edges on atoms: out[src] -= g, out[dst] += g, in the order of the edges; out [natoms][3] is set. */
void eqfi_scatter_forces(const eqf_edges *edges, int64_t natoms, const double *gradient, double *out);

/* symmetry.c: eqf_calculator_check_symmetry of the system that is bound. */
eqf_status eqfi_warn_symmetry(eqf_context *context, eqf_calculator *calculator, const eqf_system *system, int *degrees,
                              int64_t *count);

#endif
