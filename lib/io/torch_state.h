/* What a pickle of PyTorch says about tensors. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_TORCH_STATE_H
#define EQFI_IO_TORCH_STATE_H

#include "io/pickle.h"
#include "io/safetensors.h"

/* Numbers that tensors share. */
typedef struct eqfi_torch_storage {
    eqfi_slice key; /* its member is data/KEY */
    eqfi_dtype dtype;
    int64_t count; /* of elements */
} eqfi_torch_storage;

/* A view of a storage: element (i, j, ..) is offset + i strides[0] + j strides[1] + .., always within. */
typedef struct eqfi_torch_tensor {
    eqfi_torch_storage storage;
    int64_t offset;
    int64_t shape[EQFI_NDIM_MAX], strides[EQFI_NDIM_MAX];
    int ndim;
    int64_t count; /* product of the shape */
} eqfi_torch_tensor;

/* The mapping from names to tensors, whose items are keys and values in turn. */
eqf_status eqfi_torch_find_state(eqf_context *context, const char *place, const eqfi_pickle *pickle,
                                 const eqfi_pickle_value **state);

/* Reads the tensor that is called name. */
eqf_status eqfi_torch_read_tensor(eqf_context *context, const char *place, const char *name, const eqfi_pickle *pickle,
                                  const eqfi_pickle_value *value, eqfi_torch_tensor *tensor);

#endif
