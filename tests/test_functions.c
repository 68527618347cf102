/* Functions of one variable: every precision, instruction set, function and order against values in double, derivatives
 * against differences, accuracy in units in the last place, special values.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "base/rng.h"
#include "kern/kernels.h"
#include "support/reals.h"

/* Where a function is tried. Central differences keep away from `kink`, where it is not smooth. */
typedef struct trial {
    eqfi_function function;
    double a, b;
    double low, high, kink;
} trial;

static const trial trials[] = {
    {EQFI_FUNCTION_SILU, 0, 0, -9, 9, 100},        {EQFI_FUNCTION_SIGMOID, 0, 0, -9, 9, 100},
    {EQFI_FUNCTION_LOGISTIC, 0, 0, -2, 3, 100},    {EQFI_FUNCTION_TANH, 0, 0, -5, 5, 100},
    {EQFI_FUNCTION_EXP, 0, 0, -4, 4, 100},         {EQFI_FUNCTION_SIN, 0, 0, -7, 7, 100},
    {EQFI_FUNCTION_COS, 0, 0, -7, 7, 100},         {EQFI_FUNCTION_ABS, 0, 0, -3, 3, 0},
    {EQFI_FUNCTION_ENVELOPE, 0, 0, -0.2, 1.3, 1},  {EQFI_FUNCTION_COSINE, 0, 0, 0, 1.3, 1},
    {EQFI_FUNCTION_POWER, -0.5, 0.3, 0.1, 4, 0.3}, {EQFI_FUNCTION_POWER, -1, 0.3, 0.1, 4, 0.3},
    {EQFI_FUNCTION_POWER, 0.5, 0.3, 0.1, 4, 0.3},  {EQFI_FUNCTION_POWER, 2, -10, -3, 3, -10},
    {EQFI_FUNCTION_POWER, 3, -10, -3, 3, -10},     {EQFI_FUNCTION_POWER, 1.5, 1e-12, 0.1, 4, 0},
    {EQFI_FUNCTION_POWER, 0.3, 0.3, 0.1, 4, 0.3},  {EQFI_FUNCTION_POWER, -3.25, 0.5, 0.1, 4, 0.5},
    {EQFI_FUNCTION_POWER, 0, 0.5, 0.1, 4, 0.5},    {EQFI_FUNCTION_POWER, -40, 0.5, 0.6, 1.5, 0.5},
};
enum { TRIALS = sizeof trials / sizeof *trials, SAMPLES = 403 };

static double smallest_normal(const eqfi_kernels *kernels)
{
    return kernels->real_size == sizeof(float) ? (double)FLT_MIN : DBL_MIN;
}

/* f^(order)(x) by a kernel. */
static double value(const eqfi_kernels *kernels, const eqfi_unary_plan *plan, double x)
{
    double in, out;
    test_set_real(kernels->real_size, &in, 0, x);
    kernels->unary(plan, 1, 1, &in, 1, &out, 1);
    return test_real(kernels->real_size, &out, 0);
}

static eqfi_unary_plan plan_of(const trial *t, int order)
{
    return (eqfi_unary_plan){.function = t->function, .order = order, .a = t->a, .b = t->b};
}

static void fail_at(const eqfi_kernels *kernels, const eqfi_unary_plan *plan, double x, double got, double expected)
{
    fail_msg("%s: %s (a = %g, b = %g) of order %d at %.17g is %.17g, expected %.17g", kernels->name,
             eqfi_function_name(plan->function), plan->a, plan->b, plan->order, x, got, expected);
}

static void each_table(void (*check)(const eqfi_kernels *kernels))
{
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++) {
        check(eqfi_kernels_select(EQF_FLOAT32, isa));
        check(eqfi_kernels_select(EQF_FLOAT64, isa));
    }
}

/* Relative to the largest value on the interval; values themselves (order 0) nearly to the last place. */
static void check_trial(const eqfi_kernels *kernels, const trial *t, int order)
{
    eqfi_unary_plan plan = plan_of(t, order);
    double x[SAMPLES], out[SAMPLES], expected[SAMPLES], scale = 0;
    for (int i = 0; i < SAMPLES; i++) {
        test_set_real(kernels->real_size, x, i,
                      t->low + (t->high - t->low) * eqfi_rng_uniform(3, (uint64_t)t->function, (uint64_t)i));
        expected[i] = eqfi_function_value(&plan, test_real(kernels->real_size, x, i));
        scale = fmax(scale, fabs(expected[i]));
    }
    kernels->unary(&plan, 1, SAMPLES, x, SAMPLES, out, SAMPLES);
    /* x^-40 takes some twenty roundings, pow in one precision with an exponent of some digits two or three. */
    double bound = t->function == EQFI_FUNCTION_POWER ? 24 + fabs(t->a) : order == 0 ? 4 : 0;
    for (int i = 0; i < SAMPLES; i++) {
        double tolerance = test_epsilon(kernels->real_size) * (bound > 0 ? bound * fabs(expected[i]) : 16 * scale);
        double got = test_real(kernels->real_size, out, i);
        if (!(fabs(got - expected[i]) <= tolerance))
            fail_at(kernels, &plan, test_real(kernels->real_size, x, i), got, expected[i]);
    }
}

static void check_values(const eqfi_kernels *kernels)
{
    for (int i = 0; i < TRIALS; i++)
        for (int order = 0; order <= EQFI_ORDER_MAX; order++) check_trial(kernels, &trials[i], order);
}

/* Five-point central difference. */
static double difference(const eqfi_kernels *kernels, const eqfi_unary_plan *plan, double x, double h)
{
    return (8 * (value(kernels, plan, x + h) - value(kernels, plan, x - h)) -
            (value(kernels, plan, x + 2 * h) - value(kernels, plan, x - 2 * h))) /
           (12 * h);
}

/* Every order against differences of the order below; their error is estimated from those with twice the step. */
static void check_derivatives(const eqfi_kernels *kernels)
{
    if (kernels->real_size == sizeof(float)) return;
    const double h = 0x1p-9;
    for (int i = 0; i < TRIALS; i++)
        for (int order = 1; order <= EQFI_ORDER_MAX; order++) {
            const trial *t = &trials[i];
            eqfi_unary_plan plan = plan_of(t, order), lower = plan_of(t, order - 1);
            for (int s = 0; s <= 60; s++) {
                double x = t->low + (t->high - t->low) * s / 60, got = value(kernels, &plan, x);
                if (fabs(x - t->kink) <= 5 * h) continue;
                double expected = difference(kernels, &lower, x, h);
                double truncation = fabs(expected - difference(kernels, &lower, x, 2 * h));
                double tolerance = truncation + 1e-9 * (1 + fabs(got) + fabs(value(kernels, &lower, x)));
                if (!(fabs(got - expected) <= tolerance)) fail_at(kernels, &plan, x, got, expected);
            }
        }
}

/* Units in the last place between got and the exact value. */
static double ulps(const eqfi_kernels *kernels, double got, long double exact)
{
    double size = fmax((double)fabsl(exact), smallest_normal(kernels));
    int exponent;
    frexp(size, &exponent);
    return (double)fabsl((long double)got - exact) / ldexp(test_epsilon(kernels->real_size), exponent - 1);
}

static long double exact_sigmoid(long double x) { return 1 / (1 + expl(-x)); }

static long double exact_silu(long double x) { return x / (1 + expl(-x)); }

static void expect_ulps(const eqfi_kernels *kernels, eqfi_function function, long double (*exact)(long double x),
                        double low, double high, double bound)
{
    enum { COUNT = 20000 };
    static double in[COUNT], out[COUNT];
    eqfi_unary_plan plan = {.function = function};
    /* The C library's long double is the oracle; where it is plain double it has errors of its own. */
    if (LDBL_MANT_DIG == DBL_MANT_DIG && kernels->real_size == sizeof(double)) bound += 2;
    for (int i = 0; i < COUNT; i++) {
        double u = eqfi_rng_uniform(5, (uint64_t)function, (uint64_t)i);
        /* Half of them evenly spread, half by magnitude. */
        double x = low + (high - low) * u;
        if (i % 2 == 1) x = (i % 4 == 1 ? high : low) * pow(1e-12, u);
        test_set_real(kernels->real_size, in, i, x);
    }
    kernels->unary(&plan, 1, COUNT, in, COUNT, out, COUNT);
    for (int i = 0; i < COUNT; i++) {
        long double expected = exact(test_real(kernels->real_size, in, i));
        double off = ulps(kernels, test_real(kernels->real_size, out, i), expected);
        if (!(off <= bound))
            fail_msg("%s: %s at %.9g is off by %.2f units in the last place, at most %g are allowed", kernels->name,
                     eqfi_function_name(function), test_real(kernels->real_size, in, i), off, bound);
    }
}

static void check_accuracy(const eqfi_kernels *kernels)
{
    double wide = kernels->real_size == sizeof(float) ? 87 : 708;
    expect_ulps(kernels, EQFI_FUNCTION_EXP, expl, -wide, wide, 2);
    expect_ulps(kernels, EQFI_FUNCTION_TANH, tanhl, -12, 12, 3);
    expect_ulps(kernels, EQFI_FUNCTION_SIGMOID, exact_sigmoid, -wide + 1, wide, 4);
    expect_ulps(kernels, EQFI_FUNCTION_SILU, exact_silu, -wide + 1, wide, 4);
}

static void expect_exactly(const eqfi_kernels *kernels, eqfi_function function, int order, double x, double expected)
{
    eqfi_unary_plan plan = {.function = function, .order = order};
    double got = value(kernels, &plan, x), reference = eqfi_function_value(&plan, x);
    if (!(got == expected)) fail_at(kernels, &plan, x, got, expected);
    if (!(reference == expected))
        fail_msg("reference of %s of order %d at %g is %g, expected %g", eqfi_function_name(function), order, x,
                 reference, expected);
}

static void check_special_values(const eqfi_kernels *kernels)
{
    const double infinity = (double)INFINITY;
    static const struct {
        eqfi_function function;
        double at_minus_infinity[3], at_zero[2], at_infinity[3];
    } list[] = {
        {EQFI_FUNCTION_SILU, {0, 0, 0}, {0, 0.5}, {(double)INFINITY, 1, 0}},
        {EQFI_FUNCTION_SIGMOID, {0, 0, 0}, {0.5, 0.25}, {1, 0, 0}},
        {EQFI_FUNCTION_TANH, {-1, 0, 0}, {0, 1}, {1, 0, 0}},
        {EQFI_FUNCTION_EXP, {0, 0, 0}, {1, 1}, {(double)INFINITY, (double)INFINITY, (double)INFINITY}},
        {EQFI_FUNCTION_ABS, {(double)INFINITY, -1, 0}, {0, 0}, {(double)INFINITY, 1, 0}},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        for (int order = 0; order < 3; order++) {
            expect_exactly(kernels, list[i].function, order, -infinity, list[i].at_minus_infinity[order]);
            expect_exactly(kernels, list[i].function, order, infinity, list[i].at_infinity[order]);
            if (order < 2) expect_exactly(kernels, list[i].function, order, 0, list[i].at_zero[order]);
        }
    expect_exactly(kernels, EQFI_FUNCTION_EXP, 0, 1000, infinity);
    expect_exactly(kernels, EQFI_FUNCTION_EXP, 0, -1000, 0);
    expect_exactly(kernels, EQFI_FUNCTION_SIGMOID, 0, -1000, 0);
    expect_exactly(kernels, EQFI_FUNCTION_SIN, 0, 0, 0);
    expect_exactly(kernels, EQFI_FUNCTION_COS, 0, 0, 1);

    /* Gradual underflow: half of the smallest normal number. */
    eqfi_unary_plan exponential = {.function = EQFI_FUNCTION_EXP};
    double x = log(smallest_normal(kernels) / 2), tiny = value(kernels, &exponential, x);
    if (!(fabs(tiny / smallest_normal(kernels) - 0.5) < 1e-4)) fail_at(kernels, &exponential, x, tiny, exp(x));

    for (int i = 0; i < TRIALS; i++) {
        eqfi_unary_plan plan = plan_of(&trials[i], 0);
        if (trials[i].function == EQFI_FUNCTION_POWER && trials[i].a == 0) continue; /* 1 for every x */
        if (!isnan(value(kernels, &plan, NAN))) fail_msg("%s: a NaN is lost", eqfi_function_name(plan.function));
    }
}

/* Nothing is left from the cut-off on, and never a negative value before. */
static void check_cutoff(const eqfi_kernels *kernels)
{
    static const eqfi_function functions[] = {EQFI_FUNCTION_ENVELOPE, EQFI_FUNCTION_COSINE};
    for (int f = 0; f < 2; f++) {
        for (int order = 0; order <= EQFI_ORDER_MAX; order++) {
            expect_exactly(kernels, functions[f], order, 1, 0);
            expect_exactly(kernels, functions[f], order, 1.5, 0);
            expect_exactly(kernels, functions[f], order, 1e30, 0);
            expect_exactly(kernels, functions[f], order, (double)INFINITY, 0);
        }
        expect_exactly(kernels, functions[f], 0, 0, 1);
        eqfi_unary_plan plan = {.function = functions[f]};
        for (int i = 1; i <= 23; i++) {
            double before = 1 - ldexp(1, -i), exact = eqfi_function_value(&plan, before);
            double got = value(kernels, &plan, before);
            if (!(got > 0 && fabs(got - exact) <= 8 * test_epsilon(kernels->real_size) * exact))
                fail_at(kernels, &plan, before, got, exact);
        }
    }
    /* The first two derivatives of the envelope go to zero like (1-t)^2 and 1-t. */
    eqfi_unary_plan first = {.function = EQFI_FUNCTION_ENVELOPE, .order = 1}, second = first;
    second.order = 2;
    double u = 0x1p-20, t = 1 - u;
    double slope = -105 * pow(t, 4) * u * u, curvature = -210 * pow(t, 3) * u * (2 - 3 * t);
    assert_close(value(kernels, &first, t) / slope, 1, 16 * test_epsilon(kernels->real_size));
    assert_close(value(kernels, &second, t) / curvature, 1, 16 * test_epsilon(kernels->real_size));
}

static void check_power(const eqfi_kernels *kernels)
{
    eqfi_unary_plan plan = {.function = EQFI_FUNCTION_POWER, .order = 0, .a = -0.5, .b = 0.25};
    assert_true(value(kernels, &plan, 0.01) == 2 && value(kernels, &plan, -3) == 2); /* constant below b */
    assert_true(value(kernels, &plan, 0.25) == 2 && value(kernels, &plan, 4) == 0.5);
    plan.order = 1;
    assert_true(value(kernels, &plan, 0.01) == 0 && value(kernels, &plan, -3) == 0);
    assert_true(value(kernels, &plan, 0.25) == -4);
    plan.a = -0.3;
    assert_true(value(kernels, &plan, 0.01) == 0);
    plan = (eqfi_unary_plan){.function = EQFI_FUNCTION_POWER, .a = -0.5};
    assert_true(value(kernels, &plan, 0) == (double)INFINITY);
    plan.order = 1; /* 0 below b though x^a has no limit there */
    assert_true(value(kernels, &plan, -1) == 0);
    plan = (eqfi_unary_plan){.function = EQFI_FUNCTION_POWER, .order = 3, .a = 2, .b = -1};
    assert_true(value(kernels, &plan, 0) == 0 && value(kernels, &plan, 5) == 0);
}

enum { ROWS = 7, COLUMNS = 37, WIDE = 41 };

/* f of ROWS x COLUMNS elements with these row strides; each gets the bits that it gets alone, gaps stay. */
static void check_layout(const eqfi_kernels *kernels, const eqfi_unary_plan *plan, const double *x, int ldx, int ldout)
{
    double out[ROWS * WIDE];
    for (int k = 0; k < ROWS * WIDE; k++) test_set_real(kernels->real_size, out, k, 77);
    kernels->unary(plan, ROWS, COLUMNS, x, ldx, out, ldout);
    for (int k = 0; k < ROWS * WIDE; k++) {
        int row = k / ldout, column = k % ldout;
        bool written = row < ROWS && column < COLUMNS;
        double from = written ? test_real(kernels->real_size, x, row * ldx + column) : 0,
               got = test_real(kernels->real_size, out, k);
        double expected = written ? value(kernels, plan, from) : 77;
        if (!(got == expected)) fail_at(kernels, plan, from, got, expected);
    }
}

static void check_layouts(const eqfi_kernels *kernels)
{
    double x[ROWS * WIDE], copy[ROWS * WIDE], out[ROWS * WIDE];
    for (int i = 0; i < TRIALS; i++)
        for (int order = 0; order < 4; order++) {
            const trial *t = &trials[i];
            eqfi_unary_plan plan = plan_of(t, order);
            for (int k = 0; k < ROWS * WIDE; k++)
                test_set_real(kernels->real_size, x, k,
                              t->low + (t->high - t->low) * eqfi_rng_uniform(4, (uint64_t)i, (uint64_t)k));
            check_layout(kernels, &plan, x, WIDE, WIDE);
            check_layout(kernels, &plan, x, COLUMNS, WIDE);
            check_layout(kernels, &plan, x, WIDE, COLUMNS);
            check_layout(kernels, &plan, x, COLUMNS, COLUMNS);
            check_layout(kernels, &plan, x, 0, COLUMNS); /* one row repeated */

            memcpy(copy, x, sizeof x);
            kernels->unary(&plan, ROWS, COLUMNS, copy, WIDE, copy, WIDE);
            memcpy(out, x, sizeof x);
            kernels->unary(&plan, ROWS, COLUMNS, x, WIDE, out, WIDE);
            assert_memory_equal(copy, out, sizeof out);
        }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(eqfi_function_name(EQFI_FUNCTION_SILU), "silu");
    for (int i = 0; i < EQFI_FUNCTION_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(eqfi_function_name((eqfi_function)i), eqfi_function_name((eqfi_function)j));
    for (int i = 0; i < EQFI_FUNCTION_COUNT; i++) {
        bool tried = false;
        for (int k = 0; k < TRIALS; k++) tried = tried || trials[k].function == (eqfi_function)i;
        if (!tried) fail_msg("%s has no trial in this test", eqfi_function_name((eqfi_function)i));
    }
}

static void test_values(void **state)
{
    (void)state;
    each_table(check_values);
}

static void test_derivatives(void **state)
{
    (void)state;
    each_table(check_derivatives);
}

static void test_accuracy(void **state)
{
    (void)state;
    each_table(check_accuracy);
}

static void test_special_values(void **state)
{
    (void)state;
    each_table(check_special_values);
}

static void test_cutoff(void **state)
{
    (void)state;
    each_table(check_cutoff);
}

static void test_power(void **state)
{
    (void)state;
    each_table(check_power);
}

static void test_layouts(void **state)
{
    (void)state;
    each_table(check_layouts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_values),         cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_accuracy), cmocka_unit_test(test_special_values), cmocka_unit_test(test_cutoff),
        cmocka_unit_test(test_power),    cmocka_unit_test(test_layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
