/* The objective of training as a program: a model, its loss against labels, the derivatives by every parameter.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_OBJECTIVE_H
#define EQFI_TRAIN_OBJECTIVE_H

#include "train/batch.h"
#include "train/recipe.h"

/* What rows of loss terms stand for. */
typedef struct eqfi_extent {
    int64_t graphs, atoms, free; /* free: atoms with tag > 0 */
} eqfi_extent;

typedef struct eqfi_objective {
    int n;
    eqf_loss_term terms[EQF_QUANTITIES]; /* those whose weight is not 0 throughout */
    eqf_run *run;
    eqfi_reals targets[EQF_QUANTITIES], rows[EQF_QUANTITIES]; /* by term */
    eqfi_reals factors;                                       /* of graphs */
} eqfi_objective;

/* Records the program of a model with a loss of the recipe's terms. */
eqf_status eqfi_objective_create(eqf_context *context, const eqf_recipe *recipe, const eqf_model *model,
                                 const eqf_parameters *parameters, eqf_precision precision, eqfi_objective *objective);
void eqfi_objective_release(const eqf_allocator *allocator, eqfi_objective *objective);
size_t eqfi_objective_bytes(const eqfi_objective *objective);

/* Labels that the terms need. */
unsigned eqfi_objective_labels(const eqfi_objective *objective);

/* Binds a batch, which the calculator of the model has bound; `all` is what the whole batch has if this is a part of it.
 * progress in 0..1 tells the weights. */
eqf_status eqfi_objective_bind(eqf_context *context, eqfi_objective *objective, const eqf_calculator *calculator,
                               const eqfi_batch *batch, const eqfi_extent *all, double progress);

/* Adds the derivatives of the last execution to a store, as eqf_run_get_gradients puts them there (gradients.c). */
eqf_status eqfi_run_add_gradients(eqf_context *context, const eqf_run *run, eqf_parameters *gradients);

/* The loss and its terms before their weights, of the last execution: values[0], values[1..n]. */
eqf_status eqfi_objective_values(eqf_context *context, const eqfi_objective *objective, double *values);

#endif
