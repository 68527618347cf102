/* Learning rates at every epoch and step of the published recipes, and moving averages of parameters.
 * SPDX-License-Identifier: MIT */
#include "support/stores.h"

#include <equiformer/optimizer.h>

static const double pi = 3.14159265358979323846264338327950288;

/* ------------------------------------------------------------------------------------------------------- schedules -- */

/* QM9 and MD17: linear from 1e-6 over the warm-up, then half a cosine over all epochs, not shifted. */
static void test_cosine_by_epochs(void **state)
{
    (void)state;
    static const struct {
        double rate;
        int64_t warmup, epochs;
    } recipes[] = {{5e-4, 5, 300}, {1.5e-4, 5, 600}, {5e-4, 10, 1500}, {2e-4, 10, 2000}};
    for (int i = 0; i < 4; i++) {
        eqf_schedule s = EQF_SCHEDULE_INIT;
        double rate = recipes[i].rate, warmup = (double)recipes[i].warmup, total = (double)recipes[i].epochs;
        s.kind = EQF_SCHEDULE_COSINE_EPOCH;
        s.rate = rate;
        s.warmup = warmup;
        s.total = total;
        for (int64_t t = 0; t < recipes[i].epochs; t++) {
            double at = (double)t, own = eqf_schedule_rate(&s, t, 0, 119);
            double expected = at < warmup ? 1e-6 + at * (rate - 1e-6) / warmup
                                          : 1e-6 + (rate - 1e-6) * (1 + cos(pi * at / total)) / 2;
            assert_close(own, expected, 1e-15 * rate);
            assert_true(own == eqf_schedule_rate(&s, t, 118, 119)); /* the same for all steps */
        }
        assert_true(eqf_schedule_rate(&s, 0, 0, 119) == 1e-6);
        assert_close(eqf_schedule_rate(&s, recipes[i].epochs, 0, 119), 1e-6, 1e-18);
    }
}

/* OC20: linear from 0.2 over two epochs of steps, then half a cosine down to 0.01. */
static void test_cosine_by_steps(void **state)
{
    (void)state;
    static const int64_t lengths[][2] = {{20, 14386}, {40, 3}, {3, 1}};
    for (int i = 0; i < 3; i++) {
        int64_t epochs = lengths[i][0], steps = lengths[i][1];
        eqf_schedule s = EQF_SCHEDULE_INIT;
        double w = 2 * (double)steps, total = (double)(epochs * steps);
        s.kind = EQF_SCHEDULE_COSINE_STEP;
        s.rate = 2e-4;
        s.start = 0.2;
        s.floor = 0.01;
        s.warmup = 2;
        s.total = (double)epochs;
        for (int64_t n = 0; n < epochs * steps; n += i == 0 ? 97 : 1) {
            double at = (double)n;
            double expected =
                2e-4 * (at <= w ? 0.2 * (1 - at / w) + at / w : 0.01 + 0.99 * (1 + cos(pi * at / total)) / 2);
            assert_close(eqf_schedule_rate(&s, n / steps, n % steps, steps), expected, 1e-15 * 2e-4);
        }
        s.warmup = 0;
        assert_close(eqf_schedule_rate(&s, 0, 0, steps), 2e-4, 1e-19);
    }
}

static void test_steps(void **state)
{
    (void)state;
    static const double expected[] = {0.1,   0.1 + 0.4 / 3, 0.1 + 0.8 / 3, 0.05, 0.05, 0.005,
                                      0.005, 0.005,         5e-4,          5e-4, 5e-5};
    eqf_schedule s = EQF_SCHEDULE_INIT;
    s.kind = EQF_SCHEDULE_STEP;
    s.rate = 0.5;
    s.start = 0.1;
    s.warmup = 3;
    s.period = 2.5;
    s.factor = 0.1;
    for (int t = 0; t < 11; t++) assert_close(eqf_schedule_rate(&s, t, 0, 1), expected[t], 1e-15);
    s.kind = EQF_SCHEDULE_CONSTANT;
    for (int t = 0; t < 5; t++) assert_true(eqf_schedule_rate(&s, t, 2, 7) == 0.5);
}

/* The rate of the next epoch after each metric; a patience of two epochs. */
static void test_plateau(void **state)
{
    (void)state;
    static const struct {
        double metric, rate;
    } epochs[] = {{10, 0.1},      {9, 0.1},     {9, 0.1},           {8.9999, 0.05}, /* 1e-4 is the least that counts */
                  {8.999, 0.05},  {NAN, 0.05},  {8.9, 0.05},        {INFINITY, 0.05}, {9, 0.025}, {9, 0.025},
                  {8.95, 0.0125}, {-1, 0.0125}, {-1.00001, 0.0125}, {-1.00001, 0.01}, {0, 0.01},  {0, 0.01}};
    eqf_schedule s = EQF_SCHEDULE_INIT;
    s.kind = EQF_SCHEDULE_PLATEAU;
    s.rate = 0.1;
    s.floor = 0.01;
    s.factor = 0.5;
    s.period = 2;
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
        eqf_schedule_report(&s, epochs[i].metric);
        assert_close(eqf_schedule_rate(&s, (int64_t)i + 1, 0, 1), epochs[i].rate, 1e-16);
    }
    s.warmup = 20;
    s.start = 0;
    assert_close(eqf_schedule_rate(&s, 10, 0, 1), 0.05, 1e-16);
    s = (eqf_schedule)EQF_SCHEDULE_INIT;
    eqf_schedule before = s;
    eqf_schedule_report(&s, 3);
    assert_true(s.best == before.best && s.since == 0 && s.reduced == 1);
}

static void test_wrong_schedules(void **state)
{
    (void)state;
    eqf_schedule s = EQF_SCHEDULE_INIT;
    s.kind = (eqf_schedule_kind)5;
    assert_true(isnan(eqf_schedule_rate(&s, 0, 0, 1)));
    s = (eqf_schedule)EQF_SCHEDULE_INIT;
    s.size = 7;
    assert_true(isnan(eqf_schedule_rate(&s, 0, 0, 1)));
}

/* -------------------------------------------------------------------------------------------------------- averages -- */

enum { UPDATES = 50 };

static eqf_parameters *new_store(eqf_context *context, eqf_precision precision, uint64_t seed)
{
    eqf_parameters *store = NULL;
    TEST_OK(context, test_store(context, precision, seed, &store));
    return store;
}

static eqf_average *new_average(eqf_context *context, const eqf_parameters *p, double decay)
{
    eqf_average *average = NULL;
    TEST_OK(context, eqf_average_create(context, p, decay, &average));
    return average;
}

/* By the recurrence a = decay a + (1 - decay) p, in float64 for either precision; constants stay. */
static void test_average(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        eqf_parameters *p = new_store(context, (eqf_precision)precision, 1);
        double *expected[TEST_STORE_ARRAYS];
        for (int i = 0; i < TEST_STORE_ARRAYS; i++) expected[i] = test_store_values(context, p, i);
        eqf_average *average = new_average(context, p, 0.75), *second = NULL;
        eqf_parameters_free(p);
        for (uint64_t n = 0; n < UPDATES; n++) {
            p = new_store(context, (eqf_precision)precision, 2 + n);
            for (int i = 0; i < TEST_STORE_ARRAYS; i++) {
                double *values = test_store_values(context, p, i);
                for (int64_t k = 0; k < test_store_arrays[i].count && i != TEST_STORE_CONSTANT; k++)
                    expected[i][k] = 0.75 * expected[i][k] + 0.25 * values[k];
                free(values);
            }
            TEST_OK(context, eqf_average_update(context, average, p));
            if (second != NULL) TEST_OK(context, eqf_average_update(context, second, p));
            if (n == UPDATES / 2) second = new_average(context, eqf_average_parameters(average), 0.75);
            eqf_parameters_free(p);
        }
        const eqf_parameters *own = eqf_average_parameters(average);
        assert_int_equal(eqf_parameters_precision(own), EQF_FLOAT64);
        for (int i = 0; i < TEST_STORE_ARRAYS; i++) {
            double *values = test_store_values(context, own, i);
            assert_all_close((size_t)test_store_arrays[i].count, values, expected[i], 1e-14);
            free(values);
            free(expected[i]);
        }
        test_expect_same_store(context, own, eqf_average_parameters(second)); /* which went on from half-way */
        eqf_average_free(second);
        eqf_average_free(average);
    }
    test_context_free(context, &memory);
}

/* Steps that float32 would lose: with a decay of 0.9999 the average reaches what the parameters are. */
static void test_small_steps(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_parameters *p = new_store(context, EQF_FLOAT32, 1);
    test_store_poke(context, p, TEST_STORE_BIAS, 0, 1);
    eqf_average *average = new_average(context, p, 0.9999);
    test_store_poke(context, p, TEST_STORE_BIAS, 0, 1.0001);
    for (int n = 0; n < 1000; n++) TEST_OK(context, eqf_average_update(context, average, p));
    double *values = test_store_values(context, eqf_average_parameters(average), TEST_STORE_BIAS);
    assert_close(values[0], 1 + ((double)1.0001F - 1) * (1 - pow(0.9999, 1000)), 1e-13);
    free(values);
    eqf_average_free(average);
    eqf_parameters_free(p);
    test_context_free(context, &memory);
}

static void test_wrong_averages(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_parameters *p = new_store(context, EQF_FLOAT32, 1), *empty = NULL;
    eqf_average *average = NULL;
    TEST_FAILS(context, EQF_ERROR_RANGE, "the decay of an average is 1", eqf_average_create(context, p, 1, &average));
    TEST_FAILS(context, EQF_ERROR_RANGE, "the decay of an average is nan",
               eqf_average_create(context, p, NAN, &average));
    average = new_average(context, p, 0.5);
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT32, &empty));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "the parameters have no array block.0.weight",
               eqf_average_update(context, average, empty));
    eqf_parameters *kept = eqf_parameters_retain(eqf_average_parameters(average));
    TEST_FAILS(context, EQF_ERROR_STATE, "are shared", eqf_average_update(context, average, p));
    eqf_parameters_free(kept);
    eqf_parameters_free(empty);
    eqf_average_free(average);
    eqf_parameters_free(p);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cosine_by_epochs), cmocka_unit_test(test_cosine_by_steps), cmocka_unit_test(test_steps),
        cmocka_unit_test(test_plateau),          cmocka_unit_test(test_wrong_schedules), cmocka_unit_test(test_average),
        cmocka_unit_test(test_small_steps),      cmocka_unit_test(test_wrong_averages),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
