/* The trainable arrays of a store, remembered by name and shape, and cut into pieces that threads share.
 *
 * Pieces are the same for any number of threads, and so are sums over them in their order.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_TRAIN_SLOTS_H
#define EQFI_TRAIN_SLOTS_H

#include "ad/parameters.h"
#include "base/context.h"
#include "kern/kernels.h"

typedef struct eqfi_slot {
    eqf_parameter_info info; /* its name is owned */
    char *name;
} eqfi_slot;

/* Elements first..first+count-1 of a slot. */
typedef struct eqfi_piece {
    int slot;
    int64_t first, count;
} eqfi_piece;

typedef struct eqfi_slots {
    int n;
    eqfi_slot *items;
    int64_t n_pieces;
    eqfi_piece *pieces;
} eqfi_slots;

/* On failure there is nothing to release. */
eqf_status eqfi_slots_create(eqf_context *context, const eqf_parameters *parameters, eqfi_slots *slots);
void eqfi_slots_release(const eqf_allocator *allocator, eqfi_slots *slots);

/* The elements of each slot in a store, which must have all of them with their shapes. `what` is the store's name in
 * messages. */
eqf_status eqfi_slots_find(eqf_context *context, const eqfi_slots *slots, const eqf_parameters *store, const char *what,
                           void **data);

/* A store of zeros with the slots in their order. */
eqf_status eqfi_slots_store(eqf_context *context, const eqfi_slots *slots, eqf_precision precision,
                            eqf_parameters **store);

/* Where a piece of an array begins, and the kernels of a precision. */
static inline void *eqfi_piece_of(void *data, const eqfi_piece *piece, const eqfi_kernels *kernels)
{
    return data == NULL ? NULL : (char *)data + (size_t)piece->first * kernels->real_size;
}

static inline const eqfi_kernels *eqfi_kernels_for(eqf_precision precision)
{
    return eqfi_kernels_select(precision, eqfi_cpu_isa());
}

#endif
