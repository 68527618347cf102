/* build/bench: times of primitives and of whole evaluations, through the library's public calls.
 *
 * Each case runs five rounds of a fifth of a second, or fewer, longer ones; the fastest counts. `ratio` is the time over what
 * the machine's sgemm needs for the reference FLOPs of an evaluation (docs/benchmarks.md), both measured in this run.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *filter;
    int threads; /* 0: each case's */
    bench_format format;
    clockid_t clock;
} options;

enum { RESULTS = 128 };

void bench_check(eqf_context *context, eqf_status status)
{
    if (status == EQF_OK) return;
    fprintf(stderr, "bench: %s: %s\n", eqf_status_string(status), eqf_context_message(context));
    exit(1);
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

static eqf_context *new_context(int threads)
{
    eqf_context *context = NULL;
    eqf_context_options wishes = EQF_CONTEXT_OPTIONS_INIT;
    wishes.threads = threads;
    if (eqf_context_create(&wishes, &context) == EQF_OK) return context;
    fprintf(stderr, "bench: no context with %d threads\n", threads);
    exit(1);
}

/* The smallest system of the kind of a larger one, the first in the list, which runs in turn with it to be compared; NULL for other
 * cases. */
static const bench_case *smallest_of_kind(const bench_case *c)
{
    const bench_case *first = bench_cases;
    if (c->group != BENCH_SYSTEMS) return NULL;
    while (first->group != c->group || first->what != c->what) first++;
    return first == c ? NULL : first;
}

/* Measures a case with each number of threads, and appends what it shows. */
static int run_case(const bench_case *c, const options *o, bench_machine *machine, bench_result *results)
{
    int first = o->threads > 0 ? o->threads : 1, n = o->threads > 0 ? 1 : c->threads;
    const bench_case *smallest = smallest_of_kind(c);
    int prepared = smallest != NULL ? n + 1 : n;
    eqf_context *contexts[BENCH_THREADS + 1];
    bench_work works[BENCH_THREADS + 1];
    double seconds[BENCH_THREADS + 1];
    bench_reset_peak();
    for (int i = 0; i < prepared; i++) {
        const bench_case *own = i < n ? c : smallest;
        works[i] = (bench_work){0};
        contexts[i] = new_context(i < n ? first + i : first);
        if (c->group == BENCH_BF16) bench_check(contexts[i], eqf_context_set_matmul(contexts[i], EQF_MATMUL_BFLOAT16));
        own->prepare(contexts[i], own, &works[i]);
    }
    bench_compete(o->clock, machine, prepared, works, seconds);
    double peak = bench_peak();
    for (int i = 0; i < n; i++) {
        const bench_work *w = &works[i];
        bench_result *r = &results[i];
        double ns = seconds[i] / w->items * 1e9;
        *r = (bench_result){
            .of = c, .threads = first + i, .ns = ns, .flop = w->flop, .reference_flop = w->reference_flop};
        if (w->figures != NULL) r->figure_count = w->figures(w->state, r->figures);
        if (c->group == BENCH_SYSTEMS)
            r->figures[r->figure_count++] =
                (bench_figure){"smallest_ns", smallest != NULL ? seconds[n] / works[n].items * 1e9 : ns};
        if (n == 1) r->figures[r->figure_count++] = (bench_figure){"peak_rss", peak};
        bench_print_result(r, machine, o->format);
    }
    for (int i = 0; i < prepared; i++) {
        works[i].free(works[i].state);
        eqf_context_free(contexts[i]);
    }
    return n;
}

static void print_help(void)
{
    printf("usage: bench [--filter NAMES] [--json | --markdown] [--threads N] [--cpu] [--list]\n\n"
           "Measures the library and prints a line for each case, and tables at the end.\n\n"
           "  --filter NAMES groups or cases, separated by commas; of another name, all cases whose names contain it\n"
           "  --json         one object per line with every figure, the machine first; no tables\n"
           "  --markdown     the tables alone, as docs/benchmarks.md has them\n"
           "  --threads N    every case with N threads, instead of one or of one and two\n"
           "  --cpu          the processor's time instead of the clock's, for busy machines; one thread only\n"
           "  --list         names of groups and cases\n\n"
           "OpenBLAS runs with one thread, and with the kernels of the instruction set that the library finds, unless\n"
           "OPENBLAS_NUM_THREADS and OPENBLAS_CORETYPE say otherwise.\n");
}

static void print_list(void)
{
    for (int i = 0; i < bench_case_count; i++)
        printf("%-12s %s\n", bench_group_name(bench_cases[i].group), bench_cases[i].name);
}

/* Whether to go on; *status is the exit status otherwise. */
static int parse(int argc, char **argv, options *o, int *status)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        *status = 0;
        if (strcmp(argv[i], "--json") == 0) {
            o->format = BENCH_JSON;
        } else if (strcmp(argv[i], "--markdown") == 0) {
            o->format = BENCH_MARKDOWN;
        } else if (strcmp(argv[i], "--cpu") == 0) {
            o->clock = CLOCK_PROCESS_CPUTIME_ID;
        } else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            o->filter = argv[++i];
        } else if (strcmp(argv[i], "--threads") == 0 && atoi(value) > 0) {
            o->threads = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--list") == 0 || strcmp(argv[i], "--help") == 0) {
            (strcmp(argv[i], "--list") == 0 ? print_list : print_help)();
            return 0;
        } else {
            fprintf(stderr, "bench: %s is not understood, expected what --help says\n", argv[i]);
            *status = 2;
            return 0;
        }
    }
    return 1;
}

static int is_name(const bench_case *c, const char *name, size_t length)
{
    const char *names[2] = {c->name, bench_group_name(c->group)};
    for (int k = 0; k < 2; k++)
        if (strlen(names[k]) == length && strncmp(names[k], name, length) == 0) return 1;
    return 0;
}

/* The case or group of that name, if there is one, or the cases whose names contain the text. */
static int wanted_by(const bench_case *c, const char *name, size_t length)
{
    for (int i = 0; i < bench_case_count; i++)
        if (is_name(&bench_cases[i], name, length)) return is_name(c, name, length);
    for (const char *at = c->name; strlen(at) >= length; at++)
        if (strncmp(at, name, length) == 0) return 1;
    return 0;
}

static int wanted(const bench_case *c, const char *filter)
{
    if (filter == NULL) return 1;
    for (;; filter++) {
        size_t length = strcspn(filter, ",");
        if (wanted_by(c, filter, length)) return 1;
        filter += length;
        if (*filter == '\0') return 0;
    }
}

/* Whether the machine can do what the case measures. */
static int possible(eqf_context *context, const bench_case *c)
{
    if (c->group != BENCH_BF16) return 1;
    int can = eqf_context_set_matmul(context, EQF_MATMUL_BFLOAT16) == EQF_OK;
    bench_check(context, eqf_context_set_matmul(context, EQF_MATMUL_FLOAT32));
    if (!can) fprintf(stderr, "bench: %s left out, this machine has no products of bfloat16\n", c->name);
    return can;
}

int main(int argc, char **argv)
{
    static bench_result results[RESULTS];
    options o = {.clock = CLOCK_MONOTONIC};
    bench_machine machine = {0};
    int n = 0, status;
    if (!parse(argc, argv, &o, &status)) return status;
    bench_settle(argv);
    eqf_context *context = new_context(1);
    machine.isa = eqf_context_isa(context);
    bench_measure_machine(o.clock, &machine);
    if (o.format != BENCH_MARKDOWN) bench_print_machine(&machine, o.format);
    for (int i = 0; i < bench_case_count && n + BENCH_THREADS <= RESULTS; i++)
        if (wanted(&bench_cases[i], o.filter) && possible(context, &bench_cases[i]))
            n += run_case(&bench_cases[i], &o, &machine, &results[n]);
    if (o.format == BENCH_MARKDOWN) bench_print_machine(&machine, o.format); /* with the best sgemm of the run */
    if (o.format != BENCH_JSON) bench_print_tables(results, n, &machine, o.format);
    eqf_context_free(context);
    if (n == 0) fprintf(stderr, "bench: no case contains %s\n", o.filter);
    return n > 0 ? 0 : 1;
}
