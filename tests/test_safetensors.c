/* Reading safetensors: every element type, refusals of files that lie. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <unistd.h>

#include "io/safetensors.h"

/* A file in memory: header length, header, data bytes 0 1 2 ... */
typedef struct image {
    unsigned char bytes[4096];
    size_t length;
} image;

static image make_image(const char *header, size_t data)
{
    image made = {.length = 8 + strlen(header) + data};
    assert_true(made.length <= sizeof made.bytes);
    for (int i = 0; i < 8; i++) made.bytes[i] = (unsigned char)(strlen(header) >> 8 * i & 255);
    memcpy(made.bytes + 8, header, strlen(header));
    for (size_t i = 0; i < data; i++) made.bytes[8 + strlen(header) + i] = (unsigned char)i;
    return made;
}

static eqf_status open_image(eqf_context *context, const image *given, eqfi_safetensors **file)
{
    return eqfi_safetensors_open_memory(context, given->bytes, given->length, "model.st", file);
}

static void test_read(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    image given = make_image("{\"b\":{\"shape\":[2,1],\"dtype\":\"U16\",\"data_offsets\":[3,7],\"more\":null},"
                             "\"__metadata__\":{\"k\\u00e9y\":\"line\\n2\",\"\":\"\"},"
                             "\"empty\":{\"dtype\":\"F64\",\"shape\":[3,0],\"data_offsets\":[3,3]},"
                             "\"a/\\\"x\\\"\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                             "\"one\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[7,8]}}   ",
                             8);
    eqfi_safetensors *file;
    TEST_OK(context, open_image(context, &given, &file));
    assert_string_equal(eqfi_safetensors_path(file), "model.st");
    assert_int_equal(eqfi_safetensors_count(file), 4);
    static const char *const names[] = {"a/\"x\"", "empty", "b", "one"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(eqfi_safetensors_at(file, i)->name, names[i]);
        assert_ptr_equal(eqfi_safetensors_find(file, names[i]), eqfi_safetensors_at(file, i));
    }
    assert_null(eqfi_safetensors_find(file, "c"));
    assert_null(eqfi_safetensors_find(file, "__metadata__"));
    assert_string_equal(eqfi_safetensors_metadata(file, "k\xc3\xa9y"), "line\n2");
    assert_string_equal(eqfi_safetensors_metadata(file, ""), "");
    assert_null(eqfi_safetensors_metadata(file, "key"));

    const eqfi_array *b = eqfi_safetensors_find(file, "b");
    assert_int_equal(b->ndim, 2);
    assert_int_equal(b->shape[0], 2);
    assert_int_equal(b->count, 2);
    double values[2];
    eqfi_array_to_double(b, 0, 2, values);
    assert_true(values[0] == 0x0403 && values[1] == 0x0605);
    const eqfi_array *one = eqfi_safetensors_find(file, "one");
    assert_true(one->ndim == 0 && one->count == 1);
    assert_int_equal(eqfi_safetensors_find(file, "empty")->count, 0);
    eqfi_safetensors_close(file);
    eqfi_safetensors_close(NULL);
    test_context_free(context, &memory);
}

static void test_elements(void **state)
{
    (void)state;
    static const struct {
        eqfi_dtype dtype;
        unsigned char bytes[8];
        double value;
    } cases[] = {{EQFI_DTYPE_F64, {0, 0, 0, 0, 0, 0, 0xF8, 0xBF}, -1.5},
                 {EQFI_DTYPE_F32, {0, 0, 0xC0, 0x3F}, 1.5},
                 {EQFI_DTYPE_BF16, {0xC0, 0xBF}, -1.5},
                 {EQFI_DTYPE_F16, {0x00, 0x3E}, 1.5},
                 {EQFI_DTYPE_F16, {0xFF, 0xFB}, -65504},
                 {EQFI_DTYPE_F16, {0x01, 0x00}, 0x1p-24},
                 {EQFI_DTYPE_F16, {0x00, 0x84}, -0x1p-14},
                 {EQFI_DTYPE_F16, {0x00, 0x7C}, INFINITY},
                 {EQFI_DTYPE_I64, {0xFE, 255, 255, 255, 255, 255, 255, 255}, -2},
                 {EQFI_DTYPE_I32, {0xFD, 255, 255, 255}, -3},
                 {EQFI_DTYPE_I16, {0xFC, 255}, -4},
                 {EQFI_DTYPE_I8, {0xFB}, -5},
                 {EQFI_DTYPE_U64, {0, 0, 0, 0, 0, 0, 0, 0x80}, 0x1p63},
                 {EQFI_DTYPE_U32, {255, 255, 255, 255}, 4294967295.0},
                 {EQFI_DTYPE_U16, {255, 255}, 65535},
                 {EQFI_DTYPE_U8, {255}, 255},
                 {EQFI_DTYPE_BOOL, {2}, 1},
                 {EQFI_DTYPE_BOOL, {0}, 0}};
    bool seen[EQFI_DTYPE_COUNT] = {false};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* Second of two elements, unaligned. */
        unsigned char bytes[32] = {0};
        size_t width = eqfi_dtype_bytes(cases[i].dtype);
        memcpy(bytes + 1 + width, cases[i].bytes, width);
        eqfi_array array = {"x", cases[i].dtype, 1, {2}, 2, bytes + 1};
        double value;
        eqfi_array_to_double(&array, 1, 1, &value);
        if (value != cases[i].value) fail_msg("%s: %.17g", eqfi_dtype_text(cases[i].dtype), value);
        seen[cases[i].dtype] = true;
    }
    for (int i = 0; i < EQFI_DTYPE_COUNT; i++) assert_true(seen[i]);
    unsigned char nan_bytes[2] = {0x01, 0xFC};
    eqfi_array array = {"x", EQFI_DTYPE_F16, 0, {0}, 1, nan_bytes};
    double value = 0;
    eqfi_array_to_double(&array, 0, 1, &value);
    assert_true(isnan(value));
}

#define TENSOR(name, dtype, shape, offsets)                                                                            \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *message;
    } cases[] = {
        {"", 0, "not JSON"},
        {"{", 0, "not JSON"},
        {"[]", 0, "the header is not a JSON object"},
        {"{}x", 0, "not JSON"},
        {"{\"\xff\":1}", 0, "not JSON"},
        {"{" TENSOR("a", "U8", "[1]", "[0,1]") "," TENSOR("a", "U8", "[1]", "[1,2]") "}", 2, "duplicate"},
        {"{\"a\":3}", 0, "tensor 'a' is not described"},
        {"{\"a\":{\"shape\":[],\"data_offsets\":[0,1]}}", 1, "tensor 'a' has no dtype"},
        {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "tensor 'a' has no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "tensor 'a' has no data_offsets"},
        {"{" TENSOR("a", "F7", "[1]", "[0,1]") "}", 1, "tensor 'a' has the unknown dtype 'F7'"},
        {"{" TENSOR("a", "U8", "[-1]", "[0,1]") "}", 1, "dimension 0 of tensor 'a'"},
        {"{" TENSOR("a", "U8", "[1,1.0]", "[0,1]") "}", 1, "dimension 1 of tensor 'a'"},
        {"{" TENSOR("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, "tensor 'a' has 9 dimensions"},
        {"{" TENSOR("a", "U8", "[4294967296,4294967296]", "[0,1]") "}", 1, "the shape of tensor 'a' is too large"},
        {"{" TENSOR("a", "U8", "[9223372036854775807]", "[0,1]") "}", 1, "the shape of tensor 'a' is too large"},
        {"{" TENSOR("a", "U8", "[99999999999999999999]", "[0,1]") "}", 1, "not JSON: too big integer"},
        {"{" TENSOR("a", "U8", "[1]", "[0]") "}", 1, "tensor 'a' has no data_offsets of two"},
        {"{" TENSOR("a", "U8", "[1]", "[0,\\\"1\\\"]") "}", 1, "not JSON"},
        {"{" TENSOR("a", "U8", "[1]", "[0,2]") "}", 1, "[0, 2] of tensor 'a' are not within the 1 bytes"},
        {"{" TENSOR("a", "U8", "[1]", "[-1,0]") "}", 1, "[-1, 0] of tensor 'a' are not within"},
        {"{" TENSOR("a", "U8", "[1]", "[1,0]") "}", 1, "[1, 0] of tensor 'a' are not within"},
        {"{" TENSOR("a", "F32", "[1]", "[0,3]") "}", 3, "tensor 'a' occupies 3 bytes, its shape and dtype F32 need 4"},
        {"{" TENSOR("a", "U8", "[2]", "[0,2]") "," TENSOR("b", "U8", "[2]", "[1,3]") "}", 3,
         "tensor 'b' overlaps tensor 'a'"},
        {"{" TENSOR("a", "U8", "[2]", "[0,2]") "," TENSOR("b", "U8", "[2]", "[0,2]") "}", 2, "overlaps tensor"},
        {"{" TENSOR("a", "U8", "[1]", "[0,1]") "," TENSOR("b", "U8", "[1]", "[2,3]") "}", 3,
         "1 bytes before tensor 'b'"},
        {"{" TENSOR("a", "U8", "[1]", "[0,1]") "}", 3, "the last 2 bytes belong to no tensor"},
        {"{" TENSOR("a", "U8", "[2]", "[0,2]") "," TENSOR("b", "U8", "[0]", "[1,1]") "}", 2, "tensor 'b' overlaps"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not"},
        {"{\"__metadata__\":{\"k\":1}}", 0, "metadata 'k' is not text"},
    };
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        image given = make_image(cases[i].header, cases[i].data);
        eqfi_safetensors *file = NULL;
        TEST_FAILS(context, EQF_ERROR_FORMAT, cases[i].message, open_image(context, &given, &file));
        assert_true(strncmp(eqf_context_message(context), "model.st: ", 10) == 0);
        assert_null(file);
    }
    test_context_free(context, &memory);
}

static void test_header_length(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqfi_safetensors *file = NULL;
    image given = make_image("{" TENSOR("a", "U8", "[4]", "[0,4]") "}", 4);
    size_t whole = given.length;
    for (given.length = 0; given.length < 8; given.length++)
        TEST_FAILS(context, EQF_ERROR_FORMAT, "too few", open_image(context, &given, &file));
    for (given.length = 8; given.length < whole - 4; given.length++)
        TEST_FAILS(context, EQF_ERROR_FORMAT, "bytes follow", open_image(context, &given, &file));
    for (; given.length < whole; given.length++)
        TEST_FAILS(context, EQF_ERROR_FORMAT, "not within", open_image(context, &given, &file));
    given.bytes[7] = 0xFF;
    TEST_FAILS(context, EQF_ERROR_FORMAT, "the header length is 18374686479671", open_image(context, &given, &file));
    assert_null(file);
    test_context_free(context, &memory);
}

/* A pipe has no size to go by. */
static void test_pipe(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    image given = make_image("{" TENSOR("a", "U8", "[3000]", "[0,3000]") "}", 3000);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], given.bytes, given.length), given.length);
    close(ends[1]);
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    eqfi_safetensors *file;
    TEST_OK(context, eqfi_safetensors_open(context, path, &file));
    assert_int_equal(eqfi_safetensors_at(file, 0)->count, 3000);
    eqfi_safetensors_close(file);
    close(ends[0]);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),          cmocka_unit_test(test_elements), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_header_length), cmocka_unit_test(test_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
