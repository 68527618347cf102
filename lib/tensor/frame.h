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

/* x in a frame that turns: out = sum over t[k] G_k x for the axes k = x and z of the frame, t a vector of which the y component
 * is not read, G_k the generators (lib/math/generators.h). */
eqf_status eqfi_turn_plan_create(eqf_context *context, const eqf_irreps *irreps, eqfi_product_plan **plan);

/* Whether the paths of a product are depthwise, with one for each column. */
bool eqfi_product_can_be_framed(const eqfi_product_plan *plan);

/* Such a product of x in the frame, with the harmonics of the axis m = 0 as y. */
eqf_status eqfi_product_plan_in_frame(eqf_context *context, const eqfi_product_plan *plan, eqfi_product_plan **framed);

/* A linear map of the product `product` as one of what the product is in the frame. */
eqf_status eqfi_linear_plan_in_frame(eqf_context *context, const eqfi_linear_plan *plan,
                                     const eqfi_product_plan *product, eqfi_linear_plan **framed);

/* Where scalars alone are wanted in the end, components m = 0 are enough: one for each channel, side by side ("axial").
 *
 * A linear map of the product `product`, which gives irreps `out`, as one to axial rows of these. */
eqf_status eqfi_linear_plan_at_axis(eqf_context *context, const eqfi_linear_plan *plan,
                                    const eqfi_product_plan *product, const eqf_irreps *out, eqfi_linear_plan **axial);

/* A linear map of the product of x, which has irreps `in`, with the harmonics, whose first n columns are 0e: what comes of these in
 * its first block of results, 0e, as a map of the axial row of x. */
eqf_status eqfi_linear_plan_of_axial(eqf_context *context, const eqfi_linear_plan *plan,
                                     const eqfi_product_plan *product, const eqf_irreps *in, int n, int columns_out,
                                     eqfi_linear_plan **axial);

/* What the product itself makes of each channel of the axial row of x on the way to those 0e: it times a factor and a weight, -1 if
 * there is none. */
eqf_status eqfi_product_at_axis(eqf_context *context, const eqfi_product_plan *product, const eqf_irreps *in, int n,
                                const double *harmonics, int64_t *weight, double *factor);

#endif
