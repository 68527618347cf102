/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdlib.h>

static size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

typedef struct placed {
    size_t begin, end;
    int last;
} placed;

static int by_begin(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Arrays come in the order of their first step: those that have ended leave,
 * the new one takes the lowest gap. */
eqf_status eqfi_arena_plan(eqf_context *context, int n, eqfi_lifetime *arrays, size_t *bytes)
{
    eqf_status status = EQF_OK;
    placed *living = NULL;
    EQFI_TRY(eqfi_new(context, (size_t)n, sizeof *living, (void **)&living));
    size_t count = 0, total = 0;
    for (int i = 0; i < n; i++) {
        eqfi_lifetime *array = &arrays[i];
        size_t kept = 0;
        for (size_t j = 0; j < count; j++)
            if (living[j].last >= array->first) living[kept++] = living[j];
        count = kept;
        array->offset = 0;
        if (array->bytes == 0) continue;
        EQFI_CHECK(array->bytes <= SIZE_MAX / 4 && total <= SIZE_MAX / 4, EQF_ERROR_MEMORY,
                   "out of memory for an array of %zu bytes", array->bytes);
        size_t size = aligned(array->bytes), place = 0;
        for (size_t j = 0; j < count && living[j].begin < place + size; j++) place = living[j].end;
        array->offset = place;
        living[count++] = (placed){place, place + size, array->last};
        qsort(living, count, sizeof *living, by_begin);
        if (place + size > total) total = place + size;
    }
    *bytes = total;
fail:
    eqfi_delete(context, living);
    return status;
}
