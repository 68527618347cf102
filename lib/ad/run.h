/* Runs from inside.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_RUN_H
#define EQFI_AD_RUN_H

#include "ad/parameters.h"
#include "ad/program.h"
#include "kern/kernels.h"

/* A map with numbers. Segments list the source rows of each target row. */
typedef struct eqfi_bound_map {
    const int32_t *target; /* the host's */
    int64_t from, to;      /* sizes for which it was set */
    int64_t *offsets;      /* [to + 1] */
    int32_t *order;        /* [from], not used if the targets ascend */
    int64_t *tiles;        /* [n_tiles + 1] neighbourhoods: the first target row of each; if it ties stages */
    int64_t n_tiles;
    int64_t longest; /* source rows of a tile, at most */
    int64_t widest;  /* target rows of a tile, at most */
    size_t offsets_capacity, order_capacity, tiles_capacity;
    bool ascending;
} eqfi_bound_map;

typedef struct eqfi_range {
    int64_t first, last; /* last excluded */
} eqfi_range;

/* What the run has of the host's numbers: an input, a parameter; or a constant. */
typedef struct eqfi_buffer {
    void *data;
    size_t bytes;
    int64_t rows; /* for which an input was set, -1 before */
    bool packed;  /* a parameter that only matrix products multiply by: the run has it in their order alone */
} eqfi_buffer;

/* A matrix product of a LINEAR node: the paths between the same channels of the result and channels of the argument that lie
 * side by side. */
typedef struct eqfi_packed_product {
    eqfi_channels in, out;
    int64_t first; /* of the rows */
    size_t offset; /* of its weights, in elements */
    bool follows;  /* an earlier one writes the same channels */
} eqfi_packed_product;

/* A LINEAR node: its weights in the order of the gemm kernel. */
typedef struct eqfi_packed {
    void *data;   /* NULL if the node does not multiply by weights */
    size_t place; /* where that is among the weights of all nodes, in bytes */
    int n;
    eqfi_packed_product *products;
    int64_t *rows; /* where the weights of each channel of `in` begin, product by product */
    bool covers;   /* products write every column */
    bool constant; /* weights are a parameter or a constant: packed when those are set */
    bool borrowed; /* all of it is an earlier node's, which multiplies by the same weights */

    /* Of a gradient by weights. */
    bool *follows;    /* [paths]: the path adds to weights that others have written, or that are zeroed */
    int n_rest;       /* ranges of weights */
    eqfi_range *rest; /* that no path writes first */
    size_t rest_capacity;
} eqfi_packed;

/* Where the columns of an argument or of the result of a node are during an execution. */
typedef struct eqfi_place {
    uintptr_t data; /* those of row 0; of local ones, of the first row of the scratch, in bytes from its beginning */
    const int32_t *index;
    int64_t stride, row_bytes;
    int rows;   /* of local ones: id of their row set; 0 */
    bool brief; /* in the scratch of strips */
} eqfi_place;

/* A node: what it needs at every tile, side by side (bind.c). */
typedef struct eqfi_bound {
    const eqfi_kernels *kernels; /* of the result's width */
    int columns;                 /* of the result */
    eqfi_place in[EQFI_INPUTS_MAX], out;
} eqfi_bound;

struct eqf_run {
    eqf_allocator allocator;
    eqf_program *program;
    eqfi_kernels reduced;           /* with products of bfloat16, if those are wanted */
    const eqfi_kernels *kernels[2]; /* for variables of the run's precision, and for wide ones: float64 */
    eqf_precision precision;
    int64_t *rows;          /* [row sets], -1 unset */
    int64_t *before;        /* [row sets] rows that other runs have before this one's */
    int64_t *capacity;      /* [row sets] for which memory is planned */
    eqfi_bound_map *maps;   /* [maps] */
    eqfi_operand *operands; /* [vars] */
    eqfi_buffer *buffers;   /* [vars], of inputs, parameters and constants */
    eqfi_packed *packed;    /* [nodes] */
    eqfi_bound *bound;      /* [nodes] in the execution */
    void *weights;          /* of all of them */
    void *arena;
    size_t arena_bytes;
    int64_t *tile_rows;    /* [row sets] rows of a tile of tied stages for which scratch is planned */
    size_t *scratch_place; /* [vars] bytes from the beginning of a scratch, if local, or of a chunk's partial results */
    void *scratch;         /* of `lanes` tiles that run at the same time */
    size_t scratch_bytes;  /* of all lanes */
    size_t lane_bytes;     /* first those of a tile, */
    size_t strips_place;   /* then from here on those of a strip */
    bool whole;            /* planned for tied stages that do not run by neighbourhoods */
    int lanes;
    void *partials;      /* of sums over rows */
    size_t *chunk_bytes; /* [stages] partial results of a chunk */
    size_t partial_bytes, packed_bytes, parameter_bytes;
    uint64_t seed; /* of dropout masks */
    bool planned, executed;

    /* An execution that stands at an exchange, or between two steps. */
    eqf_exchange_function exchange;
    void *exchange_user;
    void *senders; /* rows whose ghosts the host adds to their owners */
    size_t senders_bytes;
    size_t position; /* stage that comes next */
    bool begun;
    bool waiting; /* for the host's exchange, the one of stage `position` */
};

/* Chunks do not depend on the number of threads, and neither do the bits of the results.
 *
 * EQFI_TILE: rows of a tile; a neighbourhood has about as many source rows and at most as many target rows.
 * EQFI_TILE_MIN: rows of a tile of other stages at least, if there are so many.
 * EQFI_TILE_MAX: source rows of a neighbourhood for which tiles of whole neighbourhoods pay.
 * EQFI_CHUNKS_FEW, EQFI_CHUNK: tiles are summed in so many chunks at most, of about so many rows or more;
 * EQFI_CHUNKS, EQFI_CHUNK_LONG: or in these, if there are more. The partial results of a chunk cost as much as 50 rows.
 * EQFI_LANES: tiles that run at the same time at most if the host's threads run them. */
enum {
    EQFI_TILE = 32,
    EQFI_TILE_MIN = 12,
    EQFI_TILE_MAX = 256,
    EQFI_CHUNKS_FEW = 8,
    EQFI_CHUNK = 160,
    EQFI_CHUNKS = 16,
    EQFI_CHUNK_LONG = 640,
    EQFI_LANES = 16
};

/* Kernels for a variable (id). */
static inline const eqfi_kernels *eqfi_kernels_of(const eqf_run *run, int var)
{
    return run->kernels[run->program->vars.items[var - 1].wide];
}

/* Chunks into which `tiles` tiles of `rows` rows are divided; one at least, so that sums over nothing are zero. */
static inline int64_t eqfi_chunks(int64_t rows, int64_t tiles)
{
    int64_t chunks = (rows + EQFI_CHUNK - 1) / EQFI_CHUNK, longer = rows / EQFI_CHUNK_LONG;
    if (chunks > EQFI_CHUNKS_FEW) chunks = longer > EQFI_CHUNKS_FEW ? longer : EQFI_CHUNKS_FEW;
    if (chunks > EQFI_CHUNKS) chunks = EQFI_CHUNKS;
    if (chunks > tiles) chunks = tiles;
    return chunks < 1 ? 1 : chunks;
}

/* Whether a tied stage runs by neighbourhoods. Otherwise its nodes run one after the other, for all rows. */
static inline bool eqfi_by_neighbourhoods(const eqf_run *run, const eqfi_stage *stage)
{
    const eqfi_bound_map *tie = &run->maps[stage->tie - 1];
    return tie->ascending && tie->longest <= EQFI_TILE_MAX;
}

/* Divides the target rows of a map whose offsets are known into neighbourhoods. */
eqf_status eqfi_cut_tiles(eqf_context *context, eqfi_bound_map *map);

/* Finds where the arguments and results of all nodes are, for an execution. */
void eqfi_bind(eqf_run *run);

/* Plans arena and scratch for the present sizes and threads if they exceed what was planned before. */
eqf_status eqfi_run_plan(eqf_context *context, eqf_run *run);

/* Rows of a node's domain that run together. Local variables lie in a scratch, which begins with the rows given; brief ones in
 * another, which begins with the rows of a strip. */
typedef struct eqfi_tile {
    char *scratch, *strips;
    int64_t first_target, last_target; /* the stage's rows, or those that the tie leads to */
    int64_t first_source, last_source; /* of a tied stage: the rows that it comes from */
    int source;                        /* id of their row set, 0 without a tie */
    bool whole;                        /* the scratch has all rows, of brief variables, too */
    bool begins;                       /* its chunk, of sums that it need not find zeroed (eqfi_begins_sum) */
    bool alone;                        /* the only tile of its stage: nothing else has used its parameters lately */
} eqfi_tile;

/* Rows of a tile that are in a node's domain. */
static inline eqfi_range eqfi_tile_rows(const eqf_run *run, int node, const eqfi_tile *tile)
{
    bool source = run->program->nodes.items[node].domain == tile->source;
    return source ? (eqfi_range){tile->first_source, tile->last_source}
                  : (eqfi_range){tile->first_target, tile->last_target};
}

/* One node on some or all of those rows. */
void eqfi_execute_rows(const eqf_run *run, int node, const eqfi_tile *tile, int64_t first, int64_t last);

/* Whether the first tile of a chunk writes the sum of the node, instead of adding to zero. */
static inline bool eqfi_begins_sum(const eqf_run *run, int node) { return run->packed[node].follows != NULL; }

/* The same for a node whose result is a sum over its domain, which is added to `out`. */
void eqfi_execute_sum(const eqf_run *run, int node, const eqfi_tile *tile, int64_t first, int64_t last,
                      eqfi_operand out);

static inline int eqfi_columns_of(const eqf_run *run, int var)
{
    return run->program->types.items[run->program->vars.items[var - 1].type].layout->columns;
}

/* What an execution needs is set. */
eqf_status eqfi_run_check(eqf_context *context, const eqf_run *run);

/* Has the host carry out an exchange, unless there is no host and nothing to exchange. */
eqf_status eqfi_carry_out(eqf_context *context, eqf_exchange_function function, void *user,
                          const eqf_exchange *exchange);

void eqfi_run_stage(eqf_context *context, eqf_run *run, const eqfi_stage *stage);

/* eqf_run_create with products that need not be those of the context. */
eqf_status eqfi_run_create(eqf_context *context, const eqf_program *program, const eqf_parameters *parameters,
                           eqf_precision precision, eqf_matmul matmul, eqf_run **run);

/* Says that the rows of a set follow `before` others that runs elsewhere have, so that all of them together draw the
 * dropout masks that one run of all rows would. */
void eqfi_run_set_before(eqf_run *run, const char *rows, int64_t before);

/* Makes room for the weights of LINEAR nodes in the order of the gemm kernel, finds the parameters that are nothing else, and how
 * gradients by weights begin (packing.c). */
eqf_status eqfi_prepare_weights(eqf_context *context, eqf_run *run);

/* Packs those of a node. */
void eqfi_pack_weights(eqf_run *run, int node);

#endif
