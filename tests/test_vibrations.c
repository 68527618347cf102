/* Eigenvalues, minimisation and vibrations of the tool. Their sources are part of this program, since they are no part of
 * the library. SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <equiformer/wigner.h>

#include "base/rng.h"

#include "../tools/eigen.c"
#include "../tools/minimize.c"
#include "../tools/vibrations.c"

/* --------------------------------------------------------------------------------------------------- eigenvalues -- */

/* Eigenvectors are orthonormal, and a vector times its value is the matrix times the vector. */
static void check_eigen(int n, const double *a)
{
    double copy[40 * 40], values[40], vectors[40 * 40];
    memcpy(copy, a, (size_t)(n * n) * sizeof *a);
    assert_true(symmetric_eigen(n, copy, values, vectors));
    for (int k = 0; k < n; k++) {
        assert_true(k == 0 || values[k] >= values[k - 1]);
        for (int m = 0; m < n; m++) {
            double product = 0, overlap = 0;
            for (int i = 0; i < n; i++) {
                product += a[n * m + i] * vectors[n * k + i];
                overlap += vectors[n * m + i] * vectors[n * k + i];
            }
            assert_close(product, values[k] * vectors[n * k + m], 1e-12 * n);
            assert_close(overlap, k == m, 1e-13 * n);
        }
    }
}

static void test_eigen(void **state)
{
    (void)state;
    double a[40 * 40] = {0}, values[40], vectors[40 * 40];
    check_eigen(0, a);
    check_eigen(5, a);
    for (int n = 1; n <= 40; n += n < 4 ? 1 : 9) {
        for (int i = 0; i < n; i++)
            for (int k = 0; k <= i; k++)
                a[n * i + k] = a[n * k + i] = eqfi_rng_normal(1, (uint64_t)n, (uint64_t)(n * i + k));
        check_eigen(n, a);
    }
    for (int i = 0; i < 36; i++) a[i] = i % 7 == 0 ? 3 : 1; /* five equal values, 2, and 8 */
    check_eigen(6, a);
    assert_true(symmetric_eigen(6, a, values, vectors));
    for (int k = 0; k < 5; k++) assert_close(values[k], 2, 1e-14);
    assert_close(values[5], 8, 1e-14);
    a[7] = NAN;
    assert_false(symmetric_eigen(6, a, values, vectors));
}

/* -------------------------------------------------------------------------------------------------- minimisation -- */

/* Rosenbrock's valley in three dimensions, bent around the origin of the present place. */
typedef struct valley {
    double x[3], asked[3];
    int calls, fail_at;
    bool lies; /* gradients of the wrong sign */
} valley;

static bool valley_at(void *user, const double *step, double *energy, double *gradient)
{
    valley *v = user;
    for (int i = 0; i < 3; i++) v->asked[i] = v->x[i] + step[i];
    const double *x = v->asked;
    double a = 1 - x[0], b = x[1] - x[0] * x[0], c = x[2] - x[1];
    *energy = a * a + 100 * b * b + 3 * c * c;
    gradient[0] = -2 * a - 400 * b * x[0];
    gradient[1] = 200 * b - 6 * c;
    gradient[2] = 6 * c;
    for (int i = 0; i < 3 && v->lies; i++) gradient[i] = -gradient[i];
    return ++v->calls != v->fail_at;
}

static void valley_move(void *user)
{
    valley *v = user;
    memcpy(v->x, v->asked, sizeof v->x);
}

static minimizer of_valley(valley *v)
{
    return (minimizer){.n = 3, .longest = 0.5, .stiffness = 50, .user = v, .at = valley_at, .move = valley_move};
}

static void test_minimizer(void **state)
{
    (void)state;
    valley v = {.x = {-1.2, 1, 4}};
    minimizer m = of_valley(&v);
    int steps = 0;
    assert_true(minimizer_begin(&m));
    for (; longest_triple(3, m.gradient) > 1e-9 && steps < 200; steps++) {
        double before[3], step[3], energy = m.energy;
        memcpy(before, v.x, sizeof before);
        assert_int_equal(minimizer_step(&m), MINIMIZER_MOVED);
        for (int i = 0; i < 3; i++) step[i] = v.x[i] - before[i];
        assert_true(m.energy < energy && longest_triple(3, step) < 0.5 + 1e-12);
    }
    for (int i = 0; i < 3; i++) assert_close(v.x[i], 1, 1e-9);
    assert_true(steps < 100);
    minimizer_end(&m);

    v = (valley){.x = {0, 0, 0}, .lies = true};
    m = of_valley(&v);
    assert_true(minimizer_begin(&m));
    assert_int_equal(minimizer_step(&m), MINIMIZER_STUCK);
    minimizer_end(&m);
    v = (valley){.x = {0, 0, 0}, .fail_at = 2};
    m = of_valley(&v);
    assert_true(minimizer_begin(&m));
    assert_int_equal(minimizer_step(&m), MINIMIZER_FAILED);
    minimizer_end(&m);
    v = (valley){.fail_at = 1};
    m = of_valley(&v);
    assert_false(minimizer_begin(&m));
    minimizer_end(&m);
}

/* ---------------------------------------------------------------------------------------------------- vibrations -- */

/* Springs between atoms at rest: H_ij = -k u u^T for the direction u from i to j. */
static void add_spring(int64_t natoms, const double *r, int i, int j, double k, double *hessian)
{
    double u[3], length = 0;
    for (int a = 0; a < 3; a++) u[a] = r[3 * j + a] - r[3 * i + a];
    for (int a = 0; a < 3; a++) length += u[a] * u[a];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            double h = k * u[a] * u[b] / length;
            hessian[3 * natoms * (3 * i + a) + 3 * i + b] += h;
            hessian[3 * natoms * (3 * j + a) + 3 * j + b] += h;
            hessian[3 * natoms * (3 * i + a) + 3 * j + b] -= h;
            hessian[3 * natoms * (3 * j + a) + 3 * i + b] -= h;
        }
}

static void test_springs(void **state)
{
    (void)state;
    vibrations v;
    double h[144] = {0};
    const double masses[4] = {1, 16, 12, 2}, pair[6] = {0.3, -0.2, 0.7, 1, 0.4, -0.1};
    add_spring(2, pair, 0, 1, 5, h);
    assert_true(vibrations_find(2, pair, masses, false, 2, h, &v));
    assert_int_equal(v.n, 1);
    assert_true(v.linear);
    assert_close(v.frequencies[0], 2 * sqrt(5 * (1 + 1 / 16.0)), 1e-12);
    for (int a = 0; a < 3; a++) /* the centre of mass rests */
        assert_close(masses[0] * v.modes[a] + masses[1] * v.modes[3 + a], 0, 1e-13);
    vibrations_free(&v);

    /* On a line: two stretches, and two bends that springs along the line do not hold. */
    double line[9], r[9] = {0, 0, 0, 1, 0, 0, -0.9, 0, 0}, rotation[9];
    eqf_rotation_random(4, rotation);
    for (int i = 0; i < 9; i++) line[i] = rotation[3 * (i % 3)] * r[3 * (i / 3)];
    memset(h, 0, sizeof h);
    add_spring(3, line, 0, 1, 5, h);
    add_spring(3, line, 0, 2, 3, h);
    assert_true(vibrations_find(3, line, masses, false, 1, h, &v));
    assert_int_equal(v.n, 4);
    assert_true(v.linear);
    for (int k = 0; k < 2; k++) assert_close(v.frequencies[k], 0, 1e-6);
    double sum = 5 * (1 / masses[0] + 1 / masses[1]) + 3 * (1 / masses[0] + 1 / masses[2]);
    assert_close(pow(v.frequencies[2], 2) + pow(v.frequencies[3], 2), sum, 1e-12);
    vibrations_free(&v);

    /* A triangle has three modes; without the stiffness of one side one of them is free, beyond it imaginary. In a crystal
     * rotations are no motions of the whole. */
    const double corners[9] = {0, 0, 0, 1, 0.1, 0, 0.2, 1.1, -0.3};
    for (int k = 0; k < 3; k++) {
        memset(h, 0, sizeof h);
        add_spring(3, corners, 0, 1, 5, h);
        add_spring(3, corners, 0, 2, 3, h);
        add_spring(3, corners, 1, 2, 1 - k, h);
        assert_true(vibrations_find(3, corners, masses, false, 1, h, &v));
        assert_int_equal(v.n, 3);
        assert_false(v.linear);
        if (k == 0) assert_true(v.frequencies[0] > 0.1);
        if (k == 1) assert_close(v.frequencies[0], 0, 1e-6);
        if (k == 2) assert_true(v.frequencies[0] < -0.1);
        vibrations_free(&v);
    }
    assert_true(vibrations_find(3, corners, masses, true, 1, h, &v));
    assert_int_equal(v.n, 6);
    vibrations_free(&v);
    memset(h, 0, sizeof h);
    assert_true(vibrations_find(1, corners, masses, false, 1, h, &v));
    assert_int_equal(v.n, 0);
    vibrations_free(&v);
    h[4] = NAN;
    assert_false(vibrations_find(2, pair, masses, false, 1, h, &v));
}

/* ------------------------------------------------------------------------------------------------------- a model -- */

typedef struct place {
    eqf_context *context;
    eqf_calculator *calculator;
    model_system here, asked;
} place;

static bool place_at(void *user, const double *step, double *energy, double *gradient)
{
    place *p = user;
    eqf_results results = EQF_RESULTS_INIT;
    p->asked = p->here;
    for (int64_t i = 0; i < 3 * p->here.natoms; i++) p->asked.positions[i] += step[i];
    eqf_system system = model_of(&p->asked);
    results.energy = energy;
    results.forces = gradient;
    TEST_OK(p->context, eqf_calculator_compute(p->context, p->calculator, &system, &results));
    for (int64_t i = 0; i < 3 * p->here.natoms; i++) gradient[i] = -gradient[i];
    return true;
}

static void place_move(void *user)
{
    place *p = user;
    p->here = p->asked;
}

/* Where a molecule is at rest, the Hessian has six eigenvalues 0, and no negative one if it is a minimum. */
static void test_molecule(void **state)
{
    (void)state;
    enum { ATOMS = 5, SIZE = 3 * ATOMS };
    test_allocator memory;
    place p = {.context = test_context(&memory), .here = model_molecule(ATOMS, 2)};
    eqf_config *config = model_small_config(p.context, MODEL_EXP);
    eqf_model *model = NULL;
    TEST_OK(p.context, eqf_config_set(p.context, config, "cutoff_mode", "smooth"));
    TEST_OK(p.context, eqf_model_create(p.context, config, 4, EQF_FLOAT64, &model));
    TEST_OK(p.context, eqf_calculator_create(p.context, model, EQF_FLOAT64, &p.calculator));
    minimizer m = {
        .n = SIZE, .longest = 0.2, .stiffness = 70, .noise = 1e-15, .user = &p, .at = place_at, .move = place_move};
    assert_true(minimizer_begin(&m));
    assert_true(longest_triple(SIZE, m.gradient) > 1e-2);
    for (int step = 0; step < 500 && longest_triple(SIZE, m.gradient) > 1e-9; step++)
        if (minimizer_step(&m) != MINIMIZER_MOVED) break;
    assert_true(longest_triple(SIZE, m.gradient) < 1e-7);
    minimizer_end(&m);

    double hessian[SIZE * SIZE], values[SIZE], vectors[SIZE * SIZE];
    eqf_system system = model_of(&p.here);
    int64_t symmetric = -1;
    TEST_OK(p.context, eqf_calculator_check_symmetry(p.context, p.calculator, &system, NULL, &symmetric));
    assert_int_equal(symmetric, 0);
    TEST_OK(p.context, eqf_calculator_hessian(p.context, p.calculator, &system, NULL, hessian));
    assert_true(symmetric_eigen(SIZE, hessian, values, vectors));
    int zeros = 0;
    for (int k = 0; k < SIZE; k++) {
        assert_true(values[k] > -1e-6 * values[SIZE - 1]);
        zeros += values[k] < 1e-6 * values[SIZE - 1];
    }
    assert_int_equal(zeros, 6);
    eqf_calculator_free(p.calculator);
    eqf_model_free(model);
    eqf_config_free(config);
    test_context_free(p.context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eigen),
        cmocka_unit_test(test_minimizer),
        cmocka_unit_test(test_springs),
        cmocka_unit_test(test_molecule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
