/* Model files: safetensors with the configuration in the metadata (docs/format.md).
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "ad/parameters.h"
#include "model/model.h"
#include "model/tensors.h"

static const char format_name[] = "equiformer-model";
static const char format_version[] = "1";

/* Everything about a file begins with its name. */
static eqf_status in_file(eqf_context *context, eqf_status status, const char *path)
{
    return eqfi_fail(context, status, "%s: %s", path, eqf_context_message(context));
}

/* -------------------------------------------------------------------------------------------------------- reading -- */

static eqf_status read_parameters(eqf_context *context, const eqfi_safetensors *file, const eqf_module *network,
                                  eqf_parameters **parameters)
{
    eqf_status status = EQF_OK;
    eqfi_tensors tensors = {eqfi_safetensors_count(file), NULL};
    EQFI_TRY(eqfi_new(context, (size_t)tensors.n, sizeof *tensors.by_name, (void **)&tensors.by_name));
    for (int i = 0; i < tensors.n; i++) tensors.by_name[i] = eqfi_safetensors_at(file, i);
    EQFI_TRY(eqfi_tensors_sort(context, &tensors));
    EQFI_TRY(eqfi_tensors_declare(context, &tensors, network, parameters));
    EQFI_TRY(eqfi_tensors_read(context, &tensors, *parameters));
fail:
    eqfi_delete(context, tensors.by_name);
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
    EQFI_TRY(read_parameters(context, file, network, &parameters));
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
    int n = eqf_parameters_arrays(parameters);
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
