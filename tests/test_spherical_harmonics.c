/* Spherical harmonics: closed forms, addition theorem, rotation, coupling, gradients. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/wigner.h>

#include "base/rng.h"
#include "math/spherical_harmonics.h"
#include "math/wigner_d.h"

enum { COLUMNS = (EQF_LMAX + 1) * (EQF_LMAX + 1), SIZE = 2 * EQF_LMAX + 1 };

static void random_vector(uint64_t seed, double *v)
{
    for (uint64_t i = 0; i < 3; i++) v[i] = eqfi_rng_normal(seed, 0, i);
}

static double norm(const double *v) { return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

static double dot(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void test_closed_forms(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        double v[3], y[16];
        random_vector(seed, v);
        double x = v[0], h = v[1], z = v[2], r2 = x * x + h * h + z * z;
        const double expected[16] = {1.0,
                                     sqrt(3.0) * x,
                                     sqrt(3.0) * h,
                                     sqrt(3.0) * z,
                                     sqrt(15.0) * x * z,
                                     sqrt(15.0) * x * h,
                                     sqrt(5.0) * (3 * h * h - r2) / 2,
                                     sqrt(15.0) * h * z,
                                     sqrt(15.0) * (z * z - x * x) / 2,
                                     sqrt(35.0 / 8) * x * (3 * z * z - x * x),
                                     sqrt(105.0) * x * h * z,
                                     sqrt(21.0 / 8) * x * (5 * h * h - r2),
                                     sqrt(7.0) * h * (5 * h * h - 3 * r2) / 2,
                                     sqrt(21.0 / 8) * z * (5 * h * h - r2),
                                     sqrt(105.0) * h * (z * z - x * x) / 2,
                                     sqrt(35.0 / 8) * z * (z * z - 3 * x * x)};
        eqfi_solid_harmonics(3, v, y);
        assert_all_close(16, y, expected, 1e-13);
    }
}

/* Y_l(a) . Y_l(b) = (2l+1) |a|^l |b|^l P_l(cos), P_l by its own recurrence. */
static void test_addition_theorem(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        double a[3], b[3], ya[COLUMNS], yb[COLUMNS];
        random_vector(2 * seed, a);
        random_vector(2 * seed + 1, b);
        if (seed == 0) memcpy(b, a, sizeof b);
        eqfi_solid_harmonics(EQF_LMAX, a, ya);
        eqfi_solid_harmonics(EQF_LMAX, b, yb);
        double length = norm(a) * norm(b), cosine = dot(3, a, b) / length, legendre[EQF_LMAX + 1] = {1.0, cosine};
        for (int l = 0; l <= EQF_LMAX; l++) {
            if (l >= 2) legendre[l] = ((2 * l - 1) * cosine * legendre[l - 1] - (l - 1) * legendre[l - 2]) / l;
            double scale = (2 * l + 1) * pow(length, l);
            assert_close(dot(2 * l + 1, ya + l * l, yb + l * l) / scale, legendre[l], 1e-14);
        }
    }
}

/* Y(R x) = D(R) Y(x), and parity. */
static void test_rotation(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = NULL;
    TEST_OK(context, eqf_irreps_spherical_harmonics(context, EQF_LMAX, 1, &irreps));
    for (uint64_t seed = 0; seed < 6; seed++) {
        double v[3], turned[3], rotation[9], y[COLUMNS], expected[COLUMNS];
        random_vector(seed, v);
        eqf_rotation_random(seed, rotation);
        for (int i = 0; i < 9 && seed % 2 == 1; i++) rotation[i] = -rotation[i];
        for (int i = 0; i < 3; i++) turned[i] = dot(3, rotation + 3 * i, v);
        TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, v, expected));
        TEST_OK(context, eqf_irreps_rotate(context, irreps, rotation, 1, expected, expected));
        TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, turned, y));
        assert_all_close(COLUMNS, y, expected, 3e-14);
    }
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

/* Coupling two harmonics of one vector gives a positive multiple of the third
 * for even l1+l2+l3, nothing for odd. */
static void test_coupling(void **state)
{
    (void)state;
    static const int triples[][3] = {{1, 1, 2}, {1, 1, 1}, {2, 3, 1}, {2, 3, 4}, {4, 6, 8}, {11, 7, 10}, {11, 11, 11}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static double c[SIZE * SIZE * SIZE];
    double v[3], y[COLUMNS];
    random_vector(8, v);
    TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, v, y));
    for (size_t i = 0; i < sizeof triples / sizeof *triples; i++) {
        int l1 = triples[i][0], l2 = triples[i][1], l3 = triples[i][2];
        int d1 = 2 * l1 + 1, d2 = 2 * l2 + 1, d3 = 2 * l3 + 1;
        TEST_OK(context, eqf_wigner_3j(context, EQF_CG_E3NN_05, l1, l2, l3, c));
        /* At the pole only m = 0 is left, and is sqrt(2l+1). */
        double factor = c[(l1 * d2 + l2) * d3 + l3] * sqrt((double)d1 * d2 / d3);
        assert_true((l1 + l2 + l3) % 2 == 0 ? factor > 0.01 : factor == 0.0);
        for (int m = 0; m < d3; m++) {
            double sum = 0.0;
            for (int a = 0; a < d1; a++)
                for (int b = 0; b < d2; b++) sum += c[(a * d2 + b) * d3 + m] * y[l1 * l1 + a] * y[l2 * l2 + b];
            assert_close(sum, factor * y[l3 * l3 + m], 1e-14);
        }
    }
    test_context_free(context, &memory);
}

static void test_gradient(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    double v[3], y[COLUMNS];
    random_vector(4, v);
    eqfi_solid_harmonics(EQF_LMAX, v, y);
    for (int l = 1; l <= EQF_LMAX; l++) {
        double g[3 * SIZE * SIZE], gradient[3][SIZE], forward[COLUMNS], backward[COLUMNS];
        const double step = 1e-5;
        int rows = 2 * l + 1, columns = 2 * l - 1;
        TEST_OK(context, eqfi_solid_harmonics_gradient(context, l, g));
        for (int a = 0; a < 3; a++) {
            double moved[3] = {v[0], v[1], v[2]};
            moved[a] = v[a] + step;
            eqfi_solid_harmonics(l, moved, forward);
            moved[a] = v[a] - step;
            eqfi_solid_harmonics(l, moved, backward);
            for (int m = 0; m < rows; m++) {
                gradient[a][m] = dot(columns, g + (a * rows + m) * columns, y + (l - 1) * (l - 1));
                double difference = (forward[l * l + m] - backward[l * l + m]) / (2 * step);
                assert_close(gradient[a][m], difference, 1e-7 * pow(norm(v), l) * l * l);
            }
        }
        for (int m = 0; m < rows; m++) { /* Euler: homogeneous of degree l */
            double sum = v[0] * gradient[0][m] + v[1] * gradient[1][m] + v[2] * gradient[2][m];
            assert_close(sum, l * y[l * l + m], 1e-14 * l * pow(norm(v), l) * sqrt(2 * l + 1));
        }
    }
    test_context_free(context, &memory);
}

/* The gradient of the gradient has no trace: sum_a g_l[a] g_(l-1)[a] = 0. */
static void test_harmonicity(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (int l = 2; l <= EQF_LMAX; l++) {
        double outer[3 * SIZE * SIZE], inner[3 * SIZE * SIZE];
        int rows = 2 * l + 1, middle = 2 * l - 1, columns = 2 * l - 3;
        TEST_OK(context, eqfi_solid_harmonics_gradient(context, l, outer));
        TEST_OK(context, eqfi_solid_harmonics_gradient(context, l - 1, inner));
        for (int m = 0; m < rows; m++)
            for (int n = 0; n < columns; n++) {
                double sum = 0.0;
                for (int a = 0; a < 3; a++)
                    for (int k = 0; k < middle; k++)
                        sum += outer[(a * rows + m) * middle + k] * inner[(a * middle + k) * columns + n];
                assert_close(sum, 0.0, 1e-13 * l * l);
            }
    }
    double g[3];
    TEST_FAILS(context, EQF_ERROR_RANGE, "0", eqfi_solid_harmonics_gradient(context, 0, g));
    TEST_FAILS(context, EQF_ERROR_RANGE, "12", eqfi_solid_harmonics_gradient(context, 12, g));
    test_context_free(context, &memory);
}

static void test_normalizations(void **state)
{
    (void)state;
    static const double four_pi = 12.566370614359172953850573533118;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    double v[6], y[2 * COLUMNS], unit[3];
    random_vector(1, v);
    random_vector(2, v + 3);
    for (int kind = 0; kind <= 2; kind++) {
        TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, (eqf_harmonics)kind, 1, 2, v, y));
        for (int row = 0; row < 2; row++)
            for (int l = 0; l <= EQF_LMAX; l++) {
                const double *of_l = y + row * COLUMNS + l * l;
                double expected = kind == EQF_HARMONICS_NORM ? 1.0 : 2 * l + 1;
                if (kind == EQF_HARMONICS_INTEGRAL) expected /= four_pi;
                assert_close(dot(2 * l + 1, of_l, of_l) / expected, 1.0, 1e-14);
            }
    }
    /* Polynomials scale with r^l; directions do not change. */
    double raw[COLUMNS], scaled[3] = {1e-11 * v[0], 1e-11 * v[1], 1e-11 * v[2]};
    TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, v, y));
    TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 0, 1, v, raw));
    for (int l = 0; l <= EQF_LMAX; l++)
        for (int m = 0; m <= 2 * l; m++) assert_close(raw[l * l + m] / pow(norm(v), l), y[l * l + m], 1e-14);
    TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, scaled, raw));
    assert_all_close(COLUMNS, raw, y, 3e-14);
    for (int i = 0; i < 3; i++) scaled[i] = 1e300 * v[i];
    TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, scaled, raw));
    assert_all_close(COLUMNS, raw, y, 3e-14);
    /* Below 1e-12 the length is divided by 1e-12. */
    for (int i = 0; i < 3; i++) unit[i] = v[i] / norm(v);
    for (int i = 0; i < 3; i++) scaled[i] = 0.5e-12 * unit[i];
    TEST_OK(context, eqf_spherical_harmonics(context, 1, EQF_HARMONICS_COMPONENT, 1, 1, scaled, raw));
    assert_close(raw[2], 0.5 * sqrt(3.0) * unit[1], 1e-15);
    test_context_free(context, &memory);
}

static void test_special_arguments(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    const double zero[3] = {0.0, 0.0, 0.0}, unknown[3] = {0.0, (double)NAN, 0.0}, pole[3] = {0.0, 1.0, 0.0};
    double y[COLUMNS], expected[COLUMNS] = {1.0};
    for (int normalize = 0; normalize <= 1; normalize++) {
        TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, normalize, 1, zero, y));
        assert_all_close(COLUMNS, y, expected, 0.0);
        TEST_OK(context, eqf_spherical_harmonics(context, 1, EQF_HARMONICS_COMPONENT, normalize, 1, unknown, y));
        assert_true(isnan(y[2]));
    }
    for (int l = 0; l <= EQF_LMAX; l++) expected[l * l + l] = sqrt(2 * l + 1);
    TEST_OK(context, eqf_spherical_harmonics(context, EQF_LMAX, EQF_HARMONICS_COMPONENT, 1, 1, pole, y));
    assert_all_close(COLUMNS, y, expected, 2e-14);

    eqf_harmonics kind = EQF_HARMONICS_NORM;
    y[0] = 42.0;
    TEST_FAILS(context, EQF_ERROR_RANGE, "12", eqf_spherical_harmonics(context, 12, kind, 1, 1, pole, y));
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1", eqf_spherical_harmonics(context, -1, kind, 1, 1, pole, y));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "3", eqf_spherical_harmonics(context, 1, (eqf_harmonics)3, 1, 1, pole, y));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "-4", eqf_spherical_harmonics(context, 1, kind, 1, -4, pole, y));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_spherical_harmonics(context, 1, kind, 1, 1, NULL, y));
    assert_close(y[0], 42.0, 0.0);
    TEST_OK(context, eqf_spherical_harmonics(context, 1, kind, 1, 0, NULL, NULL));
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_forms),   cmocka_unit_test(test_addition_theorem),
        cmocka_unit_test(test_rotation),       cmocka_unit_test(test_coupling),
        cmocka_unit_test(test_gradient),       cmocka_unit_test(test_harmonicity),
        cmocka_unit_test(test_normalizations), cmocka_unit_test(test_special_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
