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

/* Places in the order. */
typedef struct span {
    int64_t first, n;
} span;

/* What one of several takes: spans follow each other, and are of nearly the same length. */
static span share_of(span whole, int64_t index, int64_t count)
{
    int64_t begin = whole.n * index / count, end = whole.n * (index + 1) / count;
    return (span){whole.first + begin, end - begin};
}

static span batch_of(const eqf_trainer *t)
{
    int64_t first = t->first[t->position.step];
    return (span){first, t->first[t->position.step + 1] - first};
}

static span share_of_process(const eqf_trainer *t) { return share_of(batch_of(t), t->reducer.rank, t->reducer.ranks); }

/* Parts of this process's share that are computed one after the other; none is empty unless the share is. */
static int64_t parts_of(const eqf_trainer *t)
{
    int64_t n = share_of_process(t).n, parts = t->recipe->batch_parts;
    return n < 1 ? 1 : n < parts ? n : parts;
}

static eqfi_extent extent_of(const eqf_trainer *t, span samples)
{
    eqfi_extent sum = {0, 0, 0};
    for (int64_t k = samples.first; k < samples.first + samples.n; k++) add_extent(&sum, &t->extents[t->order[k]]);
    return sum;
}

/* Samples with their edges. */
static eqf_status assemble(eqf_context *context, eqf_trainer *t, span samples)
{
    eqf_status status = EQF_OK;
    eqfi_batch_clear(&t->batch);
    for (int64_t k = samples.first; k < samples.first + samples.n; k++) {
        EQFI_TRY(eqfi_batch_add(context, &t->batch, t->train, t->order[k]));
        add_noise(t, t->order[k]);
    }
    eqf_system system = eqfi_batch_system(&t->batch);
    EQFI_TRY(eqfi_calculator_bind(context, t->calculator, &system));
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

static bool drops(const eqf_config *c) { return c->alpha_drop + c->proj_drop + c->out_drop + c->drop_path_rate > 0; }

/* Assembles the first of the parts. Where dropout counts rows of several processes, the others before it: *edges are those that
 * processes of lower rank have in the batch. */
static eqf_status begin_parts(eqf_context *context, eqf_trainer *t, int64_t parts, int64_t *edges)
{
    eqf_status status = EQF_OK;
    int ranks = t->reducer.ranks;
    bool counts = t->reducer.sum != NULL && drops(t->config);
    *edges = 0;
    for (int rank = 0; rank < ranks; rank++) t->shared[rank] = 0;
    for (int64_t part = counts ? parts - 1 : 0; part >= 0; part--) {
        EQFI_TRY(assemble(context, t, share_of(share_of_process(t), part, parts)));
        t->shared[t->reducer.rank] += (double)t->calculator->edges.count;
    }
    if (!counts) return EQF_OK;
    EQFI_TRY(eqfi_trainer_reduce(context, t, (size_t)ranks, t->shared));
    for (int rank = 0; rank < t->reducer.rank; rank++) *edges += (int64_t)t->shared[rank];
fail:
    return status;
}

enum { ASKED, LATE, LOSS }; /* in `shared` */

static bool is_asked(const eqf_trainer *t) { return atomic_load(&((eqf_trainer *)(uintptr_t)t)->asked) != 0; }

/* A part of the batch, which is assembled: its loss and gradients are added to those of the parts before it. Rows draw the
 * dropouts that they would if the whole batch were computed at once; *edges_before counts those of the batch before this part. */
static eqf_status compute_part(eqf_context *context, eqf_trainer *t, span part, bool first, int64_t *edges_before)
{
    eqf_status status = EQF_OK;
    span batch = batch_of(t);
    eqfi_extent all = extent_of(t, batch), before = extent_of(t, (span){batch.first, part.first - batch.first});
    eqf_run *run = t->objective.run;
    double values[1 + EQF_QUANTITIES];
    double done = (double)t->position.epoch + (double)t->position.step / (double)t->steps;
    EQFI_TRY(eqfi_find_pairs(context, t->calculator));
    EQFI_TRY(
        eqfi_objective_bind(context, &t->objective, t->calculator, &t->batch, &all, done / (double)t->recipe->epochs));
    eqfi_run_set_before(run, "graphs", before.graphs);
    eqfi_run_set_before(run, "atoms", before.atoms);
    eqfi_run_set_before(run, "edges", *edges_before);
    EQFI_TRY(eqf_run_execute(context, run));
    EQFI_TRY(eqfi_objective_values(context, &t->objective, values));
    for (int k = 0; k < 1 + t->objective.n; k++) t->shared[LOSS + k] = (first ? 0 : t->shared[LOSS + k]) + values[k];
    EQFI_TRY(first ? eqf_run_get_gradients(context, run, t->gradients)
                   : eqfi_run_add_gradients(context, run, t->gradients));
    *edges_before += t->calculator->edges.count;
fail:
    return status;
}

static eqf_status compute(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    const eqf_recipe *r = t->recipe;
    double graphs = (double)batch_of(t).n;
    int64_t parts = parts_of(t), edges_before;
    eqf_run_set_seed(t->objective.run, stream_of("dropout", r->seed, t->position.total));
    EQFI_TRY(begin_parts(context, t, parts, &edges_before));
    for (int64_t k = 0; k < parts; k++) {
        span part = share_of(share_of_process(t), k, parts);
        if (k > 0) EQFI_TRY(assemble(context, t, part));
        EQFI_TRY(compute_part(context, t, part, k == 0, &edges_before));
    }
    t->shared[ASKED] = is_asked(t);
    t->shared[LATE] = r->time_limit > 0 && eqfi_seconds_since(&t->begun) >= r->time_limit;
    EQFI_TRY(share(context, t));
    EQFI_CHECK(isfinite(t->shared[LOSS]), EQF_ERROR_NOT_FINITE, "the loss is %g", t->shared[LOSS]);
    t->position.loss += t->shared[LOSS] * graphs;
    for (int k = 0; k < t->objective.n; k++)
        t->position.terms[t->objective.terms[k].quantity] += t->shared[LOSS + 1 + k] * graphs;
    t->position.samples += graphs;
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

/* The batch; none where only the end of the epoch is to be done, after a resume. */
static eqf_status begin_step(eqf_context *context, eqf_trainer *t, eqf_train_progress *p)
{
    eqf_status status = EQF_OK;
    if (!t->ready) EQFI_TRY(eqfi_trainer_begin_epoch(context, t));
    begin_progress(t, p);
    t->shared[ASKED] = t->shared[LATE] = 0;
    if (t->position.step < t->steps) EQFI_TRY(do_step(context, t, p));
fail:
    return status;
}

/* The epoch ends with its last batch; whether training ends. */
static eqf_status end_step(eqf_context *context, eqf_trainer *t, eqf_train_progress *p)
{
    eqf_status status = EQF_OK;
    fill_means(t, p);
    p->seconds = t->epoch_before + eqfi_seconds_since(&t->epoch_begun);
    if (t->position.step == t->steps) EQFI_TRY(eqfi_trainer_end_epoch(context, t, p));
    p->reason = reason_to_stop(t);
    if (p->reason != NULL) p->event = EQF_TRAIN_STOP;
    t->halted = p->reason != NULL;
fail:
    return status;
}

eqf_status eqf_trainer_step(eqf_context *context, eqf_trainer *trainer, eqf_train_progress *progress)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqfi_struct_check(context, "eqf_train_progress", progress));
    if (trainer->rest == EQFI_REST_NOTHING) {
        if (is_over(trainer) || trainer->halted) return EQF_END;
        EQFI_TRY(begin_step(context, trainer, &trainer->progress));
        trainer->rest = EQFI_REST_EPOCH;
    }
    if (trainer->rest == EQFI_REST_EPOCH) {
        EQFI_TRY(end_step(context, trainer, &trainer->progress));
        trainer->rest = EQFI_REST_CHECKPOINT;
    }
    if (trainer->directory != NULL && (is_over(trainer) || trainer->halted || checkpoint_is_due(trainer)))
        EQFI_TRY(eqf_trainer_save(context, trainer));
    trainer->rest = EQFI_REST_NOTHING;
    eqfi_struct_give(progress, sizeof trainer->progress, &trainer->progress);
fail:
    return status;
}

void eqf_trainer_stop(eqf_trainer *trainer) { atomic_store(&trainer->asked, 1); }
