/* Energies of atoms by least squares: exact, overdetermined, without full rank, badly conditioned; statistics.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/dataset.h>

#include "base/rng.h"

enum { ATOMS_MAX = 4000, SAMPLES_MAX = 3000 };

static test_allocator memory;
static eqf_context *context;
static eqf_dataset *dataset;

static int numbers[ATOMS_MAX];
static double positions[3 * ATOMS_MAX];
static eqf_structure structures[SAMPLES_MAX];
static int64_t count, atoms;

/* Adds a structure of this energy with so many atoms of elements a, b and c. */
static void add(double energy, int a, int na, int b, int nb, int c, int nc)
{
    eqf_structure *s = &structures[count++];
    *s = (eqf_structure){.size = sizeof *s, .natoms = na + nb + nc, .has_energy = 1, .energy = energy};
    s->atomic_numbers = &numbers[atoms];
    s->positions = positions;
    for (int i = 0; i < na; i++) numbers[atoms++] = a;
    for (int i = 0; i < nb; i++) numbers[atoms++] = b;
    for (int i = 0; i < nc; i++) numbers[atoms++] = c;
    assert_true(atoms <= ATOMS_MAX && count <= SAMPLES_MAX);
}

static void make(void)
{
    eqf_dataset_free(dataset);
    dataset = NULL;
    TEST_OK(context, eqf_dataset_create(context, count, structures, NULL, &dataset));
}

static void fit(double references[119])
{
    make();
    TEST_OK(context, eqf_dataset_fit_references(context, dataset, references));
}

static int draw(int i, int most) { return (int)(eqfi_rng_uniform(1, 2, (uint64_t)i) * (most + 1)); }

static void test_exact(void **state)
{
    (void)state;
    double found[119], wanted[119] = {0};
    wanted[1] = -13.6;
    wanted[6] = -1029.5;
    wanted[8] = -2041.25;
    for (int i = 0; i < 20; i++) {
        int h = draw(3 * i, 20), c = draw(3 * i + 1, 9) + 1, o = draw(3 * i + 2, 4);
        add(h * wanted[1] + c * wanted[6] + o * wanted[8], 8, o, 1, h, 6, c);
    }
    fit(found);
    assert_all_close(119, found, wanted, 1e-10);
}

/* Two unknowns: the normal equations, solved by Cramer's rule. */
static void test_overdetermined(void **state)
{
    (void)state;
    double found[119], aa = 0, ab = 0, bb = 0, ay = 0, by = 0;
    for (int i = 0; i < 30; i++) {
        int a = 1 + draw(2 * i, 5), b = draw(2 * i + 1, 7);
        double y = -3.5 * a - 70 * b + eqfi_rng_normal(5, 6, (uint64_t)i);
        add(y, 22, a, 7, b, 0, 0);
        aa += a * a;
        ab += a * b;
        bb += b * b;
        ay += a * y;
        by += b * y;
    }
    fit(found);
    double determinant = aa * bb - ab * ab;
    assert_close(found[22], (ay * bb - by * ab) / determinant, 1e-11);
    assert_close(found[7], (by * aa - ay * ab) / determinant, 1e-11);
}

/* Of one composition only the sum is known: the smallest solution is along the composition. */
static void test_one_composition(void **state)
{
    (void)state;
    double found[119], wanted[119] = {0};
    for (int i = 0; i < 5; i++) add(-34 + i - 2, 6, 1, 1, 4, 0, 0);
    fit(found);
    wanted[6] = -2;
    wanted[1] = -8;
    assert_all_close(119, found, wanted, 1e-13);
}

/* Where two elements always come together, they have the same energy, and the third is known. */
static void test_pairs(void **state)
{
    (void)state;
    double found[119], wanted[119] = {0};
    for (int i = 0; i < 12; i++) {
        int pairs = 1 + draw(i, 6), others = i;
        add(-10.5 * pairs - 4 * others, 42, pairs, 45, pairs, 13, others);
    }
    fit(found);
    wanted[42] = wanted[45] = -5.25;
    wanted[13] = -4;
    assert_all_close(119, found, wanted, 1e-11);
}

/* One atom among thousands of another kind is still seen; the normal equations would have lost half of the digits. */
static void test_rare_element(void **state)
{
    (void)state;
    double found[119];
    for (int i = 0; i < 2999; i++) add(-1000.0, 6, 1, 0, 0, 0, 0);
    add(-1000 * 900 - 0.125, 6, 900, 118, 1, 0, 0);
    fit(found);
    assert_close(found[6], -1000, 1e-9);
    assert_close(found[118], -0.125, 1e-8);
}

static void test_badly_conditioned(void **state)
{
    (void)state;
    double found[119];
    for (int i = 0; i < 2; i++) add(-2.0 * (900 + i) - 3.0 * 900, 1, 900 + i, 2, 900, 0, 0);
    fit(found);
    assert_close(found[1], -2, 1e-8);
    assert_close(found[2], -3, 1e-8);
}

static void test_refusals(void **state)
{
    (void)state;
    double found[119] = {7};
    add(-1, 1, 1, 0, 0, 0, 0);
    add(-1, 1, 2, 0, 0, 0, 0);
    structures[1].has_energy = 0;
    make();
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "structures: frame 1: it has no energy",
               eqf_dataset_fit_references(context, dataset, found));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_fit_references(context, dataset, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_fit_references(context, NULL, found));
    assert_true(found[0] == 7);
    count = 0;
    fit(found);
    for (int i = 0; i < 119; i++) assert_true(found[i] == 0);
}

static eqf_status fit_again(eqf_context *of, void *argument)
{
    double found[119];
    eqf_statistics statistics = EQF_STATISTICS_INIT;
    eqf_status status = eqf_dataset_fit_references(of, argument, found);
    return status != EQF_OK ? status : eqf_dataset_statistics(of, argument, &statistics);
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    add(-1, 1, 1, 0, 0, 0, 0);
    make();
    test_every_allocation(fit_again, dataset);
}

/* ---------------------------------------------------------------------------------------------------- statistics -- */

static eqf_statistics survey(void)
{
    eqf_statistics statistics = EQF_STATISTICS_INIT;
    make();
    TEST_OK(context, eqf_dataset_statistics(context, dataset, &statistics));
    return statistics;
}

static void test_moments(void **state)
{
    (void)state;
    static const double forces[6] = {1, -2, 2, 0, 0.5, 0};
    add(-17000.5, 6, 1, 1, 1, 0, 0);
    add(-17001, 6, 1, 0, 0, 0, 0);
    add(-17003, 8, 1, 0, 0, 0, 0);
    add(-7, 8, 1, 0, 0, 0, 0);
    structures[0].forces = forces;
    structures[2].has_stress = 1;
    structures[2].stress[0] = 3;
    structures[3].has_energy = 0;
    structures[3].positions = positions + 6;
    eqf_statistics s = survey();
    assert_int_equal(s.samples, 4);
    assert_int_equal(s.atoms, 5);
    assert_int_equal(s.atoms_max, 2);
    assert_int_equal(s.labels, 0);
    assert_int_equal(s.elements[1], 1);
    assert_int_equal(s.elements[6], 2);
    assert_int_equal(s.elements[8], 2);
    assert_close(s.energy_mean, -17001.5, 1e-11);
    assert_close(s.energy_deviation, sqrt((1 + 0.25 + 2.25) / 2), 1e-11);
    assert_true(s.energy_min == -17003 && s.energy_max == -17000.5);
    double third[3] = {-8500.25, -17001, -17003}, mean = (third[0] + third[1] + third[2]) / 3, squares = 0;
    for (int i = 0; i < 3; i++) squares += (third[i] - mean) * (third[i] - mean);
    assert_close(s.energy_per_atom_mean, mean, 1e-10);
    assert_close(s.energy_per_atom_deviation, sqrt(squares / 2), 1e-10);
    assert_close(s.force_rms, sqrt(9.25 / 6), 1e-15);
    assert_true(s.force_max == 2);
    assert_close(s.stress_rms, 1, 1e-15);
    assert_close(s.distance_min, sqrt(3), 1e-15);
}

static void test_moments_of_little(void **state)
{
    (void)state;
    eqf_statistics s = survey();
    assert_int_equal(s.samples, 0);
    assert_int_equal(s.labels, 0);
    assert_true(isnan(s.energy_mean) && isnan(s.energy_deviation) && isnan(s.energy_min) && isnan(s.force_rms));
    assert_true(isnan(s.force_max) && isnan(s.stress_rms) && isinf(s.distance_min));
    add(-3, 1, 1, 0, 0, 0, 0);
    s = survey();
    assert_true(s.energy_mean == -3 && isnan(s.energy_deviation) && s.labels == EQF_LABEL_ENERGY);
    assert_true(isinf(s.distance_min));
}

static void test_distances(void **state)
{
    (void)state;
    static const double far_apart[6] = {0, 0, 0, 300, 400, 0};
    add(0, 1, 2, 0, 0, 0, 0);
    structures[0].positions = far_apart;
    assert_close(survey().distance_min, 500, 1e-12);

    /* An atom and its image. */
    add(0, 1, 1, 0, 0, 0, 0);
    structures[1].cell[0] = 17;
    structures[1].pbc[0] = 1;
    assert_close(survey().distance_min, 17, 1e-13);

    /* Across the boundary: 0.5 from one side and 0.75 from the other. */
    static const double apart[6] = {0.5, 0, 0, 11.25, 0, 0};
    add(0, 1, 2, 0, 0, 0, 0);
    structures[2].positions = apart;
    structures[2].cell[0] = 12;
    structures[2].pbc[0] = 1;
    assert_close(survey().distance_min, 1.25, 1e-13);
}

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    dataset = NULL;
    count = atoms = 0;
    memset(structures, 0, sizeof structures);
    for (int i = 0; i < 3 * ATOMS_MAX; i++) positions[i] = i / 3;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqf_dataset_free(dataset);
    test_context_free(context, &memory);
    return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_exact),        CASE(test_overdetermined),    CASE(test_one_composition), CASE(test_pairs),
        CASE(test_rare_element), CASE(test_badly_conditioned), CASE(test_refusals),        CASE(test_memory_runs_out),
        CASE(test_moments),      CASE(test_moments_of_little), CASE(test_distances)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
