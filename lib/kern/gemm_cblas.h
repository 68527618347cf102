/* The products of gemm.c through cblas: a second implementation of the same interface, for tests and for machines whose
 * BLAS beats our tiles. Calls BLAS from the calling thread; the bits of a row depend on first and last.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_GEMM_CBLAS_H
#define EQFI_KERN_GEMM_CBLAS_H

#include "kern/kernels.h"

/* A copy of a table whose matrix products are cblas's. */
eqfi_kernels eqfi_kernels_with_cblas(const eqfi_kernels *kernels);

#endif
