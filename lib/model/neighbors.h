/* Inside of the neighbour list.
 *
 *     given positions --wrap--> sites in the reduced cell --bins--> sites sorted
 *     by bin --count rows--> offsets --fill rows--> keys --sort--> edges
 *
 * With a skin, those edges are candidates, of which every call takes the ones
 * within the cut-off (neighbors_skin.c).
 *
 * Wrapped positions and the reduced lattice only propose pairs; whether a pair
 * is an edge is decided, wherever rounding could matter, by the vector that is
 * handed out. That vector is an odd function of the pair (r_j - r_i and shift
 * change sign together, and so does every rounded intermediate), which makes
 * the list exactly antisymmetric. SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_NEIGHBORS_H
#define EQFI_MODEL_NEIGHBORS_H

#include <equiformer/neighbors.h>

#include "base/context.h"

#define EQFI_COORDINATE_MAX 1e12                    /* of a position or a lattice vector */
#define EQFI_WRAP_MAX (1 << 29)                     /* lattice vectors between an atom and the cell */
#define EQFI_IMAGES_MAX (1 << 24)                   /* images of a cell within the cut-off */
#define EQFI_SHIFT_BITS 21                          /* of a packed shift */
#define EQFI_SHIFT_MAX (1 << (EQFI_SHIFT_BITS - 1)) /* lattice vectors between a wrapped atom and an image: fewer */

/* The lattice of one system. In directions that are not periodic, basis holds
 * unit vectors perpendicular to everything before them, so that fractional
 * coordinates there are lengths. */
typedef struct eqfi_lattice {
    bool periodic[3];
    double cell[3][3];    /* as given to the search; 0 where not periodic */
    double now[3][3];     /* as given to the last call */
    double basis[3][3];   /* change . cell: shortest vectors of the same lattice */
    double change[3][3];  /* integers, determinant +-1; 0 where not periodic */
    double inverse[3][3]; /* fractional coordinate d of r is inverse[d] . r */
    double height[3];     /* between opposite faces of basis */
    double spread[3];     /* sum over k of |change[d][k]| |cell[k]|: scale of rounding errors of basis[d] */
    double size;          /* longest sum of lengths that makes up a wrapped position */
    double tolerance;     /* bound on the error of distances between wrapped positions */
    double scale[3];      /* bins per unit of fractional coordinate */
    int64_t bins[3];      /* 0 where not periodic: no end */
    int64_t steps[3];     /* bins to look at on either side */
    int64_t images[3];    /* of the cell, on either side; 0 where not periodic */
    size_t first_image;   /* of the system's (2 images + 1)^3 entries in eqf_neighbors.image and .rank */
} eqfi_lattice;

/* An atom, wrapped into the basis. */
typedef struct eqfi_site {
    double r[3];
    int32_t atom, bin;
} eqfi_site;

typedef struct eqfi_bin {
    int64_t index[3];
    int32_t graph, begin; /* sites begin .. begin of the next bin */
} eqfi_bin;

struct eqf_neighbors {
    eqf_allocator allocator;

    /* The search in progress; borrowed. */
    double cutoff; /* with the skin */
    int64_t natoms, graphs;
    const double *positions;
    const int32_t *graph; /* NULL: one system */

    size_t graph_capacity; /* [graphs] */
    eqfi_lattice *lattice;

    size_t atom_capacity; /* [natoms + 1] */
    eqfi_site *wrapped;   /* by atom */
    eqfi_site *site;      /* by bin, then by atom */
    int32_t (*wrap)[3];   /* given position = wrapped + wrap . cell */
    eqfi_bin *bin;        /* [nbins + 1] */
    int64_t *row;         /* first edge of a receiver */

    int64_t nbins;
    size_t table_capacity, table_mask; /* a power of 2, less 1 */
    int32_t *table;                    /* open hash of (graph, index): bin + 1, or 0 */

    size_t image_capacity;
    uint64_t *image;   /* packed shifts of the images of a cell, ascending: lexicographic */
    uint64_t *scratch; /* to sort them */
    int32_t *rank;     /* of an image, by its place in the box of images of the basis */

    size_t edge_capacity;
    int32_t *src, *dst, *shift;
    double *vector;
    int64_t coincident;

    double skin;
    int64_t searches;

    /* With a skin: what the arrays above were found for, and the edges of the last call. */
    struct {
        bool usable;
        double cutoff;        /* without the skin */
        size_t atom_capacity; /* [natoms + 1] */
        double (*positions)[3];
        int32_t *graph;
        int64_t *row;
        size_t edge_capacity;
        int32_t *src, *dst, *shift;
        double *vector;
    } kept;
};

/* Arrays that share a length. */
typedef struct eqfi_column {
    void **block;
    size_t size;
} eqfi_column;

/* Grows all columns or reports; what was grown before a failure is kept. */
eqf_status eqfi_columns_grow(eqf_context *context, size_t needed, size_t *capacity, int columns,
                             const eqfi_column *column);

/* neighbors_lattice.c: checks and reduces the cell of a system. */
eqf_status eqfi_lattice_set(eqf_context *context, int64_t graph, const double *cell, const int *pbc,
                            eqfi_lattice *lattice);

/* Fixes tolerance, bins and images for a cut-off, when size is known. */
eqf_status eqfi_lattice_divide(eqf_context *context, int64_t graph, double cutoff, eqfi_lattice *lattice);

/* neighbors_bins.c: from positions to sorted sites, with all lattices set. */
eqf_status eqfi_neighbors_wrap(eqf_context *context, eqf_neighbors *list);
eqf_status eqfi_neighbors_sort(eqf_context *context, eqf_neighbors *list);

/* The number of a bin, -1 if it holds no atom. */
int64_t eqfi_neighbors_bin(const eqf_neighbors *list, int32_t graph, const int64_t index[3]);

/* neighbors_images.c: the shifts of all images, in the order of edges. */
eqf_status eqfi_neighbors_images(eqf_context *context, eqf_neighbors *list);

/* Sorts n keys; buffer has room for n more. */
void eqfi_sort_keys(uint64_t *keys, size_t n, uint64_t *buffer);

/* neighbors_rows.c: counts the edges of every receiver, row[i + 1], or writes
 * them from row[i] on. */
void eqfi_neighbors_count(eqf_context *context, eqf_neighbors *list);
void eqfi_neighbors_fill(eqf_context *context, eqf_neighbors *list);

/* Turns counts row[1..natoms] into first edges; EQF_ERROR_RANGE beyond 2^31-1
 * edges. */
eqf_status eqfi_neighbors_offsets(eqf_context *context, int64_t natoms, int64_t *row);

/* neighbors_skin.c: whether the candidates are enough for another call; keeps what they were found for; and takes the
 * edges from them. */
bool eqfi_skin_holds(eqf_neighbors *list, double cutoff, int64_t natoms, const double *positions, int64_t graphs,
                     const int32_t *graph, const double *cell, const int *pbc);
eqf_status eqfi_skin_keep(eqf_context *context, eqf_neighbors *list, double cutoff);
eqf_status eqfi_skin_select(eqf_context *context, eqf_neighbors *list, const double *positions, eqf_edges *edges);

/* r_j - r_i + shift . cell, and its square. Swapping the atoms and changing the sign of the shift changes the sign of
 * the vector and nothing else. */
static inline double eqfi_edge_vector(const double sender[3], const double receiver[3], const int64_t shift[3],
                                      const double cell[3][3], double vector[3])
{
    for (int x = 0; x < 3; x++) vector[x] = sender[x] - receiver[x];
    if (shift[0] != 0 || shift[1] != 0 || shift[2] != 0)
        for (int x = 0; x < 3; x++)
            vector[x] += (double)shift[0] * cell[0][x] + (double)shift[1] * cell[1][x] + (double)shift[2] * cell[2][x];
    return vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2];
}

/* Unpacks an image's shift. */
static inline void eqfi_image_shift(uint64_t image, int64_t shift[3])
{
    const uint64_t mask = (1 << EQFI_SHIFT_BITS) - 1;
    shift[0] = (int64_t)(image >> 2 * EQFI_SHIFT_BITS) - EQFI_SHIFT_MAX;
    shift[1] = (int64_t)(image >> EQFI_SHIFT_BITS & mask) - EQFI_SHIFT_MAX;
    shift[2] = (int64_t)(image & mask) - EQFI_SHIFT_MAX;
}

static inline int32_t eqfi_graph_of(const eqf_neighbors *list, int64_t atom)
{
    return list->graph == NULL ? 0 : list->graph[atom];
}

#endif
