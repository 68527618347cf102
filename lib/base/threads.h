/* A pool of threads that share the tasks of one loop at a time.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_THREADS_H
#define EQFI_BASE_THREADS_H

#include <equiformer/context.h>

#define EQFI_THREADS_MAX 1024

typedef struct eqfi_threads eqfi_threads;

/* count >= 2 threads, the caller of eqfi_threads_run being one of them; NULL if
 * memory or threads are lacking. */
eqfi_threads *eqfi_threads_create(const eqf_allocator *allocator, int count);
void eqfi_threads_free(const eqf_allocator *allocator, eqfi_threads *threads); /* NULL is fine */
int eqfi_threads_count(const eqfi_threads *threads);

/* Tasks are taken one by one from a counter, so that uneven ones balance;
 * returns when all are done. */
void eqfi_threads_run(eqfi_threads *threads, int64_t tasks, eqf_parallel_body body, void *argument);

#endif
