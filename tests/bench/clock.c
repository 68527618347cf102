/* Times of repetitions. Everything that disturbs a measurement makes it slower, so that the fastest round counts.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

/* Rounds, seconds of each, and seconds after which there is no further one. */
static const int rounds = 5;
static const double round_seconds = 0.2, enough = 30;

double bench_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double one_round(clockid_t clock, double seconds, void (*run)(void *state), void *state)
{
    int calls = 0;
    double begin = bench_now(clock), passed;
    do {
        run(state);
        calls++;
    } while ((passed = bench_now(clock) - begin) < seconds);
    return passed / calls;
}

static void lower(double *best, double seconds)
{
    if (seconds < *best) *best = seconds;
}

double bench_fastest(clockid_t clock, void (*run)(void *state), void *state)
{
    double best = 1e30;
    run(state);
    for (int round = 0; round < rounds; round++) lower(&best, one_round(clock, round_seconds, run, state));
    return best;
}

void bench_compete(clockid_t clock, bench_machine *machine, int n, const bench_work *works, double *seconds)
{
    double begin = bench_now(CLOCK_MONOTONIC);
    for (int i = 0; i < n; i++) {
        seconds[i] = 1e30;
        works[i].run(works[i].state); /* sizes are planned, pages touched */
    }
    for (int round = 0; round < rounds; round++) {
        double length = round_seconds;
        for (int i = 0; i < n; i++) {
            double own = one_round(clock, length, works[i].run, works[i].state);
            lower(&seconds[i], own);
            if (own > length) length = own;
        }
        if (works[0].reference_flop > 0) bench_sample_sgemm(clock, machine);
        if (bench_now(CLOCK_MONOTONIC) - begin > enough) break;
    }
}
