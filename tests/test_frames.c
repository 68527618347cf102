/* Frames of edges: axes, rotations of all degrees against Wigner D of the axes, special directions, errors.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

#include "ad/program.h"
#include "base/rng.h"
#include "math/wigner_d.h"

enum { EDGES = 61, FIXED = 12, COLUMNS = 2300 };

/* Along the axes, across them, nearly along, very short and very long, at last none. */
static const double fixed[FIXED][3] = {{1, 0, 0},        {0, 2, 0},          {0, 0, 3},        {-1, 0, 0},
                                       {0, -1, 0},       {0, 0, -1},         {1, 1, 0},        {-1, 1, 1},
                                       {1, 1e-9, -1e-9}, {1e-8, 2e-8, 1e-8}, {3e8, -1e8, 2e8}, {0, 0, 0}};

static void draw(double edges[EDGES][3])
{
    memcpy(edges, fixed, sizeof fixed);
    for (int e = FIXED; e < EDGES; e++)
        for (int a = 0; a < 3; a++) edges[e][a] = eqfi_rng_normal(2, (uint64_t)a, (uint64_t)e);
}

/* Rows of the frame are its axes: orthonormal, right-handed, the second along the edge. */
static void check_axes(const double *edge, const double *d, double tolerance)
{
    double length = sqrt(edge[0] * edge[0] + edge[1] * edge[1] + edge[2] * edge[2]);
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        assert_close(d[3 + i], edge[i] / length, tolerance);
        for (int n = 0; n < 3; n++)
            assert_close(d[3 * n] * d[3 * i] + d[3 * n + 1] * d[3 * i + 1] + d[3 * n + 2] * d[3 * i + 2], n == i,
                         tolerance);
        assert_close(d[j] * d[3 + k] - d[k] * d[3 + j], d[6 + i], tolerance);
    }
}

/* Degrees above the first belong to the same rotation. */
static void check_degrees(eqf_context *context, int lmax, const double *d, double tolerance)
{
    static double expected[COLUMNS];
    TEST_OK(context, eqfi_wigner_d(context, lmax, d + 1, expected));
    for (int i = 0; i < eqfi_frame_columns(lmax); i++) assert_close(d[i], expected[i], tolerance);
}

static void check(eqf_context *context, int lmax, eqf_precision precision)
{
    static double edges[EDGES][3], d[EDGES * COLUMNS];
    eqf_program *program;
    eqf_run *run;
    eqf_irreps *vector = test_irreps(context, "1x1o");
    int columns = eqfi_frame_columns(lmax);
    double tolerance = precision == EQF_FLOAT32 ? 2e-6 : 1e-13;
    draw(edges);
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_var x = eqf_input(program, "x", eqf_program_rows(program, "edges"), vector);
    eqf_output(program, "d", eqf_edge_frames(program, x, lmax));
    TEST_OK(context, eqf_program_end(context, program));
    TEST_OK(context, eqf_run_create(context, program, NULL, precision, &run));
    TEST_OK(context, eqf_run_set_rows(context, run, "edges", EDGES));
    TEST_OK(context, eqf_run_set_input(context, run, "x", &edges[0][0]));
    TEST_OK(context, eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_get_output(context, run, "d", d));
    for (int e = 0; e < EDGES; e++) {
        double *own = d + e * columns;
        assert_close(own[0], 1, 0);
        if (e == FIXED - 1) {
            for (int i = 1; i < columns; i++) assert_close(own[i], 0, 0);
            continue;
        }
        if (lmax > 0) check_axes(edges[e], own + 1, tolerance);
        if (precision == EQF_FLOAT64) check_degrees(context, lmax, own, lmax < 5 ? tolerance : 1e-11);
    }
    eqf_run_free(run);
    eqf_program_free(program);
    eqf_irreps_free(vector);
}

static void test_rotations(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const int degrees[] = {0, 1, 2, 3, 4, EQF_LMAX};
    for (size_t i = 0; i < sizeof degrees / sizeof degrees[0]; i++) {
        check(context, degrees[i], EQF_FLOAT64);
        if (degrees[i] < 4) check(context, degrees[i], EQF_FLOAT32);
    }
    test_context_free(context, &memory);
}

/* A call that fails makes the program fail, with a message that has `part`. */
static void expect_failure(eqf_context *context, const char *irreps_text, int lmax, eqf_status status, const char *part)
{
    eqf_program *program;
    eqf_irreps *irreps = test_irreps(context, irreps_text);
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_var x = eqf_input(program, "x", eqf_program_rows(program, "edges"), irreps);
    eqf_output(program, "d", eqf_edge_frames(program, x, lmax));
    TEST_FAILS(context, status, part, eqf_program_end(context, program));
    eqf_program_free(program);
    eqf_irreps_free(irreps);
}

static void test_errors(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    expect_failure(context, "3x0e", 2, EQF_ERROR_SHAPE, "expected one vector");
    expect_failure(context, "2x1o", 2, EQF_ERROR_SHAPE, "dimension 6");
    expect_failure(context, "1x1o", -1, EQF_ERROR_RANGE, "-1");
    expect_failure(context, "1x1o", EQF_LMAX + 1, EQF_ERROR_RANGE, "12");
    eqf_program *program;
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_output(program, "d", eqf_edge_frames(program, (eqf_var){77}, 1));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "edge_frames", eqf_program_end(context, program));
    eqf_program_free(program);
    eqf_irreps *vector =
        test_irreps(context, "1x1o"); /* derivatives of the numbers would depend on the choice of axes */
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_var x = eqf_input(program, "x", eqf_program_rows(program, "edges"), vector), gradient;
    eqf_var d = eqf_edge_frames(program, x, 2);
    eqf_grad(program, 1, &d, NULL, 1, &x, &gradient);
    eqf_output(program, "gradient", gradient);
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "derivative of the numbers", eqf_program_end(context, program));
    eqf_program_free(program);
    eqf_irreps_free(vector);
    test_context_free(context, &memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_rotations), cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
