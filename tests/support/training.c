/* Data sets of a pair potential, tiny models. SPDX-License-Identifier: MIT */
#include "training.h"

#include "base/rng.h"
#include "models.h"

enum { SAMPLES_MAX = 32 };

typedef struct sample {
    model_system system;
    double forces[3 * MODEL_ATOMS];
    int tags[MODEL_ATOMS];
    eqf_structure structure;
} sample;

/* E = sum over pairs of (Z_i + Z_j) / 10 exp(-r), and what follows; images do not count. */
static void label(sample *s)
{
    model_system *m = &s->system;
    eqf_structure *to = &s->structure;
    *to = (eqf_structure){.size = sizeof *to,
                          .natoms = m->natoms,
                          .atomic_numbers = m->numbers,
                          .positions = m->positions,
                          .has_energy = 1,
                          .forces = s->forces};
    memset(s->forces, 0, sizeof s->forces);
    for (int64_t i = 0; i < m->natoms; i++) {
        for (int64_t j = 0; j < i; j++) {
            double r[3], square = 0;
            for (int a = 0; a < 3; a++) {
                r[a] = m->positions[3 * i + a] - m->positions[3 * j + a];
                square += r[a] * r[a];
            }
            double share = (m->numbers[i] + m->numbers[j]) / 10.0 * exp(-sqrt(square));
            to->energy += share;
            for (int a = 0; a < 3; a++) {
                s->forces[3 * i + a] += share * r[a] / sqrt(square);
                s->forces[3 * j + a] -= share * r[a] / sqrt(square);
            }
        }
    }
}

static void put_into_cell(sample *s, uint64_t seed)
{
    eqf_structure *to = &s->structure;
    memcpy(to->cell, s->system.cell, sizeof to->cell);
    memcpy(to->pbc, s->system.pbc, sizeof to->pbc);
    to->has_stress = 1;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b <= a; b++)
            to->stress[3 * a + b] = to->stress[3 * b + a] = 0.1 * eqfi_rng_normal(seed, 77, (uint64_t)(3 * a + b));
}

static eqf_dataset *make(eqf_context *context, int n, uint64_t seed, bool crystals)
{
    sample *samples = calloc((size_t)n, sizeof *samples);
    eqf_structure structures[SAMPLES_MAX];
    eqf_dataset *dataset = NULL;
    assert_true(samples != NULL && n <= SAMPLES_MAX);
    for (int i = 0; i < n; i++) {
        uint64_t own = 1000 * seed + (uint64_t)i;
        samples[i].system = crystals ? model_crystal(7, own) : model_molecule(4 + i % 3, own);
        label(&samples[i]);
        if (crystals) put_into_cell(&samples[i], own);
        structures[i] = samples[i].structure;
    }
    TEST_OK(context, eqf_dataset_create(context, n, structures, NULL, &dataset));
    free(samples);
    return dataset;
}

eqf_dataset *training_molecules(eqf_context *context, int n, uint64_t seed) { return make(context, n, seed, false); }

eqf_dataset *training_crystals(eqf_context *context, int n, uint64_t seed) { return make(context, n, seed, true); }

/* Two frames: the second is where it relaxes to, one atom having left the cell on the other side. */
static void write_relaxation(eqf_context *context, const char *path, uint64_t seed)
{
    sample s = {.system = model_molecule(5, seed)};
    eqf_frames_writer *writer = NULL;
    static const double cell[9] = {9, 0, 0, 1, 10, 0, 0, 2, 11};
    TEST_OK(context, eqf_frames_writer_create(context, path, NULL, &writer));
    for (int frame = 0; frame < 2; frame++) {
        label(&s);
        s.structure.tags = s.tags;
        memcpy(s.structure.cell, cell, sizeof cell);
        for (int a = 0; a < 3; a++) s.structure.pbc[a] = 1;
        for (int i = 0; i < 5; i++) s.tags[i] = i % 3;
        TEST_OK(context, eqf_frames_writer_add(context, writer, &s.structure, 0, NULL));
        for (int k = 0; k < 15; k++) s.system.positions[k] += 0.1 * eqfi_rng_normal(seed, 78, (uint64_t)k);
        for (int a = 0; a < 3; a++) s.system.positions[3 + a] += cell[3 + a];
    }
    TEST_OK(context, eqf_frames_writer_finish(context, writer));
    eqf_frames_writer_free(writer);
}

eqf_dataset *training_relaxations(eqf_context *context, int n, uint64_t seed)
{
    char names[SAMPLES_MAX][32];
    const char *paths[SAMPLES_MAX];
    eqf_dataset_options options = EQF_DATASET_OPTIONS_INIT;
    eqf_dataset *dataset = NULL;
    options.relaxations = 1;
    assert_true(n <= SAMPLES_MAX);
    for (int i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "relaxation%d.xyz", i);
        write_relaxation(context, names[i], 1000 * seed + (uint64_t)i);
        paths[i] = names[i];
    }
    TEST_OK(context, eqf_dataset_open(context, n, paths, &options, &dataset));
    return dataset;
}

void training_set(eqf_context *context, eqf_recipe *recipe, const char *settings)
{
    char *text = strdup(settings), *rest = NULL;
    assert_non_null(text);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        assert_non_null(equals);
        *equals = '\0';
        TEST_OK(context, eqf_recipe_set(context, recipe, word, equals + 1));
    }
    free(text);
}

eqf_recipe *training_recipe(eqf_context *context, const char *settings)
{
    static const char base[] =
        "{\"model\": {\"family\": \"qm9\", \"irreps_node_embedding\": \"8x0e+4x1e\", \"num_layers\": 1, "
        "\"irreps_sh\": \"1x0e+1x1e\", \"max_radius\": 3.6, \"number_of_basis\": 8, \"fc_neurons\": [8], "
        "\"irreps_feature\": \"8x0e\", \"irreps_head\": \"4x0e+2x1e\", \"num_heads\": 2, "
        "\"irreps_mlp_mid\": \"8x0e+4x1e\"}, "
        "\"forces_weight\": 2, \"forces_loss\": \"l2mae\", \"epochs\": 3, \"batch_size\": 4, \"seed\": 3, "
        "\"lr\": 5e-3, \"checkpoint_seconds\": 0}";
    eqf_recipe *recipe = NULL;
    TEST_OK(context, eqf_recipe_parse(context, base, &recipe));
    training_set(context, recipe, settings);
    return recipe;
}

eqf_trainer *training_begin(eqf_context *context, const eqf_recipe *recipe, const eqf_dataset *train,
                            const eqf_dataset *valid, eqf_precision precision, const char *directory, int resume)
{
    eqf_trainer *trainer = NULL;
    eqf_trainer_options options = EQF_TRAINER_OPTIONS_INIT;
    options.directory = directory;
    options.resume = resume;
    options.precision = precision;
    TEST_OK(context, eqf_trainer_create(context, recipe, NULL, train, valid, &options, &trainer));
    return trainer;
}

eqf_train_progress training_steps(eqf_context *context, eqf_trainer *trainer, int64_t most)
{
    eqf_train_progress progress = EQF_TRAIN_PROGRESS_INIT;
    for (int64_t i = 0; i < most; i++) {
        eqf_status status = eqf_trainer_step(context, trainer, &progress);
        if (status == EQF_END) break;
        TEST_OK(context, status);
    }
    return progress;
}

double *training_weights(eqf_context *context, const eqf_trainer *trainer, eqf_trainer_weights which, size_t *n)
{
    eqf_model *model = NULL;
    double *values = NULL;
    TEST_OK(context, eqf_trainer_model(context, trainer, which, &model));
    const eqf_parameters *parameters = eqf_model_parameters(model);
    *n = 0;
    for (int i = 0; i < eqf_parameters_arrays(parameters); i++) {
        eqf_parameter_info info;
        TEST_OK(context, eqf_parameters_info(context, parameters, i, &info));
        values = realloc(values, (*n + (size_t)info.count + 1) * sizeof *values);
        assert_non_null(values);
        TEST_OK(context, eqf_parameters_get(context, parameters, i, values + *n));
        *n += (size_t)info.count;
    }
    eqf_model_free(model);
    return values;
}

void training_expect_same(eqf_context *context, const eqf_trainer *a, const eqf_trainer *b)
{
    for (int which = EQF_TRAINER_LAST; which <= EQF_TRAINER_BEST; which++) {
        size_t n, m;
        double *x = training_weights(context, a, (eqf_trainer_weights)which, &n);
        double *y = training_weights(context, b, (eqf_trainer_weights)which, &m);
        assert_int_equal(n, m);
        assert_memory_equal(x, y, n * sizeof *x);
        free(x);
        free(y);
    }
}
