/* Opening and closing jobs. SPDX-License-Identifier: MIT */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "output.h"

int job_fail(const job *j, eqf_status status) { return fail(j->command, "%s", message_of(j->context, status)); }

int job_fail_memory(const job *j) { return fail(j->command, "memory is exhausted"); }

static int load_model(job *j, const char *path, int precision)
{
    eqf_status status = eqf_model_load(j->context, path, &j->model);
    if (status != EQF_OK) return job_fail(j, status);
    status = choose_arithmetic(j->context, j->model, precision, &j->precision);
    if (status == EQF_OK) status = eqf_calculator_create(j->context, j->model, j->precision, &j->calculator);
    if (status != EQF_OK) return job_fail(j, status);
    return units_of(j->command, j->context, j->model, &j->units) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Takes over what a reader's frame has: its arrays end with the reader. */
static int copy_frame(job *j, const eqf_structure *frame)
{
    size_t n = (size_t)frame->natoms, room = n + 1;
    j->natoms = frame->natoms;
    j->atomic_numbers = malloc(room * sizeof *j->atomic_numbers);
    j->positions = malloc(3 * room * sizeof *j->positions);
    j->forces = calloc(3 * room, sizeof *j->forces);
    j->masses = malloc(room * sizeof *j->masses);
    if (frame->tags != NULL) j->tags = malloc(room * sizeof *j->tags);
    if (j->atomic_numbers == NULL || j->positions == NULL || j->forces == NULL || j->masses == NULL ||
        (frame->tags != NULL && j->tags == NULL))
        return job_fail_memory(j);
    memcpy(j->atomic_numbers, frame->atomic_numbers, n * sizeof *j->atomic_numbers);
    memcpy(j->positions, frame->positions, 3 * n * sizeof *j->positions);
    if (frame->tags != NULL) memcpy(j->tags, frame->tags, n * sizeof *j->tags);
    for (size_t i = 0; i < n; i++) j->masses[i] = eqf_element_mass(j->atomic_numbers[i]);
    j->frame = (eqf_structure){.size = sizeof j->frame,
                               .natoms = frame->natoms,
                               .atomic_numbers = j->atomic_numbers,
                               .positions = j->positions,
                               .tags = j->tags};
    memcpy(j->frame.cell, frame->cell, sizeof j->frame.cell);
    memcpy(j->frame.pbc, frame->pbc, sizeof j->frame.pbc);
    return EXIT_SUCCESS;
}

static int load_structure(job *j, const char *path)
{
    eqf_frames *frames = NULL;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqf_status status = eqf_frames_open(j->context, path, NULL, &frames);
    if (status == EQF_OK) status = eqf_frames_next(j->context, frames, &frame);
    int exit_status = EXIT_FAILURE;
    if (status == EQF_OK && frame.natoms > 0)
        exit_status = copy_frame(j, &frame);
    else if (status == EQF_OK || status == EQF_END)
        fail(j->command, "%s has no atoms", path);
    else
        job_fail(j, status);
    eqf_frames_close(frames);
    return exit_status;
}

int job_open(job *j, const char *command, const char *model, const char *structure, int precision, int threads)
{
    *j = (job){.command = command};
    j->context = open_context(command, threads);
    if (j->context == NULL) return EXIT_FAILURE;
    int exit_status = load_model(j, model, precision);
    return exit_status == EXIT_SUCCESS ? load_structure(j, structure) : exit_status;
}

void job_close(job *j)
{
    free(j->atomic_numbers);
    free(j->tags);
    free(j->positions);
    free(j->forces);
    free(j->masses);
    eqf_calculator_free(j->calculator);
    eqf_model_free(j->model);
    eqf_context_free(j->context);
}

eqf_system job_system(const job *j, const double *positions)
{
    eqf_system system = EQF_SYSTEM_INIT;
    system.natoms = j->natoms;
    system.atomic_numbers = j->atomic_numbers;
    system.positions = positions == NULL ? j->positions : positions;
    system.cell = j->frame.cell;
    system.pbc = j->frame.pbc;
    system.tags = j->tags;
    return system;
}
