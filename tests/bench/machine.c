/* What the processor and the libraries can do.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>

/* ------------------------------------------------------------------------------------------------------ environment -- */

/* The kernels of OpenBLAS for an instruction set. An OpenBLAS that is older than the processor does not know it and falls
 * back to kernels of the oldest one of the architecture: Debian's 0.3.21 gives 16 GFLOP/s where it can give 145. A yardstick
 * that short would flatter every ratio of this program. */
static const char *const core_types[][2] = {{"avx512", "SkylakeX"}, {"avx2", "Haswell"}};

static const char *core_type(void)
{
    const char *type = NULL;
    eqf_context *context = NULL;
    if (eqf_context_create(NULL, &context) != EQF_OK) return NULL;
    for (size_t i = 0; i < sizeof core_types / sizeof *core_types; i++)
        if (strcmp(eqf_context_isa(context), core_types[i][0]) == 0) type = core_types[i][1];
    eqf_context_free(context);
    return type;
}

void bench_settle(char **argv)
{
    static const char *const settled = "EQUIFORMER_BENCH_SETTLED";
    if (getenv(settled) != NULL) return;
    const char *type = core_type();
    setenv(settled, "1", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 0); /* what the user has set stays */
    if (type != NULL) setenv("OPENBLAS_CORETYPE", type, 0);
    execv("/proc/self/exe", argv); /* both are read when the process starts; without /proc, they are as they are */
}

/* The file that cblas_sgemm comes from, and what OpenBLAS calls the kernels that it has chosen. */
static void name_library(bench_machine *machine)
{
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, "cblas_sgemm"), *name = dlsym(RTLD_DEFAULT, "openblas_get_corename");
    snprintf(machine->library, sizeof machine->library, "%s", "a library without a name");
    if (symbol != NULL && dladdr(symbol, &info) != 0 && info.dli_fname != NULL) {
        const char *slash = strrchr(info.dli_fname, '/');
        snprintf(machine->library, sizeof machine->library, "%s", slash == NULL ? info.dli_fname : slash + 1);
    }
    if (name != NULL) {
        char *(*corename)(void);
        memcpy(&corename, &name, sizeof corename); /* ISO C has no cast from data to functions */
        snprintf(machine->core, sizeof machine->core, "%s", corename());
    }
}

/* -------------------------------------------------------------------------------------------------------- arithmetic -- */

enum { GEMM = 512 };

static _Alignas(64) float a[GEMM * GEMM], b[GEMM * GEMM], c[GEMM * GEMM];

static void run_sgemm(void *state)
{
    (void)state;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, GEMM, GEMM, GEMM, 1, a, GEMM, b, GEMM, 0, c, GEMM);
}

static const double gemm_flop = 2.0 * GEMM * GEMM * GEMM;

void bench_sample_sgemm(clockid_t clock, bench_machine *machine)
{
    enum { CALLS = 10 };
    double begin = bench_now(clock);
    for (int i = 0; i < CALLS; i++) run_sgemm(NULL);
    double rate = CALLS * gemm_flop / (bench_now(clock) - begin) * 1e-9;
    if (rate > machine->sgemm) machine->sgemm = rate;
}

static double measure_own_gemm(clockid_t clock)
{
    eqf_context *context = NULL;
    bench_work work = {0};
    if (eqf_context_create(NULL, &context) != EQF_OK) return 0;
    bench_prepare_gemm(context, NULL, &work);
    double seconds = bench_fastest(clock, work.run, work.state);
    work.free(work.state);
    eqf_context_free(context);
    return work.flop * work.items / seconds * 1e-9;
}

/* Beyond the caches of any processor that this is run on. */
enum { TRIAD = 1 << 24 };

static void run_triad(void *state)
{
    float *restrict x = state;
    const float *restrict y = x + TRIAD, *restrict z = y + TRIAD;
    for (int i = 0; i < TRIAD; i++) x[i] = y[i] + 0.5f * z[i];
}

void bench_measure_machine(clockid_t clock, bench_machine *machine)
{
    for (int i = 0; i < GEMM * GEMM; i++) a[i] = b[i] = (float)(i % 7) - 3;
    name_library(machine);
    machine->sgemm = gemm_flop / bench_fastest(clock, run_sgemm, NULL) * 1e-9;
    machine->gemm = measure_own_gemm(clock);
    float *arrays = bench_new(3 * (size_t)TRIAD * sizeof *arrays);
    memset(arrays, 0, 3 * (size_t)TRIAD * sizeof *arrays); /* pages of their own */
    machine->bandwidth = 3.0 * TRIAD * sizeof *arrays / bench_fastest(clock, run_triad, arrays) * 1e-9;
    free(arrays);
}

/* ------------------------------------------------------------------------------------------------------------ memory -- */

void bench_reset_peak(void)
{
    malloc_trim(0);
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL) return; /* the peak is then that of the process so far */
    fputs("5", file);
    fclose(file);
}

double bench_peak(void)
{
    char line[128];
    long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1) break;
    if (file != NULL) fclose(file);
    return 1024.0 * (double)kilobytes;
}
