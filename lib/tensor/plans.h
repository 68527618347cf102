/* Making the plans of lib/kern/plans.h from irreps.
 *
 * Every plan is one block of memory without pointers out of it (eqfi_product_plan points into itself), to be freed by the
 * caller; equal arguments give equal bytes.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TENSOR_PLANS_H
#define EQFI_TENSOR_PLANS_H

#include <equiformer/program.h>
#include <equiformer/tensor_product.h>

#include "tensor/layout.h"

/* Grouping of the columns of irreps; EQF_PER_HEAD needs every multiplicity to be a multiple of heads. */
eqf_status eqfi_group_plan_create(eqf_context *context, const eqf_irreps *irreps, eqf_grouping grouping, int heads,
                                  eqfi_group_plan **plan);
size_t eqfi_group_plan_bytes(const eqfi_group_plan *plan);

/* The grouping when a selection comes before x, or before y of DOT, or after the result of SCALE, without the selected columns
 * ever lying side by side. *through stays NULL unless each block is found in one piece, and a result once. */
typedef enum eqfi_group_end { EQFI_GROUP_X, EQFI_GROUP_Y, EQFI_GROUP_RESULT } eqfi_group_end;
eqf_status eqfi_group_plan_through(eqf_context *context, const eqfi_group_plan *plan, const eqfi_select_plan *select,
                                   eqfi_group_end end, eqfi_group_plan **through);

/* Copies the channels from[i] of rows with columns_in columns to the channels to[i] of equal dim, as many as both have. */
eqf_status eqfi_select_plan_create(eqf_context *context, int columns_in, int columns_out, int n,
                                   const eqfi_channels *from, const eqfi_channels *to, eqfi_select_plan **plan);

/* The plan that copies the other way. */
eqf_status eqfi_select_plan_invert(eqf_context *context, const eqfi_select_plan *plan, eqfi_select_plan **inverse);
size_t eqfi_select_plan_bytes(const eqfi_select_plan *plan);

/* Linear maps between equal irreps: weights [in][out] per pair of blocks, looping blocks of in, then of out, which must
 * be simplified. */
eqf_status eqfi_linear_plan_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *out,
                                   eqfi_linear_plan **plan);

/* Appends a path, or widens the last one if their channels and weights lie side by side: one matrix product per irrep. Blocks of
 * the result are told by their offsets alone. */
void eqfi_linear_plan_add(eqfi_linear_plan *plan, eqfi_linear_path path);

/* Number of weights of an instruction between blocks of these multiplicities. */
int64_t eqfi_instruction_weights(const eqf_instruction *instruction, int mul1, int mul2, int mul3);

/* The map from `in` with the same weights, on rows of fewer channels: each path takes the channels that `part` has of its
 * irrep, which are the first ones of its own. Paths whose irrep part lacks are left out. */
eqf_status eqfi_linear_plan_restrict(eqf_context *context, const eqfi_linear_plan *plan, const eqf_irreps *in,
                                     const eqf_irreps *part, eqfi_linear_plan **restricted);

/* The map from the first n_in channels to the first n_out, which are 0e on both sides. */
eqf_status eqfi_linear_plan_scalars(eqf_context *context, const eqfi_linear_plan *plan, int n_in, int n_out,
                                    eqfi_linear_plan **scalars);

/* The map on one row of `in` for each head, side by side: head h of the output, a contiguous part of the channels of every
 * irrep, comes from row h. All multiplicities of out must be multiples of heads. */
eqf_status eqfi_linear_plan_by_head(eqf_context *context, const eqfi_linear_plan *plan, int heads,
                                    eqfi_linear_plan **by_head);

/* Of a map whose first block of results is `heads` times two halves of scalars: the first halves, side by side, `columns` in
 * all. */
eqf_status eqfi_linear_plan_first_halves(eqf_context *context, const eqfi_linear_plan *plan, int heads, int columns,
                                         eqfi_linear_plan **halves);

/* The second halves, as many columns, and all other results, by head as above. */
eqf_status eqfi_linear_plan_second_halves(eqf_context *context, const eqfi_linear_plan *plan, int heads, int columns,
                                          eqfi_linear_plan **halves);
size_t eqfi_linear_plan_bytes(const eqfi_linear_plan *plan);

/* A tensor product. factors[i] is the coefficient of instruction i. */
eqf_status eqfi_product_plan_create(eqf_context *context, eqf_cg_convention convention, const eqf_irreps *in1,
                                    const eqf_irreps *in2, const eqf_irreps *out, int n,
                                    const eqf_instruction *instructions, const double *factors,
                                    eqfi_product_plan **plan);

/* The product as a plan for CONTRACT, for each head: from A[y][head][x] to one row of out for each head, side by side.
 * *by_head stays NULL if some path is not depthwise or has harmonics that are not of one channel. */
eqf_status eqfi_product_plan_by_head(eqf_context *context, const eqfi_product_plan *plan, int heads,
                                     eqfi_product_plan **by_head);

/* Solid harmonics up to lmax. */
eqf_status eqfi_harmonics_plan_create(eqf_context *context, int lmax, eqfi_harmonics_plan **plan);
size_t eqfi_harmonics_plan_bytes(const eqfi_harmonics_plan *plan);

/* The product g (x) Y -> d<g, Y>/dr of the harmonics up to lmax >= 1 with those up to lmax - 1. */
eqf_status eqfi_harmonics_gradient_plan_create(eqf_context *context, int lmax, eqfi_product_plan **plan);

#endif
