/* Spherical harmonics of many vectors by components: against those of one vector, gradients against differences, in every
 * precision and instruction set. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/spherical_harmonics.h>

#include "base/cpu.h"
#include "base/rng.h"

enum { MANY = 2100, COLUMNS = (EQF_LMAX + 1) * (EQF_LMAX + 1) };

/* Numbers in the precision of a call. */
typedef struct numbers {
    float f32[3 * COLUMNS * 40];
    double f64[3 * COLUMNS * 40];
} numbers;

static void *data(numbers *x, eqf_precision precision)
{
    return precision == EQF_FLOAT32 ? (void *)x->f32 : (void *)x->f64;
}

static double element(const numbers *x, eqf_precision precision, int64_t i)
{
    return precision == EQF_FLOAT32 ? (double)x->f32[i] : x->f64[i];
}

static numbers xyz, y, gradient;

/* Derivative of every component by coordinate a of vector v. */
static void differences(eqf_context *context, int lmax, eqf_harmonics kind, int normalize, const double *v, int a,
                        double *slope)
{
    const double h = 1e-4;
    double at[3], plus[COLUMNS], minus[COLUMNS];
    memcpy(at, v, sizeof at);
    at[a] = v[a] + h;
    TEST_OK(context, eqf_spherical_harmonics(context, lmax, kind, normalize, 1, at, plus));
    at[a] = v[a] - h;
    TEST_OK(context, eqf_spherical_harmonics(context, lmax, kind, normalize, 1, at, minus));
    for (int k = 0; k < (lmax + 1) * (lmax + 1); k++) slope[k] = (plus[k] - minus[k]) / (2 * h);
}

static void check(eqf_context *context, int lmax, eqf_harmonics kind, int normalize, eqf_precision precision, int n)
{
    int columns = (lmax + 1) * (lmax + 1);
    double tolerance = precision == EQF_FLOAT32 ? 2e-5 : 1e-12;
    for (int i = 0; i < 3 * n; i++) {
        double value = eqfi_rng_normal(9, (uint64_t)lmax, (uint64_t)i);
        xyz.f32[i] = (float)value;
        xyz.f64[i] = precision == EQF_FLOAT32 ? (double)xyz.f32[i] : value;
    }
    memset(&y, 0x7F, sizeof y);
    TEST_OK(context,
            eqf_spherical_harmonics_columns(context, lmax, kind, normalize, precision, n, data(&xyz, precision),
                                            data(&y, precision), data(&gradient, precision)));
    for (int i = 0; i < n; i++) {
        double expected[COLUMNS], slope[COLUMNS];
        const double *v = &xyz.f64[3 * i];
        double scale = pow(1 + v[0] * v[0] + v[1] * v[1] + v[2] * v[2], normalize ? 0 : 0.5 * lmax);
        TEST_OK(context, eqf_spherical_harmonics(context, lmax, kind, normalize, 1, v, expected));
        for (int k = 0; k < columns; k++)
            assert_close(element(&y, precision, k * n + i), expected[k], tolerance * scale);
        for (int a = 0; a < 3 && i % 5 == 0; a++) {
            differences(context, lmax, kind, normalize, v, a, slope);
            scale = normalize ? 1 / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) : scale;
            for (int k = 0; k < columns; k++)
                assert_close(element(&gradient, precision, (3 * k + a) * n + i), slope[k],
                             (tolerance + 3e-6 * lmax * lmax) * 10 * (1 + scale));
        }
    }
}

static void test_values(void **state)
{
    (void)state;
    test_allocator memory;
    static const int sizes[] = {1, 16, 39};
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa < EQFI_ISA_COUNT; isa++) {
        setenv("EQUIFORMER_ISA", eqfi_isa_name(isa), 1);
        eqf_context *context = test_context(&memory);
        for (int lmax = 0; lmax <= 5; lmax++)
            for (int kind = 0; kind < 6; kind++)
                for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++)
                    check(context, lmax, (eqf_harmonics)(kind % 3), kind / 3, (eqf_precision)precision,
                          sizes[(lmax + kind) % 3]);
        check(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, EQF_FLOAT64, 17);
        test_context_free(context, &memory);
    }
    unsetenv("EQUIFORMER_ISA");
}

/* The same bits for any number of threads; nothing beyond the arrays is written. */
static void test_threads(void **state)
{
    (void)state;
    test_allocator memory;
    static float in[3 * MANY], a[16 * MANY + 1], b[16 * MANY + 1], slope[48 * MANY + 1];
    for (int i = 0; i < 3 * MANY; i++) in[i] = (float)eqfi_rng_normal(4, 0, (uint64_t)i);
    eqf_context *context = test_context(&memory), *other;
    a[16 * MANY] = b[16 * MANY] = slope[48 * MANY] = 42;
    TEST_OK(context,
            eqf_spherical_harmonics_columns(context, 3, EQF_HARMONICS_NORM, 1, EQF_FLOAT32, MANY, in, a, slope));
    test_context_free(context, &memory);
    other = test_context_threads(&memory, 2);
    TEST_OK(other, eqf_spherical_harmonics_columns(other, 3, EQF_HARMONICS_NORM, 1, EQF_FLOAT32, MANY, in, b, slope));
    test_context_free(other, &memory);
    assert_memory_equal(a, b, sizeof a);
    assert_true(slope[48 * MANY] == 42);
}

static void test_special_arguments(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    const double points[6] = {0, 0, 0, 0, 1, 0};
    double values[32], slopes[96];
    eqf_harmonics kind = EQF_HARMONICS_COMPONENT;
    TEST_OK(context, eqf_spherical_harmonics_columns(context, 3, kind, 1, EQF_FLOAT64, 2, points, values, slopes));
    for (int k = 0; k < 16; k++) assert_close(values[2 * k], k == 0, 0);
    for (int k = 4; k < 16; k++) assert_close(slopes[6 * k], 0, 0);
    assert_close(slopes[2 * (3 * 1)] * 1e-12, sqrt(3), 1e-12); /* x over 1e-12 */
    TEST_OK(context, eqf_spherical_harmonics_columns(context, 3, kind, 1, EQF_FLOAT64, 0, NULL, NULL, NULL));
    TEST_FAILS(context, EQF_ERROR_RANGE, "12",
               eqf_spherical_harmonics_columns(context, 12, kind, 1, EQF_FLOAT64, 2, points, values, NULL));
    TEST_FAILS(context, EQF_ERROR_RANGE, "-3",
               eqf_spherical_harmonics_columns(context, 1, kind, 1, EQF_FLOAT64, -3, points, values, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "7",
               eqf_spherical_harmonics_columns(context, 1, kind, 1, (eqf_precision)7, 2, points, values, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "9",
               eqf_spherical_harmonics_columns(context, 1, (eqf_harmonics)9, 1, EQF_FLOAT64, 2, points, values, NULL));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL",
               eqf_spherical_harmonics_columns(context, 1, kind, 1, EQF_FLOAT64, 2, points, NULL, NULL));
    test_context_free(context, &memory);
}

static eqf_status every_allocation(eqf_context *context, void *argument)
{
    (void)argument;
    const double point[3] = {0.1, 0.2, 0.3};
    double values[36];
    return eqf_spherical_harmonics_columns(context, 5, EQF_HARMONICS_NORM, 1, EQF_FLOAT64, 1, point, values, NULL);
}

static void test_lack_of_memory(void **state)
{
    (void)state;
    test_every_allocation(every_allocation, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_threads),
                                              cmocka_unit_test(test_special_arguments),
                                              cmocka_unit_test(test_lack_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
