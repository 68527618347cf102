/* Neighbour lists with a skin.
 *
 * A search up to cutoff + skin leaves candidates, sorted as edges are. A later
 * call takes those within the cut-off, by the vectors that a new search would
 * hand out, so that nothing tells the two apart. That no edge is missed while
 * atoms and cells move is seen as follows. Let the lattice vectors b of the
 * search have become b + db, and F = 1 + sum over them of inverse (x) db, which
 * takes each b there. With u = r_now - r F, how far an atom has moved beside
 * its cell, an edge has now the vector
 *
 *     v_now = v F + u_j - u_i,    |v| <= (|v_now| + 2 max |u|) / (1 - |F - 1|),
 *
 * and |v| < cutoff + skin, as for every candidate, follows from |v_now| <
 * cutoff if
 *
 *     cutoff + 2 max |u| <= (cutoff + skin) (1 - |F - 1|).
 *
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "model/neighbors.h"

/* Receivers of a task, and candidates that are looked at before those within the cut-off are written. */
enum { RECEIVERS = 64, BLOCK = 256 };

static bool same_batch(const eqf_neighbors *list, int64_t natoms, int64_t graphs, const int32_t *graph, const int *pbc)
{
    if (natoms != list->natoms || graphs != list->graphs) return false;
    for (int64_t g = 0; g < graphs; g++)
        for (int d = 0; d < 3; d++)
            if (list->lattice[g].periodic[d] != (pbc != NULL && pbc[3 * g + d] != 0)) return false;
    for (int64_t i = 0; i < natoms; i++)
        if (list->kept.graph[i] != (graph == NULL ? 0 : graph[i])) return false;
    return true;
}

/* Notes the present lattice vectors and what they are away from those of the search, in the reduced basis. Returns the
 * size of the deformation, |F - 1|. */
static double deformation(eqfi_lattice *lattice, const double *cell, double change[3][3])
{
    double f[3][3] = {{0}}, square = 0;
    memset(change, 0, 9 * sizeof **change);
    for (int k = 0; k < 3; k++) {
        if (!lattice->periodic[k]) continue;
        memcpy(lattice->now[k], &cell[3 * k], sizeof lattice->now[k]);
        for (int d = 0; d < 3; d++)
            for (int x = 0; x < 3; x++)
                change[d][x] += lattice->change[d][k] * (lattice->now[k][x] - lattice->cell[k][x]);
    }
    for (int d = 0; d < 3; d++)
        for (int x = 0; x < 3; x++)
            for (int y = 0; y < 3; y++) f[x][y] += lattice->inverse[d][x] * change[d][y];
    for (int x = 0; x < 3; x++)
        for (int y = 0; y < 3; y++) square += f[x][y] * f[x][y];
    return sqrt(square);
}

/* The square of u. */
static double moved(const eqfi_lattice *lattice, double change[3][3], const double before[3], const double now[3])
{
    double u[3] = {now[0] - before[0], now[1] - before[1], now[2] - before[2]};
    for (int d = 0; d < 3; d++) {
        const double *inverse = lattice->inverse[d];
        double times = inverse[0] * before[0] + inverse[1] * before[1] + inverse[2] * before[2];
        for (int x = 0; x < 3; x++) u[x] -= times * change[d][x];
    }
    return u[0] * u[0] + u[1] * u[1] + u[2] * u[2];
}

bool eqfi_skin_holds(eqf_neighbors *list, double cutoff, int64_t natoms, const double *positions, int64_t graphs,
                     const int32_t *graph, const double *cell, const int *pbc)
{
    if (!list->kept.usable || cutoff != list->kept.cutoff || !same_batch(list, natoms, graphs, graph, pbc))
        return false;
    for (int64_t g = 0, i = 0; g < graphs; g++) {
        eqfi_lattice *lattice = &list->lattice[g];
        double change[3][3], size = deformation(lattice, cell == NULL ? NULL : &cell[9 * g], change);
        /* What is not a number holds nothing: the search will say what is wrong with it. */
        double most = 0.5 * ((cutoff + list->skin) * (1 - size) - cutoff) - lattice->tolerance;
        if (!(most >= 0)) return false;
        for (; i < natoms && list->kept.graph[i] == g; i++)
            if (!(moved(lattice, change, list->kept.positions[i], &positions[3 * i]) <= most * most)) return false;
    }
    return true;
}

eqf_status eqfi_skin_keep(eqf_context *context, eqf_neighbors *list, double cutoff)
{
    eqf_status status = EQF_OK;
    const eqfi_column columns[] = {{(void **)&list->kept.positions, sizeof *list->kept.positions},
                                   {(void **)&list->kept.graph, sizeof *list->kept.graph},
                                   {(void **)&list->kept.row, sizeof *list->kept.row}};
    EQFI_TRY(eqfi_columns_grow(context, (size_t)list->natoms + 1, &list->kept.atom_capacity, 3, columns));
    for (int64_t i = 0; i < list->natoms; i++) {
        memcpy(list->kept.positions[i], &list->positions[3 * i], sizeof list->kept.positions[i]);
        list->kept.graph[i] = eqfi_graph_of(list, i);
    }
    for (int64_t g = 0; g < list->graphs; g++)
        memcpy(list->lattice[g].now, list->lattice[g].cell, sizeof list->lattice[g].now);
    list->kept.cutoff = cutoff;
    list->kept.usable = list->coincident == 0; /* coincident pairs are no candidates, but may part */
fail:
    return status;
}

typedef struct selection {
    eqf_neighbors *list;
    const double *positions;
    double square; /* of the cut-off */
    _Atomic int64_t coincident;
} selection;

/* Puts the present vectors of a receiver's candidates where those of the search were, and counts edges. */
static void count_row(selection *s, int64_t receiver)
{
    eqf_neighbors *list = s->list;
    const double(*cell)[3] = (const double(*)[3])list->lattice[list->kept.graph[receiver]].now;
    int64_t count = 0, coincident = 0;
    for (int64_t n = list->row[receiver]; n < list->row[receiver + 1]; n++) {
        const int32_t *at = &list->shift[3 * n];
        const int64_t shift[3] = {at[0], at[1], at[2]}, sender = list->src[n];
        double square =
            eqfi_edge_vector(&s->positions[3 * sender], &s->positions[3 * receiver], shift, cell, &list->vector[3 * n]);
        count += square > 0 && square < s->square;
        coincident += square == 0;
    }
    list->kept.row[receiver + 1] = count;
    if (coincident > 0) atomic_fetch_add_explicit(&s->coincident, coincident, memory_order_relaxed);
}

static void write_edges(eqf_neighbors *list, int64_t receiver, int64_t edge, int count, const int64_t *from)
{
    for (int k = 0; k < count; k++, edge++) {
        int64_t n = from[k];
        list->kept.src[edge] = list->src[n];
        list->kept.dst[edge] = (int32_t)receiver;
        for (int d = 0; d < 3; d++) {
            list->kept.shift[3 * edge + d] = list->shift[3 * n + d];
            list->kept.vector[3 * edge + d] = list->vector[3 * n + d];
        }
    }
}

static void write_row(selection *s, int64_t receiver)
{
    eqf_neighbors *list = s->list;
    int64_t edge = list->kept.row[receiver], end = list->row[receiver + 1], from[BLOCK];
    for (int64_t begin = list->row[receiver]; begin < end; begin += BLOCK) {
        int count = 0;
        for (int64_t n = begin; n < end && n < begin + BLOCK; n++) {
            const double *v = &list->vector[3 * n];
            double square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
            from[count] = n;
            count += square > 0 && square < s->square;
        }
        write_edges(list, receiver, edge, count, from);
        edge += count;
    }
}

static void count_task(void *argument, int64_t task)
{
    selection *s = argument;
    for (int64_t i = task * RECEIVERS; i < (task + 1) * RECEIVERS && i < s->list->natoms; i++) count_row(s, i);
}

static void write_task(void *argument, int64_t task)
{
    selection *s = argument;
    for (int64_t i = task * RECEIVERS; i < (task + 1) * RECEIVERS && i < s->list->natoms; i++) write_row(s, i);
}

eqf_status eqfi_skin_select(eqf_context *context, eqf_neighbors *list, const double *positions, eqf_edges *edges)
{
    eqf_status status = EQF_OK;
    int64_t tasks = (list->natoms + RECEIVERS - 1) / RECEIVERS;
    selection s = {.list = list, .positions = positions, .square = list->kept.cutoff * list->kept.cutoff};
    atomic_init(&s.coincident, 0);
    list->kept.row[0] = 0;
    eqfi_parallel(context, tasks, count_task, &s);
    EQFI_TRY(eqfi_neighbors_offsets(context, list->natoms, list->kept.row));
    const eqfi_column columns[] = {{(void **)&list->kept.src, sizeof *list->kept.src},
                                   {(void **)&list->kept.dst, sizeof *list->kept.dst},
                                   {(void **)&list->kept.shift, 3 * sizeof *list->kept.shift},
                                   {(void **)&list->kept.vector, 3 * sizeof *list->kept.vector}};
    EQFI_TRY(eqfi_columns_grow(context, (size_t)list->kept.row[list->natoms], &list->kept.edge_capacity, 4, columns));
    eqfi_parallel(context, tasks, write_task, &s);
    *edges = (eqf_edges){.count = list->kept.row[list->natoms],
                         .src = list->kept.src,
                         .dst = list->kept.dst,
                         .shift = list->kept.shift,
                         .vector = list->kept.vector,
                         .coincident = list->coincident + atomic_load(&s.coincident) / 2};
fail:
    return status;
}
