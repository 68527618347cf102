/* Checkpoints of PyTorch, made by hand: where the state dict may lie, views of storages. Refusals
 * are in test_torch_errors.c.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "io/torch.h"
#include "support/checkpoint.h"

static test_allocator memory;
static eqf_context *context;
static test_bytes pickle, archive;
static eqfi_torch *opened;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    opened = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqfi_torch_close(opened);
    test_release(&pickle);
    test_release(&archive);
    test_context_free(context, &memory);
    return 0;
}

static void put(const char *text) { test_put_text(&pickle, text); }

static void put_word(const char *text) { test_put_word(&pickle, text); }

static void put_tensor(const test_tensor *t) { test_put_tensor(&pickle, t); }

static void put_state(int n, const test_tensor *tensors) { test_put_state(&pickle, n, tensors); }

static void make(void) { test_checkpoint(&archive, &pickle); }

static void begin(void)
{
    pickle.length = 0;
    test_put(&pickle, "\x80\x02", 2);
}

static eqf_status open_again(void)
{
    eqfi_torch_close(opened);
    opened = NULL;
    return eqfi_torch_open_memory(context, archive.bytes, archive.length, "c.pt", &opened);
}

static eqf_status open_and_load(void)
{
    eqf_status status = open_again();
    for (int i = 0; status == EQF_OK && i < eqfi_torch_count(opened); i++) status = eqfi_torch_load(context, opened, i);
    return status;
}

static const double doubles[TEST_DOUBLES] = {1.5, -2};

static void expect(int i, const char *name, int64_t count, const double *values)
{
    const eqfi_array *array = eqfi_torch_at(opened, i);
    assert_string_equal(array->name, name);
    assert_int_equal(array->count, count);
    for (int64_t k = 0; k < count; k++) {
        double value;
        eqfi_array_to_double(array, k, 1, &value);
        if (value != values[k]) fail_msg("%s[%d] is %g, expected %g", name, (int)k, value, values[k]);
    }
}

static const test_tensor plain = {"a", "FloatStorage", "0", 12, 0, 2, {3, 4}, {4, 1}};

static void test_views(void **state)
{
    (void)state;
    const test_tensor tensors[] = {plain,
                                   {"row", "FloatStorage", "0", 12, 4, 1, {4}, {1}},
                                   {"module.module.column", "FloatStorage", "0", 12, 1, 1, {3}, {4}},
                                   {"turned", "FloatStorage", "0", 12, 0, 2, {4, 3}, {1, 4}},
                                   {"same", "FloatStorage", "0", 12, 11, 2, {2, 3}, {0, 0}},
                                   {"scalar", "DoubleStorage", "d", 2, 1, 0, {0}, {0}},
                                   {"one", "DoubleStorage", "d", 2, 0, 3, {1, 2, 1}, {77, 1, 99}},
                                   {"empty", "FloatStorage", "absent", 0, 0, 1, {0}, {1}},
                                   {"end", "FloatStorage", "0", 12, 12, 2, {0, 5}, {5, 1}}};
    static const double all[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, column[] = {1, 5, 9},
                        turned[] = {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, same[] = {11, 11, 11, 11, 11, 11};
    begin();
    put_state(9, tensors);
    make();
    TEST_OK(context, open_and_load());
    assert_int_equal(eqfi_torch_count(opened), 9);
    expect(0, "a", 12, all);
    expect(1, "row", 4, all + 4);
    expect(2, "column", 3, column);
    expect(3, "turned", 12, turned);
    expect(4, "same", 6, same);
    expect(5, "scalar", 1, doubles + 1);
    expect(6, "one", 2, doubles);
    expect(7, "empty", 0, NULL);
    expect(8, "end", 0, NULL);
    const eqfi_array *array = eqfi_torch_at(opened, 3);
    assert_true(array->dtype == EQFI_DTYPE_F32 && array->ndim == 2 && array->shape[0] == 4 && array->shape[1] == 3);
}

/* Below any of the usual keys, with strange things beside. */
static void test_places(void **state)
{
    (void)state;
    static const char *const keys[] = {"state_dict", "model_state_dict", "model", "ema", ""};
    for (int i = 0; i < 5; i++)
        for (int nested = 0; nested < 2; nested++) {
            begin();
            put("}(");
            put_word("epoch");
            put("K\x07");
            put_word("args");
            put("cargparse\nNamespace\n)\x81}");
            put_word("lr");
            put("G\x3F\xF8");
            test_put_number(&pickle, 0, 6);
            put("sb");
            put_word("optimizer");
            put("}");
            put_word("state");
            put("}K");
            test_put_number(&pickle, 0, 1);
            put_tensor(&(test_tensor){"", "FloatStorage", "0", 12, 0, 1, {1}, {1}});
            put("ss");
            put_word("danger");
            put("cos\nsystem\n");
            put_word("false");
            put("\x85R");
            if (keys[i][0] == '\0') { /* right here */
                put_word("a");
                put_tensor(&plain);
                put("u.");
            } else {
                put_word(keys[i]);
                if (nested) put("}"), put_word("model");
                put_state(1, &plain);
                put(nested ? "su." : "u.");
            }
            make();
            eqf_status status = open_and_load();
            if (keys[i][0] == '\0') {
                TEST_FAILS(context, EQF_ERROR_FORMAT, "the tensor epoch is an integer, expected a tensor", status);
            } else {
                TEST_OK(context, status);
                assert_int_equal(eqfi_torch_count(opened), 1);
                assert_string_equal(eqfi_torch_at(opened, 0)->name, "a");
            }
        }
}

static void test_parameters(void **state)
{
    (void)state;
    begin();
    put("}");
    put_word("a");
    put("ctorch._utils\n_rebuild_parameter\n(");
    put_tensor(&plain);
    put("\x88"
        "ccollections\nOrderedDict\n)RtRs");
    make();
    TEST_OK(context, open_and_load());
    assert_int_equal(eqfi_torch_at(opened, 0)->count, 12);
}

static void test_types_and_byte_order(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int size;
        unsigned char two[8]; /* from the lowest byte */
    } types[] = {{"FloatStorage", 4, {0, 0, 0, 0x40}},
                 {"DoubleStorage", 8, {0, 0, 0, 0, 0, 0, 0, 0x40}},
                 {"HalfStorage", 2, {0, 0x40}},
                 {"BFloat16Storage", 2, {0, 0x40}},
                 {"LongStorage", 8, {2}},
                 {"IntStorage", 4, {2}},
                 {"ShortStorage", 2, {2}},
                 {"CharStorage", 1, {2}},
                 {"ByteStorage", 1, {2}}};
    static const double two = 2;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (int big = 0; big < 2; big++) {
            unsigned char bytes[16] = {0};
            for (int k = 0; k < types[i].size; k++)
                bytes[types[i].size + k] = types[i].two[big ? types[i].size - 1 - k : k];
            begin();
            put_state(1, &(test_tensor){"a", types[i].type, "0", 2, 1, 1, {1}, {1}});
            put(".");
            const test_member members[] = {test_stored("x/data.pkl", pickle.bytes, pickle.length),
                                           test_stored("x/byteorder", big ? "big" : "little", big ? 3 : 6),
                                           test_stored("x/data/0", bytes, 2 * (size_t)types[i].size)};
            test_zip(&archive, 3, members);
            TEST_OK(context, open_and_load());
            expect(0, "a", 1, &two);
        }
    const test_member members[] = {test_stored("x/data.pkl", pickle.bytes, pickle.length),
                                   test_stored("x/byteorder", "middle", 6)};
    test_zip(&archive, 2, members);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "c.pt: the byte order is 'middle', expected little or big", open_again());
}

static eqf_status load_all(eqf_context *own, void *unused)
{
    (void)unused;
    eqfi_torch *file = NULL;
    eqf_status status = eqfi_torch_open_memory(own, archive.bytes, archive.length, "c.pt", &file);
    for (int i = 0; status == EQF_OK && i < eqfi_torch_count(file); i++) status = eqfi_torch_load(own, file, i);
    eqfi_torch_close(file);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    const test_tensor tensors[] = {plain, {"turned", "FloatStorage", "0", 12, 0, 2, {4, 3}, {1, 4}}};
    begin();
    put_state(2, tensors);
    make();
    test_every_allocation(load_all, NULL);
}

static void test_without_libzip(void **state)
{
    (void)state;
    begin();
    put_state(1, &plain);
    make();
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "c.pt: zip archives (npz, PyTorch checkpoints) need libzip",
               open_again());
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_without_libzip),       CASE(test_views), CASE(test_places), CASE(test_parameters),
        CASE(test_types_and_byte_order), CASE(test_memory)};
    return test_run_archives("torch", tests, sizeof tests / sizeof *tests);
}
