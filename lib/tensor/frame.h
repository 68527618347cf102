/* Plans of what happens in the frame of an edge (lib/kern/plans.h).
 *
 * There harmonics are zero but for m = 0, so that a depthwise product has no more components m3 of a path than the smaller of
 * l1 and l3 allows, and none of m3 = 0 where l1 + l2 + l3 is odd. A row of such a product is flat:
 *
 *     for each irrep of the product, for m = 0, -1, 1, -2, 2, ..: the channels of the paths that have this m
 *
 * and a linear map of it takes, for each |m|, the weights of those paths alone.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TENSOR_FRAME_H
#define EQFI_TENSOR_FRAME_H

#include "tensor/plans.h"

/* x of these irreps to the frame, as a product with the rotations of degrees up to lmax, at least that of the irreps; role x
 * leads back. */
eqf_status eqfi_rotation_plan_create(eqf_context *context, const eqf_irreps *irreps, int lmax,
                                     eqfi_product_plan **plan);

/* Whether straight-line kernels do this for irreps of such degrees. */
bool eqfi_rotation_is_straight(const eqf_irreps *irreps, int lmax);

/* g -> t of g, d the gradient by and the rotations themselves: the gradient by the edge is t, a vector in the frame, over the
 * length of the edge. Rotations turn with the edge without turning about it. */
eqf_status eqfi_frame_torque_plan_create(eqf_context *context, int lmax, eqfi_product_plan **plan);

/* Whether the paths of a product are depthwise, with one for each column. */
bool eqfi_product_can_be_framed(const eqfi_product_plan *plan);

/* Such a product of x in the frame, with the harmonics of the axis m = 0 as y. */
eqf_status eqfi_product_plan_in_frame(eqf_context *context, const eqfi_product_plan *plan, eqfi_product_plan **framed);

/* A linear map of the product `product` as one of what the product is in the frame. */
eqf_status eqfi_linear_plan_in_frame(eqf_context *context, const eqfi_linear_plan *plan,
                                     const eqfi_product_plan *product, eqfi_linear_plan **framed);

#endif
