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

/* Every array of a list, and the bytes that it takes. */
enum { BLOCKS = 21 };

static void list_blocks(const eqf_neighbors *n, void *blocks[BLOCKS], size_t bytes[BLOCKS])
{
    const struct {
        void *block;
        size_t size, capacity;
    } arrays[] = {{n->lattice, sizeof *n->lattice, n->graph_capacity},
                  {n->wrapped, sizeof *n->wrapped, n->atom_capacity},
                  {n->site, sizeof *n->site, n->atom_capacity},
                  {n->wrap, sizeof *n->wrap, n->atom_capacity},
                  {n->bin, sizeof *n->bin, n->atom_capacity},
                  {n->row, sizeof *n->row, n->atom_capacity},
                  {n->table, sizeof *n->table, n->table_capacity},
                  {n->image, sizeof *n->image, n->image_capacity},
                  {n->scratch, sizeof *n->scratch, n->image_capacity},
                  {n->rank, sizeof *n->rank, n->image_capacity},
                  {n->src, sizeof *n->src, n->edge_capacity},
                  {n->dst, sizeof *n->dst, n->edge_capacity},
                  {n->shift, 3 * sizeof *n->shift, n->edge_capacity},
                  {n->vector, 3 * sizeof *n->vector, n->edge_capacity},
                  {n->kept.positions, sizeof *n->kept.positions, n->kept.atom_capacity},
                  {n->kept.graph, sizeof *n->kept.graph, n->kept.atom_capacity},
                  {n->kept.row, sizeof *n->kept.row, n->kept.atom_capacity},
                  {n->kept.src, sizeof *n->kept.src, n->kept.edge_capacity},
                  {n->kept.dst, sizeof *n->kept.dst, n->kept.edge_capacity},
                  {n->kept.shift, 3 * sizeof *n->kept.shift, n->kept.edge_capacity},
                  {n->kept.vector, 3 * sizeof *n->kept.vector, n->kept.edge_capacity}};
    _Static_assert(sizeof arrays / sizeof *arrays == BLOCKS, "every array is listed");
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = arrays[i].block;
        bytes[i] = arrays[i].size * arrays[i].capacity;
    }
}

void eqf_neighbors_free(eqf_neighbors *neighbors)
{
    if (neighbors == NULL) return;
    eqf_allocator allocator = neighbors->allocator;
    void *blocks[BLOCKS];
    size_t bytes[BLOCKS];
    list_blocks(neighbors, blocks, bytes);
    for (int i = 0; i < BLOCKS; i++) eqfi_release(&allocator, blocks[i]);
    eqfi_release(&allocator, neighbors);
}

size_t eqf_neighbors_bytes(const eqf_neighbors *neighbors)
{
    void *blocks[BLOCKS];
    size_t bytes[BLOCKS], sum = 0;
    list_blocks(neighbors, blocks, bytes);
    for (int i = 0; i < BLOCKS; i++) sum += bytes[i];
    return sum;
}

int64_t eqf_neighbors_searches(const eqf_neighbors *neighbors) { return neighbors->searches; }

eqf_status eqf_neighbors_set_skin(eqf_context *context, eqf_neighbors *neighbors, double skin)
{
    eqf_status status = EQF_OK;
    if (context == NULL) return EQF_ERROR_ARGUMENT;
    EQFI_CHECK(neighbors != NULL, EQF_ERROR_ARGUMENT, "neighbors is NULL");
    EQFI_CHECK(isfinite(skin) && skin >= 0, EQF_ERROR_ARGUMENT, "skin is %g, expected a finite number, 0 or above",
               skin);
    neighbors->skin = skin;
    neighbors->kept.usable = false;
fail:
    return status;
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

/* Every edge up to a distance, into the arrays of the list. */
static eqf_status search(eqf_context *context, eqf_neighbors *list, double cutoff, const double *cell, const int *pbc)
{
    eqf_status status = EQF_OK;
    list->cutoff = cutoff;
    EQFI_TRY(prepare(context, list, cell, pbc));
    eqfi_neighbors_count(context, list);
    EQFI_TRY(eqfi_neighbors_offsets(context, list->natoms, list->row));

    const eqfi_column per_edge[] = {{(void **)&list->src, sizeof *list->src},
                                    {(void **)&list->dst, sizeof *list->dst},
                                    {(void **)&list->shift, 3 * sizeof *list->shift},
                                    {(void **)&list->vector, 3 * sizeof *list->vector}};
    EQFI_TRY(eqfi_columns_grow(context, (size_t)list->row[list->natoms], &list->edge_capacity, 4, per_edge));
    eqfi_neighbors_fill(context, list);
    list->searches++;
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
    EQFI_CHECK(isfinite(cutoff + list->skin), EQF_ERROR_RANGE, "cut-off %g and skin %g have no finite sum", cutoff,
               list->skin);
    if (eqfi_skin_holds(list, cutoff, natoms, positions, graphs, graph, cell, pbc))
        return eqfi_skin_select(context, list, positions, edges);
    list->kept.usable = false;
    list->natoms = natoms;
    list->graphs = graphs;
    list->positions = positions;
    list->graph = graph;
    if (list->skin > 0) {
        status = search(context, list, cutoff + list->skin, cell, pbc);
        if (status == EQF_OK) EQFI_TRY(eqfi_skin_keep(context, list, cutoff));
        if (status == EQF_OK) return eqfi_skin_select(context, list, positions, edges);
        if (status != EQF_ERROR_RANGE) goto fail; /* the skin may reach too far, and the cut-off not */
    }
    EQFI_TRY(search(context, list, cutoff, cell, pbc));
    *edges = (eqf_edges){.count = list->row[natoms],
                         .src = list->src,
                         .dst = list->dst,
                         .shift = list->shift,
                         .vector = list->vector,
                         .coincident = list->coincident};
fail:
    return status;
}
