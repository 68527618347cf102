/* libequiformer: irreps tensors - rows of features with their irreps.
 *
 * Numbers go in and out in exchange layout (mul_ir). Inside, a tensor is kept as ir_mul, channels innermost, in the
 * precision given at creation; that precision is the one in which eqf_module_apply computes.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_TENSOR_H
#define EQUIFORMER_TENSOR_H

#include <equiformer/irreps.h>

typedef struct eqf_tensor eqf_tensor;

EQF_BEGIN_DECLS

/* rows x eqf_irreps_dim(irreps) zeros; rows >= 0. Since 0.1. */
EQF_API eqf_status eqf_tensor_create(eqf_context *context, const eqf_irreps *irreps, int64_t rows,
                                     eqf_precision precision, eqf_tensor **tensor);
EQF_API void eqf_tensor_free(eqf_tensor *tensor); /* NULL is fine. Since 0.1. */

EQF_API const eqf_irreps *eqf_tensor_irreps(const eqf_tensor *tensor); /* borrowed. Since 0.1. */
EQF_API int64_t eqf_tensor_rows(const eqf_tensor *tensor);             /* Since 0.1. */
EQF_API eqf_precision eqf_tensor_precision(const eqf_tensor *tensor);  /* Since 0.1. */

/* All rows x dim numbers, [row][block][channel][m]. Since 0.1. */
EQF_API void eqf_tensor_set(eqf_tensor *tensor, const double *values);
EQF_API void eqf_tensor_get(const eqf_tensor *tensor, double *values);

/* D(R) applied to every row in place; see eqf_irreps_rotate. Since 0.1. */
EQF_API eqf_status eqf_tensor_rotate(eqf_context *context, eqf_tensor *tensor, const double *rotation);

EQF_END_DECLS

#endif
