/* Minimum cuts of small graphs.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_MINCUT_H
#define EQFI_AD_MINCUT_H

#include "base/context.h"

/* Edges come in pairs: edge 2i leads from[2i] -> to[2i], edge 2i + 1 back. */
typedef struct eqfi_cut_edge {
    int to, next; /* next edge of the node it leaves, -1 */
    int64_t left; /* capacity that is left */
} eqfi_cut_edge;

/* Zero before use; grows and is used again. Node 0 is the source, node 1 the sink. */
typedef struct eqfi_cut {
    int nodes;
    int *first; /* [nodes] first edge, -1 */
    int *depth; /* [nodes] after a cut: >= 0 on the side of the source */
    int *queue;
    size_t first_capacity, depth_capacity, queue_capacity;
    eqfi_cut_edge *edges;
    size_t n_edges, edges_capacity;
} eqfi_cut;

enum { EQFI_CUT_SOURCE = 0, EQFI_CUT_SINK = 1 };
#define EQFI_CUT_NEVER (INT64_MAX / 4)

eqf_status eqfi_cut_begin(eqf_context *context, eqfi_cut *cut, int nodes);
eqf_status eqfi_cut_edge_add(eqf_context *context, eqfi_cut *cut, int from, int to, int64_t capacity);

/* The cheapest edges that separate source and sink; node i is on the side of the source if cut->depth[i] >= 0. */
void eqfi_cut_find(eqfi_cut *cut);

void eqfi_cut_free(eqf_context *context, eqfi_cut *cut);

#endif
