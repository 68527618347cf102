/* SPDX-License-Identifier: MIT */
#include "base/context.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <equiformer/version.h>

#include "base/cpu.h"
#include "base/struct.h"
#include "base/threads.h"

struct eqf_context {
    eqf_allocator allocator;
    eqf_parallel_for parallel_for;
    void *parallel_user;
    eqf_log_function log;
    void *log_user;
    eqfi_threads *threads; /* NULL with one thread or a host's parallel_for */
    eqf_matmul matmul;
    bool separate; /* see eqfi_context_set_fusion */
    char message[EQFI_MESSAGE_MAX];
};

int eqf_version(void) { return EQF_VERSION; }

const char *eqf_version_string(void) { return EQF_VERSION_STRING; }

const char *eqf_status_string(eqf_status status)
{
    switch (status) {
#define TEXT_OF(name, value, text)                                                                                     \
    case EQF_##name: return text;
        EQF_STATUS_LIST(TEXT_OF)
#undef TEXT_OF
    }
    return "unknown status";
}

static void *resize_with_libc(void *user, void *block, size_t bytes)
{
    (void)user;
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, bytes);
}

eqf_status eqf_context_create(const eqf_context_options *options, eqf_context **context)
{
    eqf_context_options own = EQF_CONTEXT_OPTIONS_INIT;
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = eqfi_struct_take(NULL, "eqf_context_options", options, sizeof own, &own);
    if (status != EQF_OK) return status;
    if (own.threads < 0 || own.threads > EQFI_THREADS_MAX) return EQF_ERROR_ARGUMENT;

    eqf_allocator allocator = own.allocator;
    if (allocator.resize == NULL) allocator = (eqf_allocator){resize_with_libc, NULL};
    eqf_context *made = allocator.resize(allocator.user, NULL, sizeof *made);
    if (made == NULL) return EQF_ERROR_MEMORY;
    *made = (eqf_context){.allocator = allocator,
                          .parallel_for = own.parallel_for,
                          .parallel_user = own.parallel_user,
                          .log = own.log,
                          .log_user = own.log_user};
    int threads = own.threads > 0 ? own.threads : eqfi_cpu_count();
    if (own.parallel_for == NULL && threads > 1) {
        made->threads = eqfi_threads_create(&made->allocator, threads);
        if (made->threads == NULL) {
            allocator.resize(allocator.user, made, 0);
            return EQF_ERROR_MEMORY;
        }
    }
    *context = made;
    return EQF_OK;
}

void eqf_context_free(eqf_context *context)
{
    if (context == NULL) return;
    eqf_allocator allocator = context->allocator;
    eqfi_threads_free(&allocator, context->threads);
    allocator.resize(allocator.user, context, 0);
}

const char *eqf_context_message(const eqf_context *context) { return context == NULL ? "" : context->message; }

int eqf_context_threads(const eqf_context *context)
{
    return context->threads == NULL ? 1 : eqfi_threads_count(context->threads);
}

const char *eqf_context_isa(const eqf_context *context)
{
    (void)context;
    return eqfi_isa_name(eqfi_cpu_isa());
}

eqf_status eqfi_fail(eqf_context *context, eqf_status status, const char *format, ...)
{
    if (context == NULL) return status;
    va_list arguments;
    va_start(arguments, format);
    /* The sentence may quote the previous message: compose beside it. */
    char text[sizeof context->message];
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(context->message, text, sizeof text);
    return status;
}

void eqfi_log(eqf_context *context, eqf_log_level level, const char *format, ...)
{
    if (context == NULL || context->log == NULL) return;
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    context->log(context->log_user, level, text);
}

const eqf_allocator *eqfi_allocator(const eqf_context *context) { return &context->allocator; }

void eqfi_release(const eqf_allocator *allocator, void *block)
{
    if (block != NULL) allocator->resize(allocator->user, block, 0);
}

void eqfi_delete(eqf_context *context, void *block) { eqfi_release(&context->allocator, block); }

static eqf_status out_of_memory(eqf_context *context, size_t count, size_t size)
{
    return eqfi_fail(context, EQF_ERROR_MEMORY, "out of memory for %zu x %zu bytes", count, size);
}

eqf_status eqfi_new(eqf_context *context, size_t count, size_t size, void **block)
{
    if (size != 0 && count > SIZE_MAX / 2 / size) return out_of_memory(context, count, size);
    size_t bytes = count * size;
    void *fresh = context->allocator.resize(context->allocator.user, NULL, bytes > 0 ? bytes : 1);
    if (fresh == NULL) return out_of_memory(context, count, size);
    memset(fresh, 0, bytes);
    *block = fresh;
    return EQF_OK;
}

eqf_status eqfi_bytes(eqf_context *context, size_t rows, size_t columns, size_t size, size_t *bytes)
{
    size_t most = SIZE_MAX / 4;
    if (rows > 0 && columns > 0 && (columns > most / rows || size > most / rows / columns))
        return out_of_memory(context, rows, columns);
    *bytes = rows * columns * size;
    return EQF_OK;
}

eqf_status eqfi_grow(eqf_context *context, size_t needed, size_t size, size_t *capacity, void **block)
{
    if (needed <= *capacity && *block != NULL) return EQF_OK;
    size_t wanted = needed + needed / 4 + 8;
    if (wanted < needed || wanted > SIZE_MAX / 2 / size) return out_of_memory(context, needed, size);
    void *larger = context->allocator.resize(context->allocator.user, *block, wanted * size);
    if (larger == NULL) return out_of_memory(context, wanted, size);
    *block = larger;
    *capacity = wanted;
    return EQF_OK;
}

/* Asks for large pages where a block fills them: a pass over the arrays of a large system visits more small ones than the
 * processor remembers. */
static void ask_for_large_pages(char *block, size_t bytes)
{
#if defined(MADV_HUGEPAGE)
    const size_t page = (size_t)2 << 20;
    size_t before = (page - (uintptr_t)block % page) % page;
    if (bytes < before + page) return;
    (void)madvise(block + before, (bytes - before) / page * page, MADV_HUGEPAGE);
#else
    (void)block, (void)bytes;
#endif
}

/* The block before the aligned one remembers where the allocation starts. */
enum { ALIGNMENT = 64 };

eqf_status eqfi_new_aligned(eqf_context *context, size_t bytes, void **block)
{
    if (bytes > SIZE_MAX / 2) return out_of_memory(context, 1, bytes);
    char *raw = context->allocator.resize(context->allocator.user, NULL, bytes + ALIGNMENT + sizeof(void *));
    if (raw == NULL) return out_of_memory(context, 1, bytes);
    char *aligned = raw + sizeof(void *);
    aligned += (ALIGNMENT - (uintptr_t)aligned % ALIGNMENT) % ALIGNMENT;
    memcpy(aligned - sizeof(void *), &raw, sizeof raw);
    ask_for_large_pages(aligned, bytes);
    *block = aligned;
    return EQF_OK;
}

void eqfi_release_aligned(const eqf_allocator *allocator, void *block)
{
    if (block == NULL) return;
    void *raw;
    memcpy(&raw, (char *)block - sizeof(void *), sizeof raw);
    eqfi_release(allocator, raw);
}

eqf_status eqfi_copy_text(eqf_context *context, const char *text, char **copy)
{
    size_t length = strlen(text);
    void *fresh = NULL;
    eqf_status status = eqfi_new(context, length + 1, 1, &fresh);
    if (status != EQF_OK) return status;
    memcpy(fresh, text, length);
    *copy = fresh;
    return EQF_OK;
}

void eqfi_parallel(eqf_context *context, int64_t tasks, eqf_parallel_body body, void *argument)
{
    if (tasks > 1 && context->parallel_for != NULL) {
        context->parallel_for(context->parallel_user, tasks, body, argument);
    } else if (tasks > 1 && context->threads != NULL) {
        eqfi_threads_run(context->threads, tasks, body, argument);
    } else {
        for (int64_t task = 0; task < tasks; task++) body(argument, task);
    }
}

eqf_status eqf_context_set_matmul(eqf_context *context, eqf_matmul matmul)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(matmul == EQF_MATMUL_FLOAT32 || matmul == EQF_MATMUL_BFLOAT16, EQF_ERROR_ARGUMENT,
               "unknown matmul %d, expected EQF_MATMUL_FLOAT32 or EQF_MATMUL_BFLOAT16", (int)matmul);
    EQFI_CHECK(matmul == EQF_MATMUL_FLOAT32 || eqfi_cpu_has_bf16(), EQF_ERROR_UNSUPPORTED,
               "matrix products of bfloat16 need a processor with AMX, and an operating system that lets it be used");
    context->matmul = matmul;
fail:
    return status;
}

eqf_matmul eqf_context_matmul(const eqf_context *context) { return context->matmul; }

void eqfi_context_set_fusion(eqf_context *context, bool fusion) { context->separate = !fusion; }

bool eqfi_context_fusion(const eqf_context *context) { return !context->separate; }

int eqfi_parallel_width(const eqf_context *context)
{
    return context->parallel_for != NULL ? 0 : eqf_context_threads(context);
}
