/* equiformer relax: structures of lowest energy. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "dataset_write.h"
#include "job.h"
#include "minimize.h"
#include "options.h"
#include "output.h"

/* Coordinates of a step are displacements d of the atoms and, with the cell, 9 numbers natoms * strain, a symmetric matrix:
 *
 *     cell -> cell exp(strain),    r -> (r + d) exp(strain)
 *
 * The gradient by the latter is volume * stress / natoms, so that forces on atoms and cell are of one size, as in ASE's
 * filters of cells. */
typedef struct relaxation {
    job *job;
    bool with_cell, with_stress;
    double cell[9], stress[9];    /* where we stand */
    double *trial, *trial_forces; /* [natoms][3] where the energy was asked for last */
    double trial_cell[9], trial_stress[9];
    eqf_status status;
    frames_file file; /* the result */
} relaxation;

static void multiply(const double *a, const double *b, double *out)
{
    for (int i = 0; i < 9; i++)
        out[i] = a[3 * (i / 3)] * b[i % 3] + a[3 * (i / 3) + 1] * b[3 + i % 3] + a[3 * (i / 3) + 2] * b[6 + i % 3];
}

/* exp(m), by its series: steps are small. */
static void exponential(const double *m, double *out)
{
    double term[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, next[9];
    memcpy(out, term, sizeof term);
    for (int k = 1; k < 20; k++) {
        multiply(term, m, next);
        for (int i = 0; i < 9; i++) out[i] += term[i] = next[i] / k;
    }
}

static double volume_of(const double *m)
{
    return fabs(m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
                m[2] * (m[3] * m[7] - m[4] * m[6]));
}

static bool at(void *user, const double *step, double *energy, double *gradient)
{
    relaxation *r = user;
    const job *j = r->job;
    int64_t n = j->natoms;
    double strain[9] = {0}, deformation[9];
    for (int i = 0; r->with_cell && i < 9; i++) strain[i] = step[3 * n + i] / (double)n;
    exponential(strain, deformation);
    multiply(r->cell, deformation, r->trial_cell);
    for (int64_t i = 0; i < n; i++)
        for (int b = 0; b < 3; b++) {
            r->trial[3 * i + b] = 0;
            for (int a = 0; a < 3; a++)
                r->trial[3 * i + b] += (j->positions[3 * i + a] + step[3 * i + a]) * deformation[3 * a + b];
        }
    eqf_system system = job_system(j, r->trial);
    eqf_results results = EQF_RESULTS_INIT;
    system.cell = r->trial_cell;
    results.energy = energy;
    results.forces = r->trial_forces;
    results.stress = r->with_stress ? r->trial_stress : NULL;
    r->status = eqf_calculator_compute(j->context, j->calculator, &system, &results);
    if (r->status != EQF_OK) return false;
    for (int64_t i = 0; i < 3 * n; i++) gradient[i] = -r->trial_forces[i];
    for (int i = 0; r->with_cell && i < 9; i++)
        gradient[3 * n + i] = volume_of(r->trial_cell) * r->trial_stress[i] / (double)n;
    return true;
}

static void move(void *user)
{
    relaxation *r = user;
    size_t bytes = 3 * (size_t)r->job->natoms * sizeof *r->trial;
    memcpy(r->job->positions, r->trial, bytes);
    memcpy(r->job->forces, r->trial_forces, bytes);
    memcpy(r->cell, r->trial_cell, sizeof r->cell);
    memcpy(r->stress, r->trial_stress, sizeof r->stress);
    memcpy(r->job->frame.cell, r->trial_cell, sizeof r->trial_cell);
}

static double largest(int n, const double *x)
{
    double most = 0;
    for (int i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

static void write_row(const relaxation *r, const minimizer *m, long long step)
{
    if (step == 0)
        printf("%6s %18s %14s%s\n", "step", "energy", "largest force", r->with_stress ? "         stress" : "");
    printf("%6lld %18.8f %14.6f", step, m->energy, longest_triple(3 * (size_t)r->job->natoms, r->job->forces));
    if (r->with_stress) printf(" %14.8f", largest(9, r->stress));
    fputs("\n", stdout);
    fflush(stdout);
}

static void write_json(const relaxation *r, const minimizer *m, long long steps, bool converged)
{
    static const int voigt[6] = {0, 4, 8, 5, 2, 1};
    printf("{\"natoms\": %lld, \"steps\": %lld, \"converged\": %s, \"energy\": ", (long long)r->job->natoms, steps,
           converged ? "true" : "false");
    write_number(stdout, m->energy);
    fputs(", \"fmax\": ", stdout);
    write_number(stdout, longest_triple(3 * (size_t)r->job->natoms, r->job->forces));
    for (int i = 0; r->with_stress && i < 6; i++) {
        fputs(i == 0 ? ", \"stress\": [" : ", ", stdout);
        write_number(stdout, r->stress[voigt[i]]);
    }
    fputs(r->with_stress ? "]}\n" : "}\n", stdout);
}

static int write_frame(relaxation *r, const minimizer *m)
{
    job *j = r->job;
    j->frame.has_energy = 1;
    j->frame.energy = m->energy;
    j->frame.forces = j->forces;
    j->frame.has_stress = r->with_stress;
    memcpy(j->frame.stress, r->stress, sizeof r->stress);
    eqf_status status = eqf_frames_writer_add(j->context, r->file.writer, &j->frame, 0, NULL);
    if (status != EQF_OK) return job_fail(j, status);
    return frames_file_close(j->command, j->context, &r->file, true);
}

typedef struct wishes {
    const char *output;
    double fmax;
    int64_t steps;
    bool cell, json;
} wishes;

/* Steps until the gradient is small; EXIT_FAILURE after saying what went wrong, or why it does not become small. */
static int descend(relaxation *r, minimizer *m, const wishes *w)
{
    bool table = !w->json && strcmp(w->output, "-") != 0;
    minimizer_result result = MINIMIZER_MOVED;
    int64_t step = 0;
    for (;; step++) {
        if (table) write_row(r, m, (long long)step);
        if (longest_triple(m->n, m->gradient) <= w->fmax || step == w->steps) break;
        result = minimizer_step(m);
        if (result == MINIMIZER_FAILED) return job_fail(r->job, r->status);
        if (result == MINIMIZER_STUCK) break;
    }
    double left = longest_triple(m->n, m->gradient);
    int exit_status = write_frame(r, m);
    if (exit_status != EXIT_SUCCESS) return exit_status;
    if (w->json) write_json(r, m, (long long)step, left <= w->fmax);
    if (left <= w->fmax) return finish_output(r->job->command);
    if (result == MINIMIZER_STUCK)
        return fail(r->job->command, "not converged: no step from a largest force of %g lowers the energy", left);
    return fail(r->job->command, "not converged: the largest force is %g after %lld steps, expected %g or less", left,
                (long long)step, w->fmax);
}

static int relax(job *j, const wishes *w)
{
    size_t n = (size_t)j->natoms;
    relaxation r = {.job = j, .with_cell = w->cell};
    r.with_stress = w->cell || (j->frame.pbc[0] && j->frame.pbc[1] && j->frame.pbc[2]);
    memcpy(r.cell, j->frame.cell, sizeof r.cell);
    r.trial = malloc(3 * n * sizeof *r.trial);
    r.trial_forces = malloc(3 * n * sizeof *r.trial_forces);
    /* As ASE's: 0.2 Angstrom at most, 70 eV/Angstrom^2. */
    minimizer m = {.n = 3 * n + (w->cell ? 9 : 0),
                   .longest = 0.2 / j->units.length,
                   .stiffness = 70 / j->units.energy * j->units.length * j->units.length,
                   .user = &r,
                   .at = at,
                   .move = move};
    int64_t symmetric = 0;
    eqf_system system = job_system(j, NULL);
    r.status = eqf_calculator_set_skin(j->context, j->calculator, 1 / j->units.length); /* steps become short */
    if (r.status == EQF_OK)
        r.status = eqf_calculator_check_symmetry(j->context, j->calculator, &system, NULL, &symmetric);
    int exit_status = EXIT_SUCCESS;
    if (r.status != EQF_OK)
        exit_status = job_fail(j, r.status);
    else if (r.trial == NULL || r.trial_forces == NULL || (!minimizer_begin(&m) && r.status == EQF_OK))
        exit_status = job_fail_memory(j);
    else if (r.status != EQF_OK)
        exit_status = job_fail(j, r.status);
    if (exit_status == EXIT_SUCCESS) exit_status = frames_file_open(j->command, j->context, w->output, &r.file);
    if (exit_status == EXIT_SUCCESS) {
        m.noise = (j->precision == EQF_FLOAT32 ? 1e-6 : 1e-13) * fmax(fabs(m.energy), 1e-2);
        move(&r);
        exit_status = descend(&r, &m, w);
        if (symmetric == 0) eqf_calculator_check_symmetry(j->context, j->calculator, &system, NULL, NULL);
    }
    frames_file_close(j->command, j->context, &r.file, false);
    minimizer_end(&m);
    free(r.trial);
    free(r.trial_forces);
    return exit_status;
}

int command_relax(int argc, char **argv)
{
    wishes w = {.fmax = 0.01, .steps = 500};
    int precision = -1, threads = 0, exit_status = EXIT_SUCCESS;
    const option options[] = {
        {"output", 'o', "FILE", "the structure to write, as extended XYZ (required)", read_text, &w.output},
        {"fmax", 0, "FORCE", "largest force that may remain (0.01)", read_positive, &w.fmax},
        {"steps", 0, "N", "steps at most (500)", read_count, &w.steps},
        {"cell", 0, NULL, "change the cell too, until its stress vanishes", read_switch, &w.cell},
        {"json", 'j', NULL, "one JSON object at the end, all digits", read_switch, &w.json},
        {"precision", 0, "f32|f64|bf16", "of the computation (that of the model file)", read_arithmetic, &precision},
        {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &threads},
        {0}};
    const command_manual manual = {
        "relax",
        "MODEL STRUCTURE -o FILE",
        "Moves the atoms of the first frame of a file to where the energy is lowest (limited-memory BFGS).\n"
        "Units are those of the model. The file is written, and the exit status is 1, also if largest forces\n"
        "remain above the limit.",
        options,
        2,
        2};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    if (w.output == NULL) return fail_usage("relax", "expected -o FILE, where the structure is to be written");
    if ((exit_status = check_output("relax", w.output, w.json)) != EXIT_SUCCESS) return exit_status;
    job j;
    exit_status = job_open(&j, "relax", argv[1], argv[2], precision, threads);
    if (exit_status == EXIT_SUCCESS) exit_status = relax(&j, &w);
    job_close(&j);
    return exit_status;
}
