/* The benchmark: cases, and what each reports.
 * SPDX-License-Identifier: MIT */
#ifndef BENCH_H
#define BENCH_H

#include <equiformer/equiformer.h>

/* A case that is ready to run. */
typedef struct bench_work {
    void (*run)(void *state); /* once */
    void (*free)(void *state);
    void *state;
    double items;                 /* per run: times are per item (vectors, edges, evaluations) */
    double flop;                  /* per item, as counted by the case */
    double reference_flop;        /* per item, to which `ratio` refers; 0 without */
    double (*bytes)(void *state); /* of memory held per edge, after a run; NULL without */
} bench_work;

typedef struct bench_case {
    const char *name;
    const char *item; /* what the time is per */
    void (*prepare)(eqf_context *context, const struct bench_case *self, bench_work *work);
    int lmax;
    int forces;
    int copies; /* of the molecule in one batch */
} bench_case;

extern const bench_case bench_cases[];
extern const int bench_case_count;

/* Ends the program with the context's message unless status is EQF_OK. */
void bench_check(eqf_context *context, eqf_status status);

/* Allocates or ends the program. */
void *bench_new(size_t bytes);

#endif
