/* Writing extended XYZ: what is written is read again bit by bit; refusals; full disks. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <equiformer/structure.h>

#include "support/frames.h"

static test_allocator memory;
static eqf_context *context;
static eqf_frames_writer *writer;
static eqf_frames *frames;
static char path[64];

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    writer = NULL;
    frames = NULL;
    strcpy(path, "/tmp/equiformer-test-XXXXXX");
    close(mkstemp(path));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqf_frames_writer_free(writer);
    eqf_frames_close(frames);
    unlink(path);
    test_context_free(context, &memory);
    return 0;
}

static void begin(bool append)
{
    eqf_frames_writer_options options = EQF_FRAMES_WRITER_OPTIONS_INIT;
    options.append = append;
    eqf_frames_writer_free(writer);
    writer = NULL;
    TEST_OK(context, eqf_frames_writer_create(context, path, &options, &writer));
}

static void add(const eqf_structure *frame)
{
    TEST_OK(context, eqf_frames_writer_add(context, writer, frame, 0, NULL));
}

static void finish(void)
{
    TEST_OK(context, eqf_frames_writer_finish(context, writer));
    eqf_frames_writer_free(writer);
    writer = NULL;
}

static void open_again(void)
{
    eqf_frames_close(frames);
    frames = NULL;
    TEST_OK(context, eqf_frames_open(context, path, NULL, &frames));
}

static void expect(const eqf_structure *wanted) { test_expect_frame(context, frames, wanted); }

static void expect_end(void) { test_expect_no_frame(context, frames); }

static void test_round_trip(void **state)
{
    (void)state;
    eqf_structure plain = {.size = sizeof plain,
                           .natoms = 2,
                           .atomic_numbers = test_frame.atomic_numbers,
                           .positions = test_frame.positions},
                  none = {.size = sizeof none}, open_cell = test_frame, zero = test_frame;
    memset(open_cell.pbc, 0, sizeof open_cell.pbc);
    open_cell.has_stress = 0;
    memset(open_cell.stress, 0, sizeof open_cell.stress);
    open_cell.tags = NULL;
    zero.energy = -0.0;
    zero.forces = NULL;
    begin(false);
    const eqf_structure *const all[] = {&test_frame, &plain, &none, &open_cell, &zero, &test_frame};
    for (int i = 0; i < 6; i++) add(all[i]);
    finish();
    open_again();
    for (int i = 0; i < 6; i++) expect(all[i]);
    expect_end();
}

/* Numbers of all magnitudes. */
static void test_random_bits(void **state)
{
    (void)state;
    enum { ATOMS = 400 };
    static double values[6 * ATOMS];
    static int atoms[ATOMS];
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 6 * ATOMS;) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&values[i], &bits, sizeof bits);
        i += isfinite(values[i]);
    }
    for (int i = 0; i < ATOMS; i++) atoms[i] = 1 + i % 118;
    const eqf_structure frame = {.size = sizeof frame,
                                 .natoms = ATOMS,
                                 .atomic_numbers = atoms,
                                 .positions = values,
                                 .forces = values + 3 * ATOMS};
    begin(false);
    add(&frame);
    finish();
    open_again();
    expect(&frame);
}

static void test_text(void **state)
{
    (void)state;
    const eqf_structure one = {.size = sizeof one,
                               .natoms = 1,
                               .atomic_numbers = test_frame.atomic_numbers,
                               .positions = test_frame.positions};
    begin(false);
    add(&one);
    add(&test_frame);
    finish();
    char text[2048] = "";
    FILE *file = fopen(path, "r");
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    assert_string_equal(
        text, "1\nProperties=species:S:1:pos:R:3 pbc=\"F F F\"\nH 0.1 -0 1e-310\n"
              "3\nLattice=\"10.1 0 -0 1e-05 11 0 0 0.14285714285714285 12\" "
              "Properties=species:S:1:pos:R:3:forces:R:3:tags:I:1 pbc=\"T F T\" energy=-123.45678901234567 "
              "stress=\"1 0.1 0.2 0.1 -2 0.3 0.2 0.3 0.3333333333333333\"\n"
              "H 0.1 -0 1e-310 -1 2 3 0\nAu 0.3333333333333333 -2.5 1e+300 1e-17 0.30000000000000004 5e+22 -5\n"
              "Og 5e-324 123456789.12345679 6 1.7976931348623157e+308 -0 1 2147483647\n");
}

static void test_locale(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) skip();
    begin(false);
    add(&test_frame);
    finish();
    open_again();
    expect(&test_frame);
    setlocale(LC_ALL, "C");
}

static void test_entries(void **state)
{
    (void)state;
    static const eqf_frame_entry entries[] = {
        {"step", NULL, 12},           {"loss", NULL, 0.1},  {"free_energy", NULL, 5},
        {"name", "water", 0},         {"empty", "", 0},     {"note", "two words, \"quoted\" \\ and\na line", 0},
        {"a key=1", "[T, F] {x}", 0}, {"\"q\"", "it's", 0}, {"energies", "\xc3\xa9\t\r", 0}};
    enum { N = sizeof entries / sizeof *entries };
    double value;
    begin(false);
    TEST_OK(context, eqf_frames_writer_add(context, writer, &test_frame, N, entries));
    finish();
    open_again();
    expect(&test_frame);
    for (int i = 0; i < N; i++) {
        if (entries[i].text != NULL) {
            assert_non_null(eqf_frames_text(frames, entries[i].key));
            assert_string_equal(eqf_frames_text(frames, entries[i].key), entries[i].text);
            continue;
        }
        TEST_OK(context, eqf_frames_number(context, frames, entries[i].key, &value));
        assert_true(value == entries[i].number);
    }
}

static void test_appending(void **state)
{
    (void)state;
    eqf_structure other = test_frame;
    other.energy = 7;
    begin(false);
    add(&test_frame);
    finish();
    begin(true);
    add(&other);
    finish();
    FILE *file = fopen(path, "a"); /* an editor that leaves the last line open */
    fputs("1\nHe\nHe 1 2 3", file);
    fclose(file);
    begin(true);
    add(&test_frame);
    add(&other);
    finish();
    open_again();
    expect(&test_frame);
    expect(&other);
    eqf_structure read = EQF_STRUCTURE_INIT;
    TEST_OK(context, eqf_frames_next(context, frames, &read));
    assert_true(read.natoms == 1 && read.positions[2] == 3);
    expect(&test_frame);
    expect(&other);
    expect_end();
    begin(false); /* a new file */
    finish();
    open_again();
    expect_end();
    unlink(path);
    begin(true);
}

static void refuse(const eqf_structure *frame, const eqf_frame_entry *entry, eqf_status status, const char *message)
{
    TEST_FAILS(context, status, message, eqf_frames_writer_add(context, writer, frame, entry != NULL, entry));
    assert_non_null(strstr(eqf_context_message(context), ": frame 1: "));
}

static void test_refusals(void **state)
{
    (void)state;
    begin(false);
    add(&test_frame);
    eqf_structure bad = test_frame;
    double broken[9] = {0};
    bad.size = 7;
    refuse(&bad, NULL, EQF_ERROR_ARGUMENT, "eqf_structure has size 7");
    bad = test_frame, bad.natoms = -1;
    refuse(&bad, NULL, EQF_ERROR_RANGE, "natoms is -1");
    bad = test_frame, bad.positions = NULL;
    refuse(&bad, NULL, EQF_ERROR_ARGUMENT, "positions is NULL");
    bad = test_frame, bad.positions = broken, broken[4] = (double)NAN;
    refuse(&bad, NULL, EQF_ERROR_NOT_FINITE, "number 4 of the positions is nan");
    bad = test_frame, bad.forces = broken, broken[4] = (double)INFINITY;
    refuse(&bad, NULL, EQF_ERROR_NOT_FINITE, "number 4 of the forces is inf");
    bad = test_frame, bad.energy = (double)NAN;
    refuse(&bad, NULL, EQF_ERROR_NOT_FINITE, "the energy is nan");
    bad = test_frame, bad.stress[8] = (double)NAN;
    refuse(&bad, NULL, EQF_ERROR_NOT_FINITE, "number 8 of the stress");
    bad = test_frame, bad.cell[2] = (double)NAN;
    refuse(&bad, NULL, EQF_ERROR_NOT_FINITE, "number 2 of the cell");
    bad = test_frame, memset(bad.cell, 0, sizeof bad.cell);
    refuse(&bad, NULL, EQF_ERROR_ARGUMENT, "periodic without a cell");
    static const int alien[3] = {1, 119, 0};
    bad = test_frame, bad.atomic_numbers = alien;
    refuse(&bad, NULL, EQF_ERROR_RANGE, "the atomic number of atom 1 is 119, expected 1 to 118");
    static const char *const taken[] = {"energy", "stress", "virial", "Lattice", "lattice", "PROPERTIES", "Pbc"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        refuse(&test_frame, &(eqf_frame_entry){taken[i], "1", 0}, EQF_ERROR_ARGUMENT, "read as part of the structure");
    bad = test_frame, bad.has_energy = 0;
    refuse(&bad, &(eqf_frame_entry){"u0", "1", 0}, EQF_ERROR_ARGUMENT, "read as part of the structure");
    refuse(&test_frame, &(eqf_frame_entry){"", "1", 0}, EQF_ERROR_ARGUMENT, "no key");
    const eqf_frame_entry twice[] = {{"a", "1", 0}, {"a", "2", 0}};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "two entries are called 'a'",
               eqf_frames_writer_add(context, writer, &test_frame, 2, twice));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "-1 entries",
               eqf_frames_writer_add(context, writer, &test_frame, -1, twice));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_frames_writer_add(context, NULL, &test_frame, 0, NULL));
    add(&test_frame); /* nothing of all this is in the file */
    TEST_OK(context, eqf_frames_writer_finish(context, writer));
    TEST_FAILS(context, EQF_ERROR_STATE, "finished", eqf_frames_writer_add(context, writer, &test_frame, 0, NULL));
    TEST_FAILS(context, EQF_ERROR_STATE, "finished", eqf_frames_writer_finish(context, writer));
    open_again();
    expect(&test_frame);
    expect(&test_frame);
    expect_end();

    eqf_frames_writer *no = NULL;
    eqf_frames_writer_options options = EQF_FRAMES_WRITER_OPTIONS_INIT;
    options.size = 3;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "size 3", eqf_frames_writer_create(context, path, &options, &no));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_frames_writer_create(context, NULL, NULL, &no));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot open /nowhere/x: No such file",
               eqf_frames_writer_create(context, "/nowhere/x", NULL, &no));
    assert_null(no);
}

/* A limit on the size of files stands for the full disk. */
static void test_full_disk(void **state)
{
    (void)state;
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    begin(false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    eqf_status status = EQF_OK;
    int written = 0;
    while (written < 100 && (status = eqf_frames_writer_add(context, writer, &test_frame, 0, NULL)) == EQF_OK)
        written++;
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    TEST_FAILS(context, EQF_ERROR_IO, ": frame 2: cannot write /tmp/", status);
    TEST_FAILS(context, EQF_ERROR_IO, ": frame 2: cannot write /tmp/",
               eqf_frames_writer_add(context, writer, &test_frame, 0, NULL));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write", eqf_frames_writer_finish(context, writer));
    assert_int_equal(written, 2);
    open_again();
    expect(&test_frame);
    expect(&test_frame);
    expect_end();

    eqf_frames_writer_free(writer);
    writer = NULL;
    TEST_OK(context, eqf_frames_writer_create(context, "/dev/full", NULL, &writer));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write /dev/full: No space left",
               eqf_frames_writer_add(context, writer, &test_frame, 0, NULL));
}

static void test_standard_output(void **state)
{
    (void)state;
    int kept = dup(STDOUT_FILENO), file = open(path, O_WRONLY | O_TRUNC);
    dup2(file, STDOUT_FILENO);
    eqf_status status = eqf_frames_writer_create(context, "-", NULL, &writer);
    if (status == EQF_OK) status = eqf_frames_writer_add(context, writer, &test_frame, 0, NULL);
    if (status == EQF_OK) status = eqf_frames_writer_finish(context, writer);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    TEST_OK(context, status);
    open_again();
    expect(&test_frame);
}

static eqf_status write_one(eqf_context *own, void *unused)
{
    (void)unused;
    static const eqf_frame_entry entries[] = {{"name", "a b", 0}, {"step", NULL, 3}};
    eqf_frames_writer *made = NULL;
    eqf_status status = eqf_frames_writer_create(own, path, NULL, &made);
    if (status == EQF_OK) status = eqf_frames_writer_add(own, made, &test_frame, 2, entries);
    if (status == EQF_OK) status = eqf_frames_writer_finish(own, made);
    eqf_frames_writer_free(made);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    test_every_allocation(write_one, NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_round_trip),      CASE(test_random_bits), CASE(test_text),     CASE(test_locale),
        CASE(test_entries),         CASE(test_appending),   CASE(test_refusals), CASE(test_full_disk),
        CASE(test_standard_output), CASE(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
