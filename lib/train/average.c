/* Exponential moving averages of parameters, in float64: with a decay of 0.9999, float32 would lose what a step adds to a
 * number once that is less than a thousandth of it.
 * SPDX-License-Identifier: MIT */
#include <equiformer/optimizer.h>

#include "train/slots.h"

struct eqf_average {
    eqf_allocator allocator;
    double decay;
    eqfi_slots slots;
    void **values; /* [slots] in `parameters` */
    void **from;   /* [slots] in the store of an update */
    eqf_parameters *parameters;
};

eqf_status eqf_average_create(eqf_context *context, const eqf_parameters *parameters, double decay,
                              eqf_average **average)
{
    eqf_status status = EQF_OK;
    eqf_average *made = NULL;
    EQFI_CHECK(decay >= 0 && decay < 1, EQF_ERROR_RANGE, "the decay of an average is %g, expected 0 to below 1", decay);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->decay = decay;
    EQFI_TRY(eqfi_slots_create(context, parameters, &made->slots));
    EQFI_TRY(eqfi_new(context, (size_t)made->slots.n, sizeof *made->values, (void **)&made->values));
    EQFI_TRY(eqfi_new(context, (size_t)made->slots.n, sizeof *made->from, (void **)&made->from));
    EQFI_TRY(eqf_parameters_copy(context, parameters, EQF_FLOAT64, &made->parameters));
    EQFI_TRY(eqfi_slots_find(context, &made->slots, made->parameters, "parameters", made->values));
    *average = made;
    return EQF_OK;
fail:
    eqf_average_free(made);
    return status;
}

void eqf_average_free(eqf_average *average)
{
    if (average == NULL) return;
    eqf_allocator allocator = average->allocator;
    eqf_parameters_free(average->parameters);
    eqfi_release(&allocator, average->values);
    eqfi_release(&allocator, average->from);
    eqfi_slots_release(&allocator, &average->slots);
    eqfi_release(&allocator, average);
}

typedef struct approach {
    const eqf_average *average;
    const eqfi_kernels *kernels; /* of the parameters */
} approach;

static void approach_piece(void *argument, int64_t task)
{
    const approach *a = argument;
    const eqfi_piece *piece = &a->average->slots.pieces[task];
    double *values = a->average->values[piece->slot];
    a->kernels->approach(1 - a->average->decay, piece->count,
                         eqfi_piece_of(a->average->from[piece->slot], piece, a->kernels), values + piece->first);
}

eqf_status eqf_average_update(eqf_context *context, eqf_average *average, const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    approach a = {average, eqfi_kernels_for(eqf_parameters_precision(parameters))};
    EQFI_TRY(eqfi_parameters_check_owned(context, average->parameters));
    EQFI_TRY(eqfi_slots_find(context, &average->slots, parameters, "parameters", average->from));
    eqfi_parallel(context, average->slots.n_pieces, approach_piece, &a);
fail:
    return status;
}

const eqf_parameters *eqf_average_parameters(const eqf_average *average) { return average->parameters; }
