/* Lines and JSON, one for each result as it comes. SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <string.h>

double bench_ratio(const bench_result *result, const bench_machine *machine)
{
    return result->reference_flop > 0 ? result->ns / (result->reference_flop / machine->sgemm) : 0;
}

double bench_figure_of(const bench_result *result, const char *name)
{
    for (int i = 0; i < result->figure_count; i++)
        if (strcmp(result->figures[i].name, name) == 0) return result->figures[i].value;
    return 0;
}

static void print_machine_text(const bench_machine *m)
{
    printf("kernels: %s; cblas_sgemm: %s%s%s\n", m->isa, m->library, m->core[0] == '\0' ? "" : ", ", m->core);
    printf("one thread, float32: sgemm %.1f GFLOP/s (512 x 512 x 512), own GEMM %.1f GFLOP/s (2048 x 512 x 512), "
           "triad %.1f GB/s\n\n",
           m->sgemm, m->gemm, m->bandwidth);
}

static void print_machine_json(const bench_machine *m)
{
    printf("{\"name\":\"machine\",\"isa\":\"%s\",\"library\":\"%s\",\"core\":\"%s\",\"sgemm_gflops\":%.4g,"
           "\"gemm_gflops\":%.4g,\"triad_gbytes\":%.4g}\n",
           m->isa, m->library, m->core, m->sgemm, m->gemm, m->bandwidth);
}

static void print_machine_markdown(const bench_machine *m)
{
    printf("Kernels: %s. `cblas_sgemm` from %s%s%s: %.1f GFLOP/s on one thread; the library's own GEMM %.1f GFLOP/s; "
           "memory %.1f GB/s (triad).\n",
           m->isa, m->library, m->core[0] == '\0' ? "" : ", kernels for ", m->core, m->sgemm, m->gemm, m->bandwidth);
}

void bench_print_machine(const bench_machine *machine, bench_format format)
{
    static void (*const print[])(const bench_machine *) = {[BENCH_TEXT] = print_machine_text,
                                                           [BENCH_MARKDOWN] = print_machine_markdown,
                                                           [BENCH_JSON] = print_machine_json};
    print[format](machine);
    fflush(stdout);
}

static void print_json(const bench_result *r, const bench_machine *machine)
{
    printf("{\"name\":\"%s\",\"group\":\"%s\",\"item\":\"%s\",\"lmax\":%d,\"threads\":%d,\"ns\":%.6g,", r->of->name,
           bench_group_name(r->of->group), r->of->item, r->of->lmax, r->threads, r->ns);
    if (r->flop > 0) {
        printf("\"flop\":%.6g,\"gflops\":%.4g,", r->flop, r->flop / r->ns);
        printf("\"of_sgemm\":%.4g,", r->flop / r->ns / machine->sgemm);
    }
    if (r->reference_flop > 0) printf("\"ratio\":%.4g,", bench_ratio(r, machine));
    if (r->of->must > 0) printf("\"must\":%g,\"goal\":%g,", r->of->must, r->of->goal);
    for (int i = 0; i < r->figure_count; i++) printf("\"%s\":%.6g,", r->figures[i].name, r->figures[i].value);
    printf("\"sgemm_gflops\":%.4g}\n", machine->sgemm);
}

static void print_line(const bench_result *r, const bench_machine *machine)
{
    printf("%-27s %14.1f ns/%-10s", r->of->name, r->ns, r->of->item);
    if (r->flop > 0) printf("  %6.1f GFLOP/s  %.2f of sgemm", r->flop / r->ns, r->flop / r->ns / machine->sgemm);
    if (r->reference_flop > 0) printf("  ratio %.3f", bench_ratio(r, machine));
    if (bench_figure_of(r, "bytes_per_edge") > 0) printf("  %.1f kB/edge", 1e-3 * bench_figure_of(r, "bytes_per_edge"));
    if (r->of->threads > 1) printf("  %d thread%s", r->threads, r->threads == 1 ? "" : "s");
    printf("\n");
}

void bench_print_result(const bench_result *result, const bench_machine *machine, bench_format format)
{
    if (format == BENCH_JSON)
        print_json(result, machine);
    else if (format == BENCH_TEXT)
        print_line(result, machine);
    fflush(stdout);
}
