/* Pairs of opposite edges.
 * SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include <equiformer/neighbors.h>

#include "base/context.h"

/* The first edge of a receiver, or of a later one. */
static int64_t first_of(const eqf_edges *edges, int32_t receiver)
{
    int64_t low = 0, high = edges->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (edges->dst[middle] < receiver)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool are_opposite(const eqf_edges *edges, int64_t e, int64_t f)
{
    const double *a = &edges->vector[3 * e], *b = &edges->vector[3 * f];
    return edges->src[f] == edges->dst[e] && a[0] == -b[0] && a[1] == -b[1] && a[2] == -b[2];
}

/* The partner of edge e among later edges that have none, -1 if there is none. */
static int64_t partner_of(const eqf_edges *edges, int64_t e, const int32_t *edge_pair)
{
    int64_t f = first_of(edges, edges->src[e]);
    for (f = f > e ? f : e + 1; f < edges->count && edges->dst[f] == edges->src[e]; f++)
        if (edge_pair[f] < 0 && are_opposite(edges, e, f)) return f;
    return -1;
}

eqf_status eqf_edge_pairs(eqf_context *context, const eqf_edges *edges, int32_t *edge_pair, int64_t *pairs)
{
    eqf_status status = EQF_OK;
    int32_t n = 0;
    EQFI_CHECK(edges->count >= 0 && edges->count <= INT32_MAX, EQF_ERROR_RANGE, "%lld edges, expected 0 to 2147483647",
               (long long)edges->count);
    for (int64_t e = 0; e < edges->count; e++) {
        EQFI_CHECK(e == 0 || edges->dst[e] >= edges->dst[e - 1], EQF_ERROR_ARGUMENT,
                   "edge %lld has receiver %d after %d, expected ascending receivers", (long long)e, edges->dst[e],
                   edges->dst[e - 1]);
    }
    for (int64_t e = 0; e < edges->count; e++) edge_pair[e] = -1;
    for (int64_t e = 0; e < edges->count; e++) {
        if (edge_pair[e] >= 0) continue;
        int64_t partner = partner_of(edges, e, edge_pair);
        if (partner >= 0) edge_pair[partner] = n;
        edge_pair[e] = n++;
    }
    *pairs = n;
fail:
    return status;
}
