/* Edges of models that look at a limited number of neighbours, as those of OC20 do.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/calculator.h"

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The square of the distance of the last sender that is kept, of n > most of them; *equal of those at that distance are
 * kept. scratch has room for n. */
static double last_kept(const double *vectors, int64_t n, int64_t most, double *scratch, int64_t *equal)
{
    for (int64_t e = 0; e < n; e++) {
        const double *r = &vectors[3 * e];
        scratch[e] = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    }
    qsort(scratch, (size_t)n, sizeof *scratch, by_value);
    double last = scratch[most - 1];
    *equal = 1;
    while (*equal < most && scratch[most - 1 - *equal] == last) ++*equal;
    return last;
}

static bool any_exceeds(const eqf_edges *edges, int64_t most)
{
    for (int64_t e = most; e < edges->count; e++)
        if (edges->dst[e - most] == edges->dst[e]) return true;
    return false;
}

static void keep(eqf_calculator *calculator, const eqf_edges *edges, int64_t e, int64_t *kept)
{
    calculator->nearest.src.at[*kept] = edges->src[e];
    calculator->nearest.dst.at[*kept] = edges->dst[e];
    memcpy(&calculator->nearest.shift.at[3 * *kept], &edges->shift[3 * e], 3 * sizeof(int32_t));
    memcpy(&calculator->nearest.vector.at[3 * *kept], &edges->vector[3 * e], 3 * sizeof(double));
    ++*kept;
}

eqf_status eqfi_keep_nearest(eqf_context *context, eqf_calculator *calculator, int64_t most, eqf_edges *edges)
{
    eqf_status status = EQF_OK;
    int64_t kept = 0, end;
    if (!any_exceeds(edges, most)) return EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->nearest.src, edges->count));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->nearest.dst, edges->count));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->nearest.shift, 3 * edges->count));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->nearest.vector, 3 * edges->count));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->nearest.distance, edges->count));
    for (int64_t begin = 0; begin < edges->count; begin = end) {
        for (end = begin; end < edges->count && edges->dst[end] == edges->dst[begin]; end++) {
        }
        int64_t equal = end - begin;
        double last = INFINITY;
        if (end - begin > most)
            last = last_kept(&edges->vector[3 * begin], end - begin, most, calculator->nearest.distance.at, &equal);
        for (int64_t e = begin; e < end; e++) {
            const double *r = &edges->vector[3 * e], d = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
            if (d < last || (d == last && equal-- > 0)) keep(calculator, edges, e, &kept);
        }
    }
    edges->count = kept;
    edges->src = calculator->nearest.src.at;
    edges->dst = calculator->nearest.dst.at;
    edges->shift = calculator->nearest.shift.at;
    edges->vector = calculator->nearest.vector.at;
fail:
    return status;
}
