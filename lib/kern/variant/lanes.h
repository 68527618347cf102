/* The widest vector of an instruction set, anywhere in memory.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_LANES_H
#define EQFI_KERN_LANES_H

#include "kern/variant.h"

#define INLINE static inline __attribute__((always_inline))

enum { EQFI_LANES = EQFI_VECTOR_BYTES / sizeof(real) };

typedef real eqfi_lanes __attribute__((vector_size(EQFI_VECTOR_BYTES), aligned(sizeof(real)), may_alias));

INLINE eqfi_lanes get(const real *at) { return *(const eqfi_lanes *)(uintptr_t)at; }

/* Stores the value, or adds it. */
INLINE void give(bool add, real *at, eqfi_lanes value)
{
    if (add) value += get(at);
    *(eqfi_lanes *)(uintptr_t)at = value;
}

/* The sum of all lanes: its halves are added, and again. */
INLINE real lanes_sum(eqfi_lanes lanes)
{
    typedef real bytes16 __attribute__((vector_size(16), aligned(sizeof(real)), may_alias));
#if EQFI_VECTOR_BYTES == 64
    typedef real bytes32 __attribute__((vector_size(32), aligned(sizeof(real)), may_alias));
    const bytes32 halves = ((const bytes32 *)&lanes)[0] + ((const bytes32 *)&lanes)[1];
    const bytes16 sum = ((const bytes16 *)&halves)[0] + ((const bytes16 *)&halves)[1];
#elif EQFI_VECTOR_BYTES == 32
    const bytes16 sum = ((const bytes16 *)&lanes)[0] + ((const bytes16 *)&lanes)[1];
#else
    const bytes16 sum = lanes;
#endif
#if EQFI_VARIANT_REAL == 32
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
#else
    return sum[0] + sum[1];
#endif
}

#endif
