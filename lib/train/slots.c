/* The trainable arrays of a store.
 * SPDX-License-Identifier: MIT */
#include "train/slots.h"

#include <string.h>

enum { PIECE = 16384 }; /* elements; a task of some ten microseconds */

static int64_t pieces_of(const eqf_parameter_info *info) { return (info->count + PIECE - 1) / PIECE; }

static bool is_trained(const eqf_parameter_info *info) { return (info->flags & EQF_PARAMETER_TRAINABLE) != 0; }

static void cut(eqfi_slots *slots)
{
    int64_t n = 0;
    for (int i = 0; i < slots->n; i++)
        for (int64_t first = 0, count = slots->items[i].info.count; first < count; first += PIECE)
            slots->pieces[n++] = (eqfi_piece){i, first, count - first < PIECE ? count - first : PIECE};
    slots->n_pieces = n;
}

eqf_status eqfi_slots_create(eqf_context *context, const eqf_parameters *parameters, eqfi_slots *slots)
{
    eqf_status status = EQF_OK;
    int arrays = eqf_parameters_arrays(parameters);
    int64_t pieces = 0;
    eqfi_slots made = {0};
    EQFI_TRY(eqfi_new(context, (size_t)arrays, sizeof *made.items, (void **)&made.items));
    for (int i = 0; i < arrays; i++) {
        eqfi_slot *slot = &made.items[made.n];
        EQFI_TRY(eqf_parameters_info(context, parameters, i, &slot->info));
        if (!is_trained(&slot->info)) continue;
        EQFI_TRY(eqfi_copy_text(context, slot->info.name, &slot->name));
        slot->info.name = slot->name;
        pieces += pieces_of(&slot->info);
        made.n++;
    }
    EQFI_TRY(eqfi_new(context, (size_t)pieces, sizeof *made.pieces, (void **)&made.pieces));
    cut(&made);
    *slots = made;
    return EQF_OK;
fail:
    eqfi_slots_release(eqfi_allocator(context), &made);
    return status;
}

void eqfi_slots_release(const eqf_allocator *allocator, eqfi_slots *slots)
{
    for (int i = 0; i < slots->n; i++) eqfi_release(allocator, slots->items[i].name);
    eqfi_release(allocator, slots->items);
    eqfi_release(allocator, slots->pieces);
}

eqf_status eqfi_slots_find(eqf_context *context, const eqfi_slots *slots, const eqf_parameters *store, const char *what,
                           void **data)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < slots->n; i++) {
        const eqf_parameter_info *info = &slots->items[i].info;
        eqf_parameter_info found;
        int index = eqf_parameters_find(store, info->name);
        EQFI_CHECK(index >= 0, EQF_ERROR_NOT_FOUND, "the %s have no array %s", what, info->name);
        EQFI_TRY(eqf_parameters_info(context, store, index, &found));
        bool same = found.ndim == info->ndim;
        for (int d = 0; same && d < info->ndim; d++) same = found.shape[d] == info->shape[d];
        EQFI_CHECK(same, EQF_ERROR_SHAPE,
                   "%s of the %s has another shape than the parameter (%lld elements, expected %lld)", info->name, what,
                   (long long)found.count, (long long)info->count);
        data[i] = eqfi_parameters_data(store, index);
    }
fail:
    return status;
}

eqf_status eqfi_slots_store(eqf_context *context, const eqfi_slots *slots, eqf_precision precision,
                            eqf_parameters **store)
{
    eqf_status status = EQF_OK;
    eqf_parameters *made = NULL;
    EQFI_TRY(eqf_parameters_create(context, precision, &made));
    for (int i = 0; i < slots->n; i++) EQFI_TRY(eqf_parameters_add(context, made, &slots->items[i].info));
    *store = made;
    return EQF_OK;
fail:
    eqf_parameters_free(made);
    return status;
}
