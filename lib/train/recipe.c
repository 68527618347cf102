/* Recipes: the table of keys, JSON, checks. SPDX-License-Identifier: MIT */
#include "train/recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------------------------------- table -- */

static const char *const references[] = {"none", "fit", "given", NULL};
static const char *const standardise[] = {"none", "energy", "forces", "given", NULL};
static const char *const losses[] = {"l1", "l2", "l2mae", "huber", NULL};
static const char *const optimizers[] = {"adamw", "adam", "sgd", NULL};
static const char *const schedules[] = {"constant", "cosine_epoch", "cosine_step", "step", "plateau", NULL};
static const char *const metrics[] = {
    "weighted", "energy_mae", "energy_mae_per_atom", "force_mae", "stress_mae", "displacement_mae", NULL};

#define MEMBER(key, member, kind, choices)                                                                             \
    {                                                                                                                  \
#key, EQFI_##kind, offsetof(eqf_recipe, member), choices                                                       \
    }
#define FIELD(key, kind) MEMBER(key, key, kind, NULL)
#define TERM(name, quantity)                                                                                           \
    MEMBER(name##_loss, terms[quantity].kind, CHOICE, losses),                                                         \
        MEMBER(name##_weight, terms[quantity].weight, AMOUNT, NULL),                                                   \
        MEMBER(name##_weight_final, terms[quantity].weight_final, NUMBER_OR_NULL, NULL)

/* In the order in which they are written; target comes first, because it sets others. */
static const eqfi_field fields[] = {
    MEMBER(target, target, CHOICE, eqfi_recipe_targets),
    FIELD(energy_key, TEXT_OR_NULL),
    FIELD(forces_key, TEXT_OR_NULL),
    FIELD(stress_key, TEXT_OR_NULL),
    FIELD(energy_unit, UNIT),
    FIELD(length_unit, UNIT),
    FIELD(stress_unit, TEXT_OR_NULL),
    FIELD(to_energy_unit, UNIT),
    FIELD(to_length_unit, UNIT),
    FIELD(relaxations, BOOLEAN),
    FIELD(force_max, AMOUNT),
    FIELD(distance_min, NUMBER),
    FIELD(train_size, AMOUNT),
    FIELD(valid_size, AMOUNT),
    FIELD(split_seed, WHOLE),
    MEMBER(references, references, CHOICE, references),
    FIELD(atom_energies, ELEMENTS_OR_NULL),
    MEMBER(standardise, standardise, CHOICE, standardise),
    FIELD(target_mean, NUMBER),
    FIELD(target_scale, POSITIVE),
    FIELD(noise_fraction, AMOUNT),
    FIELD(noise_sigma, AMOUNT),
    TERM(energy, EQF_QUANTITY_ENERGY),
    TERM(energy_per_atom, EQF_QUANTITY_ENERGY_PER_ATOM),
    TERM(forces, EQF_QUANTITY_FORCES),
    TERM(stress, EQF_QUANTITY_STRESS),
    TERM(displacement, EQF_QUANTITY_DISPLACEMENT),
    FIELD(huber_delta, POSITIVE),
    MEMBER(optimizer, optimizer_kind, CHOICE, optimizers),
    MEMBER(beta1, optimizer.beta1, FRACTION, NULL),
    MEMBER(beta2, optimizer.beta2, FRACTION, NULL),
    MEMBER(epsilon, optimizer.epsilon, AMOUNT, NULL),
    MEMBER(momentum, optimizer.momentum, FRACTION, NULL),
    MEMBER(weight_decay, optimizer.weight_decay, AMOUNT, NULL),
    MEMBER(clip_norm, optimizer.clip_norm, AMOUNT, NULL),
    MEMBER(schedule, schedule_kind, CHOICE, schedules),
    MEMBER(lr, schedule.rate, AMOUNT, NULL),
    MEMBER(lr_start, schedule.start, AMOUNT, NULL),
    MEMBER(lr_floor, schedule.floor, AMOUNT, NULL),
    MEMBER(lr_period, schedule.period, POSITIVE, NULL),
    MEMBER(lr_factor, schedule.factor, POSITIVE, NULL),
    MEMBER(warmup_epochs, schedule.warmup, AMOUNT, NULL),
    FIELD(ema_decay, FRACTION),
    FIELD(epochs, WHOLE),
    FIELD(batch_size, WHOLE),
    FIELD(batch_atoms, WHOLE),
    FIELD(batch_edges, WHOLE),
    FIELD(batch_parts, WHOLE),
    FIELD(drop_last, BOOLEAN),
    FIELD(flops_per_byte, POSITIVE),
    FIELD(seed, WHOLE),
    MEMBER(best_metric, best_metric, CHOICE, metrics),
    FIELD(validate_every, WHOLE),
    FIELD(early_stop, WHOLE),
    FIELD(time_limit, AMOUNT),
    FIELD(checkpoint_seconds, AMOUNT),
    FIELD(checkpoint_steps, WHOLE),
};

enum { FIELDS = sizeof fields / sizeof *fields };

/* What may change when a training goes on: it says how long, how safe and in how much memory, not what is computed. */
static const char *const course[] = {"epochs",           "early_stop",     "time_limit", "checkpoint_seconds",
                                     "checkpoint_steps", "flops_per_byte", "batch_parts"};

/* ------------------------------------------------------------------------------------------------------------ life -- */

static eqf_status new_recipe(eqf_context *context, eqf_recipe **recipe)
{
    eqf_status status = EQF_OK;
    eqf_recipe *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqfi_config_new(context, &made->model));
    memcpy(made->energy_unit, "eV", sizeof "eV");
    memcpy(made->to_energy_unit, "eV", sizeof "eV");
    memcpy(made->length_unit, "angstrom", sizeof "angstrom");
    memcpy(made->to_length_unit, "angstrom", sizeof "angstrom");
    for (int q = 0; q < EQF_QUANTITIES; q++) {
        made->terms[q] = (eqf_loss_term)EQF_LOSS_TERM_INIT;
        made->terms[q].quantity = (eqf_quantity)q;
        made->terms[q].weight = q == EQF_QUANTITY_ENERGY;
    }
    made->target_scale = 1;
    made->huber_delta = 1;
    made->standardise = EQFI_STANDARDISE_ENERGY;
    made->optimizer = (eqf_optimizer_options)EQF_OPTIMIZER_OPTIONS_INIT;
    made->schedule = (eqf_schedule)EQF_SCHEDULE_INIT;
    made->epochs = 100;
    made->batch_size = 8;
    made->batch_parts = 1;
    made->flops_per_byte = 100;
    made->validate_every = 1;
    made->checkpoint_seconds = 300;
    *recipe = made;
    return EQF_OK;
fail:
    eqf_recipe_free(made);
    return status;
}

void eqf_recipe_free(eqf_recipe *recipe)
{
    if (recipe == NULL) return;
    eqf_config_free(recipe->model);
    eqfi_release(&recipe->allocator, recipe);
}

eqf_status eqfi_recipe_copy(eqf_context *context, const eqf_recipe *recipe, eqf_recipe **copy)
{
    eqf_status status = EQF_OK;
    eqf_recipe *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    *made = *recipe;
    made->allocator = *eqfi_allocator(context);
    made->model = NULL;
    EQFI_TRY(eqfi_config_copy(context, recipe->model, &made->model));
    *copy = made;
    return EQF_OK;
fail:
    eqf_recipe_free(made);
    return status;
}

eqf_status eqf_recipe_preset(eqf_context *context, const char *name, eqf_recipe **recipe)
{
    eqf_status status = EQF_OK;
    eqf_recipe *made = NULL;
    EQFI_TRY(new_recipe(context, &made));
    EQFI_TRY(eqfi_recipe_fill(context, name, made));
    *recipe = made;
    return EQF_OK;
fail:
    eqf_recipe_free(made);
    return status;
}

/* --------------------------------------------------------------------------------------------------------- setting -- */

static eqf_status unknown_key(eqf_context *context, const char *key)
{
    return eqfi_fail(context, EQF_ERROR_NOT_FOUND, "unknown key %s of a training recipe (docs/recipes.md lists them)",
                     key);
}

static eqf_status change_field(eqf_context *context, const eqfi_field *f, const json_t *value, eqf_recipe *recipe)
{
    eqf_status status = eqfi_field_set(context, f, value, recipe);
    if (status == EQF_OK && f == &fields[0]) status = eqfi_recipe_fill_target(context, recipe);
    return status;
}

/* "model.KEY"; "model.preset" begins with another model. */
static eqf_status set_model(eqf_context *context, eqf_recipe *recipe, const char *key, const char *value)
{
    eqf_config *preset;
    if (strcmp(key, "preset") != 0) return eqf_config_set(context, recipe->model, key, value);
    eqf_status status = eqf_config_preset(context, value, &preset);
    if (status != EQF_OK) return status;
    eqf_config_free(recipe->model);
    recipe->model = preset;
    return EQF_OK;
}

eqf_status eqf_recipe_set(eqf_context *context, eqf_recipe *recipe, const char *key, const char *value)
{
    static const char model[] = "model.";
    eqf_status status = EQF_OK;
    json_t *json = NULL;
    if (strncmp(key, model, sizeof model - 1) == 0) return set_model(context, recipe, key + sizeof model - 1, value);
    const eqfi_field *f = eqfi_field_find(FIELDS, fields, key);
    if (f == NULL) return unknown_key(context, key);
    EQFI_TRY(eqfi_field_parse(context, f, value, &json));
    EQFI_TRY(change_field(context, f, json, recipe));
fail:
    json_decref(json);
    return status;
}

/* ------------------------------------------------------------------------------------------------------------ JSON -- */

/* Keys of a model over those of the recipe, or a model of its own if it names its preset. */
static eqf_status apply_model(eqf_context *context, const json_t *model, eqf_recipe *recipe)
{
    eqf_status status = EQF_OK;
    char *text = NULL;
    eqf_config *own = NULL;
    EQFI_CHECK(json_is_object(model), EQF_ERROR_ARGUMENT, "model is no JSON object");
    if (json_object_get(model, "preset") == NULL && json_object_get(model, "kind") == NULL)
        return eqfi_config_apply(context, model, recipe->model);
    text = json_dumps(model, 0);
    EQFI_CHECK(text != NULL, EQF_ERROR_MEMORY, "out of memory for a model configuration");
    EQFI_TRY(eqf_config_parse(context, text, &own));
    eqf_config_free(recipe->model);
    recipe->model = own;
fail:
    free(text);
    return status;
}

static eqf_status apply(eqf_context *context, json_t *root, eqf_recipe *recipe)
{
    eqf_status status = EQF_OK;
    const json_t *target = json_object_get(root, fields[0].key), *model = json_object_get(root, "model");
    if (target != NULL) EQFI_TRY(change_field(context, &fields[0], target, recipe)); /* first: it sets others */
    if (model != NULL) EQFI_TRY(apply_model(context, model, recipe));
    for (void *at = json_object_iter(root); at != NULL; at = json_object_iter_next(root, at)) {
        const char *key = json_object_iter_key(at);
        const eqfi_field *f = eqfi_field_find(FIELDS, fields, key);
        if (f == &fields[0] || strcmp(key, "recipe") == 0 || strcmp(key, "model") == 0) continue;
        if (f == NULL) return unknown_key(context, key);
        EQFI_TRY(change_field(context, f, json_object_iter_value(at), recipe));
    }
fail:
    return status;
}

eqf_status eqf_recipe_parse(eqf_context *context, const char *json, eqf_recipe **recipe)
{
    eqf_status status = EQF_OK;
    eqf_recipe *made = NULL;
    json_t *root = NULL;
    EQFI_TRY(eqfi_object_parse(context, "a training recipe", json, &root));
    const json_t *name = json_object_get(root, "recipe");
    EQFI_CHECK(name == NULL || json_is_string(name), EQF_ERROR_ARGUMENT, "recipe is no text");
    EQFI_TRY(new_recipe(context, &made));
    if (name != NULL) EQFI_TRY(eqfi_recipe_fill(context, json_string_value(name), made));
    EQFI_TRY(apply(context, root, made));
    *recipe = made;
    made = NULL;
fail:
    json_decref(root);
    eqf_recipe_free(made);
    return status;
}

/* The model as JSON. */
static eqf_status model_json(eqf_context *context, const eqf_recipe *recipe, json_t **json)
{
    eqf_status status = EQF_OK;
    char *text = NULL;
    EQFI_TRY(eqf_config_format(context, recipe->model, &text));
    *json = json_loads(text, 0, NULL);
    EQFI_CHECK(*json != NULL, EQF_ERROR_MEMORY, "out of memory for a model configuration");
fail:
    eqf_text_free(context, text);
    return status;
}

eqf_status eqf_recipe_format(eqf_context *context, const eqf_recipe *recipe, char **json)
{
    eqf_status status = EQF_OK;
    char *text = NULL;
    json_t *root = json_object(), *model = NULL;
    EQFI_TRY(model_json(context, recipe, &model));
    bool complete = recipe->name[0] == '\0' || json_object_set_new(root, "recipe", json_string(recipe->name)) == 0;
    for (int i = 0; i < FIELDS; i++)
        complete =
            json_object_set_new(root, fields[i].key, eqfi_field_json(context, &fields[i], recipe)) == 0 && complete;
    complete = json_object_set(root, "model", model) == 0 && complete;
    text = complete ? json_dumps(root, JSON_INDENT(2)) : NULL;
    EQFI_CHECK(text != NULL, EQF_ERROR_MEMORY, "out of memory for the text of a training recipe");
    EQFI_TRY(eqfi_copy_text(context, text, json));
fail:
    free(text);
    json_decref(model);
    json_decref(root);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- checks -- */

bool eqfi_recipe_wants(const eqf_recipe *recipe, eqf_quantity quantity)
{
    const eqf_loss_term *term = &recipe->terms[quantity];
    return term->weight > 0 || term->weight_final > 0; /* which may be nan */
}

eqf_status eqfi_recipe_check(eqf_context *context, const eqf_recipe *recipe, const eqf_config *config)
{
    eqf_status status = EQF_OK;
    bool any = false;
    if (config == NULL) config = recipe->model;
    for (int q = 0; q < EQF_QUANTITIES; q++) any = any || eqfi_recipe_wants(recipe, (eqf_quantity)q);
    EQFI_CHECK(any, EQF_ERROR_ARGUMENT, "all weights of the loss are 0, expected one above 0");
    EQFI_CHECK(recipe->batch_size > 0 || recipe->batch_atoms > 0 || recipe->batch_edges > 0, EQF_ERROR_ARGUMENT,
               "batch_size, batch_atoms and batch_edges are 0, expected one above 0");
    EQFI_CHECK(recipe->batch_parts > 0, EQF_ERROR_ARGUMENT, "batch_parts is 0, expected 1 or more");
    EQFI_CHECK(recipe->references != EQFI_REFERENCES_GIVEN || recipe->atom_energies.n > 0, EQF_ERROR_ARGUMENT,
               "references is given, but atom_energies is null");
    EQFI_CHECK(recipe->noise_fraction <= 1, EQF_ERROR_ARGUMENT, "noise_fraction is %g, expected 0 to 1",
               recipe->noise_fraction);
    EQFI_CHECK(recipe->validate_every > 0, EQF_ERROR_ARGUMENT, "validate_every is 0, expected 1 or more epochs");
    EQFI_CHECK(!eqfi_recipe_wants(recipe, EQF_QUANTITY_DISPLACEMENT) || config->use_auxiliary_task, EQF_ERROR_ARGUMENT,
               "displacement_weight is %g, but the model has no auxiliary head (model.use_auxiliary_task)",
               recipe->terms[EQF_QUANTITY_DISPLACEMENT].weight);
    EQFI_CHECK(recipe->best_metric != EQFI_BEST_DISPLACEMENT || config->use_auxiliary_task, EQF_ERROR_ARGUMENT,
               "best_metric is displacement_mae, but the model has no auxiliary head (model.use_auxiliary_task)");
    EQFI_TRY(eqfi_config_check(context, config));
fail:
    return status;
}

static bool may_change(const char *key)
{
    for (size_t i = 0; i < sizeof course / sizeof *course; i++)
        if (strcmp(key, course[i]) == 0) return true;
    return false;
}

/* Takes over both, of which NULL stands for memory that was lacking. */
static eqf_status compare_values(eqf_context *context, const char *key, json_t *x, json_t *y)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(x != NULL && y != NULL, EQF_ERROR_MEMORY, "out of memory for %s", key);
    EQFI_CHECK(json_equal(x, y), EQF_ERROR_STATE,
               "%s of the recipe is not what it was when the training began: a training goes on with the same recipe, "
               "or begins in another directory from its model file",
               key);
fail:
    json_decref(x);
    json_decref(y);
    return status;
}

eqf_status eqfi_recipe_compare(eqf_context *context, const eqf_recipe *before, const eqf_recipe *now)
{
    eqf_status status = EQF_OK;
    json_t *x = NULL, *y = NULL;
    for (int i = 0; i < FIELDS; i++)
        if (!may_change(fields[i].key))
            EQFI_TRY(compare_values(context, fields[i].key, eqfi_field_json(context, &fields[i], before),
                                    eqfi_field_json(context, &fields[i], now)));
    EQFI_TRY(model_json(context, before, &x));
    status = model_json(context, now, &y);
    if (status != EQF_OK) {
        json_decref(x);
        goto fail;
    }
    EQFI_TRY(compare_values(context, "model", x, y));
fail:
    return status;
}

static const char *text_or_null(const char *text) { return text[0] == '\0' ? NULL : text; }

void eqf_recipe_dataset_options(const eqf_recipe *recipe, eqf_dataset_options *options)
{
    *options = (eqf_dataset_options)EQF_DATASET_OPTIONS_INIT;
    options->energy_key = text_or_null(recipe->energy_key);
    options->forces_key = text_or_null(recipe->forces_key);
    options->stress_key = text_or_null(recipe->stress_key);
    options->energy_unit = recipe->energy_unit;
    options->length_unit = recipe->length_unit;
    options->stress_unit = text_or_null(recipe->stress_unit);
    options->to_energy_unit = recipe->to_energy_unit;
    options->to_length_unit = recipe->to_length_unit;
    options->relaxations = recipe->relaxations;
    options->force_max = recipe->force_max;
    options->distance_min = recipe->distance_min;
    for (int q = 0; q < EQF_QUANTITIES; q++)
        if (eqfi_recipe_wants(recipe, (eqf_quantity)q)) options->labels |= eqfi_label_of((eqf_quantity)q);
}
