/* Model configurations: the table of keys, presets and families, checks.
 * SPDX-License-Identifier: MIT */
#include "model/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/published.h"

/* ---------------------------------------------------------------------------------------------------------- table -- */

static const char *const families[] = {"qm9", "md17", "oc20", NULL};
static const char *const conventions[] = {"e3nn-0.5", "e3nn-0.4", NULL};
static const char *const bases[] = {"gaussian", "exp", "bessel", NULL};
static const char *const norms[] = {"layer", "graph", "instance", "fast_layer", NULL};

static const char *const cutoff_modes[] = {"published", "smooth", NULL};
static const char *const head_splits[] = {"published", "equivariant", NULL};

#define FIELD(key, kind)                                                                                               \
    {                                                                                                                  \
#key, EQFI_##kind, offsetof(eqf_config, key), NULL                                                             \
    }
#define CHOICE_FIELD(key, member, choices)                                                                             \
    {                                                                                                                  \
#key, EQFI_CHOICE, offsetof(eqf_config, member), choices                                                       \
    }

/* In the order in which they are written; family comes first, because it sets others. */
static const eqfi_field fields[] = {
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
    FIELD(energy_offset, NUMBER),
    FIELD(auxiliary_scale, POSITIVE),
    FIELD(max_neighbors, WHOLE),
    FIELD(length_unit, UNIT),
    FIELD(energy_unit, UNIT),
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

/* -------------------------------------------------------------------------------------------------------- setting -- */

static eqf_status unknown_key(eqf_context *context, const char *key)
{
    return eqfi_fail(context, EQF_ERROR_NOT_FOUND,
                     "unknown key %s of a model configuration (docs/format.md lists them)", key);
}

/* What leaves the network as it is: signs, units, dropouts, and what follows its outputs. */
static bool is_incidental(const eqfi_field *f)
{
    static const char *const keys[] = {"cg_convention", "energy_shifts", "energy_scale", "energy_offset",
                                       "auxiliary_scale"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(f->key, keys[i]) == 0) return true;
    return f->kind == EQFI_UNIT || f->kind == EQFI_FRACTION;
}

/* Sets a field; a preset that becomes a different network is no longer that preset. */
static eqf_status change_field(eqf_context *context, const eqfi_field *f, const json_t *value, eqf_config *config)
{
    json_t *before = eqfi_field_json(context, f, config);
    eqf_status status = eqfi_field_set(context, f, value, config);
    json_t *after = eqfi_field_json(context, f, config);
    if (status == EQF_OK && (before == NULL || after == NULL))
        status = eqfi_fail(context, EQF_ERROR_MEMORY, "out of memory for %s", f->key);
    if (status == EQF_OK && f->offset == offsetof(eqf_config, family))
        eqfi_config_set_family(config, (eqfi_family)config->family);
    if (!is_incidental(f) && !json_equal(before, after)) config->preset[0] = '\0';
    json_decref(before);
    json_decref(after);
    return status;
}

eqf_status eqf_config_set(eqf_context *context, eqf_config *config, const char *key, const char *value)
{
    eqf_status status = EQF_OK;
    json_t *json = NULL;
    const eqfi_field *f = eqfi_field_find(FIELDS, fields, key);
    if (f == NULL) return unknown_key(context, key);
    EQFI_TRY(eqfi_field_parse(context, f, value, &json));
    EQFI_TRY(change_field(context, f, json, config));
fail:
    json_decref(json);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- JSON -- */

eqf_status eqfi_config_apply(eqf_context *context, const json_t *root, eqf_config *config)
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
        const eqfi_field *f = eqfi_field_find(FIELDS, fields, key);
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
    json_t *root = NULL;
    EQFI_TRY(eqfi_object_parse(context, "a model configuration", json, &root));
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
    EQFI_TRY(eqfi_config_apply(context, root, made));
    *config = made;
    made = NULL;
fail:
    json_decref(root);
    eqf_config_free(made);
    return status;
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
            json_object_set_new(root, fields[i].key, eqfi_field_json(context, &fields[i], config)) == 0 && complete;
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
    const eqfi_field *f = eqfi_field_find(FIELDS, fields, key);
    return f == NULL ? unknown_key(context, key) : eqfi_field_text(context, f, config, value);
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
    made->auxiliary_scale = 1;
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
    eqfi_fields_retain(FIELDS, fields, made);
    *copy = made;
    return EQF_OK;
}

void eqf_config_free(eqf_config *config)
{
    if (config == NULL) return;
    eqfi_fields_release(FIELDS, fields, config);
    eqfi_release(&config->allocator, config);
}

eqf_status eqfi_config_check(eqf_context *context, const eqf_config *config)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < FIELDS; i++)
        EQFI_CHECK(fields[i].kind != EQFI_IRREPS ||
                       *(eqf_irreps **)((char *)(uintptr_t)config + fields[i].offset) != NULL,
                   EQF_ERROR_ARGUMENT, "the model configuration lacks %s", fields[i].key);
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
