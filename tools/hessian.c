/* equiformer hessian: harmonic frequencies of a structure. SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "job.h"
#include "minimize.h"
#include "options.h"
#include "output.h"
#include "vibrations.h"

/* 3 natoms lines of as many numbers. */
static int write_matrix(const job *j, const char *path, const double *hessian)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (file == NULL) return fail(j->command, "cannot write %s: %s", path, strerror(errno));
    int64_t size = 3 * j->natoms;
    for (int64_t i = 0; i < size * size; i++) {
        write_number(file, hessian[i]);
        fputc((i + 1) % size == 0 ? '\n' : ' ', file);
    }
    errno = 0;
    bool good = fflush(file) == 0 && !ferror(file);
    int exit_status = good ? EXIT_SUCCESS : fail(j->command, "cannot write %s: %s", path, strerror(errno));
    if (file != stdout) fclose(file);
    return exit_status;
}

/* Whether the file can be written is found before the work; what is in it stays until then. */
static int try_output(const job *j, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "a");
    if (file == NULL) return fail(j->command, "cannot write %s: %s", path, strerror(errno));
    if (file != stdout) fclose(file);
    return EXIT_SUCCESS;
}

static void write_table(const job *j, const vibrations *v, double energy, double zero_point)
{
    printf("%-24s%lld%s\n", "atoms", (long long)j->natoms, v->linear ? ", on a line" : "");
    printf("%-24s%.6f\n", "energy", energy);
    printf("%-24s%.6f\n", "largest force", longest_triple(3 * (size_t)j->natoms, j->forces));
    printf("%-24s%.6f\n", "zero-point energy", zero_point);
    printf("%-24s%s\n", "mode", "frequency, 1/cm");
    for (int k = 0; k < v->n; k++) printf("%-24d%12.3f\n", k, v->frequencies[k]);
}

static void write_list(int64_t n, const double *values)
{
    for (int64_t i = 0; i < n; i++) {
        fputs(i == 0 ? "[" : ", ", stdout);
        write_number(stdout, values[i]);
    }
    fputs(n == 0 ? "[]" : "]", stdout);
}

static void write_json(const job *j, const vibrations *v, double energy, double zero_point)
{
    printf("{\"natoms\": %lld, \"linear\": %s, \"energy\": ", (long long)j->natoms, v->linear ? "true" : "false");
    write_number(stdout, energy);
    fputs(", \"fmax\": ", stdout);
    write_number(stdout, longest_triple(3 * (size_t)j->natoms, j->forces));
    fputs(", \"zero_point_energy\": ", stdout);
    write_number(stdout, zero_point);
    fputs(", \"frequencies\": ", stdout);
    write_list(v->n, v->frequencies);
    fputs(", \"modes\": [", stdout);
    for (int64_t i = 0; i < v->n * j->natoms; i++) {
        fputs(i % j->natoms > 0 ? ", " : i == 0 ? "[" : ", [", stdout);
        write_list(3, &v->modes[3 * i]);
        if (i % j->natoms == j->natoms - 1) fputs("]", stdout);
    }
    fputs("]}\n", stdout);
}

static double zero_point_energy(const job *j, const vibrations *v)
{
    double sum = 0;
    for (int k = 0; k < v->n; k++)
        if (v->frequencies[k] > 0) sum += 0.5 * j->units.quantum * v->frequencies[k];
    return sum;
}

static int analyse(job *j, const char *output, bool json)
{
    size_t size = 3 * (size_t)j->natoms;
    if (output != NULL && try_output(j, output) != EXIT_SUCCESS) return EXIT_FAILURE;
    double *hessian = malloc(size * size * sizeof *hessian), energy;
    vibrations v = {0};
    if (hessian == NULL) return job_fail_memory(j);
    eqf_system system = job_system(j, NULL);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = &energy;
    results.forces = j->forces;
    eqf_status status = eqf_calculator_compute(j->context, j->calculator, &system, &results);
    if (status == EQF_OK) status = eqf_calculator_hessian(j->context, j->calculator, &system, NULL, hessian);
    int exit_status = status == EQF_OK ? EXIT_SUCCESS : job_fail(j, status);
    int written = exit_status == EXIT_SUCCESS && output != NULL ? write_matrix(j, output, hessian) : EXIT_SUCCESS;
    if (exit_status == EXIT_SUCCESS && (output == NULL || strcmp(output, "-") != 0)) {
        bool periodic = system.pbc[0] || system.pbc[1] || system.pbc[2];
        if (!vibrations_find(j->natoms, j->positions, j->masses, periodic, j->units.wave_number, hessian, &v))
            exit_status = job_fail_memory(j);
        else
            (json ? write_json : write_table)(j, &v, energy, zero_point_energy(j, &v));
    }
    vibrations_free(&v);
    free(hessian);
    if (exit_status == EXIT_SUCCESS) exit_status = finish_output(j->command);
    return exit_status == EXIT_SUCCESS ? written : exit_status;
}

int command_hessian(int argc, char **argv)
{
    const char *output = NULL;
    bool json = false;
    int precision = EQF_FLOAT64, threads = 0, exit_status = EXIT_SUCCESS;
    const option options[] = {{"output", 'o', "FILE",
                               "the matrix too, as text; '-' is standard output, without the table", read_text,
                               &output},
                              {"json", 'j', NULL, "one JSON object, all digits, with the modes", read_switch, &json},
                              {"precision", 0, "f32|f64", "of the computation (f64)", read_precision, &precision},
                              {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &threads},
                              {0}};
    const command_manual manual = {
        "hessian",
        "MODEL STRUCTURE",
        "Computes second derivatives of the energy of the first frame of a file, and the frequencies of its\n"
        "harmonic vibrations in 1/cm: without translations and, unless it is periodic, rotations; imaginary\n"
        "ones are negative. They mean something where forces vanish ('equiformer relax').",
        options,
        2,
        2};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    if ((exit_status = check_output("hessian", output, json)) != EXIT_SUCCESS) return exit_status;
    job j;
    exit_status = job_open(&j, "hessian", argv[1], argv[2], precision, threads);
    if (exit_status == EXIT_SUCCESS) exit_status = analyse(&j, output, json);
    job_close(&j);
    return exit_status;
}
