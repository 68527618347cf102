/* Neighbour lists: the public calls. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>

#include "model/neighbors.h"

eqf_status eqf_neighbors_create(eqf_context *context, eqf_neighbors **neighbors)
{
    eqf_status status = EQF_OK;
    void *made;
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    EQFI_CHECK(neighbors != NULL, EQF_ERROR_ARGUMENT, "neighbors is NULL, expected where to put the list");
    EQFI_TRY(eqfi_new(context, 1, sizeof(eqf_neighbors), &made));
    *neighbors = made;
    (*neighbors)->allocator = *eqfi_allocator(context);
fail:
    return status;
}

void eqf_neighbors_free(eqf_neighbors *neighbors)
{
    if (neighbors == NULL) return;
    eqf_allocator allocator = neighbors->allocator;
    void *blocks[] = {neighbors->lattice, neighbors->wrapped, neighbors->site,  neighbors->wrap,   neighbors->bin,
                      neighbors->row,     neighbors->table,   neighbors->image, neighbors->rank,   neighbors->scratch,
                      neighbors->src,     neighbors->dst,     neighbors->shift, neighbors->vector, neighbors};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) eqfi_release(&allocator, blocks[i]);
}

eqf_status eqfi_columns_grow(eqf_context *context, size_t needed, size_t *capacity, int columns,
                             const eqfi_column *column)
{
    eqf_status status = EQF_OK;
    size_t grown = *capacity;
    for (int i = 0; i < columns; i++) {
        grown = *capacity;
        EQFI_TRY(eqfi_grow(context, needed, column[i].size, &grown, column[i].block));
    }
    *capacity = grown;
fail:
    return status;
}

static eqf_status check_graph(eqf_context *context, int64_t natoms, int64_t graphs, const int32_t *graph)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(graph != NULL || graphs == 1 || natoms == 0, EQF_ERROR_ARGUMENT,
               "graph is NULL with %" PRId64 " graphs, expected 1 graph", graphs);
    for (int64_t i = 0; graph != NULL && i < natoms; i++) {
        EQFI_CHECK(graph[i] >= 0 && graph[i] < graphs, EQF_ERROR_ARGUMENT,
                   "graph of atom %" PRId64 " is %" PRId32 ", expected 0..%" PRId64, i, graph[i], graphs - 1);
        EQFI_CHECK(i == 0 || graph[i] >= graph[i - 1], EQF_ERROR_ARGUMENT,
                   "graph of atom %" PRId64 " is %" PRId32 " after %" PRId32 ", expected ascending graphs", i, graph[i],
                   graph[i - 1]);
    }
fail:
    return status;
}

static eqf_status check_arguments(eqf_context *context, double cutoff, int64_t natoms, const double *positions,
                                  int64_t graphs, const double *cell, const int *pbc)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(isfinite(cutoff) && cutoff > 0, EQF_ERROR_ARGUMENT, "cut-off is %g, expected a finite number above 0",
               cutoff);
    EQFI_CHECK(natoms >= 0, EQF_ERROR_ARGUMENT, "natoms is %" PRId64 ", expected 0 or more", natoms);
    EQFI_CHECK(natoms <= INT32_MAX, EQF_ERROR_RANGE, "natoms is %" PRId64 ", expected at most %d", natoms, INT32_MAX);
    EQFI_CHECK(graphs >= 0, EQF_ERROR_ARGUMENT, "graphs is %" PRId64 ", expected 0 or more", graphs);
    EQFI_CHECK(graphs <= INT32_MAX, EQF_ERROR_RANGE, "graphs is %" PRId64 ", expected at most %d", graphs, INT32_MAX);
    EQFI_CHECK(positions != NULL || natoms == 0, EQF_ERROR_ARGUMENT, "positions is NULL with %" PRId64 " atoms",
               natoms);
    for (int64_t i = 0; cell == NULL && pbc != NULL && i < 3 * graphs; i++)
        EQFI_CHECK(pbc[i] == 0, EQF_ERROR_ARGUMENT, "cell is NULL, but graph %" PRId64 " is periodic", i / 3);
fail:
    return status;
}

/* From the input to sites in bins. */
static eqf_status prepare(eqf_context *context, eqf_neighbors *list, const double *cell, const int *pbc)
{
    eqf_status status = EQF_OK;
    const eqfi_column per_atom[] = {{(void **)&list->wrapped, sizeof *list->wrapped},
                                    {(void **)&list->site, sizeof *list->site},
                                    {(void **)&list->wrap, sizeof *list->wrap},
                                    {(void **)&list->bin, sizeof *list->bin},
                                    {(void **)&list->row, sizeof *list->row}};
    EQFI_TRY(eqfi_columns_grow(context, (size_t)list->natoms + 1, &list->atom_capacity, 5, per_atom));
    EQFI_TRY(eqfi_grow(context, (size_t)list->graphs, sizeof *list->lattice, &list->graph_capacity,
                       (void **)&list->lattice));
    for (int64_t g = 0; g < list->graphs; g++)
        EQFI_TRY(eqfi_lattice_set(context, g, cell == NULL ? NULL : &cell[9 * g], pbc == NULL ? NULL : &pbc[3 * g],
                                  &list->lattice[g]));
    EQFI_TRY(eqfi_neighbors_wrap(context, list));
    for (int64_t g = 0; g < list->graphs; g++)
        EQFI_TRY(eqfi_lattice_divide(context, g, list->cutoff, &list->lattice[g]));
    EQFI_TRY(eqfi_neighbors_images(context, list));
    EQFI_TRY(eqfi_neighbors_sort(context, list));
fail:
    return status;
}

eqf_status eqf_neighbors_find(eqf_context *context, eqf_neighbors *neighbors, double cutoff, int64_t natoms,
                              const double *positions, int64_t graphs, const int32_t *graph, const double *cell,
                              const int *pbc, eqf_edges *edges)
{
    eqf_status status = EQF_OK;
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    EQFI_CHECK(neighbors != NULL && edges != NULL, EQF_ERROR_ARGUMENT, "%s is NULL",
               neighbors == NULL ? "neighbors" : "edges");
    EQFI_TRY(check_arguments(context, cutoff, natoms, positions, graphs, cell, pbc));
    EQFI_TRY(check_graph(context, natoms, graphs, graph));

    eqf_neighbors *list = neighbors;
    list->cutoff = cutoff;
    list->natoms = natoms;
    list->graphs = graphs;
    list->positions = positions;
    list->graph = graph;
    EQFI_TRY(prepare(context, list, cell, pbc));
    eqfi_neighbors_count(context, list);
    EQFI_TRY(eqfi_neighbors_offsets(context, natoms, list->row));

    const eqfi_column per_edge[] = {{(void **)&list->src, sizeof *list->src},
                                    {(void **)&list->dst, sizeof *list->dst},
                                    {(void **)&list->shift, 3 * sizeof *list->shift},
                                    {(void **)&list->vector, 3 * sizeof *list->vector}};
    EQFI_TRY(eqfi_columns_grow(context, (size_t)list->row[natoms], &list->edge_capacity, 4, per_edge));
    eqfi_neighbors_fill(context, list);
    *edges = (eqf_edges){.count = list->row[natoms],
                         .src = list->src,
                         .dst = list->dst,
                         .shift = list->shift,
                         .vector = list->vector,
                         .coincident = list->coincident};
fail:
    return status;
}
