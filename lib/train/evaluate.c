/* Comparing models with data sets. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/struct.h"
#include "train/metrics.h"
#include "train/trainer.h"
#include "train/units.h"

/* Atoms in a batch, unless one system has more. */
enum { BATCH_ATOMS = 128 };

void eqfi_evaluator_release(const eqf_allocator *allocator, eqfi_evaluator *e)
{
    eqfi_batch_release(allocator, &e->batch);
    eqfi_release(allocator, e->energy.at);
    eqfi_release(allocator, e->forces.at);
    eqfi_release(allocator, e->stress.at);
    eqfi_release(allocator, e->auxiliary.at);
}

/* ------------------------------------------------------------------------------------------------------------ sums -- */

static void add_energies(const eqfi_evaluator *e, eqfi_metric_sums *sums)
{
    const eqfi_batch *b = &e->batch;
    for (int64_t g = 0, i = 0; g < b->graphs; g++) {
        double error = e->energy.at[g] - b->energy.at[g];
        int64_t first = i;
        while (i < b->atoms && b->graph.at[i] == g) i++;
        if (isnan(b->energy.at[g])) continue;
        sums->energies++;
        sums->energy_abs += fabs(error);
        sums->energy_square += error * error;
        sums->energy_abs_per_atom += i > first ? fabs(error) / (double)(i - first) : 0;
    }
}

/* Components that have labels. */
static void add_components(int64_t n, const double *values, const double *labels, double *count, double *absolute,
                           double *square)
{
    for (int64_t i = 0; i < n; i++) {
        double error = values[i] - labels[i];
        if (isnan(labels[i])) continue;
        ++*count;
        *absolute += fabs(error);
        *square += error * error;
    }
}

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static void add_cosines(int64_t atoms, const double *values, const double *labels, eqfi_metric_sums *sums)
{
    for (int64_t i = 0; i < atoms; i++) {
        const double *f = &values[3 * i], *g = &labels[3 * i];
        double norm = sqrt(dot(f, f) * dot(g, g));
        if (!(norm > 0)) continue;
        sums->cosines++;
        sums->cosine += dot(f, g) / norm;
    }
}

/* Atoms that may move. */
static void add_displacements(const eqfi_evaluator *e, eqfi_metric_sums *sums)
{
    double square = 0;
    for (int64_t i = 0; i < e->batch.atoms; i++)
        if (e->batch.tags.at[i] > 0)
            add_components(3, &e->auxiliary.at[3 * i], &e->batch.displacement.at[3 * i], &sums->displacements,
                           &sums->displacement_abs, &square);
}

static double mean(double sum, double n) { return n > 0 ? sum / n : NAN; }

void eqfi_metrics_of(const eqfi_metric_sums *s, eqf_metrics *metrics)
{
    *metrics = (eqf_metrics){.size = sizeof *metrics,
                             .samples = (int64_t)s->samples,
                             .atoms = (int64_t)s->atoms,
                             .energy_mae = mean(s->energy_abs, s->energies),
                             .energy_rmse = sqrt(mean(s->energy_square, s->energies)),
                             .energy_mae_per_atom = mean(s->energy_abs_per_atom, s->energies),
                             .force_mae = mean(s->force_abs, s->forces),
                             .force_rmse = sqrt(mean(s->force_square, s->forces)),
                             .force_cosine = mean(s->cosine, s->cosines),
                             .stress_mae = mean(s->stress_abs, s->stresses),
                             .displacement_mae = mean(s->displacement_abs, s->displacements)};
}

/* ---------------------------------------------------------------------------------------------------------- batches -- */

static eqf_status compute(eqf_context *context, eqf_calculator *calculator, eqfi_evaluator *e, unsigned labels)
{
    eqf_status status = EQF_OK;
    eqf_results results = EQF_RESULTS_INIT;
    eqf_system system = eqfi_batch_system(&e->batch);
    EQFI_TRY(EQFI_PROVIDE(context, e->energy, system.graphs));
    EQFI_TRY(EQFI_PROVIDE(context, e->forces, 3 * system.natoms));
    EQFI_TRY(EQFI_PROVIDE(context, e->stress, 9 * system.graphs));
    EQFI_TRY(EQFI_PROVIDE(context, e->auxiliary, 3 * system.natoms));
    results.energy = e->energy.at;
    if (labels & EQF_LABEL_FORCES) results.forces = e->forces.at;
    if (labels & EQF_LABEL_STRESS) results.stress = e->stress.at;
    if ((labels & EQF_LABEL_RELAXED) && eqf_model_config(calculator->model)->use_auxiliary_task)
        results.auxiliary = e->auxiliary.at;
    EQFI_TRY(eqf_calculator_compute(context, calculator, &system, &results));
fail:
    return status;
}

static void add_batch(const eqfi_evaluator *e, unsigned labels, bool auxiliary, eqfi_metric_sums *sums)
{
    const eqfi_batch *b = &e->batch;
    double square = 0;
    sums->samples += (double)b->graphs;
    sums->atoms += (double)b->atoms;
    add_energies(e, sums);
    if (labels & EQF_LABEL_FORCES) {
        add_components(3 * b->atoms, e->forces.at, b->forces.at, &sums->forces, &sums->force_abs, &sums->force_square);
        add_cosines(b->atoms, e->forces.at, b->forces.at, sums);
    }
    if (labels & EQF_LABEL_STRESS)
        add_components(9 * b->graphs, e->stress.at, b->stress.at, &sums->stresses, &sums->stress_abs, &square);
    if ((labels & EQF_LABEL_RELAXED) && auxiliary) add_displacements(e, sums);
}

/* Tells the host of each sample, the first of them being number `first`. */
static eqf_status tell(eqf_context *context, const eqfi_evaluator *e, const eqfi_evaluation *v, unsigned labels,
                       int64_t first)
{
    eqf_status status = EQF_OK;
    for (int64_t g = 0, i = 0; v->function != NULL && g < e->batch.graphs; g++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        int64_t index = first + g * v->ranks;
        EQFI_TRY(eqf_dataset_get(context, v->dataset, index, &sample));
        const double *forces = labels & EQF_LABEL_FORCES ? &e->forces.at[3 * i] : NULL;
        EQFI_CHECK(v->function(v->user, index, &sample, e->energy.at[g], forces) == 0, EQF_ERROR_CALLBACK,
                   "the callback of eqf_evaluate gave up at sample %lld", (long long)index);
        i += sample.structure->natoms;
    }
fail:
    return status;
}

eqf_status eqfi_evaluate(eqf_context *context, eqf_calculator *calculator, eqfi_evaluator *evaluator,
                         const eqfi_evaluation *evaluation, eqfi_metric_sums *sums)
{
    eqf_status status = EQF_OK;
    const eqf_dataset *dataset = evaluation->dataset;
    unsigned labels = eqf_dataset_labels(dataset);
    bool auxiliary = eqf_model_config(calculator->model)->use_auxiliary_task;
    int64_t size = eqf_dataset_samples(dataset), i = evaluation->rank;
    while (i < size) {
        int64_t first = i;
        eqfi_batch_clear(&evaluator->batch);
        do {
            EQFI_TRY(eqfi_batch_add(context, &evaluator->batch, dataset, i));
            i += evaluation->ranks;
        } while (i < size && evaluator->batch.atoms < BATCH_ATOMS);
        status = compute(context, calculator, evaluator, labels);
        EQFI_CHECK(status == EQF_OK, status, "samples %lld to %lld: %s", (long long)first,
                   (long long)(i - evaluation->ranks), eqf_context_message(context));
        add_batch(evaluator, labels, auxiliary, sums);
        EQFI_TRY(tell(context, evaluator, evaluation, labels, first));
    }
fail:
    return status;
}

static eqf_status check_unit(eqf_context *context, const char *what, eqfi_unit_kind kind, const char *model,
                             const char *data)
{
    eqf_status status = EQF_OK;
    const eqfi_unit *a, *b;
    EQFI_TRY(eqfi_unit_find(context, data, kind, &b));
    if (b->kind == EQFI_NO_UNIT) return EQF_OK;
    EQFI_TRY(eqfi_unit_find(context, model, kind, &a));
    EQFI_CHECK(a == b, EQF_ERROR_ARGUMENT, "the model's unit of %s is %s, that of the data set's samples %s", what,
               model, data);
fail:
    return status;
}

eqf_status eqfi_check_units(eqf_context *context, const eqf_model *model, const eqf_dataset *dataset)
{
    eqf_status status = EQF_OK;
    const eqf_config *config = eqf_model_config(model);
    EQFI_TRY(check_unit(context, "energy", EQFI_ENERGY, config->energy_unit, eqf_dataset_energy_unit(dataset)));
    EQFI_TRY(check_unit(context, "length", EQFI_LENGTH, config->length_unit, eqf_dataset_length_unit(dataset)));
fail:
    return status;
}

eqf_status eqf_evaluate(eqf_context *context, const eqf_model *model, eqf_precision precision,
                        const eqf_dataset *dataset, eqf_evaluate_function function, void *user, eqf_metrics *metrics)
{
    eqf_status status = EQF_OK;
    eqf_calculator *calculator = NULL;
    eqfi_evaluator evaluator;
    eqfi_metric_sums sums = {0};
    memset(&evaluator, 0, sizeof evaluator);
    const eqfi_evaluation evaluation = {dataset, 0, 1, function, user};
    EQFI_TRY(eqfi_struct_check(context, "eqf_metrics", metrics));
    EQFI_TRY(eqfi_check_units(context, model, dataset));
    EQFI_TRY(eqfi_check_elements(context, eqf_model_config(model), dataset, "model"));
    EQFI_TRY(eqf_calculator_create(context, model, precision, &calculator));
    EQFI_TRY(eqfi_evaluate(context, calculator, &evaluator, &evaluation, &sums));
    eqf_metrics own = EQF_METRICS_INIT;
    eqfi_metrics_of(&sums, &own);
    eqfi_struct_give(metrics, sizeof own, &own);
fail:
    eqfi_evaluator_release(eqfi_allocator(context), &evaluator);
    eqf_calculator_free(calculator);
    return status;
}
