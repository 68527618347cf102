/* Minimum cuts by maximum flows: shortest augmenting paths by levels (Dinic 1970).
 * SPDX-License-Identifier: MIT */
#include "ad/mincut.h"

eqf_status eqfi_cut_begin(eqf_context *context, eqfi_cut *cut, int nodes)
{
    eqf_status status = EQF_OK;
    size_t n = (size_t)nodes;
    EQFI_TRY(eqfi_grow(context, n, sizeof *cut->first, &cut->first_capacity, (void **)&cut->first));
    EQFI_TRY(eqfi_grow(context, n, sizeof *cut->depth, &cut->depth_capacity, (void **)&cut->depth));
    EQFI_TRY(eqfi_grow(context, n, sizeof *cut->queue, &cut->queue_capacity, (void **)&cut->queue));
    for (int i = 0; i < nodes; i++) cut->first[i] = -1;
    cut->nodes = nodes;
    cut->n_edges = 0;
fail:
    return status;
}

static void add_half(eqfi_cut *cut, int from, int to, int64_t capacity)
{
    cut->edges[cut->n_edges] = (eqfi_cut_edge){to, cut->first[from], capacity};
    cut->first[from] = (int)cut->n_edges++;
}

eqf_status eqfi_cut_edge_add(eqf_context *context, eqfi_cut *cut, int from, int to, int64_t capacity)
{
    eqf_status status =
        eqfi_grow(context, cut->n_edges + 2, sizeof *cut->edges, &cut->edges_capacity, (void **)&cut->edges);
    if (status != EQF_OK) return status;
    add_half(cut, from, to, capacity);
    add_half(cut, to, from, 0);
    return EQF_OK;
}

/* Distances from the source along edges with capacity left; whether the sink is reached. */
static bool find_depths(eqfi_cut *cut)
{
    int begin = 0, end = 0;
    for (int i = 0; i < cut->nodes; i++) cut->depth[i] = -1;
    cut->depth[EQFI_CUT_SOURCE] = 0;
    cut->queue[end++] = EQFI_CUT_SOURCE;
    while (begin < end) {
        int node = cut->queue[begin++];
        for (int e = cut->first[node]; e >= 0; e = cut->edges[e].next) {
            int to = cut->edges[e].to;
            if (cut->edges[e].left == 0 || cut->depth[to] >= 0) continue;
            cut->depth[to] = cut->depth[node] + 1;
            cut->queue[end++] = to;
        }
    }
    return cut->depth[EQFI_CUT_SINK] >= 0;
}

/* Sends up to `most` from a node to the sink, downhill; what has been sent. */
static int64_t push(eqfi_cut *cut, int node, int64_t most)
{
    int64_t sent = 0;
    if (node == EQFI_CUT_SINK) return most;
    for (int e = cut->first[node]; e >= 0 && sent < most; e = cut->edges[e].next) {
        eqfi_cut_edge *edge = &cut->edges[e];
        if (edge->left == 0 || cut->depth[edge->to] != cut->depth[node] + 1) continue;
        int64_t flow = push(cut, edge->to, edge->left < most - sent ? edge->left : most - sent);
        edge->left -= flow;
        cut->edges[e ^ 1].left += flow;
        sent += flow;
    }
    if (sent == 0) cut->depth[node] = -1; /* a dead end this time */
    return sent;
}

void eqfi_cut_find(eqfi_cut *cut)
{
    while (find_depths(cut)) push(cut, EQFI_CUT_SOURCE, EQFI_CUT_NEVER);
}

void eqfi_cut_free(eqf_context *context, eqfi_cut *cut)
{
    eqfi_delete(context, cut->first);
    eqfi_delete(context, cut->depth);
    eqfi_delete(context, cut->queue);
    eqfi_delete(context, cut->edges);
}
