/* Writing straight-line kernels: C on the standard output.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_GEN_GEN_H
#define EQFI_GEN_GEN_H

#include <stdbool.h>

/* A term of a sum, a coefficient times a variable, is skipped below this. */
bool gen_is_zero(double c);

/* Writes " + " before every term but the first. */
void gen_plus(bool *first);

/* Tensor products of degrees up to EQFI_STRAIGHT_LMAX (lib/kern/variant/straight_product.c includes them). */
int gen_products(void);

/* The same in frames of edges, and rotations into them (likewise). */
int gen_frames(void);

/* Contractions of their sums by head (lib/kern/variant/contract.c). */
int gen_contractions(void);

/* Solid harmonics and their gradients up to the same degree (lib/kern/variant/harmonics.c). */
int gen_harmonics(void);

#endif
