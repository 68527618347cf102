/* What a source in lib/kern/variant/ is compiled for: `real`, and the suffix of its names.
 *
 * The build defines EQFI_VARIANT_REAL (32 or 64) and EQFI_VARIANT_ISA (generic, avx2, avx512).
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_VARIANT_H
#define EQFI_KERN_VARIANT_H

#include "kern/kernels.h"

#define EQFI_PASTE_AGAIN(a, b, c, d) a##_f##b##_##c##d
#define EQFI_PASTE(a, b, c, d) EQFI_PASTE_AGAIN(a, b, c, d)

/* EQFI_KERN(gemm) is gemm_f32_avx512 */
#define EQFI_KERN(name) EQFI_PASTE(name, EQFI_VARIANT_REAL, EQFI_VARIANT_ISA, )

#if EQFI_VARIANT_REAL == 32
typedef float real;
#else
typedef double real;
#endif

/* Bytes of the widest vector register. */
#if defined(__AVX512F__)
#define EQFI_VECTOR_BYTES 64
#elif defined(__AVX__)
#define EQFI_VECTOR_BYTES 32
#else
#define EQFI_VECTOR_BYTES 16
#endif

#endif
