/* Irreps: text, order, sums, limits, references. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <limits.h>
#include <pthread.h>

#include <equiformer/irreps.h>

static const char *text_of(const eqf_irreps *irreps)
{
    static char text[256];
    size_t needed;
    eqf_irreps_format(irreps, text, sizeof text, &needed);
    assert_int_equal(needed, strlen(text));
    return text;
}

static eqf_irreps *parsed(eqf_context *context, const char *text)
{
    eqf_irreps *irreps = NULL;
    TEST_OK(context, eqf_irreps_parse(context, text, &irreps));
    return irreps;
}

/* Compares the text of irreps and frees them. */
static void expect_text(eqf_irreps *irreps, const char *expected)
{
    assert_string_equal(text_of(irreps), expected);
    eqf_irreps_free(irreps);
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *given, *text;
        int blocks, dim, count, lmax;
    } cases[] = {{"", "", 0, 0, 0, -1},
                 {" \t\n", "", 0, 0, 0, -1},
                 {"128x0e+64x1e+32x2e", "128x0e+64x1e+32x2e", 3, 480, 224, 2},
                 {"2x1o + 3x0e+0e", "2x1o+3x0e+1x0e", 3, 10, 6, 1},
                 {" 3 x 1 o + 11o ", "3x1o+1x11o", 2, 32, 4, 11},
                 {"0x1e+1x0e", "0x1e+1x0e", 2, 1, 1, 0},
                 {"0x5o", "0x5o", 1, 0, 0, -1},
                 {"00002x01e", "2x1e", 1, 6, 2, 1},
                 {"2147483647x0o", "2147483647x0o", 1, INT_MAX, INT_MAX, 0}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_irreps *irreps = parsed(context, cases[i].given);
        assert_int_equal(eqf_irreps_blocks(irreps), cases[i].blocks);
        assert_int_equal(eqf_irreps_dim(irreps), cases[i].dim);
        assert_int_equal(eqf_irreps_channels(irreps), cases[i].count);
        assert_int_equal(eqf_irreps_lmax(irreps), cases[i].lmax);
        expect_text(irreps, cases[i].text);
    }
    test_context_free(context, &memory);
}

static void test_parse_errors(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        eqf_status status;
        const char *message;
    } cases[] = {{"4x0e+2q1o", EQF_ERROR_PARSE, "\"q1o\" at column 7"},
                 {"x0e", EQF_ERROR_PARSE, "\"x0e\" at column 1"},
                 {"-1x0e", EQF_ERROR_PARSE, "\"-1x0e\" at column 1"},
                 {"4x", EQF_ERROR_PARSE, "end at column 3, expected a degree"},
                 {"4x1", EQF_ERROR_PARSE, "end at column 4, expected parity"},
                 {"1x0E", EQF_ERROR_PARSE, "\"E\" at column 4"},
                 {"1e 2e", EQF_ERROR_PARSE, "\"2e\" at column 4"},
                 {"1e,2e", EQF_ERROR_PARSE, "\",2e\" at column 3"},
                 {"1x0e+", EQF_ERROR_PARSE, "end at column 6"},
                 {"1x0e++1x1o", EQF_ERROR_PARSE, "\"+1x1o\" at column 6"},
                 {"+", EQF_ERROR_PARSE, "\"+\" at column 1"},
                 {"1x12e", EQF_ERROR_RANGE, "\"12\" at column 3"},
                 {"2147483648x0e", EQF_ERROR_RANGE, "\"2147483648\" at column 1"},
                 {"99999999999999999999999999999999x0e", EQF_ERROR_RANGE, "at column 1"},
                 {"1x0e+2147483647x0e", EQF_ERROR_RANGE, "up to block 1 (2147483647x0e)"},
                 {"715827883x1o", EQF_ERROR_RANGE, "2147483649 columns"}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *const untouched = (eqf_irreps *)&memory;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_irreps *irreps = untouched;
        TEST_FAILS(context, cases[i].status, cases[i].message, eqf_irreps_parse(context, cases[i].given, &irreps));
        assert_ptr_equal(irreps, untouched);
    }
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_irreps_parse(context, NULL, NULL));
    test_context_free(context, &memory);
}

static void test_blocks(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = parsed(context, "2x1o+0x2e+3x0e+1o");
    static const eqf_irreps_block expected[] = {{2, {1, -1}, 0}, {0, {2, 1}, 6}, {3, {0, 1}, 6}, {1, {1, -1}, 9}};
    assert_int_equal(eqf_irreps_blocks(irreps), 4);
    for (int i = 0; i < 4; i++) assert_memory_equal(eqf_irreps_block_at(irreps, i), &expected[i], sizeof *expected);
    assert_null(eqf_irreps_block_at(irreps, -1));
    assert_null(eqf_irreps_block_at(irreps, 4));
    assert_int_equal(eqf_irreps_channels_of(irreps, (eqf_irrep){1, -1}), 3);
    assert_int_equal(eqf_irreps_channels_of(irreps, (eqf_irrep){1, 1}), 0);

    eqf_irreps *same = NULL, *other = parsed(context, "2x1o+0x2e+3x0e+1e");
    TEST_OK(context, eqf_irreps_create(context, 4, expected, &same));
    assert_true(eqf_irreps_equal(irreps, same));
    assert_true(eqf_irreps_equal(irreps, irreps));
    assert_false(eqf_irreps_equal(irreps, other));
    eqf_irreps_free(other);
    other = parsed(context, "2x1o+0x2e+3x0e");
    assert_false(eqf_irreps_equal(irreps, other));
    eqf_irreps_free(other);
    eqf_irreps_free(same);
    eqf_irreps_free(irreps);

    TEST_OK(context, eqf_irreps_create(context, 0, NULL, &same));
    expect_text(same, "");
    const eqf_irreps_block negative = {-1, {0, 1}, 0}, degree = {1, {12, 1}, 0}, below = {1, {-1, 1}, 0},
                           parity = {1, {0, 0}, 0};
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1", eqf_irreps_create(context, 1, &negative, &same));
    TEST_FAILS(context, EQF_ERROR_RANGE, "12", eqf_irreps_create(context, 1, &degree, &same));
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1", eqf_irreps_create(context, 1, &below, &same));
    TEST_FAILS(context, EQF_ERROR_RANGE, "parity", eqf_irreps_create(context, 1, &parity, &same));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "-1", eqf_irreps_create(context, -1, &parity, &same));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_irreps_create(context, 1, NULL, &same));
    test_context_free(context, &memory);
}

static void test_format_room(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = parsed(context, "128x0e+64x1o+2x11e");
    const char *whole = "128x0e+64x1o+2x11e";
    size_t needed = 0;
    eqf_irreps_format(irreps, NULL, 0, &needed);
    assert_int_equal(needed, strlen(whole));
    for (size_t bytes = 1; bytes <= strlen(whole) + 2; bytes++) {
        char text[32];
        memset(text, '#', sizeof text);
        eqf_irreps_format(irreps, text, bytes, NULL);
        size_t length = bytes - 1 < needed ? bytes - 1 : needed;
        assert_int_equal(strlen(text), length);
        assert_memory_equal(text, whole, length);
        assert_int_equal(text[bytes], '#');
    }
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

static void test_simplify(void **state)
{
    (void)state;
    static const char *cases[][2] = {
        {"2x1o+3x0e+0e", "2x1o+4x0e"},        {"0x1e+1x0e", "1x0e"}, {"1x0e+0x2o+2x0e", "3x0e"},
        {"1x0e+1x0o+1x0e", "1x0e+1x0o+1x0e"}, {"0x0e+0x1o", ""},     {"", ""}};
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eqf_irreps *irreps = parsed(context, cases[i][0]), *simplified = NULL;
        TEST_OK(context, eqf_irreps_simplify(context, irreps, &simplified));
        assert_int_equal(eqf_irreps_dim(simplified), eqf_irreps_dim(irreps));
        expect_text(simplified, cases[i][1]);
        eqf_irreps_free(irreps);
    }
    test_context_free(context, &memory);
}

static void test_sort(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = parsed(context, "1o+2x1o+0e+4x2e+1x2o"), *sorted = NULL;
    static const int expected_p[] = {1, 2, 0, 4, 3}, expected_inverse[] = {2, 0, 1, 4, 3};
    int p[5], inverse[5];
    TEST_OK(context, eqf_irreps_sort(context, irreps, EQF_ORDER_E3NN, &sorted, p, inverse));
    assert_memory_equal(p, expected_p, sizeof p);
    assert_memory_equal(inverse, expected_inverse, sizeof inverse);
    assert_int_equal(eqf_irreps_block_at(sorted, 3)->offset, 10);
    expect_text(sorted, "1x0e+1x1o+2x1o+1x2o+4x2e");
    TEST_OK(context, eqf_irreps_sort(context, irreps, EQF_ORDER_EVEN_FIRST, &sorted, NULL, NULL));
    expect_text(sorted, "1x0e+1x1o+2x1o+4x2e+1x2o");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "7",
               eqf_irreps_sort(context, irreps, (eqf_irreps_order)7, &sorted, p, inverse));
    assert_memory_equal(p, expected_p, sizeof p);
    eqf_irreps_free(irreps);

    irreps = parsed(context, "8x0o+8x0e+2x11o+0x11e");
    TEST_OK(context, eqf_irreps_sort(context, irreps, EQF_ORDER_EVEN_FIRST, &sorted, p, NULL));
    expect_text(sorted, "8x0e+8x0o+0x11e+2x11o");
    TEST_OK(context, eqf_irreps_sort(context, irreps, EQF_ORDER_E3NN, &sorted, NULL, inverse));
    expect_text(sorted, "8x0o+8x0e+2x11o+0x11e");
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

static void test_sums_and_products(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *a = parsed(context, "2x0e+1o"), *b = parsed(context, "3x1o"), *made = NULL;
    TEST_OK(context, eqf_irreps_concat(context, a, b, &made));
    assert_int_equal(eqf_irreps_block_at(made, 2)->offset, 5);
    expect_text(made, "2x0e+1x1o+3x1o");
    TEST_OK(context, eqf_irreps_repeat(context, a, 4, &made));
    expect_text(made, "8x0e+4x1o");
    TEST_OK(context, eqf_irreps_repeat(context, a, 0, &made));
    expect_text(made, "0x0e+0x1o");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "-2", eqf_irreps_repeat(context, a, -2, &made));
    TEST_FAILS(context, EQF_ERROR_RANGE, "5 columns times 429496730", eqf_irreps_repeat(context, a, 429496730, &made));
    eqf_irreps *large = parsed(context, "2147483640x0e");
    TEST_FAILS(context, EQF_ERROR_RANGE, "2147483649 columns", eqf_irreps_concat(context, large, b, &made));
    eqf_irreps_free(large);
    eqf_irreps_free(b);
    eqf_irreps_free(a);

    TEST_OK(context, eqf_irreps_spherical_harmonics(context, 3, 1, &made));
    expect_text(made, "1x0e+1x1o+1x2e+1x3o");
    TEST_OK(context, eqf_irreps_spherical_harmonics(context, 2, 0, &made));
    expect_text(made, "1x0e+1x1e+1x2e");
    TEST_FAILS(context, EQF_ERROR_RANGE, "12", eqf_irreps_spherical_harmonics(context, 12, 1, &made));
    TEST_FAILS(context, EQF_ERROR_RANGE, "-1", eqf_irreps_spherical_harmonics(context, -1, 1, &made));

    eqf_irrep product[4] = {{-5, -5}, {-5, -5}, {-5, -5}, {-5, -5}};
    assert_int_equal(eqf_irrep_product((eqf_irrep){1, -1}, (eqf_irrep){2, 1}, 2, product), 3);
    assert_true(product[0].l == 1 && product[0].p == -1 && product[1].l == 2 && product[1].p == -1);
    assert_int_equal(product[2].l, -5);
    assert_int_equal(eqf_irrep_product((eqf_irrep){11, -1}, (eqf_irrep){1, -1}, 4, product), 3);
    assert_true(product[0].l == 10 && product[2].l == 12 && product[2].p == 1);
    assert_int_equal(eqf_irrep_product((eqf_irrep){4, 1}, (eqf_irrep){4, 1}, 0, NULL), 9);
    test_context_free(context, &memory);
}

static void *retain_and_free(void *argument)
{
    for (int i = 0; i < 10000; i++) {
        eqf_irreps *mine = eqf_irreps_retain(argument);
        if (eqf_irreps_dim(mine) != 7) return mine;
        eqf_irreps_free(mine);
    }
    return NULL;
}

/* References from several threads; the last one outlives the context. */
static void test_references(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_irreps *irreps = parsed(context, "4x0e+1o");
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) assert_int_equal(pthread_create(&threads[i], NULL, retain_and_free, irreps), 0);
    for (int i = 0; i < 3; i++) {
        void *failed = irreps;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    eqf_irreps *second = eqf_irreps_retain(irreps);
    assert_ptr_equal(second, irreps);
    eqf_context_free(context);
    eqf_irreps_free(irreps);
    assert_int_equal(memory.live, 1);
    assert_int_equal(eqf_irreps_dim(second), 7);
    eqf_irreps_free(second);
    assert_int_equal(memory.live, 0);
    eqf_irreps_free(NULL);
}

static eqf_status use_everything(eqf_context *context, void *argument)
{
    (void)argument;
    eqf_irreps *made[6] = {NULL};
    eqf_status status = eqf_irreps_parse(context, "2x1o+3x0e+0e", &made[0]);
    if (status == EQF_OK) status = eqf_irreps_simplify(context, made[0], &made[1]);
    if (status == EQF_OK) status = eqf_irreps_sort(context, made[0], EQF_ORDER_E3NN, &made[2], NULL, NULL);
    if (status == EQF_OK) status = eqf_irreps_concat(context, made[0], made[1], &made[3]);
    if (status == EQF_OK) status = eqf_irreps_repeat(context, made[0], 2, &made[4]);
    if (status == EQF_OK) status = eqf_irreps_spherical_harmonics(context, 2, 1, &made[5]);
    for (int i = 0; i < 6; i++) eqf_irreps_free(made[i]);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    test_every_allocation(use_everything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),       cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_blocks),      cmocka_unit_test(test_format_room),
        cmocka_unit_test(test_simplify),    cmocka_unit_test(test_sort),
        cmocka_unit_test(test_references),  cmocka_unit_test(test_sums_and_products),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
