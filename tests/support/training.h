/* Small data sets and recipes to train on. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_TRAINING_H
#define TESTS_SUPPORT_TRAINING_H

#include "test.h"

#include <equiformer/trainer.h>

/* n distorted molecules of H, C, N, O in memory, of different sizes, with energies and forces of a pair potential. */
eqf_dataset *training_molecules(eqf_context *context, int n, uint64_t seed);

/* n skewed cells with energies, forces and stress. */
eqf_dataset *training_crystals(eqf_context *context, int n, uint64_t seed);

/* n molecules in a large cell that relax, from files that are written to the current directory; tags 0, 1 and 2. */
eqf_dataset *training_relaxations(eqf_context *context, int n, uint64_t seed);

/* A recipe for a tiny model; settings are "key=value key=value". The seed is the recipe's own. */
eqf_recipe *training_recipe(eqf_context *context, const char *settings);
void training_set(eqf_context *context, eqf_recipe *recipe, const char *settings);

/* A trainer, for whose failure the test fails. directory and valid may be NULL. */
eqf_trainer *training_begin(eqf_context *context, const eqf_recipe *recipe, const eqf_dataset *train,
                            const eqf_dataset *valid, eqf_precision precision, const char *directory, int resume);

/* Steps until the training ends, or `most` of them; returns the progress of the last one. */
eqf_train_progress training_steps(eqf_context *context, eqf_trainer *trainer, int64_t most);

/* All numbers of a model's parameters, one array after the other, in a new block. */
double *training_weights(eqf_context *context, const eqf_trainer *trainer, eqf_trainer_weights which, size_t *n);

/* Two trainers have the same bits in all their weights. */
void training_expect_same(eqf_context *context, const eqf_trainer *a, const eqf_trainer *b);

#endif
