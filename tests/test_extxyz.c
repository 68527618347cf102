/* Reading plain and extended XYZ: what is understood. Refusals are in test_extxyz_errors.c.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <locale.h>
#include <unistd.h>

#include <equiformer/structure.h>

static test_allocator memory;
static eqf_context *context;
static eqf_frames *frames;
static eqf_structure frame = EQF_STRUCTURE_INIT;

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
    test_context_free(context, &memory);
    return 0;
}

static void open_with(const char *text, const eqf_frames_options *options)
{
    eqf_frames_close(frames);
    frames = NULL;
    TEST_OK(context, eqf_frames_open_memory(context, text, strlen(text), "t.xyz", options, &frames));
}

/* Reads the first frame; bytes that are no structure are there before. */
static void read_with(const char *text, const eqf_frames_options *options)
{
    open_with(text, options);
    memset(&frame, 0xA5, sizeof frame);
    frame.size = sizeof frame;
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_int_equal(frame.size, sizeof frame);
}

static void read_one(const char *text) { read_with(text, NULL); }

/* The first frame of one atom with this comment. */
static void read_comment(const char *comment)
{
    char text[1024];
    snprintf(text, sizeof text, "1\n%s\nC 1 2 3\n", comment);
    read_one(text);
}

static void expect_end(void)
{
    eqf_structure before = frame;
    assert_int_equal(eqf_frames_next(context, frames, &frame), EQF_END);
    assert_int_equal(eqf_frames_next(context, frames, &frame), EQF_END);
    assert_memory_equal(&frame, &before, sizeof frame);
}

static void expect_text(const char *key, const char *expected)
{
    const char *text = eqf_frames_text(frames, key);
    if (text == NULL) fail_msg("%s is missing", key);
    assert_string_equal(text, expected);
}

static void test_plain(void **state)
{
    (void)state;
    read_one(" 3\t\nwater, don't \"touch: E = -3 eV {x [y\no 0 0 1e-1\n  8\t1. .5 -2 9 9 rest\nCL 1 2 3\n\n \t\n");
    assert_int_equal(frame.natoms, 3);
    static const int numbers[] = {8, 8, 17};
    static const double positions[] = {0, 0, 0.1, 1, 0.5, -2, 1, 2, 3};
    assert_memory_equal(frame.atomic_numbers, numbers, sizeof numbers);
    assert_memory_equal(frame.positions, positions, sizeof positions);
    assert_null(frame.forces);
    assert_null(frame.tags);
    assert_true(!frame.has_energy && !frame.has_stress);
    for (int i = 0; i < 9; i++) assert_true(frame.cell[i] == 0);
    for (int i = 0; i < 3; i++) assert_int_equal(frame.pbc[i], 0);
    expect_text("E", "-3");
    expect_text("eV", "T");
    expect_end();
}

static void test_prose_is_no_header(void **state)
{
    (void)state;
    read_comment("Properties of the Lattice: energy and pbc");
    assert_true(!frame.has_energy && !frame.pbc[0]);
    read_comment("energy=low, stress=high virial=nan");
    assert_true(!frame.has_energy && !frame.has_stress);
    read_comment("final energy = -1.5");
    assert_true(frame.has_energy && frame.energy == -1.5);
    read_comment("");
    assert_null(eqf_frames_text(frames, ""));
}

static void test_extended(void **state)
{
    (void)state;
    read_one("2\r\n"
             "Lattice=\"10.0 0 0  1 11 0\t0 2 12D0\"   "
             "Properties=tags:I:1:name:S:1:force:R:3:flag:L:1:pos:R:3:species:S:1:q:R:2 "
             "energy=-1.25 pbc=\"T F 1\"\r\n"
             "0 \"two words\" 1 2 3 T 0.5 0.25 0.125 Au 0 0\r\n"
             "-2 b -1 -2 -3 F 4 5 6 h nan -\r\n");
    static const double cell[] = {10, 0, 0, 1, 11, 0, 0, 2, 12}, forces[] = {1, 2, 3, -1, -2, -3};
    static const double positions[] = {0.5, 0.25, 0.125, 4, 5, 6};
    static const int numbers[] = {79, 1}, tags[] = {0, -2}, pbc[] = {1, 0, 1};
    assert_memory_equal(frame.cell, cell, sizeof cell);
    assert_memory_equal(frame.forces, forces, sizeof forces);
    assert_memory_equal(frame.positions, positions, sizeof positions);
    assert_memory_equal(frame.atomic_numbers, numbers, sizeof numbers);
    assert_memory_equal(frame.tags, tags, sizeof tags);
    assert_memory_equal(frame.pbc, pbc, sizeof pbc);
    assert_true(frame.has_energy && frame.energy == -1.25);
    expect_end();
}

static void test_frames_differ(void **state)
{
    (void)state;
    read_one("\xEF\xBB\xBF"
             "1\nProperties=species:S:1:pos:R:3:forces:R:3:tags:I:1 energy=1\nH 1 2 3 4 5 6 7\n"
             "\n0\nnothing\n"
             "2\nProperties=Z:I:1:pos:I:3\n1 1 2 3\n92 4 5 6");
    assert_true(frame.forces != NULL && frame.forces[2] == 6 && frame.tags[0] == 7 && frame.has_energy);
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_true(frame.natoms == 0 && frame.positions != NULL && frame.forces == NULL && !frame.has_energy);
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_true(frame.natoms == 2 && frame.forces == NULL && frame.tags == NULL);
    assert_true(frame.atomic_numbers[1] == 92 && frame.positions[5] == 6);
    expect_end();
    open_with("", NULL);
    expect_end();
    open_with(" \n\n", NULL);
    expect_end();
}

static void test_periodicity(void **state)
{
    (void)state;
    static const struct {
        const char *comment;
        int pbc[3];
    } cases[] = {{"Lattice=\"1 0 0 0 1 0 0 0 1\"", {1, 1, 1}},
                 {"lattice={1 0 0 0 1 0 0 0 1} pbc=\"F F F\"", {0, 0, 0}},
                 {"Lattice=[[1, 0, 0], [0, 1, 0], [0, 0, 1]] pbc=[T, F, T]", {1, 0, 1}},
                 {"Lattice='1 0 0 0 1 0 0 0 1' PBC=\"1 0 1\"", {1, 0, 1}},
                 {"Lattice = \"1 0 0 0 1 0 0 0 1\" pbc = {True false t}", {1, 0, 1}},
                 {"Lattice=\"1,0,0,0,1,0,0,0,1\" pbc=T", {1, 1, 1}},
                 {"pbc=\"F F F\"", {0, 0, 0}},
                 {"pbc=F", {0, 0, 0}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_comment(cases[i].comment);
        if (memcmp(frame.pbc, cases[i].pbc, sizeof frame.pbc) != 0) fail_msg("%s", cases[i].comment);
        bool cell = strstr(cases[i].comment, "attice") != NULL;
        assert_true(frame.cell[0] == cell && frame.cell[4] == cell && frame.cell[8] == cell && frame.cell[1] == 0);
    }
}

static void test_comment_lexer(void **state)
{
    (void)state;
    read_comment(" a=1  b=\"two words\"\tc='it\"s' d={x {y} z} e=[1, \"]\", [2]] \"a key\"=5 flag "
                 "f=\"say \\\"hi\\\" \\\\ \\n.\" g = 7 h= i=8 url=p=q?r path=C:\\new {odd b=last j=\"\"k=9 l=");
    expect_text("a", "1");
    expect_text("b", "last");
    expect_text("c", "it\"s");
    expect_text("d", "x {y} z");
    expect_text("e", "[1, \"]\", [2]]");
    expect_text("a key", "5");
    expect_text("flag", "T");
    expect_text("f", "say \"hi\" \\ \n.");
    expect_text("g", "7");
    expect_text("h", "");
    expect_text("i", "8");
    expect_text("url", "p=q?r");
    expect_text("path", "C:\\new");
    expect_text("{odd", "T");
    expect_text("j", "");
    expect_text("k", "9");
    expect_text("l", "");
    assert_null(eqf_frames_text(frames, "m"));
}

static void test_numbers_of_comment(void **state)
{
    (void)state;
    double value = 4;
    open_with("1\na=1.5d1 b=word c=\"1 2\" d=[3] e=\nH 0 0 0\n", NULL);
    assert_null(eqf_frames_text(frames, "a"));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'a'", eqf_frames_number(context, frames, "a", &value));
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    TEST_OK(context, eqf_frames_number(context, frames, "a", &value));
    assert_true(value == 15);
    TEST_OK(context, eqf_frames_number(context, frames, "d", &value));
    assert_true(value == 3);
    TEST_FAILS(context, EQF_ERROR_PARSE, "b of the frame that ends at line 3 is 'word'",
               eqf_frames_number(context, frames, "b", &value));
    TEST_FAILS(context, EQF_ERROR_PARSE, "'1 2'", eqf_frames_number(context, frames, "c", &value));
    TEST_FAILS(context, EQF_ERROR_PARSE, "''", eqf_frames_number(context, frames, "e", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "t.xyz: the frame that ends at line 3 has no 'f'",
               eqf_frames_number(context, frames, "f", &value));
    assert_true(value == 3);
    expect_end();
    expect_text("b", "word");
}

static void test_energy_names(void **state)
{
    (void)state;
    static const char *const keys[] = {"energy",     "Energy",     "potential_energy", "total_energy",
                                       "dft_energy", "DFT_energy", "REF_energy",       "ref_energy",
                                       "u0",         "U0",         "free_energy"};
    /* All of them, then without the first, and so on: the order counts, not the place on the line. */
    for (int first = 0; first < 11; first++) {
        char comment[512] = "";
        for (int i = 10; i >= first; i--)
            snprintf(comment + strlen(comment), sizeof comment - strlen(comment), "%s=%d ", keys[i], i);
        read_comment(comment);
        assert_true(frame.has_energy && frame.energy == first);
    }
    read_comment("energies=5 formation_energy=3");
    assert_false(frame.has_energy);
}

static void test_options(void **state)
{
    (void)state;
    eqf_frames_options options = EQF_FRAMES_OPTIONS_INIT;
    const char *text = "1\nProperties=species:S:1:pos:R:3:forces:R:3:F:R:3 energy=1 mine=2\nH 0 0 0 1 1 1 2 2 2\n";
    read_with(text, &options);
    assert_true(frame.energy == 1 && frame.forces[0] == 1);
    options.energy_key = "mine";
    options.forces_key = "F";
    read_with(text, &options);
    assert_true(frame.energy == 2 && frame.forces[0] == 2);
    options.energy_key = options.forces_key = "absent";
    read_with(text, &options);
    assert_true(!frame.has_energy && frame.forces == NULL);
    options.size = 1;
    eqf_frames *none = NULL;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "size 1", eqf_frames_open(context, "x", &options, &none));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_frames_open(context, NULL, NULL, &none));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_frames_next(context, NULL, &frame));
    assert_null(none);
}

static void test_stress(void **state)
{
    (void)state;
    static const double full[] = {1, 2, 3, 2, 5, 6, 3, 6, 9};
    read_comment("Lattice=\"2 0 0 0 2 0 0 0 2\" stress=\"1 2 3 2 5 6 3 6 9\" virial=\"9 9 9 9 9 9 9 9 9\"");
    assert_true(frame.has_stress);
    assert_memory_equal(frame.stress, full, sizeof full);
    read_comment("Lattice=\"2 0 0 0 2 0 0 0 2\" stress=\"1 5 9 6 3 2\"");
    assert_memory_equal(frame.stress, full, sizeof full);
    /* A left-handed cell of volume 8. */
    read_comment("Lattice=\"2 0 0 1 0 2 1 2 0\" virial=\"-8 -16 -24 -16 -40 -48 -24 -48 -72\"");
    assert_true(frame.has_stress);
    assert_all_close(9, frame.stress, full, 1e-14);
    read_comment("Properties=species:S:1:pos:R:3 virial=\"1 2 3 4 5 6\"");
    assert_false(frame.has_stress);
}

static void test_elements(void **state)
{
    (void)state;
    for (int i = 1; i <= 118; i++) {
        assert_int_equal(eqf_element_number(eqf_element_symbol(i)), i);
        char other[3];
        strcpy(other, eqf_element_symbol(i));
        for (char *c = other; *c != '\0'; c++) *c ^= 32;
        assert_int_equal(eqf_element_number(other), i);
    }
    assert_string_equal(eqf_element_symbol(1), "H");
    assert_string_equal(eqf_element_symbol(26), "Fe");
    assert_string_equal(eqf_element_symbol(79), "Au");
    assert_string_equal(eqf_element_symbol(118), "Og");
    assert_string_equal(eqf_element_symbol(0), "X");
    assert_null(eqf_element_symbol(-1));
    assert_null(eqf_element_symbol(119));
    static const char *const unknown[] = {"", "X", "Xx", "C1", "Car", " C", "1", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) assert_int_equal(eqf_element_number(unknown[i]), 0);
    assert_int_equal(eqf_element_number(NULL), 0);
}

static void write_text(const char *path, const char *text, size_t padding)
{
    FILE *file = fopen(path, "w");
    fprintf(file, "1\nkey=\"%*s\" energy=2\nHe 1 2 3\n", (int)padding, "");
    fputs(text, file);
    fclose(file);
}

/* Longer than any buffer at first, frames across its end. */
static void test_file(void **state)
{
    (void)state;
    char path[] = "/tmp/equiformer-test-XXXXXX";
    close(mkstemp(path));
    for (size_t padding = 65490; padding < 65560; padding += 7) {
        write_text(path, "1\nlast energy=3\nLi 4 5 6", padding);
        TEST_OK(context, eqf_frames_open(context, path, NULL, &frames));
        TEST_OK(context, eqf_frames_next(context, frames, &frame));
        assert_int_equal(strlen(eqf_frames_text(frames, "key")), padding);
        assert_true(frame.energy == 2 && frame.atomic_numbers[0] == 2);
        TEST_OK(context, eqf_frames_next(context, frames, &frame));
        assert_true(frame.energy == 3 && frame.positions[2] == 6);
        expect_end();
        eqf_frames_close(frames);
        frames = NULL;
    }
    unlink(path);
}

static void test_standard_input(void **state)
{
    (void)state;
    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    assert_int_equal(write(ends[1], "1\nc\nB 1 2 3\n1\nc\nXx 1 2 3\n", 26), 26);
    close(ends[1]);
    TEST_OK(context, eqf_frames_open(context, "-", NULL, &frames));
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_int_equal(frame.atomic_numbers[0], 5);
    TEST_FAILS(context, EQF_ERROR_PARSE, "standard input:6: ", eqf_frames_next(context, frames, &frame));
    eqf_frames_close(frames);
    frames = NULL;
    char byte;
    assert_int_equal(read(STDIN_FILENO, &byte, 1), 0);
    close(ends[0]);
    dup2(kept, STDIN_FILENO);
    close(kept);
}

static void test_foreign_locale(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "de_DE") == NULL) skip();
    read_one("1\nenergy=-1.5\ni 0.25 1e-1 0.12345678901234567\n");
    assert_true(frame.energy == -1.5 && frame.positions[0] == 0.25 && frame.positions[2] == 0.12345678901234567);
    assert_int_equal(frame.atomic_numbers[0], 53);
    setlocale(LC_ALL, "C");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain),
        TEST(test_prose_is_no_header),
        TEST(test_extended),
        TEST(test_frames_differ),
        TEST(test_periodicity),
        TEST(test_comment_lexer),
        TEST(test_numbers_of_comment),
        TEST(test_energy_names),
        TEST(test_options),
        TEST(test_stress),
        TEST(test_elements),
        TEST(test_file),
        TEST(test_standard_input),
        TEST(test_foreign_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
