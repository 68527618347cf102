/* Dynamics at constant energy through the library's calls: nve [STEPS [TIMESTEP]]
 *
 * A small model with random parameters and smooth cut-off moves methanol. Random parameters know no chemistry: springs
 * that the program adds tie every atom to its place. Prints how well the energy is conserved: the slope of its regression
 * line and the fluctuation about it. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <equiformer/equiformer.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) == EQF_OK) break;                                                                                   \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, eqf_context_message(context));                              \
        exit(EXIT_FAILURE);                                                                                            \
    } while (0)

/* Angstrom, eV, femtoseconds, atomic mass units. CODATA 2018. */
static const double acceleration = 9.6485332e-3; /* of 1 u by 1 eV/Angstrom, in Angstrom/fs^2 */
static const double boltzmann = 8.617333262e-5;  /* eV/K */
static const double temperature = 300, spring = 5;

enum { ATOMS = 6, SIZE = 3 * ATOMS };

static const int elements[ATOMS] = {6, 8, 1, 1, 1, 1};
static const double places[SIZE] = {-0.05, 0.66, 0.02, 0.07,  -0.76, -0.05, 0.99,  1.11,  0.06,
                                    -0.52, 1.06, 0.91, -0.61, 0.98,  -0.88, -0.84, -1.10, 0.09};

/* A model of the published kind, but small, whose energy is smooth where a neighbour crosses the cut-off. */
static eqf_model *make_model(eqf_context *context)
{
    static const char *const keys[][2] = {{"cutoff_mode", "smooth"},
                                          {"max_radius", "3"},
                                          {"num_layers", "2"},
                                          {"number_of_basis", "16"},
                                          {"fc_neurons", "16,16"},
                                          {"irreps_node_embedding", "16x0e+8x1e+4x2e"},
                                          {"irreps_head", "4x0e+2x1e+1x2e"},
                                          {"irreps_mlp_mid", "32x0e+16x1e+8x2e"},
                                          {"irreps_feature", "32x0e"}};
    eqf_config *config;
    eqf_model *model;
    CHECK(eqf_config_preset(context, "graph_attention_transformer_nonlinear_exp_l2_md17", &config));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CHECK(eqf_config_set(context, config, keys[i][0], keys[i][1]));
    CHECK(eqf_model_create(context, config, 1, EQF_FLOAT64, &model));
    eqf_config_free(config);
    return model;
}

/* Forces of the model and of the springs; returns their energy. */
static double compute(eqf_context *context, eqf_calculator *calculator, const double *positions, double *forces)
{
    double energy;
    eqf_system system = EQF_SYSTEM_INIT;
    eqf_results results = EQF_RESULTS_INIT;
    system.natoms = ATOMS;
    system.atomic_numbers = elements;
    system.positions = positions;
    results.energy = &energy;
    results.forces = forces;
    CHECK(eqf_calculator_compute(context, calculator, &system, &results));
    for (int i = 0; i < SIZE; i++) {
        double stretch = positions[i] - places[i];
        energy += 0.5 * spring * stretch * stretch;
        forces[i] -= spring * stretch;
    }
    return energy;
}

/* Standard normal, the sum of twelve uniform numbers. */
static double draw(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 11) * 0x1p-53;
    }
    return sum;
}

static double kinetic(const double *velocities)
{
    double sum = 0;
    for (int i = 0; i < SIZE; i++) sum += eqf_element_mass(elements[i / 3]) * velocities[i] * velocities[i];
    return 0.5 * sum / acceleration;
}

int main(int argc, char **argv)
{
    long steps = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
    double timestep = argc > 2 ? strtod(argv[2], NULL) : 0.5;
    if (argc > 3 || steps < 1 || !(timestep > 0)) {
        fprintf(stderr, "usage: %s [STEPS [TIMESTEP]]\n", argv[0]);
        return EXIT_FAILURE;
    }
    eqf_context *context;
    eqf_calculator *calculator;
    if (eqf_context_create(NULL, &context) != EQF_OK) return EXIT_FAILURE;
    eqf_model *model = make_model(context);
    CHECK(eqf_calculator_create(context, model, EQF_FLOAT64, &calculator));

    double positions[SIZE], velocities[SIZE], forces[SIZE];
    uint64_t state = 1;
    for (int i = 0; i < SIZE; i++) {
        positions[i] = places[i];
        velocities[i] = sqrt(boltzmann * temperature * acceleration / eqf_element_mass(elements[i / 3])) * draw(&state);
    }
    double potential = compute(context, calculator, positions, forces), first = potential + kinetic(velocities);
    double t = 0, e = 0, tt = 0, te = 0, ee = 0, warmth = 0; /* means, then sums of products of deviations */
    for (long step = 1; step <= steps; step++) {
        for (int i = 0; i < SIZE; i++) {
            velocities[i] += 0.5 * timestep * acceleration * forces[i] / eqf_element_mass(elements[i / 3]);
            positions[i] += timestep * velocities[i];
        }
        potential = compute(context, calculator, positions, forces);
        for (int i = 0; i < SIZE; i++)
            velocities[i] += 0.5 * timestep * acceleration * forces[i] / eqf_element_mass(elements[i / 3]);

        double time = 1e-3 * timestep * (double)step, energy = (potential + kinetic(velocities) - first) / ATOMS;
        double dt = time - t, de = energy - e;
        t += dt / (double)step;
        e += de / (double)step;
        tt += dt * (time - t);
        te += dt * (energy - e);
        ee += de * (energy - e);
        warmth += 2 * kinetic(velocities) / (SIZE * boltzmann);
    }
    double slope = steps > 1 ? te / tt : 0, left = ee - slope * te;
    printf("%ld steps of %g fs at %.0f K: drift %.3e eV/atom/ps, fluctuation %.3e eV/atom\n", steps, timestep,
           warmth / (double)steps, slope, sqrt(left > 0 ? left / (double)steps : 0));
    eqf_calculator_free(calculator);
    eqf_model_free(model);
    eqf_context_free(context);
    return EXIT_SUCCESS;
}
