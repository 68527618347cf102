/* Structs that begin with their size: callers that are older or newer than the library. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/calculator.h>
#include <equiformer/structure.h>

#include "base/struct.h"

/* A struct as an older program knows it, as the library does, and as a newer program. */
typedef struct older {
    size_t size;
    int64_t a;
} older;

typedef struct ours {
    size_t size;
    int64_t a;
    double b;
} ours;

typedef struct newer {
    size_t size;
    int64_t a;
    double b;
    void *c;
} newer;

static const ours defaults = {sizeof(ours), 3, 0.5};

static void test_taking(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    ours own = defaults;
    TEST_OK(context, eqfi_struct_take(context, "s", NULL, sizeof own, &own));
    assert_true(own.a == 3 && own.b == 0.5);
    TEST_OK(context, eqfi_struct_take(context, "s", &(older){sizeof(older), 7}, sizeof own, &own));
    assert_true(own.a == 7 && own.b == 0.5 && own.size == sizeof own);
    TEST_OK(context, eqfi_struct_take(context, "s", &(newer){sizeof(newer), 8, 1.5, NULL}, sizeof own, &own));
    assert_true(own.a == 8 && own.b == 1.5 && own.size == sizeof own);

    newer strange = {sizeof(newer), 9, 2.5, &own};
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "s has size 32 and sets a member that this library, where it has 24,",
               eqfi_struct_take(context, "s", &strange, sizeof own, &own));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "s has size 0, expected its sizeof",
               eqfi_struct_take(context, "s", &(ours){0, 9, 2.5}, sizeof own, &own));
    assert_true(own.a == 8 && own.b == 1.5);
    test_context_free(context, &memory);
}

static void test_giving(void **state)
{
    (void)state;
    ours own = {sizeof own, 4, 0.25};
    newer wide = {sizeof(newer), 1, 1, &own}, narrow = {sizeof(older), 1, 1, &own};
    eqfi_struct_give(&wide, sizeof own, &own);
    assert_true(wide.size == sizeof(newer) && wide.a == 4 && wide.b == 0.25 && wide.c == NULL);
    eqfi_struct_give(&narrow, sizeof own, &own);
    assert_true(narrow.size == sizeof(older) && narrow.a == 4 && narrow.b == 1 && narrow.c == &own);
}

/* A program for which structures end before their tags. */
static void test_older_reader(void **state)
{
    (void)state;
    static const char text[] = "1\nProperties=species:S:1:pos:R:3:tags:I:1\nH 1 2 3 2\n";
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_frames *frames;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    const int marker = 5;
    TEST_OK(context, eqf_frames_open_memory(context, text, sizeof text - 1, "text", NULL, &frames));
    frame.size = offsetof(eqf_structure, tags);
    frame.tags = &marker;
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_true(frame.natoms == 1 && frame.positions[2] == 3);
    assert_true(frame.size == offsetof(eqf_structure, tags) && frame.tags == &marker);
    frame.size = 0;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "eqf_structure has size 0", eqf_frames_next(context, frames, &frame));
    frame.size = sizeof frame;
    assert_int_equal(eqf_frames_next(context, frames, &frame), EQF_END);
    eqf_frames_close(frames);
    test_context_free(context, &memory);
}

/* A program for which contexts have no log: what lies behind is not read. */
static void test_older_options(void **state)
{
    (void)state;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    eqf_context *context;
    options.size = offsetof(eqf_context_options, threads);
    options.threads = -1;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    assert_int_equal(eqf_context_threads(context), 1);
    eqf_context_free(context);

    struct {
        eqf_context_options known;
        int more[2];
    } wide = {EQF_CONTEXT_OPTIONS_INIT, {0, 0}};
    wide.known.size = sizeof wide;
    assert_int_equal(eqf_context_create(&wide.known, &context), EQF_OK);
    eqf_context_free(context);
    wide.more[1] = 1;
    assert_int_equal(eqf_context_create(&wide.known, &context), EQF_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taking),
        cmocka_unit_test(test_giving),
        cmocka_unit_test(test_older_reader),
        cmocka_unit_test(test_older_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
