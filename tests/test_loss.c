/* Losses: values and derivatives against formulas, kinks, masks.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

#include <equiformer/loss.h>

enum { ROWS = 6, COLUMNS = 5, KINDS = 4 };

static const double delta = 0.8;

/* The measure of a row of d. */
static double measure(eqf_loss_kind kind, const double *d)
{
    double sum = 0;
    for (int i = 0; i < COLUMNS; i++) {
        double a = fabs(d[i]);
        if (kind == EQF_LOSS_L1) sum += a / COLUMNS;
        if (kind == EQF_LOSS_L2) sum += a * a / COLUMNS;
        if (kind == EQF_LOSS_L2MAE) sum += a * a;
        if (kind == EQF_LOSS_HUBER) sum += (a <= delta ? a * a / 2 : delta * (a - delta / 2)) / COLUMNS;
    }
    return kind == EQF_LOSS_L2MAE ? sqrt(sum) : sum;
}

/* Prediction, target and weights; derivatives of the loss by the prediction, and of the sum of those by it again. */
typedef struct desk {
    test_allocator memory;
    eqf_context *context;
    eqf_program *program;
    eqf_irreps *irreps, *scalar;
    double x[ROWS * COLUMNS], y[ROWS * COLUMNS], w[ROWS];
    double loss, plain, slope[ROWS * COLUMNS], curvature[ROWS * COLUMNS];
} desk;

static void begin(desk *d)
{
    d->context = test_context(&d->memory);
    d->irreps = test_irreps(d->context, "2x0e+1x1o");
    d->scalar = test_irreps(d->context, "1x0e");
    for (uint64_t i = 0; i < ROWS * COLUMNS; i++) {
        d->x[i] = (double)(float)(1.5 * test_normal(1, 1, i));
        d->y[i] = test_normal(1, 2, i);
    }
    for (uint64_t i = 0; i < ROWS; i++) d->w[i] = i == 3 ? 0 : (double)(float)(test_uniform(1, 3, i) + 0.25);
}

static void finish(desk *d)
{
    eqf_irreps_free(d->irreps);
    eqf_irreps_free(d->scalar);
    test_context_free(d->context, &d->memory);
}

static void run_loss(desk *d, eqf_loss_kind kind, eqf_precision precision)
{
    eqf_program *p;
    eqf_run *run = NULL;
    TEST_OK(d->context, eqf_program_create(d->context, &p));
    eqf_rows rows = eqf_program_rows(p, "rows");
    eqf_var x = eqf_input(p, "x", rows, d->irreps), y = eqf_input(p, "y", rows, d->irreps), slope, curvature;
    eqf_var loss = eqf_loss(p, kind, delta, x, y, eqf_input(p, "w", rows, d->scalar));
    assert_int_equal(eqf_var_rows(p, loss).id, eqf_rows_one().id);
    eqf_grad(p, 1, &loss, NULL, 1, &x, &slope);
    eqf_grad(p, 1, &slope, NULL, 1, &x, &curvature);
    eqf_output(p, "loss", loss);
    eqf_output(p, "plain", eqf_loss(p, kind, delta, x, y, (eqf_var){0}));
    eqf_output(p, "slope", slope);
    eqf_output(p, "curvature", curvature);
    TEST_OK(d->context, eqf_program_end(d->context, p));
    TEST_OK(d->context, eqf_run_create(d->context, p, NULL, precision, &run));
    TEST_OK(d->context, eqf_run_set_rows(d->context, run, "rows", ROWS));
    TEST_OK(d->context, eqf_run_set_input(d->context, run, "x", d->x));
    TEST_OK(d->context, eqf_run_set_input(d->context, run, "y", d->y));
    TEST_OK(d->context, eqf_run_set_input(d->context, run, "w", d->w));
    TEST_OK(d->context, eqf_run_execute(d->context, run));
    TEST_OK(d->context, eqf_run_get_output(d->context, run, "loss", &d->loss));
    TEST_OK(d->context, eqf_run_get_output(d->context, run, "plain", &d->plain));
    TEST_OK(d->context, eqf_run_get_output(d->context, run, "slope", d->slope));
    TEST_OK(d->context, eqf_run_get_output(d->context, run, "curvature", d->curvature));
    eqf_run_free(run);
    eqf_program_free(p);
}

/* --------------------------------------------------------------------------------------------------------- values -- */

/* Inputs are numbers of float32, and losses float64 in either precision: so are the values. */
static void test_values(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    for (int kind = 0; kind < KINDS; kind++) {
        double expected = 0, plain = 0;
        for (int r = 0; r < ROWS; r++) {
            double row[COLUMNS];
            for (int i = 0; i < COLUMNS; i++) row[i] = d.x[COLUMNS * r + i] - d.y[COLUMNS * r + i];
            expected += d.w[r] * measure((eqf_loss_kind)kind, row);
            plain += measure((eqf_loss_kind)kind, row);
        }
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            run_loss(&d, (eqf_loss_kind)kind, (eqf_precision)precision);
            assert_close(d.loss, expected, 1e-14 * expected);
            assert_close(d.plain, plain, 1e-14 * plain);
            for (int i = 0; i < COLUMNS; i++) assert_true(d.slope[3 * COLUMNS + i] == 0); /* of weight 0 */
        }
    }
    finish(&d);
}

static eqf_var record_loss(eqf_program *program, const eqf_var *x, const void *data)
{
    return eqf_loss(program, *(const eqf_loss_kind *)data, delta, x[0], x[1], x[2]);
}

/* First, second and third derivatives by prediction, target and weights, a weight for all rows, a target for all rows. */
static void test_derivatives_of_losses(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const char *const rows[][2] = {{"rows", "rows"}, {"rows", "one"}, {"one", "rows"}};
    for (int kind = 0; kind < KINDS; kind++) {
        for (int i = 0; i < 3; i++) {
            eqf_loss_kind own = (eqf_loss_kind)kind;
            test_function f = {.n = 3,
                               .arguments = {{"rows", "2x0e+1x1o", 2.5, 3.5, false, 0},
                                             {rows[i][0], "2x0e+1x1o", 0, 0.9, false, 0},
                                             {rows[i][1], "1x0e", 0.5, 1.5, false, 0}},
                               .record = record_loss,
                               .data = &own,
                               .order = 3};
            test_space space = {.rows = {{"rows", 4}}};
            test_bench *bench = test_bench_create(context, &f, &space, 5);
            test_derivatives(bench, 6, 1e-8);
            test_float32(bench, &space, 1e-5);
            test_bench_free(bench);
        }
    }
    test_context_free(context, &memory);
}

/* ---------------------------------------------------------------------------------------------------------- kinks -- */

/* Where prediction and target are equal, and where one component differs. */
static void test_kinks(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (int i = 0; i < ROWS * COLUMNS; i++) d.y[i] = d.x[i];
            run_loss(&d, (eqf_loss_kind)kind, (eqf_precision)precision);
            assert_close(d.plain, 0, 1e-18);
            bool curved = kind == EQF_LOSS_L2 || kind == EQF_LOSS_HUBER;
            for (int r = 0; r < ROWS; r++) {
                for (int i = r * COLUMNS; i < (r + 1) * COLUMNS; i++) {
                    double curvature = !curved ? 0 : d.w[r] * (kind == EQF_LOSS_L2 ? 2 : 1) / COLUMNS;
                    assert_true(d.slope[i] == 0);
                    assert_close(d.curvature[i], curvature, 1e-7);
                }
            }
            d.x[1] = 1.25;
            d.y[1] = 0.75; /* of row 0 */
            run_loss(&d, (eqf_loss_kind)kind, (eqf_precision)precision);
            static const double slopes[] = {1.0 / COLUMNS, 2 * 0.5 / COLUMNS, 1, 0.5 / COLUMNS};
            for (int i = 0; i < ROWS * COLUMNS; i++) assert_close(d.slope[i], i == 1 ? d.w[0] * slopes[kind] : 0, 1e-7);
        }
    }
    finish(&d);
}

/* Nothing hides that a prediction is not a number. */
static void test_not_finite(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    for (int kind = 0; kind < KINDS; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            d.x[7] = NAN;
            run_loss(&d, (eqf_loss_kind)kind, (eqf_precision)precision);
            assert_true(!isfinite(d.loss));
            assert_true(!isfinite(d.slope[7]));
            d.x[7] = INFINITY;
            run_loss(&d, (eqf_loss_kind)kind, (eqf_precision)precision);
            assert_true(!isfinite(d.loss));
        }
    }
    finish(&d);
}

static void test_mistakes(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    eqf_irreps *other = test_irreps(d.context, "5x0e"), *none = test_irreps(d.context, "0x0e");
    static const struct {
        eqf_status status;
        const char *message;
    } cases[] = {{EQF_ERROR_ARGUMENT, "loss: unknown kind 4"},
                 {EQF_ERROR_RANGE, "loss: delta 0, expected a positive number"},
                 {EQF_ERROR_RANGE, "loss: delta inf, expected a positive number"},
                 {EQF_ERROR_SHAPE, "irreps 5x0e, expected 2x0e+1x1o"},
                 {EQF_ERROR_SHAPE, "rows of rows against rows of others"},
                 {EQF_ERROR_SHAPE, "irreps 2x0e+1x1o, expected 1x0e"},
                 {EQF_ERROR_SHAPE, "loss: the prediction has no columns"},
                 {EQF_ERROR_ARGUMENT, "is no variable"}};
    for (int i = 0; i < 8; i++) {
        eqf_program *p;
        TEST_OK(d.context, eqf_program_create(d.context, &p));
        eqf_rows rows = eqf_program_rows(p, "rows"), others = eqf_program_rows(p, "others");
        eqf_var x = eqf_input(p, "x", rows, i == 6 ? none : d.irreps);
        eqf_var y = eqf_input(p, "y", i == 4 ? others : rows, i == 3 ? other : i == 6 ? none : d.irreps);
        eqf_loss_kind kind = i == 0 ? (eqf_loss_kind)4 : i == 1 || i == 2 ? EQF_LOSS_HUBER : EQF_LOSS_L2;
        eqf_loss(p, kind, i == 2 ? INFINITY : 0, x, i == 7 ? (eqf_var){99} : y, i == 5 ? y : (eqf_var){0});
        TEST_FAILS(d.context, cases[i].status, cases[i].message, eqf_program_end(d.context, p));
        eqf_program_free(p);
    }
    eqf_irreps_free(other);
    eqf_irreps_free(none);
    finish(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_derivatives_of_losses),
        cmocka_unit_test(test_kinks),    cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
