/* build/bench [--filter NAME] [--threads N] [--json] [--cpu]: times of primitives and of whole evaluations.
 *
 * Each case runs until a fifth of a second has passed, five times; the fastest counts, because everything that disturbs a
 * measurement makes it slower. --cpu counts the processor's time instead of the clock's, for busy machines. `ratio` is the time over what the machine's sgemm needs for the reference FLOPs of an
 * evaluation (docs/benchmarks.md), both measured in this run.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cblas.h>

typedef struct options {
    const char *filter;
    int threads, json;
    clockid_t clock;
} options;

void bench_check(eqf_context *context, eqf_status status)
{
    if (status == EQF_OK) return;
    fprintf(stderr, "bench: %s: %s\n", eqf_status_string(status), eqf_context_message(context));
    exit(1);
}

/* Seconds. */
static double now_on(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void *bench_new(size_t bytes)
{
    void *block = calloc(1, bytes);
    if (block == NULL) {
        fprintf(stderr, "bench: out of memory\n");
        exit(1);
    }
    return block;
}

/* Seconds per call of run, the fastest of five rounds. */
static double fastest(clockid_t clock, void (*run)(void *state), void *state)
{
    double best = 1e30;
    run(state); /* sizes are planned, pages touched */
    for (int round = 0; round < 5; round++) {
        int calls = 0;
        double begin = now_on(clock), passed;
        do {
            run(state);
            calls++;
        } while ((passed = now_on(clock) - begin) < 0.2);
        if (passed / calls < best) best = passed / calls;
    }
    return best;
}

enum { GEMM = 512 };

static void run_sgemm(void *state)
{
    float *a = state, *b = a + GEMM * GEMM, *c = b + GEMM * GEMM;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, GEMM, GEMM, GEMM, 1, a, GEMM, b, GEMM, 0, c, GEMM);
}

static double measure_sgemm(clockid_t clock)
{
    float *arrays = bench_new(3 * GEMM * GEMM * sizeof *arrays);
    for (int i = 0; i < 2 * GEMM * GEMM; i++) arrays[i] = (float)(i % 7) - 3;
    double seconds = fastest(clock, run_sgemm, arrays);
    free(arrays);
    return 2.0 * GEMM * GEMM * GEMM / seconds * 1e-9;
}

static void report(const bench_case *c, const bench_work *work, double seconds, double sgemm, const options *o)
{
    double ns = seconds / work->items * 1e9, gflops = work->flop / ns;
    double ratio = work->reference_flop > 0 ? ns / (work->reference_flop / sgemm) : 0;
    if (o->json) {
        printf("{\"name\":\"%s\",\"ns\":%.6g,\"flop\":%.6g,\"gflops\":%.4g,\"sgemm_gflops\":%.4g,\"threads\":%d,",
               c->name, ns, work->flop, gflops, sgemm, o->threads);
        if (ratio > 0)
            printf("\"ratio\":%.4g", ratio);
        else
            printf("\"ratio\":null");
        if (work->bytes != NULL) printf(",\"bytes_per_edge\":%.0f", work->bytes(work->state));
        printf("}\n");
    } else {
        printf("%-22s %12.1f ns/%-10s %8.1f GFLOP/s", c->name, ns, c->item, gflops);
        if (ratio > 0) printf("   ratio %.3f", ratio);
        if (work->bytes != NULL) printf("   %.1f kB/edge", work->bytes(work->state) * 1e-3);
        printf("\n");
    }
    fflush(stdout);
}

static int parse(int argc, char **argv, options *o)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            o->json = 1;
        } else if (strcmp(argv[i], "--cpu") == 0) {
            o->clock = CLOCK_PROCESS_CPUTIME_ID;
        } else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            o->filter = argv[++i];
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0) {
            o->threads = atoi(argv[++i]);
        } else {
            fprintf(stderr, "usage: bench [--filter NAME] [--threads N] [--json] [--cpu]; %s is not understood\n",
                    argv[i]);
            return 0;
        }
    }
    return 1;
}

/* The case of that name, if there is one, or those whose names contain the text. */
static int wanted(const bench_case *c, const char *filter)
{
    if (filter == NULL || strcmp(c->name, filter) == 0) return 1;
    for (int i = 0; i < bench_case_count; i++)
        if (strcmp(bench_cases[i].name, filter) == 0) return 0;
    return strstr(c->name, filter) != NULL;
}

int main(int argc, char **argv)
{
    options o = {NULL, 1, 0, CLOCK_MONOTONIC};
    eqf_context *context = NULL;
    eqf_context_options context_options = EQF_CONTEXT_OPTIONS_INIT;
    int found = 0;
    if (!parse(argc, argv, &o)) return 2;
    if (getenv("OPENBLAS_NUM_THREADS") == NULL) { /* read when the process starts: begin again with it */
        setenv("OPENBLAS_NUM_THREADS", "1", 1);
        execv("/proc/self/exe", argv);
    }
    context_options.threads = o.threads;
    if (eqf_context_create(&context_options, &context) != EQF_OK) {
        fprintf(stderr, "bench: no context with %d threads\n", o.threads);
        return 1;
    }
    double sgemm = measure_sgemm(o.clock);
    if (!o.json)
        printf("sgemm %.1f GFLOP/s on one thread (512 x 512 x 512); kernels: %s; threads: %d\n", sgemm,
               eqf_context_isa(context), o.threads);
    for (int i = 0; i < bench_case_count; i++) {
        const bench_case *c = &bench_cases[i];
        bench_work work = {0};
        if (!wanted(c, o.filter)) continue;
        found = 1;
        c->prepare(context, c, &work);
        report(c, &work, fastest(o.clock, work.run, work.state), sgemm, &o);
        work.free(work.state);
    }
    eqf_context_free(context);
    if (!found) fprintf(stderr, "bench: no case contains %s\n", o.filter);
    return found ? 0 : 1;
}
