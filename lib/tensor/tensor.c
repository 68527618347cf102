/* Irreps tensors.
 * SPDX-License-Identifier: MIT */
#include "tensor/tensor.h"

#include <string.h>

#include <equiformer/wigner.h>

#include "base/context.h"

eqf_status eqf_tensor_create(eqf_context *context, const eqf_irreps *irreps, int64_t rows, eqf_precision precision,
                             eqf_tensor **tensor)
{
    eqf_status status = EQF_OK;
    eqf_tensor *made = NULL;
    EQFI_CHECK(rows >= 0 && rows <= INT32_MAX, EQF_ERROR_RANGE, "a tensor of %lld rows, expected 0 to 2147483647",
               (long long)rows);
    EQFI_CHECK(precision == EQF_FLOAT32 || precision == EQF_FLOAT64, EQF_ERROR_ARGUMENT,
               "precision %d, expected EQF_FLOAT32 or EQF_FLOAT64", (int)precision);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->irreps = eqf_irreps_retain(irreps);
    made->rows = rows;
    made->precision = precision;
    made->kernels = eqfi_kernels_select(precision, eqfi_cpu_isa());
    EQFI_TRY(eqfi_layout_create(context, irreps, &made->layout));
    size_t bytes;
    EQFI_TRY(eqfi_bytes(context, (size_t)rows, (size_t)made->layout->columns, made->kernels->real_size, &bytes));
    EQFI_TRY(eqfi_new_aligned(context, bytes, &made->data));
    memset(made->data, 0, bytes);
    *tensor = made;
    return EQF_OK;
fail:
    eqf_tensor_free(made);
    return status;
}

void eqf_tensor_free(eqf_tensor *tensor)
{
    if (tensor == NULL) return;
    eqf_allocator allocator = tensor->allocator;
    eqfi_release_aligned(&allocator, tensor->data);
    eqfi_release(&allocator, tensor->layout);
    eqf_irreps_free(tensor->irreps);
    eqfi_release(&allocator, tensor);
}

const eqf_irreps *eqf_tensor_irreps(const eqf_tensor *tensor) { return tensor->irreps; }

int64_t eqf_tensor_rows(const eqf_tensor *tensor) { return tensor->rows; }

eqf_precision eqf_tensor_precision(const eqf_tensor *tensor) { return tensor->precision; }

eqfi_operand eqfi_tensor_operand(const eqf_tensor *tensor)
{
    return (eqfi_operand){tensor->data, tensor->layout->columns, NULL};
}

void eqf_tensor_set(eqf_tensor *tensor, const double *values)
{
    tensor->kernels->import(tensor->layout, 0, tensor->rows, values, eqfi_tensor_operand(tensor));
}

void eqf_tensor_get(const eqf_tensor *tensor, double *values)
{
    tensor->kernels->export(tensor->layout, 0, tensor->rows, eqfi_tensor_operand(tensor), values);
}

eqf_status eqf_tensor_rotate(eqf_context *context, eqf_tensor *tensor, const double *rotation)
{
    eqf_status status = EQF_OK;
    double *values = NULL;
    EQFI_TRY(
        eqfi_new(context, (size_t)tensor->rows * (size_t)tensor->layout->columns, sizeof *values, (void **)&values));
    eqf_tensor_get(tensor, values);
    EQFI_TRY(eqf_irreps_rotate(context, tensor->irreps, rotation, tensor->rows, values, values));
    eqf_tensor_set(tensor, values);
fail:
    eqfi_delete(context, values);
    return status;
}
