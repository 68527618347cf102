/* libequiformer: contexts - message, allocator, threads and log of one caller.
 *
 * A context belongs to one thread at a time. Handles made with a context do not
 * hold it: they keep a copy of its allocator, may be used with other contexts of the same allocator,
 * and immutable ones may be shared between threads. Nothing in the library
 * prints, aborts, installs signal handlers, changes the locale, or keeps
 * mutable globals. SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_CONTEXT_H
#define EQUIFORMER_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include <equiformer/export.h>
#include <equiformer/status.h>

typedef struct eqf_context eqf_context;

/* Numbers in which programs compute. Positions, energies and forces are double
 * at the API in either case. */
typedef enum eqf_precision { EQF_FLOAT32 = 0, EQF_FLOAT64 = 1 } eqf_precision;

typedef enum eqf_log_level { EQF_LOG_INFO = 0, EQF_LOG_WARNING = 1 } eqf_log_level;

/* Memory of the host. resize(user, NULL, n) allocates; resize(user, p, 0) frees
 * and returns NULL; otherwise as realloc. Blocks must be aligned as malloc's;
 * of large ones the library asks the system for large pages (Linux: madvise).
 * Called from the thread that owns the context, never from a worker. */
typedef struct eqf_allocator {
    void *(*resize)(void *user, void *block, size_t bytes);
    void *user;
} eqf_allocator;

/* Threads of the host: call body(argument, task) for every task in 0..tasks-1,
 * in any order and on any threads, and return when all are done. Results do not
 * depend on how the tasks are divided. */
typedef void (*eqf_parallel_body)(void *argument, int64_t task);
typedef void (*eqf_parallel_for)(void *user, int64_t tasks, eqf_parallel_body body, void *argument);

typedef void (*eqf_log_function)(void *user, eqf_log_level level, const char *message);

typedef struct eqf_context_options {
    size_t size;                   /* sizeof(eqf_context_options), set by the initialiser */
    eqf_allocator allocator;       /* resize NULL: malloc and free */
    int threads;                   /* own threads, the caller included; 1 by default, 0: one per
                  online processor */
    eqf_parallel_for parallel_for; /* not NULL: used instead of own threads */
    void *parallel_user;
    eqf_log_function log; /* NULL: silent */
    void *log_user;
} eqf_context_options;

#define EQF_CONTEXT_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(eqf_context_options), {0, 0}, 1, 0, 0, 0, 0                                                             \
    }

EQF_BEGIN_DECLS

/* options may be NULL (defaults). *context is to be freed with
 * eqf_context_free. Since 0.1. */
EQF_API eqf_status eqf_context_create(const eqf_context_options *options, eqf_context **context);

/* Ends own threads; NULL is fine. Handles made with the context stay valid.
 * Since 0.1. */
EQF_API void eqf_context_free(eqf_context *context);

/* The sentence of the last failure, "" if there was none; valid until the next
 * call with this context. Since 0.1. */
EQF_API const char *eqf_context_message(const eqf_context *context);

/* Number of threads that work for this context (1 with a host's parallel_for,
 * which is not asked). Since 0.1. */
EQF_API int eqf_context_threads(const eqf_context *context);

/* Instruction set of the kernels that this machine runs: "generic", "avx2" or
 * "avx512". EQUIFORMER_ISA in the environment lowers it (never raises it).
 * Static storage. Since 0.1. */
EQF_API const char *eqf_context_isa(const eqf_context *context);

/* What the large matrix products of float32 runs multiply: float32; or both factors rounded to bfloat16, 8 bits instead of 24,
 * while sums and all else stay float32. */
typedef enum eqf_matmul { EQF_MATMUL_FLOAT32 = 0, EQF_MATMUL_BFLOAT16 = 1 } eqf_matmul;

/* Sets that for runs and calculators that are made in this context from now on (EQF_MATMUL_FLOAT32 at first).
 * EQF_MATMUL_BFLOAT16 trades digits for time, see docs/benchmarks.md; EQF_ERROR_UNSUPPORTED where the machine or the
 * operating system lacks it (it takes AMX, and Linux's permission to use its tiles, which the process is given for good).
 * EQF_ERROR_ARGUMENT if matmul is neither. Since 0.1. */
EQF_API eqf_status eqf_context_set_matmul(eqf_context *context, eqf_matmul matmul);
EQF_API eqf_matmul eqf_context_matmul(const eqf_context *context); /* what was set last. Since 0.1. */

EQF_END_DECLS

#endif
