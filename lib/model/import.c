/* Models from checkpoints of the published code. SPDX-License-Identifier: MIT */
#include <equiformer/import.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/file.h"
#include "io/torch.h"
#include "model/convention.h"
#include "model/model.h"
#include "model/tensors.h"

/* A checkpoint of either format. */
typedef struct checkpoint {
    const char *path;
    eqfi_safetensors *plain;
    eqfi_torch *torch;
    eqfi_array *renamed; /* those of a safetensors file, under the names of the model */
    eqfi_tensors tensors;
} checkpoint;

/* ------------------------------------------------------------------------------------------------------- opening -- */

/* The name that a tensor has in the model; NULL if it is none of the model's. */
static const char *name_in_model(const char *name, const char *prefix)
{
    static const char wrapper[] = "module.";
    size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0) return NULL;
    name += length;
    while (strncmp(name, wrapper, sizeof wrapper - 1) == 0) name += sizeof wrapper - 1;
    return name;
}

/* Files with other arrays beside keep the model's under "model/". */
static eqf_status list_plain(eqf_context *context, checkpoint *c)
{
    eqf_status status = EQF_OK;
    int n = eqfi_safetensors_count(c->plain);
    const char *prefix = "";
    for (int i = 0; i < n; i++)
        if (name_in_model(eqfi_safetensors_at(c->plain, i)->name, "model/") != NULL) prefix = "model/";
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *c->renamed, (void **)&c->renamed));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *c->tensors.by_name, (void **)&c->tensors.by_name));
    for (int i = 0; i < n; i++) {
        eqfi_array *array = &c->renamed[c->tensors.n];
        *array = *eqfi_safetensors_at(c->plain, i);
        array->name = name_in_model(array->name, prefix);
        if (array->name != NULL) c->tensors.by_name[c->tensors.n++] = array;
    }
fail:
    return status;
}

static eqf_status list_torch(eqf_context *context, checkpoint *c)
{
    eqf_status status = EQF_OK;
    int n = eqfi_torch_count(c->torch);
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *c->tensors.by_name, (void **)&c->tensors.by_name));
    for (; c->tensors.n < n; c->tensors.n++) c->tensors.by_name[c->tensors.n] = eqfi_torch_at(c->torch, c->tensors.n);
fail:
    return status;
}

/* The first bytes tell the formats apart; messages name the file. */
static eqf_status open_checkpoint(eqf_context *context, checkpoint *c)
{
    eqf_status status = EQF_OK;
    char front[4];
    size_t length;
    EQFI_TRY(eqfi_file_front(context, c->path, front, sizeof front, &length));
    EQFI_CHECK(length < 2 || memcmp(front, "\x80\x02", 2) != 0, EQF_ERROR_UNSUPPORTED,
               "%s: this is a pickle of PyTorch before 1.6; load it there and save it again with torch.save", c->path);
    if (length == 4 && memcmp(front, "PK\003\004", 4) == 0) {
        EQFI_TRY(eqfi_torch_open(context, c->path, &c->torch));
        EQFI_TRY(list_torch(context, c));
    } else {
        EQFI_TRY(eqfi_safetensors_open(context, c->path, &c->plain));
        EQFI_TRY(list_plain(context, c));
    }
fail:
    return status;
}

static void close_checkpoint(eqf_context *context, checkpoint *c)
{
    eqfi_delete(context, c->tensors.by_name);
    eqfi_delete(context, c->renamed);
    eqfi_safetensors_close(c->plain);
    eqfi_torch_close(c->torch);
}

/* Data of tensors in PyTorch's files are read when they are wanted; messages name the file. */
static eqf_status load(eqf_context *context, const checkpoint *c, const eqfi_array *array)
{
    return c->torch == NULL ? EQF_OK : eqfi_torch_load(context, c->torch, (int)(array - eqfi_torch_at(c->torch, 0)));
}

/* ------------------------------------------------------------------------------------------------- configuration -- */

static const char *metadata(const checkpoint *c, const char *key)
{
    return c->plain == NULL ? NULL : eqfi_safetensors_metadata(c->plain, key);
}

/* The metadata config, with kind beside it or within it, or the JSON of our model files. */
static eqf_status read_config(eqf_context *context, const checkpoint *c, eqf_config **config)
{
    eqf_status status = EQF_OK;
    const char *text = metadata(c, "config"), *kind = metadata(c, "kind");
    json_t *root = NULL;
    char *whole = NULL;
    json_error_t error;
    EQFI_CHECK(text != NULL, EQF_ERROR_ARGUMENT,
               "the file does not say which model it holds: a configuration has to be given (on the command line "
               "--preset or --config)");
    if (kind == NULL) return eqf_config_parse(context, text, config);
    root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    EQFI_CHECK(json_is_object(root), EQF_ERROR_FORMAT, "the metadata config is no JSON object");
    EQFI_CHECK(json_object_set_new(root, "kind", json_string(kind)) == 0, EQF_ERROR_MEMORY,
               "out of memory for the metadata");
    whole = json_dumps(root, 0);
    EQFI_CHECK(whole != NULL, EQF_ERROR_MEMORY, "out of memory for the metadata");
    EQFI_TRY(eqf_config_parse(context, whole, config));
fail:
    free(whole);
    json_decref(root);
    return status;
}

/* A model file of our own says it in its configuration. */
static eqf_status default_convention(eqf_context *context, const checkpoint *c, int *convention)
{
    eqf_status status = EQF_OK;
    eqf_config *own = NULL;
    const char *text = metadata(c, "cg_convention");
    *convention = EQF_CG_E3NN_04;
    if (text != NULL) {
        bool newer = strcmp(text, "e3nn-0.5") == 0;
        EQFI_CHECK(newer || strcmp(text, "e3nn-0.4") == 0, EQF_ERROR_FORMAT,
                   "the metadata cg_convention is %.40s, expected e3nn-0.5 or e3nn-0.4", text);
        if (newer) *convention = EQF_CG_E3NN_05;
    } else if (metadata(c, "config") != NULL && metadata(c, "kind") == NULL) {
        EQFI_TRY(read_config(context, c, &own));
        *convention = own->convention;
    }
fail:
    eqf_config_free(own);
    return status;
}

/* The first buffer that tells; buffers are found without looking at other data. */
static eqf_status find_convention(eqf_context *context, const checkpoint *c, int *convention)
{
    eqf_status status = EQF_OK;
    int l[3];
    bool told = false;
    EQFI_TRY(default_convention(context, c, convention));
    for (int i = 0; i < c->tensors.n && !told; i++) {
        const eqfi_array *array = c->tensors.by_name[i];
        if (!eqfi_is_wigner(array, l)) continue;
        EQFI_TRY(load(context, c, array));
        EQFI_TRY(eqfi_convention_of(context, array, l, convention, &told));
    }
fail:
    return status;
}

/* --------------------------------------------------------------------------------------------------------- model -- */

static eqf_status load_parameters(eqf_context *context, const checkpoint *c, const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < c->tensors.n; i++)
        if (eqf_parameters_find(parameters, c->tensors.by_name[i]->name) >= 0)
            EQFI_TRY(load(context, c, c->tensors.by_name[i]));
fail:
    return status;
}

static eqf_status make_model(eqf_context *context, checkpoint *c, const eqf_config *config, eqf_model **model)
{
    eqf_status status = EQF_OK;
    eqf_config *own = NULL;
    eqf_module *network = NULL;
    eqf_parameters *parameters = NULL;
    EQFI_TRY(config != NULL ? eqfi_config_copy(context, config, &own) : read_config(context, c, &own));
    EQFI_TRY(eqfi_tensors_sort(context, &c->tensors));
    EQFI_TRY(find_convention(context, c, &own->convention));
    EQFI_CHECK(own->num_layers <= c->tensors.n, EQF_ERROR_FORMAT, "num_layers is %d, but there are only %d tensors",
               own->num_layers, c->tensors.n);
    EQFI_TRY(eqfi_network_create(context, own, &network));
    EQFI_TRY(eqfi_tensors_declare(context, &c->tensors, network, &parameters));
    EQFI_TRY(load_parameters(context, c, parameters));
    EQFI_TRY(eqfi_tensors_read(context, &c->tensors, parameters));
    EQFI_TRY(eqf_model_assemble(context, own, parameters, model));
fail:
    eqf_config_free(own);
    eqf_module_free(network);
    eqf_parameters_free(parameters);
    return status;
}

eqf_status eqf_model_import(eqf_context *context, const char *path, const eqf_config *config, eqf_model **model)
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    if (path == NULL || model == NULL) return eqfi_fail(context, EQF_ERROR_ARGUMENT, "path or model is NULL");
    checkpoint c = {.path = path};
    eqf_status status = open_checkpoint(context, &c);
    if (status == EQF_OK) status = make_model(context, &c, config, model);
    const char *message = eqf_context_message(context);
    if (status != EQF_OK && strncmp(message, path, strlen(path)) != 0)
        status = eqfi_fail(context, status, "%s: %s", path, message);
    close_checkpoint(context, &c);
    return status;
}
