/* equiformer md: molecular dynamics. SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "dynamics.h"
#include "job.h"
#include "options.h"
#include "output.h"

typedef struct wishes {
    const char *output, *log;
    int64_t steps, every;
    double timestep, temperature, friction; /* fs, K, 1/ps */
    double skin;                            /* of the neighbour list; < 0: an Angstrom */
    uint64_t seed;
    bool json;
} wishes;

typedef struct simulation {
    job *job;
    const wishes *wishes;
    dynamics dynamics;
    double *velocities;
    eqf_frames_writer *writer;
    FILE *table; /* NULL: none is written */
    eqf_status status;
    double first;       /* conserved energy at the start */
    regression energy;  /* conserved energy per atom in eV, by time in ps */
    double temperature; /* sum over the steps */
} simulation;

static bool compute(void *user, const double *positions, double *potential, double *forces)
{
    simulation *s = user;
    eqf_system system = job_system(s->job, positions);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = potential;
    results.forces = forces;
    s->status = eqf_calculator_compute(s->job->context, s->job->calculator, &system, &results);
    return s->status == EQF_OK;
}

/* Potential and kinetic energy, less what came from the bath. */
static double conserved(const simulation *s)
{
    return s->dynamics.potential + dynamics_kinetic(&s->dynamics) - s->dynamics.heat;
}

static double temperature_of(const simulation *s)
{
    return 2 * dynamics_kinetic(&s->dynamics) / (dynamics_freedom(&s->dynamics) * s->job->units.boltzmann);
}

static void write_row(const simulation *s, int64_t step)
{
    const dynamics *d = &s->dynamics;
    double kinetic = dynamics_kinetic(d);
    if (step == 0)
        fprintf(s->table, "#%9s %12s %18s %16s %18s %12s %14s\n", "step", "time", "potential", "kinetic", "total",
                "temperature", "drift");
    fprintf(s->table, "%10lld %12.4f %18.9f %16.9f %18.9f %12.3f %14.6e\n", (long long)step, (double)step * d->timestep,
            d->potential, kinetic, d->potential + kinetic, temperature_of(s),
            (conserved(s) - s->first) / (double)d->natoms);
    fflush(s->table);
}

static bool write_frame(simulation *s, int64_t step)
{
    job *j = s->job;
    j->frame.has_energy = 1;
    j->frame.energy = s->dynamics.potential;
    j->frame.forces = j->forces;
    const eqf_frame_entry entries[] = {{"step", NULL, (double)step},
                                       {"time", NULL, (double)step * s->dynamics.timestep},
                                       {"temperature", NULL, temperature_of(s)}};
    s->status = eqf_frames_writer_add(j->context, s->writer, &j->frame, 3, entries);
    return s->status == EQF_OK;
}

/* After each step, the first one being none. */
static bool take_notes(simulation *s, int64_t step)
{
    const units *u = &s->job->units;
    if (step == 0) s->first = conserved(s);
    regression_add(&s->energy, 1e-3 * (double)step * s->dynamics.timestep,
                   u->energy * (conserved(s) - s->first) / (double)s->dynamics.natoms);
    s->temperature += temperature_of(s);
    if (step % s->wishes->every != 0 && step != s->wishes->steps) return true;
    if (s->table != NULL) write_row(s, step);
    return write_frame(s, step);
}

static void write_summary(const simulation *s)
{
    double slope = regression_slope(&s->energy), spread = regression_spread(&s->energy);
    double temperature = s->temperature / (double)s->energy.n;
    if (strcmp(s->wishes->output, "-") == 0) return;
    if (s->wishes->json) {
        printf("{\"natoms\": %lld, \"steps\": %lld, \"temperature\": ", (long long)s->job->natoms,
               (long long)s->wishes->steps);
        write_number(stdout, temperature);
        fputs(", \"drift\": ", stdout);
        write_number(stdout, slope);
        fputs(", \"fluctuation\": ", stdout);
        write_number(stdout, spread);
        fputs("}\n", stdout);
    } else {
        printf("drift %.3e eV/atom/ps, fluctuation %.3e eV/atom, mean temperature %.1f K\n", slope, spread,
               temperature);
    }
}

static int run(simulation *s)
{
    job *j = s->job;
    dynamics *d = &s->dynamics;
    int64_t step = 0;
    bool good = take_notes(s, step);
    while (good && step < s->wishes->steps) {
        step++;
        good = dynamics_step(d) && take_notes(s, step);
    }
    if (!good) return fail(j->command, "step %lld: %s", (long long)step, message_of(j->context, s->status));
    s->status = eqf_frames_writer_finish(j->context, s->writer);
    if (s->status != EQF_OK) return job_fail(j, s->status);
    if (s->table != NULL && s->table != stdout && ferror(s->table))
        return fail(j->command, "cannot write %s", s->wishes->log);
    write_summary(s);
    return finish_output(j->command);
}

static eqf_status set_skin(job *j, double skin)
{
    return eqf_calculator_set_skin(j->context, j->calculator, skin < 0 ? 1 / j->units.length : skin);
}

static bool open_table(simulation *s)
{
    const wishes *w = s->wishes;
    if (w->log != NULL && strcmp(w->log, "-") != 0)
        s->table = fopen(w->log, "w");
    else if (w->log != NULL || (!w->json && strcmp(w->output, "-") != 0))
        s->table = stdout;
    return w->log == NULL || s->table != NULL;
}

static int simulate(job *j, const wishes *w)
{
    simulation s = {.job = j, .wishes = w};
    s.velocities = calloc(3 * (size_t)j->natoms, sizeof *s.velocities);
    if (s.velocities == NULL) return job_fail_memory(j);
    s.dynamics = (dynamics){.natoms = j->natoms,
                            .masses = j->masses,
                            .positions = j->positions,
                            .velocities = s.velocities,
                            .forces = j->forces,
                            .acceleration = j->units.acceleration,
                            .timestep = w->timestep,
                            .friction = 1e-3 * w->friction,
                            .temperature = w->temperature * j->units.boltzmann,
                            .random = w->seed,
                            .user = &s,
                            .compute = compute};
    int exit_status = EXIT_FAILURE;
    s.status = set_skin(j, w->skin);
    if (s.status != EQF_OK)
        job_fail(j, s.status);
    else if (!dynamics_begin(&s.dynamics)) /* before files are emptied */
        fail(j->command, "step 0: %s", message_of(j->context, s.status));
    else if (!open_table(&s))
        fail(j->command, "cannot write %s: %s", w->log, strerror(errno));
    else if ((s.status = eqf_frames_writer_create(j->context, w->output, NULL, &s.writer)) != EQF_OK)
        job_fail(j, s.status);
    else
        exit_status = run(&s);
    if (s.table != NULL && s.table != stdout) fclose(s.table);
    eqf_frames_writer_free(s.writer);
    free(s.velocities);
    return exit_status;
}

int command_md(int argc, char **argv)
{
    wishes w = {.steps = 1000, .every = 10, .timestep = 0.5, .temperature = 300, .skin = -1};
    int precision = -1, threads = 0, exit_status = EXIT_SUCCESS;
    const option options[] = {
        {"output", 'o', "FILE", "the trajectory to write, as extended XYZ (required)", read_text, &w.output},
        {"steps", 0, "N", "number of steps (1000)", read_count, &w.steps},
        {"timestep", 0, "FS", "in femtoseconds (0.5)", read_positive, &w.timestep},
        {"temperature", 0, "K", "of the initial velocities and of the bath (300)", read_amount, &w.temperature},
        {"langevin", 0, "FRICTION", "couple to a bath, friction in 1/ps (0: constant energy)", read_amount,
         &w.friction},
        {"seed", 0, "N", "seed of velocities and bath (0)", read_seed, &w.seed},
        {"every", 0, "N", "steps from one frame and line to the next (10)", read_whole, &w.every},
        {"log", 0, "FILE", "write the table there, instead of to standard output ('-')", read_text, &w.log},
        {"skin", 0, "LENGTH",
         "how much farther than the cut-off to look for neighbours, and the more seldom (1 Angstrom)", read_amount,
         &w.skin},
        {"json", 'j', NULL, "one JSON object at the end, all digits; no table", read_switch, &w.json},
        {"precision", 0, "f32|f64|bf16", "of the computation (that of the model file)", read_arithmetic, &precision},
        {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &threads},
        {0}};
    const command_manual manual = {
        "md",
        "MODEL STRUCTURE -o FILE",
        "Runs molecular dynamics from the first frame of a file: velocity Verlet at constant energy or, with\n"
        "--langevin, the splitting BAOAB. Lengths and energies are in the units of the model, times in fs.\n"
        "The last line is the slope of the conserved energy, its fluctuation about that line (root mean\n"
        "square), and the mean temperature.",
        options,
        2,
        2};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    if (w.output == NULL) return fail_usage("md", "expected -o FILE, where the trajectory is to be written");
    if (w.log != NULL && strcmp(w.log, w.output) == 0)
        return fail_usage("md", "-o and --log are both %s, expected two files", w.output);
    if ((exit_status = check_output("md", w.output, w.json)) != EXIT_SUCCESS) return exit_status;
    job j;
    exit_status = job_open(&j, "md", argv[1], argv[2], precision, threads);
    if (exit_status == EXIT_SUCCESS) exit_status = simulate(&j, &w);
    job_close(&j);
    return exit_status;
}
