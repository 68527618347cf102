/* Checkpoints: one safetensors file with every array of a training, the rest as JSON in its metadata, and a checksum of
 * both (docs/recipes.md).
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ad/parameters.h"
#include "base/hash.h"
#include "io/safetensors.h"
#include "train/trainer.h"

static const char format_name[] = "equiformer-checkpoint", format_version[] = "1";

/* ------------------------------------------------------------------------------------------------------------ groups -- */

enum { WEIGHTS, AVERAGE, BEST, MOMENT0, MOMENT1, GROUPS };

static const char *const group_names[GROUPS] = {"weights/", "average/", "best/", "moment0/", "moment1/"};

static void list_groups(const eqf_trainer *t, const eqf_parameters *groups[GROUPS])
{
    groups[WEIGHTS] = t->weights;
    groups[AVERAGE] = t->average == NULL ? NULL : eqf_average_parameters(t->average);
    groups[BEST] = t->best;
    groups[MOMENT0] = eqf_optimizer_moment(t->optimizer, 0);
    groups[MOMENT1] = eqf_optimizer_moment(t->optimizer, 1);
}

/* Depends on names, types, shapes and elements of all arrays in their order, and on the text. */
static uint64_t checksum_of(int n, const eqfi_array *const *arrays, const char *text)
{
    uint64_t hash = eqfi_hash_text(text);
    for (int i = 0; i < n; i++) {
        const eqfi_array *a = arrays[i];
        hash = eqfi_hash_bytes(hash, a->name, strlen(a->name) + 1);
        hash = eqfi_hash_bytes(hash, eqfi_dtype_text(a->dtype), strlen(eqfi_dtype_text(a->dtype)));
        hash = eqfi_hash_bytes(hash, a->shape, (size_t)a->ndim * sizeof a->shape[0]);
        hash = eqfi_hash_bytes(hash, a->data, (size_t)a->count * eqfi_dtype_bytes(a->dtype));
    }
    return hash;
}

static int by_name(const void *a, const void *b)
{
    const eqfi_array *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* ------------------------------------------------------------------------------------------------------------- state -- */

/* Numbers of a training by name, for both directions. */
typedef struct number {
    const char *key;
    int64_t *whole; /* one of the two */
    double *real;
} number;

enum { NUMBERS = 16 };

static void list_numbers(eqfi_position *p, eqf_schedule *schedule, number numbers[NUMBERS])
{
    const number all[] = {{"epoch", &p->epoch, NULL},
                          {"step", &p->step, NULL},
                          {"steps_done", &p->total, NULL},
                          {"loss_sum", NULL, &p->loss},
                          {"energy_sum", NULL, &p->terms[EQF_QUANTITY_ENERGY]},
                          {"energy_per_atom_sum", NULL, &p->terms[EQF_QUANTITY_ENERGY_PER_ATOM]},
                          {"forces_sum", NULL, &p->terms[EQF_QUANTITY_FORCES]},
                          {"stress_sum", NULL, &p->terms[EQF_QUANTITY_STRESS]},
                          {"displacement_sum", NULL, &p->terms[EQF_QUANTITY_DISPLACEMENT]},
                          {"samples", NULL, &p->samples},
                          {"norm_sum", NULL, &p->norm},
                          {"seconds", NULL, &p->seconds},
                          {"best", NULL, &p->best},
                          {"best_epoch", &p->best_epoch, NULL},
                          {"schedule_reduced", NULL, &schedule->reduced},
                          {"schedule_since", &schedule->since, NULL}};
    _Static_assert(sizeof all / sizeof *all == NUMBERS, "every number is listed");
    memcpy(numbers, all, sizeof all);
}

/* JSON has no infinity. */
static json_t *real_json(double x) { return isfinite(x) ? json_real(x) : json_null(); }

static double json_or_infinity(const json_t *x) { return json_is_number(x) ? json_number_value(x) : INFINITY; }

static eqf_status format_state(eqf_context *context, const eqf_trainer *t, char **text)
{
    eqf_status status = EQF_OK;
    eqfi_position position = t->position;
    eqf_schedule schedule = t->schedule;
    number numbers[NUMBERS];
    char digest[32], valid[32], *dump = NULL;
    json_t *root = json_object();
    bool good = true;
    if (t->ready) position.seconds = t->epoch_before + eqfi_seconds_since(&t->epoch_begun);
    list_numbers(&position, &schedule, numbers);
    for (int i = 0; i < NUMBERS; i++)
        good = json_object_set_new(root, numbers[i].key,
                                   numbers[i].whole != NULL ? json_integer(*numbers[i].whole)
                                                            : real_json(*numbers[i].real)) == 0 &&
               good;
    snprintf(digest, sizeof digest, "%016" PRIx64, t->digest);
    snprintf(valid, sizeof valid, "%016" PRIx64, t->valid_digest);
    good = json_object_set_new(root, "schedule_best", real_json(schedule.best)) == 0 && good;
    good = json_object_set_new(root, "stopped", json_boolean(position.stopped)) == 0 && good;
    good = json_object_set_new(root, "optimizer_steps", json_integer(eqf_optimizer_steps(t->optimizer))) == 0 && good;
    good = json_object_set_new(root, "samples_digest", json_string(digest)) == 0 && good;
    good = json_object_set_new(root, "valid_digest", json_string(valid)) == 0 && good;
    good =
        json_object_set_new(root, "precision", json_string(t->precision == EQF_FLOAT64 ? "f64" : "f32")) == 0 && good;
    dump = good ? json_dumps(root, JSON_COMPACT) : NULL;
    EQFI_CHECK(dump != NULL, EQF_ERROR_MEMORY, "out of memory for the state of a training");
    EQFI_TRY(eqfi_copy_text(context, dump, text));
fail:
    free(dump);
    json_decref(root);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- writing -- */

static eqf_status describe_arrays(eqf_context *context, const eqf_parameters *const groups[GROUPS], int n,
                                  eqfi_array *arrays, char **names)
{
    eqf_status status = EQF_OK;
    int at = 0;
    for (int g = 0; g < GROUPS; g++) {
        for (int i = 0; groups[g] != NULL && i < eqf_parameters_arrays(groups[g]); i++, at++) {
            eqf_parameter_info info;
            EQFI_TRY(eqf_parameters_info(context, groups[g], i, &info));
            size_t size = strlen(group_names[g]) + strlen(info.name) + 1;
            EQFI_TRY(eqfi_new(context, size, 1, (void **)&names[at]));
            snprintf(names[at], size, "%s%s", group_names[g], info.name);
            arrays[at].name = names[at];
            arrays[at].dtype = eqf_parameters_precision(groups[g]) == EQF_FLOAT64 ? EQFI_DTYPE_F64 : EQFI_DTYPE_F32;
            arrays[at].ndim = info.ndim;
            memcpy(arrays[at].shape, info.shape, (size_t)info.ndim * sizeof info.shape[0]);
            arrays[at].count = info.count;
            arrays[at].data = eqfi_parameters_data(groups[g], i);
        }
    }
    (void)n;
fail:
    return status;
}

static eqf_status sorted(eqf_context *context, int n, const eqfi_array *arrays, const eqfi_array ***order)
{
    eqf_status status = eqfi_new(context, (size_t)n, sizeof **order, (void **)order);
    for (int i = 0; status == EQF_OK && i < n; i++) (*order)[i] = &arrays[i];
    if (status == EQF_OK) qsort(*order, (size_t)n, sizeof **order, by_name);
    return status;
}

/* Everything that the checksum is of beside arrays. */
static eqf_status join_texts(eqf_context *context, const char *state, const char *recipe, const char *config,
                             char **text)
{
    size_t size = strlen(state) + strlen(recipe) + strlen(config) + 3;
    eqf_status status = eqfi_new(context, size, 1, (void **)text);
    if (status == EQF_OK) snprintf(*text, size, "%s\n%s\n%s", state, recipe, config);
    return status;
}

eqf_status eqfi_checkpoint_write(eqf_context *context, const eqf_trainer *trainer, const char *path)
{
    eqf_status status = EQF_OK;
    const eqf_parameters *groups[GROUPS];
    eqfi_array *arrays = NULL;
    const eqfi_array **order = NULL;
    char **names = NULL, *state = NULL, *recipe = NULL, *config = NULL, *text = NULL, checksum[32];
    int n = 0;
    list_groups(trainer, groups);
    for (int g = 0; g < GROUPS; g++) n += groups[g] == NULL ? 0 : eqf_parameters_arrays(groups[g]);
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *arrays, (void **)&arrays));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *names, (void **)&names));
    EQFI_TRY(describe_arrays(context, groups, n, arrays, names));
    EQFI_TRY(sorted(context, n, arrays, &order));
    EQFI_TRY(format_state(context, trainer, &state));
    EQFI_TRY(eqf_recipe_format(context, trainer->recipe, &recipe));
    EQFI_TRY(eqf_config_format(context, trainer->config, &config));
    EQFI_TRY(join_texts(context, state, recipe, config, &text));
    snprintf(checksum, sizeof checksum, "%016" PRIx64, checksum_of(n, order, text));
    const char *const keys[] = {"format", "format_version", "state", "recipe", "config", "checksum"};
    const char *const values[] = {format_name, format_version, state, recipe, config, checksum};
    EQFI_TRY(eqfi_safetensors_write(context, path, n, arrays, 6, keys, values));
fail:
    for (int i = 0; names != NULL && i < n; i++) eqfi_delete(context, names[i]);
    eqfi_delete(context, names);
    eqfi_delete(context, arrays);
    eqfi_delete(context, order);
    eqf_text_free(context, state);
    eqf_text_free(context, recipe);
    eqf_text_free(context, config);
    eqfi_delete(context, text);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- reading -- */

static eqf_status check_file(eqf_context *context, const eqfi_safetensors *file)
{
    eqf_status status = EQF_OK;
    static const char *const keys[] = {"format", "format_version", "state", "recipe", "config", "checksum"};
    const char *values[6];
    int n = eqfi_safetensors_count(file);
    const eqfi_array **order = NULL;
    char *text = NULL, checksum[32];
    for (int i = 0; i < 6; i++) {
        values[i] = eqfi_safetensors_metadata(file, keys[i]);
        EQFI_CHECK(values[i] != NULL, EQF_ERROR_FORMAT, "the metadata key %s is missing", keys[i]);
    }
    EQFI_CHECK(strcmp(values[0], format_name) == 0, EQF_ERROR_FORMAT, "the format is %.60s, expected %s", values[0],
               format_name);
    EQFI_CHECK(strcmp(values[1], format_version) == 0, EQF_ERROR_UNSUPPORTED,
               "the format_version is %.60s, expected %s", values[1], format_version);
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *order, (void **)&order));
    for (int i = 0; i < n; i++) order[i] = eqfi_safetensors_at(file, i);
    qsort(order, (size_t)n, sizeof *order, by_name);
    EQFI_TRY(join_texts(context, values[2], values[3], values[4], &text));
    snprintf(checksum, sizeof checksum, "%016" PRIx64, checksum_of(n, order, text));
    EQFI_CHECK(strcmp(checksum, values[5]) == 0, EQF_ERROR_FORMAT, "the checksum is %s, expected %.60s", checksum,
               values[5]);
fail:
    eqfi_delete(context, order);
    eqfi_delete(context, text);
    return status;
}

/* A store shaped as `like` with the arrays of a group, in its own precision. */
static eqf_status read_group(eqf_context *context, const eqfi_safetensors *file, const char *group,
                             const eqf_parameters *like, eqf_parameters **store)
{
    eqf_status status = EQF_OK;
    eqf_parameters *made = NULL;
    double *values = NULL;
    size_t capacity = 0;
    EQFI_TRY(eqf_parameters_copy(context, like, eqf_parameters_precision(like), &made));
    for (int i = 0; i < eqf_parameters_arrays(made); i++) {
        eqf_parameter_info info;
        char name[512];
        EQFI_TRY(eqf_parameters_info(context, made, i, &info));
        snprintf(name, sizeof name, "%s%s", group, info.name);
        const eqfi_array *array = eqfi_safetensors_find(file, name);
        EQFI_CHECK(array != NULL && array->count == info.count, EQF_ERROR_FORMAT, "the array %s is %s", name,
                   array == NULL ? "missing" : "misshapen");
        EQFI_TRY(eqfi_grow(context, (size_t)info.count, sizeof *values, &capacity, (void **)&values));
        eqfi_array_to_double(array, 0, array->count, values);
        EQFI_TRY(eqf_parameters_set(context, made, i, values));
    }
    *store = made;
    made = NULL;
fail:
    eqf_parameters_free(made);
    eqfi_delete(context, values);
    return status;
}

/* What the checkpoint is of must be what goes on. */
static eqf_status check_state(eqf_context *context, const eqf_trainer *t, const json_t *state)
{
    eqf_status status = EQF_OK;
    char digest[32];
    const char *precision = t->precision == EQF_FLOAT64 ? "f64" : "f32";
    const char *had = json_string_value(json_object_get(state, "precision"));
    const char *samples = json_string_value(json_object_get(state, "samples_digest"));
    snprintf(digest, sizeof digest, "%016" PRIx64, t->digest);
    EQFI_CHECK(had != NULL && strcmp(had, precision) == 0, EQF_ERROR_STATE,
               "the training was in precision %s and cannot go on in %s", had == NULL ? "?" : had, precision);
    EQFI_CHECK(samples != NULL && strcmp(samples, digest) == 0, EQF_ERROR_STATE,
               "the training set is not the one with which the training began");
    const char *valid = json_string_value(json_object_get(state, "valid_digest"));
    snprintf(digest, sizeof digest, "%016" PRIx64, t->valid_digest);
    EQFI_CHECK(
        valid != NULL && strcmp(valid, digest) == 0, EQF_ERROR_STATE,
        "the validation set is not the one with which the training began: its errors tell which model is the best");
fail:
    return status;
}

static eqf_status check_recipe(eqf_context *context, const eqf_trainer *t, const char *text)
{
    eqf_status status = EQF_OK;
    eqf_recipe *before = NULL;
    EQFI_TRY(eqf_recipe_parse(context, text, &before));
    EQFI_TRY(eqfi_recipe_compare(context, before, t->recipe));
fail:
    eqf_recipe_free(before);
    return status;
}

static eqf_status read_numbers(eqf_context *context, const json_t *state, eqfi_position *position,
                               eqf_schedule *schedule)
{
    eqf_status status = EQF_OK;
    number numbers[NUMBERS];
    list_numbers(position, schedule, numbers);
    for (int i = 0; i < NUMBERS; i++) {
        const json_t *value = json_object_get(state, numbers[i].key);
        EQFI_CHECK(value != NULL && (numbers[i].whole == NULL || json_is_integer(value)), EQF_ERROR_FORMAT,
                   "the state lacks %s", numbers[i].key);
        if (numbers[i].whole != NULL)
            *numbers[i].whole = json_integer_value(value);
        else
            *numbers[i].real = json_or_infinity(value);
    }
    position->stopped = json_is_true(json_object_get(state, "stopped"));
    schedule->best = json_or_infinity(json_object_get(state, "schedule_best"));
fail:
    return status;
}

/* Everything is read before anything of the trainer changes. */
static eqf_status take(eqf_context *context, const eqfi_safetensors *file, const json_t *state, eqf_trainer *t)
{
    eqf_status status = EQF_OK;
    eqfi_position position = t->position;
    eqf_schedule schedule = t->schedule;
    eqf_config *config = NULL;
    eqf_average *average = NULL;
    const eqf_parameters *groups[GROUPS];
    eqf_parameters *read[GROUPS] = {NULL};
    list_groups(t, groups);
    EQFI_TRY(read_numbers(context, state, &position, &schedule));
    position.stopped = position.stopped && eqfi_is_stopped(t->recipe, position.epoch - 1, position.best_epoch);
    groups[BEST] = position.best_epoch >= 0 ? t->weights : NULL;
    for (int g = 0; g < GROUPS; g++)
        if (groups[g] != NULL) EQFI_TRY(read_group(context, file, group_names[g], groups[g], &read[g]));
    EQFI_TRY(eqf_config_parse(context, eqfi_safetensors_metadata(file, "config"), &config));
    if (read[AVERAGE] != NULL) EQFI_TRY(eqf_average_create(context, read[AVERAGE], t->recipe->ema_decay, &average));
    EQFI_TRY(eqf_optimizer_restore(context, t->optimizer, json_integer_value(json_object_get(state, "optimizer_steps")),
                                   (const eqf_parameters *const[]){read[MOMENT0], read[MOMENT1]}));
    eqf_config_free(t->config);
    eqf_parameters_free(t->weights);
    eqf_parameters_free(t->best);
    eqf_average_free(t->average);
    t->config = config;
    t->weights = read[WEIGHTS];
    t->best = read[BEST];
    t->average = average;
    average = NULL;
    t->position = position;
    t->schedule = schedule;
    t->epoch_before = position.seconds;
    config = NULL;
    read[WEIGHTS] = read[BEST] = NULL;
fail:
    for (int g = 0; g < GROUPS; g++) eqf_parameters_free(read[g]);
    eqf_config_free(config);
    eqf_average_free(average);
    return status;
}

eqf_status eqfi_checkpoint_read(eqf_context *context, eqf_trainer *trainer, const char *path)
{
    eqf_status status = EQF_OK;
    eqfi_safetensors *file = NULL;
    json_t *state = NULL;
    status = eqfi_safetensors_open(context, path, &file); /* its messages name the file */
    if (status != EQF_OK) return status;
    EQFI_TRY(check_file(context, file));
    state = json_loads(eqfi_safetensors_metadata(file, "state"), 0, NULL);
    EQFI_CHECK(state != NULL, EQF_ERROR_FORMAT, "the state is no JSON text");
    EQFI_TRY(check_state(context, trainer, state));
    EQFI_TRY(check_recipe(context, trainer, eqfi_safetensors_metadata(file, "recipe")));
    EQFI_TRY(take(context, file, state, trainer));
fail:
    if (status != EQF_OK) status = eqfi_fail(context, status, "%s: %s", path, eqf_context_message(context));
    json_decref(state);
    eqfi_safetensors_close(file);
    return status;
}
