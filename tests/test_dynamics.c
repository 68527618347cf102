/* The integrators of the tool: what constant energy and a bath must give. Its source is part of this program, since it is
 * no part of the library. SPDX-License-Identifier: MIT */
#include "support/models.h"

#include "../tools/dynamics.c"

/* Atoms on springs, which tie them to their places, and, if there is one, a model whose cut-off is smooth. */
typedef struct world {
    test_allocator memory;
    eqf_context *context;
    eqf_model *model;
    eqf_calculator *calculator;
    model_system system;
    double spring;
    int calls, fail_at;
    double masses[MODEL_ATOMS], positions[3 * MODEL_ATOMS], velocities[3 * MODEL_ATOMS], forces[3 * MODEL_ATOMS];
    dynamics dynamics;
} world;

static bool compute(void *user, const double *positions, double *potential, double *forces)
{
    world *w = user;
    size_t size = 3 * (size_t)w->system.natoms;
    *potential = 0;
    memset(forces, 0, size * sizeof *forces);
    if (w->calculator != NULL) {
        eqf_system system = model_of(&w->system);
        eqf_results results = EQF_RESULTS_INIT;
        system.positions = positions;
        results.energy = potential;
        results.forces = forces;
        TEST_OK(w->context, eqf_calculator_compute(w->context, w->calculator, &system, &results));
    }
    for (size_t i = 0; i < size; i++) {
        double stretch = positions[i] - w->system.positions[i];
        *potential += 0.5 * w->spring * stretch * stretch;
        forces[i] -= w->spring * stretch;
    }
    return ++w->calls != w->fail_at;
}

/* Angstrom, eV, fs and u. */
static void begin(world *w, int64_t natoms, bool with_model)
{
    memset(w, 0, sizeof *w);
    w->context = test_context(&w->memory);
    w->system = model_molecule(natoms, 1);
    w->spring = 4;
    if (with_model) {
        eqf_config *config = model_small_config(w->context, MODEL_EXP);
        TEST_OK(w->context, eqf_config_set(w->context, config, "cutoff_mode", "smooth"));
        TEST_OK(w->context, eqf_model_create(w->context, config, 1, EQF_FLOAT64, &w->model));
        TEST_OK(w->context, eqf_calculator_create(w->context, w->model, EQF_FLOAT64, &w->calculator));
        eqf_config_free(config);
    }
    for (int64_t i = 0; i < natoms; i++) w->masses[i] = w->system.numbers[i] == 1 ? 1 : 2 * w->system.numbers[i];
    memcpy(w->positions, w->system.positions, sizeof w->positions);
    w->dynamics = (dynamics){.natoms = natoms,
                             .masses = w->masses,
                             .positions = w->positions,
                             .velocities = w->velocities,
                             .forces = w->forces,
                             .acceleration = 9.6485e-3,
                             .timestep = 0.5,
                             .temperature = 0.0258,
                             .random = 3,
                             .user = w,
                             .compute = compute};
}

static void finish(world *w)
{
    eqf_calculator_free(w->calculator);
    eqf_model_free(w->model);
    test_context_free(w->context, &w->memory);
}

/* ----------------------------------------------------------------------------------------------- constant energy -- */

static regression run(double timestep, double time)
{
    world w;
    regression energy = {0};
    begin(&w, 5, true);
    w.dynamics.timestep = timestep;
    assert_true(dynamics_begin(&w.dynamics));
    double first = w.dynamics.potential + dynamics_kinetic(&w.dynamics);
    for (int64_t step = 1; (double)step * timestep <= time; step++) {
        assert_true(dynamics_step(&w.dynamics));
        double total = w.dynamics.potential + dynamics_kinetic(&w.dynamics);
        regression_add(&energy, 1e-3 * timestep * (double)step, (total - first) / 5);
    }
    finish(&w);
    return energy;
}

/* The error of the second-order method: a quarter for half the time step, and no drift. */
static void test_conservation(void **state)
{
    (void)state;
    regression coarse = run(0.5, 100), fine = run(0.25, 100);
    assert_true(regression_spread(&coarse) < 1e-4); /* the kinetic energy is 0.04 eV per atom */
    assert_close(regression_spread(&coarse) / regression_spread(&fine), 4, 0.4);
    assert_close(regression_slope(&fine), 0, 2e-5);
}

static void test_reversal(void **state)
{
    (void)state;
    world w;
    begin(&w, 5, true);
    assert_true(dynamics_begin(&w.dynamics));
    double before[15], total = w.dynamics.potential + dynamics_kinetic(&w.dynamics);
    memcpy(before, w.velocities, sizeof before);
    for (int step = 0; step < 60; step++) assert_true(dynamics_step(&w.dynamics));
    double far = 0;
    for (int i = 0; i < 15; i++) {
        far = fmax(far, fabs(w.positions[i] - w.system.positions[i]));
        w.velocities[i] = -w.velocities[i];
    }
    assert_true(far > 0.05);
    for (int step = 0; step < 60; step++) assert_true(dynamics_step(&w.dynamics));
    for (int i = 0; i < 15; i++) before[i] = -before[i];
    assert_all_close(15, w.positions, w.system.positions, 1e-10);
    assert_all_close(15, w.velocities, before, 1e-11);
    assert_close(w.dynamics.potential + dynamics_kinetic(&w.dynamics), total, 1e-10);
    finish(&w);
}

/* ------------------------------------------------------------------------------------------------------ the bath -- */

/* The centre is at rest, and the mean over many draws is the temperature. */
static void test_velocities(void **state)
{
    (void)state;
    world w;
    double sum = 0;
    enum { DRAWS = 400 };
    begin(&w, 9, false);
    for (int i = 0; i < DRAWS; i++) {
        double momentum[3] = {0};
        assert_true(dynamics_begin(&w.dynamics));
        for (int k = 0; k < 27; k++) momentum[k % 3] += w.masses[k / 3] * w.velocities[k];
        for (int a = 0; a < 3; a++) assert_close(momentum[a], 0, 1e-14);
        sum += 2 * dynamics_kinetic(&w.dynamics) / dynamics_freedom(&w.dynamics);
    }
    assert_close(sum / DRAWS, w.dynamics.temperature, 4 * w.dynamics.temperature * sqrt(2.0 / (24 * DRAWS)));
    finish(&w);
}

/* Oscillators in a bath: the splitting gives exact positions, and velocities up to the time step; what the bath gave
 * explains the change of the energy. */
static void test_bath(void **state)
{
    (void)state;
    world w;
    begin(&w, 50, false);
    w.dynamics.friction = 0.05;
    w.dynamics.timestep = 1;
    assert_true(dynamics_begin(&w.dynamics));
    double first = w.dynamics.potential + dynamics_kinetic(&w.dynamics), kinetic = 0, potential = 0, worst = 0;
    enum { STEPS = 12000, SETTLE = 500 };
    for (int step = 0; step < STEPS; step++) {
        assert_true(dynamics_step(&w.dynamics));
        double total = w.dynamics.potential + dynamics_kinetic(&w.dynamics) - w.dynamics.heat;
        worst = fmax(worst, fabs(total - first));
        if (step < SETTLE) continue;
        kinetic += dynamics_kinetic(&w.dynamics) / (STEPS - SETTLE);
        potential += w.dynamics.potential / (STEPS - SETTLE);
    }
    double expected = 0.5 * 150 * w.dynamics.temperature; /* half a temperature for each of 150 coordinates */
    assert_close(potential, expected, 0.03 * expected);
    assert_close(kinetic, expected, 0.04 * expected);
    assert_true(worst < 0.05 * expected);
    assert_true(fabs(w.dynamics.heat) > worst);
    finish(&w);
}

/* ---------------------------------------------------------------------------------------------------------- rest -- */

static void test_failure(void **state)
{
    (void)state;
    world w;
    begin(&w, 3, false);
    w.fail_at = 1;
    assert_false(dynamics_begin(&w.dynamics));
    w.fail_at = 3;
    assert_true(dynamics_step(&w.dynamics));
    assert_false(dynamics_step(&w.dynamics));
    finish(&w);
}

static void test_regression(void **state)
{
    (void)state;
    regression r = {0};
    assert_close(regression_slope(&r), 0, 0);
    assert_close(regression_spread(&r), 0, 0);
    for (int i = 0; i < 100; i++) regression_add(&r, i, 1e6 + 0.25 * i + (i % 2 == 0 ? 0.125 : -0.125));
    assert_close(regression_slope(&r), 0.25, 1e-4);
    assert_close(regression_spread(&r), 0.125, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conservation), cmocka_unit_test(test_reversal), cmocka_unit_test(test_velocities),
        cmocka_unit_test(test_bath),         cmocka_unit_test(test_failure),  cmocka_unit_test(test_regression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
