/* Trainers: how they begin and end, and the models that they give. SPDX-License-Identifier: MIT */
#include "train/trainer.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/struct.h"

/* ------------------------------------------------------------------------------------------------------------ data -- */

/* Without a validation set of its own, a part of the samples as the recipe says. */
static eqf_status divide_samples(eqf_context *context, const eqf_dataset *all, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    eqf_split_options options = EQF_SPLIT_OPTIONS_INIT;
    int64_t n = eqf_dataset_samples(all), counts[3], *indices = NULL;
    options.train = t->recipe->train_size;
    options.valid = t->recipe->valid_size;
    options.seed = (uint64_t)t->recipe->split_seed;
    if (options.train == 0 && options.valid == 0) { /* everything */
        t->train = eqf_dataset_retain(all);
        return EQF_OK;
    }
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *indices, (void **)&indices));
    status = eqf_split(context, n, &options, indices, counts);
    EQFI_CHECK(status == EQF_OK, status, "train_size and valid_size of the recipe: %s", eqf_context_message(context));
    EQFI_TRY(eqf_dataset_select(context, all, counts[0], indices, &t->train));
    if (options.valid > 0 && counts[1] > 0) /* else what is left is nobody's */
        EQFI_TRY(eqf_dataset_select(context, all, counts[1], indices + counts[0], &t->valid));
fail:
    eqfi_delete(context, indices);
    return status;
}

static eqf_status check_labels(eqf_context *context, unsigned needed, const eqf_dataset *dataset, const char *what)
{
    static const struct {
        unsigned label;
        const char *name, *hint;
    } labels[] = {{EQF_LABEL_ENERGY, "energy", "energy_key"},
                  {EQF_LABEL_FORCES, "forces", "forces_key"},
                  {EQF_LABEL_STRESS, "stress", "stress_key"},
                  {EQF_LABEL_RELAXED, "relaxed positions", "relaxations"}};
    eqf_status status = EQF_OK;
    unsigned missing = needed & ~eqf_dataset_labels(dataset);
    EQFI_CHECK(eqf_dataset_samples(dataset) > 0, EQF_ERROR_ARGUMENT, "the %s set is empty", what);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        EQFI_CHECK((missing & labels[i].label) == 0, EQF_ERROR_NOT_FOUND,
                   "not every sample of the %s set has %s, which the recipe needs (see its key %s)", what,
                   labels[i].name, labels[i].hint);
fail:
    return status;
}

/* Edges of every sample, where batches are limited by them. */
static eqf_status count_edges(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    int64_t n = eqf_dataset_samples(t->train);
    if (t->recipe->batch_edges == 0) return EQF_OK;
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *t->edges, (void **)&t->edges));
    for (int64_t i = 0; i < n; i++) {
        eqfi_batch_clear(&t->batch);
        EQFI_TRY(eqfi_batch_add(context, &t->batch, t->train, i));
        eqf_system system = eqfi_batch_system(&t->batch);
        EQFI_TRY(eqfi_calculator_bind(context, t->calculator, &system));
        t->edges[i] = t->calculator->edges.count;
    }
fail:
    return status;
}

static eqf_status take_samples(eqf_context *context, eqf_trainer *t, const eqf_dataset *train, const eqf_dataset *valid)
{
    eqf_status status = EQF_OK;
    if (valid == NULL) {
        EQFI_TRY(divide_samples(context, train, t));
    } else {
        t->train = eqf_dataset_retain(train);
        t->valid = eqf_dataset_retain(valid);
    }
    EQFI_CHECK(eqf_dataset_samples(t->train) > 0, EQF_ERROR_ARGUMENT, "the training set is empty");
    size_t n = (size_t)eqf_dataset_samples(t->train);
    EQFI_TRY(eqfi_new(context, n, sizeof *t->extents, (void **)&t->extents));
    EQFI_TRY(eqfi_new(context, n, sizeof *t->order, (void **)&t->order));
    EQFI_TRY(eqfi_new(context, n + 1, sizeof *t->first, (void **)&t->first));
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------------ model -- */

/* A model to begin with: the given one, or a new one for the training set. */
static eqf_status make_weights(eqf_context *context, eqf_trainer *t, const eqf_model *given)
{
    eqf_status status = EQF_OK;
    eqf_model *model = NULL;
    EQFI_TRY(eqfi_config_copy(context, given != NULL ? eqf_model_config(given) : t->recipe->model, &t->config));
    if (given != NULL) EQFI_TRY(eqfi_check_elements(context, t->config, t->train, "model"));
    EQFI_TRY(eqfi_trainer_survey(context, t, given != NULL));
    if (given == NULL) EQFI_TRY(eqf_model_create(context, t->config, (uint64_t)t->recipe->seed, t->precision, &model));
    EQFI_TRY(
        eqf_parameters_copy(context, eqf_model_parameters(given != NULL ? given : model), t->precision, &t->weights));
    EQFI_TRY(eqf_parameters_copy(context, t->weights, t->precision, &t->gradients));
fail:
    eqf_model_free(model);
    return status;
}

static eqf_status make_optimizer(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    const eqf_recipe *r = t->recipe;
    eqf_optimizer_options options = r->optimizer;
    options.kind = (eqf_optimizer_kind)r->optimizer_kind;
    EQFI_TRY(eqf_optimizer_create(context, t->weights, &options, &t->optimizer));
    if (r->ema_decay > 0) EQFI_TRY(eqf_average_create(context, t->weights, r->ema_decay, &t->average));
    t->schedule = r->schedule;
    t->schedule.kind = (eqf_schedule_kind)r->schedule_kind;
    t->schedule.total = (double)r->epochs;
fail:
    return status;
}

/* What computes: with the weights as they are now. */
static eqf_status make_programs(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    eqf_model *model = NULL;
    EQFI_TRY(eqfi_trainer_snapshot(context, t, EQF_TRAINER_LAST, &model));
    EQFI_TRY(eqfi_check_units(context, model, t->train));
    if (t->valid != NULL) EQFI_TRY(eqfi_check_units(context, model, t->valid));
    EQFI_TRY(eqf_calculator_create(context, model, t->precision, &t->calculator));
    EQFI_TRY(eqfi_objective_create(context, t->recipe, model, t->weights, t->precision, &t->objective));
    unsigned needed = eqfi_objective_labels(&t->objective);
    unsigned noisy = t->recipe->noise_fraction > 0 ? EQF_LABEL_RELAXED : 0;
    EQFI_TRY(check_labels(context, needed | noisy, t->train, "training"));
    if (t->recipe->best_metric != EQFI_BEST_WEIGHTED)
        needed |= eqfi_label_of((eqf_quantity)(t->recipe->best_metric - EQFI_BEST_ENERGY));
    if (t->valid != NULL) EQFI_TRY(check_labels(context, needed, t->valid, "validation"));
    if (t->valid != NULL) EQFI_TRY(eqfi_check_elements(context, t->config, t->valid, "model"));
    EQFI_TRY(count_edges(context, t));
    t->shared_count = 2 + 1 + (size_t)t->objective.n;
    for (int i = 0; i < eqf_parameters_arrays(t->gradients); i++) {
        eqf_parameter_info info;
        EQFI_TRY(eqf_parameters_info(context, t->gradients, i, &info));
        if (t->reducer.sum != NULL) t->shared_count += (size_t)info.count;
    }
    EQFI_TRY(eqfi_new(context, t->shared_count + (size_t)t->reducer.ranks, sizeof *t->shared, (void **)&t->shared));
fail:
    eqf_model_free(model);
    return status;
}

static eqf_status check_options(eqf_context *context, const eqf_trainer_options *o)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(o->precision == EQF_FLOAT32 || o->precision == EQF_FLOAT64, EQF_ERROR_ARGUMENT,
               "precision %d, expected EQF_FLOAT32 or EQF_FLOAT64", (int)o->precision);
    EQFI_CHECK(o->reducer.ranks > 0 && o->reducer.rank >= 0 && o->reducer.rank < o->reducer.ranks &&
                   (o->reducer.sum != NULL || o->reducer.ranks == 1),
               EQF_ERROR_ARGUMENT, "process %d of %d%s", o->reducer.rank, o->reducer.ranks,
               o->reducer.sum == NULL ? " without a sum" : "");
    EQFI_CHECK(!o->resume || o->directory != NULL, EQF_ERROR_ARGUMENT, "resume without a directory");
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------------- life -- */

/* Every process must be at the same step; waits for all of them. */
static eqf_status check_agreement(eqf_context *context, const eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    double sums[2] = {(double)t->position.total, (double)t->position.total * (double)t->position.total};
    double mine = sums[0] * t->reducer.ranks;
    EQFI_TRY(eqfi_trainer_reduce(context, t, 2, sums));
    EQFI_CHECK(sums[0] == mine && sums[1] * t->reducer.ranks == mine * mine, EQF_ERROR_STATE,
               "process %d is at step %lld, others are elsewhere", t->reducer.rank, (long long)t->position.total);
fail:
    return status;
}

eqf_status eqf_trainer_create(eqf_context *context, const eqf_recipe *recipe, const eqf_model *model,
                              const eqf_dataset *train, const eqf_dataset *valid, const eqf_trainer_options *options,
                              eqf_trainer **trainer)
{
    eqf_trainer_options own = EQF_TRAINER_OPTIONS_INIT;
    eqf_status status = EQF_OK;
    eqf_trainer *made = NULL;
    EQFI_TAKE(eqf_trainer_options, options, own);
    EQFI_TRY(check_options(context, options));
    EQFI_TRY(eqfi_recipe_check(context, recipe, model != NULL ? eqf_model_config(model) : NULL));
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->precision = options->precision;
    made->reducer = options->reducer;
    made->lock = -1;
    atomic_init(&made->asked, 0);
    made->position.best = INFINITY;
    made->position.best_epoch = -1;
    for (int k = 0; k < EQFI_KEPT; k++) made->checkpoints[k] = -1;
    clock_gettime(CLOCK_MONOTONIC, &made->begun);
    made->saved = made->begun;
    if (options->directory != NULL) EQFI_TRY(eqfi_copy_text(context, options->directory, &made->directory));
    EQFI_TRY(eqfi_recipe_copy(context, recipe, &made->recipe));
    EQFI_TRY(take_samples(context, made, train, valid));
    EQFI_TRY(make_weights(context, made, model));
    EQFI_TRY(make_optimizer(context, made));
    EQFI_TRY(eqfi_directory_open(context, made, options->resume));
    EQFI_TRY(make_programs(context, made));
    EQFI_TRY(check_agreement(context, made));
    EQFI_TRY(eqfi_directory_begin(context, made));
    *trainer = made;
    return EQF_OK;
fail:
    eqf_trainer_free(made);
    return status;
}

void eqf_trainer_free(eqf_trainer *trainer)
{
    if (trainer == NULL) return;
    eqf_allocator allocator = trainer->allocator;
    if (trainer->lock >= 0) close(trainer->lock);
    eqf_recipe_free(trainer->recipe);
    eqf_dataset_free(trainer->train);
    eqf_dataset_free(trainer->valid);
    eqf_config_free(trainer->config);
    eqf_parameters_free(trainer->weights);
    eqf_parameters_free(trainer->gradients);
    eqf_parameters_free(trainer->best);
    eqf_optimizer_free(trainer->optimizer);
    eqf_average_free(trainer->average);
    eqfi_objective_release(&allocator, &trainer->objective);
    eqf_calculator_free(trainer->calculator);
    eqfi_batch_release(&allocator, &trainer->batch);
    eqfi_evaluator_release(&allocator, &trainer->evaluator);
    void *const blocks[] = {trainer->directory, trainer->shared, trainer->extents, trainer->edges,
                            trainer->order,     trainer->first,  trainer};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) eqfi_release(&allocator, blocks[i]);
}

/* ---------------------------------------------------------------------------------------------------------- outside -- */

eqf_status eqfi_trainer_snapshot(eqf_context *context, const eqf_trainer *trainer, eqf_trainer_weights weights,
                                 eqf_model **model)
{
    eqf_status status = EQF_OK;
    eqf_parameters *copy = NULL;
    const eqf_parameters *from = trainer->weights;
    if (weights == EQF_TRAINER_AVERAGE && trainer->average != NULL) from = eqf_average_parameters(trainer->average);
    if (weights == EQF_TRAINER_BEST) from = trainer->best;
    EQFI_TRY(eqf_parameters_copy(context, from, trainer->precision, &copy));
    EQFI_TRY(eqf_model_assemble(context, trainer->config, copy, model));
fail:
    eqf_parameters_free(copy);
    return status;
}

eqf_status eqf_trainer_model(eqf_context *context, const eqf_trainer *trainer, eqf_trainer_weights weights,
                             eqf_model **model)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK((int)weights >= EQF_TRAINER_LAST && (int)weights <= EQF_TRAINER_BEST, EQF_ERROR_ARGUMENT,
               "weights %d, expected EQF_TRAINER_LAST, EQF_TRAINER_AVERAGE or EQF_TRAINER_BEST", (int)weights);
    EQFI_CHECK(weights != EQF_TRAINER_BEST || trainer->best != NULL, EQF_ERROR_STATE,
               "there is no best model before an epoch has ended");
    EQFI_TRY(eqfi_trainer_snapshot(context, trainer, weights, model));
fail:
    return status;
}

eqf_status eqf_trainer_save(eqf_context *context, eqf_trainer *trainer)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(trainer->directory != NULL, EQF_ERROR_STATE, "the trainer has no directory for checkpoints");
    EQFI_TRY(eqfi_directory_save(context, trainer));
fail:
    return status;
}

static size_t bytes_of(const eqf_parameters *parameters, int64_t copies)
{
    if (parameters == NULL) return 0;
    size_t real = eqf_parameters_precision(parameters) == EQF_FLOAT64 ? sizeof(double) : sizeof(float);
    return (size_t)(copies * eqf_parameters_elements(parameters)) * real;
}

size_t eqf_trainer_bytes(const eqf_trainer *trainer)
{
    size_t samples = (size_t)eqf_dataset_samples(trainer->train);
    return bytes_of(trainer->weights, 3) + bytes_of(trainer->best, 1) +
           bytes_of(eqf_optimizer_moment(trainer->optimizer, 0), 1) +
           bytes_of(eqf_optimizer_moment(trainer->optimizer, 1), 1) +
           (trainer->average == NULL ? 0 : bytes_of(eqf_average_parameters(trainer->average), 1)) +
           eqfi_objective_bytes(&trainer->objective) + eqf_calculator_bytes(trainer->calculator) +
           eqfi_batch_bytes(&trainer->batch) + eqfi_batch_bytes(&trainer->evaluator.batch) +
           trainer->shared_count * sizeof *trainer->shared +
           samples * (sizeof *trainer->extents + sizeof *trainer->order + sizeof *trainer->first);
}
