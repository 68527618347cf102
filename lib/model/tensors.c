/* SPDX-License-Identifier: MIT */
#include "model/tensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/module.h"

static int by_name(const void *a, const void *b)
{
    const eqfi_array *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

eqf_status eqfi_tensors_sort(eqf_context *context, eqfi_tensors *tensors)
{
    eqf_status status = EQF_OK;
    qsort(tensors->by_name, (size_t)tensors->n, sizeof *tensors->by_name, by_name);
    for (int i = 1; i < tensors->n; i++)
        EQFI_CHECK(strcmp(tensors->by_name[i - 1]->name, tensors->by_name[i]->name) != 0, EQF_ERROR_FORMAT,
                   "the tensor %s is there twice", tensors->by_name[i]->name);
fail:
    return status;
}

const eqfi_array *eqfi_tensors_find(const eqfi_tensors *tensors, const char *name)
{
    eqfi_array wanted = {.name = name};
    const eqfi_array *key = &wanted;
    const eqfi_array **found = bsearch(&key, tensors->by_name, (size_t)tensors->n, sizeof *tensors->by_name, by_name);
    return found == NULL ? NULL : *found;
}

bool eqfi_tensor_is_derived(const eqfi_array *array)
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

static eqf_status check_tensor(eqf_context *context, const eqfi_tensors *tensors, const char *name,
                               const eqfi_parameter *parameter)
{
    eqf_status status = EQF_OK;
    char own[EQFI_SHAPE_TEXT], wanted[EQFI_SHAPE_TEXT];
    const eqfi_array *array = eqfi_tensors_find(tensors, name);
    if (array == NULL && parameter->count == 0) return EQF_OK;
    EQFI_CHECK(array != NULL, EQF_ERROR_NOT_FOUND, "the tensor %s is missing", name);
    EQFI_CHECK(is_real(array->dtype), EQF_ERROR_FORMAT, "the tensor %s is %s, expected F32 or F64", name,
               eqfi_dtype_text(array->dtype));
    bool same = array->ndim == parameter->ndim;
    for (int d = 0; same && d < parameter->ndim; d++) same = array->shape[d] == parameter->shape[d];
    EQFI_CHECK(same, EQF_ERROR_SHAPE, "the tensor %s has shape %s, expected %s", name,
               eqfi_shape_text(array->ndim, array->shape, own),
               eqfi_shape_text(parameter->ndim, parameter->shape, wanted));
fail:
    return status;
}

/* Nothing is allocated before this is known, because the configuration says how large the network is, and a file can say
 * anything. */
static eqf_status check_tensors(eqf_context *context, const eqfi_tensors *tensors, const eqf_module *module,
                                const char *scope)
{
    eqf_status status = EQF_OK;
    char full[EQFI_NAME_MAX];
    for (int i = 0; i < module->n_parameters; i++) {
        EQFI_TRY(eqfi_join_name(context, scope, module->parameters[i].name, full));
        EQFI_TRY(check_tensor(context, tensors, full, &module->parameters[i]));
    }
    for (int i = 0; i < module->n_children; i++) {
        EQFI_TRY(eqfi_join_name(context, scope, module->children[i].name, full));
        EQFI_TRY(check_tensors(context, tensors, module->children[i].module, full));
    }
fail:
    return status;
}

static eqf_precision precision_of(const eqfi_tensors *tensors)
{
    for (int i = 0; i < tensors->n; i++)
        if (tensors->by_name[i]->dtype == EQFI_DTYPE_F64) return EQF_FLOAT64;
    return EQF_FLOAT32;
}

eqf_status eqfi_tensors_declare(eqf_context *context, const eqfi_tensors *tensors, const eqf_module *network,
                                eqf_parameters **parameters)
{
    eqf_status status = EQF_OK;
    eqf_parameters *made = NULL;
    EQFI_TRY(check_tensors(context, tensors, network, ""));
    EQFI_TRY(eqf_parameters_create(context, precision_of(tensors), &made));
    EQFI_TRY(eqfi_module_declare(context, network, "", made));
    for (int i = 0; i < tensors->n; i++) {
        const eqfi_array *array = tensors->by_name[i];
        EQFI_CHECK(eqfi_tensor_is_derived(array) || eqf_parameters_find(made, array->name) >= 0, EQF_ERROR_FORMAT,
                   "the tensor %s is superfluous: the configuration has no parameter of that name", array->name);
    }
    *parameters = made;
    made = NULL;
fail:
    eqf_parameters_free(made);
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

eqf_status eqfi_tensors_read(eqf_context *context, const eqfi_tensors *tensors, eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < tensors->n; i++) {
        int index = eqf_parameters_find(parameters, tensors->by_name[i]->name);
        if (index >= 0) EQFI_TRY(read_tensor(context, tensors->by_name[i], index, parameters));
    }
fail:
    return status;
}
