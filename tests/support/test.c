/* Helpers of all tests. SPDX-License-Identifier: MIT */
#include "test.h"

static void *resize(void *user, void *block, size_t bytes)
{
    test_allocator *memory = user;
    if (bytes == 0) {
        if (block != NULL) memory->live--;
        free(block);
        return NULL;
    }
    memory->calls++;
    if (memory->calls == memory->fail_at) {
        memory->failed = true;
        return NULL;
    }
    void *resized = realloc(block, bytes);
    if (resized == NULL || block != NULL) return resized;
    memory->live++;
    return memset(resized, 0xA5, bytes);
}

eqf_context *test_context_threads(test_allocator *memory, int threads)
{
    *memory = (test_allocator){0};
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.allocator = (eqf_allocator){resize, memory};
    options.threads = threads;
    eqf_context *context = NULL;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    return context;
}

eqf_context *test_context(test_allocator *memory) { return test_context_threads(memory, 1); }

void test_context_free(eqf_context *context, test_allocator *memory)
{
    eqf_context_free(context);
    if (memory->live != 0) fail_msg("%ld blocks of memory were not freed", memory->live);
}

void test_every_allocation(test_body body, void *argument)
{
    bool failed = true;
    for (long n = 1; failed; n++) {
        test_allocator memory;
        eqf_context *context = test_context(&memory);
        memory.fail_at = memory.calls + n;
        eqf_status status = body(context, argument);
        failed = memory.failed;
        eqf_status expected = failed ? EQF_ERROR_MEMORY : EQF_OK;
        if (status != expected)
            fail_msg("with allocation %ld %s: %s (%s)", n, failed ? "failing" : "and more needed by none",
                     eqf_status_string(status), eqf_context_message(context));
        if (failed && eqf_context_message(context)[0] == '\0') fail_msg("no message when allocation %ld fails", n);
        eqf_context_free(context);
        if (memory.live != 0) fail_msg("%ld blocks leak when allocation %ld fails", memory.live, n);
    }
}

void test_expect_ok(const eqf_context *context, eqf_status status, const char *call, const char *file, int line)
{
    if (status == EQF_OK) return;
    print_error("%s\n    is %s: %s\n", call, eqf_status_string(status), eqf_context_message(context));
    _fail(file, line);
}

void test_expect_failure(const eqf_context *context, eqf_status expected, const char *text, eqf_status status,
                         const char *call, const char *file, int line)
{
    const char *message = eqf_context_message(context);
    if (status == expected && strstr(message, text) != NULL) return;
    print_error("%s\n    is %s: %s\n    expected %s: ...%s...\n", call, eqf_status_string(status), message,
                eqf_status_string(expected), text);
    _fail(file, line);
}

void test_expect_close(double a, double b, double tolerance, const char *a_text, const char *b_text, const char *file,
                       int line)
{
    if (fabs(a - b) <= tolerance) return;
    print_error("%s is %.17g, %s is %.17g: they differ by %.3g, %.3g is allowed\n", a_text, a, b_text, b, fabs(a - b),
                tolerance);
    _fail(file, line);
}

void test_expect_all_close(size_t n, const double *a, const double *b, double tolerance, const char *a_text,
                           const char *b_text, const char *file, int line)
{
    for (size_t i = 0; i < n; i++) {
        if (fabs(a[i] - b[i]) <= tolerance) continue;
        print_error("%s[%zu] is %.17g, %s[%zu] is %.17g: they differ by %.3g, %.3g is allowed\n", a_text, i, a[i],
                    b_text, i, b[i], fabs(a[i] - b[i]), tolerance);
        _fail(file, line);
    }
}

const char *test_golden(const char *name)
{
    static char path[4096];
    const char *directory = getenv("EQUIFORMER_GOLDEN");
    snprintf(path, sizeof path, "%s/%s", directory != NULL ? directory : "tests/golden", name);
    return path;
}
