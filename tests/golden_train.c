/* Golden training runs: a model's initial weights, trained by the recipe of the file, are its final and averaged ones, and
 * every step has its loss. In float32, where nothing is expected of them, losses must be numbers and fall.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOSSES = 3 };

static const char *const losses[LOSSES] = {"loss", "loss_energy", "loss_force"};

typedef struct recipe {
    int64_t batch, epochs, train, valid;
    double energy_weight, force_weight, mean, std, ema_decay;
    eqf_schedule schedule;
    eqf_optimizer_options optimizer;
} recipe;

typedef struct frames {
    int64_t atoms; /* of a frame */
    int32_t *numbers;
    double *energies, *forces, *positions;
} frames;

typedef struct training {
    recipe recipe;
    frames frames;
    eqf_model *model;
    eqf_parameters *parameters, *gradients;
    eqf_program *program;
    eqf_run *run;
    eqf_neighbors *neighbors;
    eqf_optimizer *optimizer;
    eqf_average *average;
    double *history[LOSSES]; /* [steps] */
    double *rates;           /* [steps] */
} training;

/* --------------------------------------------------------------------------------------------------------- recipe -- */

/* "first 16" */
static int64_t count_in(golden_case *c, const char *key)
{
    const char *text = golden_text(c, key), *space = text == NULL ? NULL : strchr(text, ' ');
    return space == NULL ? 0 : atoll(space);
}

static void read_recipe(golden_case *c, recipe *r)
{
    json_t *object = json_loads(eqfi_safetensors_metadata(c->file->data, "recipe"), 0, NULL);
    const json_t *config = c->config, *betas = json_object_get(object, "betas");
    c->config = object;
    r->batch = golden_int(c, "batch_size");
    r->epochs = golden_int(c, "epochs");
    r->train = count_in(c, "train_frames");
    r->valid = count_in(c, "val_frames");
    r->energy_weight = golden_number(c, "energy_weight");
    r->force_weight = golden_number(c, "force_weight");
    r->mean = golden_number(c, "mean");
    r->std = golden_number(c, "std");
    r->ema_decay = golden_number(c, "ema_decay");
    r->schedule = (eqf_schedule)EQF_SCHEDULE_INIT;
    r->schedule.kind = EQF_SCHEDULE_COSINE_EPOCH;
    r->schedule.rate = golden_number(c, "lr");
    r->schedule.start = golden_number(c, "warmup_lr");
    r->schedule.floor = golden_number(c, "min_lr");
    r->schedule.warmup = golden_number(c, "warmup_epochs");
    r->schedule.total = golden_number(c, "epochs");
    r->optimizer = (eqf_optimizer_options)EQF_OPTIMIZER_OPTIONS_INIT;
    r->optimizer.beta1 = json_number_value(json_array_get(betas, 0));
    r->optimizer.beta2 = json_number_value(json_array_get(betas, 1));
    r->optimizer.epsilon = golden_number(c, "eps");
    r->optimizer.weight_decay = golden_number(c, "weight_decay");
    c->config = config;
    json_decref(object);
}

/* The file says which arrays do not decay: the others are flagged. */
static void check_decay(golden_case *c, const eqf_parameters *parameters)
{
    json_t *object = json_loads(eqfi_safetensors_metadata(c->file->data, "recipe"), 0, NULL);
    const json_t *spared = json_object_get(object, "no_weight_decay");
    for (int i = 0; i < eqf_parameters_arrays(parameters) && golden_good(c); i++) {
        eqf_parameter_info info;
        bool listed = false;
        GOLDEN_TRY(c, eqf_parameters_info(c->context, parameters, i, &info));
        if ((info.flags & EQF_PARAMETER_TRAINABLE) == 0 || info.count == 0) continue;
        for (size_t k = 0; k < json_array_size(spared); k++)
            listed = listed || strcmp(json_string_value(json_array_get(spared, k)), info.name) == 0;
        GOLDEN_EXPECT(c, listed == ((info.flags & EQF_PARAMETER_DECAY) == 0), "%s decays in %s only", info.name,
                      listed ? "the library" : "the file");
    }
    json_decref(object);
}

/* Mean and standard deviation are those of the energies that are trained on. */
static void check_statistics(golden_case *c, const recipe *r, const double *energies)
{
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < r->train; i++) mean += energies[i] / (double)r->train;
    for (int64_t i = 0; i < r->train; i++) squares += (energies[i] - mean) * (energies[i] - mean);
    double std = sqrt(squares / (double)(r->train - 1));
    GOLDEN_EXPECT(c, fabs(mean - r->mean) < 1e-12 * fabs(mean) && fabs(std - r->std) < 1e-12 * std,
                  "the energies have mean %.17g and deviation %.17g, in the recipe %.17g and %.17g", mean, std, r->mean,
                  r->std);
}

static void read_frames(golden_case *c, const recipe *r, frames *f)
{
    int64_t n = r->train + r->valid;
    const eqfi_array *numbers = golden_find(c, "data/atomic_numbers");
    if (numbers == NULL) golden_fail(c, "the file has no array data/atomic_numbers");
    if (!golden_good(c)) return;
    f->atoms = numbers->count;
    f->numbers = golden_read_ints(c, "data/atomic_numbers", f->atoms);
    f->energies = golden_read(c, "data/energies", n);
    f->forces = golden_read(c, "data/forces", 3 * n * f->atoms);
    f->positions = golden_read(c, "data/positions", 3 * n * f->atoms);
}

/* -------------------------------------------------------------------------------------------------------- program -- */

/* Mean over `rows` rows, times the factor; also put out without the factor. */
static eqf_var record_term(eqf_program *p, const char *name, eqf_var prediction, eqf_var target, int64_t rows,
                           double factor)
{
    eqf_var sum = eqf_loss(p, EQF_LOSS_L2MAE, 0, prediction, target, (eqf_var){0});
    eqf_var mean = eqf_multiply(p, 1 / (double)rows, sum);
    eqf_output(p, name, mean);
    return eqf_multiply(p, factor, mean);
}

static void record(golden_case *c, training *t)
{
    const recipe *r = &t->recipe;
    eqf_program *p;
    eqf_model_outputs recorded;
    if (!GOLDEN_TRY(c, eqf_program_create(c->context, &t->program))) return;
    p = t->program;
    const eqf_irreps *vector = golden_irreps_of(c, "1x1o"), *scalar = golden_irreps_of(c, "1x0e");
    eqf_rows atoms = eqf_program_rows(p, "atoms"), graphs = eqf_program_rows(p, "graphs");
    eqf_var vectors = eqf_input_double(p, "vectors", eqf_program_rows(p, "edges"), vector);
    eqf_model_record(p, t->model, "", vectors, &recorded);
    eqf_var forces = golden_record_forces(p, recorded.energy, vectors);
    eqf_var energy_term = record_term(p, "loss_energy", recorded.energy,
                                      eqf_input_double(p, "energies", graphs, scalar), r->batch, r->energy_weight);
    eqf_var force_term = record_term(p, "loss_force", forces, eqf_input_double(p, "forces", atoms, vector),
                                     r->batch * t->frames.atoms, r->force_weight);
    eqf_var loss = eqf_add(p, energy_term, force_term);
    eqf_output(p, "loss", loss);
    eqf_output(p, "energy", recorded.energy);
    eqf_output(p, "force", forces);
    eqf_loss_gradients(p, loss, t->parameters);
    GOLDEN_TRY(c, eqf_program_end(c->context, p));
}

static void set_labels(golden_case *c, const training *t, int64_t first, int64_t n)
{
    int64_t components = 3 * t->frames.atoms;
    double *energies = golden_new((size_t)n, sizeof *energies);
    double *forces = golden_new((size_t)(n * components), sizeof *forces);
    for (int64_t i = 0; i < n; i++) energies[i] = (t->frames.energies[first + i] - t->recipe.mean) / t->recipe.std;
    for (int64_t i = 0; i < n * components; i++) forces[i] = t->frames.forces[first * components + i] / t->recipe.std;
    GOLDEN_TRY(c, eqf_run_set_input(c->context, t->run, "energies", energies));
    GOLDEN_TRY(c, eqf_run_set_input(c->context, t->run, "forces", forces));
    free(energies);
    free(forces);
}

/* Runs the program on n frames. */
static void execute(golden_case *c, const training *t, int64_t first, int64_t n)
{
    eqf_run *run = t->run;
    eqf_edges edges = {0};
    int64_t atoms = n * t->frames.atoms;
    const double *positions = t->frames.positions + 3 * first * t->frames.atoms;
    int32_t *graph = golden_new((size_t)atoms, sizeof *graph), *type = golden_new((size_t)atoms, sizeof *type);
    for (int64_t i = 0; i < atoms; i++) {
        graph[i] = (int32_t)(i / t->frames.atoms);
        type[i] = eqf_model_type(t->model, t->frames.numbers[i % t->frames.atoms]);
    }
    GOLDEN_TRY(c, eqf_neighbors_find(c->context, t->neighbors, eqf_model_cutoff(t->model), atoms, positions, n, graph,
                                     NULL, NULL, &edges));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "atoms", atoms));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "edges", edges.count));
    GOLDEN_TRY(c, eqf_run_set_rows(c->context, run, "graphs", n));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "edge_src", edges.src));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "edge_dst", edges.dst));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "atom_graph", graph));
    GOLDEN_TRY(c, eqf_run_set_map(c->context, run, "atom_type", type));
    GOLDEN_TRY(c, eqf_run_set_input(c->context, run, "vectors", edges.vector));
    set_labels(c, t, first, n);
    GOLDEN_TRY(c, eqf_run_execute(c->context, run));
    free(graph);
    free(type);
}

/* ------------------------------------------------------------------------------------------------------- training -- */

static void begin(golden_case *c, training *t)
{
    read_recipe(c, &t->recipe);
    if (golden_good(c)) read_frames(c, &t->recipe, &t->frames);
    if (golden_good(c)) check_statistics(c, &t->recipe, t->frames.energies);
    if (golden_good(c)) t->model = golden_load_model(c, "initial/");
    if (!golden_good(c)) return;
    const eqf_parameters *initial = eqf_model_parameters(t->model);
    check_decay(c, initial);
    GOLDEN_TRY(c, eqf_parameters_copy(c->context, initial, c->precision, &t->parameters));
    GOLDEN_TRY(c, eqf_parameters_copy(c->context, initial, c->precision, &t->gradients));
    record(c, t);
    GOLDEN_TRY(c, eqf_run_create(c->context, t->program, t->parameters, c->precision, &t->run));
    GOLDEN_TRY(c, eqf_neighbors_create(c->context, &t->neighbors));
    GOLDEN_TRY(c, eqf_optimizer_create(c->context, t->parameters, &t->recipe.optimizer, &t->optimizer));
    GOLDEN_TRY(c, eqf_average_create(c->context, t->parameters, t->recipe.ema_decay, &t->average));
}

static void finish(training *t)
{
    eqf_average_free(t->average);
    eqf_optimizer_free(t->optimizer);
    eqf_neighbors_free(t->neighbors);
    eqf_run_free(t->run);
    eqf_program_free(t->program);
    eqf_parameters_free(t->gradients);
    eqf_parameters_free(t->parameters);
    eqf_model_free(t->model);
}

static int64_t steps_of(const training *t) { return t->recipe.train / t->recipe.batch; } /* of an epoch */

static void train(golden_case *c, training *t)
{
    int64_t steps = steps_of(t), all = steps * t->recipe.epochs;
    for (int k = 0; k < LOSSES; k++) t->history[k] = golden_doubles(c, all);
    t->rates = golden_doubles(c, all);
    for (int64_t s = 0; s < all && golden_good(c); s++) {
        t->rates[s] = eqf_schedule_rate(&t->recipe.schedule, s / steps, s % steps, steps);
        execute(c, t, s % steps * t->recipe.batch, t->recipe.batch);
        for (int k = 0; k < LOSSES; k++)
            GOLDEN_TRY(c, eqf_run_get_output(c->context, t->run, losses[k], &t->history[k][s]));
        GOLDEN_TRY(c, eqf_run_get_gradients(c->context, t->run, t->gradients));
        GOLDEN_TRY(c, eqf_optimizer_step(c->context, t->optimizer, t->rates[s], t->gradients, t->parameters, NULL));
        GOLDEN_TRY(c, eqf_average_update(c->context, t->average, t->parameters));
        GOLDEN_TRY(c, eqf_run_set_parameters(c->context, t->run, t->parameters));
    }
}

/* ------------------------------------------------------------------------------------------------------ comparing -- */

/* The trained arrays of a store against PREFIX + name. */
static void compare_weights(golden_case *c, const char *prefix, const eqf_parameters *parameters)
{
    for (int i = 0; i < eqf_parameters_arrays(parameters) && golden_good(c); i++) {
        char name[GOLDEN_NAME_SIZE];
        eqf_parameter_info info;
        GOLDEN_TRY(c, eqf_parameters_info(c->context, parameters, i, &info));
        if ((info.flags & EQF_PARAMETER_TRAINABLE) == 0 || info.count == 0) continue;
        double *values = golden_doubles(c, info.count);
        GOLDEN_TRY(c, eqf_parameters_get(c->context, parameters, i, values));
        snprintf(name, sizeof name, "%s%s", prefix, info.name);
        golden_compare(c, name, GOLDEN_WEIGHT, info.count, values);
    }
}

/* The final weights on the last frames, in units of the file. */
static void compare_validation(golden_case *c, training *t)
{
    const recipe *r = &t->recipe;
    int64_t components = 3 * t->frames.atoms;
    double *energies = golden_doubles(c, r->valid), *forces = golden_doubles(c, r->valid * components);
    double energy_mae = 0, force_mae = 0;
    execute(c, t, r->train, r->valid);
    GOLDEN_TRY(c, eqf_run_get_output(c->context, t->run, "energy", energies));
    GOLDEN_TRY(c, eqf_run_get_output(c->context, t->run, "force", forces));
    for (int64_t i = 0; i < r->valid; i++)
        energy_mae += fabs(r->std * energies[i] + r->mean - t->frames.energies[r->train + i]) / (double)r->valid;
    for (int64_t i = 0; i < r->valid * components; i++)
        force_mae +=
            fabs(r->std * forces[i] - t->frames.forces[r->train * components + i]) / (double)(r->valid * components);
    golden_compare(c, "out/val_energy_mae", GOLDEN_LOSS, 1, &energy_mae);
    golden_compare(c, "out/val_force_mae", GOLDEN_LOSS, 1, &force_mae);
}

static void compare(golden_case *c, training *t)
{
    int64_t all = steps_of(t) * t->recipe.epochs;
    eqf_parameters *expected = NULL;
    golden_compare(c, "out/lr", GOLDEN_LOSS, all, t->rates);
    for (int k = 0; k < LOSSES; k++) {
        char name[GOLDEN_NAME_SIZE];
        snprintf(name, sizeof name, "out/%s", losses[k]);
        golden_compare(c, name, GOLDEN_LOSS, all, t->history[k]);
    }
    if (GOLDEN_TRY(c, eqf_parameters_copy(c->context, t->parameters, EQF_FLOAT64, &expected)))
        golden_read_parameters(c, "final/", expected); /* the file has every parameter, and no other */
    eqf_parameters_free(expected);
    compare_weights(c, "final/", t->parameters);
    compare_weights(c, "ema/", eqf_average_parameters(t->average));
    compare_validation(c, t);
}

static double mean_of(int64_t n, const double *values)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += values[i];
    return sum / (double)n;
}

static void check_fall(golden_case *c, const training *t)
{
    int64_t steps = steps_of(t), last = steps * (t->recipe.epochs - 1);
    double before = mean_of(steps, t->history[0]), after = mean_of(steps, t->history[0] + last);
    GOLDEN_EXPECT(c, after < before, "the mean loss of the last epoch is %g, of the first %g", after, before);
    for (int i = 0; i < eqfi_safetensors_count(c->file->data); i++) c->file->used[i] = true;
}

void golden_train(golden_case *c)
{
    training t = {.model = NULL};
    c->by_rows = false;
    begin(c, &t);
    if (golden_good(c)) train(c, &t);
    if (golden_good(c) && c->precision == EQF_FLOAT64) compare(c, &t);
    if (golden_good(c) && c->precision == EQF_FLOAT32) check_fall(c, &t);
    finish(&t);
}
