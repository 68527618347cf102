/* Raw files of QM9, made by hand: properties, exponents, the lines behind the atoms, what is malformed.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/structure.h>

static test_allocator memory;
static eqf_context *context;
static eqf_frames *frames;
static eqf_frames_options options;

#define COMMENT                                                                                                        \
    "gdb 17\t30.5\t20.25\t10.125\t1.5\t6.25\t-0.29\t6.25*^-2\t0.3525\t19.5\t0.021\t-76.5\t-76.\t-75\t-77\t6\t\n"
#define ATOMS                                                                                                          \
    "O\t-0.034\t 0.977\t 0.0076\t-0.589\n"                                                                             \
    "H\t 0.0647\t 2.0567*^-2\t -1.5*^-6\t 0.294\n"                                                                     \
    "H\t 0.871\t 1.3007\t 6.9E-4\t 0.294\n"
#define TAIL "1671.5\t3803.25\t3907.75\nO\tO\t\nInChI=1S/H2O/h1H2\tInChI=1S/H2O/h1H2\n"
#define WATER "3\n" COMMENT ATOMS TAIL

static void open_text(const char *text)
{
    eqf_frames_close(frames);
    frames = NULL;
    TEST_OK(context, eqf_frames_open_memory(context, text, strlen(text), "q.xyz", &options, &frames));
}

static double number(const char *key)
{
    double value = NAN;
    TEST_OK(context, eqf_frames_number(context, frames, key, &value));
    return value;
}

static void expect_water(void)
{
    static const double positions[9] = {-0.034, 0.977, 0.0076, 0.0647, 2.0567e-2, -1.5e-6, 0.871, 1.3007, 6.9e-4};
    eqf_structure frame = EQF_STRUCTURE_INIT;
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_int_equal(frame.natoms, 3);
    assert_int_equal(frame.atomic_numbers[0], 8);
    assert_int_equal(frame.atomic_numbers[2], 1);
    assert_memory_equal(frame.positions, positions, sizeof positions);
    assert_true(frame.has_energy && frame.energy == -76.5 && frame.forces == NULL && frame.tags == NULL);
    for (int i = 0; i < 9; i++) assert_true(frame.cell[i] == 0);
}

static void expect_end(void)
{
    eqf_structure frame = EQF_STRUCTURE_INIT;
    assert_int_equal(eqf_frames_next(context, frames, &frame), EQF_END);
}

static void test_properties(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        double value;
    } wanted[] = {{"gdb", 17},     {"A", 30.5},      {"B", 20.25},    {"C", 10.125}, {"mu", 1.5},     {"alpha", 6.25},
                  {"homo", -0.29}, {"lumo", 0.0625}, {"gap", 0.3525}, {"r2", 19.5},  {"zpve", 0.021}, {"u0", -76.5},
                  {"u", -76},      {"h", -75},       {"g", -77},      {"cv", 6}};
    open_text(WATER);
    expect_water();
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) assert_true(number(wanted[i].key) == wanted[i].value);
    assert_string_equal(eqf_frames_text(frames, "lumo"), "6.25e-2");
    assert_null(eqf_frames_text(frames, "smiles"));
    expect_end();

    options.energy_key = "lumo";
    open_text(WATER);
    eqf_structure frame = EQF_STRUCTURE_INIT;
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_true(frame.has_energy && frame.energy == 0.0625);
}

/* Molecules one after the other, with and without the lines behind, other kinds of frames among them. */
static void test_sequences(void **state)
{
    (void)state;
    open_text(WATER WATER WATER);
    for (int i = 0; i < 3; i++) expect_water();
    expect_end();

    open_text("3\n" COMMENT ATOMS "3\n" COMMENT ATOMS "\n3\n" COMMENT ATOMS);
    for (int i = 0; i < 3; i++) expect_water();
    expect_end();

    eqf_structure frame = EQF_STRUCTURE_INIT;
    open_text(WATER "1\nenergy=3 alpha=2\nHe 0 0 1.5\n" WATER "\n\n1\ngdb 1 of 2\nHe 0 0 1.5\n");
    expect_water();
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_true(frame.energy == 3 && frame.positions[2] == 1.5 && number("alpha") == 2);
    expect_water();
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_true(!frame.has_energy && frame.natoms == 1);
    expect_end();

    open_text("3\r\n" COMMENT ATOMS "1671.5\t3803.25\r\nO\r\nInChI"); /* no end of the last line */
    expect_water();
    expect_end();
}

static void refuse(const char *text, const char *message)
{
    eqf_structure frame = EQF_STRUCTURE_INIT;
    open_text(text);
    eqf_status status = EQF_OK;
    while (status == EQF_OK) status = eqf_frames_next(context, frames, &frame);
    TEST_FAILS(context, EQF_ERROR_PARSE, message, status);
}

static void test_malformed(void **state)
{
    (void)state;
    refuse("3\n" COMMENT ATOMS "1671.5\t3803.25\n", "q.xyz:6: the file ends after the frequencies");
    refuse("3\n" COMMENT ATOMS "1671.5\t3803.25\nO\tO", "q.xyz:7: the file ends after the frequencies");
    refuse("3\n" COMMENT ATOMS "1671.5\nO\nInChI\nmore\n", "q.xyz:9: the number of atoms is 'more'");
    refuse("4\n" COMMENT ATOMS TAIL, "q.xyz:6: the species is '1671.5'");
    refuse("2\n" COMMENT ATOMS TAIL, "q.xyz:8: the number of atoms is 'InChI");
    refuse("1\n" COMMENT "O 0 1*^ 0 0\n" TAIL, "q.xyz:3: y of the position is '1*^'");
    refuse("1\n" COMMENT "O 0 0\n" TAIL, "q.xyz:3: the line of an atom has 3 columns");
    /* Without the whole of its comment it is plain XYZ, which has no such exponents. */
    refuse("3\ngdb 17 1 2 3\n" ATOMS TAIL, "q.xyz:4: y of the position is '2.0567*^-2'");
}

static eqf_status read_all(eqf_context *of, void *text)
{
    eqf_frames *opened;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqf_status status = eqf_frames_open_memory(of, text, strlen(text), "q.xyz", NULL, &opened);
    if (status != EQF_OK) return status;
    while (status == EQF_OK) status = eqf_frames_next(of, opened, &frame);
    eqf_frames_close(opened);
    return status == EQF_END ? EQF_OK : status;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    static char text[] = WATER WATER;
    test_every_allocation(read_all, text);
}

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    frames = NULL;
    options = (eqf_frames_options)EQF_FRAMES_OPTIONS_INIT;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqf_frames_close(frames);
    test_context_free(context, &memory);
    return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_properties), CASE(test_sequences), CASE(test_malformed),
                                       CASE(test_memory_runs_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
