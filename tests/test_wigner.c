/* Wigner 3j and D: known values, group properties, rotations of irreps. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/wigner.h>

#include "base/rng.h"
#include "math/wigner_d.h"

enum { SIZE = 2 * EQF_LMAX + 1 };

static void get_3j(eqf_context *context, int l1, int l2, int l3, double *c)
{
    TEST_OK(context, eqf_wigner_3j(context, EQF_CG_E3NN_05, l1, l2, l3, c));
}

/* Values from a sum in rational numbers and 60-digit roots, indices m. */
static void test_3j_values(void **state)
{
    (void)state;
    static const struct {
        int l1, l2, l3, m1, m2, m3;
        double value;
    } cases[] = {{0, 0, 0, 0, 0, 0, 1.0},
                 {1, 1, 1, -1, 0, 1, 0.408248290463863},
                 {1, 1, 1, 0, -1, 1, -0.408248290463863},
                 {1, 1, 2, -1, 0, -1, 0.31622776601683794},
                 {1, 1, 2, 0, 0, 0, 0.3651483716701107},
                 {1, 2, 2, -1, -2, -1, -0.18257418583505536},
                 {6, 6, 0, 2, 2, 0, 0.2773500981126146},
                 {8, 5, 6, 2, -3, 5, 0.06667460459211799},
                 {11, 11, 10, 0, 0, 0, 0.05438927586557674},
                 {11, 11, 11, 3, 4, -7, 0.03799796231705342},
                 {11, 11, 11, 0, 5, -5, -0.04242787617745035},
                 {11, 10, 9, -1, 4, -3, 0.041697464931877024},
                 {11, 10, 9, 10, -10, 0, 0.0}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static double c[SIZE * SIZE * SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int l1 = cases[i].l1, l2 = cases[i].l2, l3 = cases[i].l3;
        get_3j(context, l1, l2, l3, c);
        int at = ((cases[i].m1 + l1) * (2 * l2 + 1) + cases[i].m2 + l2) * (2 * l3 + 1) + cases[i].m3 + l3;
        assert_close(c[at], cases[i].value, 1e-16);
    }
    test_context_free(context, &memory);
}

/* sum over m1, m2 of C C = 1/(2l3+1) on the diagonal, at the highest degrees
 * and at all low ones. */
static void test_3j_orthogonality(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static double c[SIZE * SIZE * SIZE];
    for (int l1 = 0; l1 <= EQF_LMAX; l1 += l1 < 4 ? 1 : 7)
        for (int l2 = 0; l2 <= EQF_LMAX; l2 += l2 < 4 ? 1 : 7)
            for (int l3 = abs(l1 - l2); l3 <= l1 + l2 && l3 <= EQF_LMAX; l3++) {
                get_3j(context, l1, l2, l3, c);
                int rows = (2 * l1 + 1) * (2 * l2 + 1), columns = 2 * l3 + 1;
                for (int m = 0; m < columns; m++)
                    for (int n = 0; n < columns; n++) {
                        double sum = 0.0;
                        for (int i = 0; i < rows; i++) sum += c[i * columns + m] * c[i * columns + n];
                        assert_close(sum, m == n ? 1.0 / columns : 0.0, 1e-15);
                    }
            }
    test_context_free(context, &memory);
}

/* Exchanging two degrees exchanges the axes and brings (-1)^(l1+l2+l3), in both
 * conventions. */
static void test_3j_permutations(void **state)
{
    (void)state;
    static const int triples[][3] = {{1, 2, 3}, {1, 2, 2}, {2, 3, 4}, {3, 4, 6}, {5, 5, 5}, {11, 10, 4}, {9, 3, 8}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static double c[SIZE * SIZE * SIZE], first[SIZE * SIZE * SIZE], last[SIZE * SIZE * SIZE];
    for (int convention = 0; convention <= 1; convention++)
        for (size_t i = 0; i < sizeof triples / sizeof *triples; i++) {
            int l1 = triples[i][0], l2 = triples[i][1], l3 = triples[i][2];
            int d1 = 2 * l1 + 1, d2 = 2 * l2 + 1, d3 = 2 * l3 + 1;
            double sign = (l1 + l2 + l3) % 2 == 0 ? 1.0 : -1.0;
            TEST_OK(context, eqf_wigner_3j(context, (eqf_cg_convention)convention, l1, l2, l3, c));
            TEST_OK(context, eqf_wigner_3j(context, (eqf_cg_convention)convention, l2, l1, l3, first));
            TEST_OK(context, eqf_wigner_3j(context, (eqf_cg_convention)convention, l1, l3, l2, last));
            for (int a = 0; a < d1; a++)
                for (int b = 0; b < d2; b++)
                    for (int m = 0; m < d3; m++) {
                        double value = sign * c[(a * d2 + b) * d3 + m];
                        assert_close(first[(b * d1 + a) * d3 + m], value, 1e-16);
                        assert_close(last[(a * d3 + m) * d2 + b], value, 1e-16);
                    }
        }
    test_context_free(context, &memory);
}

/* e3nn 0.4 has the other sign for exactly these triples up to l = 6. */
static void test_3j_conventions(void **state)
{
    (void)state;
    static const int flipped[][3] = {{1, 2, 2}, {1, 3, 3}, {1, 4, 4}, {1, 5, 5}, {1, 6, 6},
                                     {3, 4, 6}, {4, 4, 5}, {4, 5, 6}, {5, 5, 5}, {5, 6, 6}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static double now[SIZE * SIZE * SIZE], then[SIZE * SIZE * SIZE];
    for (int l1 = 0; l1 <= 6; l1++)
        for (int l2 = l1; l2 <= 6; l2++)
            for (int l3 = l2; l3 <= l1 + l2 && l3 <= 6; l3++) {
                double sign = 1.0;
                for (size_t i = 0; i < sizeof flipped / sizeof *flipped; i++)
                    if (flipped[i][0] == l1 && flipped[i][1] == l2 && flipped[i][2] == l3) sign = -1.0;
                get_3j(context, l1, l2, l3, now);
                TEST_OK(context, eqf_wigner_3j(context, EQF_CG_E3NN_04, l1, l2, l3, then));
                for (int i = 0; i < (2 * l1 + 1) * (2 * l2 + 1) * (2 * l3 + 1); i++)
                    assert_close(then[i], sign * now[i], 0.0);
            }
    test_context_free(context, &memory);
}

static void test_3j_errors(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    double c[27] = {42.0};
    TEST_FAILS(context, EQF_ERROR_RANGE, "3", eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, 1, 3, c));
    TEST_FAILS(context, EQF_ERROR_RANGE, "expected 1 to 3", eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, 2, 0, c));
    TEST_FAILS(context, EQF_ERROR_RANGE, "12", eqf_wigner_3j(context, EQF_CG_E3NN_05, 12, 1, 11, c));
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1", eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, -1, 1, c));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "9", eqf_wigner_3j(context, (eqf_cg_convention)9, 1, 1, 1, c));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, 1, 1, NULL));
    assert_close(c[0], 42.0, 0.0);
    test_context_free(context, &memory);
}

static void multiply(int n, const double *a, const double *b, double *product)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
            product[i * n + j] = sum;
        }
}

/* C is the same after rotating its three axes. */
static void test_3j_invariance(void **state)
{
    (void)state;
    static const int triples[][3] = {{1, 1, 1}, {1, 2, 2}, {2, 3, 4}, {4, 5, 6}, {9, 3, 8}, {11, 10, 4}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static double d[2 * SIZE * SIZE * SIZE], c[SIZE * SIZE * SIZE], turned[2][SIZE * SIZE * SIZE];
    double rotation[9];
    eqf_rotation_random(5, rotation);
    TEST_OK(context, eqfi_wigner_d(context, EQF_LMAX, rotation, d));
    for (size_t i = 0; i < sizeof triples / sizeof *triples; i++) {
        int n[3], total = 1;
        for (int axis = 0; axis < 3; axis++) total *= n[axis] = 2 * triples[i][axis] + 1;
        get_3j(context, triples[i][0], triples[i][1], triples[i][2], c);
        const double *from = c;
        for (int axis = 0; axis < 3; axis++) { /* turns the first axis and makes it the last */
            const double *matrix = d + eqfi_wigner_d_offset(triples[i][axis]);
            int rest = total / n[axis];
            double *to = turned[axis % 2];
            for (int m = 0; m < n[axis]; m++)
                for (int k = 0; k < rest; k++) {
                    double sum = 0.0;
                    for (int j = 0; j < n[axis]; j++) sum += matrix[m * n[axis] + j] * from[j * rest + k];
                    to[k * n[axis] + m] = sum;
                }
            from = to;
        }
        assert_all_close((size_t)total, from, c, 1e-14);
    }
    test_context_free(context, &memory);
}

/* D is orthogonal, D^1 = R, and D(R1 R2) = D(R1) D(R2). */
static void test_d_group(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    double r1[9], r2[9], r12[9], a1, b1, c1, a2, b2, c2, a3, b3, c3;
    eqf_rotation_random(1, r1);
    eqf_rotation_random(2, r2);
    multiply(3, r1, r2, r12);
    TEST_OK(context, eqf_rotation_to_angles(context, r1, &a1, &b1, &c1));
    TEST_OK(context, eqf_rotation_to_angles(context, r2, &a2, &b2, &c2));
    TEST_OK(context, eqf_rotation_to_angles(context, r12, &a3, &b3, &c3));
    for (int l = 0; l <= EQF_LMAX; l++) {
        double d1[SIZE * SIZE], d2[SIZE * SIZE], d12[SIZE * SIZE], product[SIZE * SIZE], transposed[SIZE * SIZE];
        int n = 2 * l + 1;
        TEST_OK(context, eqf_wigner_d(context, l, a1, b1, c1, d1));
        TEST_OK(context, eqf_wigner_d(context, l, a2, b2, c2, d2));
        TEST_OK(context, eqf_wigner_d(context, l, a3, b3, c3, d12));
        multiply(n, d1, d2, product);
        assert_all_close((size_t)(n * n), product, d12, 3e-14);
        for (int i = 0; i < n * n; i++) transposed[i] = d1[i % n * n + i / n];
        multiply(n, d1, transposed, product);
        for (int i = 0; i < n * n; i++) assert_close(product[i], i % (n + 1) == 0, 1e-14);
        if (l == 1) assert_all_close(9, d1, r1, 1e-15);
    }
    test_context_free(context, &memory);
}

/* A turn about the pole mixes m and -m by an angle m; a quarter turn about x
 * for l = 2 from the polynomials. */
static void test_d_values(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    double d[SIZE * SIZE], expected[SIZE * SIZE];
    for (int l = 0; l <= EQF_LMAX; l++) {
        int n = 2 * l + 1;
        memset(expected, 0, sizeof expected);
        for (int m = -l; m <= l; m++) {
            expected[(l + m) * n + l + m] = cos(m * 0.7);
            if (m != 0) expected[(l + m) * n + l - m] = -sin(m * 0.7);
        }
        TEST_OK(context, eqf_wigner_d(context, l, 0.5, 0.0, 0.2, d));
        assert_all_close((size_t)(n * n), d, expected, 2e-14);
    }
    const double half = 0.5, root = sqrt(0.75);
    const double quarter[25] = {0, 1,    0, 0, 0, -1, 0, 0, 0, 0,    0, 0,   -half,
                                0, root, 0, 0, 0, -1, 0, 0, 0, root, 0, half};
    TEST_OK(context, eqf_wigner_d(context, 2, 0.0, acos(0.0), 0.0, d));
    assert_all_close(25, d, quarter, 1e-15);
    TEST_FAILS(context, EQF_ERROR_RANGE, "12", eqf_wigner_d(context, 12, 0.0, 0.0, 0.0, d));
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1", eqf_wigner_d(context, -1, 0.0, 0.0, 0.0, d));
    TEST_FAILS(context, EQF_ERROR_NOT_FINITE, "nan", eqf_wigner_d(context, 1, 0.0, (double)NAN, 0.0, d));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_wigner_d(context, 1, 0.0, 0.0, 0.0, NULL));
    test_context_free(context, &memory);
}

static void test_angles(void **state)
{
    (void)state;
    static const double pi = 3.14159265358979323846;
    const double cases[][3] = {{0.3, 1.2, -2.0}, {-3.0, 0.1, 3.0}, {0.4, 0.0, 0.3}, {0.4, pi, -0.3},
                               {2.5, 1e-9, 1.0}, {0.0, 0.0, 0.0},  {1.0, 1.0, 0.0}, {0.2, pi - 1e-12, 1.0}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    double rotation[9], again[9], alpha = 0.0, beta = 0.0, gamma = 0.0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_rotation_from_angles(cases[i][0], cases[i][1], cases[i][2], rotation);
        TEST_OK(context, eqf_rotation_to_angles(context, rotation, &alpha, &beta, &gamma));
        eqf_rotation_from_angles(alpha, beta, gamma, again);
        assert_all_close(9, again, rotation, 4e-16);
        if (i >= 2) continue;
        assert_close(alpha, cases[i][0], 1e-14);
        assert_close(beta, cases[i][1], 1e-14);
        assert_close(gamma, cases[i][2], 1e-14);
    }
    /* Ry turns z to x, Rx turns y to z; gamma acts first. */
    const double quarters[9] = {0, 1, 0, 0, 0, -1, -1, 0, 0};
    eqf_rotation_from_angles(pi / 2, pi / 2, 0.0, rotation);
    assert_all_close(9, rotation, quarters, 1e-15);

    const double mirror[9] = {1, 0, 0, 0, 1, 0, 0, 0, -1};
    const double scaled[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1 + 1e-7}, unknown[9] = {1, 0, 0, 0, (double)NAN, 0, 0, 0, 1};
    alpha = beta = gamma = 42.0;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "determinant",
               eqf_rotation_to_angles(context, mirror, &alpha, &beta, &gamma));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "columns 2 and 2",
               eqf_rotation_to_angles(context, scaled, &alpha, &beta, &gamma));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "columns 0 and 1 of the rotation have product nan",
               eqf_rotation_to_angles(context, unknown, &alpha, &beta, &gamma));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_rotation_to_angles(context, rotation, NULL, &beta, &gamma));
    assert_true(alpha == 42.0 && beta == 42.0 && gamma == 42.0);
    test_context_free(context, &memory);
}

/* Haar: elements have mean 0 and mean square 1/3; deviations here are 5 sigma. */
static void test_random_rotations(void **state)
{
    (void)state;
    static const double first[9] = {-0.5968965402069082, 0.7838265094852532,    0.17126156403929832,
                                    0.21950264464795005, -0.045775985012156184, 0.9745374021497186,
                                    0.7717079170784618,  0.6192903698785659,    -0.14472846469886513};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    enum { DRAWS = 2000 };
    double r[9], alpha, beta, gamma, mean[9] = {0}, square[9] = {0};
    eqf_rotation_random(1, r);
    assert_all_close(9, r, first, 1e-15);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        eqf_rotation_random(seed, r);
        TEST_OK(context, eqf_rotation_to_angles(context, r, &alpha, &beta, &gamma)); /* proper */
        for (int i = 0; i < 9; i++) {
            mean[i] += r[i] / DRAWS;
            square[i] += r[i] * r[i] / DRAWS;
        }
    }
    for (int i = 0; i < 9; i++) {
        assert_close(mean[i], 0.0, 5 * sqrt(1.0 / 3 / DRAWS));
        assert_close(square[i], 1.0 / 3, 5 * sqrt(4.0 / 45 / DRAWS));
    }
    test_context_free(context, &memory);
}

static void test_irreps_rotate(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    enum { ROWS = 3 };
    eqf_irreps *irreps = NULL;
    TEST_OK(context, eqf_irreps_parse(context, "2x0e+1x0o+2x1o+1x1e+0x9e+1x2o+1x5e+1x7o", &irreps));
    int dim = eqf_irreps_dim(irreps);
    size_t n = (size_t)(ROWS * dim);
    double in[ROWS * 48], out[ROWS * 48], back[ROWS * 48], rotation[9], improper[9], inverse[9];
    assert_int_equal(dim, 3 + 6 + 3 + 5 + 11 + 15);
    for (size_t i = 0; i < n; i++) in[i] = eqfi_rng_normal(3, 0, i);
    eqf_rotation_random(9, rotation);
    for (int i = 0; i < 9; i++) improper[i] = -rotation[i];
    for (int i = 0; i < 9; i++) inverse[i] = rotation[i % 3 * 3 + i / 3];

    TEST_OK(context, eqf_irreps_rotate(context, irreps, rotation, ROWS, in, out));
    for (int row = 0; row < ROWS; row++) {
        double *from = in + row * dim, *to = out + row * dim;
        assert_all_close(3, to, from, 0.0); /* scalars stay */
        for (int i = 0; i < 3; i++) {       /* vectors turn */
            const double *v = from + 6;
            assert_close(to[6 + i], rotation[3 * i] * v[0] + rotation[3 * i + 1] * v[1] + rotation[3 * i + 2] * v[2],
                         1e-14);
        }
    }
    TEST_OK(context, eqf_irreps_rotate(context, irreps, inverse, ROWS, out, back));
    assert_all_close(n, back, in, 1e-13);
    TEST_OK(context, eqf_irreps_rotate(context, irreps, improper, ROWS, in, back));
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < eqf_irreps_blocks(irreps); i++) {
            const eqf_irreps_block *block = eqf_irreps_block_at(irreps, i);
            for (int k = 0; k < block->mul * (2 * block->irrep.l + 1); k++) {
                int at = row * dim + block->offset + k;
                assert_close(back[at], block->irrep.p * out[at], 0.0);
            }
        }
    TEST_OK(context, eqf_irreps_rotate(context, irreps, rotation, ROWS, in, in));
    assert_all_close(n, in, out, 0.0);

    const double shear[9] = {1, 0.1, 0, 0, 1, 0, 0, 0, 1};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "columns 0 and 1",
               eqf_irreps_rotate(context, irreps, shear, ROWS, in, out));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "-1", eqf_irreps_rotate(context, irreps, rotation, -1, in, out));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_irreps_rotate(context, irreps, rotation, 1, NULL, out));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_irreps_rotate(context, NULL, rotation, 1, in, out));
    TEST_OK(context, eqf_irreps_rotate(context, irreps, rotation, 0, NULL, NULL));
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

static eqf_status use_everything(eqf_context *context, void *argument)
{
    static const double mirror[9] = {1, 0, 0, 0, 1, 0, 0, 0, -1};
    (void)argument;
    eqf_irreps *irreps = NULL;
    double row[7] = {0}, d[49];
    eqf_status status = eqf_irreps_parse(context, "1x3o", &irreps);
    if (status == EQF_OK) status = eqf_irreps_rotate(context, irreps, mirror, 1, row, row);
    if (status == EQF_OK) status = eqf_wigner_d(context, 3, 0.1, 0.2, 0.3, d);
    eqf_irreps_free(irreps);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    test_every_allocation(use_everything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_3j_values),       cmocka_unit_test(test_3j_orthogonality),
        cmocka_unit_test(test_3j_permutations), cmocka_unit_test(test_3j_conventions),
        cmocka_unit_test(test_3j_errors),       cmocka_unit_test(test_3j_invariance),
        cmocka_unit_test(test_d_group),         cmocka_unit_test(test_d_values),
        cmocka_unit_test(test_angles),          cmocka_unit_test(test_random_rotations),
        cmocka_unit_test(test_irreps_rotate),   cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
