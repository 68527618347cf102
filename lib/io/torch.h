/* PyTorch's checkpoints: zip archives NAME/data.pkl, NAME/data/0, .. as torch.save has written since version 1.6.
 *
 * The pickle is only looked at (pickle.h). The state dict is the mapping from names to tensors at the top, or under one of
 * the keys that training programs use; what lies beside it is passed over. Of a tensor the pickle tells type, shape,
 * strides and where it begins in a storage, which are checked against one another; storages are read when a tensor is
 * loaded, and only as far as the tensors that are asked for justify. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_TORCH_H
#define EQFI_IO_TORCH_H

#include "io/safetensors.h"

typedef struct eqfi_torch eqfi_torch;

eqf_status eqfi_torch_open(eqf_context *context, const char *path, eqfi_torch **file);

/* The same on bytes that the caller keeps; name stands for the path in messages. */
eqf_status eqfi_torch_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                  eqfi_torch **file);
void eqfi_torch_close(eqfi_torch *file); /* NULL is fine */

/* The tensors of the state dict in its order, names without leading "module.". They have no data until they are loaded;
 * then the data are contiguous and belong to the file. */
int eqfi_torch_count(const eqfi_torch *file);
const eqfi_array *eqfi_torch_at(const eqfi_torch *file, int i);
eqf_status eqfi_torch_load(eqf_context *context, eqfi_torch *file, int i);

#endif
