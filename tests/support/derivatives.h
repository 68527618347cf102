/* Recorded functions on a bench: their values, and their derivatives of first, second and third order against central
 * differences.
 *
 * With x the arguments and parameters of a function y(x), and random c, v, w, the bench records
 *
 *     F1 = <c, y>,  d1 = grad F1;   F2 = <v, d1>,  d2 = grad F2;   F3 = <w, d2>,  d3 = grad F3
 *
 * by eqf_grad applied to its own results, and compares every gradient with differences of the number before it. From the
 * second order on, c counts as an argument. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_DERIVATIVES_H
#define TESTS_SUPPORT_DERIVATIVES_H

#include "test.h"

#include <equiformer/exchange.h>

enum { TEST_ARGUMENTS = 6, TEST_ROW_SETS = 4, TEST_MAPS = 5, TEST_ORDERS = 3 };

typedef struct test_argument {
    const char *rows; /* name of the row set; "one" */
    const char *irreps;
    double low, high; /* numbers between these; standard normal ones where both are 0 */
    bool avoids;      /* no number is nearer than 0.05 to `avoided`: a kink */
    double avoided;
} test_argument;

typedef struct test_function {
    int n; /* arguments */
    test_argument arguments[TEST_ARGUMENTS];
    eqf_var (*record)(eqf_program *program, const eqf_var *arguments, const void *data);
    const void *data;
    const eqf_parameters *parameters;     /* NULL without; copied */
    int order;                            /* derivatives to record, 0..3 */
    bool vanishes;                        /* first derivatives may be zero everywhere */
    const double *values[TEST_ARGUMENTS]; /* instead of random ones, unless NULL */
    eqf_exchange_function exchange;       /* of its runs; NULL without */
} test_function;

/* Numbers of rows and targets of maps. */
typedef struct test_space {
    struct {
        const char *name;
        int64_t count;
    } rows[TEST_ROW_SETS];
    struct {
        const char *name;
        const int32_t *target;
    } maps[TEST_MAPS];
} test_space;

/* A variable with its numbers in exchange layout. */
typedef struct test_variable {
    char name[96];
    const eqf_irreps *irreps; /* borrowed from the program */
    eqf_var var;
    int parameter; /* index in the store, -1 of an input */
    bool one;      /* row set one */
    int64_t rows;
    int columns;
    size_t count;
    double *values;
} test_variable;

typedef struct test_bench {
    eqf_context *context;
    const test_function *function;
    eqf_program *program;
    eqf_run *run;
    eqf_parameters *parameters;
    int n;                             /* arguments and parameters */
    test_variable *x;                  /* [n + 1]: those, and c at the end */
    test_variable y;                   /* the value */
    test_variable *d[TEST_ORDERS + 1]; /* [order][n + 1]: gradients */
    test_variable *v[TEST_ORDERS];     /* [order][n + 1]: c, v and w */
} test_bench;

/* Records the function with its derivatives, draws numbers, and runs it in float64. */
test_bench *test_bench_create(eqf_context *context, const test_function *function, const test_space *space,
                              uint64_t seed);
void test_bench_free(test_bench *bench);

/* Runs again with the present numbers of x and v. */
void test_bench_run(test_bench *bench);

/* Compares gradients with central differences: `samples` elements of each argument and one random direction; differences
 * are relative to the largest element of the gradient, if that is above 1. */
void test_derivatives(test_bench *bench, int samples, double tolerance);

/* Runs the same in float32: every result is as near to the one in float64, relative to its largest element. */
void test_float32(test_bench *bench, const test_space *space, double tolerance);

/* Uniform and normal numbers that float32 can hold. */
double test_uniform(uint64_t seed, uint64_t stream, uint64_t index);
double test_normal(uint64_t seed, uint64_t stream, uint64_t index);

/* Irreps from text; fails the test otherwise. */
eqf_irreps *test_irreps(eqf_context *context, const char *text);

#endif
