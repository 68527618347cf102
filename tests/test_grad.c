/* eqf_grad: outputs, seeds and variables in all combinations, high orders, symmetry of second derivatives.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

enum { ROWS = 3 };

typedef struct desk {
    test_allocator memory;
    eqf_context *context;
    eqf_program *program;
    eqf_rows rows;
    eqf_irreps *two, *vectors;
    eqf_var x, y, one, u; /* rows x 2x0e twice, one x 2x0e, rows x 1x0e+1x1o */
} desk;

static const double x_values[ROWS * 2] = {0.5, -1.25, 2, 0.75, -0.5, 1.5},
                                    y_values[ROWS * 2] = {1, 2, -3, 0.5, 0.25, -1};
static const double one_values[2] = {0.75, -2};
static const double u_values[ROWS * 4] = {1, 0.5, -0.25, 2, -1, 0.5, 1.5, 0.75, 2, -0.5, 1, 0.25};

static void begin(desk *d)
{
    d->context = test_context(&d->memory);
    TEST_OK(d->context, eqf_program_create(d->context, &d->program));
    d->two = test_irreps(d->context, "2x0e");
    d->vectors = test_irreps(d->context, "1x0e+1x1o");
    d->rows = eqf_program_rows(d->program, "rows");
    d->x = eqf_input(d->program, "x", d->rows, d->two);
    d->y = eqf_input(d->program, "y", d->rows, d->two);
    d->one = eqf_input(d->program, "one", eqf_rows_one(), d->two);
    d->u = eqf_input(d->program, "u", d->rows, d->vectors);
}

/* Ends the program and runs it. */
static eqf_run *run(desk *d)
{
    eqf_run *made = NULL;
    TEST_OK(d->context, eqf_program_end(d->context, d->program));
    TEST_OK(d->context, eqf_run_create(d->context, d->program, NULL, EQF_FLOAT64, &made));
    TEST_OK(d->context, eqf_run_set_rows(d->context, made, "rows", ROWS));
    TEST_OK(d->context, eqf_run_set_input(d->context, made, "x", x_values));
    TEST_OK(d->context, eqf_run_set_input(d->context, made, "y", y_values));
    TEST_OK(d->context, eqf_run_set_input(d->context, made, "one", one_values));
    TEST_OK(d->context, eqf_run_set_input(d->context, made, "u", u_values));
    TEST_OK(d->context, eqf_run_execute(d->context, made));
    return made;
}

static void finish(desk *d, eqf_run *made)
{
    eqf_run_free(made);
    eqf_program_free(d->program);
    eqf_irreps_free(d->two);
    eqf_irreps_free(d->vectors);
    test_context_free(d->context, &d->memory);
}

static void expect(desk *d, const eqf_run *made, const char *name, size_t n, const double *expected)
{
    double values[32];
    assert_true(n <= 32);
    for (int i = 0; i < 32; i++) values[i] = NAN;
    TEST_OK(d->context, eqf_run_get_output(d->context, made, name, values));
    assert_all_close(n, values, expected, 1e-13);
    if (n < 32) assert_true(isnan(values[n]));
}

static eqf_var product(desk *d, eqf_var a, eqf_var b) { return eqf_scale(d->program, a, b, EQF_PER_CHANNEL, 1); }

/* f = <y, x^2> + <ones, one x> + <seed one, sum of x>: the gradients by x, one and y at once. */
static void test_several_outputs(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    eqf_var out[3] = {product(&d, d.x, d.x), product(&d, d.one, d.x), eqf_sum_rows(d.program, d.x)};
    eqf_var seeds[3] = {d.y, {0}, d.one}, wrt[4] = {d.x, d.one, d.y, d.u}, g[4];
    eqf_grad(d.program, 3, out, seeds, 4, wrt, g);
    for (int j = 0; j < 4; j++) {
        static const char *const names[] = {"gx", "gone", "gy", "gu"};
        assert_int_equal(eqf_var_rows(d.program, g[j]).id, eqf_var_rows(d.program, wrt[j]).id);
        assert_true(eqf_irreps_equal(eqf_var_irreps(d.program, g[j]), eqf_var_irreps(d.program, wrt[j])));
        eqf_output(d.program, names[j], g[j]);
    }
    eqf_run *made = run(&d);
    double gx[6], gone[2] = {0}, zeros[ROWS * 4] = {0};
    for (int r = 0; r < ROWS; r++) {
        for (int i = 0; i < 2; i++) {
            int at = 2 * r + i;
            gx[at] = 2 * y_values[at] * x_values[at] + one_values[i] + one_values[i];
            gone[i] += x_values[at];
        }
    }
    expect(&d, made, "gx", 6, gx);
    expect(&d, made, "gone", 2, gone);
    expect(&d, made, "gy", 6, zeros); /* seeds count as constants, although this one is an input */
    expect(&d, made, "gu", ROWS * 4, zeros);
    finish(&d, made);
}

/* With respect to results, to outputs, to the same variable twice; an output that is given twice counts twice. */
static void test_intermediates(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    eqf_var s = product(&d, d.x, d.y), t = product(&d, s, s), out[2] = {t, t}, wrt[4] = {s, d.x, t, d.x}, g[4];
    eqf_grad(d.program, 2, out, NULL, 4, wrt, g);
    assert_int_equal(g[1].id, g[3].id);
    eqf_output(d.program, "gs", g[0]);
    eqf_output(d.program, "gx", g[1]);
    eqf_output(d.program, "gt", g[2]);
    eqf_var self, none[1];
    eqf_grad(d.program, 1, &d.x, &d.y, 1, &d.x, &self);
    eqf_grad(d.program, 0, NULL, NULL, 1, &d.x, none);
    assert_int_equal(self.id, d.y.id);
    eqf_output(d.program, "none", none[0]);
    eqf_run *made = run(&d);
    double gs[6], gx[6], gt[6], zeros[6] = {0};
    for (int i = 0; i < 6; i++) {
        gs[i] = 4 * x_values[i] * y_values[i];
        gx[i] = gs[i] * y_values[i];
        gt[i] = 2;
    }
    expect(&d, made, "gs", 6, gs);
    expect(&d, made, "gx", 6, gx);
    expect(&d, made, "gt", 6, gt);
    expect(&d, made, "none", 6, zeros);
    finish(&d, made);
}

/* Derivatives 1 to 8 of exp, of x^5 by products, and of x^2.5. */
static void test_high_orders(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    eqf_var square = product(&d, d.x, d.x),
            f[3] = {eqf_apply(d.program, EQF_EXP, d.x), product(&d, product(&d, square, square), d.x),
                    eqf_power(d.program, square, 1.25, 0)};
    char name[16];
    for (int order = 1; order <= 8; order++) {
        for (int k = 0; k < 3; k++) {
            eqf_grad(d.program, 1, &f[k], NULL, 1, &d.x, &f[k]);
            snprintf(name, sizeof name, "%d.%d", k, order);
            if (k < 2 || order <= 4) eqf_output(d.program, name, f[k]);
        }
    }
    eqf_run *made = run(&d);
    for (int order = 1; order <= 8; order++) {
        double exponential[6], fifth[6], root[6], a = 1, b = 1;
        for (int n = 0; n < order; n++) {
            a *= 5 - n;
            b *= 2.5 - n;
        }
        for (int i = 0; i < 6; i++) {
            exponential[i] = exp(x_values[i]);
            fifth[i] = order > 5 ? 0 : a * pow(x_values[i], 5 - order);
            root[i] = b * pow(fabs(x_values[i]), 2.5 - order) * (order % 2 == 1 && x_values[i] < 0 ? -1 : 1);
        }
        snprintf(name, sizeof name, "0.%d", order);
        expect(&d, made, name, 6, exponential);
        snprintf(name, sizeof name, "1.%d", order);
        double values[6];
        TEST_OK(d.context, eqf_run_get_output(d.context, made, name, values));
        assert_all_close(6, values, fifth, 1e-11);
        snprintf(name, sizeof name, "2.%d", order);
        if (order <= 4) TEST_OK(d.context, eqf_run_get_output(d.context, made, name, values));
        if (order <= 4) assert_all_close(6, values, root, 1e-11);
    }
    finish(&d, made);
}

/* <a, H b> = <b, H a> for the Hessian of something that mixes rows and columns. */
static void test_symmetry(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    eqf_var s = eqf_apply(d.program, EQF_TANH, eqf_combine(d.program, 1, d.x, 0.5, d.one));
    s = eqf_concat(d.program, s, eqf_apply(d.program, EQF_SIN, eqf_dot(d.program, d.u, d.u, EQF_PER_ROW, 1)));
    eqf_var total = eqf_sum_rows(d.program, s), energy = eqf_dot(d.program, total, total, EQF_PER_ROW, 1);
    eqf_var wrt[3] = {d.x, d.one, d.u}, g[3], h[3], k[3];
    eqf_grad(d.program, 1, &energy, NULL, 3, wrt, g);
    eqf_var a[3] = {d.y, {0}, {0}}, b[3] = {d.x, d.one, d.u}; /* ones in place of what is missing */
    eqf_var ones[3];
    eqf_grad(d.program, 3, wrt, NULL, 3, wrt, ones);
    eqf_grad(d.program, 3, g, a, 3, wrt, h);
    eqf_grad(d.program, 3, g, b, 3, wrt, k);
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "h%d", i);
        eqf_output(d.program, name, h[i]);
        snprintf(name, sizeof name, "k%d", i);
        eqf_output(d.program, name, k[i]);
        snprintf(name, sizeof name, "ones%d", i);
        eqf_output(d.program, name, ones[i]);
    }
    eqf_run *made = run(&d);
    static const size_t counts[3] = {6, 2, 12};
    const double *bs[3] = {x_values, one_values, u_values};
    double left = 0, right = 0, largest = 0;
    for (int i = 0; i < 3; i++) {
        double hi[16], ki[16], unit[16];
        char name[16];
        snprintf(name, sizeof name, "h%d", i);
        TEST_OK(d.context, eqf_run_get_output(d.context, made, name, hi));
        snprintf(name, sizeof name, "k%d", i);
        TEST_OK(d.context, eqf_run_get_output(d.context, made, name, ki));
        snprintf(name, sizeof name, "ones%d", i);
        TEST_OK(d.context, eqf_run_get_output(d.context, made, name, unit));
        for (size_t n = 0; n < counts[i]; n++) {
            assert_close(unit[n], 1, 0);
            left += bs[i][n] * hi[n];
            right += (i == 0 ? y_values[n] : 1) * ki[n];
            largest = fmax(largest, fabs(hi[n]));
        }
    }
    assert_true(largest > 0.1 && fabs(left) > 0.1);
    assert_close(left, right, 1e-12 * fabs(left));
    finish(&d, made);
}

/* ----------------------------------------------------------------------------------------------------- a network -- */

static eqf_map map_of(eqf_program *p, const char *name)
{
    return eqf_program_map(p, name, eqf_program_rows(p, "links"), eqf_program_rows(p, "nodes"));
}

/* Messages along links with attention, twice, with a table and a parameter that is used in several places. */
static eqf_var record_network(eqf_program *p, const eqf_var *x, const void *data)
{
    (void)data;
    eqf_map from = map_of(p, "from"), to = map_of(p, "to");
    eqf_map kind = eqf_program_map(p, "kind", eqf_program_rows(p, "nodes"), eqf_program_rows(p, "kinds"));
    eqf_var w = eqf_parameter(p, "w", eqf_rows_one(), 3),
            table = eqf_parameter(p, "table", eqf_program_rows(p, "kinds"), 3);
    eqf_var node = eqf_gather(p, kind, table), squares = eqf_dot(p, x[0], x[0], EQF_PER_ROW, 1);
    eqf_var near = eqf_power(p, squares, -0.5, 1e-6);
    for (int layer = 0; layer < 2; layer++) {
        eqf_var sent = eqf_scale(p, eqf_gather(p, from, node), near, EQF_PER_ROW, 1);
        eqf_var logit = eqf_dot(p, sent, eqf_combine(p, 1, w, 0.5, eqf_gather(p, to, node)), EQF_PER_CHANNEL, 1);
        eqf_var attention = eqf_segment_softmax(p, to, logit, eqf_apply(p, EQF_SIGMOID, near));
        eqf_var received = eqf_segment_sum(p, to, eqf_scale(p, sent, attention, EQF_PER_CHANNEL, 1));
        node = eqf_add(p, eqf_apply(p, EQF_SILU, received), eqf_scale(p, node, w, EQF_PER_CHANNEL, 1));
    }
    return eqf_sum_rows(p, node);
}

static void test_network(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const int32_t from[] = {1, 2, 3, 0, 4, 0, 2, 5, 1}, to[] = {0, 0, 0, 1, 2, 2, 4, 4, 5},
                         kind[] = {0, 1, 1, 0, 1, 0};
    test_space space = {.rows = {{"links", 9}, {"nodes", 6}, {"kinds", 2}},
                        .maps = {{"from", from}, {"to", to}, {"kind", kind}}};
    eqf_parameters *parameters = NULL;
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &parameters));
    static const double numbers[] = {0.5, -1.5, 0.75, 1.25, -0.25, 1};
    eqf_parameter_info w = {.name = "w", .ndim = 1, .shape = {3}},
                       table = {.name = "table", .ndim = 2, .shape = {2, 3}};
    TEST_OK(context, eqf_parameters_add(context, parameters, &w));
    TEST_OK(context, eqf_parameters_add(context, parameters, &table));
    TEST_OK(context, eqf_parameters_set(context, parameters, 0, numbers));
    TEST_OK(context, eqf_parameters_set(context, parameters, 1, numbers));
    test_function f = {.n = 1, .record = record_network, .parameters = parameters, .order = 3};
    f.arguments[0] = (test_argument){"links", "1x1o", 0, 0, 0, 0};
    test_bench *bench = test_bench_create(context, &f, &space, 3);
    test_derivatives(bench, 20, 1e-7);
    test_float32(bench, &space, 2e-4);
    test_bench_free(bench);
    eqf_parameters_free(parameters);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_outputs), cmocka_unit_test(test_intermediates),
        cmocka_unit_test(test_high_orders),     cmocka_unit_test(test_symmetry),
        cmocka_unit_test(test_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
