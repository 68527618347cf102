/* Which instruction set the kernels may use.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_CPU_H
#define EQFI_BASE_CPU_H

#include <stdbool.h>

/* X(NAME, name): from the poorest to the richest; each is built when the
 * compiler targets x86-64, GENERIC always. */
#define EQFI_ISA_LIST(X)                                                                                               \
    X(GENERIC, "generic")                                                                                              \
    X(AVX2, "avx2")                                                                                                    \
    X(AVX512, "avx512")

typedef enum eqfi_isa {
#define EQFI_ISA_ENUM(name, text) EQFI_ISA_##name,
    EQFI_ISA_LIST(EQFI_ISA_ENUM)
#undef EQFI_ISA_ENUM
        EQFI_ISA_COUNT
} eqfi_isa;

/* The best that machine and operating system support, lowered by
 * EQUIFORMER_ISA=name in the environment. */
eqfi_isa eqfi_cpu_isa(void);

const char *eqfi_isa_name(eqfi_isa isa);

/* Whether the machine multiplies matrices of bfloat16 (AMX), and the operating system lets this process, which is asked for
 * at the first call; not with a lower instruction set than AVX-512. */
bool eqfi_cpu_has_bf16(void);

/* Processors that are online, at least 1. */
int eqfi_cpu_count(void);

#endif
