/* libequiformer: heads - from features of atoms to numbers.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_HEAD_H
#define EQUIFORMER_HEAD_H

#include <equiformer/module.h>

EQF_BEGIN_DECLS

/* Linear to the 0e channels of `in`, SiLU, Linear to 1x0e; input x. Parameters: 0.*, 2.*. Since 0.1. */
EQF_API eqf_status eqf_head_create(eqf_context *context, const eqf_irreps *in, eqf_module **module);

EQF_END_DECLS

#endif
