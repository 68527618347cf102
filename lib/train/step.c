/* Epochs, batches and steps. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ad/parameters.h"
#include "ad/run.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/struct.h"
#include "train/trainer.h"

double eqfi_seconds_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

/* ----------------------------------------------------------------------------------------------------------- epochs -- */

/* A stream of random numbers of its own for each purpose, and two counters. */
static uint64_t stream_of(const char *purpose, int64_t a, int64_t b)
{
    uint64_t stream = eqfi_hash_text(purpose);
    stream = eqfi_hash_bytes(stream, &a, sizeof a);
    return eqfi_hash_bytes(stream, &b, sizeof b);
}

/* Fisher and Yates. */
static void shuffle(eqf_trainer *t, int64_t n)
{
    uint64_t stream = stream_of("epoch", t->position.epoch, 0);
    for (int64_t i = 0; i < n; i++) t->order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        double u = eqfi_rng_uniform((uint64_t)t->recipe->seed, stream, (uint64_t)i);
        int64_t other = (int64_t)(u * (double)(i + 1)), kept = t->order[i];
        t->order[i] = t->order[other];
        t->order[other] = kept;
    }
}

static bool exceeds(int64_t sum, int64_t limit) { return limit > 0 && sum > limit; }

/* Where each batch begins: as many samples as the limits allow, at least one. */
static void divide(eqf_trainer *t, int64_t n)
{
    const eqf_recipe *r = t->recipe;
    int64_t graphs = 0, atoms = 0, edges = 0;
    t->steps = 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t i = t->order[k], own = t->edges == NULL ? 0 : t->edges[i];
        bool full = exceeds(graphs + 1, r->batch_size) || exceeds(atoms + t->extents[i].atoms, r->batch_atoms) ||
                    exceeds(edges + own, r->batch_edges);
        if (k == 0 || full) {
            t->first[t->steps++] = k;
            graphs = atoms = edges = 0;
        }
        graphs++;
        atoms += t->extents[i].atoms;
        edges += own;
    }
    t->first[t->steps] = n;
    if (r->drop_last && t->steps > 1 && graphs < r->batch_size) t->steps--;
}

eqf_status eqfi_trainer_begin_epoch(eqf_context *context, eqf_trainer *trainer)
{
    (void)context;
    int64_t n = eqf_dataset_samples(trainer->train);
    shuffle(trainer, n);
    divide(trainer, n);
    clock_gettime(CLOCK_MONOTONIC, &trainer->epoch_begun);
    trainer->ready = true;
    return EQF_OK;
}

/* --------------------------------------------------------------------------------------------------------- assembly -- */

/* The names of the samples of a batch, as many as have room. */
static void name_samples(eqf_context *context, const eqf_trainer *t, size_t size, char *text)
{
    char last[256] = "";
    size_t used = 0;
    text[0] = '\0';
    for (int64_t k = t->first[t->position.step]; k < t->first[t->position.step + 1] && used + 1 < size; k++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        char entry[320];
        if (eqf_dataset_get(context, t->train, t->order[k], &sample) != EQF_OK) break;
        if (strncmp(last, sample.source, sizeof last - 1) == 0)
            snprintf(entry, sizeof entry, ", %lld", (long long)sample.frame);
        else
            snprintf(entry, sizeof entry, "%s%.250s frame %lld", used > 0 ? "; " : "", sample.source,
                     (long long)sample.frame);
        snprintf(last, sizeof last, "%s", sample.source);
        used += (size_t)snprintf(text + used, size - used, "%s", entry);
    }
}

/* Says where it went wrong. */
static eqf_status in_step(eqf_context *context, const eqf_trainer *t, eqf_status status)
{
    char cause[1024], samples[700];
    if (status == EQF_ERROR_MEMORY || status == EQF_ERROR_CALLBACK) return status;
    snprintf(cause, sizeof cause, "%s", eqf_context_message(context));
    name_samples(context, t, sizeof samples, samples);
    return eqfi_fail(context, status, "epoch %lld, step %lld: %s; the batch is %s", (long long)t->position.epoch,
                     (long long)t->position.step, cause, samples);
}

/* Half of the graphs, say, are moved. */
static void add_noise(eqf_trainer *t, int64_t i)
{
    const eqf_recipe *r = t->recipe;
    uint64_t seed = (uint64_t)r->seed;
    if (r->noise_fraction == 0) return;
    if (eqfi_rng_uniform(seed, stream_of("noisy", t->position.epoch, i), 0) < r->noise_fraction)
        eqfi_batch_add_noise(&t->batch, r->noise_sigma, seed, stream_of("noise", t->position.epoch, i));
}

static void add_extent(eqfi_extent *sum, const eqfi_extent *one)
{
    sum->graphs += one->graphs;
    sum->atoms += one->atoms;
    sum->free += one->free;
}

/* This process's share of the batch; *all is what the whole batch has, *before what processes of lower rank have. */
static eqf_status assemble(eqf_context *context, eqf_trainer *t, eqfi_extent *all, eqfi_extent *before)
{
    eqf_status status = EQF_OK;
    int64_t first = t->first[t->position.step], n = t->first[t->position.step + 1] - first;
    int64_t begin = n * t->reducer.rank / t->reducer.ranks, end = n * (t->reducer.rank + 1) / t->reducer.ranks;
    *all = *before = (eqfi_extent){0, 0, 0};
    eqfi_batch_clear(&t->batch);
    for (int64_t k = 0; k < n; k++) {
        int64_t i = t->order[first + k];
        add_extent(all, &t->extents[i]);
        if (k < begin) add_extent(before, &t->extents[i]);
        if (k < begin || k >= end) continue;
        EQFI_TRY(eqfi_batch_add(context, &t->batch, t->train, i));
        add_noise(t, i);
    }
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------------------- step -- */

eqf_status eqfi_trainer_reduce(eqf_context *context, const eqf_trainer *trainer, size_t n, double *values)
{
    const eqf_reducer *r = &trainer->reducer;
    if (r->sum == NULL || r->sum(r->user, n, values) == 0) return EQF_OK;
    return eqfi_fail(context, EQF_ERROR_CALLBACK, "the sum over %d processes failed", r->ranks);
}

/* Flags, loss and terms, then the gradients, in one sum. */
static eqf_status share(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    size_t at = t->shared_count;
    int arrays = eqf_parameters_arrays(t->gradients);
    eqf_parameter_info info;
    if (t->reducer.sum == NULL) return EQF_OK;
    for (int i = arrays - 1; i >= 0; i--) {
        EQFI_TRY(eqf_parameters_info(context, t->gradients, i, &info));
        at -= (size_t)info.count;
        eqfi_parameters_read(t->gradients, i, EQF_FLOAT64, &t->shared[at]);
    }
    EQFI_TRY(eqfi_trainer_reduce(context, t, t->shared_count, t->shared));
    for (int i = 0; i < arrays; i++) {
        EQFI_TRY(eqf_parameters_info(context, t->gradients, i, &info));
        eqfi_parameters_write(t->gradients, i, EQF_FLOAT64, &t->shared[at]);
        at += (size_t)info.count;
    }
fail:
    return status;
}

/* Rows draw the dropouts that they would in one process. */
static eqf_status number_rows(eqf_context *context, eqf_trainer *t, const eqfi_extent *before)
{
    eqf_status status = EQF_OK;
    const eqf_config *c = t->config;
    double edges = 0;
    if (t->reducer.sum == NULL || c->alpha_drop + c->proj_drop + c->out_drop + c->drop_path_rate == 0) return EQF_OK;
    for (int rank = 0; rank < t->reducer.ranks; rank++) t->shared[rank] = 0;
    t->shared[t->reducer.rank] = (double)t->calculator->edges.count;
    EQFI_TRY(eqfi_trainer_reduce(context, t, (size_t)t->reducer.ranks, t->shared));
    for (int rank = 0; rank < t->reducer.rank; rank++) edges += t->shared[rank];
    eqfi_run_set_before(t->objective.run, "graphs", before->graphs);
    eqfi_run_set_before(t->objective.run, "atoms", before->atoms);
    eqfi_run_set_before(t->objective.run, "edges", (int64_t)edges);
fail:
    return status;
}

enum { ASKED, LATE, LOSS }; /* in `shared` */

static bool is_asked(const eqf_trainer *t) { return atomic_load(&((eqf_trainer *)(uintptr_t)t)->asked) != 0; }

static eqf_status compute(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    eqfi_extent all, before;
    const eqf_recipe *r = t->recipe;
    double done = (double)t->position.epoch + (double)t->position.step / (double)t->steps;
    EQFI_TRY(assemble(context, t, &all, &before));
    eqf_system system = eqfi_batch_system(&t->batch);
    EQFI_TRY(eqfi_calculator_bind(context, t->calculator, &system));
    EQFI_TRY(eqfi_find_pairs(context, t->calculator));
    EQFI_TRY(eqfi_objective_bind(context, &t->objective, t->calculator, &t->batch, &all, done / (double)r->epochs));
    EQFI_TRY(number_rows(context, t, &before));
    eqf_run_set_seed(t->objective.run, stream_of("dropout", r->seed, t->position.total));
    EQFI_TRY(eqf_run_execute(context, t->objective.run));
    EQFI_TRY(eqfi_objective_values(context, &t->objective, &t->shared[LOSS]));
    EQFI_TRY(eqf_run_get_gradients(context, t->objective.run, t->gradients));
    t->shared[ASKED] = is_asked(t);
    t->shared[LATE] = r->time_limit > 0 && eqfi_seconds_since(&t->begun) >= r->time_limit;
    EQFI_TRY(share(context, t));
    EQFI_CHECK(isfinite(t->shared[LOSS]), EQF_ERROR_NOT_FINITE, "the loss is %g", t->shared[LOSS]);
    t->position.loss += t->shared[LOSS] * (double)all.graphs;
    for (int k = 0; k < t->objective.n; k++)
        t->position.terms[t->objective.terms[k].quantity] += t->shared[LOSS + 1 + k] * (double)all.graphs;
    t->position.samples += (double)all.graphs;
fail:
    return status;
}

/* Over the samples of the epoch so far. */
static void fill_means(const eqf_trainer *t, eqf_train_progress *p)
{
    for (int q = 0; q < EQF_QUANTITIES; q++) p->train_terms[q] = NAN;
    for (int k = 0; k < t->objective.n; k++) {
        eqf_quantity q = t->objective.terms[k].quantity;
        p->train_terms[q] = t->position.terms[q] / t->position.samples;
    }
    p->train_loss = t->position.loss / t->position.samples;
}

static eqf_status do_step(eqf_context *context, eqf_trainer *t, eqf_train_progress *p)
{
    eqf_status status = EQF_OK;
    eqfi_position before = t->position;
    double norm;
    EQFI_TRY(compute(context, t));
    EQFI_TRY(eqf_optimizer_step(context, t->optimizer, p->rate, t->gradients, t->weights, &norm));
    if (t->average != NULL) EQFI_TRY(eqf_average_update(context, t->average, t->weights));
    EQFI_TRY(eqf_run_set_parameters(context, t->objective.run, t->weights));
    p->loss = t->shared[LOSS];
    p->gradient_norm = norm;
    t->position.norm += norm;
    t->position.step++;
    t->position.total++;
    return EQF_OK;
fail:
    t->position = before;
    return in_step(context, t, status);
}

static bool checkpoint_is_due(const eqf_trainer *t)
{
    const eqf_recipe *r = t->recipe;
    return (r->checkpoint_steps > 0 && t->position.total % r->checkpoint_steps == 0) ||
           (r->checkpoint_seconds > 0 && eqfi_seconds_since(&t->saved) >= r->checkpoint_seconds);
}

/* Why training ends here, NULL if it does not. */
static const char *reason_to_stop(const eqf_trainer *t)
{
    if (t->position.stopped) return "the best model is old enough (early_stop)";
    if (t->shared[ASKED] > 0 || (t->reducer.sum == NULL && is_asked(t))) return "it was asked to stop";
    if (t->shared[LATE] > 0) return "its time is over (time_limit)";
    return NULL;
}

static bool is_over(const eqf_trainer *t) { return t->position.stopped || t->position.epoch >= t->recipe->epochs; }

static void begin_progress(eqf_trainer *t, eqf_train_progress *p)
{
    *p = (eqf_train_progress){.size = sizeof *p,
                              .event = EQF_TRAIN_STEP,
                              .epoch = t->position.epoch,
                              .epochs = t->recipe->epochs,
                              .step = t->position.step,
                              .steps = t->steps,
                              .rate = eqf_schedule_rate(&t->schedule, t->position.epoch, t->position.step, t->steps),
                              .loss = NAN,
                              .gradient_norm = NAN};
    const eqfi_metric_sums nothing = {0};
    eqfi_metrics_of(&nothing, &t->validation);
    p->valid = &t->validation;
}

eqf_status eqf_trainer_step(eqf_context *context, eqf_trainer *trainer, eqf_train_progress *progress)
{
    eqf_status status = EQF_OK;
    eqf_train_progress p;
    if (is_over(trainer) || trainer->halted) return EQF_END;
    EQFI_TRY(eqfi_struct_check(context, "eqf_train_progress", progress));
    if (!trainer->ready) EQFI_TRY(eqfi_trainer_begin_epoch(context, trainer));
    begin_progress(trainer, &p);
    trainer->shared[ASKED] = trainer->shared[LATE] = 0;
    if (trainer->position.step < trainer->steps) EQFI_TRY(do_step(context, trainer, &p));
    fill_means(trainer, &p);
    p.seconds = trainer->epoch_before + eqfi_seconds_since(&trainer->epoch_begun);
    if (trainer->position.step == trainer->steps) EQFI_TRY(eqfi_trainer_end_epoch(context, trainer, &p));
    p.reason = reason_to_stop(trainer);
    if (p.reason != NULL) p.event = EQF_TRAIN_STOP;
    trainer->halted = p.reason != NULL;
    if (trainer->directory != NULL && (is_over(trainer) || trainer->halted || checkpoint_is_due(trainer)))
        EQFI_TRY(eqf_trainer_save(context, trainer));
    eqfi_struct_give(progress, sizeof p, &p);
fail:
    return status;
}

void eqf_trainer_stop(eqf_trainer *trainer) { atomic_store(&trainer->asked, 1); }
