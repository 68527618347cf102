/* What operations find at other places instead of having it copied there: selected columns, and two terms of a gradient by weights
 * in one sum.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

#include <equiformer/linear.h>

#include "ad/program.h"
#include "ad/run.h"
#include "base/rng.h"

enum { ROWS = 37, ALL = 13, PART = 11, CHANNELS = 5 };

static double number(int array, int i) { return eqfi_rng_normal(4, (uint64_t)array, (uint64_t)i); }

static void set_input(eqf_context *context, eqf_run *run, const char *name, int array, int columns)
{
    double values[ROWS * ALL];
    for (int i = 0; i < ROWS * columns; i++) values[i] = number(array, i);
    TEST_OK(context, eqf_run_set_input(context, run, name, values));
}

static int count(const eqf_program *program, eqfi_op op)
{
    int n = 0;
    for (size_t i = 0; i < program->nodes.n; i++) n += program->nodes.items[i].op == op;
    return n;
}

/* The channel of column i of 2x0e+3x1e, and the column of 4x0e+3x1e that is selected as that. */
static int channel_of(int i) { return i < 2 ? i : 2 + (i - 2) / 3; }
static int column_of(int i) { return i < 2 ? i : i + 2; }

static void check_selections(eqf_context *context, const eqf_run *run, double tolerance)
{
    double scaled[ROWS * PART], dots[ROWS * CHANNELS], view[ROWS * 2], placed[ROWS * ALL];
    TEST_OK(context, eqf_run_get_output(context, run, "scaled", scaled));
    TEST_OK(context, eqf_run_get_output(context, run, "dots", dots));
    TEST_OK(context, eqf_run_get_output(context, run, "view", view));
    TEST_OK(context, eqf_run_get_output(context, run, "placed", placed));
    for (int r = 0; r < ROWS; r++) {
        double sums[CHANNELS] = {0}, wide[ALL] = {0};
        for (int i = 0; i < PART; i++) {
            double x = number(0, r * ALL + column_of(i)), s = number(1, r * CHANNELS + channel_of(i));
            double z = number(2, r * PART + i);
            assert_true(fabs(scaled[r * PART + i] - x * s) <= tolerance);
            sums[channel_of(i)] += x * z;
            wide[column_of(i)] = z * s;
        }
        for (int i = 0; i < CHANNELS; i++) assert_true(fabs(dots[r * CHANNELS + i] - sums[i]) <= tolerance);
        for (int i = 0; i < ALL; i++) assert_true(fabs(placed[r * ALL + i] - wide[i]) <= tolerance);
        for (int i = 0; i < 2; i++) assert_true(fabs(view[r * 2 + i] - tanh(number(0, r * ALL + 1 + i))) <= tolerance);
    }
}

static void test_selections(void **state)
{
    (void)state;
    static const int blocks[] = {0, 2};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *all = test_irreps(context, "2x0e+2x0e+3x1e"), *part = test_irreps(context, "2x0e+3x1e");
    eqf_irreps *channels = test_irreps(context, "5x0e");
    eqf_program *program;
    eqf_parameters *parameters;
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_rows rows = eqf_program_rows(program, "rows");
    eqf_var x = eqf_input(program, "x", rows, all), s = eqf_input(program, "s", rows, channels);
    eqf_var z = eqf_input(program, "z", rows, part);
    eqf_var selected = eqfi_emit_pick(program, x, all, blocks, part, NULL, 2);
    eqf_output(program, "scaled", eqf_scale(program, selected, s, EQF_PER_CHANNEL, 1));
    eqf_output(program, "dots", eqf_dot(program, selected, z, EQF_PER_CHANNEL, 1));
    eqf_output(program, "view", eqf_apply(program, EQF_TANH, eqf_channels(program, x, 0, 1, 2)));
    eqf_var product = eqf_scale(program, z, s, EQF_PER_CHANNEL, 1);
    eqf_output(program, "placed", eqfi_emit_pick(program, product, part, (const int[]){0, 1}, all, blocks, 2));
    assert_true(count(program, EQFI_OP_SELECT) > 0);
    TEST_OK(context, eqf_program_end(context, program));
    assert_int_equal(count(program, EQFI_OP_SELECT), 0);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        eqf_run *run;
        TEST_OK(context, eqf_parameters_create(context, (eqf_precision)precision, &parameters));
        TEST_OK(context, eqf_run_create(context, program, parameters, (eqf_precision)precision, &run));
        TEST_OK(context, eqf_run_set_rows(context, run, "rows", ROWS));
        set_input(context, run, "x", 0, ALL);
        set_input(context, run, "s", 1, CHANNELS);
        set_input(context, run, "z", 2, PART);
        TEST_OK(context, eqf_run_execute(context, run));
        check_selections(context, run, precision == EQF_FLOAT32 ? 1e-5 : 1e-14);
        eqf_run_free(run);
        eqf_parameters_free(parameters);
    }
    eqf_program_free(program);
    eqf_irreps_free(all);
    eqf_irreps_free(part);
    eqf_irreps_free(channels);
    test_context_free(context, &memory);
}

/* Results that take the place of an argument must not be read as that: channels that are scaled by one another, and a product
 * between columns of which the others become zero. */
static void test_in_place(void **state)
{
    (void)state;
    enum { HEADS = 2 };
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *four = test_irreps(context, "4x0e"), *one = test_irreps(context, "1x0e");
    eqf_irreps *mixed = test_irreps(context, "4x0e+3x0o"), *odd = test_irreps(context, "3x0o");
    eqf_program *program;
    eqf_parameters *parameters;
    eqf_run *run;
    double heads[ROWS * 4], row[ROWS * 4], kept[ROWS * 7];
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_rows rows = eqf_program_rows(program, "rows");
    eqf_var x = eqf_input(program, "x", rows, four), s = eqf_input(program, "s", rows, one);
    eqf_var t = eqf_apply(program, EQF_TANH, x), u = eqf_apply(program, EQF_SIN, x);
    eqf_var own = eqf_scale(program, t, eqf_channels(program, t, 0, 0, HEADS), EQF_PER_HEAD, HEADS);
    eqf_output(program, "heads", eqf_apply(program, EQF_TANH, own));
    own = eqf_scale(program, u, eqf_channels(program, u, 0, 2, 1), EQF_PER_ROW, 1);
    eqf_output(program, "row", eqf_apply(program, EQF_TANH, own));
    eqf_var z = eqf_multiply(program, 2, eqf_input(program, "z", rows, mixed));
    eqf_var scaled =
        eqf_scale(program, eqfi_emit_pick(program, z, mixed, (const int[]){1}, odd, NULL, 1), s, EQF_PER_ROW, 1);
    z = eqfi_emit_pick(program, scaled, odd, (const int[]){0}, mixed, (const int[]){1}, 1);
    eqf_output(program, "kept", eqf_multiply(program, 3, z));
    TEST_OK(context, eqf_program_end(context, program));
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &parameters));
    TEST_OK(context, eqf_run_create(context, program, parameters, EQF_FLOAT64, &run));
    TEST_OK(context, eqf_run_set_rows(context, run, "rows", ROWS));
    set_input(context, run, "x", 0, 4);
    set_input(context, run, "s", 1, 1);
    set_input(context, run, "z", 2, 7);
    TEST_OK(context, eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_get_output(context, run, "heads", heads));
    TEST_OK(context, eqf_run_get_output(context, run, "row", row));
    TEST_OK(context, eqf_run_get_output(context, run, "kept", kept));
    for (int r = 0; r < ROWS; r++) {
        const int first = r * 4;
        for (int i = 0; i < 4; i++) {
            double factor = tanh(number(0, first + i * HEADS / 4)),
                   expected = tanh(tanh(number(0, first + i)) * factor);
            assert_true(fabs(heads[first + i] - expected) < 1e-14);
            expected = tanh(sin(number(0, first + i)) * sin(number(0, first + 2)));
            assert_true(fabs(row[first + i] - expected) < 1e-14);
        }
        for (int i = 0; i < 7; i++) {
            double expected = i < 4 ? 0 : 6 * number(2, r * 7 + i) * number(1, r);
            assert_true(fabs(kept[r * 7 + i] - expected) < 1e-14);
        }
    }
    eqf_run_free(run);
    eqf_parameters_free(parameters);
    eqf_program_free(program);
    eqf_irreps_free(four);
    eqf_irreps_free(one);
    eqf_irreps_free(mixed);
    eqf_irreps_free(odd);
    test_context_free(context, &memory);
}

/* The gradient of a module of which both the argument and the gradient by the result depend on its weights. */
static void test_weight_gradients(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = test_irreps(context, "5x0e");
    eqf_module *module;
    eqf_program *program;
    TEST_OK(context, eqf_linear_create(context, irreps, irreps, 0, &module));
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_rows rows = eqf_program_rows(program, "rows");
    eqf_graph graph = {.edge_src = {0}};
    eqf_var x = eqf_input(program, "x", rows, irreps), slope, gradient;
    eqf_var y = eqf_apply(program, EQF_TANH, eqf_module_record(program, module, "", &graph, &x));
    eqf_var energy = eqf_sum_rows(program, eqf_dot(program, y, y, EQF_PER_ROW, 1));
    eqf_grad(program, 1, &energy, NULL, 1, &x, &slope);
    eqf_var loss = eqf_sum_rows(program, eqf_dot(program, slope, slope, EQF_PER_ROW, 1));
    eqf_var weight = eqf_program_parameter(program, "tp.weight");
    eqf_grad(program, 1, &loss, NULL, 1, &weight, &gradient);
    eqf_output(program, "gradient", gradient);
    TEST_OK(context, eqf_program_end(context, program));
    int joined = 0, single = 0;
    for (size_t i = 0; i < program->nodes.n; i++) {
        const eqfi_node *node = &program->nodes.items[i];
        if (node->op != EQFI_OP_LINEAR || node->attribute.role != 2) continue;
        joined += node->n_in == 4;
        single += node->n_in == 2;
    }
    assert_int_equal(joined, 1);
    assert_int_equal(single, 0);
    eqf_program_free(program);
    eqf_module_free(module);
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

/* The sum of parts of two gradients by weights, which are no whole sums themselves. */
static void test_parts_of_weight_gradients(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = test_irreps(context, "2x0e");
    eqf_module *module;
    double found[2][2];
    TEST_OK(context, eqf_linear_create(context, irreps, irreps, 0, &module));
    eqf_parameters *parameters;
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &parameters));
    TEST_OK(context, eqf_module_init(context, module, "a", 1, parameters));
    TEST_OK(context, eqf_module_init(context, module, "b", 1, parameters));
    for (int kept = 0; kept < 2; kept++) { /* the gradients are outputs, too */
        eqf_program *program;
        eqf_run *run;
        TEST_OK(context, eqf_program_create(context, &program));
        eqf_var x = eqf_input(program, "x", eqf_program_rows(program, "rows"), irreps), y[2], gradients[2];
        for (int i = 0; i < 2; i++) {
            y[i] = eqf_module_record(program, module, i == 0 ? "a" : "b", NULL, &x);
            y[i] = eqf_dot(program, y[i], y[i], EQF_PER_ROW, 1);
        }
        const eqf_var weights[] = {eqf_program_parameter(program, "a.tp.weight"),
                                   eqf_program_parameter(program, "b.tp.weight")};
        eqf_grad(program, 2, y, NULL, 2, weights, gradients);
        eqf_output(program, "sum",
                   eqf_add(program, eqf_channels(program, gradients[0], 0, 2, 2),
                           eqf_channels(program, gradients[1], 0, 1, 2)));
        for (int i = 0; i < 2 && kept; i++) eqf_output(program, i == 0 ? "a" : "b", gradients[i]);
        TEST_OK(context, eqf_program_end(context, program));
        TEST_OK(context, eqf_run_create(context, program, parameters, EQF_FLOAT64, &run));
        TEST_OK(context, eqf_run_set_rows(context, run, "rows", ROWS));
        set_input(context, run, "x", 0, 2);
        TEST_OK(context, eqf_run_execute(context, run));
        TEST_OK(context, eqf_run_get_output(context, run, "sum", found[kept]));
        if (kept) {
            double a[4], b[4];
            TEST_OK(context, eqf_run_get_output(context, run, "a", a));
            TEST_OK(context, eqf_run_get_output(context, run, "b", b));
            for (int i = 0; i < 2; i++) assert_true(fabs(found[1][i] - a[2 + i] - b[1 + i]) < 1e-9);
        }
        eqf_run_free(run);
        eqf_program_free(program);
    }
    for (int i = 0; i < 2; i++) assert_true(fabs(found[0][i] - found[1][i]) < 1e-9);
    eqf_parameters_free(parameters);
    eqf_module_free(module);
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_selections), cmocka_unit_test(test_in_place),
                                              cmocka_unit_test(test_weight_gradients),
                                              cmocka_unit_test(test_parts_of_weight_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
