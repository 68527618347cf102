/* Where the channels of irreps lie in a row of layout ir_mul.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TENSOR_LAYOUT_H
#define EQFI_TENSOR_LAYOUT_H

#include <equiformer/irreps.h>

#include "base/context.h"
#include "kern/plans.h"

/* The layout of the simplified irreps; one block to be freed by the caller. */
eqf_status eqfi_layout_create(eqf_context *context, const eqf_irreps *irreps, eqfi_layout **layout);

/* For each block of irreps, simplified or not, its channels in the layout above (room for all blocks). */
void eqfi_channels_of(const eqf_irreps *irreps, eqfi_channels *channels);

#endif
