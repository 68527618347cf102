/* The benchmark: cases, and what each reports.
 *
 *     bench.c       options, which cases run        machine.c     what the processor and its libraries can do
 *     cases.c       the list of cases               clock.c       times of repetitions
 *     primitives.c  harmonics, products, attention  models.c      energies, forces, gradients of losses
 *     training.c    steps of a trainer              systems.c     crystals and liquids, neighbour lists
 *     report.c      lines and JSON as cases end     tables.c      tables at the end, as text or markdown
 *
 * SPDX-License-Identifier: MIT */
#ifndef BENCH_H
#define BENCH_H

#include <time.h>

#include <equiformer/equiformer.h>

/* Something else that a case has to say. */
typedef struct bench_figure {
    const char *name;
    double value;
} bench_figure;

enum { BENCH_FIGURES = 8, BENCH_THREADS = 2 };

/* A case that is ready to run. */
typedef struct bench_work {
    void (*run)(void *state); /* once */
    void (*free)(void *state);
    void *state;
    double items;          /* per run: times are per item (vectors, edges, evaluations) */
    double flop;           /* per item, as counted by the case; 0: not counted */
    double reference_flop; /* per item, to which the ratio refers; 0 without */
    int (*figures)(void *state, bench_figure figures[BENCH_FIGURES]); /* after runs; returns how many; NULL: none */
} bench_work;

/* Groups of cases; each has a table of its own. */
typedef enum bench_group {
    BENCH_PRIMITIVES,
    BENCH_TABLE,
    BENCH_DEGREES,
    BENCH_BF16,
    BENCH_SCALING,
    BENCH_TRAINING,
    BENCH_SYSTEMS,
    BENCH_GROUPS
} bench_group;

typedef struct bench_case {
    bench_group group;
    const char *name;
    const char *item; /* what the time is per */
    void (*prepare)(eqf_context *context, const struct bench_case *self, bench_work *work);
    int lmax;
    int what;          /* of what the story of the case computes; of training, parts of a batch */
    int64_t size;      /* molecules in a batch, atoms of a system */
    int threads;       /* that it is tried with: 1..threads */
    double must, goal; /* of the ratio, or else of the time in nanoseconds; 0: none */
} bench_case;

extern const bench_case bench_cases[];
extern const int bench_case_count;

const char *bench_group_name(bench_group group);

/* What a case has shown, with so many threads. */
typedef struct bench_result {
    const bench_case *of;
    int threads;
    double ns;             /* per item */
    double flop;           /* per item, 0: not counted */
    double reference_flop; /* per item, 0 without */
    int figure_count;
    bench_figure figures[BENCH_FIGURES];
} bench_result;

/* The value of a figure, 0 if the result does not have it. */
double bench_figure_of(const bench_result *result, const char *name);

/* ---------------------------------------------------------------------------------------------------------- machine -- */

/* What the machine can do, in this run. */
typedef struct bench_machine {
    const char *isa; /* of the library's kernels */
    char library[256], core[64];
    double sgemm;     /* GFLOP/s of the cblas_sgemm that is linked, one thread: the best so far */
    double gemm;      /* of the library's own, through a linear module */
    double bandwidth; /* GB/s of a triad on arrays out of the caches */
} bench_machine;

/* Begins the process again, once, with the environment in which OpenBLAS does what it can on one thread. */
void bench_settle(char **argv);

void bench_measure_machine(clockid_t clock, bench_machine *machine);

/* Time over (reference FLOPs / sgemm), by the best sgemm so far; 0 without reference. */
double bench_ratio(const bench_result *result, const bench_machine *machine);

/* One more sample of sgemm; machine->sgemm is the best. */
void bench_sample_sgemm(clockid_t clock, bench_machine *machine);

/* Largest resident memory of the process since the last reset, in bytes. */
void bench_reset_peak(void);
double bench_peak(void);

/* ------------------------------------------------------------------------------------------------------------ clock -- */

/* Seconds. */
double bench_now(clockid_t clock);

/* Seconds per call of run: the fastest of a few rounds of a fifth of a second at least. */
double bench_fastest(clockid_t clock, void (*run)(void *state), void *state);

/* The same for several works in turn, with a sample of sgemm between them, so that all of them, and what they are compared
 * with, meet the machine in the same state. A round lasts as long as calls of the works before at least: the longest comes
 * first. */
void bench_compete(clockid_t clock, bench_machine *machine, int n, const bench_work *works, double *seconds);

/* ----------------------------------------------------------------------------------------------------------- output -- */

typedef enum bench_format { BENCH_TEXT, BENCH_MARKDOWN, BENCH_JSON } bench_format;

void bench_print_machine(const bench_machine *machine, bench_format format);
void bench_print_result(const bench_result *result, const bench_machine *machine, bench_format format);

/* A table for each group that has results. */
void bench_print_tables(const bench_result *results, int n, const bench_machine *machine, bench_format format);

/* ---------------------------------------------------------------------------------------------------------- helpers -- */

/* Ends the program with the context's message unless status is EQF_OK. */
void bench_check(eqf_context *context, eqf_status status);

/* Allocates, zeroed, or ends the program. */
void *bench_new(size_t bytes);

/* Parses, or ends the program. */
eqf_irreps *bench_irreps(eqf_context *context, const char *text);

/* A program that records one module, its parameters and inputs, ready to run. Rows: the row set of each input, and how many
 * there are; the work is per `items`. */
void bench_module(eqf_context *context, eqf_module *module, const char *const *rows, const int64_t *counts,
                  bench_work *work);

/* Edges within 5 Angstrom of aspirin: *maps [3][edges] senders, receivers and pairs, *vectors [edges][3], to be freed. */
int64_t bench_aspirin_edges(eqf_context *context, int32_t **maps, double **vectors);

/* The published model of a degree, 2 or 3; that of 2 without its highest irreps for 1. */
eqf_model *bench_published_model(eqf_context *context, int lmax);

/* Blocks of a model. */
int bench_layers(eqf_context *context, const eqf_model *model);

/* The prepare functions of the cases, and what they compute. */
enum { BENCH_ENERGY, BENCH_FORCES, BENCH_ENERGY_GRADIENT, BENCH_FORCE_GRADIENT };
enum { BENCH_CRYSTAL, BENCH_WATER, BENCH_WATER_PUBLISHED };
enum { BENCH_VALUE, BENCH_GRADIENT };

void bench_prepare_harmonics(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_harmonics_module(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_product(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_attention(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_gemm(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_model(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_gradient(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_training(eqf_context *context, const bench_case *self, bench_work *work);
void bench_prepare_system(eqf_context *context, const bench_case *self, bench_work *work);

#endif
