/* Model files: safetensors with the configuration in the metadata (docs/format.md).
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ad/parameters.h"
#include "io/safetensors.h"
#include "model/model.h"
#include "nn/module.h"

static const char format_name[] = "equiformer-model";
static const char format_version[] = "1";

/* Everything about a file begins with its name. */
static eqf_status in_file(eqf_context *context, eqf_status status, const char *path)
{
    return eqfi_fail(context, status, "%s: %s", path, eqf_context_message(context));
}

/* -------------------------------------------------------------------------------------------------------- reading -- */

/* Tensors that published files hold beside parameters: empty weights, and buffers that derive from the irreps. */
static bool is_derived(const eqfi_array *array)
{
    size_t length = strlen(array->name);
    static const char mask[] = "output_mask";
    return array->count == 0 || strstr(array->name, "_w3j_") != NULL ||
           (length >= sizeof mask - 1 && strcmp(array->name + length - (sizeof mask - 1), mask) == 0);
}

static bool is_real(eqfi_dtype dtype)
{
    return dtype == EQFI_DTYPE_F64 || dtype == EQFI_DTYPE_F32 || dtype == EQFI_DTYPE_F16 || dtype == EQFI_DTYPE_BF16;
}

static void format_shape(int ndim, const int64_t *shape, char text[128])
{
    int used = snprintf(text, 128, "[");
    for (int d = 0; d < ndim; d++)
        used += snprintf(text + used, 128 - (size_t)used, "%s%lld", d > 0 ? "," : "", (long long)shape[d]);
    snprintf(text + used, 128 - (size_t)used, "]");
}

static eqf_status check_tensor(eqf_context *context, const eqfi_safetensors *file, const char *name,
                               const eqfi_parameter *parameter)
{
    eqf_status status = EQF_OK;
    char own[128], wanted[128];
    const eqfi_array *array = eqfi_safetensors_find(file, name);
    if (array == NULL && parameter->count == 0) return EQF_OK;
    EQFI_CHECK(array != NULL, EQF_ERROR_NOT_FOUND, "the tensor %s is missing", name);
    EQFI_CHECK(is_real(array->dtype), EQF_ERROR_FORMAT, "the tensor %s is %s, expected F32 or F64", name,
               eqfi_dtype_text(array->dtype));
    bool same = array->ndim == parameter->ndim;
    for (int d = 0; same && d < parameter->ndim; d++) same = array->shape[d] == parameter->shape[d];
    format_shape(array->ndim, array->shape, own);
    format_shape(parameter->ndim, parameter->shape, wanted);
    EQFI_CHECK(same, EQF_ERROR_SHAPE, "the tensor %s has shape %s, expected %s", name, own, wanted);
fail:
    return status;
}

/* Every parameter of the network is in the file with its shape. Nothing is allocated before that is known, because the
 * configuration says how large the network is, and a file can say anything. */
static eqf_status check_tensors(eqf_context *context, const eqfi_safetensors *file, const eqf_module *module,
                                const char *scope)
{
    eqf_status status = EQF_OK;
    char full[EQFI_NAME_MAX];
    for (int i = 0; i < module->n_parameters; i++) {
        EQFI_TRY(eqfi_join_name(context, scope, module->parameters[i].name, full));
        EQFI_TRY(check_tensor(context, file, full, &module->parameters[i]));
    }
    for (int i = 0; i < module->n_children; i++) {
        EQFI_TRY(eqfi_join_name(context, scope, module->children[i].name, full));
        EQFI_TRY(check_tensors(context, file, module->children[i].module, full));
    }
fail:
    return status;
}

static eqf_status read_tensor(eqf_context *context, const eqfi_array *array, int index, eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    double *values = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)array->count, sizeof *values, (void **)&values));
    eqfi_array_to_double(array, 0, array->count, values);
    for (int64_t i = 0; i < array->count; i++)
        EQFI_CHECK(isfinite(values[i]), EQF_ERROR_NOT_FINITE, "element %lld of the tensor %s is not a finite number",
                   (long long)i, array->name);
    EQFI_TRY(eqf_parameters_set(context, parameters, index, values));
fail:
    eqfi_delete(context, values);
    return status;
}

/* float64 if one of the tensors is. */
static eqf_precision precision_of(const eqfi_safetensors *file)
{
    for (int i = 0; i < eqfi_safetensors_count(file); i++)
        if (eqfi_safetensors_at(file, i)->dtype == EQFI_DTYPE_F64) return EQF_FLOAT64;
    return EQF_FLOAT32;
}

static eqf_status read_parameters(eqf_context *context, const eqfi_safetensors *file, const eqf_module *network,
                                  eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(check_tensors(context, file, network, ""));
    EQFI_TRY(eqfi_module_declare(context, network, "", parameters));
    for (int i = 0; i < eqfi_safetensors_count(file); i++) {
        const eqfi_array *array = eqfi_safetensors_at(file, i);
        int index = eqf_parameters_find(parameters, array->name);
        EQFI_CHECK(index >= 0 || is_derived(array), EQF_ERROR_FORMAT,
                   "the tensor %s is superfluous: the configuration has no parameter of that name", array->name);
        if (index >= 0) EQFI_TRY(read_tensor(context, array, index, parameters));
    }
fail:
    return status;
}

static eqf_status check_format(eqf_context *context, const eqfi_safetensors *file)
{
    eqf_status status = EQF_OK;
    const char *format = eqfi_safetensors_metadata(file, "format");
    const char *version = eqfi_safetensors_metadata(file, "format_version");
    EQFI_CHECK(format != NULL && strcmp(format, format_name) == 0, EQF_ERROR_FORMAT,
               "the metadata key format is %s, expected %s: this is no model file", format == NULL ? "missing" : format,
               format_name);
    EQFI_CHECK(version != NULL && strcmp(version, format_version) == 0, EQF_ERROR_UNSUPPORTED,
               "the metadata key format_version is %s, expected %s", version == NULL ? "missing" : version,
               format_version);
    EQFI_CHECK(eqfi_safetensors_metadata(file, "config") != NULL, EQF_ERROR_FORMAT,
               "the metadata key config is missing");
fail:
    return status;
}

eqf_status eqf_model_load(eqf_context *context, const char *path, eqf_model **model)
{
    eqf_status status = EQF_OK;
    eqfi_safetensors *file = NULL;
    eqf_config *config = NULL;
    eqf_module *network = NULL;
    eqf_parameters *parameters = NULL;
    status = eqfi_safetensors_open(context, path, &file); /* its messages name the file */
    if (status != EQF_OK) return status;
    EQFI_TRY(check_format(context, file));
    EQFI_TRY(eqf_config_parse(context, eqfi_safetensors_metadata(file, "config"), &config));
    EQFI_CHECK(config->num_layers <= eqfi_safetensors_count(file), EQF_ERROR_FORMAT,
               "num_layers is %d, but there are only %d tensors", config->num_layers, eqfi_safetensors_count(file));
    EQFI_TRY(eqfi_network_create(context, config, &network));
    EQFI_TRY(eqf_parameters_create(context, precision_of(file), &parameters));
    EQFI_TRY(read_parameters(context, file, network, parameters));
    EQFI_TRY(eqf_model_assemble(context, config, parameters, model));
fail:
    if (status != EQF_OK) status = in_file(context, status, path);
    eqfi_safetensors_close(file);
    eqf_config_free(config);
    eqf_module_free(network);
    eqf_parameters_free(parameters);
    return status;
}

/* -------------------------------------------------------------------------------------------------------- writing -- */

eqf_status eqf_model_save(eqf_context *context, const eqf_model *model, const char *path)
{
    eqf_status status = EQF_OK;
    const eqf_parameters *parameters = model->parameters;
    int n = eqf_parameters_size(parameters);
    eqfi_array *arrays = NULL;
    char *config = NULL;
    EQFI_TRY(eqf_config_format(context, model->config, &config));
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *arrays, (void **)&arrays));
    for (int i = 0; i < n; i++) {
        eqf_parameter_info info;
        EQFI_TRY(eqf_parameters_info(context, parameters, i, &info));
        arrays[i].name = info.name;
        arrays[i].dtype = eqf_parameters_precision(parameters) == EQF_FLOAT64 ? EQFI_DTYPE_F64 : EQFI_DTYPE_F32;
        arrays[i].ndim = info.ndim;
        memcpy(arrays[i].shape, info.shape, (size_t)info.ndim * sizeof info.shape[0]);
        arrays[i].count = info.count;
        arrays[i].data = eqfi_parameters_data(parameters, i);
    }
    const char *const keys[] = {"format", "format_version", "config"};
    const char *const values[] = {format_name, format_version, config};
    EQFI_TRY(eqfi_safetensors_write(context, path, n, arrays, 3, keys, values));
fail:
    eqfi_delete(context, arrays);
    eqf_text_free(context, config);
    return status;
}
