/* The table of one precision and instruction set.
 * SPDX-License-Identifier: MIT */
#include "kern/variant/declarations.h"

#define EQFI_TEXT_AGAIN(x) #x
#define EQFI_TEXT(x) EQFI_TEXT_AGAIN(x)

const eqfi_kernels EQFI_KERN(eqfi_kernels) = {.name = "f" EQFI_TEXT(EQFI_VARIANT_REAL) "-" EQFI_TEXT(EQFI_VARIANT_ISA),
                                              .real_size = sizeof(real),
#define EQFI_ENTRY(name) .name = EQFI_KERN(eqfi_##name),
                                              EQFI_KERNEL_LIST(EQFI_ENTRY)
#undef EQFI_ENTRY
};
