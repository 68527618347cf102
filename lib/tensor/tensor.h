/* Irreps tensors from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TENSOR_TENSOR_H
#define EQFI_TENSOR_TENSOR_H

#include <equiformer/tensor.h>

#include "kern/kernels.h"
#include "tensor/layout.h"

struct eqf_tensor {
    eqf_allocator allocator;
    eqf_irreps *irreps;
    eqfi_layout *layout;
    const eqfi_kernels *kernels;
    int64_t rows;
    eqf_precision precision;
    void *data; /* [rows][layout->columns] */
};

eqfi_operand eqfi_tensor_operand(const eqf_tensor *tensor);

#endif
