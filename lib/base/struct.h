/* Public structs that begin with their size, so that they can grow.
 *
 * The caller's struct may be older or newer than the library. What an older one lacks has its default; what a newer one
 * has beyond ours must be zero, which is the default of every member that is added.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_BASE_STRUCT_H
#define EQFI_BASE_STRUCT_H

#include "base/context.h"

/* Copies a struct of the caller, NULL: nothing, over `own`, which holds the defaults. */
eqf_status eqfi_struct_take(eqf_context *context, const char *name, const void *given, size_t own_size, void *own);

/* Whether a struct of the caller can be filled. */
eqf_status eqfi_struct_check(eqf_context *context, const char *name, const void *given);

/* Fills a struct of the caller from `own`, as far as it reaches; its size stays, what it has beyond ours becomes zero. */
void eqfi_struct_give(void *given, size_t own_size, const void *own);

/* Takes the struct that the pointer `given` leads to into the local `own`, and makes the pointer lead to that. */
#define EQFI_TAKE(type, given, own)                                                                                    \
    do {                                                                                                               \
        EQFI_TRY(eqfi_struct_take(context, #type, (given), sizeof(type), &(own)));                                     \
        (given) = &(own);                                                                                              \
    } while (0)

#endif
