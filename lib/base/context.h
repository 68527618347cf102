/* Contexts from inside: failing with a sentence, memory, running in parallel.
 *
 * A function that can fail looks like this:
 *
 *     eqf_status status = EQF_OK;
 *     EQFI_TRY(eqfi_new(context, n, sizeof *x, (void **)&x));
 *     EQFI_CHECK(n > 0, EQF_ERROR_RANGE, "n is %d, expected 1 or more", n);
 *     ...
 * fail:
 *     eqfi_delete(context, temporary);
 *     return status;
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_CONTEXT_H
#define EQFI_BASE_CONTEXT_H

#include <stdarg.h>
#include <stdbool.h>

#include <equiformer/context.h>

#if defined(__GNUC__)
#define EQFI_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define EQFI_PRINTF(text, first)
#endif

/* Forwards a failure to the label fail. */
#define EQFI_TRY(call)                                                                                                 \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != EQF_OK) goto fail;                                                                               \
    } while (0)

/* Fails at the label fail with a status and a sentence unless the condition
 * holds; needs `context` and `status`. */
#define EQFI_CHECK(condition, code, ...)                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            status = eqfi_fail(context, (code), __VA_ARGS__);                                                          \
            goto fail;                                                                                                 \
        }                                                                                                              \
    } while (0)

enum { EQFI_MESSAGE_MAX = 2048 };

/* Sets the message and returns status. context may be NULL. */
eqf_status eqfi_fail(eqf_context *context, eqf_status status, const char *format, ...) EQFI_PRINTF(3, 4);

void eqfi_log(eqf_context *context, eqf_log_level level, const char *format, ...) EQFI_PRINTF(3, 4);

/* Zeroed array of count elements; count * size that overflows is out of memory.
 * count 0 gives a unique block. */
eqf_status eqfi_new(eqf_context *context, size_t count, size_t size, void **block);

/* rows x columns x size, or out of memory if that is more than can be addressed. */
eqf_status eqfi_bytes(eqf_context *context, size_t rows, size_t columns, size_t size, size_t *bytes);

/* Resizes an array to hold at least `needed` elements, growing by a quarter at
 * least; new elements are not set. */
eqf_status eqfi_grow(eqf_context *context, size_t needed, size_t size, size_t *capacity, void **block);

void eqfi_delete(eqf_context *context, void *block);

/* The allocator that a handle keeps in order to free itself. */
const eqf_allocator *eqfi_allocator(const eqf_context *context);
void eqfi_release(const eqf_allocator *allocator, void *block);

/* 64-byte aligned memory, not zeroed; freed by eqfi_release_aligned. */
eqf_status eqfi_new_aligned(eqf_context *context, size_t bytes, void **block);
void eqfi_release_aligned(const eqf_allocator *allocator, void *block);

/* A copy of text. */
eqf_status eqfi_copy_text(eqf_context *context, const char *text, char **copy);

/* Runs body(argument, task) for 0..tasks-1 on the context's threads; the caller
 * takes part. */
void eqfi_parallel(eqf_context *context, int64_t tasks, eqf_parallel_body body, void *argument);

/* Whether operations of programs that end in this context share stages (they do unless it is said): without, each is a
 * pass of its own over arrays of all rows, which tests compare. */
void eqfi_context_set_fusion(eqf_context *context, bool fusion);
bool eqfi_context_fusion(const eqf_context *context);

/* Tasks that run at the same time, at most; 0 if the host runs them and nothing is known. */
int eqfi_parallel_width(const eqf_context *context);

#endif
