/* libequiformer: import - models from checkpoints of the published code.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_IMPORT_H
#define EQUIFORMER_IMPORT_H

#include <equiformer/model.h>

EQF_BEGIN_DECLS

/* Reads a checkpoint: a file of PyTorch since 1.6 (.pt, .pth, .pth.tar; where the library is built with libzip) whose
 * state dict lies at the top or under "state_dict", "model_state_dict", "model" or "ema", or safetensors with the same
 * names, also with "model/" before. Nothing of the file is run. "module." before names is dropped, and so are buffers that
 * derive from the irreps.
 *
 * config says which model it is; NULL: the metadata of a safetensors file do, else EQF_ERROR_ARGUMENT. The sign
 * convention is the file's own, whatever config says: that of its Wigner 3j buffers, else of its metadata, else e3nn-0.4,
 * with which published checkpoints were trained. Numbers stay in their precision.
 *
 * Everything is checked as for model files, see eqf_model_load; EQF_ERROR_FORMAT names what a pickle has at which byte,
 * EQF_ERROR_UNSUPPORTED is PyTorch before 1.6 or a library without libzip. Since 0.1. */
EQF_API eqf_status eqf_model_import(eqf_context *context, const char *path, const eqf_config *config,
                                    eqf_model **model);

EQF_END_DECLS

#endif
