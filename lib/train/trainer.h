/* The trainer from inside.
 *
 *     trainer.c     life, models of its weights         targets.c     offset, scale, shifts, elements of a new model
 *     step.c        epochs, batches, steps              validate.c    what is done at the end of an epoch
 *     checkpoint.c  everything that it is, in a file    directory.c   names of files, log, what is kept
 *     objective.c   the program of a step               evaluate.c    predictions against labels
 *
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_TRAINER_H
#define EQFI_TRAIN_TRAINER_H

#include <stdatomic.h>
#include <time.h>

#include "train/metrics.h"
#include "train/objective.h"

enum { EQFI_KEPT = 2 }; /* checkpoints */

/* What is left to be done of a step: the next call goes on there if a file could not be written. */
typedef enum eqfi_rest { EQFI_REST_NOTHING, EQFI_REST_EPOCH, EQFI_REST_CHECKPOINT } eqfi_rest;

/* Where a training is; with the arrays it is all that a checkpoint holds. */
typedef struct eqfi_position {
    int64_t epoch, step;  /* to be done next; step may be the number of steps: the end of the epoch is to be done */
    int64_t total;        /* steps done */
    double loss, samples; /* sums over the epoch's samples so far */
    double terms[EQF_QUANTITIES];
    double norm;        /* sum of gradient norms */
    double seconds;     /* of the epoch, until it was written */
    double best;        /* metric of the best model */
    int64_t best_epoch; /* -1: there is none */
    bool stopped;       /* by early stop */
} eqfi_position;

struct eqf_trainer {
    eqf_allocator allocator;
    eqf_recipe *recipe;
    eqf_precision precision;
    eqf_reducer reducer;
    eqf_dataset *train, *valid;
    char *directory;               /* NULL: no files */
    int lock;                      /* a descriptor of the directory, -1: none */
    uint64_t digest, valid_digest; /* of the training set, and of the validation set, without one that of nothing */

    eqf_config *config;      /* of the model */
    eqf_parameters *weights; /* what is trained */
    eqf_parameters *gradients;
    eqf_optimizer *optimizer;
    eqf_average *average;  /* NULL without */
    eqf_parameters *best;  /* NULL until an epoch ended */
    eqf_schedule schedule; /* with its state */
    eqfi_objective objective;
    eqf_calculator *calculator; /* binds batches, and evaluates */
    eqfi_batch batch;
    eqfi_evaluator evaluator;
    eqf_metrics validation; /* of the step that was done last */
    double *shared;         /* what processes add up: flags, loss and terms, gradients */
    size_t shared_count;

    eqfi_extent *extents; /* [samples] */
    int64_t *edges;       /* [samples], where batches are limited by them */
    int64_t *order;       /* [samples] of the epoch */
    int64_t *first;       /* [steps + 1] place in the order of the first sample of each batch */
    int64_t steps;        /* of the epoch */
    bool ready;           /* order and batches are the epoch's */

    eqfi_position position;
    struct timespec begun, epoch_begun, saved; /* the process, the epoch, the last checkpoint */
    double epoch_before;                       /* seconds of the epoch in earlier processes */
    int64_t checkpoints[EQFI_KEPT];            /* total steps of those that are kept, newest first; -1: none */
    atomic_int asked;                          /* to stop */
    bool halted;                               /* and has */
    eqfi_rest rest;                            /* of the last step */
    eqf_train_progress progress;               /* that step, of which the host is told when nothing is left */
};

double eqfi_seconds_since(const struct timespec *then);

/* targets.c: reads all training samples: extents, digest, what the recipe says of energies. config is changed unless the
 * model was given. */
eqf_status eqfi_trainer_survey(eqf_context *context, eqf_trainer *trainer, bool given);

/* Names of quantities in logs. */
extern const char *const eqfi_quantity_names[EQF_QUANTITIES];

/* Fails, naming the frame, unless the model covers every element of a data set. */
eqf_status eqfi_check_elements(eqf_context *context, const eqf_config *config, const eqf_dataset *dataset,
                               const char *what);

/* step.c: order and batches of the epoch. */
eqf_status eqfi_trainer_begin_epoch(eqf_context *context, eqf_trainer *trainer);

/* Adds up over processes. */
eqf_status eqfi_trainer_reduce(eqf_context *context, const eqf_trainer *trainer, size_t n, double *values);

/* validate.c: validation, best model, log, model files; goes on to the next epoch. */
eqf_status eqfi_trainer_end_epoch(eqf_context *context, eqf_trainer *trainer, eqf_train_progress *progress);

/* Whether the best model is so old after an epoch that training ends. */
bool eqfi_is_stopped(const eqf_recipe *recipe, int64_t epoch, int64_t best_epoch);

/* What decides whether a model is the best, from its validation. */
double eqfi_best_metric(const eqf_recipe *recipe, const eqf_metrics *metrics);

/* A copy of the weights that are validated. */
eqf_status eqfi_trainer_snapshot(eqf_context *context, const eqf_trainer *trainer, eqf_trainer_weights weights,
                                 eqf_model **model);

/* checkpoint.c */
eqf_status eqfi_checkpoint_write(eqf_context *context, const eqf_trainer *trainer, const char *path);
eqf_status eqfi_checkpoint_read(eqf_context *context, eqf_trainer *trainer, const char *path);

/* directory.c: makes and locks the directory; checks that it has no training, or on resume reads the newest whole
 * checkpoint if there is one. Then writes the recipe, and cuts the log to where the training is. */
eqf_status eqfi_directory_open(eqf_context *context, eqf_trainer *trainer, bool resume);
eqf_status eqfi_directory_begin(eqf_context *context, eqf_trainer *trainer);
eqf_status eqfi_directory_add_line(eqf_context *context, const eqf_trainer *trainer, const char *line);
eqf_status eqfi_directory_save_model(eqf_context *context, const eqf_trainer *trainer, const char *name,
                                     const eqf_model *model);
eqf_status eqfi_directory_save(eqf_context *context, eqf_trainer *trainer);

#endif
