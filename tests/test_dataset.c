/* Data sets: samples of files and of arrays, units, selections, relaxations. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <sys/stat.h>

#include <equiformer/dataset.h>

#include "support/directory.h"

static test_allocator memory;
static eqf_context *context;
static eqf_dataset *dataset;
static eqf_dataset_options options;

/* Two molecules with all labels. */
static const char water[] = "3\n"
                            "Lattice=\"10 0 0 0 11 0 0 0 12\" Properties=species:S:1:pos:R:3:forces:R:3:tags:I:1 "
                            "energy=-2.5 stress=\"1 2 3 4 5 6\" homo=-0.25 pbc=\"T T F\"\n"
                            "O 0 0 0.5 1 2 3 0\n"
                            "H 0 1 0 -1 0 0 1\n"
                            "H 1 0 0 0 -2 -3 2\n";
static const char helium[] = "1\n"
                             "Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5\n"
                             "He 1 2 3 0.5 0 0\n";

static void open_paths(int n, const char *const *paths)
{
    eqf_dataset_free(dataset);
    dataset = NULL;
    TEST_OK(context, eqf_dataset_open(context, n, paths, &options, &dataset));
}

static void open_one(const char *path) { open_paths(1, &path); }

static eqf_sample get(const eqf_dataset *of, int64_t i)
{
    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_OK(context, eqf_dataset_get(context, of, i, &sample));
    return sample;
}

static void test_files(void **state)
{
    (void)state;
    test_write_text("a.xyz", water);
    test_append_text("a.xyz", helium);
    test_write_text("b.xyz", helium);
    static const char *const paths[] = {"a.xyz", "b.xyz"};
    open_paths(2, paths);
    assert_int_equal(eqf_dataset_samples(dataset), 3);
    assert_int_equal(eqf_dataset_labels(dataset), EQF_LABEL_ENERGY | EQF_LABEL_FORCES);
    assert_string_equal(eqf_dataset_energy_unit(dataset), "eV");
    assert_string_equal(eqf_dataset_length_unit(dataset), "angstrom");

    eqf_sample sample = get(dataset, 0);
    const eqf_structure *s = sample.structure;
    static const int numbers[3] = {8, 1, 1}, tags[3] = {0, 1, 2}, pbc[3] = {1, 1, 0};
    static const double positions[9] = {0, 0, 0.5, 0, 1, 0, 1}, forces[9] = {1, 2, 3, -1, 0, 0, 0, -2, -3};
    static const double cell[9] = {10, 0, 0, 0, 11, 0, 0, 0, 12}, stress[9] = {1, 6, 5, 6, 2, 4, 5, 4, 3};
    assert_int_equal(s->natoms, 3);
    assert_memory_equal(s->atomic_numbers, numbers, sizeof numbers);
    assert_memory_equal(s->tags, tags, sizeof tags);
    assert_memory_equal(s->pbc, pbc, sizeof pbc);
    assert_memory_equal(s->positions, positions, sizeof positions);
    assert_memory_equal(s->forces, forces, sizeof forces);
    assert_memory_equal(s->cell, cell, sizeof cell);
    assert_memory_equal(s->stress, stress, sizeof stress);
    assert_true(s->has_energy && s->energy == -2.5 && s->has_stress && sample.relaxed == NULL);
    assert_string_equal(sample.source, "a.xyz");
    assert_int_equal(sample.frame, 0);

    sample = get(dataset, 1);
    assert_int_equal(sample.frame, 1);
    assert_null(sample.structure->tags);
    assert_int_equal(sample.structure->has_stress, 0);
    sample = get(dataset, 2);
    assert_string_equal(sample.source, "b.xyz");
    assert_int_equal(sample.frame, 0);
    assert_true(sample.structure->energy == -1.5);
    assert_true(get(dataset, 0).structure->energy == -2.5);

    open_paths(0, NULL);
    assert_int_equal(eqf_dataset_samples(dataset), 0);
    assert_int_equal(eqf_dataset_labels(dataset), 0);
}

/* The files of a directory that have structures, in the order of names. */
static void test_directory(void **state)
{
    (void)state;
    assert_int_equal(mkdir("set", 0777), 0);
    assert_int_equal(mkdir("none", 0777), 0);
    test_write_text("set/b.xyz", helium);
    test_write_text("set/a.extxyz", water);
    test_write_text("set/notes.txt", "no structures");
    test_write_text("set/.hidden.xyz", "no structures");
    open_one("set");
    assert_int_equal(eqf_dataset_samples(dataset), 2);
    assert_string_equal(get(dataset, 0).source, "set/a.extxyz");
    assert_string_equal(get(dataset, 1).source, "set/b.xyz");
    open_one("set/");
    assert_string_equal(get(dataset, 1).source, "set/b.xyz");
    const char *path = "none";
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "none: it has no file that ends in .xyz",
               eqf_dataset_open(context, 1, &path, &options, &dataset));
    static const char *const files[] = {"set/b.xyz", "set/a.extxyz", "set/notes.txt", "set/.hidden.xyz"};
    for (int i = 0; i < 4; i++) remove(files[i]);
}

/* Samples of arrays are copies. */
static void test_arrays(void **state)
{
    (void)state;
    int numbers[2] = {1, 9};
    double positions[6] = {0, 0, 0, 0, 0, 1};
    eqf_structure structures[2] = {
        {.size = sizeof *structures,
         .natoms = 2,
         .atomic_numbers = numbers,
         .positions = positions,
         .has_energy = 1,
         .energy = 4},
        {.size = sizeof *structures, .natoms = 1, .atomic_numbers = numbers, .positions = positions, .energy = 5}};
    TEST_OK(context, eqf_dataset_create(context, 2, structures, NULL, &dataset));
    numbers[1] = 3;
    positions[5] = 7;
    eqf_sample sample = get(dataset, 0);
    assert_int_equal(sample.structure->atomic_numbers[1], 9);
    assert_true(sample.structure->positions[5] == 1 && sample.structure->energy == 4);
    assert_string_equal(sample.source, "structures");
    sample = get(dataset, 1);
    assert_int_equal(sample.frame, 1);
    assert_int_equal(sample.structure->has_energy, 0);
    assert_true(sample.structure->energy == 0);
    assert_int_equal(eqf_dataset_labels(dataset), 0);
}

static void test_units(void **state)
{
    (void)state;
    const double hartree = 27.211386245988, bohr = 0.529177210903;
    test_write_text("a.xyz", water);
    options.energy_unit = "Hartree";
    options.length_unit = "Bohr";
    open_one("a.xyz");
    assert_string_equal(eqf_dataset_energy_unit(dataset), "eV");
    eqf_structure s = *get(dataset, 0).structure;
    assert_close(s.energy, -2.5 * hartree, 1e-13);
    assert_close(s.positions[2], 0.5 * bohr, 1e-16);
    assert_close(s.cell[8], 12 * bohr, 1e-15);
    assert_close(s.forces[2], 3 * hartree / bohr, 1e-12);
    assert_close(s.stress[8], 3 * hartree / (bohr * bohr * bohr), 1e-11);

    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    options.to_energy_unit = "kcal/mol";
    options.to_length_unit = "nm";
    open_one("a.xyz");
    assert_string_equal(eqf_dataset_energy_unit(dataset), "kcal/mol");
    assert_string_equal(eqf_dataset_length_unit(dataset), "nm");
    s = *get(dataset, 0).structure;
    const double kcal = 23.0605478306, nm = 0.1;
    assert_close(s.energy, -2.5 * kcal, 1e-8);
    assert_close(s.positions[2], 0.5 * nm, 1e-16);
    assert_close(s.forces[2], 3 * kcal / nm, 1e-7);
    assert_close(s.stress[8], 3 * kcal / (nm * nm * nm), 1e-5);

    options.stress_unit = "GPa";
    open_one("a.xyz");
    assert_close(get(dataset, 0).structure->stress[8], 3 / 160.2176634 * kcal / (nm * nm * nm), 1e-7);

    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    options.energy_unit = "1";
    options.energy_key = "homo";
    open_one("a.xyz");
    assert_string_equal(eqf_dataset_energy_unit(dataset), "1");
    assert_true(get(dataset, 0).structure->energy == -0.25);
}

static void test_keys(void **state)
{
    (void)state;
    test_write_text("a.xyz", "1\nProperties=species:S:1:pos:R:3:forces:R:3:grad:R:3 energy=1 target=2 stress=\"1 1 1 0 "
                             "0 0\" sigma=\"2 2 2 0 0 0\"\nHe 0 0 0 1 1 1 2 2 2\n");
    options.energy_key = "target";
    options.forces_key = "grad";
    options.stress_key = "sigma";
    open_one("a.xyz");
    eqf_structure s = *get(dataset, 0).structure;
    assert_true(s.energy == 2 && s.forces[0] == 2 && s.stress[0] == 2);
    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    open_one("a.xyz");
    s = *get(dataset, 0).structure;
    assert_true(s.energy == 1 && s.forces[0] == 1 && s.stress[0] == 1);
}

static void test_selections(void **state)
{
    (void)state;
    test_write_text("a.xyz", water);
    test_append_text("a.xyz", helium);
    test_append_text("a.xyz", helium);
    open_one("a.xyz");
    eqf_dataset *part, *part_of_part, *nothing;
    static const int64_t indices[] = {2, 0, 0, 1}, again[] = {1, 2};
    TEST_OK(context, eqf_dataset_select(context, dataset, 4, indices, &part));
    TEST_OK(context, eqf_dataset_select(context, part, 2, again, &part_of_part));
    TEST_OK(context, eqf_dataset_select(context, part, 0, NULL, &nothing));
    assert_int_equal(eqf_dataset_samples(nothing), 0);
    assert_int_equal(eqf_dataset_samples(part), 4);
    for (int i = 0; i < 4; i++) assert_int_equal(get(part, i).frame, indices[i]);
    assert_int_equal(get(part_of_part, 0).frame, 0);
    assert_int_equal(get(part_of_part, 1).frame, 0);
    assert_true(get(part, 1).structure->positions == get(dataset, 0).structure->positions);

    /* Labels that all of it have; those of the whole do not count. */
    assert_int_equal(eqf_dataset_labels(part), EQF_LABEL_ENERGY | EQF_LABEL_FORCES);
    assert_int_equal(eqf_dataset_labels(part_of_part), EQF_LABEL_ENERGY | EQF_LABEL_FORCES | EQF_LABEL_STRESS);

    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_FAILS(context, EQF_ERROR_RANGE, "the sample is 2, expected 0 to 1",
               eqf_dataset_get(context, part_of_part, 2, &sample));
    TEST_FAILS(context, EQF_ERROR_RANGE, "the sample is -1", eqf_dataset_get(context, part, -1, &sample));
    static const int64_t beyond[] = {0, 4}, before[] = {-1};
    eqf_dataset *none = NULL;
    TEST_FAILS(context, EQF_ERROR_RANGE, "index 1 is 4, expected 0 to 3",
               eqf_dataset_select(context, part, 2, beyond, &none));
    TEST_FAILS(context, EQF_ERROR_RANGE, "index 0 is -1", eqf_dataset_select(context, part, 1, before, &none));
    assert_null(none);

    /* Parts live as long as they are needed. */
    eqf_dataset *same = eqf_dataset_retain(dataset);
    assert_ptr_equal(same, dataset);
    eqf_dataset_free(same);
    eqf_dataset_free(dataset);
    dataset = NULL;
    eqf_dataset_free(part);
    assert_true(get(part_of_part, 0).structure->energy == -2.5);
    eqf_dataset_free(part_of_part);
    eqf_dataset_free(nothing);
}

/* -------------------------------------------------------------------------------------------------- relaxations -- */

static const char relaxation[] = "2\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:tags:I:1:forces:R:3 "
                                 "energy=-1 stress=\"1 1 1 0 0 0\"\nPt 0 0 0 0 1 1 1\nO 0 0 2 2 1 1 1\n"
                                 "2\nProperties=species:S:1:pos:R:3 energy=-2\nPt 0 0 1\nO 0 0 3\n"
                                 "2\nProperties=species:S:1:pos:R:3 energy=-3\nPt 0.5 0 0.5\nO 0.5 0 8.5\n";

static void test_relaxations(void **state)
{
    (void)state;
    static const double initial[6] = {0, 0, 0, 0, 0, 2}, relaxed[6] = {0.5, 0, 0.5, 0.5, 0, 8.5};
    test_write_text("a.xyz", relaxation);
    test_write_text("b.xyz", helium);
    options.relaxations = 1;
    static const char *const paths[] = {"a.xyz", "b.xyz"};
    open_paths(2, paths);
    assert_int_equal(eqf_dataset_samples(dataset), 2);
    assert_int_equal(eqf_dataset_labels(dataset), EQF_LABEL_ENERGY | EQF_LABEL_RELAXED);
    eqf_sample sample = get(dataset, 0);
    assert_memory_equal(sample.structure->positions, initial, sizeof initial);
    assert_memory_equal(sample.relaxed, relaxed, sizeof relaxed);
    assert_true(sample.structure->energy == -3 && sample.structure->tags[1] == 2 && sample.structure->pbc[0] == 1);
    assert_true(sample.structure->forces == NULL && !sample.structure->has_stress);
    sample = get(dataset, 1);
    assert_true(sample.structure->energy == -1.5 && sample.relaxed[2] == 3);

    options.length_unit = "nm";
    open_one("a.xyz");
    assert_close(get(dataset, 0).relaxed[5], 85, 1e-13);

    options.length_unit = NULL;
    const char *path = "a.xyz";
    dataset = (eqf_dataset_free(dataset), NULL);
    test_append_text("a.xyz", "2\n\nO 0 0 0\nPt 0 0 2\n");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "a.xyz: frame 3: its atoms are not those of frame 0",
               eqf_dataset_open(context, 1, &path, &options, &dataset));
    test_write_text("a.xyz", "");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "a.xyz: it has no frames",
               eqf_dataset_open(context, 1, &path, &options, &dataset));
}

/* ------------------------------------------------------------------------------------------------------- memory -- */

static eqf_status make_and_use(eqf_context *of, void *argument)
{
    static const char *const paths[] = {"a.xyz", "b.xyz"};
    static const int64_t indices[] = {1};
    eqf_dataset *made = NULL, *part = NULL, *copies = NULL;
    eqf_sample sample = EQF_SAMPLE_INIT;
    eqf_status status = eqf_dataset_open(of, 2, paths, argument, &made);
    if (status == EQF_OK) status = eqf_dataset_select(of, made, 1, indices, &part);
    if (status == EQF_OK) status = eqf_dataset_get(of, part, 0, &sample);
    if (status == EQF_OK) status = eqf_dataset_create(of, 1, sample.structure, NULL, &copies);
    eqf_dataset_free(copies);
    eqf_dataset_free(part);
    eqf_dataset_free(made);
    return status;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    test_write_text("a.xyz", relaxation);
    test_write_text("b.xyz", helium);
    options.energy_key = "energy";
    test_every_allocation(make_and_use, &options);
    options.memory = 1;
    test_every_allocation(make_and_use, &options);
    options.relaxations = 1;
    test_every_allocation(make_and_use, &options);
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
    const struct CMUnitTest tests[] = {CASE(test_files),       CASE(test_directory),      CASE(test_arrays),
                                       CASE(test_units),       CASE(test_keys),           CASE(test_selections),
                                       CASE(test_relaxations), CASE(test_memory_runs_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
