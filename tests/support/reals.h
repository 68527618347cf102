/* Arrays of either precision: elements of `size` bytes, float or double. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_REALS_H
#define TESTS_SUPPORT_REALS_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

static inline double test_real(size_t size, const void *data, int64_t i)
{
    return size == sizeof(float) ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static inline void test_set_real(size_t size, void *data, int64_t i, double value)
{
    if (size == sizeof(float))
        ((float *)data)[i] = (float)value;
    else
        ((double *)data)[i] = value;
}

static inline double test_epsilon(size_t size) { return size == sizeof(float) ? (double)FLT_EPSILON : DBL_EPSILON; }

#endif
