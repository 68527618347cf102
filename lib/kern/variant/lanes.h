/* The widest vector of an instruction set, anywhere in memory.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_LANES_H
#define EQFI_KERN_LANES_H

#include "kern/variant.h"

enum { EQFI_LANES = EQFI_VECTOR_BYTES / sizeof(real) };

typedef real eqfi_lanes __attribute__((vector_size(EQFI_VECTOR_BYTES), aligned(sizeof(real)), may_alias));

static inline eqfi_lanes get(const real *at) { return *(const eqfi_lanes *)(uintptr_t)at; }

/* Stores the value, or adds it. */
static inline void give(bool add, real *at, eqfi_lanes value)
{
    if (add) value += get(at);
    *(eqfi_lanes *)(uintptr_t)at = value;
}

#endif
