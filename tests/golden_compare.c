/* Errors and tolerances of golden arrays. SPDX-License-Identifier: MIT */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. */
static double median(int64_t n, double *values)
{
    if (n == 0) return 0;
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double largest(int64_t n, const double *values)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(values[i]));
    return most;
}

/* Infinite if some element is not finite. */
static double largest_difference(int64_t n, const double *a, const double *b)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i])) return INFINITY;
        most = fmax(most, fabs(a[i] - b[i]));
    }
    return most;
}

/* What is zero in exact arithmetic is stored as the rounding of the program that computed it (gradients of what an instance
 * norm removes: 3e-15): a scale below this is 0. */
static const double rounding = 1e-12;

double golden_error(int64_t rows, int64_t columns, const double *a, const double *b, double zero)
{
    double *sizes = golden_new((size_t)rows, sizeof *sizes), worst = 0;
    for (int64_t i = 0; i < rows; i++) sizes[i] = largest(columns, b + i * columns);
    double floor = 1e-3 * median(rows, sizes);
    free(sizes);
    for (int64_t i = 0; i < rows; i++) {
        double scale = fmax(largest(columns, b + i * columns), floor);
        double difference = largest_difference(columns, a + i * columns, b + i * columns);
        double error = scale > rounding ? difference / scale : difference <= zero ? 0 : INFINITY;
        worst = fmax(worst, error);
    }
    return worst;
}

double golden_tolerance(eqf_precision precision, golden_order order)
{
    static const double table[2][5] = {
        [EQF_FLOAT32] = {2e-5, 1e-4, 5e-4, 0, 0},
        [EQF_FLOAT64] = {1e-10, 1e-10, 1e-9, 1e-8, 1e-7},
    };
    return table[precision][order];
}

void golden_compare(golden_case *c, const char *leaf, golden_order order, int64_t count, const double *actual)
{
    const eqfi_array *array = golden_find(c, leaf);
    double *expected = golden_read(c, leaf, count);
    if (expected == NULL) return;
    int64_t rows = c->by_rows ? golden_rows(array) : 1;
    double zero = c->precision == EQF_FLOAT64 ? 1e-12 : 1e-5;
    double error = rows == 0 ? 0 : golden_error(rows, count / rows, actual, expected, zero);
    double tolerance = golden_tolerance(c->precision, order);
    c->compared++;
    if (error / tolerance < c->ratio) return;
    c->ratio = error / tolerance;
    c->worst = error;
    c->allowed = tolerance;
    snprintf(c->worst_name, sizeof c->worst_name, "%s", leaf);
}
