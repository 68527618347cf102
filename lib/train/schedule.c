/* Learning rates by epoch and step.
 * SPDX-License-Identifier: MIT */
#include <equiformer/optimizer.h>

#include <math.h>
#include <stdbool.h>

#include "base/struct.h"

static const double pi = 3.14159265358979323846264338327950288;

/* From 1 to 0 along half a wave. */
static double half_wave(double fraction) { return (1 + cos(pi * fraction)) / 2; }

static double cosine_step(const eqf_schedule *s, double step, double steps)
{
    double warmup = s->warmup * steps, total = s->total * steps;
    if (warmup > 0 && step <= warmup) return s->rate * (s->start * (1 - step / warmup) + step / warmup);
    return s->rate * (s->floor + (1 - s->floor) * half_wave(step / total));
}

double eqf_schedule_rate(const eqf_schedule *schedule, int64_t epoch, int64_t step, int64_t steps)
{
    double t = (double)epoch;
    eqf_schedule own = EQF_SCHEDULE_INIT;
    const eqf_schedule *s = &own;
    if (eqfi_struct_take(NULL, "eqf_schedule", schedule, sizeof own, &own) != EQF_OK) return NAN;
    if (s->kind == EQF_SCHEDULE_COSINE_STEP) return cosine_step(s, t * (double)steps + (double)step, (double)steps);
    if (s->kind != EQF_SCHEDULE_CONSTANT && t < s->warmup) return s->start + t * (s->rate - s->start) / s->warmup;
    switch (s->kind) {
    case EQF_SCHEDULE_COSINE_EPOCH: return s->floor + (s->rate - s->floor) * half_wave(t / s->total);
    case EQF_SCHEDULE_STEP: return s->rate * pow(s->factor, floor(t / s->period));
    case EQF_SCHEDULE_PLATEAU: return fmax(s->rate * s->reduced, fmin(s->floor, s->rate));
    case EQF_SCHEDULE_CONSTANT: return s->rate;
    default: return NAN;
    }
}

void eqf_schedule_report(eqf_schedule *schedule, double metric)
{
    static const double margin = 1e-4;
    eqf_schedule own = EQF_SCHEDULE_INIT, *s = &own;
    if (eqfi_struct_take(NULL, "eqf_schedule", schedule, sizeof own, &own) != EQF_OK) return;
    if (s->kind != EQF_SCHEDULE_PLATEAU) return;
    bool improved = isinf(s->best) ? metric < s->best : metric < s->best - margin * fabs(s->best);
    if (improved) {
        s->best = metric;
        s->since = 0;
    } else if ((double)++s->since >= s->period) {
        s->reduced *= s->factor;
        s->since = 0;
    }
    eqfi_struct_give(schedule, sizeof own, &own);
}
