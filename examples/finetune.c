/* Fine-tunes a model inside a host program: finetune MODEL STRUCTURES
 *
 * The host has a model of ethanol and structures with labels of its own: here those of the file plus the energy of a
 * spring between two atoms, which the model has never seen. It hands them over as arrays, calls the trainer step by step
 * between its other work, and takes a new model when it likes one. Prints errors before, meanwhile, and after.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/equiformer.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) == EQF_OK) break;                                                                                   \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, eqf_context_message(context));                              \
        exit(EXIT_FAILURE);                                                                                            \
    } while (0)

enum { ATOMS = 9, TRAIN = 60, VALID = 20, FRAMES = TRAIN + VALID, FIRST = 0, SECOND = 2 }; /* C and O at either end */
static const double length = 2.5, stiffness = 10;                                          /* Angstrom, eV/Angstrom^2 */

/* What the host knows. */
typedef struct labelled {
    int elements[FRAMES][ATOMS];
    double positions[FRAMES][ATOMS][3], forces[FRAMES][ATOMS][3];
    eqf_structure structures[FRAMES];
} labelled;

static void add_spring(labelled *l, int i)
{
    double *a = l->positions[i][FIRST], *b = l->positions[i][SECOND], vector[3], distance = 0;
    for (int k = 0; k < 3; k++) {
        vector[k] = b[k] - a[k];
        distance += vector[k] * vector[k];
    }
    distance = sqrt(distance);
    l->structures[i].energy += 0.5 * stiffness * (distance - length) * (distance - length);
    for (int k = 0; k < 3; k++) {
        double force = stiffness * (distance - length) * vector[k] / distance;
        l->forces[i][FIRST][k] += force;
        l->forces[i][SECOND][k] -= force;
    }
}

static void read_labels(eqf_context *context, const char *path, labelled *l)
{
    eqf_frames *frames;
    CHECK(eqf_frames_open(context, path, NULL, &frames));
    for (int i = 0; i < FRAMES; i++) {
        eqf_structure *frame = &l->structures[i];
        frame->size = sizeof *frame;
        CHECK(eqf_frames_next(context, frames, frame));
        if (frame->natoms != ATOMS || frame->forces == NULL || !frame->has_energy) {
            fprintf(stderr, "%s: expected energies and forces of molecules of %d atoms\n", path, ATOMS);
            exit(EXIT_FAILURE);
        }
        memcpy(l->elements[i], frame->atomic_numbers, sizeof l->elements[i]);
        memcpy(l->positions[i], frame->positions, sizeof l->positions[i]);
        memcpy(l->forces[i], frame->forces, sizeof l->forces[i]);
        frame->atomic_numbers = l->elements[i];
        frame->positions = l->positions[i][0];
        frame->forces = l->forces[i][0];
        add_spring(l, i);
    }
    eqf_frames_close(frames);
}

/* Prints the errors of a model and returns that of the force components. */
static double show(eqf_context *context, const char *when, const eqf_model *model, const eqf_dataset *dataset)
{
    eqf_metrics metrics = EQF_METRICS_INIT;
    CHECK(eqf_evaluate(context, model, EQF_FLOAT32, dataset, NULL, NULL, &metrics));
    printf("%-8s energy %8.1f meV, forces %8.1f meV/A\n", when, 1e3 * metrics.energy_mae, 1e3 * metrics.force_mae);
    return metrics.force_mae;
}

/* A recipe for a model that is nearly right: small steps, no warm-up, the average of the weights. */
static eqf_recipe *make_recipe(eqf_context *context)
{
    static const char *const keys[][2] = {{"epochs", "8"},        {"batch_size", "4"},         {"lr", "5e-4"},
                                          {"warmup_epochs", "0"}, {"schedule", "cosine_step"}, {"lr_floor", "0.01"},
                                          {"ema_decay", "0.9"}};
    eqf_recipe *recipe;
    CHECK(eqf_recipe_preset(context, "md17-l2", &recipe));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CHECK(eqf_recipe_set(context, recipe, keys[i][0], keys[i][1]));
    return recipe;
}

int main(int argc, char **argv)
{
    static labelled labels;
    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL STRUCTURES\n", argv[0]);
        return EXIT_FAILURE;
    }
    eqf_context *context;
    eqf_model *model, *better;
    eqf_dataset *train, *valid;
    eqf_trainer *trainer;
    if (eqf_context_create(NULL, &context) != EQF_OK) return EXIT_FAILURE;
    CHECK(eqf_model_load(context, argv[1], &model));
    read_labels(context, argv[2], &labels);
    CHECK(eqf_dataset_create(context, TRAIN, labels.structures, NULL, &train));
    CHECK(eqf_dataset_create(context, VALID, labels.structures + TRAIN, NULL, &valid));
    double before = show(context, "before", model, valid);

    eqf_recipe *recipe = make_recipe(context);
    CHECK(eqf_trainer_create(context, recipe, model, train, valid, NULL, &trainer));
    eqf_train_progress progress = {.size = sizeof progress};
    eqf_status status;
    while ((status = eqf_trainer_step(context, trainer, &progress)) == EQF_OK) {
        if (progress.event == EQF_TRAIN_STEP) continue; /* the place for the host's other work */
        printf("epoch %lld energy %8.1f meV, forces %8.1f meV/A\n", (long long)progress.epoch + 1,
               1e3 * progress.valid->energy_mae, 1e3 * progress.valid->force_mae);
    }
    if (status != EQF_END) CHECK(status);
    CHECK(eqf_trainer_model(context, trainer, EQF_TRAINER_BEST, &better));
    double after = show(context, "after", better, valid);

    eqf_model_free(better);
    eqf_trainer_free(trainer);
    eqf_recipe_free(recipe);
    eqf_dataset_free(valid);
    eqf_dataset_free(train);
    eqf_model_free(model);
    eqf_context_free(context);
    return after < 0.5 * before ? EXIT_SUCCESS : EXIT_FAILURE;
}
