/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <string.h>

void test_put_word(test_bytes *pickle, const char *text)
{
    test_put_text(pickle, "X");
    test_put_number(pickle, strlen(text), 4);
    test_put_text(pickle, text);
}

void test_put_long(test_bytes *pickle, int64_t value)
{
    test_put_text(pickle, "\x8A\x08");
    test_put_number(pickle, (uint64_t)value, 8);
}

static void put_numbers(test_bytes *pickle, int n, const int64_t *values)
{
    test_put_text(pickle, "(");
    for (int i = 0; i < n; i++) test_put_long(pickle, values[i]);
    test_put_text(pickle, "t");
}

void test_put_tensor(test_bytes *pickle, const test_tensor *tensor)
{
    test_put_text(pickle, "ctorch._utils\n_rebuild_tensor_v2\n((");
    test_put_word(pickle, "storage");
    test_put_text(pickle, "ctorch\n");
    test_put_text(pickle, tensor->type);
    test_put_text(pickle, "\n");
    test_put_word(pickle, tensor->key);
    test_put_word(pickle, "cuda:0");
    test_put_long(pickle, tensor->size);
    test_put_text(pickle, "tQ");
    test_put_long(pickle, tensor->offset);
    put_numbers(pickle, tensor->ndim, tensor->shape);
    put_numbers(pickle, tensor->ndim, tensor->strides);
    test_put_text(pickle, "\x89"
                          "ccollections\nOrderedDict\n)RtR");
}

void test_put_state(test_bytes *pickle, int n, const test_tensor *tensors)
{
    test_put_text(pickle, "ccollections\nOrderedDict\n)R(");
    for (int i = 0; i < n; i++) {
        test_put_word(pickle, tensors[i].name);
        test_put_tensor(pickle, &tensors[i]);
    }
    test_put_text(pickle, "u}");
    test_put_word(pickle, "_metadata");
    test_put_text(pickle, "ccollections\nOrderedDict\n)Rsb");
}

void test_checkpoint(test_bytes *archive, test_bytes *pickle)
{
    static const float floats[TEST_FLOATS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    static const double doubles[TEST_DOUBLES] = {1.5, -2};
    test_put_text(pickle, ".");
    const test_member members[] = {
        test_stored("x/data.pkl", pickle->bytes, pickle->length), test_stored("x/byteorder", "little", 6),
        test_stored("x/data/0", floats, sizeof floats), test_stored("x/data/d", doubles, sizeof doubles),
        test_stored("x/version", "3\n", 2)};
    test_zip(archive, 5, members);
}
