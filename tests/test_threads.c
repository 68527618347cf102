/* Loops shared by threads: every task once, whatever the number of threads, their lengths, or who runs them.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/context.h"
#include "base/threads.h"

enum { TASKS = 1000 };

typedef struct visits {
    atomic_int count[TASKS];
    int work; /* loop steps of task t: t * t * work / TASKS */
} visits;

static void visit(void *argument, int64_t task)
{
    visits *v = argument;
    volatile double sink = 0;
    for (int64_t i = 0; i < task * task * v->work / TASKS; i++) sink = sink + 1;
    atomic_fetch_add(&v->count[task], 1);
}

static void expect_visits(eqf_context *context, int64_t tasks, int work)
{
    static visits v;
    v.work = work;
    for (int t = 0; t < TASKS; t++) atomic_store(&v.count[t], 0);
    eqfi_parallel(context, tasks, visit, &v);
    for (int t = 0; t < TASKS; t++) {
        int count = atomic_load(&v.count[t]);
        if (count != (t < tasks)) fail_msg("task %d of %d ran %d times", t, (int)tasks, count);
    }
}

static void test_every_task_once(void **state)
{
    (void)state;
    static const int64_t tasks[] = {0, 1, 2, 3, 7, 64, 999, TASKS};
    for (int threads = 1; threads <= 4; threads++) {
        test_allocator memory;
        eqf_context *context = test_context_threads(&memory, threads);
        assert_int_equal(eqf_context_threads(context), threads);
        for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
            expect_visits(context, tasks[i], 0);
            expect_visits(context, tasks[i], 10); /* uneven: the last ones take longest */
        }
        test_context_free(context, &memory);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct sums {
    int64_t value[3];
    int64_t round;
} sums;

static void add_round(void *argument, int64_t task)
{
    sums *s = argument;
    s->value[task] += s->round; /* the round before has ended for every thread: no race */
}

/* Rounds follow each other at once; each sees all that the one before has written. Ends early on a busy machine. */
static void check_short_rounds(int threads, int64_t rounds)
{
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, threads);
    sums s = {{0}, 0};
    double start = seconds();
    for (; s.round < rounds && seconds() - start < 10; s.round++) eqfi_parallel(context, 3, add_round, &s);
    for (int t = 0; t < 3; t++) assert_int_equal(s.value[t], s.round * (s.round - 1) / 2);
    test_context_free(context, &memory);
}

static void test_short_rounds(void **state)
{
    (void)state;
    check_short_rounds(1, 100000);
    check_short_rounds(2, 100000);
    check_short_rounds(4, 5000); /* mostly waiting where there are fewer processors */
}

/* Workers that have gone to sleep are woken. */
static void test_pauses(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 3);
    for (int i = 0; i < 20; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        expect_visits(context, TASKS, 0);
    }
    test_context_free(context, &memory);
}

typedef struct meeting {
    int guests;
    atomic_int arrived, given_up;
    pthread_t thread[4];
    bool blocks_signals[4];
} meeting;

/* Returns when all guests are there: only possible if each has a thread of its own. */
static void meet(void *argument, int64_t task)
{
    meeting *m = argument;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    m->thread[task] = pthread_self();
    m->blocks_signals[task] = sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGUSR1) == 1;
    atomic_fetch_add(&m->arrived, 1);
    double start = seconds();
    while (atomic_load(&m->arrived) < m->guests) {
        if (seconds() - start > 20) {
            atomic_store(&m->given_up, 1);
            return;
        }
        sched_yield();
    }
}

/* All threads work at the same time, the caller is one of them, and workers leave signals to the host. */
static void test_all_threads_work(void **state)
{
    (void)state;
    for (int threads = 2; threads <= 4; threads++) {
        test_allocator memory;
        eqf_context *context = test_context_threads(&memory, threads);
        for (int repeat = 0; repeat < 10; repeat++) {
            meeting m = {.guests = threads};
            eqfi_parallel(context, threads, meet, &m);
            if (atomic_load(&m.given_up))
                fail_msg("%d tasks do not run at the same time on %d threads", threads, threads);
            int callers = 0;
            for (int t = 0; t < threads; t++) {
                bool caller = pthread_equal(m.thread[t], pthread_self()) != 0;
                callers += caller;
                assert_true(caller || m.blocks_signals[t]);
            }
            assert_int_equal(callers, 1);
        }
        test_context_free(context, &memory);
    }
}

/* Pools of several contexts are independent, also when one is used from inside the other's loop. */
static void run_inner(void *argument, int64_t task)
{
    (void)task;
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    sums s = {{0}, 1};
    eqfi_parallel(context, 3, add_round, &s);
    if (s.value[0] == 1 && s.value[1] == 1 && s.value[2] == 1) atomic_fetch_add((atomic_int *)argument, 1);
    test_context_free(context, &memory);
}

static void test_two_contexts(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    atomic_int good = 0;
    eqfi_parallel(context, 8, run_inner, &good);
    assert_int_equal(atomic_load(&good), 8);
    test_context_free(context, &memory);
}

typedef struct host {
    int calls;
    int64_t tasks;
} host;

/* A host that goes backwards. */
static void host_parallel_for(void *user, int64_t tasks, eqf_parallel_body body, void *argument)
{
    host *h = user;
    h->calls++;
    h->tasks = tasks;
    for (int64_t task = tasks - 1; task >= 0; task--) body(argument, task);
}

static void test_host_threads(void **state)
{
    (void)state;
    host h = {0, 0};
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.threads = 4;
    options.parallel_for = host_parallel_for;
    options.parallel_user = &h;
    eqf_context *context;
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    assert_int_equal(eqf_context_threads(context), 1);
    expect_visits(context, 9, 0);
    assert_true(h.calls == 1 && h.tasks == 9);
    expect_visits(context, 1, 0); /* not worth a call */
    expect_visits(context, 0, 0);
    assert_int_equal(h.calls, 1);
    eqf_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_once), cmocka_unit_test(test_short_rounds),
        cmocka_unit_test(test_pauses),          cmocka_unit_test(test_all_threads_work),
        cmocka_unit_test(test_two_contexts),    cmocka_unit_test(test_host_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
