/* libequiformer: optimizers - of any parameters, learning-rate schedules and moving averages.
 *
 *     eqf_run_execute(context, run);
 *     eqf_run_get_gradients(context, run, gradients);
 *     eqf_optimizer_step(context, optimizer, eqf_schedule_rate(schedule, ...), gradients, parameters, NULL);
 *     eqf_run_set_parameters(context, run, parameters);
 *
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_OPTIMIZER_H
#define EQUIFORMER_OPTIMIZER_H

#include <math.h>

#include <equiformer/parameters.h>

typedef struct eqf_optimizer eqf_optimizer;
typedef struct eqf_average eqf_average; /* exponential moving average of parameters */

/* g being the gradient of p after clipping, t = 1, 2, .. the step; m = beta1 m + (1 - beta1) g, m^ = m / (1 - beta1^t);
 * v = beta2 v + (1 - beta2) g^2, v^ = v / (1 - beta2^t). */
typedef enum eqf_optimizer_kind {
    EQF_OPTIMIZER_ADAMW = 0, /* p *= 1 - rate decay; p -= rate m^ / (sqrt(v^) + epsilon) (Loshchilov, Hutter 2019) */
    EQF_OPTIMIZER_ADAM = 1,  /* decay p is added to g instead (Kingma, Ba 2015) */
    EQF_OPTIMIZER_SGD = 2    /* v = momentum v + g + decay p; p -= rate v */
} eqf_optimizer_kind;

typedef struct eqf_optimizer_options {
    size_t size;
    eqf_optimizer_kind kind;
    double beta1, beta2, epsilon; /* 0 <= beta < 1, epsilon > 0 */
    double momentum;              /* 0 <= momentum < 1 */
    double weight_decay;          /* of arrays with EQF_PARAMETER_DECAY */
    double clip_norm; /* gradients are scaled so that the norm of all together is at most this; 0: as they are */
} eqf_optimizer_options;

#define EQF_OPTIMIZER_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(eqf_optimizer_options), EQF_OPTIMIZER_ADAMW, 0.9, 0.999, 1e-8, 0, 0, 0                                  \
    }

/* How an array differs from the rest. */
typedef struct eqf_parameter_group {
    size_t size;
    double rate;         /* factor of the learning rate; 0: the array is not changed */
    double weight_decay; /* instead of the optimizer's; nan: the optimizer's where the array has EQF_PARAMETER_DECAY */
} eqf_parameter_group;

#define EQF_PARAMETER_GROUP_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(eqf_parameter_group), 1, NAN                                                                            \
    }

typedef enum eqf_schedule_kind {
    EQF_SCHEDULE_CONSTANT = 0,
    /* Of QM9 and MD17: for epoch t < warmup: start + t (rate - start) / warmup, else
     * floor + (rate - floor)(1 + cos(pi t / total)) / 2. */
    EQF_SCHEDULE_COSINE_EPOCH = 1,
    /* Of OC20: for step s <= w: rate (start (1 - s/w) + s/w), else rate (floor + (1 - floor)(1 + cos(pi s / S)) / 2), w, S
     * being warmup and total in steps, start and floor factors of the rate. */
    EQF_SCHEDULE_COSINE_STEP = 2,
    /* rate factor^floor(t / period), after the warm-up of COSINE_EPOCH. */
    EQF_SCHEDULE_STEP = 3,
    /* rate times factor whenever the metric has not become smaller by a relative 1e-4 for `period` reports, but not below
     * floor, after the warm-up of COSINE_EPOCH. */
    EQF_SCHEDULE_PLATEAU = 4
} eqf_schedule_kind;

typedef struct eqf_schedule {
    size_t size;
    eqf_schedule_kind kind;
    double rate;          /* the learning rate */
    double start;         /* at the beginning of the warm-up */
    double floor;         /* at the end */
    double warmup, total; /* epochs */
    double period, factor;
    double best;    /* state of EQF_SCHEDULE_PLATEAU: best metric so far, */
    double reduced; /* product of factors so far, */
    int64_t since;  /* epochs since the best */
} eqf_schedule;

#define EQF_SCHEDULE_INIT                                                                                              \
    {                                                                                                                  \
        sizeof(eqf_schedule), EQF_SCHEDULE_CONSTANT, 1e-3, 1e-6, 1e-6, 0, 1, 1, 0.1, INFINITY, 1, 0                    \
    }

EQF_BEGIN_DECLS

/* An optimizer of the trainable arrays of a store, whose names and shapes it remembers; its state begins with zeros and
 * has the store's precision. The arithmetic of a step is float64 for either precision, so that a number is rounded once,
 * when it is stored. options may be NULL. EQF_ERROR_RANGE names an option out of range. Since 0.1. */
EQF_API eqf_status eqf_optimizer_create(eqf_context *context, const eqf_parameters *parameters,
                                        const eqf_optimizer_options *options, eqf_optimizer **optimizer);
EQF_API void eqf_optimizer_free(eqf_optimizer *optimizer); /* NULL is fine. Since 0.1. */

/* Treats the arrays whose names match a pattern (`*` stands for any characters, `?` for one) as the group says, from the
 * next step on; the last group that matches counts. EQF_ERROR_NOT_FOUND if no trainable array matches. Since 0.1. */
EQF_API eqf_status eqf_optimizer_set_group(eqf_context *context, eqf_optimizer *optimizer, const char *pattern,
                                           const eqf_parameter_group *group);

/* One step: changes parameters, which nobody else may retain. gradients and parameters have the names, shapes and precision
 * that the optimizer remembers, and may have other arrays beside. *norm, if not NULL, is the norm of all gradients before
 * clipping; arrays of a group with rate 0 do not count. EQF_ERROR_NOT_FINITE names the first array with a gradient that is
 * not finite; nothing is changed after any error. The bits do not depend on the number of threads. Since 0.1. */
EQF_API eqf_status eqf_optimizer_step(eqf_context *context, eqf_optimizer *optimizer, double rate,
                                      const eqf_parameters *gradients, eqf_parameters *parameters, double *norm);

/* The state, to be saved and set again: number of steps done, and stores with the names of the trainable arrays (0: mean
 * of the gradients or velocity, 1: mean of their squares; NULL where the kind has none). Borrowed. Since 0.1. */
EQF_API int64_t eqf_optimizer_steps(const eqf_optimizer *optimizer);
EQF_API const eqf_parameters *eqf_optimizer_moment(const eqf_optimizer *optimizer, int which);

/* Copies a state; the next step is the one that the saved optimizer would have done. The moments that the kind has must be
 * there with all trainable arrays, others must be NULL; nothing is changed after an error. Since 0.1. */
EQF_API eqf_status eqf_optimizer_restore(eqf_context *context, eqf_optimizer *optimizer, int64_t steps,
                                         const eqf_parameters *const moments[2]);

/* The learning rate for epoch t = 0, 1, .. and its step 0, 1, .. of `steps` per epoch (s = t steps + step); nan for an
 * unknown kind or size of the struct, which eqf_optimizer_step refuses. Since 0.1. */
EQF_API double eqf_schedule_rate(const eqf_schedule *schedule, int64_t epoch, int64_t step, int64_t steps);

/* Tells the schedule the metric of an epoch that has ended; only EQF_SCHEDULE_PLATEAU listens. Since 0.1. */
EQF_API void eqf_schedule_report(eqf_schedule *schedule, double metric);

/* An average that begins with the parameters as they are: a += (1 - decay) (p - a) at each update, 0 <= decay < 1. Arrays
 * that are not trainable stay. It is kept in float64 whatever the precision of the parameters, since float32 loses steps so
 * small; to go on with a saved average, create one from its parameters. Since 0.1. */
EQF_API eqf_status eqf_average_create(eqf_context *context, const eqf_parameters *parameters, double decay,
                                      eqf_average **average);
EQF_API void eqf_average_free(eqf_average *average); /* NULL is fine. Since 0.1. */

/* Parameters with all trainable arrays, of either precision. EQF_ERROR_STATE if somebody retains the average's.
 * Since 0.1. */
EQF_API eqf_status eqf_average_update(eqf_context *context, eqf_average *average, const eqf_parameters *parameters);
EQF_API const eqf_parameters *eqf_average_parameters(const eqf_average *average); /* borrowed. Since 0.1. */

EQF_END_DECLS

#endif
