/* Rotates molecules at random and shows what it does to energies and forces: equivariance MODEL STRUCTURES...
 * Fails unless E(R r) = E(r) and F(R r) = R F(r) to 1e-10 (times |F| where that is above 1).
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/equiformer.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) == EQF_OK) break;                                                                                   \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, eqf_context_message(context));                              \
        exit(EXIT_FAILURE);                                                                                            \
    } while (0)

static double *new_vectors(int64_t n)
{
    double *vectors = calloc((size_t)n + 1, 3 * sizeof *vectors);
    if (vectors != NULL) return vectors;
    fprintf(stderr, "memory is exhausted\n");
    exit(EXIT_FAILURE);
}

/* Energy and forces of a frame. */
static double compute(eqf_context *context, eqf_calculator *calculator, const eqf_structure *frame, double *forces)
{
    double energy;
    eqf_system system = EQF_SYSTEM_INIT;
    system.natoms = frame->natoms;
    system.atomic_numbers = frame->atomic_numbers;
    system.positions = frame->positions;
    system.cell = frame->cell;
    system.pbc = frame->pbc;
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = &energy;
    results.forces = forces;
    CHECK(eqf_calculator_compute(context, calculator, &system, &results));
    return energy;
}

/* Prints a line; returns whether the molecule obeys. */
static bool check_frame(eqf_context *context, eqf_calculator *calculator, const eqf_structure *frame, const char *name,
                        uint64_t seed)
{
    int64_t n = frame->natoms;
    double rotation[9], force = 0, difference = 0; /* sums of squares first, then norms */
    double *positions = new_vectors(n), *forces = new_vectors(n), *forces_of_turned = new_vectors(n);
    eqf_irreps *vector;
    CHECK(eqf_irreps_parse(context, "1x1o", &vector));
    eqf_rotation_random(seed, rotation);
    eqf_structure turned = *frame;
    turned.positions = positions;
    CHECK(eqf_irreps_rotate(context, vector, rotation, n, frame->positions, positions));
    CHECK(eqf_irreps_rotate(context, vector, rotation, 3, frame->cell, turned.cell));

    double energy = compute(context, calculator, frame, forces);
    double change = fabs(compute(context, calculator, &turned, forces_of_turned) - energy);
    CHECK(eqf_irreps_rotate(context, vector, rotation, n, forces, forces));
    for (int64_t i = 0; i < 3 * n; i++) {
        force += forces[i] * forces[i];
        difference += (forces_of_turned[i] - forces[i]) * (forces_of_turned[i] - forces[i]);
    }
    force = sqrt(force);
    difference = sqrt(difference);
    double allowed = 1e-10 * fmax(1, force);
    bool obeys = change <= allowed && difference <= allowed;
    printf("%-14s %4lld atoms   |F| = %8.3f   |E(Rr) - E(r)| = %.1e   |F(Rr) - R F(r)| = %.1e   %s\n", name,
           (long long)n, force, change, difference, obeys ? "ok" : "NOT EQUIVARIANT");
    eqf_irreps_free(vector);
    free(positions);
    free(forces);
    free(forces_of_turned);
    return obeys;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODEL STRUCTURES...\n", argv[0]);
        return EXIT_FAILURE;
    }
    eqf_context *context;
    eqf_model *model;
    eqf_calculator *calculator;
    if (eqf_context_create(NULL, &context) != EQF_OK) return EXIT_FAILURE;
    CHECK(eqf_model_load(context, argv[1], &model));
    CHECK(eqf_calculator_create(context, model, EQF_FLOAT64, &calculator));

    int checked = 0, failures = 0;
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/'), *name = slash == NULL ? argv[i] : slash + 1;
        eqf_frames *frames;
        CHECK(eqf_frames_open(context, argv[i], NULL, &frames));
        eqf_structure frame = EQF_STRUCTURE_INIT;
        eqf_status status;
        while ((status = eqf_frames_next(context, frames, &frame)) != EQF_END) {
            CHECK(status);
            if (!check_frame(context, calculator, &frame, name, (uint64_t)++checked)) failures++;
        }
        eqf_frames_close(frames);
    }
    eqf_calculator_free(calculator);
    eqf_model_free(model);
    eqf_context_free(context);
    if (checked == 0) fprintf(stderr, "no frames\n");
    return checked > 0 && failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
