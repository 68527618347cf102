/* A system divided into domains inside one process, which trades the rows of their ghosts. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_DOMAINS_H
#define TESTS_SUPPORT_DOMAINS_H

#include "models.h"

#include <equiformer/domain.h>

enum { DOMAINS_MAX = 8 };

/* How atoms are divided: slabs along the first axis; without regard to where they are; slabs of which every other one is
 * empty. */
typedef enum domain_layout { DOMAINS_SLABS, DOMAINS_SCATTERED, DOMAINS_EMPTY, DOMAINS_LAYOUTS } domain_layout;

/* How edges reach the library: found from positions; a list with a skin, with vectors; the same without. */
typedef enum domain_edges { EDGES_FOUND, EDGES_VECTORS, EDGES_POSITIONS, EDGES_KINDS } domain_edges;

typedef struct domain_part {
    eqf_local local;
    int64_t *atom;  /* [nlocal + nghost] of the system */
    int *owner;     /* [nlocal + nghost] domain */
    int64_t *place; /* [nlocal + nghost] row in that domain */
    double *positions, *vectors;
    int *numbers;
    int32_t *src, *dst;
} domain_part;

typedef struct domain_split {
    int n;
    domain_part parts[DOMAINS_MAX];
} domain_split;

/* Divides the one system; ghosts are what is nearer than the cut-off. edges: kind of domain d is (edges + d) % KINDS. */
domain_split domains_of(const model_system *system, double cutoff, int n, domain_layout layout, int edges);
void domains_free(domain_split *split);

/* Carries out one exchange that all domains stand at; fails the test unless it is the same one. */
void domains_exchange(const domain_split *split, const eqf_exchange *exchanges);

/* Results of all domains together, in the order of the system's atoms. */
typedef struct domain_result {
    double energy, virial[9];
    double atoms[MODEL_ATOMS], forces[3 * MODEL_ATOMS], atom_virial[9 * MODEL_ATOMS], flux_virial[9 * MODEL_ATOMS];
    double edge_forces[3 * MODEL_ATOMS]; /* from derivatives by edges, of domains whose edges are given */
} domain_result;

/* Results of one domain, with room. */
typedef struct domain_shares {
    eqf_shares shares;
    double energy, virial[9], *atoms, *forces, *atom_virial, *flux_virial, *edge_gradient;
} domain_shares;

domain_shares domain_room(const domain_part *part);
void domain_room_free(domain_shares *room);

/* Adds a domain's results, ghosts' shares to their owners. */
void domains_add(const domain_part *part, const domain_shares *room, domain_result *sum);

#endif
