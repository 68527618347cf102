/* libequiformer: domains - what a simulation engine computes of its part of a system.
 *
 * An engine that divides space gives each process some atoms of its own and ghosts: every atom, and every periodic image of
 * one, its own included, that is nearer than the cut-off to one of its atoms. Each ghost is one row, at its own place, and
 * has one owner. Edges end at own atoms and begin at own atoms or ghosts. Features of ghosts come from their owners during
 * the computation (exchange.h): once before each block, and in the opposite direction for the derivatives.
 *
 *     begin      step -> FORWARD   step -> FORWARD ..   step -> REVERSE   step -> REVERSE ..   step -> EQF_END   end
 *
 * Processes without atoms or without edges go through the same steps. When a call fails on one process the engine has to
 * stop the others, which otherwise wait for it in the next exchange.
 *
 * Units, signs and threads are those of calculator.h. SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_DOMAIN_H
#define EQUIFORMER_DOMAIN_H

#include <equiformer/calculator.h>
#include <equiformer/exchange.h>

typedef struct eqf_domain eqf_domain;

/* Atoms of a process. Arrays are borrowed until eqf_domain_end or the next eqf_domain_begin. */
typedef struct eqf_local {
    size_t size;
    int64_t nlocal, nghost;
    const int *atomic_numbers; /* [nlocal + nghost], ghosts behind own atoms */
    const double *positions;   /* [nlocal + nghost][3]; NULL if the edges have vectors */
    const int *tags;           /* [nlocal + nghost] 0, 1 or 2; NULL: all 0 */
    int64_t nedges;            /* -1: edges are found from the positions */
    const int32_t *src;        /* [nedges] sender, below nlocal + nghost */
    const int32_t *dst;        /* [nedges] receiver, below nlocal; fastest if ascending */
    const double
        *vectors; /* [nedges][3] r_src - r_dst; NULL: of the positions. Those that are not shorter than the cut-off
                                  are left out, so that the list may have a skin */
} eqf_local;

#define EQF_LOCAL_INIT                                                                                                 \
    {                                                                                                                  \
        sizeof(eqf_local), 0, 0, 0, 0, 0, -1, 0, 0, 0                                                                  \
    }

/* What to compute; pointers that are NULL are not computed. Rows of ghosts are their shares, which the engine adds to
 * their owners; sums over processes are the engine's. */
typedef struct eqf_shares {
    size_t size;
    double *energy;        /* [1] of own atoms */
    double *atom_energy;   /* [nlocal] */
    double *forces;        /* [nlocal + nghost][3] */
    double *virial;        /* [9] of own edges, symmetric */
    double *atom_virial;   /* [nlocal + nghost][9] half of every edge's -r (x) dE/dr at either end */
    double *flux_virial;   /* [nlocal + nghost][9] all of it at the sender: what a heat flux needs (docs/lammps.md) */
    double *edge_gradient; /* [nedges][3] dE/dr, 0 for edges that were left out; needs nedges >= 0 */
} eqf_shares;

#define EQF_SHARES_INIT                                                                                                \
    {                                                                                                                  \
        sizeof(eqf_shares), 0, 0, 0, 0, 0, 0, 0                                                                        \
    }

EQF_BEGIN_DECLS

/* The model is retained. precision is the one of the computation, and of the numbers that are exchanged. Since 0.1. */
EQF_API eqf_status eqf_domain_create(eqf_context *context, const eqf_model *model, eqf_precision precision,
                                     eqf_domain **domain);
EQF_API void eqf_domain_free(eqf_domain *domain); /* NULL is fine. Since 0.1. */

/* Number of exchanges of a computation, with or without derivatives (anything but energies), and exchange i, its rows 0
 * and its values NULL. They depend on the model alone. Since 0.1. */
EQF_API eqf_status eqf_domain_exchanges(eqf_context *context, eqf_domain *domain, int derivatives, int *count);
EQF_API eqf_status eqf_domain_exchange(eqf_context *context, eqf_domain *domain, int derivatives, int i,
                                       eqf_exchange *exchange);

/* Computes what *shares asks for; exchange(user, ..) carries out the exchanges, on the caller's thread. It may be NULL for
 * a process that is alone and has no ghosts. Errors (nothing is written then): EQF_ERROR_CALLBACK if it answers other than
 * 0, EQF_ERROR_NOT_FOUND for an element that the model does not cover, EQF_ERROR_RANGE for an edge between other rows,
 * EQF_ERROR_NOT_FINITE for positions, vectors or results, EQF_ERROR_ARGUMENT for atoms at the same place. Since 0.1. */
EQF_API eqf_status eqf_domain_compute(eqf_context *context, eqf_domain *domain, const eqf_local *local,
                                      const eqf_shares *shares, eqf_exchange_function exchange, void *user);

/* The same with the loop in the host's hands. *local and *shares are copied, the arrays borrowed until the end.
 * eqf_domain_step computes up to the next exchange and returns EQF_OK with *exchange, which the host carries out before
 * the next step: FORWARD (and SUM) towards the energies, then REVERSE (and SUM) towards the derivatives; EQF_END (no
 * message) after the last. eqf_domain_end then writes the results; before, it is EQF_ERROR_STATE. A computation may be
 * left at any point. Since 0.1. */
EQF_API eqf_status eqf_domain_begin(eqf_context *context, eqf_domain *domain, const eqf_local *local,
                                    const eqf_shares *shares);
EQF_API eqf_status eqf_domain_step(eqf_context *context, eqf_domain *domain, eqf_exchange *exchange);
EQF_API eqf_status eqf_domain_end(eqf_context *context, eqf_domain *domain);

/* The edges of the last eqf_domain_begin that counted, the domain's until the next one; shift is NULL. Since 0.1. */
EQF_API void eqf_domain_edge_list(const eqf_domain *domain, eqf_edges *edges);

/* Bytes of memory that the domain holds. Since 0.1. */
EQF_API size_t eqf_domain_bytes(const eqf_domain *domain);

EQF_END_DECLS

#endif
