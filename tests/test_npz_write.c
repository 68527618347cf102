/* Writing npz: what is written is read again bit by bit; refusals; full disks. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <equiformer/structure.h>

#include "support/archive.h"
#include "support/directory.h"
#include "support/frames.h"

static test_allocator memory;
static eqf_context *context;
static eqf_frames_writer *writer;
static eqf_frames *frames;

static int set_up(void **state)
{
    context = test_context(&memory);
    writer = NULL;
    frames = NULL;
    return test_enter_directory(state);
}

static int tear_down(void **state)
{
    eqf_frames_writer_free(writer);
    eqf_frames_close(frames);
    test_context_free(context, &memory);
    return test_leave_directory(state);
}

static void begin(bool deflate)
{
    eqf_frames_writer_options options = EQF_FRAMES_WRITER_OPTIONS_INIT;
    options.deflate = deflate;
    eqf_frames_writer_free(writer);
    writer = NULL;
    TEST_OK(context, eqf_frames_writer_create(context, "f.npz", &options, &writer));
}

static void add(const eqf_structure *frame)
{
    TEST_OK(context, eqf_frames_writer_add(context, writer, frame, 0, NULL));
}

static void finish(void)
{
    TEST_OK(context, eqf_frames_writer_finish(context, writer));
    eqf_frames_close(frames);
    frames = NULL;
    TEST_OK(context, eqf_frames_open(context, "f.npz", NULL, &frames));
}

static void expect(const eqf_structure *wanted) { test_expect_frame(context, frames, wanted); }

static void expect_end(void) { test_expect_no_frame(context, frames); }

static void test_round_trip(void **state)
{
    (void)state;
    eqf_structure other = test_frame, plain = {.size = sizeof plain, .natoms = 2, .positions = test_frame.forces};
    other.positions = test_frame.forces;
    other.energy = -0.0;
    memset(other.pbc, 0, sizeof other.pbc);
    plain.atomic_numbers = test_frame.atomic_numbers;
    for (int deflate = 0; deflate < 2; deflate++) {
        begin(deflate);
        for (int i = 0; i < 50; i++) add(i % 2 ? &other : &test_frame);
        finish();
        for (int i = 0; i < 50; i++) expect(i % 2 ? &other : &test_frame);
        expect_end();
    }
    begin(false);
    add(&plain);
    finish();
    expect(&plain);
    expect_end();
    begin(true);
    finish();
    expect_end();
    assert_int_equal(test_files_here(), 1);
}

static size_t size_of_file(void)
{
    struct stat about;
    assert_int_equal(stat("f.npz", &about), 0);
    return (size_t)about.st_size;
}

/* The same frames are the same bytes; deflated ones are fewer. */
static void test_same_bytes(void **state)
{
    (void)state;
    static char first[1 << 16], again[1 << 16];
    size_t sizes[3];
    for (int i = 0; i < 3; i++) {
        begin(i == 2);
        for (int k = 0; k < 50; k++) add(&test_frame);
        finish();
        sizes[i] = size_of_file();
        assert_true(sizes[i] < sizeof first);
        FILE *file = fopen("f.npz", "rb");
        assert_int_equal(fread(i == 0 ? first : again, 1, sizes[i], file), sizes[i]);
        fclose(file);
        if (i == 1) assert_memory_equal(first, again, sizes[0]);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(first + 10, "\0\0\x21\0", 4); /* no time of day, and 1980-01-01 */
    assert_true(sizes[2] < sizes[0] / 4);
}

static void test_entries(void **state)
{
    (void)state;
    const eqf_frame_entry one[] = {{"step", NULL, 1}, {"loss", NULL, 0.1}},
                          two[] = {{"loss", NULL, (double)INFINITY}, {"step", NULL, 2}};
    double value;
    begin(false);
    TEST_OK(context, eqf_frames_writer_add(context, writer, &test_frame, 2, one));
    TEST_OK(context, eqf_frames_writer_add(context, writer, &test_frame, 2, two));
    finish();
    expect(&test_frame);
    TEST_OK(context, eqf_frames_number(context, frames, "loss", &value));
    assert_true(value == 0.1);
    expect(&test_frame);
    TEST_OK(context, eqf_frames_number(context, frames, "step", &value));
    assert_true(value == 2);
    TEST_OK(context, eqf_frames_number(context, frames, "loss", &value));
    assert_true(isinf(value));
}

static void refuse(const eqf_structure *frame, int n, const eqf_frame_entry *entries, eqf_status status,
                   const char *message)
{
    TEST_FAILS(context, status, message, eqf_frames_writer_add(context, writer, frame, n, entries));
    assert_non_null(strstr(eqf_context_message(context), "f.npz: frame "));
}

static void test_refusals(void **state)
{
    (void)state;
    eqf_structure bad = test_frame;
    begin(false);
    bad.natoms = 0;
    refuse(&bad, 0, NULL, EQF_ERROR_SHAPE, "it has no atoms");
    const eqf_frame_entry text = {"name", "water", 0}, taken = {"z", NULL, 1}, path = {"a/b", NULL, 1},
                          step = {"step", NULL, 1}, other = {"other", NULL, 1};
    refuse(&test_frame, 1, &text, EQF_ERROR_ARGUMENT, "the entry 'name' is a text");
    refuse(&test_frame, 1, &taken, EQF_ERROR_ARGUMENT, "'z', which would be read as part of the structure");
    refuse(&test_frame, 1, &path, EQF_ERROR_ARGUMENT, "'a/b', expected up to 100 letters");
    TEST_OK(context, eqf_frames_writer_add(context, writer, &test_frame, 1, &step));
    refuse(&test_frame, 0, NULL, EQF_ERROR_SHAPE, "it has 0 entries, in an npz expected 1");
    refuse(&test_frame, 1, &other, EQF_ERROR_SHAPE, "it has an entry 'other'");
    bad = test_frame, bad.natoms = 2;
    refuse(&bad, 1, &step, EQF_ERROR_SHAPE, "natoms is 2, in an npz expected 3");
    static const int swapped[3] = {79, 1, 118};
    bad = test_frame, bad.atomic_numbers = swapped;
    refuse(&bad, 1, &step, EQF_ERROR_SHAPE, "the atomic number of atom 0 is 79, in an npz expected 1");
    bad = test_frame, bad.forces = NULL;
    refuse(&bad, 1, &step, EQF_ERROR_SHAPE, "it has no forces");
    bad = test_frame, bad.has_energy = 0;
    refuse(&bad, 1, &step, EQF_ERROR_SHAPE, "it has no energy");
    bad = test_frame, bad.energy = (double)NAN;
    refuse(&bad, 1, &step, EQF_ERROR_NOT_FINITE, "f.npz: frame 1: number 0 of the energy is nan");
    TEST_OK(context, eqf_frames_writer_add(context, writer, &test_frame, 1, &step));
    finish();
    expect(&test_frame);
    expect(&test_frame);
    expect_end();
    TEST_FAILS(context, EQF_ERROR_STATE, "finished", eqf_frames_writer_add(context, writer, &test_frame, 1, &step));
    eqf_frames_writer_options options = EQF_FRAMES_WRITER_OPTIONS_INIT;
    eqf_frames_writer *no = NULL;
    options.append = 1;
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "cannot be appended",
               eqf_frames_writer_create(context, "g.npz", &options, &no));
    assert_null(no);
}

/* The old file stays until the new one is complete. */
static void test_full_disk(void **state)
{
    (void)state;
    struct rlimit old, small;
    begin(false);
    add(&test_frame);
    finish();
    begin(false);
    for (int i = 0; i < 1000; i++) add(&test_frame);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 65536;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    eqf_status status = eqf_frames_writer_finish(context, writer);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write f.npz: File too large", status);
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write f.npz", eqf_frames_writer_finish(context, writer));
    assert_int_equal(test_files_here(), 1);
    eqf_frames_close(frames);
    frames = NULL;
    TEST_OK(context, eqf_frames_open(context, "f.npz", NULL, &frames));
    expect(&test_frame);
    expect_end();
}

static eqf_status write_two(eqf_context *own, void *unused)
{
    (void)unused;
    static const eqf_frame_entry entry = {"step", NULL, 3};
    eqf_frames_writer *made = NULL;
    eqf_status status = eqf_frames_writer_create(own, "m.npz", NULL, &made);
    for (int i = 0; i < 2 && status == EQF_OK; i++) status = eqf_frames_writer_add(own, made, &test_frame, 1, &entry);
    if (status == EQF_OK) status = eqf_frames_writer_finish(own, made);
    eqf_frames_writer_free(made);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    test_every_allocation(write_two, NULL);
    /* What failed can be done again. */
    begin(false);
    for (int added = 0; added < 2;) {
        memory.fail_at = memory.calls + 1 + memory.calls % 3;
        eqf_status status = eqf_frames_writer_add(context, writer, &test_frame, 0, NULL);
        assert_true(status == EQF_OK || status == EQF_ERROR_MEMORY);
        added += status == EQF_OK;
    }
    memory.fail_at = 0;
    finish();
    expect(&test_frame);
    expect(&test_frame);
    expect_end();
}

static void test_without_libzip(void **state)
{
    (void)state;
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "f.npz: zip archives (npz, PyTorch checkpoints) need libzip",
               eqf_frames_writer_create(context, "f.npz", NULL, &writer));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_without_libzip), CASE(test_round_trip), CASE(test_same_bytes), CASE(test_entries),
        CASE(test_refusals),       CASE(test_full_disk),  CASE(test_memory),
    };
    return test_run_archives("npz_write", tests, sizeof tests / sizeof *tests);
}
