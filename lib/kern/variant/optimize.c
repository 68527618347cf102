/* Steps of optimizers, element by element. Arrays have the precision of the table; arithmetic is double in either case,
 * so that a number is rounded once, where it is stored: memory limits these loops, not arithmetic.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "kern/variant/declarations.h"

double EQFI_KERN(eqfi_square_sum)(int64_t n, const void *x)
{
    const real *from = x;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += (double)from[i] * (double)from[i];
    return sum;
}

void EQFI_KERN(eqfi_adam)(const eqfi_adam_step *step, int64_t n, const void *gradient, void *parameter, void *mean,
                          void *square)
{
    const eqfi_adam_step s = *step;
    const real *restrict g = gradient;
    real *restrict p = parameter, *restrict m = mean, *restrict v = square;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        double slope = s.scale * (double)g[i] + s.decay * (double)p[i];
        double first = s.beta1 * (double)m[i] + (1 - s.beta1) * slope;
        double second = s.beta2 * (double)v[i] + (1 - s.beta2) * slope * slope;
        m[i] = (real)first;
        v[i] = (real)second;
        p[i] = (real)(s.shrink * (double)p[i] - s.rate * first / (s.root * sqrt(second) + s.epsilon));
    }
}

void EQFI_KERN(eqfi_momentum)(const eqfi_momentum_step *step, int64_t n, const void *gradient, void *parameter,
                              void *velocity)
{
    const eqfi_momentum_step s = *step;
    const real *restrict g = gradient;
    real *restrict p = parameter, *restrict v = velocity;
    if (v == NULL) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            p[i] = (real)((double)p[i] - s.rate * (s.scale * (double)g[i] + s.decay * (double)p[i]));
        return;
    }
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        double fast = s.momentum * (double)v[i] + s.scale * (double)g[i] + s.decay * (double)p[i];
        v[i] = (real)fast;
        p[i] = (real)((double)p[i] - s.rate * fast);
    }
}

void EQFI_KERN(eqfi_approach)(double share, int64_t n, const void *x, double *average)
{
    const real *restrict from = x;
    double *restrict a = average;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) a[i] += share * ((double)from[i] - a[i]);
}
