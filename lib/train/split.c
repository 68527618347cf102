/* Dividing a data set. SPDX-License-Identifier: MIT */
#include <equiformer/dataset.h>

#include <math.h>

#include "base/context.h"
#include "base/hash.h"
#include "base/rng.h"
#include "base/struct.h"

/* A size is a number of samples or a fraction of n. */
static eqf_status count_of(eqf_context *context, const char *name, double size, int64_t n, int64_t *count)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(size >= 0 && (size < 1 || (size == floor(size) && size < 9e15)), EQF_ERROR_ARGUMENT,
               "%s is %g, expected a whole number of samples or a fraction below 1", name, size);
    /* 0.29 * 100 is not quite 29. */
    *count = size < 1 ? (int64_t)floor(size * (double)n * (1 + 1e-12)) : (int64_t)size;
fail:
    return status;
}

static eqf_status choose_counts(eqf_context *context, int64_t n, const eqf_split_options *options, int64_t counts[3])
{
    eqf_status status = EQF_OK;
    static const char *const names[3] = {"train", "valid", "test"};
    const double sizes[3] = {options->train, options->valid, options->test};
    int64_t left = n;
    int rest = 0; /* the part that takes what is left */
    for (int i = 0; i < 3; i++) {
        EQFI_TRY(count_of(context, names[i], sizes[i], n, &counts[i]));
        if (rest == i && sizes[i] > 0) rest++;
        EQFI_CHECK(counts[i] <= left, EQF_ERROR_RANGE,
                   "the parts are %g, %g and %g, expected no more than the %lld samples", sizes[0], sizes[1], sizes[2],
                   (long long)n);
        left -= counts[i];
    }
    if (rest < 3) counts[rest] = left;
fail:
    return status;
}

/* Fisher and Yates, from the end; the numbers belong to the seed and n. */
static void shuffle(int64_t n, uint64_t seed, int64_t *indices)
{
    uint64_t stream = eqfi_hash_text("split");
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t other = (int64_t)(eqfi_rng_uniform(seed, stream, (uint64_t)i) * (double)(i + 1));
        int64_t kept = indices[i];
        indices[i] = indices[other];
        indices[other] = kept;
    }
}

eqf_status eqf_split(eqf_context *context, int64_t n, const eqf_split_options *options, int64_t *indices,
                     int64_t counts[3])
{
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    eqf_status status = EQF_OK;
    eqf_split_options own = EQF_SPLIT_OPTIONS_INIT;
    int64_t chosen[3];
    EQFI_TAKE(eqf_split_options, options, own);
    EQFI_CHECK(n >= 0 && (indices != NULL || n == 0) && counts != NULL, EQF_ERROR_ARGUMENT,
               "indices or counts is NULL, or n is below 0");
    EQFI_TRY(choose_counts(context, n, options, chosen));
    for (int64_t i = 0; i < n; i++) indices[i] = i;
    if (options->shuffle) shuffle(n, options->seed, indices);
    for (int i = 0; i < 3; i++) counts[i] = chosen[i];
fail:
    return status;
}
