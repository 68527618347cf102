/* Checkpoints of PyTorch made by hand: pickles, opcode by opcode, and archives around them.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_CHECKPOINT_H
#define TESTS_SUPPORT_CHECKPOINT_H

#include "archive.h"

/* A view of a storage: type "FloatStorage", key "0", size in elements. */
typedef struct test_tensor {
    const char *name, *type, *key;
    int64_t size, offset;
    int ndim;
    int64_t shape[4], strides[4];
} test_tensor;

/* Each puts the opcodes of a value. */
void test_put_word(test_bytes *pickle, const char *text);
void test_put_long(test_bytes *pickle, int64_t value);
void test_put_tensor(test_bytes *pickle, const test_tensor *tensor);

/* An ordered dict of n tensors, with metadata beside as modules have them. */
void test_put_state(test_bytes *pickle, int n, const test_tensor *tensors);

/* Two storages: floats "0" are 0, 1, .. 11; doubles "d" are 1.5, -2. */
enum { TEST_FLOATS = 12, TEST_DOUBLES = 2 };

/* Replaces *archive by one of the pickle, to which STOP is added, and both storages. */
void test_checkpoint(test_bytes *archive, test_bytes *pickle);

#endif
