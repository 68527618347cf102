/* SPDX-License-Identifier: MIT */
#include "model/published.h"

#include <stdlib.h>
#include <string.h>

#include <equiformer/model.h>

#include "model/config.h"

/* Arguments whose names are not our keys. */
static const struct {
    const char *name;
    const char *ours;    /* NULL: it says nothing about the model */
    const char *neutral; /* JSON: if not NULL, the only value that is understood */
} arguments[] = {
    {"radius", "max_radius", NULL},
    {"num_basis", "number_of_basis", NULL},
    {"use_attn_head", "use_attention_head", NULL},
    {"irreps_in", NULL, NULL}, /* see add_atom_types */
    {"num_atoms", NULL, NULL},
    {"bond_feat_dim", NULL, NULL},
    {"num_targets", NULL, "1"},
    {"irreps_node_attr", NULL, "\"1x0e\""},
    {"mean", NULL, NULL}, /* of the labels, for training */
    {"std", NULL, NULL},
    {"task_mean", NULL, NULL},
    {"task_std", NULL, NULL},
    {"scale", NULL, "null"},
    {"atomref", NULL, "null"},
};

enum { ARGUMENTS = sizeof arguments / sizeof *arguments, TEXT_SIZE = 64 };

static const char *const families[] = {"qm9", "md17", "oc20"};
static const char dot_product[] = "_dot_product";

/* Takes over value. */
static eqf_status set(eqf_context *context, json_t *config, const char *key, json_t *value)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(value != NULL && json_object_set_new(config, key, value) == 0, EQF_ERROR_MEMORY,
               "out of memory for a model configuration");
fail:
    return status;
}

static bool is_preset(const char *name)
{
    for (int i = 0; i < eqf_preset_count(); i++)
        if (strcmp(eqf_preset_name(i), name) == 0) return true;
    return false;
}

static eqf_status add_kind(eqf_context *context, const char *kind, json_t *config, const char **family)
{
    eqf_status status = EQF_OK;
    *family = "";
    if (is_preset(kind)) return set(context, config, "preset", json_string(kind));
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(families[i]);
        if (strncmp(kind, families[i], length) == 0 &&
            (kind[length] == '\0' || strcmp(kind + length, dot_product) == 0)) {
            *family = families[i];
            if (kind[length] != '\0') EQFI_TRY(set(context, config, "dot_product_attention", json_true()));
        }
    }
    EQFI_CHECK(**family != '\0', EQF_ERROR_ARGUMENT,
               "kind is %.100s, expected a preset, or qm9, md17 or oc20, or one of these with %s behind", kind,
               dot_product);
    EQFI_TRY(set(context, config, "family", json_string(*family)));
fail:
    return status;
}

/* MD17's index of types is the atomic number: irreps_in, "64x0e", says how many there are. Elsewhere the family knows. */
static eqf_status add_atom_types(eqf_context *context, const char *family, const json_t *irreps_in, json_t *config)
{
    eqf_status status = EQF_OK;
    const char *text = json_string_value(irreps_in);
    json_t *list = NULL;
    if (text == NULL || strcmp(family, "md17") != 0) return EQF_OK;
    char *end;
    long types = strtol(text, &end, 10);
    EQFI_CHECK(types > 0 && types <= EQFI_TYPES_MAX && strcmp(end, "x0e") == 0, EQF_ERROR_ARGUMENT,
               "irreps_in is %.100s, expected 1x0e to %dx0e", text, EQFI_TYPES_MAX);
    list = json_array();
    for (int z = 0; z < types; z++)
        EQFI_CHECK(json_array_append_new(list, json_integer(z > 0 ? z : -1)) == 0, EQF_ERROR_MEMORY,
                   "out of memory for a model configuration");
    status = set(context, config, "atom_types", list);
    list = NULL;
fail:
    json_decref(list);
    return status;
}

/* An argument under its own name, or as the table says. */
static eqf_status add_argument(eqf_context *context, const char *name, json_t *value, json_t *config)
{
    eqf_status status = EQF_OK;
    int i = 0;
    while (i < ARGUMENTS && strcmp(arguments[i].name, name) != 0) i++;
    if (i == ARGUMENTS) return set(context, config, name, json_incref(value));
    if (arguments[i].ours != NULL) return set(context, config, arguments[i].ours, json_incref(value));
    if (arguments[i].neutral != NULL && !json_is_null(value)) {
        char text[TEXT_SIZE] = "";
        size_t length = json_dumpb(value, text, sizeof text - 1, JSON_ENCODE_ANY | JSON_COMPACT);
        EQFI_CHECK(length < sizeof text && strcmp(text, arguments[i].neutral) == 0, EQF_ERROR_UNSUPPORTED,
                   "%s is %.40s, expected %s", name, length < sizeof text ? text : "something else",
                   arguments[i].neutral);
    }
fail:
    return status;
}

eqf_status eqfi_published_config(eqf_context *context, const json_t *published, json_t **config)
{
    eqf_status status = EQF_OK;
    json_t *made = json_object(), *from = (json_t *)(uintptr_t)published;
    const char *kind = json_string_value(json_object_get(published, "kind")), *family;
    EQFI_CHECK(made != NULL, EQF_ERROR_MEMORY, "out of memory for a model configuration");
    EQFI_CHECK(kind != NULL, EQF_ERROR_ARGUMENT, "kind is no text");
    EQFI_TRY(add_kind(context, kind, made, &family));
    EQFI_TRY(add_atom_types(context, family, json_object_get(published, "irreps_in"), made));
    for (void *at = json_object_iter(from); at != NULL; at = json_object_iter_next(from, at))
        if (strcmp(json_object_iter_key(at), "kind") != 0)
            EQFI_TRY(add_argument(context, json_object_iter_key(at), json_object_iter_value(at), made));
    *config = made;
    made = NULL;
fail:
    json_decref(made);
    return status;
}
