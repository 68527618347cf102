/* Which table of kernels runs.
 * SPDX-License-Identifier: MIT */
#include "kern/kernels.h"

#define TABLES(isa) extern const eqfi_kernels eqfi_kernels_f32_##isa, eqfi_kernels_f64_##isa;
TABLES(generic)
#if defined(__x86_64__)
TABLES(avx2)
TABLES(avx512)
#endif

const eqfi_kernels *eqfi_kernels_select(eqf_precision precision, eqfi_isa isa)
{
    static const eqfi_kernels *const tables[EQFI_ISA_COUNT][2] = {
        [EQFI_ISA_GENERIC] = {&eqfi_kernels_f32_generic, &eqfi_kernels_f64_generic},
#if defined(__x86_64__)
        [EQFI_ISA_AVX2] = {&eqfi_kernels_f32_avx2, &eqfi_kernels_f64_avx2},
        [EQFI_ISA_AVX512] = {&eqfi_kernels_f32_avx512, &eqfi_kernels_f64_avx512},
#endif
    };
    return tables[isa][precision == EQF_FLOAT64];
}
