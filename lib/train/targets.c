/* What a new model takes from its training set: elements, units, references of atoms, offset and scale.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include <equiformer/structure.h>

#include "base/hash.h"
#include "train/trainer.h"

enum { ELEMENTS = 119 };

/* Sums over samples (B. P. Welford, Technometrics 4 (1962) 419). */
typedef struct survey {
    const double *references; /* [ELEMENTS] */
    bool elements[ELEMENTS];
    int64_t samples, components;
    double mean, squares, force_squares;
    double largest; /* size of an energy */
} survey;

static void add_labels(survey *s, const eqf_structure *structure)
{
    double rest = structure->energy;
    for (int64_t i = 0; i < structure->natoms; i++) {
        s->elements[structure->atomic_numbers[i]] = true;
        rest -= s->references[structure->atomic_numbers[i]];
    }
    if (structure->has_energy) {
        s->largest = fmax(s->largest, fabs(structure->energy));
        double before = rest - s->mean;
        s->mean += before / (double)++s->samples;
        s->squares += before * (rest - s->mean);
    }
    if (structure->forces == NULL) return;
    for (int64_t k = 0; k < 3 * structure->natoms; k++) s->force_squares += structure->forces[k] * structure->forces[k];
    s->components += 3 * structure->natoms;
}

static uint64_t digest_sample(uint64_t digest, const eqf_sample *sample)
{
    const eqf_structure *s = sample->structure;
    size_t n = (size_t)s->natoms;
    digest = eqfi_hash_bytes(digest, &s->natoms, sizeof s->natoms);
    digest = eqfi_hash_bytes(digest, s->atomic_numbers, n * sizeof *s->atomic_numbers);
    digest = eqfi_hash_bytes(digest, s->positions, 3 * n * sizeof *s->positions);
    digest = eqfi_hash_bytes(digest, s->cell, sizeof s->cell);
    digest = eqfi_hash_bytes(digest, s->pbc, sizeof s->pbc);
    if (s->has_energy) digest = eqfi_hash_bytes(digest, &s->energy, sizeof s->energy);
    if (s->has_stress) digest = eqfi_hash_bytes(digest, s->stress, sizeof s->stress);
    if (s->tags != NULL) digest = eqfi_hash_bytes(digest, s->tags, n * sizeof *s->tags);
    if (s->forces != NULL) digest = eqfi_hash_bytes(digest, s->forces, 3 * n * sizeof *s->forces);
    if (sample->relaxed != NULL) digest = eqfi_hash_bytes(digest, sample->relaxed, 3 * n * sizeof *sample->relaxed);
    return digest;
}

static eqf_status read_samples(eqf_context *context, eqf_trainer *t, survey *s)
{
    eqf_status status = EQF_OK;
    t->digest = EQFI_HASH_INIT;
    for (int64_t i = 0; i < eqf_dataset_samples(t->train); i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        EQFI_TRY(eqf_dataset_get(context, t->train, i, &sample));
        t->extents[i] = (eqfi_extent){1, sample.structure->natoms, 0};
        for (int64_t k = 0; sample.structure->tags != NULL && k < sample.structure->natoms; k++)
            t->extents[i].free += sample.structure->tags[k] > 0;
        t->digest = digest_sample(t->digest, &sample);
        add_labels(s, sample.structure);
    }
fail:
    return status;
}

/* Which model is the best depends on the validation set: a training that goes on has to have the same. */
static eqf_status digest_validation(eqf_context *context, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    t->valid_digest = EQFI_HASH_INIT;
    for (int64_t i = 0; t->valid != NULL && i < eqf_dataset_samples(t->valid); i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        EQFI_TRY(eqf_dataset_get(context, t->valid, i, &sample));
        t->valid_digest = digest_sample(t->valid_digest, &sample);
    }
fail:
    return status;
}

/* Energies of atoms by atomic number. */
static eqf_status find_references(eqf_context *context, const eqf_trainer *t, double references[ELEMENTS])
{
    const eqf_recipe *recipe = t->recipe;
    memset(references, 0, ELEMENTS * sizeof *references);
    if (recipe->references == EQFI_REFERENCES_FIT) return eqf_dataset_fit_references(context, t->train, references);
    for (int z = 0; recipe->references == EQFI_REFERENCES_GIVEN && z < ELEMENTS; z++)
        if (!isnan(recipe->atom_energies.values[z])) references[z] = recipe->atom_energies.values[z];
    return EQF_OK;
}

/* Rows for elements that the configuration does not cover. */
static eqf_status add_elements(eqf_context *context, const survey *s, eqfi_int_list *types)
{
    eqf_status status = EQF_OK;
    for (int z = 1; z < ELEMENTS; z++) {
        bool covered = !s->elements[z];
        for (int i = 0; i < types->n; i++) covered = covered || types->values[i] == z;
        if (covered) continue;
        EQFI_CHECK(types->n < EQFI_TYPES_MAX, EQF_ERROR_RANGE, "model.atom_types has no room for %s",
                   eqf_element_symbol(z));
        types->values[types->n++] = z;
    }
fail:
    return status;
}

static eqf_status set_shifts(eqf_context *context, const eqf_recipe *recipe, const survey *s, eqf_config *config)
{
    eqf_status status = EQF_OK;
    if (recipe->references == EQFI_REFERENCES_NONE) return EQF_OK;
    config->energy_shifts.n = config->atom_types.n;
    for (int i = 0; i < config->atom_types.n; i++) {
        int z = config->atom_types.values[i];
        config->energy_shifts.values[i] = z < 0 ? 0 : s->references[z];
        EQFI_CHECK(z < 0 || !s->elements[z] || recipe->references != EQFI_REFERENCES_GIVEN ||
                       !isnan(recipe->atom_energies.values[z]),
                   EQF_ERROR_NOT_FOUND, "atom_energies has no number for %s, which the training set contains",
                   eqf_element_symbol(z));
    }
fail:
    return status;
}

/* What fitted references leave of energies may be nothing but rounding, when samples are fewer than elements. */
static double deviation_of(eqf_context *context, const eqf_recipe *recipe, const survey *s)
{
    double deviation = s->samples > 1 ? sqrt(s->squares / (double)(s->samples - 1)) : 0;
    if (deviation > 1e-10 * s->largest) return deviation;
    if (recipe->references == EQFI_REFERENCES_FIT && s->samples > 1)
        eqfi_log(context, EQF_LOG_WARNING,
                 "energies of atoms explain those of all %lld samples: nothing is left of them to be learnt",
                 (long long)s->samples);
    return 0;
}

static void set_scale(eqf_context *context, const eqf_recipe *recipe, const survey *s, eqf_config *config)
{
    double deviation = deviation_of(context, recipe, s);
    double force = s->components > 0 ? sqrt(s->force_squares / (double)s->components) : 0;
    double offset = s->mean, scale = recipe->standardise == EQFI_STANDARDISE_ENERGY ? deviation : force;
    if (recipe->standardise == EQFI_STANDARDISE_NONE) offset = 0, scale = 1;
    if (recipe->standardise == EQFI_STANDARDISE_GIVEN) offset = recipe->target_mean, scale = recipe->target_scale;
    config->energy_offset = offset;
    config->energy_scale = scale > 0 ? scale : 1; /* equal labels */
}

eqf_status eqfi_trainer_survey(eqf_context *context, eqf_trainer *trainer, bool given)
{
    eqf_status status = EQF_OK;
    double references[ELEMENTS];
    eqf_config *config = trainer->config;
    survey s = {.references = references};
    EQFI_TRY(find_references(context, trainer, references));
    EQFI_TRY(read_samples(context, trainer, &s));
    EQFI_TRY(digest_validation(context, trainer));
    if (given) return EQF_OK;
    EQFI_TRY(add_elements(context, &s, &config->atom_types));
    EQFI_TRY(set_shifts(context, trainer->recipe, &s, config));
    set_scale(context, trainer->recipe, &s, config);
    const char *energy = eqf_dataset_energy_unit(trainer->train), *length = eqf_dataset_length_unit(trainer->train);
    if (strcmp(energy, "1") != 0) EQFI_TRY(eqf_config_set(context, config, "energy_unit", energy));
    EQFI_TRY(eqf_config_set(context, config, "length_unit", length));
fail:
    return status;
}

eqf_status eqfi_check_elements(eqf_context *context, const eqf_config *config, const eqf_dataset *dataset,
                               const char *what)
{
    eqf_status status = EQF_OK;
    bool covered[ELEMENTS] = {false};
    for (int i = 0; i < config->atom_types.n; i++)
        if (config->atom_types.values[i] > 0 && config->atom_types.values[i] < ELEMENTS)
            covered[config->atom_types.values[i]] = true;
    for (int64_t i = 0; i < eqf_dataset_samples(dataset); i++) {
        eqf_sample sample = EQF_SAMPLE_INIT;
        EQFI_TRY(eqf_dataset_get(context, dataset, i, &sample));
        for (int64_t k = 0; k < sample.structure->natoms; k++) {
            int z = sample.structure->atomic_numbers[k];
            EQFI_CHECK(covered[z], EQF_ERROR_NOT_FOUND, "%s: frame %lld: atom %lld is %s, which the %s does not cover",
                       sample.source, (long long)sample.frame, (long long)k, eqf_element_symbol(z), what);
        }
    }
fail:
    return status;
}
