/* libequiformer: neighbour lists - every pair of atoms, and of their periodic
 * images, closer than a cut-off.
 *
 * Edge j -> i: sender src = j, receiver dst = i, vector r_j - r_i + shift .
 * cell, 0 < |vector| < cutoff. Edges are sorted by receiver, then by sender,
 * then by shift, so that sums over a receiver's edges are contiguous and
 * results do not depend on the search.
 *
 * For dynamics, a list with a skin searches a little farther than the cut-off
 * and then, while no atom has moved far, takes the edges from what it found.
 * They are the same, bit for bit, as without. SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_NEIGHBORS_H
#define EQUIFORMER_NEIGHBORS_H

#include <equiformer/context.h>

typedef struct eqf_neighbors eqf_neighbors; /* a list and its working memory; reused from call to call */

/* The edges of the last call; arrays belong to the list and stay valid until
 * its next call. */
typedef struct eqf_edges {
    int64_t count;
    const int32_t *src;   /* [count] sender */
    const int32_t *dst;   /* [count] receiver, ascending */
    const int32_t *shift; /* [count][3] lattice translations of the sender */
    const double *vector; /* [count][3] */
    int64_t coincident;   /* pairs of different atoms, or images, at distance exactly 0: no edges, counted once */
} eqf_edges;

EQF_BEGIN_DECLS

/* Pairs of opposite edges: edge_pair [count] is the pair of each edge, *pairs their number. Two edges are a pair if sender and
 * receiver are exchanged and their vectors are opposite to the last bit, as in every list of neighbours; an edge without such
 * a partner is a pair of its own. EQF_ERROR_ARGUMENT if receivers do not ascend, EQF_ERROR_RANGE
 * for more than 2^31 - 1 edges. Since 0.1. */
EQF_API eqf_status eqf_edge_pairs(eqf_context *context, const eqf_edges *edges, int32_t *edge_pair, int64_t *pairs);

EQF_API eqf_status eqf_neighbors_create(eqf_context *context, eqf_neighbors **neighbors); /* Since 0.1. */
EQF_API void eqf_neighbors_free(eqf_neighbors *neighbors);                                /* NULL is fine. Since 0.1. */

/* Finds the edges of a batch of systems. graph[i] in 0..graphs-1 (ascending)
 * says to which system atom i belongs, NULL if there is one. positions
 * [natoms][3]; cell [graphs][9] with lattice vectors as rows, or NULL; pbc
 * [graphs][3], or NULL for none. Only the lattice vectors of periodic
 * directions matter. Atoms may lie outside the cell; the cell may be skewed and
 * smaller than the cut-off. O(natoms) for bounded density. Errors:
 * EQF_ERROR_NOT_FINITE (a position or a periodic lattice vector),
 * EQF_ERROR_ARGUMENT (cut-off not positive, lattice vectors zero or linearly
 * dependent, graph descending or out of range), EQF_ERROR_RANGE (more than
 * 2^31-1 atoms or edges, numbers beyond 1e12, atoms 2^29 or images 2^20 lattice
 * vectors away, more than 2^24 images within the cut-off). Since 0.1. */
EQF_API eqf_status eqf_neighbors_find(eqf_context *context, eqf_neighbors *neighbors, double cutoff, int64_t natoms,
                                      const double *positions, int64_t graphs, const int32_t *graph, const double *cell,
                                      const int *pbc, eqf_edges *edges);

/* Calls of eqf_neighbors_find search up to cutoff + skin from now on, and later
 * ones do not search again for as long as batch, periodic directions and
 * cut-off are the same and no atom has moved, with respect to its cell, by more
 * than half the skin, less what cells have shrunk: docs/neighbors.md. Edges, their
 * order and errors do not depend on it. 0, the default: every call searches.
 * EQF_ERROR_ARGUMENT for a skin that is negative or not finite. Since 0.1. */
EQF_API eqf_status eqf_neighbors_set_skin(eqf_context *context, eqf_neighbors *neighbors, double skin);

/* How many calls have searched. Since 0.1. */
EQF_API int64_t eqf_neighbors_searches(const eqf_neighbors *neighbors);

/* Bytes of memory that the list holds. Since 0.1. */
EQF_API size_t eqf_neighbors_bytes(const eqf_neighbors *neighbors);

EQF_END_DECLS

#endif
