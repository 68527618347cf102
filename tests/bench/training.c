/* Steps of the trainer: the published recipe for aspirin, batches of 8, whole or in parts, labels without meaning.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aspirin.h"

enum { SAMPLES = 64, BATCH = 8, LAYERS = 6 };

typedef struct training_state {
    eqf_context *context;
    eqf_trainer *trainer;
    double edges; /* of a batch */
} training_state;

static void run_step(void *state)
{
    training_state *s = state;
    eqf_train_progress progress = EQF_TRAIN_PROGRESS_INIT;
    bench_check(s->context, eqf_trainer_step(s->context, s->trainer, &progress));
}

static void free_training(void *state)
{
    eqf_trainer_free(((training_state *)state)->trainer);
    free(state);
}

static int training_figures(void *state, bench_figure figures[BENCH_FIGURES])
{
    const training_state *s = state;
    double bytes = (double)eqf_trainer_bytes(s->trainer);
    figures[0] = (bench_figure){"bytes_per_edge", bytes / s->edges};
    figures[1] = (bench_figure){"bytes_per_edge_and_layer", bytes / s->edges / LAYERS};
    return 2;
}

/* Displaced molecules. */
static eqf_dataset *make_samples(eqf_context *context)
{
    eqf_dataset *dataset;
    eqf_structure *structures = bench_new(SAMPLES * sizeof *structures);
    double *numbers = bench_new(2 * SAMPLES * 3 * ASPIRIN_ATOMS * sizeof *numbers);
    for (int i = 0; i < SAMPLES; i++) {
        double *positions = &numbers[2 * i * 3 * ASPIRIN_ATOMS], *forces = positions + 3 * ASPIRIN_ATOMS;
        for (int k = 0; k < 3 * ASPIRIN_ATOMS; k++) {
            positions[k] = aspirin_positions[k / 3][k % 3] + 0.03 * sin(1.7 * i + 2.3 * k);
            forces[k] = sin(1.1 * i + 1.9 * k);
        }
        structures[i] = (eqf_structure){.size = sizeof *structures,
                                        .natoms = ASPIRIN_ATOMS,
                                        .atomic_numbers = aspirin_numbers,
                                        .positions = positions,
                                        .has_energy = 1,
                                        .energy = cos(0.7 * i),
                                        .forces = forces};
    }
    bench_check(context, eqf_dataset_create(context, SAMPLES, structures, NULL, &dataset));
    free(structures);
    free(numbers);
    return dataset;
}

void bench_prepare_training(eqf_context *context, const bench_case *self, bench_work *work)
{
    training_state *s = bench_new(sizeof *s);
    eqf_recipe *recipe;
    int32_t *maps;
    double *vectors;
    char parts[16];
    snprintf(parts, sizeof parts, "%d", self->what);
    s->context = context;
    bench_check(context, eqf_recipe_preset(context, self->lmax == 3 ? "md17-l3" : "md17-l2", &recipe));
    bench_check(context, eqf_recipe_set(context, recipe, "batch_size", "8"));
    bench_check(context, eqf_recipe_set(context, recipe, "batch_parts", parts));
    bench_check(context, eqf_recipe_set(context, recipe, "train_size", "0"));
    bench_check(context, eqf_recipe_set(context, recipe, "valid_size", "0"));
    eqf_dataset *samples = make_samples(context);
    bench_check(context, eqf_trainer_create(context, recipe, NULL, samples, NULL, NULL, &s->trainer));
    s->edges = BATCH * (double)bench_aspirin_edges(context, &maps, &vectors);
    free(maps);
    free(vectors);
    eqf_dataset_free(samples);
    eqf_recipe_free(recipe);
    *work = (bench_work){run_step, free_training, s, BATCH, 0, 0, training_figures};
}
