/* Recipes from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_RECIPE_H
#define EQFI_TRAIN_RECIPE_H

#include <equiformer/loss.h>
#include <equiformer/optimizer.h>
#include <equiformer/trainer.h>

#include "model/config.h"

typedef enum eqfi_references { EQFI_REFERENCES_NONE, EQFI_REFERENCES_FIT, EQFI_REFERENCES_GIVEN } eqfi_references;

/* Where offset and scale of energies come from. */
typedef enum eqfi_standardise {
    EQFI_STANDARDISE_NONE,   /* 0 and 1 */
    EQFI_STANDARDISE_ENERGY, /* mean and deviation of the energies */
    EQFI_STANDARDISE_FORCES, /* mean of the energies, root mean square of the components of forces */
    EQFI_STANDARDISE_GIVEN   /* target_mean, target_scale */
} eqfi_standardise;

/* What decides which model is the best. */
typedef enum eqfi_best {
    EQFI_BEST_WEIGHTED, /* sum of the mean absolute errors of the loss's quantities times their final weights */
    EQFI_BEST_ENERGY,
    EQFI_BEST_ENERGY_PER_ATOM,
    EQFI_BEST_FORCES,
    EQFI_BEST_STRESS,
    EQFI_BEST_DISPLACEMENT
} eqfi_best;

struct eqf_recipe {
    eqf_allocator allocator;
    char name[EQFI_TEXT_MAX]; /* of the recipe that the others' values come from; "" */
    int target;               /* row of a table in recipes.c, 0: none */
    eqf_config *model;

    /* Data. */
    char energy_key[EQFI_TEXT_MAX], forces_key[EQFI_TEXT_MAX], stress_key[EQFI_TEXT_MAX];
    char stress_unit[EQFI_TEXT_MAX]; /* "": that of energy / length^3 */
    char energy_unit[EQFI_UNIT_MAX], length_unit[EQFI_UNIT_MAX];
    char to_energy_unit[EQFI_UNIT_MAX], to_length_unit[EQFI_UNIT_MAX];
    bool relaxations;
    double force_max;
    double distance_min;
    double train_size, valid_size;
    int64_t split_seed;

    /* Targets. */
    int references; /* eqfi_references */
    eqfi_number_list atom_energies;
    int standardise; /* eqfi_standardise */
    double target_mean, target_scale;
    double noise_fraction, noise_sigma;

    /* Objective. */
    eqf_loss_term terms[EQF_QUANTITIES];
    double huber_delta;

    /* Optimization. */
    eqf_optimizer_options optimizer;
    int optimizer_kind, schedule_kind;
    eqf_schedule schedule;
    double ema_decay;
    int64_t epochs, batch_size, batch_atoms, batch_edges;
    int64_t batch_parts; /* computed one after the other */
    bool drop_last;
    double flops_per_byte; /* eqf_program_set_flops_per_byte */
    int64_t seed;

    /* Course. */
    int best_metric; /* eqfi_best */
    int64_t validate_every, early_stop;
    double time_limit, checkpoint_seconds;
    int64_t checkpoint_steps;
};

/* recipes.c: sets what a named recipe, or the target of QM9 with this number, says. */
eqf_status eqfi_recipe_fill(eqf_context *context, const char *name, eqf_recipe *recipe);
eqf_status eqfi_recipe_fill_target(eqf_context *context, eqf_recipe *recipe);
extern const char *const eqfi_recipe_targets[];

eqf_status eqfi_recipe_copy(eqf_context *context, const eqf_recipe *recipe, eqf_recipe **copy);

/* Whether the loss has a term for it. */
bool eqfi_recipe_wants(const eqf_recipe *recipe, eqf_quantity quantity);

/* Everything that must hold before a model of this configuration is trained; NULL: the recipe's. */
eqf_status eqfi_recipe_check(eqf_context *context, const eqf_recipe *recipe, const eqf_config *config);

/* objective.c: the label that a quantity is compared with. */
unsigned eqfi_label_of(eqf_quantity quantity);

/* EQF_ERROR_STATE if a key differs that a training that goes on must not change. */
eqf_status eqfi_recipe_compare(eqf_context *context, const eqf_recipe *before, const eqf_recipe *now);

#endif
