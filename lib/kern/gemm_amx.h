/* Matrix products of float32 with factors that are rounded to bfloat16 and sums that are not, on the tiles of AMX. Small
 * matrices, and sums over rows (gemm_rows), keep the float32 kernels. No bits depend on how rows are divided.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_GEMM_AMX_H
#define EQFI_KERN_GEMM_AMX_H

#include "kern/kernels.h"

/* A copy of the float32 table for AVX-512 with these products; where eqfi_cpu_has_bf16 says that the machine has them. */
eqfi_kernels eqfi_kernels_with_amx(const eqfi_kernels *kernels);

#endif
