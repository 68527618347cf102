/* Dividing data sets: sizes, fractions, the shuffle; files of indices. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/dataset.h>

#include "support/directory.h"

static test_allocator memory;
static eqf_context *context;

static void expect(int64_t n, double train, double valid, double test, int64_t a, int64_t b, int64_t c)
{
    eqf_split_options options = EQF_SPLIT_OPTIONS_INIT;
    int64_t indices[1000], counts[3];
    options.train = train;
    options.valid = valid;
    options.test = test;
    TEST_OK(context, eqf_split(context, n, &options, indices, counts));
    assert_int_equal(counts[0], a);
    assert_int_equal(counts[1], b);
    assert_int_equal(counts[2], c);
    bool seen[1000] = {false};
    for (int64_t i = 0; i < n; i++) {
        assert_true(indices[i] >= 0 && indices[i] < n && !seen[indices[i]]);
        seen[indices[i]] = true;
    }
}

static void test_sizes(void **state)
{
    (void)state;
    expect(1000, 950, 50, 0, 950, 50, 0);
    expect(1000, 900, 50, 0, 900, 50, 50);
    expect(1000, 900, 50, 10, 900, 50, 10);
    expect(1000, 900, 0, 0, 900, 100, 0);
    expect(1000, 900, 0, 40, 900, 60, 40);
    expect(1000, 0, 100, 0, 900, 100, 0);
    expect(1000, 0, 100, 200, 700, 100, 200);
    expect(1000, 0, 0, 200, 800, 0, 200);
    expect(1000, 0, 0, 0, 1000, 0, 0);
    expect(1000, 1000, 0, 0, 1000, 0, 0);
    expect(0, 0, 0, 0, 0, 0, 0);
}

static void test_fractions(void **state)
{
    (void)state;
    expect(100, 0.29, 0.5, 0, 29, 50, 21);
    expect(100, 0.9, 10, 0, 90, 10, 0);
    expect(7, 0.5, 0.5, 0, 3, 3, 1);
    expect(3, 0.1, 0, 0, 0, 3, 0);
    for (int n = 1; n < 100; n++) expect(100, n / 100.0, 0, 0, n, 100 - n, 0);
}

/* The order belongs to the seed and to the number of samples, for ever: data sets are divided again by it. */
static void test_shuffle(void **state)
{
    (void)state;
    eqf_split_options options = EQF_SPLIT_OPTIONS_INIT;
    int64_t indices[10], again[10], counts[3];
    static const int64_t wanted[10] = {6, 2, 0, 8, 1, 7, 9, 3, 5, 4};
    TEST_OK(context, eqf_split(context, 10, NULL, indices, counts));
    assert_memory_equal(indices, wanted, sizeof wanted);
    options.train = 3;
    TEST_OK(context, eqf_split(context, 10, &options, again, counts));
    assert_memory_equal(indices, again, sizeof again);
    options.seed = 1;
    TEST_OK(context, eqf_split(context, 10, &options, again, counts));
    assert_memory_not_equal(indices, again, sizeof again);
    options.shuffle = 0;
    TEST_OK(context, eqf_split(context, 10, &options, again, counts));
    for (int i = 0; i < 10; i++) assert_int_equal(again[i], i);
}

/* Every place is reached from every place, about equally often: each of 16 counts has mean 500 and deviation 20. */
static void test_shuffle_is_fair(void **state)
{
    (void)state;
    int counts[4][4] = {{0}};
    eqf_split_options options = EQF_SPLIT_OPTIONS_INIT;
    for (; options.seed < 2000; options.seed++) {
        int64_t indices[4], parts[3];
        TEST_OK(context, eqf_split(context, 4, &options, indices, parts));
        for (int i = 0; i < 4; i++) counts[i][indices[i]]++;
    }
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) assert_in_range(counts[i][k], 400, 600);
}

static void refuse(eqf_status status, const char *text, double train, double valid, double test)
{
    eqf_split_options options = EQF_SPLIT_OPTIONS_INIT;
    int64_t indices[10], counts[3] = {-1, -1, -1};
    options.train = train;
    options.valid = valid;
    options.test = test;
    TEST_FAILS(context, status, text, eqf_split(context, 10, &options, indices, counts));
    assert_int_equal(counts[0], -1);
}

static void test_refusals(void **state)
{
    (void)state;
    refuse(EQF_ERROR_RANGE, "11, 0 and 0, expected no more than the 10 samples", 11, 0, 0);
    refuse(EQF_ERROR_RANGE, "5, 5 and 1", 5, 5, 1);
    refuse(EQF_ERROR_RANGE, "0.6, 0.6", 0.6, 0.6, 0);
    refuse(EQF_ERROR_RANGE, "0, 11", 0, 11, 0);
    refuse(EQF_ERROR_ARGUMENT, "train is 1.5, expected a whole number", 1.5, 0, 0);
    refuse(EQF_ERROR_ARGUMENT, "valid is -1", 0, -1, 0);
    refuse(EQF_ERROR_ARGUMENT, "test is nan", 0, 0, NAN);
    refuse(EQF_ERROR_ARGUMENT, "train is inf", INFINITY, 0, 0);
    refuse(EQF_ERROR_ARGUMENT, "train is 1e+300", 1e300, 0, 0);
    eqf_split_options options = {0};
    int64_t indices[1], counts[3];
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "size", eqf_split(context, 1, &options, indices, counts));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_split(context, 1, NULL, NULL, counts));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_split(context, 1, NULL, indices, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "below 0", eqf_split(context, -1, NULL, indices, counts));
    assert_int_equal(eqf_split(NULL, 1, NULL, indices, counts), EQF_ERROR_ARGUMENT);
}

/* -------------------------------------------------------------------------------------------------- index files -- */

static eqf_dataset *make_dataset(eqf_context *of)
{
    static const int numbers[1] = {2};
    static const double position[3] = {0, 0, 0};
    eqf_structure atoms[5];
    for (int i = 0; i < 5; i++)
        atoms[i] = (eqf_structure){.size = sizeof atoms[i],
                                   .natoms = 1,
                                   .atomic_numbers = numbers,
                                   .positions = position,
                                   .has_energy = 1,
                                   .energy = i};
    eqf_dataset *dataset = NULL;
    TEST_OK(of, eqf_dataset_create(of, 5, atoms, NULL, &dataset));
    return dataset;
}

static double energy_of(const eqf_dataset *dataset, int64_t i)
{
    eqf_sample sample = EQF_SAMPLE_INIT;
    TEST_OK(context, eqf_dataset_get(context, dataset, i, &sample));
    return sample.structure->energy;
}

static void test_index_file(void **state)
{
    (void)state;
    eqf_dataset *dataset = make_dataset(context), *part, *none;
    test_write_text("part", "# three samples\n4\n\n 0 # the first\r\n2");
    TEST_OK(context, eqf_dataset_select_file(context, dataset, "part", &part));
    assert_int_equal(eqf_dataset_samples(part), 3);
    assert_true(energy_of(part, 0) == 4 && energy_of(part, 1) == 0 && energy_of(part, 2) == 2);
    test_write_text("part", "");
    TEST_OK(context, eqf_dataset_select_file(context, dataset, "part", &none));
    assert_int_equal(eqf_dataset_samples(none), 0);
    eqf_dataset_free(none);

    static const struct {
        const char *text;
        eqf_status status;
        const char *message;
    } wrong[] = {{"1\n5\n", EQF_ERROR_RANGE, "part:2: the index is 5, expected 0 to 4"},
                 {"-1", EQF_ERROR_RANGE, "part:1: the index is -1"},
                 {"1 2", EQF_ERROR_PARSE, "part:1: the line is '1 2', expected one index"},
                 {"0\n1.0", EQF_ERROR_PARSE, "part:2: the line is '1.0'"},
                 {"99999999999999999999", EQF_ERROR_PARSE, "part:1: the line is '99999999999999999999'"}};
    eqf_dataset *selection = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        test_write_text("part", wrong[i].text);
        TEST_FAILS(context, wrong[i].status, wrong[i].message,
                   eqf_dataset_select_file(context, dataset, "part", &selection));
    }
    TEST_FAILS(context, EQF_ERROR_IO, "nowhere", eqf_dataset_select_file(context, dataset, "nowhere", &selection));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_dataset_select_file(context, dataset, NULL, &selection));
    assert_null(selection);
    eqf_dataset_free(part);
    eqf_dataset_free(dataset);
}

static eqf_status select_file(eqf_context *of, void *dataset)
{
    eqf_dataset *selection;
    eqf_status status = eqf_dataset_select_file(of, dataset, "part", &selection);
    if (status == EQF_OK) eqf_dataset_free(selection);
    return status;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    test_write_text("part", "1\n0\n");
    eqf_dataset *dataset = make_dataset(context);
    test_every_allocation(select_file, dataset);
    eqf_dataset_free(dataset);
}

static int set_up(void **state)
{
    context = test_context(&memory);
    return test_enter_directory(state);
}

static int tear_down(void **state)
{
    test_context_free(context, &memory);
    return test_leave_directory(state);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_sizes),           CASE(test_fractions), CASE(test_shuffle),
                                       CASE(test_shuffle_is_fair), CASE(test_refusals),  CASE(test_index_file),
                                       CASE(test_memory_runs_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
