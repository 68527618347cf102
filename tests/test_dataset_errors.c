/* Data sets: what is refused, with the names of file and frame. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/dataset.h>

#include "support/directory.h"

static test_allocator memory;
static eqf_context *context;
static eqf_dataset *dataset;
static eqf_dataset_options options;

static const char helium[] = "1\n"
                             "Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5\n"
                             "He 1 2 3 0.5 0 0\n";

static void open_file(void)
{
    const char *path = "a.xyz";
    eqf_dataset_free(dataset);
    dataset = NULL;
    TEST_OK(context, eqf_dataset_open(context, 1, &path, &options, &dataset));
}

static void refuse_options(eqf_status status, const char *text)
{
    const char *path = "a.xyz";
    TEST_FAILS(context, status, text, eqf_dataset_open(context, 1, &path, &options, &dataset));
    assert_null(dataset);
    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
}

static void test_wrong_options(void **state)
{
    (void)state;
    test_write_text("a.xyz", helium);
    options.energy_unit = "erg";
    refuse_options(EQF_ERROR_NOT_FOUND, "energy_unit: the unit is 'erg', expected one of: eV,");
    options.to_energy_unit = "bohr";
    refuse_options(EQF_ERROR_NOT_FOUND, "to_energy_unit: the unit is 'bohr'");
    options.length_unit = "1";
    refuse_options(EQF_ERROR_NOT_FOUND, "length_unit: the unit is '1', expected one of: angstrom, bohr, nm");
    options.to_length_unit = "eV";
    refuse_options(EQF_ERROR_NOT_FOUND, "to_length_unit");
    options.stress_unit = "eV";
    refuse_options(EQF_ERROR_NOT_FOUND, "stress_unit: the unit is 'eV', expected one of: eV/angstrom^3, GPa, kbar");
    options.to_energy_unit = "1";
    refuse_options(EQF_ERROR_ARGUMENT, "energy_unit is 'eV' and to_energy_unit '1'");
    options.energy_unit = "1";
    options.to_energy_unit = "eV";
    refuse_options(EQF_ERROR_ARGUMENT, "energy_unit is '1' and to_energy_unit 'eV'");
    options.energy_unit = "1";
    options.stress_unit = "GPa";
    refuse_options(EQF_ERROR_ARGUMENT, "stress_unit is 'GPa' and energy_unit '1'");
    options.force_max = -1;
    refuse_options(EQF_ERROR_ARGUMENT, "force_max is -1");
    options.force_max = NAN;
    refuse_options(EQF_ERROR_ARGUMENT, "force_max is nan");
    options.distance_min = NAN;
    refuse_options(EQF_ERROR_ARGUMENT, "distance_min is nan");
    options.labels = 16;
    refuse_options(EQF_ERROR_ARGUMENT, "labels is 16");
    options.size = 1;
    refuse_options(EQF_ERROR_ARGUMENT, "eqf_dataset_options has size 1");
}

static void refuse_text(eqf_status status, const char *text, const char *file)
{
    const char *path = "a.xyz";
    test_write_text("a.xyz", helium);
    test_append_text("a.xyz", file);
    TEST_FAILS(context, status, text, eqf_dataset_open(context, 1, &path, &options, &dataset));
    assert_null(dataset);
}

static void test_missing_labels(void **state)
{
    (void)state;
    static const char bare[] = "1\n\nHe 0 0 0\n";
    options.labels = EQF_LABEL_ENERGY;
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 1: it has no energy", bare);
    options.labels = EQF_LABEL_FORCES;
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 1: it has no forces", bare);
    options.labels = EQF_LABEL_STRESS;
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 0: it has no stress", bare);
    options.labels = EQF_LABEL_RELAXED;
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 0: it has no positions after relaxation", bare);

    /* A key that is given must be there. */
    options.labels = 0;
    options.energy_key = "eneryg";
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 0: it has no energy, expected 'eneryg'", bare);
    options.energy_key = NULL;
    options.forces_key = "gradients";
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 0: it has no forces, expected 'gradients'", bare);
    options.forces_key = NULL;
    options.stress_key = "sigma";
    refuse_text(EQF_ERROR_NOT_FOUND, "a.xyz: frame 0: it has no stress, expected 'sigma'", bare);
    options.stress_key = NULL;
    open_file();
    assert_int_equal(eqf_dataset_labels(dataset), 0);
}

static void test_absurd_numbers(void **state)
{
    (void)state;
    refuse_text(EQF_ERROR_NOT_FINITE, "a.xyz:5: energy is 'nan'",
                "1\nProperties=species:S:1:pos:R:3 energy=nan\nHe 0 0 0\n");
    refuse_text(EQF_ERROR_ARGUMENT, "a.xyz: frame 1: it has no atoms", "0\n\n");
    refuse_text(EQF_ERROR_RANGE, "frame 1: y of the force on atom 1 (Ne) is -10001 eV/angstrom, expected 10000 at most",
                "2\nProperties=species:S:1:pos:R:3:forces:R:3\nHe 0 0 0 1 2 3\nNe 0 0 1 0 -10001 0\n");
    refuse_text(EQF_ERROR_PARSE, "a.xyz:6: the species is 'Xx'", "1\n\nXx 0 0 0\n");
    options.force_max = 2;
    refuse_text(EQF_ERROR_RANGE, "z of the force on atom 0 (He) is 2.5 eV/angstrom, expected 2 at most",
                "1\nProperties=species:S:1:pos:R:3:forces:R:3\nHe 0 0 0 1 2 2.5\n");

    /* The usual limit is the same force in any unit. */
    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    options.to_energy_unit = options.energy_unit = "meV";
    refuse_text(EQF_ERROR_RANGE, "is 1.1e+07 meV/angstrom, expected 1e+07 at most",
                "1\nProperties=species:S:1:pos:R:3:forces:R:3\nHe 0 0 0 1.1e7 2 2.5\n");
    test_write_text("a.xyz", "1\nProperties=species:S:1:pos:R:3:forces:R:3\nHe 0 0 0 0.9e7 2 2.5\n");
    open_file();
}

static void test_overlaps(void **state)
{
    (void)state;
    refuse_text(EQF_ERROR_RANGE, "a.xyz: frame 1: atoms 0 and 2 are 0.0995 angstrom apart, expected 0.1 at least",
                "3\n\nHe 0 0 0\nHe 5 0 0\nHe 0 0.0995 0\n");
    refuse_text(EQF_ERROR_RANGE, "a.xyz: frame 1: two of its atoms are at the same place", "2\n\nHe 0 1 0\nHe 0 1 0\n");
    refuse_text(EQF_ERROR_RANGE, "atoms 0 and 1 (in another cell) are 0.05 angstrom apart",
                "2\nLattice=\"9 0 0 0 9 0 0 0 9\"\nHe 0 0 0.025\nHe 0 0 8.975\n");
    refuse_text(EQF_ERROR_RANGE, "atoms 0 and 0 (in another cell)", "1\nLattice=\"9 0 0 0 9 0 0 0 0.05\"\nHe 0 0 0\n");
    refuse_text(EQF_ERROR_ARGUMENT, "a.xyz: frame 1: ", "1\nLattice=\"9 0 0 0 9 0 0 9 0\"\nHe 0 0 0\n");
    options.distance_min = 1.5;
    refuse_text(EQF_ERROR_RANGE, "atoms 0 and 1 are 1.25 angstrom apart, expected 1.5 at least",
                "2\n\nHe 0 0 0\nHe 1.25 0 0\n");
    options.distance_min = -1;
    open_file();
    assert_int_equal(eqf_dataset_samples(dataset), 2);
}

/* What a reader would have refused. */
static void test_absurd_arrays(void **state)
{
    (void)state;
    static const int numbers[2] = {1, 119};
    static const double positions[6] = {0, 0, 0, 1, NAN, 0};
    const eqf_structure fine = {
        .size = sizeof fine, .natoms = 1, .atomic_numbers = numbers, .positions = positions, .has_energy = 1};
    eqf_structure two[2] = {fine, fine};
#define REFUSE(status, text, change)                                                                                   \
    do {                                                                                                               \
        two[1] = fine;                                                                                                 \
        change;                                                                                                        \
        TEST_FAILS(context, status, text, eqf_dataset_create(context, 2, two, NULL, &dataset));                        \
    } while (0)
    REFUSE(EQF_ERROR_RANGE, "structures: frame 1: the atomic number of atom 0 is 119",
           two[1].atomic_numbers = &numbers[1]);
    REFUSE(EQF_ERROR_NOT_FINITE, "structures: frame 1: number 1 of its positions is nan",
           two[1].positions = &positions[3]);
    REFUSE(EQF_ERROR_NOT_FINITE, "number 1 of its forces is nan", two[1].forces = &positions[3]);
    REFUSE(EQF_ERROR_NOT_FINITE, "number 0 of its energy is inf", two[1].energy = INFINITY);
    REFUSE(EQF_ERROR_NOT_FINITE, "number 4 of its stress is nan", (two[1].has_stress = 1, two[1].stress[4] = NAN));
    REFUSE(EQF_ERROR_NOT_FINITE, "number 8 of its cell is inf", two[1].cell[8] = INFINITY);
    REFUSE(EQF_ERROR_ARGUMENT, "frame 1: it is periodic without a cell", two[1].pbc[2] = 1);
    REFUSE(EQF_ERROR_ARGUMENT, "frame 1: it has no atoms", two[1].natoms = 0);
    REFUSE(EQF_ERROR_ARGUMENT, "structure 1 has size 8, expected that of the first", two[1].size = 8);
    REFUSE(EQF_ERROR_ARGUMENT, "structure 1 has -1 atoms", two[1].natoms = -1);
    REFUSE(EQF_ERROR_ARGUMENT, "structure 1 has no atomic numbers", two[1].atomic_numbers = NULL);
    REFUSE(EQF_ERROR_ARGUMENT, "or no positions", two[1].positions = NULL);
    REFUSE(EQF_ERROR_MEMORY, "", two[1].natoms = INT64_MAX);
#undef REFUSE
    assert_null(dataset);
}

static void test_wrong_calls(void **state)
{
    (void)state;
    const char *none = NULL, *missing = "nowhere.xyz";
    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_open(context, 1, NULL, NULL, &dataset));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "path 0 is NULL", eqf_dataset_open(context, 1, &none, NULL, &dataset));
    TEST_FAILS(context, EQF_ERROR_IO, "nowhere.xyz", eqf_dataset_open(context, 1, &missing, NULL, &dataset));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_open(context, 0, NULL, NULL, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_create(context, 1, NULL, NULL, &dataset));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_select(context, NULL, 0, NULL, &dataset));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_get(context, NULL, 0, &sample));
    assert_int_equal(eqf_dataset_open(NULL, 0, NULL, NULL, &dataset), EQF_ERROR_ARGUMENT);
    assert_null(dataset);
    test_write_text("a.xyz", "");
    open_file();
    sample.size = 3;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "eqf_sample has size 3", eqf_dataset_get(context, dataset, 0, &sample));
    eqf_dataset_free(NULL);
}

static int set_up(void **state)
{
    context = test_context(&memory);
    dataset = NULL;
    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    return test_enter_directory(state);
}

static int tear_down(void **state)
{
    eqf_dataset_free(dataset);
    test_context_free(context, &memory);
    return test_leave_directory(state);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_wrong_options), CASE(test_missing_labels), CASE(test_absurd_numbers),
                                       CASE(test_overlaps),      CASE(test_absurd_arrays),  CASE(test_wrong_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
