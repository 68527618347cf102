/* Safetensors on disk: round trips, refusals, full disks, memory that runs out. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "io/safetensors.h"
#include "support/directory.h"

static const double doubles[6] = {1, -2, 0.5, 1e300, -0.0, 4e-324};
static const float floats[3] = {1, 2, 3};
static const unsigned char flags[3] = {1, 0, 1};
static const eqfi_array arrays[] = {{"flags", EQFI_DTYPE_BOOL, 1, {3}, 3, flags},
                                    {"weight/\"\xc3\xa9\"\n", EQFI_DTYPE_F64, 2, {2, 3}, 6, doubles},
                                    {"none", EQFI_DTYPE_I64, 2, {0, 7}, 0, NULL},
                                    {"bias", EQFI_DTYPE_F32, 1, {3}, 3, floats},
                                    {"scale", EQFI_DTYPE_F64, 0, {0}, 1, doubles}};
static const char *const keys[] = {"config", "empty"}, *const values[] = {"{\"a\": \"b\\n\"}", ""};

static eqf_status write_arrays(eqf_context *context, void *path)
{
    return eqfi_safetensors_write(context, path, 5, arrays, 2, keys, values);
}

static void test_round_trip(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    TEST_OK(context, write_arrays(context, "model.safetensors"));
    TEST_OK(context, write_arrays(context, "./model.safetensors"));
    assert_int_equal(test_files_here(), 1);
    eqfi_safetensors *file;
    TEST_OK(context, eqfi_safetensors_open(context, "model.safetensors", &file));
    assert_int_equal(eqfi_safetensors_count(file), 5);
    for (int i = 0; i < 5; i++) {
        const eqfi_array *read = eqfi_safetensors_find(file, arrays[i].name);
        assert_non_null(read);
        assert_int_equal(read->dtype, arrays[i].dtype);
        assert_int_equal(read->ndim, arrays[i].ndim);
        for (int k = 0; k < read->ndim; k++) assert_int_equal(read->shape[k], arrays[i].shape[k]);
        size_t bytes = (size_t)read->count * eqfi_dtype_bytes(read->dtype);
        assert_int_equal((uintptr_t)read->data % eqfi_dtype_bytes(read->dtype), 0);
        if (bytes > 0) assert_memory_equal(read->data, arrays[i].data, bytes);
    }
    assert_string_equal(eqfi_safetensors_metadata(file, "config"), values[0]);
    assert_string_equal(eqfi_safetensors_metadata(file, "empty"), "");
    eqfi_safetensors_close(file);

    TEST_OK(context, eqfi_safetensors_write(context, "empty", 0, NULL, 0, NULL, NULL));
    TEST_OK(context, eqfi_safetensors_open(context, "empty", &file));
    assert_int_equal(eqfi_safetensors_count(file), 0);
    eqfi_safetensors_close(file);
    test_context_free(context, &memory);
}

static void test_write_refusals(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    const eqfi_array twice[] = {arrays[0], arrays[0]};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "two tensors 'flags'",
               eqfi_safetensors_write(context, "x", 2, twice, 0, NULL, NULL));
    eqfi_array one = arrays[3];
    one.name = "__metadata__";
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "__metadata__",
               eqfi_safetensors_write(context, "x", 1, &one, 0, NULL, NULL));
    one.name = "\xff";
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "not UTF-8", eqfi_safetensors_write(context, "x", 1, &one, 0, NULL, NULL));
    one.name = "bias";
    one.count = 4;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "tensor 'bias' has 4 elements, its shape says 3",
               eqfi_safetensors_write(context, "x", 1, &one, 0, NULL, NULL));
    one.ndim = 9;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "9 dimensions",
               eqfi_safetensors_write(context, "x", 1, &one, 0, NULL, NULL));
    one.ndim = 1;
    one.shape[0] = -1;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "dimension 0",
               eqfi_safetensors_write(context, "x", 1, &one, 0, NULL, NULL));
    const char *bad[] = {"\xc3"}, *good[] = {"k"}, *same[] = {"k", "k"};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "not UTF-8", eqfi_safetensors_write(context, "x", 0, NULL, 1, bad, good));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "not UTF-8", eqfi_safetensors_write(context, "x", 0, NULL, 1, good, bad));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "two metadata keys 'k'",
               eqfi_safetensors_write(context, "x", 0, NULL, 2, same, same));
    assert_int_equal(test_files_here(), 0);
    test_context_free(context, &memory);
}

static void test_missing_files(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqfi_safetensors *file = NULL;
    TEST_FAILS(context, EQF_ERROR_IO, "cannot open nowhere: No such file",
               eqfi_safetensors_open(context, "nowhere", &file));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot read .: Is a directory", eqfi_safetensors_open(context, ".", &file));
    TEST_FAILS(context, EQF_ERROR_IO, "no/x: No such file", write_arrays(context, "no/x"));
    TEST_FAILS(context, EQF_ERROR_IO, "/dev/null: it exists and is not", write_arrays(context, "/dev/null"));
    TEST_FAILS(context, EQF_ERROR_IO, ".: it exists and is not", write_arrays(context, "."));
    TEST_FAILS(context, EQF_ERROR_FORMAT, "/dev/null: 0 bytes", eqfi_safetensors_open(context, "/dev/null", &file));
    assert_null(file);
    test_context_free(context, &memory);
}

/* A limit on the size of files stands for the full disk: write answers with an error after the first bytes. */
static void test_full_disk(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    TEST_OK(context, write_arrays(context, "model"));
    static double large[100000];
    const eqfi_array more = {"large", EQFI_DTYPE_F64, 1, {100000}, 100000, large};
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 65536;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    eqf_status status = eqfi_safetensors_write(context, "model", 1, &more, 0, NULL, NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    TEST_FAILS(context, EQF_ERROR_IO, "cannot write model: File too large", status);
    assert_int_equal(test_files_here(), 1);
    eqfi_safetensors *file;
    TEST_OK(context, eqfi_safetensors_open(context, "model", &file));
    assert_non_null(eqfi_safetensors_find(file, "scale"));
    eqfi_safetensors_close(file);
    TEST_OK(context, eqfi_safetensors_write(context, "model", 1, &more, 0, NULL, NULL));
    TEST_OK(context, eqfi_safetensors_open(context, "model", &file));
    assert_int_equal(eqfi_safetensors_find(file, "large")->count, 100000);
    eqfi_safetensors_close(file);
    test_context_free(context, &memory);
}

static eqf_status open_and_close(eqf_context *context, void *path)
{
    eqfi_safetensors *file = NULL;
    eqf_status status = eqfi_safetensors_open(context, path, &file);
    if (status != EQF_OK) assert_null(file);
    eqfi_safetensors_close(file);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    test_every_allocation(write_arrays, "model");
    test_every_allocation(open_and_close, "model");
    assert_int_equal(test_files_here(), 1);
}

/* The JSON library allocates by itself, and takes some failures of its scanner for bad syntax. */
static long json_left;

static void *json_allocate(size_t bytes) { return json_left-- > 0 ? malloc(bytes) : NULL; }

static void expect_json_failures(test_body body)
{
    eqf_status status = EQF_ERROR_MEMORY;
    long n = 0;
    for (; status != EQF_OK; n++) {
        test_allocator memory;
        eqf_context *context = test_context(&memory);
        json_left = n;
        json_set_alloc_funcs(json_allocate, free);
        status = body(context, "model");
        json_set_alloc_funcs(malloc, free);
        if (status != EQF_OK && status != EQF_ERROR_MEMORY && status != EQF_ERROR_FORMAT)
            fail_msg("%ld: %s", n, eqf_context_message(context));
        test_context_free(context, &memory);
    }
    assert_true(n > 20);
}

static void test_json_memory(void **state)
{
    (void)state;
    test_every_allocation(write_arrays, "model");
    expect_json_failures(open_and_close);
    expect_json_failures(write_arrays);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, test_enter_directory, test_leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(test_round_trip), IN_DIRECTORY(test_write_refusals), IN_DIRECTORY(test_missing_files),
        IN_DIRECTORY(test_full_disk),  IN_DIRECTORY(test_memory),         IN_DIRECTORY(test_json_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
