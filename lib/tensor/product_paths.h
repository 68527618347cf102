/* Paths and couplings of tensor products on their way into plans.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TENSOR_PRODUCT_PATHS_H
#define EQFI_TENSOR_PRODUCT_PATHS_H

#include "tensor/plans.h"

enum { EQFI_DIM_MAX = 2 * EQF_LMAX + 1 };

/* Room for couplings while their number is not known. */
typedef struct eqfi_coupling_list {
    eqfi_coupling *items;
    size_t n, capacity;
} eqfi_coupling_list;

/* Coefficients of the real 3j are 0 or at least 1e-6 or so. */
bool eqfi_is_zero_coupling(double c);

/* Adds a coupling unless its value is zero. */
eqf_status eqfi_coupling_add(eqf_context *context, eqfi_coupling_list *list, int m1, int m2, int m3, double value);

/* Adds factor * c[d1][d2][d3], ordered by (m1, m3, m2). */
eqf_status eqfi_couplings_add(eqf_context *context, eqfi_coupling_list *list, int d1, int d2, int d3, double factor,
                              const double *c);

/* Whether paths 0, members, .. write every column of an argument once. */
eqf_status eqfi_paths_cover_once(eqf_context *context, const eqfi_product_plan *head, const eqfi_path *paths,
                                 eqfi_role role, bool *once);

/* Finds whether depthwise paths write every column of an argument once. */
eqf_status eqfi_paths_store(eqf_context *context, eqfi_product_plan *head, const eqfi_path *paths, eqfi_role role);

/* One block: the plan and its paths, the same of the paths with weights if there are others, the couplings. */
eqf_status eqfi_product_plan_pack(eqf_context *context, const eqfi_product_plan *head, const eqfi_path *paths, size_t n,
                                  const eqfi_coupling *items, eqfi_product_plan **plan);

#endif
