/* Optimizers: AdamW, Adam, and gradient descent with momentum.
 *
 * A step reads the gradients twice: once for their norm, which also finds what is not finite, and once for the update.
 * SPDX-License-Identifier: MIT */
#include <equiformer/optimizer.h>

#include <math.h>

#include "base/struct.h"
#include "train/slots.h"

enum { MOMENTS = 2 };

/* An array with what its group says, and where its numbers are during a step. */
typedef struct target {
    double rate; /* factor of the learning rate */
    double decay;
    void *gradient, *parameter, *moments[MOMENTS];
} target;

struct eqf_optimizer {
    eqf_allocator allocator;
    eqf_optimizer_options options;
    eqf_precision precision;
    const eqfi_kernels *kernels;
    eqfi_slots slots;
    target *targets; /* [slots] */
    void **found;    /* [slots] */
    double *squares; /* [pieces] sums of squares of gradients */
    eqf_parameters *moments[MOMENTS];
    int64_t steps;
};

/* ----------------------------------------------------------------------------------------------------------- life -- */

static int moments_of(const eqf_optimizer_options *options)
{
    if (options->kind != EQF_OPTIMIZER_SGD) return 2;
    return options->momentum > 0 ? 1 : 0;
}

static bool is_fraction(double x) { return x >= 0 && x < 1; }
static bool is_positive(double x) { return x > 0 && isfinite(x); }
static bool is_amount(double x) { return x >= 0 && isfinite(x); }

static eqf_status check_options(eqf_context *context, const eqf_optimizer_options *options)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK((int)options->kind >= EQF_OPTIMIZER_ADAMW && (int)options->kind <= EQF_OPTIMIZER_SGD, EQF_ERROR_ARGUMENT,
               "unknown kind %d of an optimizer", (int)options->kind);
    EQFI_CHECK(is_fraction(options->beta1), EQF_ERROR_RANGE, "beta1 is %g, expected 0 to below 1", options->beta1);
    EQFI_CHECK(is_fraction(options->beta2), EQF_ERROR_RANGE, "beta2 is %g, expected 0 to below 1", options->beta2);
    EQFI_CHECK(is_positive(options->epsilon), EQF_ERROR_RANGE, "epsilon is %g, expected more than 0", options->epsilon);
    EQFI_CHECK(is_fraction(options->momentum), EQF_ERROR_RANGE, "momentum is %g, expected 0 to below 1",
               options->momentum);
    EQFI_CHECK(is_amount(options->weight_decay), EQF_ERROR_RANGE, "weight_decay is %g, expected 0 or more",
               options->weight_decay);
    EQFI_CHECK(is_amount(options->clip_norm), EQF_ERROR_RANGE, "clip_norm is %g, expected 0 or more",
               options->clip_norm);
fail:
    return status;
}

static double usual_decay(const eqf_optimizer *optimizer, int slot)
{
    bool decays = (optimizer->slots.items[slot].info.flags & EQF_PARAMETER_DECAY) != 0;
    return decays ? optimizer->options.weight_decay : 0;
}

static eqf_status allocate(eqf_context *context, eqf_optimizer *o, const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_slots_create(context, parameters, &o->slots));
    size_t n = (size_t)o->slots.n;
    EQFI_TRY(eqfi_new(context, n, sizeof *o->targets, (void **)&o->targets));
    EQFI_TRY(eqfi_new(context, n, sizeof *o->found, (void **)&o->found));
    EQFI_TRY(eqfi_new(context, (size_t)o->slots.n_pieces, sizeof *o->squares, (void **)&o->squares));
    for (int k = 0; k < moments_of(&o->options); k++)
        EQFI_TRY(eqfi_slots_store(context, &o->slots, o->precision, &o->moments[k]));
    for (int i = 0; i < o->slots.n; i++) {
        o->targets[i] = (target){.rate = 1, .decay = usual_decay(o, i)};
        for (int k = 0; k < moments_of(&o->options); k++)
            o->targets[i].moments[k] = eqfi_parameters_data(o->moments[k], i);
    }
fail:
    return status;
}

eqf_status eqf_optimizer_create(eqf_context *context, const eqf_parameters *parameters,
                                const eqf_optimizer_options *options, eqf_optimizer **optimizer)
{
    eqf_optimizer_options own = EQF_OPTIMIZER_OPTIONS_INIT;
    eqf_status status = EQF_OK;
    eqf_optimizer *made = NULL;
    EQFI_TAKE(eqf_optimizer_options, options, own);
    EQFI_TRY(check_options(context, options));
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->options = *options;
    made->precision = eqf_parameters_precision(parameters);
    made->kernels = eqfi_kernels_for(made->precision);
    EQFI_TRY(allocate(context, made, parameters));
    *optimizer = made;
    return EQF_OK;
fail:
    eqf_optimizer_free(made);
    return status;
}

void eqf_optimizer_free(eqf_optimizer *optimizer)
{
    if (optimizer == NULL) return;
    eqf_allocator allocator = optimizer->allocator;
    for (int k = 0; k < MOMENTS; k++) eqf_parameters_free(optimizer->moments[k]);
    eqfi_release(&allocator, optimizer->targets);
    eqfi_release(&allocator, optimizer->found);
    eqfi_release(&allocator, optimizer->squares);
    eqfi_slots_release(&allocator, &optimizer->slots);
    eqfi_release(&allocator, optimizer);
}

/* --------------------------------------------------------------------------------------------------------- groups -- */

/* `*` stands for any characters, `?` for one. After a mismatch the last `*` takes one character more. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL, *taken = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            taken = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++taken;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return *pattern == '\0';
}

eqf_status eqf_optimizer_set_group(eqf_context *context, eqf_optimizer *optimizer, const char *pattern,
                                   const eqf_parameter_group *group)
{
    eqf_status status = EQF_OK;
    int found = 0;
    eqf_parameter_group own = EQF_PARAMETER_GROUP_INIT;
    EQFI_TAKE(eqf_parameter_group, group, own);
    EQFI_CHECK(is_amount(group->rate), EQF_ERROR_RANGE, "the rate of the group %s is %g, expected 0 or more", pattern,
               group->rate);
    EQFI_CHECK(isnan(group->weight_decay) || is_amount(group->weight_decay), EQF_ERROR_RANGE,
               "the weight decay of the group %s is %g, expected 0 or more", pattern, group->weight_decay);
    for (int i = 0; i < optimizer->slots.n; i++) {
        if (!matches(pattern, optimizer->slots.items[i].name)) continue;
        found++;
        optimizer->targets[i].rate = group->rate;
        optimizer->targets[i].decay = isnan(group->weight_decay) ? usual_decay(optimizer, i) : group->weight_decay;
    }
    EQFI_CHECK(found > 0, EQF_ERROR_NOT_FOUND, "no trainable parameter matches %s", pattern);
fail:
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- step -- */

static eqf_status bind(eqf_context *context, eqf_optimizer *o, const eqf_parameters *store, const char *what,
                       size_t member)
{
    static const char *const precisions[] = {[EQF_FLOAT32] = "float32", [EQF_FLOAT64] = "float64"};
    eqf_status status = EQF_OK;
    EQFI_CHECK(eqf_parameters_precision(store) == o->precision, EQF_ERROR_ARGUMENT,
               "the %s are in %s, the optimizer was made for %s", what, precisions[eqf_parameters_precision(store)],
               precisions[o->precision]);
    EQFI_TRY(eqfi_slots_find(context, &o->slots, store, what, o->found));
    for (int i = 0; i < o->slots.n; i++) *(void **)((char *)&o->targets[i] + member) = o->found[i];
fail:
    return status;
}

static eqf_status check_moments_owned(eqf_context *context, const eqf_optimizer *o)
{
    eqf_status status = EQF_OK;
    for (int k = 0; k < MOMENTS && status == EQF_OK; k++)
        if (o->moments[k] != NULL) status = eqfi_parameters_check_owned(context, o->moments[k]);
    return status;
}

/* Arrays that do not change do not count. */
static void sum_squares(void *argument, int64_t task)
{
    eqf_optimizer *o = argument;
    const eqfi_piece *piece = &o->slots.pieces[task];
    const target *t = &o->targets[piece->slot];
    o->squares[task] =
        t->rate == 0 ? 0 : o->kernels->square_sum(piece->count, eqfi_piece_of(t->gradient, piece, o->kernels));
}

/* Names the first element of the pieces that is not finite. */
static eqf_status not_finite(eqf_context *context, const eqf_optimizer *o)
{
    for (int64_t k = 0; k < o->slots.n_pieces; k++) {
        const eqfi_piece *piece = &o->slots.pieces[k];
        const void *gradient = o->targets[piece->slot].gradient;
        for (int64_t i = piece->first; i < piece->first + piece->count && !isfinite(o->squares[k]); i++) {
            double g =
                o->precision == EQF_FLOAT32 ? (double)((const float *)gradient)[i] : ((const double *)gradient)[i];
            if (!isfinite(g))
                return eqfi_fail(context, EQF_ERROR_NOT_FINITE, "the gradient of %s is %g at element %lld",
                                 o->slots.items[piece->slot].name, g, (long long)i);
        }
    }
    return eqfi_fail(context, EQF_ERROR_NOT_FINITE, "the norm of the gradients is too large for a number");
}

typedef struct update {
    const eqf_optimizer *optimizer;
    double rate, scale;
    double correction[MOMENTS]; /* 1 - beta^t */
} update;

static void descend(const update *u, const eqfi_piece *piece, const target *t, void *const data[2 + MOMENTS])
{
    const eqf_optimizer_options *options = &u->optimizer->options;
    eqfi_momentum_step step = {
        .scale = u->scale, .decay = t->decay, .momentum = options->momentum, .rate = u->rate * t->rate};
    u->optimizer->kernels->momentum(&step, piece->count, data[0], data[1], data[2]);
}

static void adapt(const update *u, const eqfi_piece *piece, const target *t, void *const data[2 + MOMENTS])
{
    const eqf_optimizer_options *options = &u->optimizer->options;
    bool apart = options->kind == EQF_OPTIMIZER_ADAMW;
    double rate = u->rate * t->rate;
    eqfi_adam_step step = {.scale = u->scale,
                           .decay = apart ? 0 : t->decay,
                           .shrink = apart ? 1 - rate * t->decay : 1,
                           .beta1 = options->beta1,
                           .beta2 = options->beta2,
                           .rate = rate / u->correction[0],
                           .root = 1 / sqrt(u->correction[1]),
                           .epsilon = options->epsilon};
    u->optimizer->kernels->adam(&step, piece->count, data[0], data[1], data[2], data[3]);
}

static void update_piece(void *argument, int64_t task)
{
    const update *u = argument;
    const eqf_optimizer *o = u->optimizer;
    const eqfi_piece *piece = &o->slots.pieces[task];
    const target *t = &o->targets[piece->slot];
    void *data[2 + MOMENTS] = {t->gradient, t->parameter, t->moments[0], t->moments[1]};
    if (t->rate == 0) return;
    for (int k = 0; k < 2 + MOMENTS; k++) data[k] = eqfi_piece_of(data[k], piece, o->kernels);
    (o->options.kind == EQF_OPTIMIZER_SGD ? descend : adapt)(u, piece, t, data);
}

/* 1 - beta^steps, without cancellation. */
static double correction(double beta, int64_t steps) { return -expm1((double)steps * log(beta)); }

eqf_status eqf_optimizer_step(eqf_context *context, eqf_optimizer *optimizer, double rate,
                              const eqf_parameters *gradients, eqf_parameters *parameters, double *norm)
{
    eqf_status status = EQF_OK;
    double squares = 0, clip = optimizer->options.clip_norm;
    EQFI_CHECK(is_amount(rate), EQF_ERROR_RANGE, "the learning rate is %g, expected 0 or more", rate);
    EQFI_TRY(eqfi_parameters_check_owned(context, parameters));
    EQFI_TRY(check_moments_owned(context, optimizer));
    EQFI_TRY(bind(context, optimizer, gradients, "gradients", offsetof(target, gradient)));
    EQFI_TRY(bind(context, optimizer, parameters, "parameters", offsetof(target, parameter)));
    eqfi_parallel(context, optimizer->slots.n_pieces, sum_squares, optimizer);
    for (int64_t k = 0; k < optimizer->slots.n_pieces; k++) squares += optimizer->squares[k];
    if (!isfinite(squares)) return not_finite(context, optimizer);
    double length = sqrt(squares);
    int64_t steps = ++optimizer->steps;
    update u = {
        .optimizer = optimizer,
        .rate = rate,
        .scale = clip > 0 && length > clip ? clip / length : 1,
        .correction = {correction(optimizer->options.beta1, steps), correction(optimizer->options.beta2, steps)}};
    eqfi_parallel(context, optimizer->slots.n_pieces, update_piece, &u);
    if (norm != NULL) *norm = length;
fail:
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- state -- */

int64_t eqf_optimizer_steps(const eqf_optimizer *optimizer) { return optimizer->steps; }

const eqf_parameters *eqf_optimizer_moment(const eqf_optimizer *optimizer, int which)
{
    return which >= 0 && which < MOMENTS ? optimizer->moments[which] : NULL;
}

eqf_status eqf_optimizer_restore(eqf_context *context, eqf_optimizer *optimizer, int64_t steps,
                                 const eqf_parameters *const moments[2])
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(steps >= 0, EQF_ERROR_RANGE, "the optimizer has done %lld steps, expected 0 or more", (long long)steps);
    EQFI_TRY(check_moments_owned(context, optimizer));
    for (int k = 0; k < MOMENTS; k++) {
        EQFI_CHECK((moments[k] == NULL) == (optimizer->moments[k] == NULL), EQF_ERROR_ARGUMENT,
                   "moment %d of the gradients is %s, which this optimizer %s", k,
                   moments[k] == NULL ? "missing" : "given", moments[k] == NULL ? "needs" : "does not have");
        if (moments[k] != NULL)
            EQFI_TRY(eqfi_slots_find(context, &optimizer->slots, moments[k], "moments of gradients", optimizer->found));
    }
    for (int k = 0; k < MOMENTS && moments[k] != NULL; k++)
        for (int i = 0; i < optimizer->slots.n; i++)
            eqfi_parameters_read(moments[k], eqf_parameters_find(moments[k], optimizer->slots.items[i].name),
                                 optimizer->precision, optimizer->targets[i].moments[k]);
    optimizer->steps = steps;
fail:
    return status;
}
