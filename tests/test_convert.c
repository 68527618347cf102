/* Rows between precisions: what narrow and widen keep, and what narrow drops.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>

#include "support/test.h"

#include "kern/kernels.h"

enum { ROWS = 3, COLUMNS = 25, STRIDE = 27 };

static const double special[] = {
    0.0,   -0.0,   1.0,     -1.0 / 3, FLT_MIN,    -FLT_MIN,    FLT_MIN / 2,   -FLT_MIN / 2,
    1e-45, 1e-300, FLT_MAX, NAN,      INFINITY,   -INFINITY,   FLT_MIN * 1.5, FLT_MIN * 0.999,
    1e-18, 1e-20,  0x1p-63, -0x1p-63, 0x1.ffp-64, -0x1.ffp-64, 1.1e-19,       1e-10,
};
enum { SPECIAL = sizeof special / sizeof *special };

static double expected(double x) { return x * x < (double)FLT_MIN ? 0 : (double)(float)x; }

/* Rows 1 .. of a matrix with gaps. */
static void check(const eqfi_kernels *kernels)
{
    double from[ROWS * STRIDE], back[ROWS * STRIDE];
    float to[ROWS * STRIDE];
    for (int i = 0; i < ROWS * STRIDE; i++) {
        from[i] = special[i % SPECIAL];
        to[i] = 7;
        back[i] = 7;
    }
    kernels->narrow(1, ROWS, COLUMNS, (eqfi_operand){from, STRIDE, NULL}, (eqfi_operand){to, STRIDE, NULL});
    kernels->widen(1, ROWS, COLUMNS, (eqfi_operand){to, STRIDE, NULL}, (eqfi_operand){back, STRIDE, NULL});
    for (int i = 0; i < ROWS * STRIDE; i++) {
        bool written = i / STRIDE > 0 && i % STRIDE < COLUMNS;
        double x = written ? expected(from[i]) : 7;
        if (isnan(x) ? !isnan(to[i]) || !isnan(back[i]) : (double)to[i] != x || back[i] != x)
            fail_msg("%s: element %d, %g, becomes %g and %g again, expected %g", kernels->name, i, from[i],
                     (double)to[i], back[i], x);
    }
}

static void test_narrow(void **state)
{
    (void)state;
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++) check(eqfi_kernels_select(EQF_FLOAT32, isa));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_narrow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
