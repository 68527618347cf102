/* Trainers: what they minimise, its derivatives, batches, targets, ends. SPDX-License-Identifier: MIT */
#include "support/training.h"

#include "support/directory.h"
#include "train/trainer.h"

static test_allocator memory;
static eqf_context *context;
static eqf_recipe *recipe;
static eqf_dataset *train, *valid;
static eqf_trainer *trainer;

static int set_up(void **state)
{
    context = test_context(&memory);
    return test_enter_directory(state);
}

static void drop(void)
{
    eqf_trainer_free(trainer);
    eqf_dataset_free(train);
    eqf_dataset_free(valid);
    eqf_recipe_free(recipe);
    trainer = NULL;
    train = valid = NULL;
    recipe = NULL;
}

static int tear_down(void **state)
{
    drop();
    test_context_free(context, &memory);
    return test_leave_directory(state);
}

static void begin(const char *settings, eqf_precision precision)
{
    if (recipe == NULL)
        recipe = training_recipe(context, settings);
    else
        training_set(context, recipe, settings);
    eqf_trainer_free(trainer);
    trainer = training_begin(context, recipe, train, valid, precision, NULL, 0);
}

/* --------------------------------------------------------------------------------------------------------- objective -- */

static double huber(double d) { return fabs(d) <= 0.3 ? d * d / 2 : 0.3 * (fabs(d) - 0.15); }

/* The terms by hand, from what the calculator predicts: l1, l2 per atom, l2mae of forces, huber of stress, with weights 1,
 * 3, 2, 5. */
static double loss_by_hand(const eqf_model *model, const eqf_dataset *data, bool stressed)
{
    eqf_calculator *calculator = NULL;
    double loss = 0, scale = eqf_model_energy_scale(model);
    int64_t n = eqf_dataset_samples(data), atoms = 0;
    TEST_OK(context, eqf_calculator_create(context, model, EQF_FLOAT64, &calculator));
    for (int64_t i = 0; i < n; i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        TEST_OK(context, eqf_dataset_get(context, data, i, &sample));
        atoms += sample.structure->natoms;
    }
    for (int64_t i = 0; i < n; i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        TEST_OK(context, eqf_dataset_get(context, data, i, &sample));
        const eqf_structure *s = sample.structure;
        eqf_system system = EQF_SYSTEM_INIT;
        eqf_results results = EQF_RESULTS_INIT;
        double energy, forces[3 * 64], stress[9];
        system.natoms = s->natoms;
        system.atomic_numbers = s->atomic_numbers;
        system.positions = s->positions;
        system.cell = s->cell;
        system.pbc = s->pbc;
        results.energy = &energy;
        results.forces = forces;
        results.stress = stressed ? stress : NULL;
        TEST_OK(context, eqf_calculator_compute(context, calculator, &system, &results));
        double d = (energy - s->energy) / scale;
        loss += fabs(d) / (double)n + 3 * (d / (double)s->natoms) * (d / (double)s->natoms) / (double)n;
        for (int64_t k = 0; k < s->natoms; k++) {
            double square = 0;
            for (int a = 0; a < 3; a++) square += pow((forces[3 * k + a] - s->forces[3 * k + a]) / scale, 2);
            loss += 2 * sqrt(square) / (double)atoms;
        }
        for (int k = 0; stressed && k < 9; k++) loss += 5 * huber((stress[k] - s->stress[k]) / scale) / 9 / (double)n;
    }
    eqf_calculator_free(calculator);
    return loss;
}

static const char all_terms[] = "energy_loss=l1 energy_per_atom_loss=l2 energy_per_atom_weight=3 forces_loss=l2mae "
                                "forces_weight=2 stress_loss=huber stress_weight=5 huber_delta=0.3 batch_size=100 "
                                "references=fit lr=0 weight_decay=0";

static void test_loss_value(void **state)
{
    (void)state;
    eqf_model *model = NULL;
    train = training_crystals(context, 5, 1);
    begin(all_terms, EQF_FLOAT64);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &model));
    eqf_train_progress p = training_steps(context, trainer, 1);
    assert_close(p.loss, loss_by_hand(model, train, true), 1e-12 * p.loss);
    assert_true(p.epoch_ended && p.event == EQF_TRAIN_EPOCH && p.train_loss == p.loss);
    assert_close(p.train_terms[EQF_QUANTITY_ENERGY] + 3 * p.train_terms[EQF_QUANTITY_ENERGY_PER_ATOM] +
                     2 * p.train_terms[EQF_QUANTITY_FORCES] + 5 * p.train_terms[EQF_QUANTITY_STRESS],
                 p.loss, 1e-12 * p.loss);
    assert_true(isnan(p.train_terms[EQF_QUANTITY_DISPLACEMENT]));
    eqf_model_free(model);
}

/* The loss with one weight moved, from a trainer that begins with that model and does not move it. */
static double loss_at(const eqf_model *model, int array, int64_t element, double move)
{
    eqf_parameters *store = NULL;
    eqf_model *moved = NULL;
    eqf_trainer *probe = NULL;
    eqf_parameter_info info;
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    options.precision = EQF_FLOAT64;
    TEST_OK(context, eqf_parameters_copy(context, eqf_model_parameters(model), EQF_FLOAT64, &store));
    TEST_OK(context, eqf_parameters_info(context, store, array, &info));
    double *values = malloc((size_t)info.count * sizeof *values);
    TEST_OK(context, eqf_parameters_get(context, store, array, values));
    values[element] += move;
    TEST_OK(context, eqf_parameters_set(context, store, array, values));
    TEST_OK(context, eqf_model_assemble(context, eqf_model_config(model), store, &moved));
    TEST_OK(context, eqf_trainer_create(context, recipe, moved, train, NULL, &options, &probe));
    double loss = training_steps(context, probe, 1).loss;
    eqf_trainer_free(probe);
    eqf_model_free(moved);
    eqf_parameters_free(store);
    free(values);
    return loss;
}

/* A step of plain descent at rate 1 is the negative gradient. */
static void check_gradients(const char *settings)
{
    eqf_model *before = NULL, *after = NULL;
    begin(settings, EQF_FLOAT64);
    training_set(context, recipe, "optimizer=sgd momentum=0 weight_decay=0 lr=1");
    begin("", EQF_FLOAT64);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &before));
    training_steps(context, trainer, 1);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &after));
    training_set(context, recipe, "lr=0");
    int checked = 0, arrays = eqf_parameters_arrays(eqf_model_parameters(before));
    for (int i = 0; i < arrays; i += 7) {
        eqf_parameter_info info;
        TEST_OK(context, eqf_parameters_info(context, eqf_model_parameters(before), i, &info));
        if (info.count == 0 || !(info.flags & EQF_PARAMETER_TRAINABLE)) continue;
        double *x = malloc((size_t)info.count * sizeof *x), *y = malloc((size_t)info.count * sizeof *y);
        int64_t k = info.count / 2;
        const double h = 1e-5;
        TEST_OK(context, eqf_parameters_get(context, eqf_model_parameters(before), i, x));
        TEST_OK(context, eqf_parameters_get(context, eqf_model_parameters(after), i, y));
        double slope = (loss_at(before, i, k, h) - loss_at(before, i, k, -h)) / (2 * h);
        assert_close(x[k] - y[k], slope, 1e-5 * (1 + fabs(slope)));
        free(x);
        free(y);
        checked++;
    }
    assert_true(checked >= 5);
    eqf_model_free(before);
    eqf_model_free(after);
}

static void test_gradients(void **state)
{
    (void)state;
    train = training_crystals(context, 3, 2);
    check_gradients(all_terms);
}

static void test_gradients_of_displacements(void **state)
{
    (void)state;
    train = training_relaxations(context, 3, 2);
    check_gradients(
        "model.use_auxiliary_task=true model.irreps_feature=8x0e+4x1e forces_weight=0 displacement_weight=15 "
        "displacement_weight_final=1 displacement_loss=l1 model.auxiliary_scale=0.9 noise_fraction=0.5 "
        "noise_sigma=0.3 batch_size=100");
}

static void test_loss_falls(void **state)
{
    (void)state;
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        train = training_molecules(context, 12, 3);
        valid = training_molecules(context, 6, 4);
        begin("epochs=60 lr=1e-2 schedule=cosine_step lr_floor=0.01 ema_decay=0.8 clip_norm=10",
              (eqf_precision)precision);
        eqf_train_progress first = training_steps(context, trainer, 3);
        double before = first.valid->force_mae;
        eqf_train_progress last = training_steps(context, trainer, INT64_MAX);
        assert_true(first.epoch == 0 && first.epoch_ended && last.epoch == 59 && last.epoch_ended);
        assert_true(last.train_loss < 0.4 * first.train_loss);
        assert_true(last.valid->force_mae < 0.8 * before);
        assert_true(last.valid->force_cosine > 0.6);
        drop();
    }
}

/* ----------------------------------------------------------------------------------------------------------- batches -- */

/* Every sample is seen once an epoch, in an order of its own. */
static void test_epochs(void **state)
{
    (void)state;
    int64_t seen[2][11] = {{0}};
    train = training_molecules(context, 11, 5);
    begin("batch_size=4 epochs=2", EQF_FLOAT32);
    for (int epoch = 0; epoch < 2; epoch++) {
        eqf_train_progress p = training_steps(context, trainer, 1);
        assert_int_equal(p.steps, 3);
        assert_int_equal(p.epoch, epoch);
        for (int k = 0; k < 11; k++) seen[epoch][trainer->order[k]]++;
        assert_int_equal(trainer->first[3] - trainer->first[2], 3);
        memcpy(seen[epoch], trainer->order, sizeof seen[epoch]);
        training_steps(context, trainer, 2);
    }
    for (int epoch = 0; epoch < 2; epoch++) {
        int64_t sum = 0, bits = 0;
        for (int k = 0; k < 11; k++) {
            sum += seen[epoch][k];
            bits |= INT64_C(1) << seen[epoch][k];
        }
        assert_int_equal(sum, 55);
        assert_int_equal(bits, (1 << 11) - 1);
    }
    assert_memory_not_equal(seen[0], seen[1], sizeof seen[0]);
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    assert_int_equal(eqf_trainer_step(context, trainer, &p), EQF_END);

    begin("drop_last=true epochs=1", EQF_FLOAT32);
    assert_int_equal(training_steps(context, trainer, 1).steps, 2);
}

static void test_budgets(void **state)
{
    (void)state;
    train = training_molecules(context, 12, 6); /* of 4, 5, 6 atoms */
    begin("batch_size=0 batch_atoms=11 epochs=1", EQF_FLOAT32);
    training_steps(context, trainer, 1);
    for (int64_t b = 0; b < trainer->steps; b++) {
        int64_t atoms = 0;
        for (int64_t k = trainer->first[b]; k < trainer->first[b + 1]; k++)
            atoms += trainer->extents[trainer->order[k]].atoms;
        assert_in_range(atoms, 4, 11);
    }
    begin("batch_atoms=0 batch_edges=40", EQF_FLOAT32);
    training_steps(context, trainer, 1);
    bool several = false;
    for (int64_t b = 0; b < trainer->steps; b++) {
        int64_t edges = 0, graphs = trainer->first[b + 1] - trainer->first[b];
        for (int64_t k = trainer->first[b]; k < trainer->first[b + 1]; k++) edges += trainer->edges[trainer->order[k]];
        assert_true(edges <= 40 || graphs == 1);
        several = several || graphs > 1;
    }
    assert_true(several);
    training_set(context, recipe, "batch_edges=0");
    eqf_trainer *none = NULL;
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "batch_size, batch_atoms and batch_edges are 0",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "batch_size=2 batch_parts=0");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "batch_parts is 0, expected 1 or more",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
}

/* Memory against time: the same weights up to rounding, dropouts and all. */
static void test_memory(void **state)
{
    (void)state;
    static const char *const settings[] = {"flops_per_byte=1", "flops_per_byte=1e6",
                                           "flops_per_byte=1e6 batch_parts=3"};
    enum { SETTINGS = sizeof settings / sizeof *settings };
    size_t bytes[SETTINGS], n[SETTINGS];
    double *weights[SETTINGS];
    char text[200];
    train = training_molecules(context, 12, 6);
    for (int i = 0; i < SETTINGS; i++) {
        snprintf(text, sizeof text, "model.alpha_drop=0.2 model.out_drop=0.1 batch_size=5 epochs=1 %s", settings[i]);
        begin(text, EQF_FLOAT64);
        training_steps(context, trainer, 3);
        bytes[i] = eqf_trainer_bytes(trainer);
        weights[i] = training_weights(context, trainer, EQF_TRAINER_LAST, &n[i]);
    }
    for (int i = 1; i < SETTINGS; i++) {
        assert_true(bytes[i] < bytes[i - 1]);
        assert_int_equal(n[0], n[i]);
        assert_all_close(n[0], weights[i], weights[0], 1e-9);
    }
    for (int i = 0; i < SETTINGS; i++) free(weights[i]);
}

/* ----------------------------------------------------------------------------------------------------------- targets -- */

static void test_targets(void **state)
{
    (void)state;
    eqf_model *model = NULL;
    eqf_statistics statistics = EQF_STATISTICS_INIT;
    train = training_molecules(context, 9, 7);
    TEST_OK(context, eqf_dataset_statistics(context, train, &statistics));
    begin("standardise=energy", EQF_FLOAT64);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &model));
    assert_close(eqf_model_energy_scale(model), statistics.energy_deviation, 1e-12);
    assert_close(eqf_model_energy_offset(model), statistics.energy_mean, 1e-12);
    assert_true(eqf_model_energy_shift(model, 1) == 0);
    eqf_model_free(model);

    begin("standardise=forces references=given atom_energies={\"H\":-1,\"C\":-2,\"N\":-3,\"O\":-4}", EQF_FLOAT64);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &model));
    assert_close(eqf_model_energy_scale(model), statistics.force_rms, 1e-12);
    assert_true(eqf_model_energy_shift(model, 0) == -1 && eqf_model_energy_shift(model, 2) == -3);
    double shifts = -(double)(statistics.elements[1] + 2 * statistics.elements[6] + 3 * statistics.elements[7] +
                              4 * statistics.elements[8]);
    assert_close(eqf_model_energy_offset(model), statistics.energy_mean - shifts / 9, 1e-12);
    eqf_model_free(model);

    begin("standardise=given target_mean=-1.5 target_scale=2.5 references=none", EQF_FLOAT64);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &model));
    assert_true(eqf_model_energy_scale(model) == 2.5 && eqf_model_energy_offset(model) == -1.5);
    eqf_model_free(model);

    eqf_dataset_free(train);
    train = training_molecules(context, 3, 7);
    begin("standardise=energy references=fit atom_energies=null", EQF_FLOAT64);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &model));
    assert_true(eqf_model_energy_scale(model) == 1); /* three samples of four elements leave nothing but rounding */
    eqf_model_free(model);

    eqf_trainer *none = NULL;
    training_set(context, recipe, "references=given atom_energies={\"H\":-1}");
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "atom_energies has no number for C",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "atom_energies=null");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "references is given, but atom_energies is null",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
}

/* Elements beyond those of the family get rows; those of the validation set must be known. */
static void test_elements(void **state)
{
    (void)state;
    static const int numbers[2] = {17, 1}, other[2] = {35, 1};
    static const double positions[6] = {0, 0, 0, 1.3, 0.2, 0.1}, forces[6] = {0};
    eqf_structure structure = {.size = sizeof structure,
                               .natoms = 2,
                               .atomic_numbers = numbers,
                               .positions = positions,
                               .has_energy = 1,
                               .energy = -1,
                               .forces = forces};
    eqf_trainer *none = NULL;
    eqf_model *model = NULL;
    TEST_OK(context, eqf_dataset_create(context, 1, &structure, NULL, &train));
    begin("", EQF_FLOAT32);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_LAST, &model));
    assert_int_equal(eqf_model_type(model, 17), 5);
    structure.atomic_numbers = other;
    TEST_OK(context, eqf_dataset_create(context, 1, &structure, NULL, &valid));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "frame 0: atom 0 is Br",
               eqf_trainer_create(context, recipe, NULL, train, valid, NULL, &none));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "frame 0: atom 0 is Br",
               eqf_trainer_create(context, recipe, model, valid, NULL, NULL, &none));
    eqf_model_free(model);
}

static void test_labels(void **state)
{
    (void)state;
    eqf_trainer *none = NULL;
    recipe = training_recipe(context, "stress_weight=1");
    train = training_molecules(context, 3, 8);
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "not every sample of the training set has stress",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "stress_weight=0 displacement_weight=1");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "the model has no auxiliary head",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "model.use_auxiliary_task=true model.irreps_feature=8x0e+4x1e");
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "relaxed positions",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "displacement_weight=0 energy_weight=0 forces_weight=0");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "all weights of the loss are 0",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "energy_weight=1 best_metric=displacement_mae model.use_auxiliary_task=false");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "best_metric is displacement_mae",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
    training_set(context, recipe, "best_metric=stress_mae");
    valid = training_molecules(context, 2, 9);
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "not every sample of the validation set has stress",
               eqf_trainer_create(context, recipe, NULL, train, valid, NULL, &none));
    training_set(context, recipe, "best_metric=weighted noise_fraction=0.5");
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "not every sample of the training set has relaxed positions",
               eqf_trainer_create(context, recipe, NULL, train, valid, NULL, &none));
    eqf_dataset *empty = training_molecules(context, 0, 9);
    training_set(context, recipe, "noise_fraction=0");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "the validation set is empty",
               eqf_trainer_create(context, recipe, NULL, train, empty, NULL, &none));
    eqf_dataset_free(empty);
    training_set(context, recipe, "train_size=2 valid_size=7");
    TEST_FAILS(context, EQF_ERROR_RANGE, "train_size and valid_size of the recipe",
               eqf_trainer_create(context, recipe, NULL, train, NULL, NULL, &none));
}

/* -------------------------------------------------------------------------------------------------------------- ends -- */

static void test_ends(void **state)
{
    (void)state;
    train = training_molecules(context, 8, 9);
    valid = training_molecules(context, 3, 10);
    begin("lr=0 early_stop=2 epochs=10", EQF_FLOAT32); /* nothing improves after the first epoch */
    eqf_train_progress p = training_steps(context, trainer, INT64_MAX);
    assert_int_equal(p.epoch, 2);
    assert_int_equal(p.event, EQF_TRAIN_STOP);
    assert_non_null(strstr(p.reason, "early_stop"));
    assert_int_equal(eqf_trainer_step(context, trainer, &p), EQF_END);

    /* the age of the best model is looked at where there is a validation */
    begin("early_stop=2 validate_every=3", EQF_FLOAT32);
    p = training_steps(context, trainer, INT64_MAX);
    assert_int_equal(p.epoch, 5);
    assert_non_null(strstr(p.reason, "early_stop"));

    begin("validate_every=1 early_stop=0 time_limit=1e-9", EQF_FLOAT32);
    p = training_steps(context, trainer, INT64_MAX);
    assert_true(p.epoch == 0 && p.step == 0 && p.event == EQF_TRAIN_STOP && !p.epoch_ended);
    assert_non_null(strstr(p.reason, "time_limit"));

    begin("time_limit=0", EQF_FLOAT32);
    training_steps(context, trainer, 3);
    eqf_trainer_stop(trainer);
    p = training_steps(context, trainer, INT64_MAX);
    assert_true(p.epoch == 1 && p.step == 1 && p.event == EQF_TRAIN_STOP && p.epoch_ended);
    assert_int_equal(eqf_trainer_step(context, trainer, &p), EQF_END);
}

/* Rates that make the weights overflow; the step is undone and its samples are named. */
static void test_not_finite(void **state)
{
    (void)state;
    size_t n;
    eqf_train_progress p = EQF_TRAIN_PROGRESS_INIT;
    train = training_molecules(context, 4, 11);
    begin("lr=1e30 epochs=9", EQF_FLOAT32);
    eqf_status status = EQF_OK;
    double *before = NULL;
    while (status == EQF_OK) {
        free(before);
        before = training_weights(context, trainer, EQF_TRAINER_LAST, &n);
        status = eqf_trainer_step(context, trainer, &p);
    }
    TEST_FAILS(context, EQF_ERROR_NOT_FINITE, "the batch is", status);
    for (int i = 0; i < 4; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        assert_non_null(strstr(strstr(eqf_context_message(context), "the batch is"), text));
    }
    double *after = training_weights(context, trainer, EQF_TRAINER_LAST, &n);
    assert_memory_equal(before, after, n * sizeof *after);
    free(before);
    free(after);
}

/* -------------------------------------------------------------------------------------------------------- evaluation -- */

typedef struct tally {
    int64_t samples;
    double energy, force;
    int64_t components, give_up;
} tally;

static int count(void *user, int64_t i, const eqf_sample *sample, double energy, const double *forces)
{
    tally *t = user;
    if (i == t->give_up) return 1;
    t->samples++;
    t->energy += fabs(energy - sample->structure->energy);
    for (int64_t k = 0; k < 3 * sample->structure->natoms; k++)
        t->force += fabs(forces[k] - sample->structure->forces[k]);
    t->components += 3 * sample->structure->natoms;
    return 0;
}

static void test_evaluate(void **state)
{
    (void)state;
    eqf_model *model = NULL;
    eqf_metrics metrics = EQF_METRICS_INIT;
    eqf_dataset *other = NULL;
    train = training_molecules(context, 8, 12);
    valid = training_molecules(context, 7, 13);
    begin("epochs=1", EQF_FLOAT64);
    eqf_train_progress p = training_steps(context, trainer, INT64_MAX);
    TEST_OK(context, eqf_trainer_model(context, trainer, EQF_TRAINER_BEST, &model));
    tally t = {.give_up = -1};
    TEST_OK(context, eqf_evaluate(context, model, EQF_FLOAT64, valid, count, &t, &metrics));
    assert_int_equal(t.samples, 7);
    assert_int_equal(metrics.samples, 7);
    assert_close(metrics.energy_mae, t.energy / 7, 1e-12);
    assert_close(metrics.force_mae, t.force / (double)t.components, 1e-12);
    assert_close(metrics.energy_mae, p.valid->energy_mae, 1e-12);
    assert_close(metrics.force_mae, p.valid->force_mae, 1e-12);
    assert_true(metrics.force_rmse >= metrics.force_mae && metrics.energy_rmse >= metrics.energy_mae);
    assert_true(fabs(metrics.force_cosine) <= 1 && isnan(metrics.stress_mae) && isnan(metrics.displacement_mae));
    t.give_up = 2;
    TEST_FAILS(context, EQF_ERROR_CALLBACK, "sample 2",
               eqf_evaluate(context, model, EQF_FLOAT64, valid, count, &t, &metrics));

    eqf_dataset_options options = EQF_DATASET_OPTIONS_INIT;
    options.energy_unit = options.to_energy_unit = "kcal/mol";
    test_write_text("a.xyz", "1\nProperties=species:S:1:pos:R:3 energy=-1.5\nH 1 2 3\n");
    const char *path = "a.xyz";
    TEST_OK(context, eqf_dataset_open(context, 1, &path, &options, &other));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "the model's unit of energy is eV, that of the data set's samples kcal/mol",
               eqf_evaluate(context, model, EQF_FLOAT64, other, NULL, NULL, &metrics));
    eqf_dataset_free(other);
    eqf_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_loss_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gradients, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gradients_of_displacements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_loss_falls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_epochs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_budgets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_elements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_labels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_finite, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_evaluate, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
