/* Parameters of a model from the tensors of a file, whatever its format.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_TENSORS_H
#define EQFI_MODEL_TENSORS_H

#include <equiformer/module.h>

#include "io/safetensors.h"

/* The tensors of a file, sorted by name. */
typedef struct eqfi_tensors {
    int n;
    const eqfi_array **by_name;
} eqfi_tensors;

/* Sorts them; two of one name are an error. */
eqf_status eqfi_tensors_sort(eqf_context *context, eqfi_tensors *tensors);
const eqfi_array *eqfi_tensors_find(const eqfi_tensors *tensors, const char *name); /* NULL if there is none */

/* Whether published files hold such a tensor beside the parameters: an empty weight, or a buffer that derives from the
 * irreps. */
bool eqfi_tensor_is_derived(const eqfi_array *array);

/* Makes the parameters of the network, yet without their values. Each must be among the tensors with its shape, and no
 * other tensor, whose data are not looked at. The precision is float64 if one of the tensors' is. */
eqf_status eqfi_tensors_declare(eqf_context *context, const eqfi_tensors *tensors, const eqf_module *network,
                                eqf_parameters **parameters);

/* Sets them, which must be finite. */
eqf_status eqfi_tensors_read(eqf_context *context, const eqfi_tensors *tensors, eqf_parameters *parameters);

#endif
