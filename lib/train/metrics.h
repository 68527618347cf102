/* How far predictions are from labels, summed over samples, batches and processes.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_METRICS_H
#define EQFI_TRAIN_METRICS_H

#include <equiformer/trainer.h>

#include "train/batch.h"

/* Doubles throughout, so that processes can add them up. */
typedef struct eqfi_metric_sums {
    double samples, atoms;
    double energies, energy_abs, energy_square, energy_abs_per_atom;
    double forces, force_abs, force_square; /* components */
    double cosines, cosine;
    double stresses, stress_abs;
    double displacements, displacement_abs;
} eqfi_metric_sums;

enum { EQFI_SUMS = sizeof(eqfi_metric_sums) / sizeof(double) };

/* The samples of a data set that one of several processes evaluates, and what it is told of each. */
typedef struct eqfi_evaluation {
    const eqf_dataset *dataset;
    int rank, ranks;
    eqf_evaluate_function function; /* or NULL */
    void *user;
} eqfi_evaluation;

/* Working memory of evaluations. */
typedef struct eqfi_evaluator {
    eqfi_batch batch;
    eqfi_reals energy, forces, stress, auxiliary;
} eqfi_evaluator;

void eqfi_evaluator_release(const eqf_allocator *allocator, eqfi_evaluator *evaluator);

/* Adds to the sums. */
eqf_status eqfi_evaluate(eqf_context *context, eqf_calculator *calculator, eqfi_evaluator *evaluator,
                         const eqfi_evaluation *evaluation, eqfi_metric_sums *sums);

void eqfi_metrics_of(const eqfi_metric_sums *sums, eqf_metrics *metrics);

/* Fails unless a data set has the units of a model. */
eqf_status eqfi_check_units(eqf_context *context, const eqf_model *model, const eqf_dataset *dataset);

#endif
