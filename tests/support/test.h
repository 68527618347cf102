/* What every test includes: cmocka after the headers that it wants, contexts whose memory is watched, comparisons.
 *
 *     static void test_something(void **state)
 *     {
 *         (void)state;
 *         test_allocator memory;
 *         eqf_context *context = test_context(&memory);
 *         eqf_irreps *irreps;
 *         TEST_OK(context, eqf_irreps_parse(context, "4x0e", &irreps));
 *         TEST_FAILS(context, EQF_ERROR_PARSE, "column 3", eqf_irreps_parse(context, "4x", &irreps));
 *         eqf_irreps_free(irreps);
 *         test_context_free(context, &memory);
 *     }
 *
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <equiformer/context.h>

/* Counts blocks, fills fresh ones with bytes that are no zeros, and can fail. */
typedef struct test_allocator {
    long live;    /* blocks allocated and not freed */
    long calls;   /* allocations and resizings asked for so far */
    long fail_at; /* the call, counted from 1, that fails; 0: none */
    bool failed;  /* whether it did */
} test_allocator;

/* A context with one thread on a fresh allocator. */
eqf_context *test_context(test_allocator *memory);

/* The same with several threads. */
eqf_context *test_context_threads(test_allocator *memory, int threads);

/* Frees the context and fails the test unless every block is free by then. */
void test_context_free(eqf_context *context, test_allocator *memory);

/* Runs body on fresh contexts, failing its first allocation, then its second, and so on until it needs no more. It must
 * return EQF_ERROR_MEMORY each time, leave a message, leak nothing, and return EQF_OK at last. */
typedef eqf_status (*test_body)(eqf_context *context, void *argument);
void test_every_allocation(test_body body, void *argument);

/* The call returns EQF_OK; otherwise the message of the context is shown. */
#define TEST_OK(context, call) test_expect_ok((context), (call), #call, __FILE__, __LINE__)

/* The call returns this status, with a message that contains text. */
#define TEST_FAILS(context, status, text, call)                                                                        \
    test_expect_failure((context), (status), (text), (call), #call, __FILE__, __LINE__)

/* |a - b| <= tolerance; not so if either is not a number. */
#define assert_close(a, b, tolerance) test_expect_close((a), (b), (tolerance), #a, #b, __FILE__, __LINE__)

/* The same for every element of two arrays of n doubles. */
#define assert_all_close(n, a, b, tolerance)                                                                           \
    test_expect_all_close((n), (a), (b), (tolerance), #a, #b, __FILE__, __LINE__)

/* Path of a file in tests/golden (EQUIFORMER_GOLDEN in the environment names another directory); static storage, good
 * until the next call. */
const char *test_golden(const char *name);

void test_expect_ok(const eqf_context *context, eqf_status status, const char *call, const char *file, int line);
void test_expect_failure(const eqf_context *context, eqf_status expected, const char *text, eqf_status status,
                         const char *call, const char *file, int line);
void test_expect_close(double a, double b, double tolerance, const char *a_text, const char *b_text, const char *file,
                       int line);
void test_expect_all_close(size_t n, const double *a, const double *b, double tolerance, const char *a_text,
                           const char *b_text, const char *file, int line);

#endif
