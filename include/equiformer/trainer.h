/* libequiformer: training - recipes, the trainer, and how good a model is.
 *
 *     eqf_recipe_preset(context, "md17-l2", &recipe);
 *     eqf_trainer_create(context, recipe, NULL, train, valid, NULL, &trainer);
 *     while ((status = eqf_trainer_step(context, trainer, &progress)) == EQF_OK) ...
 *
 * A recipe is text: keys and values, as in JSON and on the command line (docs/recipes.md lists them). A trainer owns the
 * weights; the host owns the loop. With a directory it keeps checkpoints, a log and model files there, and a trainer that
 * resumes from them continues as if it had never stopped, bit for bit. A trainer belongs to one thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_TRAINER_H
#define EQUIFORMER_TRAINER_H

#include <equiformer/dataset.h>
#include <equiformer/loss.h>
#include <equiformer/model.h>

typedef struct eqf_recipe eqf_recipe; /* mutable, one owner */
typedef struct eqf_trainer eqf_trainer;

/* Processes that train together, each on its share of every batch. sum adds arrays of doubles over all processes and
 * leaves the same bits in each; it returns 0, or anything else to give up (EQF_ERROR_CALLBACK). */
typedef struct eqf_reducer {
    int (*sum)(void *user, size_t n, double *values);
    void *user;
    int rank, ranks;
} eqf_reducer;

typedef struct eqf_trainer_options {
    size_t size;
    const char *directory;   /* for checkpoints, log and model files, made if it is not there; NULL: none are kept */
    int resume;              /* 1: go on from the newest checkpoint of the directory that is whole, if there is one */
    eqf_precision precision; /* of computation and weights */
    eqf_reducer reducer;     /* sum NULL: one process */
} eqf_trainer_options;

#define EQF_TRAINER_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(eqf_trainer_options), 0, 0, EQF_FLOAT32, { 0, 0, 0, 1 }                                                 \
    }

/* How far predictions are from labels; nan where there are none. In the units of the data set. */
typedef struct eqf_metrics {
    size_t size;
    int64_t samples, atoms;
    double energy_mae, energy_rmse;
    double energy_mae_per_atom;
    double force_mae, force_rmse; /* over components */
    double force_cosine;          /* mean over atoms of the cosine between predicted and labelled force */
    double stress_mae;            /* over components */
    double displacement_mae;      /* over components, atoms with tag > 0 */
} eqf_metrics;

#define EQF_METRICS_INIT                                                                                               \
    {                                                                                                                  \
        sizeof(eqf_metrics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                                              \
    }

typedef enum eqf_train_event {
    EQF_TRAIN_STEP = 0,  /* a step was done */
    EQF_TRAIN_EPOCH = 1, /* the last step of an epoch was done, and the validation */
    EQF_TRAIN_STOP = 2   /* either of them, and training ends here: see reason */
} eqf_train_event;

typedef struct eqf_train_progress {
    size_t size;
    eqf_train_event event;
    int64_t epoch, epochs;              /* from 0 */
    int64_t step, steps;                /* of the epoch, from 0 */
    double rate;                        /* learning rate of the step */
    double loss;                        /* of the step, standardised as train_loss */
    double gradient_norm;               /* before clipping */
    double train_loss;                  /* mean over the samples of the epoch so far */
    double train_terms[EQF_QUANTITIES]; /* likewise of its terms, before their weights; nan where there is none */
    double seconds;                     /* of the epoch so far */
    int epoch_ended;                    /* whether the step was the last of the epoch, so that the following are set */
    const eqf_metrics *valid;           /* of the averaged weights if there are; nan without a validation set; the
                                           trainer's, until its next step */
    int is_best;                        /* the best model so far */
    const char *reason;                 /* of EQF_TRAIN_STOP; static storage */
} eqf_train_progress;

#define EQF_TRAIN_PROGRESS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(eqf_train_progress), EQF_TRAIN_STEP, 0, 0, 0, 0, 0, 0, 0, 0, {0}, 0, 0, 0, 0, 0                         \
    }

typedef enum eqf_trainer_weights {
    EQF_TRAINER_LAST = 0,
    EQF_TRAINER_AVERAGE = 1, /* the last ones if no average is kept */
    EQF_TRAINER_BEST = 2     /* of the epoch with the best validation metric */
} eqf_trainer_weights;

EQF_BEGIN_DECLS

/* -------------------------------------------------------------------------------------------------------- recipes -- */

/* Named recipes in a fixed order: their number, and name i (NULL out of range; static storage). Since 0.1. */
EQF_API int eqf_recipe_count(void);
EQF_API const char *eqf_recipe_name(int i);

/* A named recipe; EQF_ERROR_NOT_FOUND names the known ones. Since 0.1. */
EQF_API eqf_status eqf_recipe_preset(eqf_context *context, const char *name, eqf_recipe **recipe);

/* How the recipe wants its data read; the texts are the recipe's. Since 0.1. */
EQF_API void eqf_recipe_dataset_options(const eqf_recipe *recipe, eqf_dataset_options *options);

/* From JSON; keys that are absent have the values of the recipe that "recipe" names, or defaults. Since 0.1. */
EQF_API eqf_status eqf_recipe_parse(eqf_context *context, const char *json, eqf_recipe **recipe);

/* Sets one key from text ("batch_size", "8"; "model.num_layers", "2" goes to the model's configuration). Errors name key,
 * value and what was expected. Since 0.1. */
EQF_API eqf_status eqf_recipe_set(eqf_context *context, eqf_recipe *recipe, const char *key, const char *value);

/* The JSON of a recipe, whole, to be freed with eqf_text_free. Since 0.1. */
EQF_API eqf_status eqf_recipe_format(eqf_context *context, const eqf_recipe *recipe, char **json);
EQF_API void eqf_recipe_free(eqf_recipe *recipe); /* NULL is fine. Since 0.1. */

/* ------------------------------------------------------------------------------------------------------- training -- */

/* A trainer at its beginning, or where it was (options.resume). model is where to start from, with its configuration and
 * energies' scale, shifts and offset; NULL: a new model of the recipe, for which those, further elements and units come
 * from the training set. Data sets are retained; valid may be NULL: a part of train then, if the recipe says so. options may
 * be NULL. Errors: EQF_ERROR_NOT_FOUND for a label that the loss needs and an element that the model does not cover,
 * EQF_ERROR_ARGUMENT for a recipe that makes no sense and units that are not the model's, EQF_ERROR_IO for a directory that
 * cannot be written, EQF_ERROR_STATE for one that holds another training or is in use, and for recipe, precision or samples
 * (also those of validation) that are not those of the training to be resumed, EQF_ERROR_FORMAT if no checkpoint can be
 * read. Since 0.1. */
EQF_API eqf_status eqf_trainer_create(eqf_context *context, const eqf_recipe *recipe, const eqf_model *model,
                                      const eqf_dataset *train, const eqf_dataset *valid,
                                      const eqf_trainer_options *options, eqf_trainer **trainer);
EQF_API void eqf_trainer_free(eqf_trainer *trainer); /* NULL is fine. Since 0.1. */

/* One step: a batch forward, backward, and the optimizer; after the last of an epoch also validation, log, model files
 * and, when they are due, checkpoints. EQF_END (no message) when training is over, or has stopped. EQF_ERROR_NOT_FINITE
 * names the samples of the batch; the weights are those before the step. After EQF_ERROR_IO, say for a full disk, the next
 * call tries again: what was done is not done twice, and its progress is given when everything is written. Since 0.1. */
EQF_API eqf_status eqf_trainer_step(eqf_context *context, eqf_trainer *trainer, eqf_train_progress *progress);

/* Asks for an end: the step that is being done, or else the next one, is the last (EQF_TRAIN_STOP), and a checkpoint is
 * written if there is a directory. May be called from a signal handler and from any thread. Since 0.1. */
EQF_API void eqf_trainer_stop(eqf_trainer *trainer);

/* Writes a checkpoint now, in one step, with everything that a trainer is; the two newest are kept. EQF_ERROR_STATE
 * without a directory. Since 0.1. */
EQF_API eqf_status eqf_trainer_save(eqf_context *context, eqf_trainer *trainer);

/* A model with the present weights (or averaged, or best ones), which later steps do not change, to be freed.
 * EQF_ERROR_STATE for the best ones before an epoch has ended. Since 0.1. */
EQF_API eqf_status eqf_trainer_model(eqf_context *context, const eqf_trainer *trainer, eqf_trainer_weights weights,
                                     eqf_model **model);

/* Bytes of memory that the trainer holds. Since 0.1. */
EQF_API size_t eqf_trainer_bytes(const eqf_trainer *trainer);

/* ----------------------------------------------------------------------------------------------------- evaluation -- */

/* Called for each sample with what was predicted; forces is NULL where the data set has none. Returns 0 to go on. */
typedef int (*eqf_evaluate_function)(void *user, int64_t i, const eqf_sample *sample, double energy,
                                     const double *forces);

/* Compares a model with a data set of the same units; function may be NULL. EQF_ERROR_ARGUMENT for other units,
 * EQF_ERROR_CALLBACK if the function gave up, and the errors of eqf_calculator_compute. Since 0.1. */
EQF_API eqf_status eqf_evaluate(eqf_context *context, const eqf_model *model, eqf_precision precision,
                                const eqf_dataset *dataset, eqf_evaluate_function function, void *user,
                                eqf_metrics *metrics);

EQF_END_DECLS

#endif
