/* Data sets larger than the memory they may take: samples that are read again are the same bits, and files that have
 * changed are noticed. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <equiformer/dataset.h>

#include "support/archive.h"
#include "support/directory.h"

static test_allocator memory;
static eqf_context *context;
static eqf_dataset *kept, *streamed;
static eqf_dataset_options options;

/* Two data sets of the same files: one keeps all samples, the other none or the first. */
static void open_both(int n, const char *const *paths, size_t bytes)
{
    eqf_dataset_free(kept);
    eqf_dataset_free(streamed);
    kept = streamed = NULL;
    options.memory = 0;
    TEST_OK(context, eqf_dataset_open(context, n, paths, &options, &kept));
    options.memory = bytes;
    TEST_OK(context, eqf_dataset_open(context, n, paths, &options, &streamed));
}

static eqf_sample get(const eqf_dataset *dataset, int64_t i)
{
    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_OK(context, eqf_dataset_get(context, dataset, i, &sample));
    return sample;
}

static void same_bits(const void *a, const void *b, size_t bytes)
{
    assert_true((a == NULL) == (b == NULL));
    if (a != NULL) assert_memory_equal(a, b, bytes);
}

static void expect_same(int64_t i)
{
    eqf_sample a = get(kept, i), b = get(streamed, i);
    const eqf_structure *s = a.structure, *t = b.structure;
    size_t n = (size_t)s->natoms;
    assert_int_equal(s->natoms, t->natoms);
    same_bits(s->atomic_numbers, t->atomic_numbers, n * sizeof(int));
    same_bits(s->positions, t->positions, 3 * n * sizeof(double));
    same_bits(s->forces, t->forces, 3 * n * sizeof(double));
    same_bits(s->tags, t->tags, n * sizeof(int));
    same_bits(s->cell, t->cell, sizeof s->cell);
    same_bits(s->pbc, t->pbc, sizeof s->pbc);
    same_bits(s->stress, t->stress, sizeof s->stress);
    same_bits(&s->energy, &t->energy, sizeof s->energy);
    assert_true(s->has_energy == t->has_energy && s->has_stress == t->has_stress);
    same_bits(a.relaxed, b.relaxed, 3 * n * sizeof(double));
    assert_string_equal(a.source, b.source);
    assert_int_equal(a.frame, b.frame);
}

/* In an order that goes forwards, backwards, and from file to file. */
static void expect_all_same(void)
{
    int64_t n = eqf_dataset_samples(kept);
    assert_int_equal(eqf_dataset_samples(streamed), n);
    assert_int_equal(eqf_dataset_labels(streamed), eqf_dataset_labels(kept));
    for (int64_t i = 0; i < n; i++) expect_same(i);
    for (int64_t i = n; i-- > 0;) expect_same(i);
    for (int64_t i = 0; i < n; i++) expect_same(i * 7 % n);
}

/* n frames of different lengths. */
static void write_frames(const char *path, int n, double first)
{
    test_write_text(path, "");
    for (int i = 0; i < n; i++) {
        char text[256];
        int atoms = 1 + i % 3;
        snprintf(text, sizeof text, "%s%d\nProperties=species:S:1:pos:R:3:forces:R:3 energy=%.17g %s\n",
                 i % 2 ? "\n" : "", atoms, first + i / 7.0, i % 4 ? "" : "Lattice=\"9 0 0 0 9 0 0 0 9\"");
        test_append_text(path, text);
        for (int k = 0; k < atoms; k++) {
            snprintf(text, sizeof text, "Au %d.25 %.17g 0 %g %d 1e-3\n", k, i / 3.0, first, i);
            test_append_text(path, text);
        }
    }
}

static void test_extended_xyz(void **state)
{
    (void)state;
    write_frames("a.xyz", 40, -1);
    write_frames("b.xyz", 25, -100);
    static const char *const paths[] = {"a.xyz", "b.xyz"};
    for (size_t bytes = 1; bytes < 100000; bytes *= 100) { /* nothing, some, and all is kept */
        open_both(2, paths, bytes);
        expect_all_same();
    }
    options.energy_unit = "kcal/mol";
    options.length_unit = "bohr";
    options.to_energy_unit = "hartree";
    open_both(2, paths, 1);
    expect_all_same();
}

/* What is kept is what there is memory for. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    write_frames("a.xyz", 50, -1);
    static const char *const paths[] = {"a.xyz"};
    long before = memory.live;
    open_both(1, paths, 1);
    long all = memory.live - before;
    eqf_dataset_free(kept);
    kept = NULL;
    long few = memory.live - before;
    assert_in_range(all - few, 50, 60);
    assert_in_range(few, 1, 10);
}

static void test_qm9(void **state)
{
    (void)state;
    static const char molecule[] = "2\ngdb %d\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t-%d.5\t12\t13\t14\t15\t\n"
                                   "O\t0\t0\t%d*^-1\t0.5\nH\t1\t0\t0\t-0.5\n1.5\t2.5\nO\tO\nInChI=1\tInChI=1\n";
    test_write_text("a.xyz", "");
    for (int i = 1; i < 9; i++) {
        char text[256];
        snprintf(text, sizeof text, molecule, i, i, i);
        test_append_text("a.xyz", text);
    }
    static const char *const paths[] = {"a.xyz"};
    open_both(1, paths, 1);
    assert_int_equal(eqf_dataset_samples(kept), 8);
    assert_close(get(streamed, 7).structure->positions[2], 0.8, 1e-16);
    assert_true(get(streamed, 2).structure->energy == -3.5);
    expect_all_same();
}

static void test_relaxations(void **state)
{
    (void)state;
    char name[] = "0.xyz";
    const char *paths[5];
    static char names[5][8];
    for (int i = 0; i < 5; i++) {
        char text[512];
        name[0] = (char)('0' + i);
        snprintf(text, sizeof text,
                 "2\nProperties=species:S:1:pos:R:3:tags:I:1 energy=7 \nPt 0 0 %d 0\nO 1 1 1 2\n"
                 "2\nenergy=8\nPt 1 1 1\nO 2 2 2\n2\nenergy=%d\nPt 0 3 %d\nO 4 5 6\n",
                 i + 2, -i, i);
        test_write_text(name, text);
        paths[i] = strcpy(names[i], name);
    }
    options.relaxations = 1;
    options.length_unit = "nm";
    open_both(5, paths, 1);
    expect_all_same();
    eqf_sample sample = get(streamed, 3);
    assert_true(sample.structure->energy == -3 && sample.structure->positions[2] == 50 && sample.relaxed[2] == 30);
}

/* ---------------------------------------------------------------------------------------------------------- npz -- */

#ifdef EQFI_HAVE_LIBZIP

static void write_npz(const char *path, bool deflate)
{
    eqf_frames_writer_options how = EQF_FRAMES_WRITER_OPTIONS_INIT;
    eqf_frames_writer *writer;
    how.deflate = deflate;
    TEST_OK(context, eqf_frames_writer_create(context, path, &how, &writer));
    static const int numbers[3] = {6, 1, 8};
    for (int i = 0; i < 30; i++) {
        const double positions[9] = {0, 0, i / 3.0, 1, 1, 1, 2, -2, 2}, forces[9] = {i, 1, 2, 3, 4, 5, 6, 7, 1e-7 * i};
        const eqf_structure frame = {.size = sizeof frame,
                                     .natoms = 3,
                                     .atomic_numbers = numbers,
                                     .positions = positions,
                                     .forces = forces,
                                     .cell = {20, 0, 0, 0, 20, 0, 0, 0, 20},
                                     .pbc = {1, 1, i % 2},
                                     .has_energy = 1,
                                     .energy = -i / 7.0};
        TEST_OK(context, eqf_frames_writer_add(context, writer, &frame, 0, NULL));
    }
    TEST_OK(context, eqf_frames_writer_finish(context, writer));
    eqf_frames_writer_free(writer);
}

static void test_npz_streams(void **state)
{
    (void)state;
    static const char *const paths[] = {"stored.npz", "packed.npz"};
    write_npz(paths[0], false);
    write_npz(paths[1], true);
    for (int i = 0; i < 2; i++) {
        open_both(1, &paths[i], 1);
        expect_all_same();
    }
    open_both(2, paths, 1);
    expect_all_same();

    /* What is compressed cannot be read again: it is kept, and its file is not needed. */
    open_both(2, paths, 1);
    remove(paths[0]);
    remove(paths[1]);
    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_OK(context, eqf_dataset_get(context, streamed, 45, &sample));
    TEST_FAILS(context, EQF_ERROR_IO, paths[0], eqf_dataset_get(context, streamed, 1, &sample));
}

/* A file in the place of another that was indexed before. */
static void test_npz_is_replaced(void **state)
{
    (void)state;
    static const char *const paths[] = {"a.npz"};
    eqf_sample sample = EQF_SAMPLE_INIT;
    write_npz(paths[0], false);
    open_both(1, paths, 1);
    test_bytes bytes = {NULL, 0, 0};
    static const double positions[9] = {0}, numbers[3] = {1, 1, 1};
    const test_array arrays[] = {{"pos", "<f8", "(1, 3, 3)", positions, sizeof positions, false},
                                 {"z", "<f8", "(3,)", numbers, sizeof numbers, false}};
    test_npz(&bytes, 2, arrays);
    test_save(&bytes, paths[0]);
    test_release(&bytes);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "a.npz: frame 20 is", eqf_dataset_get(context, streamed, 20, &sample));
    TEST_FAILS(context, EQF_ERROR_FORMAT, "a.npz: frame 0 is not what it was",
               eqf_dataset_get(context, streamed, 0, &sample));
}

#endif

/* ------------------------------------------------------------------------------------------------ damaged files -- */

static void open_three(void)
{
    static const char *const paths[] = {"a.xyz"};
    test_write_text("a.xyz", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=2\nHe 0 0 2.00\n1\nenergy=3\nHe 0 0 3.00\n");
    open_both(1, paths, 1);
}

static void expect_failure(int64_t i, eqf_status status, const char *text)
{
    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_FAILS(context, status, text, eqf_dataset_get(context, streamed, i, &sample));
    assert_null(sample.source);
}

static void test_changes(void **state)
{
    (void)state;
    open_three();
    test_write_text("a.xyz", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=2\nHe 0 0 2.01\n1\nenergy=3\nHe 0 0 3.00\n");
    expect_same(0);
    expect_failure(1, EQF_ERROR_FORMAT, "a.xyz: frame 1 is not what it was when the data set was opened");
    expect_same(2);
    test_write_text("a.xyz", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=7\nHe 0 0 2.00\n1\nenergy=3\nXe 0 0 3.00\n");
    expect_failure(1, EQF_ERROR_FORMAT, "frame 1 is not what it was");
    expect_failure(2, EQF_ERROR_FORMAT, "frame 2 is not what it was");
    expect_same(0);
}

static void test_damage(void **state)
{
    (void)state;
    open_three();
    test_write_text("a.xyz", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=2\nHe 0 0 x.00\n1\nenergy=3\nHe 0 0 3.00\n");
    expect_failure(1, EQF_ERROR_PARSE, "a.xyz:6: z of the position is 'x.00'");
    expect_same(2);
    expect_same(0);
    test_write_text("a.xyz", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=2");
    expect_failure(1, EQF_ERROR_PARSE, "a.xyz:5: the file ends after 0 of 1 atoms");
    expect_failure(2, EQF_ERROR_FORMAT, "frame 2 is not what it was");
    expect_same(0);
    test_write_text("a.xyz", "");
    expect_failure(0, EQF_ERROR_FORMAT, "frame 0 is not what it was");
}

static void test_removal(void **state)
{
    (void)state;
    open_three();
    remove("a.xyz");
    expect_failure(0, EQF_ERROR_IO, "a.xyz");
    expect_failure(0, EQF_ERROR_IO, "a.xyz");
    test_write_text("a.xyz", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=2\nHe 0 0 2.00\n1\nenergy=3\nHe 0 0 3.00\n");
    for (int i = 0; i < 3; i++) expect_same(i);
}

/* A pipe is read once: all of it is kept. */
static void test_pipe(void **state)
{
    (void)state;
    static const char *const paths[] = {"pipe"};
    assert_int_equal(mkfifo("pipe", 0600), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        test_write_text("pipe", "1\nenergy=1\nHe 0 0 1.00\n1\nenergy=2\nHe 0 0 2.00\n");
        _exit(0);
    }
    options.memory = 1;
    TEST_OK(context, eqf_dataset_open(context, 1, paths, &options, &streamed));
    assert_int_equal(eqf_dataset_samples(streamed), 2);
    assert_true(get(streamed, 1).structure->energy == 2 && get(streamed, 0).structure->energy == 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* ------------------------------------------------------------------------------------------------------- memory -- */

static eqf_status open_and_read(eqf_context *of, void *path)
{
    const char *paths[] = {path};
    eqf_dataset *dataset = NULL;
    eqf_dataset_options little = EQF_DATASET_OPTIONS_INIT;
    little.memory = 1;
    eqf_status status = eqf_dataset_open(of, 1, paths, &little, &dataset);
    for (int64_t i = 0; i < 5 && status == EQF_OK; i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        status = eqf_dataset_get(of, dataset, i * 3 % 5, &sample);
    }
    eqf_dataset_free(dataset);
    return status;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    static char xyz[] = "a.xyz";
    write_frames(xyz, 5, -1);
    test_every_allocation(open_and_read, xyz);
}

static int set_up(void **state)
{
    context = test_context(&memory);
    kept = streamed = NULL;
    options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    return test_enter_directory(state);
}

static int tear_down(void **state)
{
    eqf_dataset_free(kept);
    eqf_dataset_free(streamed);
    test_context_free(context, &memory);
    return test_leave_directory(state);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_extended_xyz),
                                       CASE(test_memory_is_bounded),
                                       CASE(test_qm9),
                                       CASE(test_relaxations),
                                       CASE(test_changes),
                                       CASE(test_damage),
                                       CASE(test_removal),
                                       CASE(test_pipe),
                                       CASE(test_memory_runs_out),
#ifdef EQFI_HAVE_LIBZIP
                                       CASE(test_npz_streams),
                                       CASE(test_npz_is_replaced)
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
