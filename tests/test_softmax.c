/* Softmax over the members of segments, by every kernel, against values in double: any number of columns and members, with
 * and without an order and weights; far numbers, infinite ones and those that are none.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "base/rng.h"
#include "kern/kernels.h"
#include "support/reals.h"

/* Segments of few members and of many, some without any. */
static const int64_t offsets[] = {0, 1, 1, 8, 40, 73, 73, 138};
enum { SEGMENTS = sizeof offsets / sizeof *offsets - 1, MEMBERS = 138, COLUMNS = 11, STRIDE = COLUMNS + 2 };

static const double untouched = 12345;

/* A call, and memory for both precisions. */
typedef struct call {
    const eqfi_kernels *kernels;
    int columns;
    bool ordered, weighted;
    int32_t order[MEMBERS];
    double x[MEMBERS * STRIDE], u[MEMBERS], out[MEMBERS * STRIDE];
} call;

static int64_t row_of(const call *c, int64_t member) { return c->ordered ? c->order[member] : member; }

/* Numbers of up to `size`, and an order that no member keeps its place in. */
static void prepare(call *c, double size)
{
    for (int i = 0; i < MEMBERS; i++) c->order[i] = (int32_t)((i * 5 + 3) % MEMBERS);
    for (int i = 0; i < MEMBERS * STRIDE; i++) {
        test_set_real(c->kernels->real_size, c->x, i, size * (2 * eqfi_rng_uniform(1, 0, (uint64_t)i) - 1));
        test_set_real(c->kernels->real_size, c->out, i, untouched);
    }
    for (int i = 0; i < MEMBERS; i++)
        test_set_real(c->kernels->real_size, c->u, i, eqfi_rng_uniform(1, 1, (uint64_t)i));
}

static void run(call *c)
{
    c->kernels->segment_softmax(0, SEGMENTS, c->columns, offsets, c->ordered ? c->order : NULL,
                                (eqfi_operand){c->x, STRIDE, NULL}, (eqfi_operand){c->weighted ? c->u : NULL, 1, NULL},
                                (eqfi_operand){c->out, STRIDE, NULL});
}

static void expect(const call *c)
{
    double epsilon = test_epsilon(c->kernels->real_size);
    for (int s = 0; s < SEGMENTS; s++)
        for (int column = 0; column < c->columns; column++) {
            double maximum = -INFINITY, sum = 0;
            for (int64_t i = offsets[s]; i < offsets[s + 1]; i++)
                maximum = fmax(maximum, test_real(c->kernels->real_size, c->x, row_of(c, i) * STRIDE + column));
            for (int64_t i = offsets[s]; i < offsets[s + 1]; i++)
                sum += exp(test_real(c->kernels->real_size, c->x, row_of(c, i) * STRIDE + column) - maximum) *
                       (c->weighted ? test_real(c->kernels->real_size, c->u, row_of(c, i)) : 1);
            for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) {
                double x = test_real(c->kernels->real_size, c->x, row_of(c, i) * STRIDE + column) - maximum;
                double expected = exp(x) / (sum + 1e-16);
                double got = test_real(c->kernels->real_size, c->out, row_of(c, i) * STRIDE + column);
                /* the difference of x and the maximum is rounded, and an exponential that is hardly normal is zero */
                double tolerance = (8 + fabs(x)) * epsilon * expected + 1.1 * (double)FLT_MIN / sum;
                if (!(fabs(got - expected) <= tolerance))
                    fail_msg("%s: member %d of segment %d, column %d of %d, is %.17g, expected %.17g", c->kernels->name,
                             (int)i, s, column, c->columns, got, expected);
            }
        }
    for (int i = 0; i < MEMBERS * STRIDE; i++)
        if (i % STRIDE >= c->columns && test_real(c->kernels->real_size, c->out, i) != untouched)
            fail_msg("%s: number %d of the result is beyond its %d columns", c->kernels->name, i, c->columns);
}

/* Numbers of up to `size`. */
static void check(const eqfi_kernels *kernels, double size)
{
    static call c;
    static const int columns[] = {1, 2, 4, 7, 8, 9, COLUMNS};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        for (int kind = 0; kind < 4; kind++) {
            c.kernels = kernels;
            c.columns = columns[i];
            c.ordered = kind % 2 == 1;
            c.weighted = kind >= 2;
            prepare(&c, size);
            run(&c);
            expect(&c);
        }
}

static void test_values(void **state)
{
    (void)state;
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++)
        for (double size = 1; size < 1e5; size *= 30) {
            check(eqfi_kernels_select(EQF_FLOAT32, isa), size);
            check(eqfi_kernels_select(EQF_FLOAT64, isa), size);
        }
}

/* A member at minus infinity has no part; one that is not a number leaves none in its segment and column. */
static void check_special(const eqfi_kernels *kernels)
{
    static call c;
    c.kernels = kernels;
    c.columns = 4;
    prepare(&c, 3);
    test_set_real(kernels->real_size, c.x, offsets[3] * STRIDE + 1, (double)-INFINITY);
    test_set_real(kernels->real_size, c.x, offsets[4] * STRIDE + 2, (double)NAN);
    run(&c);
    double sum = 0;
    for (int64_t i = offsets[3]; i < offsets[4]; i++) sum += test_real(kernels->real_size, c.out, i * STRIDE + 1);
    assert_true(fabs(sum - 1) < 1e-5);
    assert_true(test_real(kernels->real_size, c.out, offsets[3] * STRIDE + 1) == 0);
    for (int64_t i = offsets[4]; i < offsets[5]; i++)
        for (int column = 0; column < 4; column++)
            assert_int_equal(isnan(test_real(kernels->real_size, c.out, i * STRIDE + column)) != 0, column == 2);
}

static void test_special_values(void **state)
{
    (void)state;
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++) {
        check_special(eqfi_kernels_select(EQF_FLOAT32, isa));
        check_special(eqfi_kernels_select(EQF_FLOAT64, isa));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_special_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
