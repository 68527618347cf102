/* Stores of parameters for tests of what trains them. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_STORES_H
#define TESTS_SUPPORT_STORES_H

#include "test.h"

#include <equiformer/parameters.h>

typedef struct test_store_array {
    const char *name;
    int64_t count; /* in rows of two if that is even */
    unsigned flags;
} test_store_array;

/* A weight in several pieces, a bias, a constant, an array without elements, another weight. */
enum { TEST_STORE_WEIGHT, TEST_STORE_BIAS, TEST_STORE_CONSTANT, TEST_STORE_EMPTY, TEST_STORE_LAST, TEST_STORE_ARRAYS };
extern const test_store_array test_store_arrays[TEST_STORE_ARRAYS];

/* A store of those arrays with normal numbers of a seed, which float32 can hold. */
eqf_status test_store(eqf_context *context, eqf_precision precision, uint64_t seed, eqf_parameters **store);

/* All elements of array i in a new block. */
double *test_store_values(eqf_context *context, const eqf_parameters *store, int i);

/* Sets one element. */
void test_store_poke(eqf_context *context, eqf_parameters *store, int i, int64_t element, double value);

/* Two stores have the same bits. */
void test_expect_same_store(eqf_context *context, const eqf_parameters *a, const eqf_parameters *b);

#endif
