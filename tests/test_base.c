/* The ground floor: contexts, memory, random numbers, the plan of temporary arrays, the choice of instruction set.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <sys/mman.h>

#include <equiformer/version.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/threads.h"

/* Contexts --------------------------------------------------------------------------------------------------------- */

static void test_options(void **state)
{
    (void)state;
    eqf_context *const nothing = (eqf_context *)&(char){0};
    eqf_context *context = nothing;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    assert_int_equal(eqf_context_create(NULL, NULL), EQF_ERROR_ARGUMENT);
    options.size = 4;
    assert_int_equal(eqf_context_create(&options, &context), EQF_ERROR_ARGUMENT);
    options = (eqf_context_options)EQF_CONTEXT_OPTIONS_INIT;
    options.threads = -1;
    assert_int_equal(eqf_context_create(&options, &context), EQF_ERROR_ARGUMENT);
    options.threads = EQFI_THREADS_MAX + 1;
    assert_int_equal(eqf_context_create(&options, &context), EQF_ERROR_ARGUMENT);
    assert_ptr_equal(context, nothing); /* untouched by failures */

    assert_int_equal(eqf_context_create(NULL, &context), EQF_OK);
    assert_int_equal(eqf_context_threads(context), 1);
    assert_string_equal(eqf_context_message(context), "");
    eqf_context_free(context);
    options.threads = 0;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    assert_int_equal(eqf_context_threads(context), eqfi_cpu_count());
    eqf_context_free(context);
    eqf_context_free(NULL);
    assert_string_equal(eqf_context_message(NULL), "");
}

static void *resize_until(void *user, void *block, size_t bytes)
{
    int *left = user;
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(block, bytes) : NULL;
}

static void test_create_without_memory(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        eqf_status status = EQF_ERROR_MEMORY;
        for (int allowed = 0; status != EQF_OK; allowed++) {
            int left = allowed;
            eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
            options.allocator = (eqf_allocator){resize_until, &left};
            options.threads = threads;
            eqf_context *context = NULL;
            status = eqf_context_create(&options, &context);
            if (allowed < (threads > 1 ? 2 : 1)) {
                assert_true(status == EQF_ERROR_MEMORY && context == NULL);
            } else {
                assert_int_equal(status, EQF_OK);
            }
            eqf_context_free(context);
        }
    }
}

static eqf_status forward(eqf_context *context, int value)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(value > 0, EQF_ERROR_RANGE, "value is %d, expected 1 or more", value);
    EQFI_TRY(value == 1 ? eqfi_fail(context, EQF_ERROR_STATE, "one") : EQF_OK);
    return EQF_OK;
fail:
    return status;
}

static void test_messages(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    TEST_FAILS(context, EQF_ERROR_RANGE, "value is -3, expected 1 or more", forward(context, -3));
    TEST_FAILS(context, EQF_ERROR_STATE, "one", forward(context, 1));
    TEST_OK(context, forward(context, 2));

    /* A sentence may quote the one before. */
    eqfi_fail(context, EQF_ERROR_IO, "in file x: %s", eqf_context_message(context));
    assert_string_equal(eqf_context_message(context), "in file x: one");

    char text[5000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(eqfi_fail(context, EQF_ERROR_IO, "%s", text), EQF_ERROR_IO);
    assert_true(strlen(eqf_context_message(context)) > 100); /* cut, not overrun */
    assert_int_equal(eqfi_fail(NULL, EQF_ERROR_IO, "nobody listens"), EQF_ERROR_IO);
    test_context_free(context, &memory);

#define EXPECT_TEXT(name, value, text)                                                                                 \
    assert_int_equal(EQF_##name, value);                                                                               \
    assert_string_equal(eqf_status_string((eqf_status)(value)), text);
    EQF_STATUS_LIST(EXPECT_TEXT)
#undef EXPECT_TEXT
    assert_string_equal(eqf_status_string((eqf_status)999), "unknown status");
    assert_int_equal(eqf_version(), EQF_VERSION);
    assert_string_equal(eqf_version_string(), EQF_VERSION_STRING);
}

typedef struct heard {
    int count;
    eqf_log_level level;
    char text[100];
} heard;

static void hear(void *user, eqf_log_level level, const char *message)
{
    heard *h = user;
    h->count++;
    h->level = level;
    snprintf(h->text, sizeof h->text, "%s", message);
}

static void test_log(void **state)
{
    (void)state;
    heard h = {0};
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.log = hear;
    options.log_user = &h;
    eqf_context *context;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    eqfi_log(context, EQF_LOG_WARNING, "%d atoms", 3);
    assert_true(h.count == 1 && h.level == EQF_LOG_WARNING);
    assert_string_equal(h.text, "3 atoms");
    eqf_context_free(context);
    eqfi_log(NULL, EQF_LOG_INFO, "nobody listens");
}

/* Memory ----------------------------------------------------------------------------------------------------------- */

static void test_memory(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    int *zeroed = NULL;
    TEST_OK(context, eqfi_new(context, 100, sizeof *zeroed, (void **)&zeroed));
    for (int i = 0; i < 100; i++) assert_int_equal(zeroed[i], 0);
    eqfi_delete(context, zeroed);

    void *empty = NULL, *untouched = zeroed;
    TEST_OK(context, eqfi_new(context, 0, 8, &empty));
    assert_non_null(empty);
    eqfi_delete(context, empty);
    eqfi_delete(context, NULL);
    TEST_FAILS(context, EQF_ERROR_MEMORY, "out of memory", eqfi_new(context, SIZE_MAX / 4, 8, &untouched));
    TEST_FAILS(context, EQF_ERROR_MEMORY, "out of memory", eqfi_new_aligned(context, SIZE_MAX - 8, &untouched));
    assert_ptr_equal(untouched, zeroed);

    /* Growing one by one asks for memory a logarithmic number of times. */
    int *values = NULL;
    size_t capacity = 0;
    long calls = memory.calls;
    for (size_t n = 0; n < 10000; n++) {
        TEST_OK(context, eqfi_grow(context, n + 1, sizeof *values, &capacity, (void **)&values));
        assert_true(capacity > n);
        values[n] = (int)n;
    }
    for (int n = 0; n < 10000; n++) assert_int_equal(values[n], n);
    assert_true(memory.calls - calls < 40);
    TEST_FAILS(context, EQF_ERROR_MEMORY, "out of memory",
               eqfi_grow(context, SIZE_MAX / 4, sizeof *values, &capacity, (void **)&values));
    assert_int_equal(values[9999], 9999);
    eqfi_release(eqfi_allocator(context), values);
    eqfi_release(eqfi_allocator(context), NULL);

    void *aligned[20];
    for (size_t i = 0; i < 20; i++) {
        TEST_OK(context, eqfi_new_aligned(context, i, &aligned[i]));
        assert_int_equal((uintptr_t)aligned[i] % 64, 0);
        memset(aligned[i], 1, i);
    }
    for (size_t i = 0; i < 20; i++) eqfi_release_aligned(eqfi_allocator(context), aligned[i]);
    eqfi_release_aligned(eqfi_allocator(context), NULL);

    char *text;
    TEST_OK(context, eqfi_copy_text(context, "128x0e", &text));
    assert_string_equal(text, "128x0e");
    eqfi_delete(context, text);
    test_context_free(context, &memory);
}

/* Temporary arrays ------------------------------------------------------------------------------------------------- */

enum { ARRAYS = 60 };

static bool overlap(const eqfi_lifetime *a, const eqfi_lifetime *b)
{
    bool in_time = a->first <= b->last && b->first <= a->last;
    bool in_space = a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
    return in_time && in_space && a->bytes > 0 && b->bytes > 0;
}

/* Random lifetimes in the order of their first step, as programs have them. */
static void make_lifetimes(uint64_t seed, int n, eqfi_lifetime *arrays)
{
    int step = 0;
    for (int i = 0; i < n; i++) {
        double u = eqfi_rng_uniform(seed, 1, (uint64_t)i), v = eqfi_rng_uniform(seed, 2, (uint64_t)i);
        step += u < 0.7;
        arrays[i] = (eqfi_lifetime){.first = step, .last = step + (int)(12 * v * v), .offset = 1};
        if (u > 0.05) arrays[i].bytes = (size_t)(1 + 3000 * eqfi_rng_uniform(seed, 3, (uint64_t)i));
    }
}

static void test_arena(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqfi_lifetime arrays[ARRAYS];
    size_t sum_of_plans = 0, sum_of_bytes = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        int n = (int)(seed % (ARRAYS + 1));
        size_t bytes = 1;
        make_lifetimes(seed, n, arrays);
        TEST_OK(context, eqfi_arena_plan(context, n, arrays, &bytes));
        size_t end = 0;
        for (int i = 0; i < n; i++) {
            assert_int_equal(arrays[i].offset % 64, 0);
            assert_true(arrays[i].offset + arrays[i].bytes <= bytes);
            if (arrays[i].bytes > 0 && arrays[i].offset + arrays[i].bytes > end)
                end = arrays[i].offset + arrays[i].bytes;
            for (int j = 0; j < i; j++)
                if (overlap(&arrays[i], &arrays[j])) fail_msg("seed %d: arrays %d and %d overlap", (int)seed, i, j);
            sum_of_bytes += arrays[i].bytes;
        }
        assert_true(bytes < end + 64);
        sum_of_plans += bytes;
    }
    assert_true(sum_of_plans < sum_of_bytes / 2); /* places are used again */
    test_context_free(context, &memory);
}

static eqf_status plan_body(eqf_context *context, void *argument)
{
    size_t bytes;
    return eqfi_arena_plan(context, ARRAYS, argument, &bytes);
}

static void test_arena_without_memory(void **state)
{
    (void)state;
    eqfi_lifetime arrays[ARRAYS];
    make_lifetimes(0, ARRAYS, arrays);
    test_every_allocation(plan_body, arrays);
}

/* Random numbers --------------------------------------------------------------------------------------------------- */

/* Known answers of Philox 4x32-10 from Random123 (kat_vectors): counter, key, result. */
static void test_philox(void **state)
{
    (void)state;
    static const struct {
        uint64_t index, stream, seed;
        uint32_t words[4];
    } known[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x85a308d3243f6a88, 0x0370734413198a2e, 0x299f31d0a4093822, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t words[4];
        eqfi_rng_words(known[i].seed, known[i].stream, known[i].index, words);
        assert_memory_equal(words, known[i].words, sizeof words);
    }
}

static void test_moments(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    double uniform[3] = {0}, normal[4] = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        double u = eqfi_rng_uniform(11, 5, i), z = eqfi_rng_normal(11, 6, i);
        assert_true(u > 0 && u < 1);
        for (int k = 0; k < 3; k++) uniform[k] += pow(u, k + 1) / COUNT;
        for (int k = 0; k < 4; k++) normal[k] += pow(z, k + 1) / COUNT;
    }
    /* Five standard errors. */
    assert_close(uniform[0], 1.0 / 2, 5 * sqrt(1.0 / 12 / COUNT));
    assert_close(uniform[1], 1.0 / 3, 5 * sqrt(4.0 / 45 / COUNT));
    assert_close(uniform[2], 1.0 / 4, 5 * sqrt(9.0 / 112 / COUNT));
    assert_close(normal[0], 0, 5 * sqrt(1.0 / COUNT));
    assert_close(normal[1], 1, 5 * sqrt(2.0 / COUNT));
    assert_close(normal[2], 0, 5 * sqrt(15.0 / COUNT));
    assert_close(normal[3], 3, 5 * sqrt(96.0 / COUNT));
}

static void test_streams(void **state)
{
    (void)state;
    assert_true(eqfi_hash_text("") == UINT64_C(0xcbf29ce484222325)); /* published values of FNV-1a */
    assert_true(eqfi_hash_text("a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(eqfi_hash_text("foobar") == UINT64_C(0x85944171f73967e8));
    assert_true(eqfi_hash_bytes(eqfi_hash_text("foo"), "bar", 3) == eqfi_hash_text("foobar"));
    double same = 0;
    enum { COUNT = 20000 };
    for (uint64_t i = 0; i < COUNT; i++) same += eqfi_rng_normal(1, 1, i) * eqfi_rng_normal(1, 2, i) / COUNT;
    assert_close(same, 0, 5 / sqrt(COUNT));
    assert_true(eqfi_rng_uniform(1, 1, 1) != eqfi_rng_uniform(2, 1, 1));
}

/* Instruction sets ------------------------------------------------------------------------------------------------- */

static void test_isa(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    char before[16] = "";
    const char *given = getenv("EQUIFORMER_ISA");
    if (given != NULL) snprintf(before, sizeof before, "%s", given);

    unsetenv("EQUIFORMER_ISA");
    eqfi_isa best = eqfi_cpu_isa();
    assert_string_equal(eqf_context_isa(context), eqfi_isa_name(best));
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa < EQFI_ISA_COUNT; isa++) {
        setenv("EQUIFORMER_ISA", eqfi_isa_name(isa), 1);
        assert_int_equal(eqfi_cpu_isa(), isa < best ? isa : best); /* lowered, never raised */
    }
    setenv("EQUIFORMER_ISA", "mmx", 1);
    assert_int_equal(eqfi_cpu_isa(), best);
    setenv("EQUIFORMER_ISA", "", 1);
    assert_int_equal(eqfi_cpu_isa(), best);

    if (given != NULL)
        setenv("EQUIFORMER_ISA", before, 1);
    else
        unsetenv("EQUIFORMER_ISA");
    assert_true(eqfi_cpu_count() >= 1);
    test_context_free(context, &memory);
}

/* The flags of the mapping that an address is in, as Linux tells them; false if it does not. */
static bool flags_of(const char *address, size_t size, char *flags)
{
    bool inside = false, found = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    while (file != NULL && !found && fgets(flags, (int)size, file) != NULL) {
        unsigned long long from, to;
        if (sscanf(flags, "%llx-%llx ", &from, &to) == 2)
            inside = from <= (uintptr_t)address && (uintptr_t)address < to;
        found = inside && strncmp(flags, "VmFlags:", 8) == 0;
    }
    if (file != NULL) fclose(file);
    return found;
}

static bool asked(const char *address)
{
    char flags[512];
    return flags_of(address, sizeof flags, flags) && strstr(flags, " hg") != NULL;
}

/* Where the system tells what pages a program has asked for, which emulators do not. */
static void test_large_pages(void **state)
{
    (void)state;
    enum { BYTES = 16 << 20, MIDDLE = BYTES / 2 };
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    void *block, *own = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(own != MAP_FAILED);
    bool tells = madvise(own, BYTES, MADV_HUGEPAGE) == 0 && asked((char *)own + MIDDLE);
    TEST_OK(context, eqfi_new_aligned(context, BYTES, &block));
    assert_true(!tells || asked((char *)block + MIDDLE));
    if (!tells) print_message("# this system does not tell\n");
    eqfi_release_aligned(eqfi_allocator(context), block);
    munmap(own, BYTES);
    test_context_free(context, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),  cmocka_unit_test(test_create_without_memory),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_log),
        cmocka_unit_test(test_memory),   cmocka_unit_test(test_arena),
        cmocka_unit_test(test_philox),   cmocka_unit_test(test_arena_without_memory),
        cmocka_unit_test(test_moments),  cmocka_unit_test(test_streams),
        cmocka_unit_test(test_isa),      cmocka_unit_test(test_large_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
