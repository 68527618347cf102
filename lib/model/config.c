/* Model configurations: one table of keys serves JSON, the command line, copies and their end.
 * SPDX-License-Identifier: MIT */
#include "model/config.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/published.h"

/* ---------------------------------------------------------------------------------------------------------- table -- */

typedef enum field_kind {
    IRREPS,
    IRREPS_OR_NULL,
    COUNT,
    POSITIVE,
    FRACTION,
    BOOLEAN,
    CHOICE,
    INTEGERS,
    NUMBERS_OR_NULL,
    TEXT
} field_kind;

typedef struct field {
    const char *key;
    field_kind kind;
    size_t offset;
    const char *const *choices; /* of CHOICE: NULL-terminated, by value */
} field;

static const char *const families[] = {"qm9", "md17", "oc20", NULL};
static const char *const conventions[] = {"e3nn-0.5", "e3nn-0.4", NULL};
static const char *const bases[] = {"gaussian", "exp", "bessel", NULL};
static const char *const norms[] = {"layer", "graph", "instance", "fast_layer", NULL};

static const char *const cutoff_modes[] = {"published", "smooth", NULL};
static const char *const head_splits[] = {"published", "equivariant", NULL};

#define FIELD(key, kind)                                                                                               \
    {                                                                                                                  \
#key, kind, offsetof(eqf_config, key), NULL                                                                    \
    }
#define CHOICE_FIELD(key, member, choices)                                                                             \
    {                                                                                                                  \
#key, CHOICE, offsetof(eqf_config, member), choices                                                            \
    }

/* In the order in which they are written; family comes first, because it sets others. */
static const field fields[] = {
    CHOICE_FIELD(family, family, families),
    CHOICE_FIELD(cg_convention, convention, conventions),
    FIELD(irreps_node_embedding, IRREPS),
    FIELD(num_layers, COUNT),
    FIELD(irreps_sh, IRREPS),
    FIELD(max_radius, POSITIVE),
    CHOICE_FIELD(cutoff_mode, cutoff_mode, cutoff_modes),
    CHOICE_FIELD(basis_type, basis_type, bases),
    FIELD(number_of_basis, COUNT),
    FIELD(fc_neurons, INTEGERS),
    FIELD(irreps_feature, IRREPS),
    FIELD(irreps_head, IRREPS),
    FIELD(num_heads, COUNT),
    FIELD(irreps_pre_attn, IRREPS_OR_NULL),
    FIELD(dot_product_attention, BOOLEAN),
    CHOICE_FIELD(head_split, head_split, head_splits),
    FIELD(nonlinear_message, BOOLEAN),
    FIELD(rescale_degree, BOOLEAN),
    FIELD(irreps_mlp_mid, IRREPS),
    CHOICE_FIELD(norm_layer, norm_layer, norms),
    FIELD(use_attention_head, BOOLEAN),
    FIELD(use_auxiliary_task, BOOLEAN),
    FIELD(use_atom_edge_attr, BOOLEAN),
    FIELD(irreps_atom_edge_attr, IRREPS_OR_NULL),
    FIELD(alpha_drop, FRACTION),
    FIELD(proj_drop, FRACTION),
    FIELD(out_drop, FRACTION),
    FIELD(drop_path_rate, FRACTION),
    FIELD(avg_degree, POSITIVE),
    FIELD(avg_num_nodes, POSITIVE),
    FIELD(atom_types, INTEGERS),
    FIELD(energy_shifts, NUMBERS_OR_NULL),
    FIELD(energy_scale, POSITIVE),
    FIELD(length_unit, TEXT),
    FIELD(energy_unit, TEXT),
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

static const field *find_field(const char *key)
{
    for (int i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].key, key) == 0) return &fields[i];
    return NULL;
}

static void *member(const eqf_config *config, const field *f) { return (char *)(uintptr_t)config + f->offset; }

/* -------------------------------------------------------------------------------------------------------- setting -- */

static const char *expectation(field_kind kind)
{
    static const char *const texts[] = {
        [IRREPS] = "irreps as \"8x0e+4x1e\"",
        [IRREPS_OR_NULL] = "irreps as \"8x0e+4x1e\" or null",
        [COUNT] = "a whole number from 1 to 100000",
        [POSITIVE] = "a positive number",
        [FRACTION] = "a number from 0 to below 1",
        [BOOLEAN] = "true or false",
        [CHOICE] = "a name",
        [INTEGERS] = "a list of whole numbers",
        [NUMBERS_OR_NULL] = "a list of numbers or null",
        [TEXT] = "a text of at most 15 characters",
    };
    return texts[kind];
}

static eqf_status refuse(eqf_context *context, const field *f, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    eqf_status status = eqfi_fail(context, EQF_ERROR_ARGUMENT, "%s is %.200s, expected %s", f->key,
                                  text == NULL ? "?" : text, expectation(f->kind));
    free(text);
    return status;
}

static eqf_status set_irreps(eqf_context *context, const field *f, const json_t *value, eqf_irreps **irreps)
{
    eqf_irreps *fresh = NULL;
    if (f->kind == IRREPS || !json_is_null(value)) {
        if (!json_is_string(value)) return refuse(context, f, value);
        eqf_status status = eqf_irreps_parse(context, json_string_value(value), &fresh);
        if (status != EQF_OK) return eqfi_fail(context, status, "%s: %s", f->key, eqf_context_message(context));
        if (eqf_irreps_blocks(fresh) > EQFI_BLOCKS_MAX) {
            status = eqfi_fail(context, EQF_ERROR_RANGE, "%s has %d blocks, expected at most %d", f->key,
                               eqf_irreps_blocks(fresh), EQFI_BLOCKS_MAX);
            eqf_irreps_free(fresh);
            return status;
        }
    }
    eqf_irreps_free(*irreps);
    *irreps = fresh;
    return EQF_OK;
}

static eqf_status set_choice(eqf_context *context, const field *f, const json_t *value, eqf_config *config)
{
    char known[256] = "";
    for (int i = 0; f->choices[i] != NULL; i++) {
        if (json_is_string(value) && strcmp(f->choices[i], json_string_value(value)) == 0) {
            *(int *)member(config, f) = i;
            if (f->offset == offsetof(eqf_config, family)) eqfi_config_set_family(config, (eqfi_family)i);
            return EQF_OK;
        }
        if (i > 0) strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, f->choices[i], sizeof known - strlen(known) - 1);
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    eqf_status status = eqfi_fail(context, EQF_ERROR_ARGUMENT, "%s is %.200s, expected one of: %s", f->key,
                                  text == NULL ? "?" : text, known);
    free(text);
    return status;
}

static eqf_status set_integers(eqf_context *context, const field *f, const json_t *value, eqfi_int_list *list)
{
    eqfi_int_list fresh = {0, {0}};
    if (!json_is_array(value) || json_array_size(value) == 0 || json_array_size(value) > EQFI_TYPES_MAX)
        return refuse(context, f, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_integer(item) || json_integer_value(item) < -1 || json_integer_value(item) > 100000)
            return refuse(context, f, value);
        fresh.values[fresh.n++] = (int)json_integer_value(item);
    }
    *list = fresh;
    return EQF_OK;
}

static eqf_status set_numbers(eqf_context *context, const field *f, const json_t *value, eqfi_number_list *list)
{
    eqfi_number_list fresh = {0, {0}};
    if (!json_is_null(value) && (!json_is_array(value) || json_array_size(value) > EQFI_TYPES_MAX))
        return refuse(context, f, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_number(item) || !isfinite(json_number_value(item))) return refuse(context, f, value);
        fresh.values[fresh.n++] = json_number_value(item);
    }
    *list = fresh;
    return EQF_OK;
}

static bool number_fits(field_kind kind, double x)
{
    return isfinite(x) && (kind == POSITIVE ? x > 0 : x >= 0 && x < 1);
}

static eqf_status set_field(eqf_context *context, const field *f, const json_t *value, eqf_config *config)
{
    void *to = member(config, f);
    switch (f->kind) {
    case IRREPS:
    case IRREPS_OR_NULL: return set_irreps(context, f, value, to);
    case CHOICE: return set_choice(context, f, value, config);
    case INTEGERS: return set_integers(context, f, value, to);
    case NUMBERS_OR_NULL: return set_numbers(context, f, value, to);
    case COUNT:
        if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > 100000)
            return refuse(context, f, value);
        *(int *)to = (int)json_integer_value(value);
        return EQF_OK;
    case POSITIVE:
    case FRACTION:
        if (!json_is_number(value) || !number_fits(f->kind, json_number_value(value))) return refuse(context, f, value);
        *(double *)to = json_number_value(value);
        return EQF_OK;
    case BOOLEAN:
        if (!json_is_boolean(value)) return refuse(context, f, value);
        *(bool *)to = json_is_true(value);
        return EQF_OK;
    case TEXT: break;
    }
    if (!json_is_string(value) || json_string_length(value) >= EQFI_UNIT_MAX) return refuse(context, f, value);
    memset(to, 0, EQFI_UNIT_MAX);
    memcpy(to, json_string_value(value), json_string_length(value));
    return EQF_OK;
}

static json_t *json_of_field(eqf_context *context, const field *f, const eqf_config *config);

/* Sets a field; a preset that differs in anything but signs, units or dropout is no longer that preset. */
static eqf_status change_field(eqf_context *context, const field *f, const json_t *value, eqf_config *config)
{
    json_t *before = json_of_field(context, f, config);
    eqf_status status = set_field(context, f, value, config);
    json_t *after = json_of_field(context, f, config);
    if (status == EQF_OK && (before == NULL || after == NULL))
        status = eqfi_fail(context, EQF_ERROR_MEMORY, "out of memory for %s", f->key);
    bool incidental = f->kind == TEXT || f->kind == FRACTION || f->offset == offsetof(eqf_config, convention);
    if (!incidental && !json_equal(before, after)) config->preset[0] = '\0';
    json_decref(before);
    json_decref(after);
    return status;
}

/* Words of the command line as JSON: texts need no quotes, lists no brackets. */
static json_t *json_of_word(const field *f, const char *word)
{
    bool nullable = f->kind == IRREPS_OR_NULL || f->kind == NUMBERS_OR_NULL, list = f->kind == INTEGERS || nullable;
    if (nullable && strcmp(word, "null") == 0) return json_null();
    if (f->kind == IRREPS || f->kind == IRREPS_OR_NULL || f->kind == CHOICE || f->kind == TEXT)
        return json_string(word);
    if (!list || word[0] == '[') return json_loads(word, JSON_DECODE_ANY, NULL);
    size_t length = strlen(word);
    char *text = malloc(length + 3);
    if (text == NULL) return NULL;
    text[0] = '[';
    memcpy(text + 1, word, length);
    memcpy(text + 1 + length, "]", 2);
    json_t *value = json_loads(text, 0, NULL);
    free(text);
    return value;
}

static eqf_status unknown_key(eqf_context *context, const char *key)
{
    return eqfi_fail(context, EQF_ERROR_NOT_FOUND,
                     "unknown key %s of a model configuration (docs/format.md lists them)", key);
}

eqf_status eqf_config_set(eqf_context *context, eqf_config *config, const char *key, const char *value)
{
    const field *f = find_field(key);
    if (f == NULL) return unknown_key(context, key);
    json_t *json = json_of_word(f, value);
    if (json == NULL)
        return eqfi_fail(context, EQF_ERROR_ARGUMENT, "%s is %s, expected %s", key, value, expectation(f->kind));
    eqf_status status = change_field(context, f, json, config);
    json_decref(json);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- JSON -- */

static eqf_status set_all(eqf_context *context, const json_t *root, eqf_config *config)
{
    const char *key;
    json_t *value;
    const json_t *family = json_object_get(root, "family");
    if (family != NULL) { /* first: it sets others */
        eqf_status status = change_field(context, &fields[0], family, config);
        if (status != EQF_OK) return status;
    }
    void *position = json_object_iter((json_t *)(uintptr_t)root);
    for (; position != NULL; position = json_object_iter_next((json_t *)(uintptr_t)root, position)) {
        key = json_object_iter_key(position);
        value = json_object_iter_value(position);
        const field *f = find_field(key);
        if (strcmp(key, "preset") == 0 || strcmp(key, "family") == 0) continue;
        if (f == NULL) return unknown_key(context, key);
        eqf_status status = change_field(context, f, value, config);
        if (status != EQF_OK) return status;
    }
    return EQF_OK;
}

eqf_status eqf_config_parse(eqf_context *context, const char *json, eqf_config **config)
{
    eqf_status status = EQF_OK;
    eqf_config *made = NULL;
    json_error_t error;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    EQFI_CHECK(root != NULL, EQF_ERROR_PARSE, "a model configuration: line %d, column %d: %s", error.line, error.column,
               error.text);
    EQFI_CHECK(json_is_object(root), EQF_ERROR_PARSE, "a model configuration is no JSON object");
    if (json_object_get(root, "kind") != NULL) {
        json_t *published = root;
        root = NULL;
        status = eqfi_published_config(context, published, &root);
        json_decref(published);
        if (status != EQF_OK) goto fail;
    }
    const json_t *preset = json_object_get(root, "preset");
    if (preset != NULL) {
        EQFI_CHECK(json_is_string(preset), EQF_ERROR_ARGUMENT, "preset is no text");
        EQFI_TRY(eqf_config_preset(context, json_string_value(preset), &made));
    } else {
        EQFI_TRY(eqfi_config_new(context, &made));
    }
    EQFI_TRY(set_all(context, root, made));
    *config = made;
    made = NULL;
fail:
    json_decref(root);
    eqf_config_free(made);
    return status;
}

static json_t *json_of_irreps(eqf_context *context, const eqf_irreps *irreps)
{
    if (irreps == NULL) return json_null();
    size_t length;
    char *text;
    eqf_irreps_format(irreps, NULL, 0, &length);
    if (eqfi_new(context, length + 1, 1, (void **)&text) != EQF_OK) return NULL;
    eqf_irreps_format(irreps, text, length + 1, NULL);
    json_t *value = json_string(text);
    eqfi_delete(context, text);
    return value;
}

static json_t *json_of_field(eqf_context *context, const field *f, const eqf_config *config)
{
    const void *from = member(config, f);
    switch (f->kind) {
    case IRREPS:
    case IRREPS_OR_NULL: return json_of_irreps(context, *(eqf_irreps *const *)from);
    case CHOICE: return json_string(f->choices[*(const int *)from]);
    case COUNT: return json_integer(*(const int *)from);
    case POSITIVE:
    case FRACTION: return json_real(*(const double *)from);
    case BOOLEAN: return json_boolean(*(const bool *)from);
    case TEXT: return json_string(from);
    case INTEGERS:
    case NUMBERS_OR_NULL: break;
    }
    json_t *array = json_array();
    if (f->kind == INTEGERS) {
        const eqfi_int_list *list = from;
        for (int i = 0; i < list->n; i++) json_array_append_new(array, json_integer(list->values[i]));
        return array;
    }
    const eqfi_number_list *list = from;
    for (int i = 0; i < list->n; i++) json_array_append_new(array, json_real(list->values[i]));
    if (list->n > 0) return array;
    json_decref(array);
    return json_null();
}

eqf_status eqf_config_format(eqf_context *context, const eqf_config *config, char **json)
{
    eqf_status status = EQF_OK;
    char *text = NULL;
    bool complete = true;
    json_t *root = json_object();
    if (config->preset[0] != '\0') json_object_set_new(root, "preset", json_string(config->preset));
    for (int i = 0; i < FIELDS; i++)
        complete =
            json_object_set_new(root, fields[i].key, json_of_field(context, &fields[i], config)) == 0 && complete;
    text = complete ? json_dumps(root, JSON_INDENT(2)) : NULL;
    EQFI_CHECK(text != NULL, EQF_ERROR_MEMORY, "out of memory for the text of a model configuration");
    EQFI_TRY(eqfi_copy_text(context, text, json));
fail:
    free(text);
    json_decref(root);
    return status;
}

eqf_status eqf_config_get(eqf_context *context, const eqf_config *config, const char *key, char **value)
{
    eqf_status status = EQF_OK;
    char *text = NULL;
    json_t *json = NULL;
    const field *f = find_field(key);
    if (f == NULL) return unknown_key(context, key);
    json = json_of_field(context, f, config);
    if (json != NULL && !json_is_string(json)) text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    EQFI_CHECK(text != NULL || json_is_string(json), EQF_ERROR_MEMORY, "out of memory for %s", key);
    EQFI_TRY(eqfi_copy_text(context, text == NULL ? json_string_value(json) : text, value));
fail:
    free(text);
    json_decref(json);
    return status;
}

void eqf_text_free(eqf_context *context, char *text) { eqfi_delete(context, text); }

/* ----------------------------------------------------------------------------------------------------------- life -- */

eqf_status eqfi_config_new(eqf_context *context, eqf_config **config)
{
    eqf_config *made;
    eqf_status status = eqfi_new(context, 1, sizeof *made, (void **)&made);
    if (status != EQF_OK) return status;
    made->allocator = *eqfi_allocator(context);
    made->nonlinear_message = true;
    made->basis_type = EQF_RADIAL_GAUSSIAN;
    made->num_layers = 6;
    made->num_heads = 4;
    made->number_of_basis = 128;
    made->fc_neurons = (eqfi_int_list){2, {64, 64}};
    made->max_radius = 5;
    made->energy_scale = 1;
    memcpy(made->length_unit, "angstrom", sizeof "angstrom");
    memcpy(made->energy_unit, "eV", sizeof "eV");
    eqfi_config_set_family(made, EQFI_FAMILY_QM9);
    *config = made;
    return EQF_OK;
}

eqf_status eqfi_config_copy(eqf_context *context, const eqf_config *config, eqf_config **copy)
{
    eqf_config *made;
    eqf_status status = eqfi_new(context, 1, sizeof *made, (void **)&made);
    if (status != EQF_OK) return status;
    *made = *config;
    made->allocator = *eqfi_allocator(context);
    for (int i = 0; i < FIELDS; i++) {
        eqf_irreps **irreps = member(made, &fields[i]);
        if ((fields[i].kind == IRREPS || fields[i].kind == IRREPS_OR_NULL) && *irreps != NULL)
            *irreps = eqf_irreps_retain(*irreps);
    }
    *copy = made;
    return EQF_OK;
}

void eqf_config_free(eqf_config *config)
{
    if (config == NULL) return;
    for (int i = 0; i < FIELDS; i++)
        if (fields[i].kind == IRREPS || fields[i].kind == IRREPS_OR_NULL)
            eqf_irreps_free(*(eqf_irreps **)member(config, &fields[i]));
    eqfi_release(&config->allocator, config);
}

eqf_status eqfi_config_check(eqf_context *context, const eqf_config *config)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < FIELDS; i++)
        EQFI_CHECK(fields[i].kind != IRREPS || *(eqf_irreps **)member(config, &fields[i]) != NULL, EQF_ERROR_ARGUMENT,
                   "the model configuration lacks %s", fields[i].key);
    EQFI_CHECK(!config->use_atom_edge_attr || config->irreps_atom_edge_attr != NULL, EQF_ERROR_ARGUMENT,
               "use_atom_edge_attr is true, but irreps_atom_edge_attr is null");
    EQFI_CHECK(config->energy_shifts.n == 0 || config->energy_shifts.n == config->atom_types.n, EQF_ERROR_RANGE,
               "energy_shifts has %d numbers, expected one for each of the %d atom_types", config->energy_shifts.n,
               config->atom_types.n);
    EQFI_CHECK(config->fc_neurons.n <= EQFI_LAYERS_MAX, EQF_ERROR_RANGE,
               "fc_neurons has %d layers, expected at most %d", config->fc_neurons.n, EQFI_LAYERS_MAX);
    for (int i = 0; i < config->fc_neurons.n; i++)
        EQFI_CHECK(config->fc_neurons.values[i] > 0, EQF_ERROR_RANGE,
                   "fc_neurons has a layer of %d, expected 1 or more", config->fc_neurons.values[i]);
fail:
    return status;
}
