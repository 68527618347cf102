/* Energies and forces of all frames of a structure file: forces MODEL STRUCTURES. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include <equiformer/equiformer.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) == EQF_OK) break;                                                                                   \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, eqf_context_message(context));                              \
        exit(EXIT_FAILURE);                                                                                            \
    } while (0)

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL STRUCTURES\n", argv[0]);
        return EXIT_FAILURE;
    }
    eqf_context *context;
    eqf_model *model;
    eqf_calculator *calculator;
    eqf_frames *frames;
    if (eqf_context_create(NULL, &context) != EQF_OK) return EXIT_FAILURE;
    CHECK(eqf_model_load(context, argv[1], &model));
    CHECK(eqf_calculator_create(context, model, EQF_FLOAT64, &calculator));
    CHECK(eqf_frames_open(context, argv[2], NULL, &frames));

    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqf_status status;
    while ((status = eqf_frames_next(context, frames, &frame)) != EQF_END) {
        CHECK(status);
        double energy, *forces = calloc((size_t)frame.natoms + 1, 3 * sizeof *forces);
        if (forces == NULL) return EXIT_FAILURE;
        eqf_system system = EQF_SYSTEM_INIT;
        system.natoms = frame.natoms;
        system.atomic_numbers = frame.atomic_numbers;
        system.positions = frame.positions;
        system.cell = frame.cell;
        system.pbc = frame.pbc;
        eqf_results results = EQF_RESULTS_INIT;
        results.energy = &energy;
        results.forces = forces;
        CHECK(eqf_calculator_compute(context, calculator, &system, &results));

        printf("energy %.6f\n", energy);
        for (int64_t i = 0; i < frame.natoms; i++) {
            const double *f = forces + 3 * i;
            printf("%-2s %12.6f %12.6f %12.6f\n", eqf_element_symbol(frame.atomic_numbers[i]), f[0], f[1], f[2]);
        }
        free(forces);
    }
    eqf_frames_close(frames);
    eqf_calculator_free(calculator);
    eqf_model_free(model);
    eqf_context_free(context);
    return EXIT_SUCCESS;
}
