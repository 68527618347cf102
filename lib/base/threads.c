/* SPDX-License-Identifier: MIT */
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A worker that finds no work spins this often before it sleeps: loops of one
 * evaluation follow each other within microseconds, a wake-up costs five to
 * fifty. */
enum { SPINS = 4000, CACHE_LINE = 64 };

struct eqfi_threads {
    int count;   /* with the caller */
    int started; /* workers that run */
    eqf_parallel_body body;
    void *argument;
    int64_t tasks;
    char apart_1[CACHE_LINE];
    atomic_llong next; /* first task that nobody has taken */
    char apart_2[CACHE_LINE];
    atomic_int busy; /* workers inside the loop */
    char apart_3[CACHE_LINE];
    atomic_uint round; /* changes when there is work */
    atomic_bool quit;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t workers[]; /* count - 1 */
};

static void take_tasks(eqfi_threads *threads)
{
    for (;;) {
        long long task = atomic_fetch_add_explicit(&threads->next, 1, memory_order_relaxed);
        if (task >= threads->tasks) return;
        threads->body(threads->argument, task);
    }
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

/* Returns when the round is no longer `seen`. */
static unsigned wait_for_round(eqfi_threads *threads, unsigned seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        unsigned now = atomic_load_explicit(&threads->round, memory_order_acquire);
        if (now != seen) return now;
        pause_briefly();
    }
    pthread_mutex_lock(&threads->lock);
    unsigned now;
    while ((now = atomic_load_explicit(&threads->round, memory_order_acquire)) == seen)
        pthread_cond_wait(&threads->wake, &threads->lock);
    pthread_mutex_unlock(&threads->lock);
    return now;
}

static void next_round(eqfi_threads *threads)
{
    pthread_mutex_lock(&threads->lock);
    atomic_fetch_add_explicit(&threads->round, 1, memory_order_release);
    pthread_cond_broadcast(&threads->wake);
    pthread_mutex_unlock(&threads->lock);
}

static void *work(void *argument)
{
    eqfi_threads *threads = argument;
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_round(threads, seen);
        if (atomic_load_explicit(&threads->quit, memory_order_acquire)) return NULL;
        take_tasks(threads);
        atomic_fetch_sub_explicit(&threads->busy, 1, memory_order_release);
    }
}

eqfi_threads *eqfi_threads_create(const eqf_allocator *allocator, int count)
{
    size_t bytes = sizeof(eqfi_threads) + (size_t)(count - 1) * sizeof(pthread_t);
    eqfi_threads *threads = allocator->resize(allocator->user, NULL, bytes);
    if (threads == NULL) return NULL;
    threads->count = count;
    threads->started = 0;
    threads->tasks = 0;
    atomic_init(&threads->next, 0);
    atomic_init(&threads->busy, 0);
    atomic_init(&threads->round, 0);
    atomic_init(&threads->quit, false);
    pthread_mutex_init(&threads->lock, NULL);
    pthread_cond_init(&threads->wake, NULL);

    /* Signals are the host's: workers take none. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (threads->started < count - 1 &&
           pthread_create(&threads->workers[threads->started], NULL, work, threads) == 0)
        threads->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (threads->started < count - 1) {
        eqfi_threads_free(allocator, threads);
        return NULL;
    }
    return threads;
}

void eqfi_threads_free(const eqf_allocator *allocator, eqfi_threads *threads)
{
    if (threads == NULL) return;
    atomic_store_explicit(&threads->quit, true, memory_order_release);
    next_round(threads);
    for (int i = 0; i < threads->started; i++) pthread_join(threads->workers[i], NULL);
    pthread_cond_destroy(&threads->wake);
    pthread_mutex_destroy(&threads->lock);
    allocator->resize(allocator->user, threads, 0);
}

int eqfi_threads_count(const eqfi_threads *threads) { return threads->count; }

void eqfi_threads_run(eqfi_threads *threads, int64_t tasks, eqf_parallel_body body, void *argument)
{
    threads->body = body;
    threads->argument = argument;
    threads->tasks = tasks;
    atomic_store_explicit(&threads->next, 0, memory_order_relaxed);
    atomic_store_explicit(&threads->busy, threads->started, memory_order_relaxed);
    next_round(threads);
    take_tasks(threads);
    for (int spin = 0; atomic_load_explicit(&threads->busy, memory_order_acquire) > 0; spin++) {
        if (spin < SPINS)
            pause_briefly();
        else
            sched_yield();
    }
}
