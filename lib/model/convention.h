/* The sign convention of a checkpoint, from the Wigner 3j symbols that it holds as buffers.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_CONVENTION_H
#define EQFI_MODEL_CONVENTION_H

#include <equiformer/wigner.h>

#include "io/safetensors.h"

/* Whether an array is, by name ("..._w3j_L1_L2_L3") and shape, a symbol. Its data are not looked at. */
bool eqfi_is_wigner(const eqfi_array *array, int l[3]);

/* Sets *convention and *told if the symbol has the values of one convention and not of the other. */
eqf_status eqfi_convention_of(eqf_context *context, const eqfi_array *array, const int l[3], int *convention,
                              bool *told);

#endif
