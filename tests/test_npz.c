/* Reading structures from npz: what is understood. Refusals are in test_npz_errors.c. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <unistd.h>

#include <equiformer/structure.h>

#include "support/archive.h"

static test_allocator memory;
static eqf_context *context;
static eqf_frames *frames;
static eqf_structure frame = EQF_STRUCTURE_INIT;
static test_bytes file;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    frames = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqf_frames_close(frames);
    test_release(&file);
    test_context_free(context, &memory);
    return 0;
}

static void next(void)
{
    memset(&frame, 0xA5, sizeof frame);
    frame.size = sizeof frame;
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_int_equal(frame.size, sizeof frame);
}

static void expect_end(void)
{
    eqf_structure before = frame;
    assert_int_equal(eqf_frames_next(context, frames, &frame), EQF_END);
    assert_int_equal(eqf_frames_next(context, frames, &frame), EQF_END);
    assert_memory_equal(&frame, &before, sizeof frame);
}

static void open_with(int n, const test_array *arrays, const eqf_frames_options *options)
{
    eqf_frames_close(frames);
    frames = NULL;
    test_npz(&file, n, arrays);
    TEST_OK(context, eqf_frames_open_memory(context, file.bytes, file.length, "t.npz", options, &frames));
}

/* Two frames of two atoms. */
static const double positions[12] = {0, 1, 2, 3, 4, 5, -6, 7.5, 1e-300, 9, 10, -0.0};
static const double forces[12] = {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
static const double energies[2] = {-1.5, 2.25};
static const int64_t numbers[2] = {8, 1};
#define R                                                                                                              \
    {                                                                                                                  \
        "R", "<f8", "(2, 2, 3)", positions, sizeof positions, false                                                    \
    }
#define Z                                                                                                              \
    {                                                                                                                  \
        "z", "<i8", "(2,)", numbers, sizeof numbers, false                                                             \
    }

static void test_classic_keys(void **state)
{
    (void)state;
    const test_array arrays[] = {R,
                                 Z,
                                 {"E", "<f8", "(2, 1)", energies, sizeof energies, false},
                                 {"F", "<f8", "(2, 2, 3)", forces, sizeof forces, false},
                                 {"name", "|S7", "()", "ethanol", 7, false}};
    open_with(5, arrays, NULL);
    for (int i = 0; i < 2; i++) {
        next();
        assert_int_equal(frame.natoms, 2);
        assert_true(frame.atomic_numbers[0] == 8 && frame.atomic_numbers[1] == 1);
        assert_memory_equal(frame.positions, positions + 6 * i, 6 * sizeof(double));
        assert_memory_equal(frame.forces, forces + 6 * i, 6 * sizeof(double));
        assert_true(frame.has_energy && frame.energy == energies[i]);
        assert_true(!frame.has_stress && frame.tags == NULL);
        for (int k = 0; k < 9; k++) assert_true(frame.cell[k] == 0);
        for (int k = 0; k < 3; k++) assert_int_equal(frame.pbc[k], 0);
    }
    expect_end();
}

static void test_other_keys(void **state)
{
    (void)state;
    static const char *const names[][4] = {{"pos", "energy", "forces", "atomic_numbers"},
                                           {"coords", "energies", "forces", "nuclear_charges"},
                                           {"positions", "E", "force", "numbers"},
                                           {"R", "E", "F", "Z"}};
    for (int i = 0; i < 4; i++) {
        test_array arrays[] = {R,
                               {"", "<f8", "(2,)", energies, sizeof energies, false},
                               {"", "<f8", "(2, 2, 3)", forces, sizeof forces, false},
                               Z};
        for (int k = 0; k < 4; k++) arrays[k].name = names[i][k];
        open_with(4, arrays, NULL);
        next();
        assert_true(frame.energy == -1.5 && frame.forces[1] == 11 && frame.positions[1] == 1);
    }
}

static void test_quantities_of_all_frames_or_each(void **state)
{
    (void)state;
    static const double cell[18] = {9, 1, 0, 0, 8, 0, 0, 0, 7, 1, 0, 0, 0, 2, 0, 0, 0, 3};
    static const unsigned char pbc[6] = {1, 0, 1, 0, 0, 0};
    static const int16_t tags[4] = {0, -1, 2, 1};
    static const unsigned char each[4] = {1, 1, 118, 2};
    static const double stress[12] = {1, 5, 9, 6, 3, 2, 0, 0, 0, 0, 0, 7};
    const test_array shared[] = {R,
                                 Z,
                                 {"cell", "<f8", "(3, 3)", cell, 72, false},
                                 {"pbc", "|b1", "(3,)", pbc, 3, false},
                                 {"tags", "<i2", "(2,)", tags, 4, false}};
    open_with(5, shared, NULL);
    for (int i = 0; i < 2; i++) {
        next();
        assert_memory_equal(frame.cell, cell, sizeof frame.cell);
        assert_true(frame.pbc[0] == 1 && frame.pbc[1] == 0 && frame.pbc[2] == 1);
        assert_true(frame.tags[0] == 0 && frame.tags[1] == -1);
        assert_false(frame.has_energy);
    }
    const test_array single[] = {R,
                                 {"z", "|u1", "(2, 2)", each, 4, false},
                                 {"cell", "<f8", "(2, 3, 3)", cell, 144, false},
                                 {"pbc", "|b1", "(2, 3)", pbc, 6, false},
                                 {"tags", "<i2", "(2, 2)", tags, 8, false},
                                 {"stress", "<f8", "(2, 6)", stress, 96, false}};
    open_with(6, single, NULL);
    next();
    next();
    static const double last[9] = {0, 7, 0, 7, 0, 0, 0, 0, 0};
    assert_memory_equal(frame.cell, cell + 9, sizeof frame.cell);
    assert_true(frame.pbc[0] == 0 && frame.tags[0] == 2 && frame.tags[1] == 1);
    assert_true(frame.atomic_numbers[0] == 118 && frame.atomic_numbers[1] == 2);
    assert_true(frame.has_stress);
    assert_memory_equal(frame.stress, last, sizeof last);
    /* A cell and nothing about periodicity: periodic, as in XYZ. */
    open_with(3, shared, NULL);
    next();
    assert_true(frame.pbc[0] == 1 && frame.pbc[1] == 1 && frame.pbc[2] == 1);
}

/* 1, 0, 1 as elements of every type, in both orders of bytes. */
static void test_types(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int size;
        unsigned char one[8]; /* from the lowest byte */
    } types[] = {{"f8", 8, {0, 0, 0, 0, 0, 0, 0xF0, 0x3F}},
                 {"f4", 4, {0, 0, 0x80, 0x3F}},
                 {"f2", 2, {0, 0x3C}},
                 {"i8", 8, {1}},
                 {"i4", 4, {1}},
                 {"i2", 2, {1}},
                 {"i1", 1, {1}},
                 {"u8", 8, {1}},
                 {"u4", 4, {1}},
                 {"u2", 2, {1}},
                 {"u1", 1, {1}},
                 {"b1", 1, {1}}};
    static const unsigned char one = 1;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int big = 0; big < 2; big++) {
            unsigned char bytes[24] = {0};
            int size = types[t].size;
            for (int i = 0; i < 3; i += 2)
                for (int k = 0; k < size; k++) bytes[i * size + k] = types[t].one[big ? size - 1 - k : k];
            char descr[8];
            snprintf(descr, sizeof descr, "%c%s", size == 1 ? '|' : big ? '>' : '<', types[t].type);
            const test_array arrays[] = {{"pos", descr, "(1, 1, 3)", bytes, (size_t)(3 * size), false},
                                         {"z", "|i1", "(1,)", &one, 1, false}};
            open_with(2, arrays, NULL);
            next();
            if (frame.positions[0] != 1 || frame.positions[1] != 0 || frame.positions[2] != 1) fail_msg("%s", descr);
        }
}

static void test_fortran_order(void **state)
{
    (void)state;
    double turned[12], longer[3 * 2000];
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            for (int x = 0; x < 3; x++) turned[i + 2 * k + 4 * x] = positions[6 * i + 3 * k + x];
    const test_array arrays[] = {{"R", "<f8", "(2, 2, 3)", turned, sizeof turned, true},
                                 {"z", "<i8", "(2,)", numbers, sizeof numbers, true}};
    open_with(2, arrays, NULL);
    for (int i = 0; i < 2; i++) {
        next();
        assert_memory_equal(frame.positions, positions + 6 * i, 6 * sizeof(double));
        assert_int_equal(frame.atomic_numbers[0], 8);
    }
    expect_end();
    /* More than a buffer at a time. */
    static int32_t many[2000];
    for (int i = 0; i < 6000; i++) longer[i] = i;
    for (int i = 0; i < 2000; i++) many[i] = 1 + i % 118;
    const test_array large[] = {{"R", "<f8", "(1, 2000, 3)", longer, sizeof longer, false},
                                {"z", "<i4", "(2000,)", many, sizeof many, false}};
    open_with(2, large, NULL);
    next();
    assert_memory_equal(frame.positions, longer, sizeof longer);
    assert_memory_equal(frame.atomic_numbers, many, sizeof many);
}

static void test_numbers_by_name(void **state)
{
    (void)state;
    static const double dipole[2] = {0.5, (double)NAN};
    static const int64_t old[2] = {17, -4};
    const test_array arrays[] = {R,
                                 Z,
                                 {"dipole", "<f8", "(2,)", dipole, 16, false},
                                 {"old_indices", "<i8", "(2, 1)", old, 16, false},
                                 {"energy", "<f8", "(2,)", energies, 16, false}};
    double value = 3;
    open_with(5, arrays, NULL);
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "no frame", eqf_frames_number(context, frames, "dipole", &value));
    next();
    TEST_OK(context, eqf_frames_number(context, frames, "dipole", &value));
    assert_true(value == 0.5);
    TEST_OK(context, eqf_frames_number(context, frames, "energy", &value));
    assert_true(value == -1.5);
    next();
    TEST_OK(context, eqf_frames_number(context, frames, "old_indices", &value));
    assert_true(value == -4);
    TEST_OK(context, eqf_frames_number(context, frames, "dipole", &value));
    assert_true(isnan(value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'R.npy'", eqf_frames_number(context, frames, "R", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "t.npz: ", eqf_frames_number(context, frames, "x", &value));
    assert_null(eqf_frames_text(frames, "dipole"));
    expect_end();
}

static void test_options(void **state)
{
    (void)state;
    const test_array arrays[] = {R,
                                 Z,
                                 {"E", "<f8", "(2,)", energies, 16, false},
                                 {"mine", "<f8", "(2,)", forces, 16, false},
                                 {"F", "<f8", "(2, 2, 3)", forces, sizeof forces, false},
                                 {"G", "<f8", "(2, 2, 3)", positions, sizeof positions, false}};
    eqf_frames_options options = EQF_FRAMES_OPTIONS_INIT;
    options.energy_key = "mine";
    options.forces_key = "G";
    open_with(6, arrays, &options);
    next();
    assert_true(frame.energy == 12 && frame.forces[1] == 1);
    options.energy_key = options.forces_key = "absent";
    open_with(6, arrays, &options);
    next();
    assert_true(!frame.has_energy && frame.forces == NULL);
}

/* Headers that NumPy's versions have written, and the same in other words. */
static void test_headers(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        int length_bytes;
        const char *text;
    } cases[] = {
        {"\x01\x00", 2, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 3), }                  \n"},
        {"\x02\x00", 4, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 3), }\n"},
        {"\x03\x00", 4, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 3), }\n"},
        {"\x01\x00", 2, "{\"shape\":(2L,2L,3L),\"fortran_order\":False,\"descr\":\"<f8\"}"},
        {"\x01\x00", 2, "  { 'shape' : ( 2 , 2 , 3 , ) , 'descr' : 'f8' , 'fortran_order' : False }  "},
    };
    test_bytes array = {NULL, 0, 0}, other = {NULL, 0, 0};
    const test_array z = Z;
    test_npy(&other, &z);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        array.length = 0;
        test_put(&array, "\x93NUMPY", 6);
        test_put(&array, cases[i].version, 2);
        test_put_number(&array, strlen(cases[i].text), cases[i].length_bytes);
        test_put_text(&array, cases[i].text);
        test_put(&array, positions, sizeof positions);
        const test_member members[] = {test_stored("R.npy", array.bytes, array.length),
                                       test_stored("z.npy", other.bytes, other.length),
                                       test_stored("readme.txt", "text", 4)};
        test_zip(&file, 3, members);
        TEST_OK(context, eqf_frames_open_memory(context, file.bytes, file.length, "t.npz", NULL, &frames));
        next();
        assert_memory_equal(frame.positions, positions, 6 * sizeof(double));
        eqf_frames_close(frames);
        frames = NULL;
    }
    test_release(&array);
    test_release(&other);
}

static void test_no_frames(void **state)
{
    (void)state;
    const test_array none[] = {{"pos", "<f8", "(0, 2, 3)", NULL, 0, false}, Z},
                     nothing[] = {{"pos", "<f8", "(0, 0, 3)", NULL, 0, false}, {"z", "<i8", "(0,)", NULL, 0, false}};
    open_with(2, none, NULL);
    expect_end();
    open_with(2, nothing, NULL);
    expect_end();
}

/* From a file, whatever it is called, and through a pipe. */
static void test_files(void **state)
{
    (void)state;
    const test_array arrays[] = {R, Z};
    char path[] = "/tmp/equiformer-test-XXXXXX";
    close(mkstemp(path));
    test_npz(&file, 2, arrays);
    test_save(&file, path);
    TEST_OK(context, eqf_frames_open(context, path, NULL, &frames));
    next();
    next();
    assert_true(frame.positions[1] == 7.5);
    expect_end();
    eqf_frames_close(frames);
    frames = NULL;
    unlink(path);

    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    assert_int_equal(write(ends[1], file.bytes, file.length), file.length);
    close(ends[1]);
    TEST_OK(context, eqf_frames_open(context, "-", NULL, &frames));
    next();
    next();
    assert_true(frame.positions[1] == 7.5);
    expect_end();
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(ends[0]);
}

static eqf_status read_all(eqf_context *own, void *unused)
{
    (void)unused;
    eqf_frames *opened = NULL;
    eqf_structure read = EQF_STRUCTURE_INIT;
    eqf_status status = eqf_frames_open_memory(own, file.bytes, file.length, "t.npz", NULL, &opened);
    if (status != EQF_OK) return status;
    while ((status = eqf_frames_next(own, opened, &read)) == EQF_OK) continue;
    eqf_frames_close(opened);
    return status == EQF_END ? EQF_OK : status;
}

static void test_memory(void **state)
{
    (void)state;
    const test_array arrays[] = {{"pos", "<f8", "(2, 2, 3)", positions, sizeof positions, true},
                                 Z,
                                 {"tags", "<i8", "(2,)", numbers, sizeof numbers, false},
                                 {"energy", "<f8", "(2, 1)", energies, sizeof energies, false},
                                 {"dipole", "<f8", "(2,)", energies, sizeof energies, false}};
    test_npz(&file, 5, arrays);
    test_every_allocation(read_all, NULL);
}

static void test_without_libzip(void **state)
{
    (void)state;
    const test_array arrays[] = {R, Z};
    test_npz(&file, 2, arrays);
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "t.npz: zip archives (npz, PyTorch checkpoints) need libzip",
               eqf_frames_open_memory(context, file.bytes, file.length, "t.npz", NULL, &frames));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_without_libzip),  CASE(test_classic_keys),
        CASE(test_other_keys),      CASE(test_quantities_of_all_frames_or_each),
        CASE(test_types),           CASE(test_fortran_order),
        CASE(test_numbers_by_name), CASE(test_options),
        CASE(test_headers),         CASE(test_no_frames),
        CASE(test_files),           CASE(test_memory),
    };
    return test_run_archives("npz", tests, sizeof tests / sizeof *tests);
}
